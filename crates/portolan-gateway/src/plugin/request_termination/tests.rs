use super::*;

fn config(status: u16, answer: Termination) -> RequestTermination {
    RequestTermination {
        status,
        answer,
        trigger: None,
    }
}

/// `kong-core.md` 5.12.
#[test]
fn six_statuses_have_words_of_their_own() {
    for (status, message, told) in [
        (401, None, Some("Unauthorized")),
        (404, None, Some("Not found")),
        (405, None, Some("Method not allowed")),
        (500, None, Some("An unexpected error occurred")),
        (502, None, Some("Bad Gateway")),
        (503, None, Some("Service unavailable")),
        (200, None, None),
        (403, None, None),
        (503, Some("Closed"), Some("Closed")),
        (200, Some("Fine"), Some("Fine")),
    ] {
        let answer = Termination::Message(message.map(str::to_owned));
        let step = Step::new(&config(status, answer)).unwrap();
        let Ready::Message(found) = step.answer else {
            panic!("a message");
        };
        assert_eq!(found.as_deref(), told, "{status}");
    }
}

#[test]
fn a_trigger_is_a_header_or_a_parameter() {
    let mut config = config(503, Termination::Message(None));
    config.trigger = Some("X_Stop".to_owned());
    let step = Step::new(&config).unwrap();
    for (uri, header, acts) in [
        ("/", None, false),
        ("/?X_Stop", None, true),
        ("/?a=1&X%5fStop=0", None, true),
        ("/?x_stop=1", None, false),
        ("/", Some("x_stop"), true),
        ("/", Some("X-Stop"), true),
        ("/", Some("stop"), false),
    ] {
        let mut request = http::Request::builder().uri(uri);
        if let Some(name) = header {
            request = request.header(name, "");
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(step.acts(&head), acts, "{uri} {header:?}");
    }
    config.trigger = None;
    let (head, ()) = http::Request::new(()).into_parts();
    assert!(Step::new(&config).unwrap().acts(&head));
}
