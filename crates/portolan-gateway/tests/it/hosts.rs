//! Files that name the providers' real hosts, served unchanged over TLS against a stand-in.

use portolan_gateway::Resolve;
use portolan_mock::{Authority, Mock, MockOptions};

use crate::{
    client::post,
    harness::{Served, ask, serve_with, shared},
};

const HOSTS: [&str; 3] = ["api.openai.com", "api.mistral.ai", "api.cohere.com"];
const DEMO: &str = include_str!("../../../../examples/demo.yaml");

/// A stand-in that proves to be each of the hosts.
async fn disguised() -> (Authority, Mock) {
    let authority = Authority::new().unwrap();
    let mock = Mock::start(MockOptions {
        tls: Some(authority.server_config(&HOSTS).unwrap()),
        ..MockOptions::default()
    })
    .await
    .unwrap();
    (authority, mock)
}

fn serve_file(text: &str, authority: &Authority, mock: &Mock) -> Served {
    let resolve: Vec<Resolve> = HOSTS
        .iter()
        .map(|host| format!("{host}:443:{}", mock.addr()).parse().unwrap())
        .collect();
    let roots = authority.certificate_pem();
    serve_with(text, |options| {
        options.resolve = resolve;
        options.extra_roots = roots;
        options.env = Box::new(|name: &str| Some(format!("Bearer FAKE-{name}")));
    })
}

/// Whole and streamed; `expected`: host, path and key at the provider, and the model that the answer names.
async fn reaches(text: &str, path: &str, expected: (&str, &str, &str, &str)) {
    let (authority, mock) = disguised().await;
    let served = serve_file(text, &authority, &mock);
    for stream in [false, true] {
        let answer = post(served.address, path, &[], &ask(stream).to_string()).await;
        assert_eq!(
            (answer.status, answer.whole),
            (200, true),
            "{path}: {}",
            answer.text()
        );
        assert_eq!(answer.header("x-kong-llm-model"), expected.3, "{path}");
    }
    for attempt in mock.attempts() {
        assert_eq!(attempt.host.as_deref(), Some(expected.0), "{path}");
        assert_eq!(attempt.path, expected.1, "{path}");
        assert_eq!(attempt.headers["authorization"], expected.2, "{path}");
        assert_eq!(attempt.http_version, "HTTP/2.0", "{path}");
    }
    for line in served.settled() {
        assert_eq!(line["ai"]["proxy"]["usage"]["total_tokens"], 6, "{path}");
        assert_eq!(
            line["ai"]["proxy"]["tried_targets"][0]["upstream_scheme"],
            "https"
        );
    }
}

const OPENAI: &str = "/v1/chat/completions";
const COHERE: &str = "/v2/chat";

#[tokio::test(flavor = "multi_thread")]
async fn the_demos_file_reaches_three_providers() {
    for (path, expected) in [
        (
            "/openai/gpt-4o/chat/completions",
            (
                "api.openai.com",
                OPENAI,
                "Bearer FAKE-OPENAI_AUTH_HEADER",
                "openai/gpt-4o",
            ),
        ),
        (
            "/mistral/mistral-small-latest/chat/completions",
            (
                "api.mistral.ai",
                OPENAI,
                "Bearer FAKE-MISTRAL_AUTH_HEADER",
                "mistral/mistral-small-latest",
            ),
        ),
        (
            "/cohere/command-a-03-2025/chat/completions",
            (
                "api.cohere.com",
                COHERE,
                "Bearer FAKE-COHERE_AUTH_HEADER",
                "cohere/command-a-03-2025",
            ),
        ),
    ] {
        reaches(DEMO, path, expected).await;
    }
}

/// Its second path has no slash before the model, and is served so.
#[tokio::test(flavor = "multi_thread")]
async fn the_guides_two_providers_are_served_unchanged() {
    let test = "the_guides_two_providers_are_served_unchanged";
    let Some(text) = shared(test, "fixtures/guide/two-providers.yaml") else {
        return;
    };
    let cohere = (
        "api.cohere.com",
        COHERE,
        "Bearer FAKE-COHERE_AUTH_HEADER",
        "cohere/command-r",
    );
    reaches(&text, "/cohere/command-r/chat/completions", cohere).await;
    let mistral = (
        "api.mistral.ai",
        OPENAI,
        "Bearer FAKE-MISTRAL_AUTH_HEADER",
        "mistral/mistral-tiny",
    );
    reaches(&text, "/mistralmistral-tiny/chat/completions", mistral).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guides_openai_models_are_served_unchanged() {
    let test = "the_guides_openai_models_are_served_unchanged";
    let Some(text) = shared(test, "fixtures/guide/openai-models.yaml") else {
        return;
    };
    for model in ["gpt-3.5-turbo", "gpt-4"] {
        let named = format!("openai/{model}");
        let path = format!("/{model}/chat/completions");
        let key = "Bearer FAKE-OPENAI_AUTH_HEADER";
        reaches(&text, &path, ("api.openai.com", OPENAI, key, &named)).await;
    }
}
