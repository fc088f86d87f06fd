//! The mock's own HTTP interface, under `/_mock/`: script, attempts, counters, reset, health.

use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::json;

use crate::{log::Log, script::Step};

pub(crate) const PREFIX: &str = "/_mock/";

/// The status and the JSON body that answer a request for what follows [`PREFIX`].
pub(crate) fn answer(log: &Log, method: &Method, name: &str, body: &Bytes) -> (StatusCode, String) {
    let answer = match (method.as_str(), name) {
        ("POST", "script") => serde_json::from_slice::<Vec<Step>>(body).map(|steps| {
            let queued = steps.len();
            log.script(steps);
            json!({ "queued": queued })
        }),
        ("GET", "attempts") => serde_json::to_value(log.attempts()),
        ("GET", "counters") => serde_json::to_value(log.counters()),
        ("POST", "reset") => {
            log.reset();
            Ok(json!({}))
        }
        ("GET", "health") => Ok(json!({ "status": "ok" })),
        _ => {
            let message = json!({ "message": "no such part of the mock" });
            return (StatusCode::NOT_FOUND, message.to_string());
        }
    };
    match answer {
        Ok(answer) => (StatusCode::OK, answer.to_string()),
        Err(error) => {
            let message = json!({ "message": error.to_string() });
            (StatusCode::BAD_REQUEST, message.to_string())
        }
    }
}
