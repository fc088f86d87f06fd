//! What the tables are made of. A row says everything about its field: the walker, the JSON Schema, the reference
//! pages and the compiler's reader all take it from here.

use std::fmt;

use crate::{
    document::Node,
    fault::{Faults, Path},
};

/// The fields of one mapping.
pub(crate) struct Record {
    /// What `not_served` and the reference pages call it.
    pub(crate) name: &'static str,
    pub(crate) groups: &'static [&'static [Field]],
    /// What to say of a key that is no field, where more is to be said than its nearest name.
    pub(crate) hint: Option<fn(&str) -> Option<String>>,
    /// A spelling that Kong does not know; why, for `check --for-kong`.
    pub(crate) ours: Option<&'static str>,
    /// Rules over several fields; runs whether or not the fields themselves are sound.
    pub(crate) check: Option<fn(&Node, &Path<'_>, &mut Faults)>,
}

impl Record {
    pub(crate) const fn new(name: &'static str, groups: &'static [&'static [Field]]) -> Self {
        Self {
            name,
            groups,
            hint: None,
            ours: None,
            check: None,
        }
    }

    pub(crate) const fn hinted(mut self, hint: fn(&str) -> Option<String>) -> Self {
        self.hint = Some(hint);
        self
    }

    pub(crate) const fn ours(mut self, why: &'static str) -> Self {
        self.ours = Some(why);
        self
    }

    pub(crate) const fn checked(mut self, check: fn(&Node, &Path<'_>, &mut Faults)) -> Self {
        self.check = Some(check);
        self
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = &'static Field> + use<> {
        self.groups.iter().flat_map(|group| group.iter())
    }

    /// Under its present names.
    pub(crate) fn holds_secrets(&self) -> bool {
        self.fields()
            .filter(|field| field.spelling == Spelling::Own)
            .any(|field| matches!(&field.kind, Kind::Text(text) if text.secret))
    }

    pub(crate) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields().find(|field| field.name == name)
    }
}

/// One row of a table.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    /// Kong's.
    pub(crate) default: Option<Literal>,
    pub(crate) spelling: Spelling,
    pub(crate) origin: Origin,
    /// The value may be, or hold, `$(...)`: whatever its kind is.
    pub(crate) template: bool,
    /// The value may be `{vault://...}` though it is no text.
    pub(crate) reference: bool,
    /// For the reference page: what the name and the kind do not tell. Empty where they tell all.
    pub(crate) doc: &'static str,
}

/// Who knows the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Kong,
    /// Kong's own loader refuses it; decK takes it.
    Deck,
    Portolan,
}

/// How a row stands to other rows of the same table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    Own,
    /// An older name of these fields, told with a warning.
    Older(&'static [&'static str]),
    /// Still read, but to be replaced by what is named here; told with a warning.
    Deprecated(&'static str),
    /// As good a name of the field at this dotted path.
    Alias(&'static str),
    /// A mapping whose members are as good as the fields of this prefix: `azure: {instance: x}`, `azure_instance: x`.
    Nest(&'static str),
}

pub(crate) enum Kind {
    Any,
    Bool,
    /// Both bounds belong to the range.
    Integer {
        min: i64,
        max: i64,
    },
    /// Both bounds belong to the range.
    Number {
        min: f64,
        max: f64,
    },
    Text(Text),
    Enum(&'static [&'static str]),
    List {
        item: &'static Kind,
        min: usize,
        max: usize,
    },
    /// Any key, values of one kind.
    Map(&'static Kind),
    Record(&'static Record),
    /// A record that the mapping around it chooses; none: anything, or the mapping's own fault is told elsewhere.
    Chosen(fn(&Node) -> Option<&'static Record>),
    /// The first that takes the value's shape: a scalar, a list, a mapping.
    Either(&'static [Kind]),
    /// A foreign key: the name or id of an entity of that list, `{id: ...}` or `{name: ...}`.
    Foreign(&'static str),
    /// Entities: at the top of the file, or nested in the one that their `parent` field then names.
    Entities {
        of: &'static Entity,
        parent: Option<&'static str>,
    },
}

/// One of Kong's entities: a list at the top of the file, nested lists elsewhere.
pub(crate) struct Entity {
    /// The list's name: `services`.
    pub(crate) name: &'static str,
    pub(crate) record: &'static Record,
    /// What refers to it besides its id; unique but for `targets`.
    pub(crate) key: Option<&'static str>,
    /// Further fields whose values may stand once in a file.
    pub(crate) unique: &'static [&'static str],
}

/// Both hold plugins, of one table.
pub(crate) const PLUGIN_LISTS: [&str; 2] = ["plugins", "consumer_group_plugins"];

impl Entity {
    pub(crate) fn is_plugin(&self) -> bool {
        PLUGIN_LISTS.contains(&self.name)
    }
}

/// Err: what is wrong with the text.
pub(crate) type Check = fn(&str) -> Result<(), String>;

#[derive(Clone, Copy)]
pub(crate) struct Text {
    /// May be `{vault://...}`; no message shows what else it is.
    pub(crate) references: bool,
    /// Kong keeps it encrypted.
    pub(crate) secret: bool,
    pub(crate) empty: bool,
    /// In characters.
    pub(crate) max: usize,
    pub(crate) check: Option<Check>,
}

impl Text {
    pub(crate) const PLAIN: Self = Self {
        references: false,
        secret: false,
        empty: false,
        max: usize::MAX,
        check: None,
    };
    pub(crate) const REFERENCEABLE: Self = Self {
        references: true,
        ..Self::PLAIN
    };
    pub(crate) const SECRET: Self = Self {
        references: true,
        secret: true,
        ..Self::PLAIN
    };

    pub(crate) const fn checked(check: Check) -> Self {
        Self {
            check: Some(check),
            ..Self::PLAIN
        }
    }

    pub(crate) const fn at_most(mut self, max: usize) -> Self {
        self.max = max;
        self
    }
}

/// Kong's milliseconds of timeouts, and a few other numbers, end here.
const MAX_MILLIS: i64 = 2_147_483_646;

impl Field {
    pub(crate) const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            required: false,
            default: None,
            spelling: Spelling::Own,
            origin: Origin::Kong,
            template: false,
            reference: false,
            doc: "",
        }
    }

    pub(crate) const fn any(name: &'static str) -> Self {
        Self::new(name, Kind::Any)
    }

    pub(crate) const fn text(name: &'static str) -> Self {
        Self::new(name, Kind::Text(Text::PLAIN))
    }

    pub(crate) const fn checked(name: &'static str, check: Check) -> Self {
        Self::new(name, Kind::Text(Text::checked(check)))
    }

    /// A text that may be a reference.
    pub(crate) const fn referenceable(name: &'static str) -> Self {
        Self::new(name, Kind::Text(Text::REFERENCEABLE))
    }

    /// A text that may be a reference, and that nothing ever shows.
    pub(crate) const fn secret(name: &'static str) -> Self {
        Self::new(name, Kind::Text(Text::SECRET))
    }

    pub(crate) const fn boolean(name: &'static str) -> Self {
        Self::new(name, Kind::Bool)
    }

    pub(crate) const fn flag(name: &'static str, default: bool) -> Self {
        Self::boolean(name).or(Literal::Bool(default))
    }

    pub(crate) const fn choice(name: &'static str, known: &'static [&'static str]) -> Self {
        Self::new(name, Kind::Enum(known))
    }

    pub(crate) const fn integer(name: &'static str, min: i64, max: i64) -> Self {
        Self::new(name, Kind::Integer { min, max })
    }

    pub(crate) const fn any_integer(name: &'static str) -> Self {
        Self::integer(name, i64::MIN, i64::MAX)
    }

    pub(crate) const fn number(name: &'static str, min: f64, max: f64) -> Self {
        Self::new(name, Kind::Number { min, max })
    }

    pub(crate) const fn any_number(name: &'static str) -> Self {
        Self::number(name, f64::MIN, f64::MAX)
    }

    /// A timeout in milliseconds, in the range that Kong gives all of them.
    pub(crate) const fn timeout(name: &'static str, default: i64) -> Self {
        Self::integer(name, 1, MAX_MILLIS).or(Literal::Int(default))
    }

    pub(crate) const fn list(name: &'static str, item: &'static Kind) -> Self {
        Self::new(
            name,
            Kind::List {
                item,
                min: 0,
                max: usize::MAX,
            },
        )
    }

    /// A list that must not be empty.
    pub(crate) const fn some(name: &'static str, item: &'static Kind) -> Self {
        Self::new(
            name,
            Kind::List {
                item,
                min: 1,
                max: usize::MAX,
            },
        )
    }

    pub(crate) const fn map(name: &'static str, value: &'static Kind) -> Self {
        Self::new(name, Kind::Map(value))
    }

    pub(crate) const fn record(name: &'static str, record: &'static Record) -> Self {
        Self::new(name, Kind::Record(record))
    }

    pub(crate) const fn foreign(name: &'static str, entity: &'static str) -> Self {
        Self::new(name, Kind::Foreign(entity))
    }

    /// Entities nested here: `parent` is their field that names the entity around them.
    pub(crate) const fn nested(of: &'static Entity, parent: &'static str) -> Self {
        Self::new(
            of.name,
            Kind::Entities {
                of,
                parent: Some(parent),
            },
        )
    }

    pub(crate) const fn top(of: &'static Entity) -> Self {
        Self::new(of.name, Kind::Entities { of, parent: None })
    }

    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Kong's default.
    pub(crate) const fn or(mut self, default: Literal) -> Self {
        self.default = Some(default);
        self
    }

    pub(crate) const fn spelled(mut self, spelling: Spelling) -> Self {
        self.spelling = spelling;
        self
    }

    pub(crate) const fn of(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    pub(crate) const fn templated(mut self) -> Self {
        self.template = true;
        self
    }

    pub(crate) const fn referenced(mut self) -> Self {
        self.reference = true;
        self
    }

    pub(crate) const fn doc(mut self, doc: &'static str) -> Self {
        self.doc = doc;
        self
    }
}

/// A default.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Literal {
    Bool(bool),
    Int(i64),
    Number(f64),
    Text(&'static str),
    /// In any order.
    Texts(&'static [&'static str]),
    Ints(&'static [i64]),
    /// A mapping without members.
    Nothing,
}

impl Literal {
    pub(crate) fn is(self, node: &Node) -> bool {
        match self {
            Self::Bool(value) => node.as_bool() == Some(value),
            Self::Int(value) => node.as_int() == Some(value),
            Self::Number(value) => node.as_number() == Some(value),
            Self::Text(value) => node.as_str() == Some(value),
            Self::Texts(values) => {
                let written: Vec<&str> = node.items().iter().filter_map(Node::as_str).collect();
                node.as_sequence().is_some()
                    && written.len() == values.len()
                    && values.iter().all(|value| written.contains(value))
            }
            Self::Ints(values) => {
                let written: Vec<i64> = node.items().iter().filter_map(Node::as_int).collect();
                node.as_sequence().is_some() && written == values
            }
            Self::Nothing => node.as_mapping().is_some_and(<[_]>::is_empty),
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(out, "{value}"),
            Self::Int(value) => write!(out, "{value}"),
            Self::Number(value) => write!(out, "{value}"),
            Self::Text(value) => write!(out, "{value}"),
            Self::Texts(values) => write!(out, "[{}]", values.join(", ")),
            Self::Ints(values) => {
                let values: Vec<String> = values.iter().map(i64::to_string).collect();
                write!(out, "[{}]", values.join(", "))
            }
            Self::Nothing => out.write_str("{}"),
        }
    }
}

pub(crate) static ANY: Kind = Kind::Any;
pub(crate) static STRING: Kind = Kind::Text(Text::PLAIN);
pub(crate) static REFERENCEABLE: Kind = Kind::Text(Text::REFERENCEABLE);

/// Fields that every entity has.
pub(crate) static META: &[Field] = &[
    Field::checked("id", uuid),
    Field::list("tags", &TAG),
    Field::integer("created_at", 0, i64::MAX),
    Field::integer("updated_at", 0, i64::MAX),
    Field::any("_comment"),
    Field::any("_ignore"),
];

static TAG: Kind = Kind::Text(Text::checked(tag));

fn uuid(text: &str) -> Result<(), String> {
    let groups = text.split('-').map(str::len);
    let hex = text
        .bytes()
        .all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    if hex && groups.eq([8, 4, 4, 4, 12]) {
        Ok(())
    } else {
        Err(format!("expected a valid UUID, found '{text}'"))
    }
}

fn tag(text: &str) -> Result<(), String> {
    match text
        .chars()
        .find(|&char| char.is_control() || char == ',' || char == '/')
    {
        Some(wrong) => Err(format!(
            "invalid tag '{text}': {wrong:?} is not allowed in tags"
        )),
        None => Ok(()),
    }
}

/// Kong's, for the names of entities.
pub(crate) fn entity_name(text: &str) -> Result<(), String> {
    let allowed = |char: char| {
        char.is_ascii_alphanumeric() || matches!(char, '.' | '-' | '_' | '~') || !char.is_ascii()
    };
    match text.chars().find(|&char| !allowed(char)) {
        Some(wrong) => Err(format!(
            "invalid value '{text}': {wrong:?} is not allowed in names, only letters, digits and . - _ ~"
        )),
        None => Ok(()),
    }
}
