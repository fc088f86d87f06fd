//! Objects as structs that lose nothing: a known field is absent, null or a value; the unknown ones are kept in order.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

/// A member of an object: `Option` alone would read an explicit `null` as absence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Field<T> {
    #[default]
    Absent,
    Null,
    Is(T),
}

impl<T> Field<T> {
    pub fn as_ref(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    pub fn into_option(self) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// The value; a null is handed to `extra` under its key, so that it is written again.
    pub(crate) fn or_keep_null(self, key: &'static str, extra: &mut Extra<'_>) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Null => {
                extra.keep(key, RawValue::NULL);
                None
            }
            Self::Absent => None,
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|value| value.map_or(Self::Null, Self::Is))
    }
}

/// A member's name, unescaped.
pub type Key<'a> = Cow<'a, str>;

impl<T> Field<List<T>> {
    /// The items; a null or an empty list is handed to `extra`, so that it is written again.
    pub(crate) fn or_keep_empty(self, key: &'static str, extra: &mut Extra<'_>) -> Vec<T> {
        let Some(List(items)) = self.or_keep_null(key, extra) else {
            return Vec::new();
        };
        if items.is_empty() {
            extra.keep_empty_list(key);
        }
        items
    }
}

/// The members that a struct has no field for, in order.
#[derive(Debug, Clone, Default)]
pub struct Extra<'a>(Vec<Member<'a>>);

#[derive(Debug, Clone)]
struct Member<'a> {
    key: Key<'a>,
    value: &'a RawValue,
    /// Says no more than its absence would: kept only to be written again.
    idle: bool,
}

impl<'a> Extra<'a> {
    pub fn push(&mut self, key: Key<'a>, value: &'a RawValue) {
        let idle = super::is_null(value);
        self.0.push(Member { key, value, idle });
    }

    /// A member that says no more than its absence would, such as `"stream": false`.
    pub(crate) fn keep(&mut self, key: impl Into<Key<'a>>, value: &'a RawValue) {
        let key = key.into();
        self.0.push(Member {
            key,
            value,
            idle: true,
        });
    }

    /// Whether there was such a member that said something.
    pub(crate) fn remove(&mut self, key: &str) -> bool {
        let before = self.names().any(|name| name == key);
        self.0.retain(|member| member.key != key);
        before
    }

    /// In the place of the member of that name, or as the last. False: there are two of them.
    pub(crate) fn set(&mut self, key: &'a str, value: &'a RawValue) -> bool {
        let mut same = self.0.iter_mut().filter(|member| member.key == key);
        match (same.next(), same.next()) {
            (_, Some(_)) => return false,
            (Some(member), None) => {
                member.value = value;
                member.idle = super::is_null(value);
            }
            (None, None) => self.push(Cow::Borrowed(key), value),
        }
        true
    }

    pub(crate) fn keep_empty_list(&mut self, key: &'static str) {
        if let Ok(empty) = super::parse(b"[]") {
            self.keep(key, empty);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0
            .iter()
            .map(|member| (member.key.as_ref(), member.value))
    }

    /// Of the members that say something.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let telling = self.0.iter().filter(|member| !member.idle);
        telling.map(|member| member.key.as_ref())
    }
}

impl PartialEq for Extra<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && self
                .iter()
                .zip(other.iter())
                .all(|(a, b)| a.0 == b.0 && a.1.get() == b.1.get())
    }
}

/// A borrowed name where the document's own bytes will do.
pub(crate) struct Name<'a>(pub(crate) Key<'a>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Name<'de>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a name")
            }
            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(name)))
            }
            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

/// Puts a place before an error's text, and leaves out the position that serde_json appends at every level.
pub(crate) fn within<E: de::Error>(place: impl fmt::Display, error: &E) -> E {
    let text = error.to_string();
    let text = text
        .rfind(" at line ")
        .map_or(text.as_str(), |end| &text[..end]);
    let joint = match text.as_bytes().first() {
        Some(b'[' | b'.') => "",
        _ if text.contains(": ") && !text.starts_with("expected") => ".",
        _ => ": ",
    };
    E::custom(format_args!("{place}{joint}{text}"))
}

/// An array whose errors name the item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List<T>(pub Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Visitor<T> {
            type Value = List<T>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an array")
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<List<T>, A::Error> {
                let mut list = Vec::new();
                loop {
                    match items.next_element() {
                        Ok(Some(item)) => list.push(item),
                        Ok(None) => return Ok(List(list)),
                        Err(error) => {
                            return Err(within(format_args!("[{}]", list.len()), &error));
                        }
                    }
                }
            }
        }
        deserializer.deserialize_seq(Visitor(PhantomData))
    }
}

/// What becomes of the members that a struct has no field for.
pub(crate) trait Rest<'a>: Default {
    fn take<'de: 'a, A: de::MapAccess<'de>>(
        &mut self,
        key: Key<'a>,
        members: &mut A,
    ) -> Result<(), A::Error>;
}

impl<'a> Rest<'a> for Extra<'a> {
    fn take<'de: 'a, A: de::MapAccess<'de>>(
        &mut self,
        key: Key<'a>,
        members: &mut A,
    ) -> Result<(), A::Error> {
        self.push(key, members.next_value()?);
        Ok(())
    }
}

/// For a glance: nothing is kept.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ignored;

impl<'a> Rest<'a> for Ignored {
    fn take<'de: 'a, A: de::MapAccess<'de>>(
        &mut self,
        _: Key<'a>,
        members: &mut A,
    ) -> Result<(), A::Error> {
        members.next_value::<de::IgnoredAny>().map(|_| ())
    }
}

/// Declares an object of a wire format: `"name" field: Type`. It reads borrowed, refuses a field given twice
/// and hands unknown members to `extra`, a [`Rest`] that may be named after the object; without a name it keeps them.
macro_rules! object {
    ($(
        $(#[$meta:meta])*
        $vis:vis struct $object:ident<'a> $(: $rest:ty)? { $($fields:tt)* }
    )+) => {$(
        $crate::json::object!(@rest [$(#[$meta])* $vis struct $object] [$($rest)?] { $($fields)* });
    )+};
    (@rest $head:tt [] $fields:tt) => {
        $crate::json::object!(@struct $head [$crate::json::Extra<'a>] $fields);
    };
    (@rest $head:tt [$rest:ty] $fields:tt) => {
        $crate::json::object!(@struct $head [$rest] $fields);
    };
    (@struct
        [$(#[$meta:meta])* $vis:vis struct $object:ident]
        [$rest:ty]
        { $($(#[$field_meta:meta])* $key:literal $field:ident: $type:ty),* $(,)? }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default)]
        $vis struct $object<'a> {
            $($(#[$field_meta])* pub(crate) $field: $crate::json::Field<$type>,)*
            pub(crate) extra: $rest,
            pub(crate) document: std::marker::PhantomData<&'a ()>,
        }

        impl<'de: 'a, 'a> serde::Deserialize<'de> for $object<'a> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor<'a>(std::marker::PhantomData<&'a ()>);
                impl<'de: 'a, 'a> serde::de::Visitor<'de> for Visitor<'a> {
                    type Value = $object<'a>;
                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        formatter.write_str("an object")
                    }
                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
                        let mut object = $object::default();
                        while let Some($crate::json::Name(key)) = members.next_key()? {
                            match key.as_ref() {
                                $($key => {
                                    if !matches!(object.$field, $crate::json::Field::Absent) {
                                        return Err(serde::de::Error::custom(concat!("`", $key, "` is given twice")));
                                    }
                                    object.$field = members
                                        .next_value()
                                        .map_err(|error| $crate::json::within($key, &error))?;
                                })*
                                _ => $crate::json::Rest::take(&mut object.extra, key, &mut members)?,
                            }
                        }
                        Ok(object)
                    }
                }
                deserializer.deserialize_map(Visitor(std::marker::PhantomData))
            }
        }
    };
}
pub(crate) use object;
