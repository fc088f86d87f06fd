//! What a service says of its answer's length, made what a client can rely on.

use http::{HeaderMap, HeaderValue, StatusCode, header::CONTENT_LENGTH};

/// `measured`: bytes of the body, where it is measured by a length at all. A length that was said several times is said
/// once (RFC 9110, 8.6), and of an answer that can have no content none is.
pub(super) fn settle(headers: &mut HeaderMap, status: StatusCode, measured: Option<u64>) {
    let none = [StatusCode::NO_CONTENT, StatusCode::SWITCHING_PROTOCOLS];
    if measured.is_none() || none.contains(&status) {
        headers.remove(CONTENT_LENGTH);
        return;
    }
    let mut lines = headers.get_all(CONTENT_LENGTH).iter();
    let repeated = match (lines.next(), lines.next()) {
        (Some(line), None) => line.as_bytes().contains(&b','),
        (first, _) => first.is_some(),
    };
    if !repeated {
        return;
    }
    match single(headers) {
        Some(length) => headers.insert(CONTENT_LENGTH, length),
        None => headers.remove(CONTENT_LENGTH),
    };
}

/// None: they differ. Of an answer to HEAD nobody has looked.
fn single(headers: &HeaderMap) -> Option<HeaderValue> {
    let lines = headers.get_all(CONTENT_LENGTH).iter();
    let mut said = lines
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii);
    let first = said.next()?;
    let alike = said.all(|other| other == first);
    alike.then(|| HeaderValue::from_bytes(first).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(lines: &[&'static str], status: u16, measured: Option<u64>) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(CONTENT_LENGTH, HeaderValue::from_static(line));
        }
        let status = StatusCode::from_u16(status).unwrap();
        settle(&mut headers, status, measured);
        let lines = headers.get_all(CONTENT_LENGTH).iter();
        lines
            .map(|line| line.to_str().unwrap().to_owned())
            .collect()
    }

    /// RFC 9110 8.6, and 15.3.5 of what has no content.
    #[test]
    fn a_length_is_told_once_or_not_at_all() {
        for (lines, status, measured, told) in [
            (&["2"][..], 200, Some(2), Some("2")),
            (&["2", "2"][..], 200, Some(2), Some("2")),
            (&["2, 2"][..], 200, Some(2), Some("2")),
            (&["2 ,2", "2"][..], 200, Some(2), Some("2")),
            // To HEAD: nothing comes, and the length is what would have come.
            (&["9"][..], 200, Some(0), Some("9")),
            (&["9", "8"][..], 200, Some(0), None),
            (&["9"][..], 304, Some(0), Some("9")),
            (&["9"][..], 204, Some(0), None),
            (&["9"][..], 101, Some(0), None),
            (&["9"][..], 200, None, None),
            (&[][..], 200, Some(0), None),
        ] {
            let found = settled(lines, status, measured);
            assert_eq!(found, Vec::from_iter(told), "{lines:?} {status}");
        }
    }
}
