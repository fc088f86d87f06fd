//! Where an entity stands, as Kong spells it.

use std::{fmt, sync::Arc};

/// `services[0].routes[1]`
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    around: Option<Arc<Place>>,
    list: &'static str,
    index: usize,
}

impl Place {
    pub(crate) fn top(list: &'static str, index: usize) -> Self {
        Self {
            around: None,
            list,
            index,
        }
    }

    pub(crate) fn inside(&self, list: &'static str, index: usize) -> Self {
        Self {
            around: Some(Arc::new(self.clone())),
            list,
            index,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(around) = &self.around {
            write!(out, "{around}.")?;
        }
        write!(out, "{}[{}]", self.list, self.index)
    }
}
