//! What the tables are made of.

use std::fmt;

use crate::{
    document::Node,
    fault::{Faults, Path},
};

/// The fields of one mapping.
pub(crate) struct Record {
    pub(super) groups: &'static [&'static [Field]],
    /// What to say of a key that is no field, where more is to be said than its nearest name.
    pub(super) hint: Option<fn(&str) -> Option<String>>,
    /// Rules over several fields; runs whether or not the fields themselves are sound.
    pub(super) check: Option<fn(&Node, &Path<'_>, &mut Faults)>,
}

impl Record {
    pub(super) fn fields(&self) -> impl Iterator<Item = &'static Field> + use<> {
        self.groups.iter().flat_map(|group| group.iter())
    }

    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields().find(|field| field.name == name)
    }
}

/// One row of a table.
pub(crate) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
    /// Kong's.
    pub(super) default: Option<Literal>,
    pub(super) served: Served,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Served {
    Yes,
    /// Written with Kong's default it is accepted, with anything else refused.
    OnlyDefault,
    /// Refused unless null or an empty list.
    NotYet,
}

pub(super) enum Kind {
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
    Enum(Enum),
    List {
        item: &'static Kind,
        min: usize,
    },
    Record(&'static Record),
    /// A record that the mapping around it chooses; none: the mapping's own fault is told elsewhere.
    Chosen(fn(&Node) -> Option<&'static Record>),
    /// A foreign key: a name or id, `{id: ...}` or `{name: ...}`.
    Reference,
}

/// Err: what is wrong with the text.
pub(super) type Check = fn(&str) -> Result<(), String>;

pub(super) struct Text {
    /// `{vault://...}`
    pub(super) references: Slot,
    /// `$(...)`
    pub(super) templates: Slot,
    pub(super) check: Option<Check>,
}

impl Text {
    /// Outside plugin configurations: a template is text there, in Kong too.
    pub(super) const PLAIN: Self = Self {
        references: Slot::No,
        templates: Slot::No,
        check: None,
    };
    pub(super) const CONFIG: Self = Self {
        references: Slot::No,
        templates: Slot::NotYet,
        check: None,
    };
}

/// What a text may hold besides itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    No,
    NotYet,
    Served,
}

pub(super) struct Enum {
    pub(super) known: &'static [&'static str],
    /// None: all are served.
    pub(super) served: Option<fn(&str) -> bool>,
}

impl Field {
    pub(super) const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            required: false,
            default: None,
            served: Served::Yes,
        }
    }

    pub(super) const fn not_yet(name: &'static str) -> Self {
        let mut field = Self::new(name, Kind::Any);
        field.served = Served::NotYet;
        field
    }

    pub(super) const fn text(name: &'static str, text: Text) -> Self {
        Self::new(name, Kind::Text(text))
    }

    pub(super) const fn flag(name: &'static str, default: bool) -> Self {
        Self::new(name, Kind::Bool).or(Literal::Bool(default))
    }

    pub(super) const fn choice(name: &'static str, known: &'static [&'static str]) -> Self {
        Self::new(
            name,
            Kind::Enum(Enum {
                known,
                served: None,
            }),
        )
    }

    pub(super) const fn integer(name: &'static str, min: i64, max: i64) -> Self {
        Self::new(name, Kind::Integer { min, max })
    }

    /// A timeout in milliseconds, in the range that Kong gives all of them.
    pub(super) const fn timeout(name: &'static str, default: i64) -> Self {
        Self::integer(name, 1, 2_147_483_646).or(Literal::Int(default))
    }

    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Kong's default.
    pub(super) const fn or(mut self, default: Literal) -> Self {
        self.default = Some(default);
        self
    }

    pub(super) const fn only_default(mut self) -> Self {
        self.served = Served::OnlyDefault;
        self
    }
}

/// A default.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Literal {
    Bool(bool),
    Int(i64),
    Text(&'static str),
    /// In any order.
    Texts(&'static [&'static str]),
}

impl Literal {
    pub(super) fn is(self, node: &Node) -> bool {
        match self {
            Self::Bool(value) => node.as_bool() == Some(value),
            Self::Int(value) => node.as_int() == Some(value),
            Self::Text(value) => node.as_str() == Some(value),
            Self::Texts(values) => {
                let written: Vec<&str> = node.items().iter().filter_map(Node::as_str).collect();
                written.len() == values.len() && values.iter().all(|value| written.contains(value))
            }
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(out, "{value}"),
            Self::Int(value) => write!(out, "{value}"),
            Self::Text(value) => write!(out, "{value}"),
            Self::Texts(values) => write!(out, "[{}]", values.join(", ")),
        }
    }
}

/// Fields that every entity has.
pub(super) static META: &[Field] = &[
    Field::text(
        "id",
        Text {
            check: Some(uuid),
            ..Text::PLAIN
        },
    ),
    Field::new("tags", Kind::List { item: &TAG, min: 0 }),
    Field::integer("created_at", 0, i64::MAX),
    Field::integer("updated_at", 0, i64::MAX),
    Field::new("_comment", Kind::Any),
    Field::new("_ignore", Kind::Any),
];

static TAG: Kind = Kind::Text(Text {
    check: Some(tag),
    ..Text::PLAIN
});

/// Kong's, for the names of entities.
pub(super) const NAME: Text = Text {
    check: Some(entity_name),
    ..Text::PLAIN
};

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

fn entity_name(text: &str) -> Result<(), String> {
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
