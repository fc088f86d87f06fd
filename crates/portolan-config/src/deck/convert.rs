//! decK's conversions: texts are read, and values printed, as Go does it.

/// What a pipeline hands on.
pub(super) enum Data {
    Text(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
}

impl Data {
    /// As a message calls it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Bool(_) => "a boolean",
        }
    }

    pub(super) fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Integer(value) => value.to_string(),
            Self::Float(value) => float_text(value),
            Self::Bool(value) => value.to_string(),
        }
    }
}

#[derive(Clone, Copy)]
pub(super) enum Conversion {
    Bool,
    Int,
    Float,
}

impl Conversion {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bool => "toBool",
            Self::Int => "toInt",
            Self::Float => "toFloat",
        }
    }

    pub(super) fn expects(self) -> &'static str {
        match self {
            Self::Bool => {
                "1, t, T, true, True, TRUE, 0, f, F, false, False or FALSE, and nothing around it"
            }
            Self::Int => "a whole number of at most 64 bits, and nothing around it",
            Self::Float => "a decimal number that a double can hold, and nothing around it",
        }
    }

    pub(super) fn mock(self) -> Data {
        match self {
            Self::Bool => Data::Bool(false),
            Self::Int => Data::Integer(42),
            Self::Float => Data::Float(42.0),
        }
    }

    pub(super) fn read(self, text: &str) -> Option<Data> {
        match self {
            Self::Bool => match text {
                "1" | "t" | "T" | "true" | "True" | "TRUE" => Some(Data::Bool(true)),
                "0" | "f" | "F" | "false" | "False" | "FALSE" => Some(Data::Bool(false)),
                _ => None,
            },
            Self::Int => text.parse().ok().map(Data::Integer),
            Self::Float => float(text).map(Data::Float),
        }
    }
}

/// Go's `ParseFloat` without hexadecimal: `_` between digits only; no overflow, no signed NaN.
fn float(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let is_digit = |index: Option<usize>| {
        index
            .and_then(|index| bytes.get(index))
            .is_some_and(u8::is_ascii_digit)
    };
    let mut underscores = text.match_indices('_').map(|(index, _)| index);
    if !underscores.all(|index| is_digit(index.checked_sub(1)) && is_digit(Some(index + 1))) {
        return None;
    }
    let value: f64 = text.replace('_', "").parse().ok()?;
    let spelt_out = !bytes.iter().any(u8::is_ascii_digit);
    let signed = text.starts_with(['+', '-']);
    let taken = value.is_finite() || (spelt_out && !(value.is_nan() && signed));
    taken.then_some(value)
}

/// As Go prints it: the fewest digits that give it back; an exponent below 1e-4 and from 1e6.
fn float_text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        let text = if value > 0.0 { "+Inf" } else { "-Inf" };
        return text.to_owned();
    }
    let scientific = format!("{value:e}");
    let parts = scientific.split_once('e').and_then(|(digits, exponent)| {
        let exponent: i32 = exponent.parse().ok()?;
        Some((digits, exponent))
    });
    match parts {
        Some((digits, exponent)) if !(-4..6).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            let exponent = exponent.unsigned_abs();
            format!("{digits}e{sign}{exponent:02}")
        }
        _ => value.to_string(),
    }
}
