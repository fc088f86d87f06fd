//! Kong's declarative file: text -> located tree -> validated -> compiled.
//! Every fault of all files is found in one pass and told with its place; what passed compiles.

mod compile;
pub mod compiled;
mod deck;
pub mod diagnostic;
mod document;
mod entities;
mod expand;
mod fault;
mod files;
pub mod pattern;
mod resolve;
mod schema;
pub mod secrecy;
pub mod secret;
pub mod template;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod url;

use diagnostic::{Diagnostic, Diagnostics, Severity};
use document::{Node, Position};
use entities::{Entities, links, lint, scope::Plugins};
use fault::{Faults, Path};
pub use files::{ReadError, Source, listed, read};
use schema::{entity::ROOT, shape, walk::Walker};
pub use schema::{json_schema::json_schema, reference::reference};
use secret::Vaults;

/// Looks an environment variable up.
pub type Env<'e> = dyn Fn(&str) -> Option<String> + 'e;

pub struct Options<'e> {
    /// Where `{vault://env/...}` and `${{ env "DECK_..." }}` look.
    pub env: &'e Env<'e>,
    /// Whether a variable that is not set is an error, or only warned of.
    pub secrets: bool,
    /// Whether what Kong would refuse is an error.
    pub for_kong: bool,
    pub resolve: Resolve,
}

/// Whether `Report::resolved` is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolve {
    No,
    /// Without texts that came from the environment.
    Printable,
    Whole,
}

/// All there is to say of some files.
#[derive(Debug)]
pub struct Report {
    /// In the files' order.
    pub found: Vec<Diagnostic>,
    /// None: there is an error, something that is not served, or a template without its variable.
    pub config: Option<compiled::Config>,
    /// The files as Kong would keep them: flat lists, defaults filled in, secrets left out. None: there is an error.
    pub resolved: Option<serde_json::Value>,
}

impl Report {
    pub fn has(&self, severity: Severity) -> bool {
        self.found.iter().any(|one| one.severity == severity)
    }
}

/// Files that can be served.
#[derive(Debug)]
pub struct Loaded {
    pub config: compiled::Config,
    pub warnings: Vec<Diagnostic>,
}

/// For serving: what is not served is a reason not to load, as errors are.
pub fn load(sources: &[Source], env: &Env<'_>) -> Result<Loaded, Diagnostics> {
    let report = check(
        sources,
        &Options {
            env,
            secrets: true,
            for_kong: false,
            resolve: Resolve::No,
        },
    );
    match report.config {
        Some(config) => Ok(Loaded {
            config,
            warnings: report.found,
        }),
        None => {
            let refused = report.found.into_iter();
            Err(Diagnostics(
                refused
                    .filter(|one| one.severity != Severity::Warning)
                    .collect(),
            ))
        }
    }
}

pub fn check(sources: &[Source], options: &Options<'_>) -> Report {
    let names = sources.iter().map(|source| source.name.clone()).collect();
    let mut faults = Faults::new(names);
    let (config, resolved) = match roots(sources, options, &mut faults) {
        Some(roots) => checked(roots, options, &mut faults),
        None => (None, None),
    };
    Report {
        found: faults.into_found(),
        config,
        resolved,
    }
}

/// The tree of each file; none where one has no tree, or is no Kong file.
fn roots(sources: &[Source], options: &Options<'_>, faults: &mut Faults) -> Option<Vec<Node>> {
    let mut roots = Vec::with_capacity(sources.len());
    for (index, source) in sources.iter().enumerate() {
        let file = u16::try_from(index).unwrap_or(u16::MAX);
        let place = |line: usize, column: usize| Position {
            file,
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
        };
        let (text, wrong) = deck::expand(&source.text, options.env);
        faults.mocked |= !wrong.is_empty();
        for fault in wrong {
            let at = place(fault.line, fault.column);
            if fault.unset && !options.secrets {
                faults.warn(at, Path::ROOT, fault.message);
            } else {
                faults.error(at, Path::ROOT, fault.message);
            }
        }
        if options.for_kong
            && let Some(at) = text.first()
        {
            let message = "Kong does not expand `${{ }}`: only decK and Portolan do";
            faults.error(place(at.0, at.1), Path::ROOT, message);
        }
        match document::parse(&text, file) {
            Ok(root) => roots.push(root),
            Err(error) => faults.error(error.at, Path::ROOT, error.message),
        }
    }
    if roots.len() < sources.len() {
        return None;
    }
    shape::check(&roots, faults).then_some(roots)
}

fn checked(
    mut roots: Vec<Node>,
    options: &Options<'_>,
    faults: &mut Faults,
) -> (Option<compiled::Config>, Option<serde_json::Value>) {
    expand::expand(&mut roots, faults);
    if roots
        .iter()
        .any(|root| root.at_path("_portolan.strict").and_then(Node::as_bool) == Some(true))
    {
        faults.be_strict();
    }
    let vaults = vaults(&roots);
    let mut walker = Walker::new(faults, &vaults, options.for_kong);
    for root in &roots {
        walker.record(root, &ROOT, &Path::ROOT);
    }
    let entities = Entities::new(&roots);
    let plugins = Plugins::new(&entities);
    let _held = links::check(&entities, &plugins, faults);
    resolve_references(options, faults);
    if faults.any_error() {
        return (None, None);
    }
    lint::check(&entities, &plugins, faults);
    let resolved = match options.resolve {
        Resolve::No => None,
        Resolve::Whole => Some(resolve::document(&roots, &entities)),
        Resolve::Printable => {
            let mut roots = roots.clone();
            roots.iter_mut().for_each(Node::hide_substituted);
            Some(resolve::document(&roots, &Entities::new(&roots)))
        }
    };
    if faults.any_not_served() || faults.mocked {
        return (None, resolved);
    }
    let config = compile::compile(&entities, &plugins, &vaults);
    if config.is_none()
        && let Some(root) = roots.first()
    {
        faults.error(
            root.at,
            Path::ROOT,
            "the file passed every check but could not be compiled: this is a fault of Portolan",
        );
    }
    (config, resolved)
}

fn vaults(roots: &[Node]) -> Vaults {
    let entities = roots
        .iter()
        .flat_map(|root| root.get("vaults").map(Node::items).unwrap_or_default());
    let by_prefix = entities.filter_map(|vault| {
        let text = |path: &str| vault.at_path(path).and_then(Node::as_str);
        let lent = text("config.prefix").unwrap_or_default();
        Some((
            text("prefix")?.to_owned(),
            (text("name")?.to_owned(), lent.to_owned()),
        ))
    });
    Vaults {
        by_prefix: by_prefix.collect(),
    }
}

/// Every reference is resolved once, so that each fault has its line; the gateway resolves them again for itself.
fn resolve_references(options: &Options<'_>, faults: &mut Faults) {
    for (reference, at, path) in faults.take_references() {
        if let Err(error) = secret::resolve(&reference, options.env) {
            if options.secrets {
                faults.error(at, path, error.to_string());
            } else {
                faults.warn(at, path, error.to_string());
            }
        }
    }
}
