use std::time::Duration;

use super::*;

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

/// One UUID for all, and a count.
#[test]
fn a_series_counts_from_one() {
    let series = Series {
        uuid: Uuid::new(),
        count: AtomicU64::new(0),
    };
    for count in 1..=3 {
        let text = series.next();
        let (uuid, tail) = text.split_once('#').unwrap();
        assert!(is_uuid(uuid), "{uuid}");
        assert_eq!(uuid, series.uuid.as_str());
        assert_eq!(tail, count.to_string());
    }
}

/// `kong-core.md` 5.10: server address, port, process, connection, its request, time with milliseconds.
#[test]
fn a_tracker_tells_where_and_when() {
    let now = UNIX_EPOCH + Duration::from_millis(1_700_000_000_007);
    let pid = process::id();
    for (local, expected) in [
        (
            "192.0.2.1:8000",
            format!("192.0.2.1-8000-{pid}-7-3-1700000000.007"),
        ),
        (
            "[::ffff:192.0.2.1]:8000",
            format!("192.0.2.1-8000-{pid}-7-3-1700000000.007"),
        ),
        (
            "[2001:db8::1]:8443",
            format!("2001:db8::1-8443-{pid}-7-3-1700000000.007"),
        ),
    ] {
        assert_eq!(tracker(local.parse().unwrap(), (7, 3), now), expected);
    }
}

#[test]
fn an_empty_header_is_none() {
    let step = Step {
        header: HeaderName::from_static("kong-request-id"),
        generator: Generator::Uuid,
        echoes: false,
    };
    let mut headers = HeaderMap::new();
    assert_eq!(step.given(&headers), None);
    headers.insert("kong-request-id", HeaderValue::from_static(""));
    assert_eq!(step.given(&headers), None);
    headers.insert("kong-request-id", HeaderValue::from_static("mine"));
    assert_eq!(step.given(&headers).unwrap(), "mine");
}
