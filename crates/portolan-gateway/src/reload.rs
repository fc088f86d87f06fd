//! Keeps a gateway at what its files say: compared, loaded, built, and only then swapped.
//! Whatever is wrong with them leaves the gateway as it was, and is told in the log and in `GET /status`.

use std::sync::Arc;

use portolan_config::{ReadError, Source, diagnostic::Diagnostic};

use crate::{
    admin::{Board, FAULTS, Fault, Reloaded},
    gateway::Gateway,
    live::Live,
};

/// May outlive the gateway; what it then swaps nobody asks for.
#[derive(Debug)]
pub struct Reloader {
    live: Arc<Live>,
    board: Arc<Board>,
    /// What is live.
    sources: Vec<Source>,
}

impl Reloader {
    /// `sources`: what the gateway was started with.
    pub fn new(gateway: &Gateway, sources: Vec<Source>) -> Self {
        gateway.board().read_from(digest(&sources));
        Self {
            live: Arc::clone(gateway.live()),
            board: Arc::clone(gateway.board()),
            sources,
        }
    }

    /// `read`: what the files say now. Requests under way go on as they began; those that come afterwards find
    /// what was loaded.
    pub fn reload(&mut self, read: Result<Vec<Source>, ReadError>) -> Reloaded {
        match read.map_err(told).and_then(|sources| self.replace(sources)) {
            Ok(Some(warnings)) => {
                tracing::info!("the configuration was reloaded");
                self.board.applied(digest(&self.sources), warnings);
                Reloaded::Applied
            }
            Ok(None) => {
                tracing::info!("the configuration is what it was");
                self.board.unchanged();
                Reloaded::Unchanged
            }
            Err(faults) => {
                tracing::error!("the configuration was not reloaded: what was live stays live");
                self.board.refused(faults);
                Reloaded::Refused
            }
        }
    }

    /// How many warnings there were; none: there was nothing new.
    fn replace(&mut self, sources: Vec<Source>) -> Result<Option<usize>, Vec<Fault>> {
        if sources == self.sources {
            return Ok(None);
        }
        let env = |name: &str| self.live.variable(name);
        let loaded = portolan_config::load(&sources, &env).map_err(|faults| {
            for line in lines(faults.iter()) {
                tracing::error!("{line}");
            }
            faults.iter().map(Fault::from).collect::<Vec<_>>()
        })?;
        for line in lines(loaded.warnings.iter()) {
            tracing::warn!("{line}");
        }
        self.live.replace(&loaded.config).map_err(told)?;
        self.sources = sources;
        Ok(Some(loaded.warnings.len()))
    }
}

/// Of so many that nobody would read them all, the first.
fn lines<'d>(found: impl ExactSizeIterator<Item = &'d Diagnostic>) -> impl Iterator<Item = String> {
    let more = found.len().saturating_sub(FAULTS);
    let more = (more > 0).then(|| format!("{more} more: see portolan check"));
    found.take(FAULTS).map(ToString::to_string).chain(more)
}

/// A fault that is no place's.
fn told(error: impl std::fmt::Display) -> Vec<Fault> {
    tracing::error!("{error}");
    vec![Fault::new(error.to_string())]
}

/// FNV-1a of 128 bits, over the files one after another with a zero byte between two.
/// It tells configurations apart that were not made to be mistaken for one another.
fn digest(sources: &[Source]) -> u128 {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let mut digest = BASIS;
    for (index, source) in sources.iter().enumerate() {
        let between: &[u8] = if index > 0 { &[0] } else { &[] };
        for byte in between.iter().chain(source.text.as_bytes()) {
            digest = (digest ^ u128::from(*byte)).wrapping_mul(PRIME);
        }
    }
    digest
}

#[cfg(test)]
mod tests {
    use portolan_config::diagnostic::Severity;

    use super::*;

    fn of(texts: &[&str]) -> String {
        let sources: Vec<Source> = texts
            .iter()
            .map(|text| Source {
                name: "kong.yaml".to_owned(),
                text: (*text).to_owned(),
            })
            .collect();
        format!("{:032x}", digest(&sources))
    }

    /// The values that FNV's authors publish.
    #[test]
    fn the_digest_is_fnv_1a() {
        assert_eq!(of(&[""]), "6c62272e07bb014262b821756295c58d");
        assert_eq!(of(&["a"]), "d228cb696f1a8caf78912b704e4a8964");
        assert_eq!(of(&["foobar"]), "343e1662793c64bf6f0d3597ba446f18");
    }

    #[test]
    fn where_a_file_ends_matters() {
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
    }

    #[test]
    fn the_log_is_told_a_hundred_and_how_many_more() {
        let fault = |line| Diagnostic {
            severity: Severity::Error,
            file: "kong.yaml".to_owned(),
            line,
            column: 1,
            path: String::new(),
            message: "wrong".to_owned(),
        };
        let faults: Vec<Diagnostic> = (1..=130).map(fault).collect();
        let told: Vec<String> = lines(faults.iter()).collect();
        assert_eq!(told.len(), 101);
        assert_eq!(told[99], "kong.yaml:100:1: wrong");
        assert_eq!(told[100], "30 more: see portolan check");
        let told: Vec<String> = lines(faults[..100].iter()).collect();
        assert_eq!(told.last().unwrap(), "kong.yaml:100:1: wrong");
    }
}
