//! What a scalar means, as Kong's YAML 1.1 loader reads it: plain `on`, `yes`, `off`, `no` are booleans.

/// A scalar as written and as read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scalar {
    /// After escapes, without quotes.
    pub(crate) text: String,
    pub(crate) value: Value,
    /// It came from the environment: no message shows it.
    pub(crate) substituted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    /// Finite.
    Float(f64),
    /// `Scalar::text` is the value.
    Text,
}

impl Scalar {
    pub(super) fn quoted(text: String) -> Self {
        Self {
            text,
            value: Value::Text,
            substituted: false,
        }
    }

    pub(super) fn plain(text: String) -> Self {
        let value = resolve(&text);
        Self {
            text,
            value,
            substituted: false,
        }
    }

    /// The number as JSON writes it: as the file does wherever that is JSON.
    pub(crate) fn json_number(&self) -> Option<String> {
        match self.value {
            Value::Integer(value) => Some(value.to_string()),
            Value::Float(_) if is_json_number(&self.text) => Some(self.text.clone()),
            Value::Float(value) => Some(value.to_string()),
            Value::Null | Value::Bool(_) | Value::Text => None,
        }
    }
}

fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            Value::Bool(false)
        }
        _ => number(text).unwrap_or(Value::Text),
    }
}

fn number(text: &str) -> Option<Value> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let sign = if negative { -1 } else { 1 };
    if let Some(hex) = digits.strip_prefix("0x") {
        return based(hex, 16).map(|value| Value::Integer(sign * value));
    }
    if digits.len() > 1
        && digits.starts_with('0')
        && let Some(octal) = based(digits, 8)
    {
        return Some(Value::Integer(sign * octal));
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit())
        && let Ok(value) = text.parse()
    {
        return Some(Value::Integer(value));
    }
    if !is_decimal(digits) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    value.is_finite().then_some(Value::Float(value))
}

fn based(digits: &str, radix: u32) -> Option<i64> {
    let unsigned = !digits.starts_with(['+', '-']);
    unsigned
        .then(|| i64::from_str_radix(digits, radix).ok())
        .flatten()
}

/// Digits, a point, an exponent: what `f64` would also take (`inf`, `nan`, `infinity`) is text.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent)
        })
}

fn is_json_number(text: &str) -> bool {
    serde_json::from_str::<serde_json::Number>(text).is_ok()
}
