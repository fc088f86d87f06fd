//! Keeps a gateway at what its files say: read, compared, loaded, built, and only then swapped.
//! Whatever is wrong with them leaves the gateway as it was, and is told in the log and in `GET /status`.

use std::path::PathBuf;

use portolan_config::Source;

use crate::{
    admin::{Fault, Reloaded},
    gateway::Gateway,
};

#[derive(Debug)]
pub struct Reloader<'g> {
    gateway: &'g Gateway,
    paths: Vec<PathBuf>,
    /// What is live.
    sources: Vec<Source>,
}

impl<'g> Reloader<'g> {
    /// `sources`: what `paths` said when the gateway was started.
    pub fn new(gateway: &'g Gateway, paths: Vec<PathBuf>, sources: Vec<Source>) -> Self {
        gateway.board().read_from(digest(&sources));
        Self {
            gateway,
            paths,
            sources,
        }
    }

    /// Requests under way go on as they began; those that come afterwards find what was loaded.
    pub fn reload(&mut self) -> Reloaded {
        let gateway = self.gateway;
        let board = gateway.board();
        match self.replace() {
            Ok(true) => {
                tracing::info!("the configuration was reloaded");
                board.applied(digest(&self.sources));
                Reloaded::Applied
            }
            Ok(false) => {
                tracing::info!("the configuration is what it was");
                board.unchanged();
                Reloaded::Unchanged
            }
            Err(faults) => {
                tracing::error!("the configuration was not reloaded: what was live stays live");
                board.refused(faults);
                Reloaded::Refused
            }
        }
    }

    /// Whether there was anything new.
    fn replace(&mut self) -> Result<bool, Vec<Fault>> {
        let sources = portolan_config::read(&self.paths).map_err(told)?;
        if sources == self.sources {
            return Ok(false);
        }
        let env = |name: &str| self.gateway.variable(name);
        let loaded = portolan_config::load(&sources, &env).map_err(|faults| {
            for fault in &faults {
                tracing::error!("{fault}");
            }
            faults.iter().map(Fault::from).collect::<Vec<_>>()
        })?;
        for warning in &loaded.warnings {
            tracing::warn!("{warning}");
        }
        self.gateway.reload(&loaded.config).map_err(told)?;
        self.sources = sources;
        Ok(true)
    }
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
}
