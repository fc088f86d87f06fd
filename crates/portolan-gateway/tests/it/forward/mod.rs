//! Plain proxying over real sockets: a route whose service answers byte for byte what a test chooses.
//! `kong-core.md` 2.6, 3.4 to 3.6, 8.

mod answers;
mod bodies;
mod hosts;
mod paths;
mod retries;
mod service;
mod tls;
mod tunnel;

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::{
    client::{Answer, Client},
    harness::{Served, serve},
};

/// A file of one service, with one route for everything.
fn file(service: Value, mut route: Value) -> Value {
    route["name"] = json!("all");
    if route["paths"].is_null() {
        route["paths"] = json!(["/"]);
    }
    let mut service = service;
    service["name"] = json!("service");
    service["routes"] = json!([route]);
    json!({ "_format_version": "3.0", "services": [service] })
}

fn at(address: SocketAddr) -> Value {
    json!({ "host": "127.0.0.1", "port": address.port() })
}

/// A gateway in front of one service, as Kong has it by default.
fn before(address: SocketAddr) -> Served {
    serve(&file(at(address), json!({})))
}

/// The file of an upstream with these targets and weights, and of a service that has it for a host.
fn balanced(targets: &[(SocketAddr, u32)]) -> Value {
    let targets: Vec<Value> = targets
        .iter()
        .map(|(address, weight)| json!({ "target": address.to_string(), "weight": weight }))
        .collect();
    let mut file = file(json!({ "host": "pool.test" }), json!({}));
    file["upstreams"] = json!([{ "name": "pool.test", "targets": targets }]);
    file
}

/// Sends `head` as it is, with its blank line, over a connection of its own.
async fn ask(address: SocketAddr, head: &str) -> Answer {
    let mut client = Client::connect(address).await;
    client.write(head.as_bytes()).await;
    client.answer().await
}

fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nhost: gateway.test\r\n\r\n")
}

fn sized(method: &str, body: &str) -> String {
    let length = body.len();
    format!("{method} / HTTP/1.1\r\nhost: gateway.test\r\ncontent-length: {length}\r\n\r\n{body}")
}
