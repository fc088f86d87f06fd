//! What a service is called: `kong-core.md` 3.6 and 8.1; and what else of the client's head comes to it.

use serde_json::json;

use super::{
    ask, at, balanced, before, file,
    service::{echo, field},
};
use crate::harness::serve;

const ASKED: &str = "GET / HTTP/1.1\r\nhost: Shop.test:8000\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_called_by_its_own_host_unless_the_clients_is_preserved() {
    let echo = echo().await;
    let own = echo.to_string();
    for (preserve, expected) in [(false, own.as_str()), (true, "Shop.test:8000")] {
        let served = serve(&file(at(echo), json!({ "preserve_host": preserve })));
        let answer = ask(served.address, ASKED).await;
        assert_eq!(field(answer.text(), "host"), Some(expected));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_is_called_by_its_own_host_or_the_upstreams() {
    let echo = echo().await;
    let mut file = balanced(&[(echo, 100)]);
    let served = serve(&file);
    let answer = ask(served.address, ASKED).await;
    let own = echo.to_string();
    assert_eq!(field(answer.text(), "host"), Some(own.as_str()));
    file["upstreams"][0]["host_header"] = json!("inside.test");
    let served = serve(&file);
    let answer = ask(served.address, ASKED).await;
    assert_eq!(field(answer.text(), "host"), Some("inside.test"));
    // The client's before the upstream's.
    file["services"][0]["routes"][0]["preserve_host"] = json!(true);
    let served = serve(&file);
    let answer = ask(served.address, ASKED).await;
    assert_eq!(field(answer.text(), "host"), Some("Shop.test:8000"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_comes_whole_but_for_what_is_the_connections() {
    let served = before(echo().await);
    let answer = ask(
        served.address,
        "DELETE /x HTTP/1.1\r\nhost: gateway.test\r\ncookie: a=b\r\nx-two: 1\r\nx-two: 2\r\nconnection: x-hop\r\nx-hop: 1\r\nauthorization: Bearer FAKE\r\nx_underscored: 1\r\n\r\n",
    )
    .await;
    let seen = answer.text();
    assert!(seen.starts_with("DELETE /x HTTP/1.1\r\n"), "{seen}");
    for line in [
        "cookie: a=b\r\n",
        "x-two: 1\r\n",
        "x-two: 2\r\n",
        "authorization: Bearer FAKE\r\n",
        "x_underscored: 1\r\n",
        "connection: keep-alive\r\n",
    ] {
        assert!(seen.contains(line), "{line}: {seen}");
    }
    assert_eq!(field(seen, "x-hop"), None);
    // Without a body nothing is said of one.
    assert_eq!(field(seen, "content-length"), None);
    assert_eq!(field(seen, "transfer-encoding"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stripped_is_told() {
    let echo = echo().await;
    for (strip, expected) in [(true, Some("/api")), (false, None)] {
        let route = json!({ "paths": ["/api"], "strip_path": strip });
        let served = serve(&file(at(echo), route));
        let head = "GET /api/x HTTP/1.1\r\nhost: gateway.test\r\nx-forwarded-prefix: /fake\r\n\r\n";
        let answer = ask(served.address, head).await;
        assert_eq!(field(answer.text(), "x-forwarded-prefix"), expected);
        assert_eq!(field(answer.text(), "x-forwarded-path"), Some("/api/x"));
    }
}
