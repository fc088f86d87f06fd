//! Which of several routes that fit wins: `kong-core.md` 2.4, as Kong really computes it. Its fields, by hand:
//! weight << 29, headers << 20, `regex_priority` << 19 as 32-bit numbers, widened with their sign and joined by OR;
//! then plain hosts 1 << 60, regex 1 << 51, and a prefix's length.

use super::check;

/// Consequence 1.
#[test]
fn plain_hosts_outrank_all_without() {
    let request = "GET /x/y host=a.example x-a:one";
    check(&[
        (
            &["all methods=GET x-a:one paths=/x/y", "host hosts=a.example"],
            request,
            Some("host"),
        ),
        (
            &["regex paths=~/x", "host hosts=a.example"],
            request,
            Some("host"),
        ),
        (
            &["all methods=GET x-a:one paths=~/x", "host hosts=a.example"],
            request,
            Some("host"),
        ),
        // A wildcard has not the flag, and one among plain ones takes it away.
        (
            &["wild hosts=*.example", "regex paths=~/x"],
            request,
            Some("regex"),
        ),
        (
            &["mixed hosts=a.example,*.org", "regex paths=~/x"],
            request,
            Some("regex"),
        ),
        (
            &["wild hosts=*.example paths=/", "plain hosts=a.example"],
            request,
            Some("plain"),
        ),
        (
            &["wild hosts=*.example paths=/", "path paths=/x/y"],
            request,
            Some("wild"),
        ),
        (
            &["port hosts=a.example:8000", "regex paths=~/x"],
            request,
            Some("port"),
        ),
    ]);
}

/// Consequence 2.
#[test]
fn a_regex_outranks_prefixes_with_more_fields() {
    check(&[
        (
            &["prefix methods=GET paths=/x/y", "regex paths=~/x"],
            "GET /x/y",
            Some("regex"),
        ),
        (
            &["prefix methods=GET x-a:one paths=/x", "regex paths=~/x"],
            "GET /x x-a:one",
            Some("regex"),
        ),
        (
            &["methods methods=GET x-a:one", "regex paths=~/x"],
            "GET /x x-a:one",
            Some("regex"),
        ),
    ]);
}

/// Consequence 3.
#[test]
fn then_weight_then_headers_then_length() {
    let request = "GET /x/y x-a:one x-b:two";
    check(&[
        (
            &["long paths=/x/y", "heavy methods=GET paths=/x"],
            request,
            Some("heavy"),
        ),
        (
            &["short paths=/x", "long paths=/x/y"],
            request,
            Some("long"),
        ),
        (
            &["path paths=/x", "methods methods=GET"],
            request,
            Some("path"),
        ),
        (
            &["one x-a:one paths=/x/y", "two x-a:one x-b:two paths=/x"],
            request,
            Some("two"),
        ),
        // Two headers are one field.
        (
            &["headers x-a:one x-b:two", "fields x-a:one paths=/"],
            request,
            Some("fields"),
        ),
        (
            &["light paths=~/x/y", "heavy methods=GET paths=~/x"],
            request,
            Some("heavy"),
        ),
        // A regex has no length.
        (
            &["first paths=~/x", "second paths=~/x/y"],
            request,
            Some("first"),
        ),
    ]);
}

/// Consequence 3: one header is 1 << 20, and so is `regex_priority` 2.
#[test]
fn headers_and_regex_priority_share_bits() {
    let request = "GET /x x-a:one";
    check(&[
        (
            &["low paths=~/x priority=1", "high paths=~/x priority=2"],
            request,
            Some("high"),
        ),
        (
            &[
                "two methods=GET paths=~/x priority=2",
                "header x-a:one paths=~/x",
            ],
            request,
            Some("two"),
        ),
        (
            &[
                "header x-a:one paths=~/x",
                "two methods=GET paths=~/x priority=2",
            ],
            request,
            Some("header"),
        ),
        (
            &[
                "one methods=GET paths=~/x priority=1",
                "header x-a:one paths=~/x",
            ],
            request,
            Some("header"),
        ),
        (
            &[
                "header x-a:one paths=~/x",
                "three methods=GET paths=~/x priority=3",
            ],
            request,
            Some("three"),
        ),
        // Joined by OR: a header and 2 are no more than either.
        (
            &[
                "both x-a:one paths=~/x priority=2",
                "three methods=GET paths=~/x priority=3",
            ],
            request,
            Some("three"),
        ),
        // It counts for regexes only.
        (
            &["prefix paths=/x priority=9", "long paths=/x/y"],
            "GET /x/y",
            Some("long"),
        ),
    ]);
}

/// Consequence 3: 1024 << 19 is 1 << 29, a weight of 1.
#[test]
fn a_large_regex_priority_spills_into_the_weight() {
    let request = "GET /x host=a.example x-a:one";
    check(&[
        // 1 | 1 is 1, where 1023 still adds below.
        (
            &[
                "1024 paths=~/x priority=1024",
                "1023 paths=~/x priority=1023",
            ],
            request,
            Some("1023"),
        ),
        (
            &[
                "spilt paths=~/x priority=1024",
                "heavy methods=GET paths=~/x",
            ],
            request,
            Some("heavy"),
        ),
        // 1 | 2 is 3.
        (
            &[
                "heavy methods=GET paths=~/x",
                "spilt paths=~/x priority=2048",
            ],
            request,
            Some("spilt"),
        ),
        // 2 | 1 is 3 as well: equal, then one more.
        (
            &[
                "heavy methods=GET hosts=*.example paths=~/x",
                "spilt methods=GET paths=~/x priority=1024",
            ],
            request,
            Some("heavy"),
        ),
        (
            &[
                "spilt methods=GET paths=~/x priority=1024",
                "heavy methods=GET hosts=*.example paths=~/x",
            ],
            request,
            Some("spilt"),
        ),
        (
            &[
                "heavy methods=GET hosts=*.example paths=~/x",
                "spilt methods=GET paths=~/x priority=1025",
            ],
            request,
            Some("spilt"),
        ),
    ]);
}

/// Consequence 3: 4096 << 19 is 1 << 31, the sign, which fills all bits above.
#[test]
fn regex_priorities_that_reach_the_sign_outrank_everything() {
    let request = "GET /x host=a.example x-a:one";
    let host = "host methods=GET hosts=a.example paths=~/x";
    check(&[
        (
            &[host, "huge paths=~/x priority=4096"],
            request,
            Some("huge"),
        ),
        (
            &[host, "negative paths=~/x priority=-1"],
            request,
            Some("negative"),
        ),
        (
            &[
                "huge paths=~/x priority=4096",
                "negative paths=~/x priority=-1",
            ],
            request,
            Some("negative"),
        ),
        (
            &[
                "lower paths=~/x priority=-2",
                "higher paths=~/x priority=-1",
            ],
            request,
            Some("higher"),
        ),
        (
            &["zero paths=~/x", "negative paths=~/x priority=-5"],
            request,
            Some("negative"),
        ),
        // 8192 << 19 is 1 << 32, and gone.
        (
            &["gone paths=~/x priority=8192", "one paths=~/x priority=1"],
            request,
            Some("one"),
        ),
    ]);
}

/// Consequence 4: 4 << 29 is the sign, too.
#[test]
fn a_weight_of_four_outranks_all_below() {
    let request = "GET /x/y host=a.example x-a:one x-b:two";
    let four = "four methods=GET hosts=*.example x-a:one paths=/x";
    check(&[
        (
            &["three methods=GET hosts=a.example paths=~/x", four],
            request,
            Some("four"),
        ),
        (
            &[
                "three hosts=a.example x-a:one paths=~/x priority=1023",
                four,
            ],
            request,
            Some("four"),
        ),
        (
            &[
                four,
                "five methods=GET hosts=*.example x-a:one paths=/ snis=b.example",
            ],
            request,
            Some("five"),
        ),
        // The flags are lost: of a regex, and of plain hosts.
        (
            &[
                "regex methods=GET hosts=*.example x-a:one paths=~/x/y",
                four,
            ],
            request,
            Some("four"),
        ),
        (
            &["plain methods=GET hosts=a.example x-a:one paths=/", four],
            request,
            Some("four"),
        ),
        // Headers and `regex_priority` still count.
        (
            &[
                four,
                "headers methods=GET hosts=*.example x-a:one x-b:two paths=/",
            ],
            request,
            Some("headers"),
        ),
        (
            &[
                four,
                "regex methods=GET hosts=*.example x-a:one paths=~/x priority=1",
            ],
            request,
            Some("regex"),
        ),
        // `snis` count without TLS.
        (
            &[
                "three methods=GET hosts=*.example paths=/x/y",
                "snis methods=GET hosts=*.example paths=/ snis=b.example",
            ],
            request,
            Some("snis"),
        ),
        // -1 << 19 has more bits than 4 << 29.
        (
            &[four, "negative paths=~/x priority=-1"],
            request,
            Some("negative"),
        ),
    ]);
}

/// Below the consequences: each length of prefixes, and all regexes together, are ranked for themselves.
#[test]
fn paths_of_one_route_are_ranked_apart() {
    let lengths: &[&str] = &["one paths=/a,/abcd", "two paths=/abc"];
    let kinds: &[&str] = &["two methods=GET paths=/a", "one paths=/a,~/a/b$"];
    check(&[
        (lengths, "GET /abcde", Some("one")),
        (lengths, "GET /abcx", Some("two")),
        (lengths, "GET /abx", Some("one")),
        (kinds, "GET /a/b", Some("one")),
        (kinds, "GET /a/c", Some("two")),
        (kinds, "PUT /a/c", Some("one")),
    ]);
}

/// Portolan's: `docs/kong-compatibility.md`, "Routes". Kong compares UUIDs.
#[test]
fn of_equals_the_first_in_the_file_wins() {
    check(&[
        (&["one paths=/a", "two paths=/a"], "GET /a", Some("one")),
        (&["one paths=/b,/a", "two paths=/a"], "GET /a", Some("one")),
        (&["one paths=~/a", "two paths=~/a$"], "GET /a", Some("one")),
        (
            &["one hosts=a.example", "two hosts=a.example:8000"],
            "GET / host=a.example",
            Some("one"),
        ),
        (
            &["one methods=GET", "two methods=GET,PUT"],
            "GET /",
            Some("one"),
        ),
    ]);
}
