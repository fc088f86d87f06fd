use super::*;
use crate::router;

/// As a client asks: path and query in one.
fn built(base: &str, asked: &str, stripped: Option<usize>) -> String {
    let uri: Uri = asked.parse().unwrap();
    let path = router::normalise(uri.path()).unwrap();
    build(base, &path, stripped, &uri).unwrap().to_string()
}

/// The rows of `kong-core.md` 2.6, each outcome worked out by hand; `prefix` is what the route matched.
#[test]
fn a_stripped_path_follows_the_services() {
    for (base, prefix, asked, expected) in [
        // The service's path ends with a slash.
        ("/", "/api", "/api", "/"),
        ("/", "/api/", "/api/", "/"),
        ("/", "/api", "/api/", "/"),
        ("/", "/api", "/api/x", "/x"),
        ("/", "/api", "/apix", "/x"),
        ("/base/", "/api/", "/api/", "/base/"),
        ("/base/", "/api", "/api", "/base"),
        ("/base/", "/api", "/api/", "/base/"),
        ("/base/", "/api", "/api/x", "/base/x"),
        ("/base/", "/api", "/apix", "/base/x"),
        // It does not.
        ("/base", "/api", "/api", "/base"),
        ("/base", "/api/", "/api/", "/base/"),
        ("/base", "/api", "/api/", "/base/"),
        ("/base", "/api", "/api/x", "/base/x"),
        ("/base", "/api", "/apix", "/base/x"),
        ("/base", "/api/", "/api/x/", "/base/x/"),
        // Stripped of the root alone.
        ("/", "/", "/", "/"),
        ("/", "/", "/x", "/x"),
        ("/base", "/", "/", "/base"),
        ("/base", "/", "/x", "/base/x"),
        ("/base/", "/", "/x", "/base/x"),
        // What is left begins with dots.
        ("/base", "/api", "/api../x", "/base/x"),
        ("/base", "/api", "/api./x", "/base/x"),
        ("/base", "/api", "/api..", "/base"),
        ("/base", "/api", "/api.", "/base"),
        ("/base", "/api", "/api.x", "/base/.x"),
        // A regex's match: `~/v\d` is three bytes long here.
        ("/", "/v1", "/v1/x", "/x"),
    ] {
        let found = built(base, asked, Some(prefix.len()));
        assert_eq!(found, expected, "{base} {prefix} {asked}");
    }
}

#[test]
fn a_whole_path_follows_the_services() {
    for (base, asked, expected) in [
        ("/", "/", "/"),
        ("/", "/x", "/x"),
        ("/base/", "/", "/base/"),
        ("/base/", "/x", "/base/x"),
        ("/base", "/", "/base"),
        ("/base", "/x", "/base/x"),
        ("/base", "/x/", "/base/x/"),
    ] {
        assert_eq!(built(base, asked, None), expected, "{base} {asked}");
    }
}

/// `kong-core.md` 2.6: the query as it came, an empty one with its mark.
#[test]
fn a_query_stays_as_it_came() {
    for (asked, expected) in [
        ("/api/x?a=%41&b=c+d", "/x?a=%41&b=c+d"),
        ("/api?", "/?"),
        ("/api??", "/??"),
    ] {
        assert_eq!(built("/", asked, Some(4)), expected, "{asked}");
        let whole = asked.replacen("/api", "/base/api", 1);
        assert_eq!(built("/base", asked, None), whole, "{asked}");
    }
}

/// `kong-core.md` 2.2: what is sent is the normal form, escaped again where it must be.
#[test]
fn a_path_goes_out_in_normal_form() {
    for (asked, expected) in [
        ("/a%62c", "/abc"),
        ("/a%20b", "/a%20b"),
        ("/%c3%a4", "/%C3%A4"),
        ("/a%2fb", "/a%2Fb"),
        ("/a%22%3c%7b", "/a%22%3C%7B"),
        ("/x/../y//z/.", "/y/z/"),
        ("/a%2e%2e/b", "/a../b"),
        ("/!$&'()*+,:;=@-_.~", "/!$&'()*+,:;=@-_.~"),
    ] {
        assert_eq!(built("/", asked, None), expected, "{asked}");
    }
}

#[test]
fn what_does_not_change_is_not_written_anew() {
    let uri: Uri = "/a/b?c".parse().unwrap();
    for stripped in [None, Some(1)] {
        let sent = build("/", "/a/b", stripped, &uri).unwrap();
        let (sent, asked) = (sent.as_str(), uri.path_and_query().unwrap().as_str());
        assert!(std::ptr::eq(sent, asked));
    }
}
