//! Kong's declarative file: text -> located tree -> validated -> compiled.
//! No I/O. Every fault of a file is found in one pass and told with its place; what passed compiles.

mod compile;
pub mod compiled;
pub mod diagnostic;
mod document;
mod fault;
mod schema;
pub mod secret;
pub mod template;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod url;

use diagnostic::{Diagnostic, Diagnostics};
use fault::{Faults, Path};

/// A file that can be served.
#[derive(Debug)]
pub struct Loaded {
    pub config: compiled::Config,
    pub warnings: Vec<Diagnostic>,
}

/// `name` is how diagnostics call the file.
pub fn load(name: &str, text: &str) -> Result<Loaded, Diagnostics> {
    let mut faults = Faults::new(name);
    let root = match document::parse(text) {
        Ok(root) => root,
        Err(error) => {
            faults.error(error.at, Path::ROOT, error.message);
            return Err(faults.into_errors());
        }
    };
    schema::validate(&root, &mut faults);
    if faults.any_error() {
        return Err(faults.into_errors());
    }
    match compile::compile(&root) {
        Some(config) => Ok(Loaded {
            config,
            warnings: faults.into_warnings(),
        }),
        None => {
            faults.error(
                root.at,
                Path::ROOT,
                "the file passed every check but could not be compiled: this is a fault of Portolan",
            );
            Err(faults.into_errors())
        }
    }
}
