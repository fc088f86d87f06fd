use http::{HeaderName, HeaderValue};

use super::*;

fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
    lines
        .iter()
        .map(|&(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        })
        .collect()
}

/// `kong-core.md` 5.7; 1 kilobyte is 1024 bytes.
#[test]
fn what_is_announced_decides() {
    const OVER: &str = "Request size limit exceeded";
    const NO_LENGTH: &str = "A valid Content-Length header is required";
    let waits = ("expect", " 100-Continue ");
    let chunked = ("transfer-encoding", "chunked");
    for (require, lines, refused) in [
        (false, &[("content-length", "1024")][..], None),
        (false, &[("content-length", "1025")], Some((413, OVER))),
        (
            false,
            &[("content-length", "1025"), waits],
            Some((417, OVER)),
        ),
        (false, &[("content-length", "1024"), waits], None),
        (
            false,
            &[("content-length", "18446744073709551615")],
            Some((413, OVER)),
        ),
        (false, &[], None),
        (true, &[], Some((411, NO_LENGTH))),
        (true, &[("content-length", "x")], Some((411, NO_LENGTH))),
        (true, &[("content-length", "0")], None),
        (true, &[chunked], None),
        (true, &[chunked, ("content-length", "1025")], None),
    ] {
        let step = Step(Arc::new(RequestSizeLimiting {
            allowed: 1024,
            require_content_length: require,
        }));
        let refusal = step.refusal(&headers(lines));
        let expected = refused.map(|(status, text)| {
            let status = StatusCode::from_u16(status).unwrap();
            (Kind::Plugin(status, Style::Template), text.to_owned())
        });
        let found = refusal.map(|error| (error.kind, error.detail));
        assert_eq!(found, expected, "{require} {lines:?}");
    }
}
