//! Entries that share a text of the path, in order of precedence. A long list is split by what else tells its entries
//! apart: by hosts, then by headers, then by names of handshakes.

mod by_header;
mod by_name;

use self::{by_header::ByHeader, by_name::ByName};
use crate::router::{
    conditions::{Conditions, Header, Names},
    entry::Entry,
    search::Search,
    text_map::TextMap,
};

/// So few are tried one by one.
const FEW: usize = 8;

#[derive(Debug)]
pub(super) struct List {
    first: u32,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// `first`, without another look into memory.
    One,
    Few(Box<[u32]>),
    Split(Box<Split>),
}

#[derive(Debug)]
struct Split {
    keyed: Keyed,
    /// Those that do not ask for what the list is split by.
    rest: Option<List>,
}

#[derive(Debug)]
enum Keyed {
    Hosts(ByName),
    Headers(ByHeader),
    Snis {
        names: ByName,
        /// For requests without TLS.
        all: Box<[u32]>,
    },
}

/// What a list can be split by.
#[derive(Debug, Clone, Copy)]
enum Field {
    Host,
    Header,
    Sni,
}

/// Lists in the making.
#[derive(Clone, Copy)]
struct Maker<'e> {
    entries: &'e [Entry],
    /// By what they may still be split.
    fields: &'e [Field],
}

impl List {
    /// Of at least one rank; they ascend.
    pub(super) fn new(ranks: Vec<u32>, entries: &[Entry]) -> Self {
        let fields = &[Field::Host, Field::Header, Field::Sni];
        Maker { entries, fields }.list(ranks)
    }

    pub(super) fn first(&self) -> u32 {
        self.first
    }

    pub(super) fn search(&self, search: &mut Search<'_>) {
        if search.is_over(self.first) {
            return;
        }
        let split = match &self.kind {
            Kind::One => return search.try_each(&[self.first]),
            Kind::Few(ranks) => return search.try_each(ranks),
            Kind::Split(split) => split,
        };
        match &split.keyed {
            Keyed::Hosts(names) => names.search(search.seen.host, search),
            Keyed::Headers(headers) => headers.search(search),
            Keyed::Snis { names, all } => match search.seen.sni {
                Some(sni) => names.search(sni, search),
                None => search.try_each(all),
            },
        }
        if let Some(rest) = &split.rest {
            rest.search(search);
        }
    }
}

impl<'e> Maker<'e> {
    fn list(self, ranks: Vec<u32>) -> List {
        let first = ranks.first().copied().unwrap_or(u32::MAX);
        let kind = match self.fields {
            [field, later @ ..] if ranks.len() > FEW => {
                let maker = Self {
                    fields: later,
                    ..self
                };
                let is_keyed = |rank: &u32| field.is_asked_for_by(maker.conditions(*rank));
                let (keyed, rest): (Vec<_>, Vec<_>) = ranks.into_iter().partition(is_keyed);
                if keyed.is_empty() {
                    return maker.list(rest);
                }
                let keyed = match field {
                    Field::Host => Keyed::Hosts(ByName::new(&keyed, maker, |of| &of.hosts)),
                    Field::Header => Keyed::Headers(ByHeader::new(&keyed, maker)),
                    Field::Sni => Keyed::Snis {
                        names: ByName::new(&keyed, maker, |of| &of.snis),
                        all: keyed.into(),
                    },
                };
                let rest = (!rest.is_empty()).then(|| maker.list(rest));
                Kind::Split(Box::new(Split { keyed, rest }))
            }
            _ if ranks.len() == 1 => Kind::One,
            _ => Kind::Few(ranks.into()),
        };
        List { first, kind }
    }

    fn conditions(self, rank: u32) -> Option<&'e Conditions> {
        self.entries[rank as usize].conditions.as_deref()
    }
}

impl Field {
    fn is_asked_for_by(self, conditions: Option<&Conditions>) -> bool {
        conditions.is_some_and(|conditions| match self {
            Self::Host => !conditions.hosts.is_empty(),
            Self::Header => conditions.headers.iter().any(Header::is_exact),
            Self::Sni => !conditions.snis.is_empty(),
        })
    }
}
