//! A record as a line of JSON, under Kong's names.

mod redact;

use std::{
    borrow::Cow,
    time::{Instant, UNIX_EPOCH},
};

use http::uri::PathAndQuery;
use portolan_config::compiled::{Consumer, Target};
use serde::Serialize;

use super::{
    record::{AiRecord, Outcome, Record, Try},
    time::{millis, whole_millis},
};
use redact::redacted;

#[derive(Serialize)]
struct Line<'r> {
    started_at: u64,
    client_ip: String,
    request: Request<'r>,
    response: Response,
    upstream_uri: Cow<'r, str>,
    /// Of every try, in order.
    upstream_status: String,
    latencies: Latencies,
    tries: Vec<TryLine<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authenticated_entity: Option<Authenticated<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<Named<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<Named<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consumer: Option<Identified<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<Cow<'r, str>>,
    source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ai: Option<Ai<'r>>,
}

#[derive(Serialize)]
struct Request<'r> {
    id: &'r str,
    method: &'r str,
    uri: Cow<'r, str>,
    size: u64,
}

#[derive(Serialize)]
struct Response {
    status: u16,
    size: u64,
    /// Whether all of it was sent.
    complete: bool,
}

#[derive(Serialize)]
struct Latencies {
    /// Until the last try began; -1 where there was none.
    kong: u64,
    /// Of the last try, until its head; -1 where no upstream answered.
    proxy: i64,
    request: u64,
}

#[derive(Serialize)]
struct TryLine<'r> {
    balancer_start: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    reused: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'r str>,
}

#[derive(Serialize)]
struct Named<'r> {
    id: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'r str>,
}

#[derive(Serialize)]
struct Identified<'r> {
    id: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_id: Option<&'r str>,
}

/// The credential that identified the consumer.
#[derive(Serialize)]
struct Authenticated<'r> {
    id: &'r str,
    consumer_id: &'r str,
}

#[derive(Serialize)]
struct Ai<'r> {
    proxy: Proxy<'r>,
}

#[derive(Serialize)]
struct Proxy<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Meta<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tried_targets: Vec<Tried<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Payload<'r>>,
}

#[derive(Serialize)]
struct Meta<'r> {
    plugin_id: &'r str,
    provider_name: &'r str,
    request_model: &'r str,
    response_model: &'r str,
    request_mode: &'static str,
    llm_latency: u64,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    dropped_fields: &'r [String],
    #[serde(skip_serializing_if = "is_zero")]
    malformed_events: u64,
}

#[derive(Serialize)]
struct Usage {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_tokens_details: Option<PromptDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_tokens_details: Option<CompletionDetails>,
    time_per_token: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_to_first_token: Option<u64>,
    cost: u8,
}

#[derive(Serialize)]
struct PromptDetails {
    cached_tokens: u64,
}

#[derive(Serialize)]
struct CompletionDetails {
    reasoning_tokens: u64,
}

#[derive(Serialize)]
struct Tried<'r> {
    provider: &'r str,
    model: &'r str,
    route_type: &'r str,
    upstream_scheme: &'r str,
    host: &'r str,
    port: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<String>,
    upstream_uri: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'r str>,
}

#[derive(Serialize)]
struct Payload<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<&'r str>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Appends the record's line.
pub(super) fn write(record: &Record, out: &mut Vec<u8>) {
    let ended = record.ended.unwrap_or(record.started);
    let last = record.tries.last();
    let asked = record.uri.path_and_query();
    let line = Line {
        started_at: since_epoch(record, record.started),
        client_ip: record.client_ip.to_string(),
        request: Request {
            id: &record.id,
            method: record.method.as_str(),
            uri: redacted(asked.map_or("", PathAndQuery::as_str), record),
            size: record.request_size,
        },
        response: Response {
            status: match record.outcome {
                Outcome::ClientGone => 499,
                Outcome::Completed | Outcome::Cut => record.status,
            },
            size: record.response_size,
            complete: record.outcome == Outcome::Completed,
        },
        upstream_uri: redacted(last.map_or("", Try::uri), record),
        upstream_status: statuses(&record.tries),
        latencies: Latencies {
            kong: millis(record.started, last.map_or(ended, |last| last.began)),
            proxy: last
                .and_then(|last| Some(millis(last.began, last.head?)))
                .map_or(-1, u64::cast_signed),
            request: millis(record.started, ended),
        },
        tries: record
            .tries
            .iter()
            .enumerate()
            .map(|(index, attempt)| TryLine {
                balancer_start: since_epoch(record, attempt.began),
                ip: attempt.peer.map(|peer| peer.ip().to_string()),
                port: attempt.peer.map(|peer| peer.port()),
                reused: attempt.reused,
                state: attempt.fault.as_ref().map(|_| {
                    if index + 1 < record.tries.len() {
                        "next"
                    } else {
                        "failed"
                    }
                }),
                code: attempt.status,
                fault: attempt.fault.as_deref(),
            })
            .collect(),
        authenticated_entity: authenticated(record),
        route: record.route.as_ref().map(|route| Named {
            id: &route.id,
            name: route.name.as_deref(),
        }),
        service: record
            .route
            .as_ref()
            .and_then(|route| route.service.as_ref())
            .map(|service| Named {
                id: &service.id,
                name: service.name.as_deref(),
            }),
        consumer: record.consumer.as_deref().map(identified),
        correlation_id: record
            .correlation_id
            .as_ref()
            .map(|id| String::from_utf8_lossy(id.as_bytes())),
        source: if record.tries.is_empty() {
            "kong"
        } else {
            "upstream"
        },
        ai: ai(record, ended),
    };
    if serde_json::to_writer(&mut *out, &line).is_ok() {
        out.push(b'\n');
    }
}

fn identified(consumer: &Consumer) -> Identified<'_> {
    Identified {
        id: &consumer.id,
        username: consumer.username.as_deref(),
        custom_id: consumer.custom_id.as_deref(),
    }
}

/// None of the anonymous consumer.
fn authenticated(record: &Record) -> Option<Authenticated<'_>> {
    Some(Authenticated {
        id: record.credential.as_deref()?,
        consumer_id: &record.consumer.as_deref()?.id,
    })
}

/// Kong's rule: statistics only where `log_statistics` says so, bodies only where `log_payloads` does.
fn ai<'r>(record: &'r Record, ended: Instant) -> Option<Ai<'r>> {
    let ai = record.ai.as_ref()?;
    let last = record.tries.last()?;
    let (target, model) = last.target()?;
    let logging = target.logging;
    if !logging.log_statistics && !logging.log_payloads {
        return None;
    }
    let statistics = logging
        .log_statistics
        .then(|| statistics(record, ai, (last, target, model), ended));
    let (meta, usage) = statistics.unzip();
    let tried_targets = record
        .tries
        .iter()
        .filter(|_| logging.log_statistics)
        .filter_map(tried)
        .collect();
    Some(Ai {
        proxy: Proxy {
            meta,
            usage,
            tried_targets,
            payload: logging.log_payloads.then_some(Payload {
                request: ai.payload_request.as_deref(),
                response: ai.payload_response.as_deref(),
            }),
        },
    })
}

fn statistics<'r>(
    record: &'r Record,
    ai: &'r AiRecord,
    (last, target, model): (&'r Try, &'r Target, &'r str),
    ended: Instant,
) -> (Meta<'r>, Usage) {
    let tokens = ai.tokens.unwrap_or_default();
    let llm_latency = millis(last.began, ended);
    let first = ai.first_content.map(|first| millis(last.began, first));
    let meta = Meta {
        plugin_id: &ai.proxy.id,
        provider_name: target.provider.name,
        request_model: model,
        response_model: ai.response_model.as_deref().unwrap_or(model),
        request_mode: if ai.stream { "stream" } else { "oneshot" },
        llm_latency,
        dropped_fields: &ai.dropped,
        malformed_events: ai.malformed,
    };
    let usage = Usage {
        prompt_tokens: tokens.input,
        completion_tokens: tokens.output,
        total_tokens: tokens.total(),
        prompt_tokens_details: tokens
            .cached_input
            .map(|cached_tokens| PromptDetails { cached_tokens }),
        completion_tokens_details: tokens
            .reasoning
            .map(|reasoning_tokens| CompletionDetails { reasoning_tokens }),
        time_per_token: per_token(llm_latency, tokens.output),
        time_to_first_token: first.filter(|_| record.status == 200),
        cost: 0,
    };
    (meta, usage)
}

fn tried(attempt: &Try) -> Option<Tried<'_>> {
    let (target, model) = attempt.target()?;
    let origin = &target.upstream.origin;
    Some(Tried {
        provider: target.provider.name,
        model,
        route_type: target.operation.spec().route_type,
        upstream_scheme: if origin.tls { "https" } else { "http" },
        host: &origin.host,
        port: origin.port,
        ip: attempt.peer.map(|peer| peer.ip().to_string()),
        upstream_uri: &target.upstream.path,
        status: attempt.status,
        fault: attempt.fault.as_deref(),
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "an average for people, of counts far below 2^52"
)]
fn per_token(latency: u64, tokens: u64) -> f64 {
    if tokens == 0 {
        0.0
    } else {
        latency as f64 / tokens as f64
    }
}

fn statuses(tries: &[Try]) -> String {
    let mut text = String::new();
    for (index, attempt) in tries.iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        match attempt.status {
            Some(status) => text.push_str(status.to_string().as_str()),
            None => text.push('-'),
        }
    }
    text
}

fn since_epoch(record: &Record, at: Instant) -> u64 {
    let started = record
        .started_at
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    whole_millis(started + at.saturating_duration_since(record.started))
}

#[cfg(test)]
mod tests;
