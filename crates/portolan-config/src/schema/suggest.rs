//! What to say of a name that is not known: the nearest one, or all of them where they are few.

use super::field::{Kind, Record, Spelling};

/// Longer lists help nobody.
const MOST_LISTED: usize = 24;
/// No name of the tables is near anything longer.
const LONGEST_COMPARED: usize = 64;

pub(super) fn unknown_field(record: &Record, written: &str) -> String {
    if let Some(hint) = record.hint.and_then(|hint| hint(written)) {
        return format!("unknown field: {hint}");
    }
    let names: Vec<&str> = record.fields().map(|field| field.name).collect();
    if !names.is_empty()
        && nearest(written, &names).is_none()
        && let Some(path) = deeper(record, written)
    {
        return format!("unknown field, did you mean '{path}'?");
    }
    match nearest(written, &names) {
        Some(name) => format!("unknown field, did you mean '{name}'?"),
        None => {
            // Older spellings are read, and not recommended.
            let own = record
                .fields()
                .filter(|field| field.spelling == Spelling::Own);
            let names: Vec<&str> = own.map(|field| field.name).collect();
            if names.is_empty() {
                "unknown field: there are none here yet".to_owned()
            } else if names.len() <= MOST_LISTED {
                format!("unknown field, known are: {}", names.join(", "))
            } else {
                format!(
                    "unknown field: `portolan schema --reference` lists those of `{}`",
                    record.name
                )
            }
        }
    }
}

pub(super) fn can_list(known: &[&str]) -> bool {
    known.len() <= MOST_LISTED
}

pub(super) fn unknown_value(written: &str, known: &[&str]) -> String {
    let nearest = match nearest(written, known) {
        Some(name) => format!(", did you mean '{name}'?"),
        None => String::new(),
    };
    if can_list(known) {
        format!(
            "expected one of: {}; found '{written}'{nearest}",
            known.join(", ")
        )
    } else {
        match nearest.as_str() {
            "" => format!("'{written}' is not known: only what Kong bundles is"),
            nearest => format!("'{written}' is not known{nearest}"),
        }
    }
}

/// The name that the fewest edits lead to, when they are few for its length.
fn nearest<'n>(written: &str, names: &[&'n str]) -> Option<&'n str> {
    let wordless = !written.contains(|char: char| char.is_alphabetic());
    if wordless || written.len() > LONGEST_COMPARED {
        return None;
    }
    names
        .iter()
        .filter(|name| name.len().abs_diff(written.len()) <= name.len().max(written.len()) / 3)
        .map(|&name| (distance(written, name), name))
        .filter(|&(edits, name)| edits <= name.len().max(written.len()) / 3)
        .min()
        .map(|(_, name)| name)
        .or_else(|| names.iter().copied().find(|name| is_part(written, name)))
}

/// `header` of `header_name`, `value` of `header_value`, `retry` of `retries`.
fn is_part(written: &str, name: &str) -> bool {
    let (short, long) = match written.len() < name.len() {
        true => (written, name),
        false => (name, written),
    };
    let at_a_word = |rest: Option<&str>, edge: char| {
        rest.is_some_and(|rest| rest.starts_with(edge) || rest.ends_with(edge))
    };
    let stem = written.strip_suffix('y').unwrap_or(written);
    short.len() >= 3
        && (at_a_word(long.strip_prefix(short), '_')
            || at_a_word(long.strip_suffix(short), '_')
            || (stem.len() >= 4 && name.strip_prefix(stem).is_some_and(|rest| rest.len() <= 3)))
}

/// Where a field of that name stands one level deeper: `model.options`, and `model.name` for `model_name`.
fn deeper(record: &Record, written: &str) -> Option<String> {
    record.fields().find_map(|field| {
        let Kind::Record(inner) = &field.kind else {
            return None;
        };
        let member = written
            .strip_prefix(field.name)
            .and_then(|rest| rest.strip_prefix('_'))
            .unwrap_or(written);
        inner
            .field(member)
            .filter(|member| member.spelling == Spelling::Own)
            .map(|member| format!("{}.{}", field.name, member.name))
    })
}

/// Levenshtein's, letter case for nothing, two neighbours exchanged for one edit.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().flat_map(char::to_lowercase).collect();
    let right: Vec<char> = right.chars().flat_map(char::to_lowercase).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row, from) in left.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, to) in right.iter().enumerate() {
            let mut edits = (above[column] + usize::from(from != to))
                .min(above[column + 1] + 1)
                .min(line[column] + 1);
            if row > 0 && column > 0 && *from == right[column - 1] && left[row - 1] == *to {
                edits = edits.min(before[column - 1] + 1);
            }
            line.push(edits);
        }
        before = std::mem::replace(&mut above, line);
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn edits_are_counted() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("modle", "model"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("MODEL", "model"), 0);
    }

    #[test]
    fn only_a_near_name_is_suggested() {
        let names = ["route_type", "weight", "model", "auth"];
        assert_eq!(nearest("modle", &names), Some("model"));
        assert_eq!(nearest("route-type", &names), Some("route_type"));
        assert_eq!(nearest("colour", &names), None);
    }
}
