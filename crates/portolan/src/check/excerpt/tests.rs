use portolan_config::diagnostic::{Diagnostic, Severity};

use super::{Excerpt, Excerpts, WINDOW};

fn finding(line: usize, column: usize, path: &str, message: &str) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        file: "kong.yaml".to_owned(),
        line,
        column,
        path: path.to_owned(),
        message: message.to_owned(),
    }
}

fn excerpt(text: &str, one: Diagnostic) -> Option<Excerpt> {
    let found = [one];
    Excerpts::new(text, &found).of(&found[0])
}

/// The excerpt of a line, with its carets below; the finding is at the first `needle`.
fn drawn(line: &str, needle: &str, message: &str) -> String {
    let before = line.split(needle).next().unwrap();
    let column = before.chars().count() + 1;
    let excerpt = excerpt(line, finding(1, column, "", message)).unwrap();
    let blanks = " ".repeat(excerpt.before);
    format!("{}\n{blanks}{}", excerpt.text, "^".repeat(excerpt.carets))
}

#[test]
fn the_carets_are_under_what_is_meant() {
    for (line, needle, expected) in [
        (
            "    hots: example.com",
            "hots",
            "    hots: example.com\n    ^^^^",
        ),
        (
            "    hots: example.com",
            "example",
            "    hots: example.com\n          ^^^^^^^^^^^",
        ),
        (
            "- paths: [/a, '~/b']",
            "'~/b'",
            "- paths: [/a, '~/b']\n              ^^^^^",
        ),
        (
            "- paths: [/a, '~/b']",
            "[",
            "- paths: [/a, '~/b']\n         ^",
        ),
        ("\thots: x", "hots", " hots: x\n ^^^^"),
        (
            "{name: 日本, hots: x}",
            "hots",
            "{name: 日本, hots: x}\n           ^^^^",
        ),
    ] {
        assert_eq!(drawn(line, needle, "wrong"), expected);
    }
}

#[test]
fn a_secret_is_masked_and_the_rest_stays() {
    for (line, needle, expected) in [
        (
            "auth: {header_name: Authorization, header_value: abc, hots: x}",
            "hots",
            "auth: {header_name: Authorization, header_value: …, hots: x}\n                                                    ^^^^",
        ),
        (
            "{\"password\": \"a,b\", \"hots\":\"x\"}",
            "\"hots\"",
            "{\"password\": \"…\", \"hots\":\"x\"}\n                  ^^^^^^",
        ),
        ("token: abc", "abc", "token: …\n       ^"),
        ("token: 'abc'", "'abc'", "token: '…'\n       ^^^"),
        ("token: abc", "token", "token: …\n^^^^^"),
        (
            "name: \"a#b\" # said by abc",
            "name",
            "name: \"a#b\" #…\n^^^^",
        ),
        (
            "header_value: Bearer ${{ env \"DECK_KEY\" }}",
            "Bearer",
            "header_value: …${{ env \"DECK_KEY\" }}\n              ^^^^^^^^^^^^^^^^^^^^^^",
        ),
        (
            "header_value: \"${{ env \"DECK_KEY\" }}\"",
            "\"$",
            "header_value: \"${{ env \"DECK_KEY\" }}\"\n              ^^^^^^^^^^^^^^^^^^^^^^^",
        ),
        (
            "header_value: '{vault://env/OPENAI}'",
            "'{",
            "header_value: '{vault://env/OPENAI}'\n              ^^^^^^^^^^^^^^^^^^^^^^",
        ),
    ] {
        assert_eq!(drawn(line, needle, "wrong"), expected);
    }
}

#[test]
fn a_misspelt_name_of_a_secret_hides_its_value() {
    for message in [
        "unknown field, did you mean 'header_value'?",
        "unknown field, known are: name, key",
        "unknown field",
    ] {
        let drawn = drawn("{a: b, headr: abc}", "headr", message);
        assert_eq!(drawn, "{a: b, headr: …}\n       ^^^^^", "{message}");
    }
    let known = drawn(
        "hots: example.com",
        "hots",
        "unknown field, did you mean 'host'?",
    );
    assert_eq!(known, "hots: …\n^^^^");
}

/// An alias: the place is the anchor's, whose own key says nothing.
#[test]
fn the_path_of_a_finding_may_name_a_secret_too() {
    let one = finding(1, 8, "plugins[0].config.auth.header_value", "wrong");
    let excerpt = excerpt("_a: &a abc", one).unwrap();
    assert!(!excerpt.text.contains("abc"), "{}", excerpt.text);
    assert!(excerpt.text.starts_with("_a: "), "{}", excerpt.text);
}

#[test]
fn no_place_of_a_nasty_file_shows_its_secret() {
    for text in [
        "{\"header_value\":\"hunter2\",\"hots\":1}",
        "password: \"it's \\\"hunter2\\\" #x\"",
        "password: 'it''s hunter2'",
        "password:\n  hunter2",
        "password:\n- hunter2\n-\n  hunter2",
        "passwords: [a, hunter2]",
        "cert: |\n  hunter2\n\n# hunter2\n  hots: hunter2\nname: x",
        "- cert: >-\n    hunter2\n  name: x",
        "password: a\n  hunter2: b\n  hunter2",
        "x: \"a\n  hunter2\n hunter2\"\ny: 1",
        "# password: hunter2\nhots: 1 # hunter2",
        "header_value hunter2\nhots: 1",
        "name: [x, \"Bearer hunter2\"]",
        "- 'Authorization: hunter2'\n- x-api-key:hunter2\n- password=hunter2",
        "url: https://user:hunter2@example.com",
        "{name: x, password: hunter2",
        "methods: [a, b\npassword: c, hunter2\n",
        "{\"a\": \"x, \"password\": \"hunter2\", \"b\": \"c\"}",
        "{\"password\": \"a\"hunter2\", \"b\": \"c\"}",
        "{password: a, hunter2}",
        "{password hunter2: x}",
        "\"p\\u0061ssword\": hunter2",
        "? password\n: hunter2",
        "password: &a hunter2",
        "password: !!str hunter2",
        "password: !hunter2",
        "keyauth_credentials:\n- ky: hunter2\n  tags: [hunter2]",
        "jwks:\n  a:\n    b: hunter2",
        "password: {a: [b, {c: hunter2}]}",
        "password: 密码hunter2密码",
        "password: ${{ env hunter2",
        "password: ${{ hunter2 }}",
        "password: x${{ env \"DECK_X\" }}hunter2",
        "password: {vault://hunter2",
        "password: {vault://env/X}hunter2",
        "\tpassword:\thunter2",
        "a: 1\rpassword: hunter2\rb: 2",
        "a: 1\r\npassword: hunter2\r\n",
        "\u{feff}password: hunter2",
        "\"password\" : \"hunter2\"",
        "{\"password\"\n : \"hunter2\"}",
        "PassWord: hunter2",
        "password: - hunter2",
        "a: b: password: hunter2",
        "password: hunter2: x",
        "password: 'a' hunter2",
        "password: [a] hunter2",
        "password: |hunter2",
    ] {
        let lines = text.split(['\n', '\r']).count();
        for line in 1..=lines + 1 {
            for column in 1..=text.len() + 1 {
                let one = finding(line, column, "", "wrong");
                if let Some(excerpt) = excerpt(text, one) {
                    assert!(!excerpt.text.contains("hunter2"), "{text}: {excerpt:?}");
                    assert!(excerpt.carets > 0, "{text}: {excerpt:?}");
                }
            }
        }
    }
}

#[test]
fn of_a_long_line_there_is_a_window() {
    let members = "a: 1, ".repeat(10_000);
    let text = format!("{{{members}hots: x, {members}b: 2}}");
    let column = members.len() + 2;
    let excerpt = excerpt(&text, finding(1, column, "", "wrong")).unwrap();
    assert_eq!(excerpt.text.chars().count(), WINDOW + 2 * "...".len());
    assert!(excerpt.text.starts_with("...") && excerpt.text.ends_with("..."));
    assert_eq!(&excerpt.text[excerpt.before..][..4], "hots");
    assert_eq!(excerpt.carets, 4);
}

/// A syntax error's place may be the end of the file.
#[test]
fn a_place_behind_the_text_has_a_caret() {
    let one = finding(1, 99, "", "wrong");
    let told = excerpt("a: b", one).unwrap();
    assert_eq!((told.before, told.carets), (4, 1));
    assert_eq!(excerpt("a: b", finding(3, 1, "", "wrong")), None);
    assert_eq!(excerpt("a: b", finding(0, 0, "", "wrong")), None);
}

#[test]
fn what_moves_a_terminals_cursor_is_not_shown() {
    let drawn = drawn("a\u{1b}[31m: b\u{202e}", "a", "wrong");
    assert_eq!(
        drawn.split('\n').next().unwrap(),
        "a\u{fffd}[31m: b\u{fffd}"
    );
}
