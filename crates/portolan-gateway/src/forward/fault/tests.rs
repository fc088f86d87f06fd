use super::*;

/// `kong-core.md` 8.3.
#[test]
fn a_method_that_may_not_be_repeated_is_tried_again_only_while_unsent() {
    let lock = Method::from_bytes(b"LOCK").unwrap();
    for (method, repeatable) in [
        (Method::GET, true),
        (Method::HEAD, true),
        (Method::PUT, true),
        (Method::DELETE, true),
        (Method::OPTIONS, true),
        (Method::POST, false),
        (Method::PATCH, false),
        (lock, false),
    ] {
        for kind in [
            SendErrorKind::Connect,
            SendErrorKind::Tls,
            SendErrorKind::ConnectTimeout,
        ] {
            assert!(may_try_again(kind, true, &method, false), "{method}");
        }
        for kind in [
            SendErrorKind::Closed,
            SendErrorKind::WriteTimeout,
            SendErrorKind::ReadTimeout,
        ] {
            let again = may_try_again(kind, false, &method, true);
            assert_eq!(again, repeatable, "{method} {kind:?}");
        }
    }
}

/// nginx's `error timeout` knows no `invalid_header`; a name without an address has none a moment later either.
#[test]
fn some_faults_are_final() {
    let again = |kind, balanced| may_try_again(kind, true, &Method::GET, balanced);
    assert!(!again(SendErrorKind::InvalidResponse, true));
    assert!(!again(SendErrorKind::Resolve, false));
    assert!(again(SendErrorKind::Resolve, true));
}

/// `kong-core.md` 3.4.
#[test]
fn each_fault_has_kongs_status() {
    for (kind, expected) in [
        (SendErrorKind::Resolve, Kind::NameResolution),
        (SendErrorKind::Connect, Kind::UpstreamInvalid),
        (SendErrorKind::Tls, Kind::UpstreamInvalid),
        (SendErrorKind::Closed, Kind::UpstreamInvalid),
        (SendErrorKind::InvalidResponse, Kind::UpstreamInvalid),
        (SendErrorKind::ConnectTimeout, Kind::UpstreamTimeout),
        (SendErrorKind::WriteTimeout, Kind::UpstreamTimeout),
        (SendErrorKind::ReadTimeout, Kind::UpstreamTimeout),
    ] {
        assert_eq!(told(kind, false), expected, "{kind:?}");
    }
    assert_eq!(told(SendErrorKind::Resolve, true), Kind::NoPeer);
}
