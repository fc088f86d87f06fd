//! Step 6: an attempt's request, made from the client's original bytes and never from an earlier attempt's.
//! Same format: a splice, the prompt neither copied nor written anew. Another: through the hub into one buffer.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header, uri::PathAndQuery};
use portolan_llm::{
    chat::Loss,
    edit::{self, Edit},
    format::{Adaptation, Format, Peek, spliced},
    json::Invalid,
    provider::StreamUsage,
};

use super::{Body, Exchange};
use crate::{
    error::{GatewayError, Kind},
    headers,
    state::TargetState,
    upstream::{RequestHead, Segments},
};

pub(super) struct Rendered {
    pub(super) head: RequestHead,
    pub(super) body: Segments,
    pub(super) plan: Plan,
    /// Fields of the client's that did not go on.
    pub(super) loss: Loss,
}

/// How the answer comes back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// What the target speaks.
    pub(super) format: Format,
    /// Whether the answer goes through the hub.
    pub(super) translate: bool,
    pub(super) stream: bool,
    /// Whether the client asked for the usage of its stream.
    pub(super) stream_usage: bool,
    /// Whether only we did: then the client does not get to see it.
    pub(super) hide_usage: bool,
}

pub(super) fn render(
    exchange: &Exchange,
    target: &TargetState,
    model: &str,
) -> Result<Rendered, GatewayError> {
    let Body::Json { bytes, peek } = &exchange.body else {
        return Err(GatewayError::new(Kind::Internal, ""));
    };
    let endpoint = target.target.endpoint;
    let adaptation = Adaptation {
        model,
        defaults: &target.target.options.defaults,
        quirks: &target.target.provider.quirks,
    };
    let plan = Plan {
        format: endpoint.format,
        translate: endpoint.format != exchange.dialect || exchange.worker.force_hub,
        stream: peek.stream,
        stream_usage: peek.stream_usage,
        hide_usage: peek.stream
            && !peek.stream_usage
            && adaptation.quirks.stream_usage == StreamUsage::OnRequest,
    };
    let edits = &exchange.request.edits;
    let (body, loss) = if plan.translate {
        let formats = (exchange.dialect, plan.format);
        translate(formats, bytes, edits, &adaptation)
    } else {
        splice(plan.format, bytes, peek, edits, &adaptation)
    }
    .map_err(|error| GatewayError::new(Kind::BadRequest, error.to_string()))?;
    Ok(Rendered {
        head: RequestHead {
            method: exchange.request.head.method.clone(),
            path_and_query: path_and_query(exchange, target),
            headers: upstream_headers(exchange, target, body.len()),
        },
        body,
        plan,
        loss,
    })
}

fn splice(
    format: Format,
    body: &Bytes,
    peek: &Peek,
    edits: &[Edit],
    target: &Adaptation<'_>,
) -> Result<(Segments, Loss), Invalid> {
    if !edits.is_empty() {
        let (slices, loss) = edit::splice(format, body, peek, edits, target)?;
        return Ok((Segments::from(slices), loss));
    }
    let codec = format.codec();
    let adapted = codec.adapt(body, peek, target)?;
    if adapted.edits.is_empty() {
        return Ok((Segments::from(body.clone()), adapted.loss));
    }
    let slices = spliced(codec, body, peek, &adapted.edits);
    Ok((Segments::from(slices), adapted.loss))
}

fn translate(
    (from, to): (Format, Format),
    body: &[u8],
    edits: &[Edit],
    target: &Adaptation<'_>,
) -> Result<(Segments, Loss), Invalid> {
    let mut request = edit::decode(from, body, edits)?;
    let mut loss = request.adapt(target);
    let mut out = Vec::with_capacity(body.len() + 128);
    loss.merge(to.codec().encode_request(&request, &mut out)?);
    Ok((Segments::from(Bytes::from(out)), loss))
}

/// The target's path with the client's query.
fn path_and_query(exchange: &Exchange, target: &TargetState) -> PathAndQuery {
    match exchange.request.head.uri.query() {
        None | Some("") => target.path.clone(),
        Some(query) => format!("{}?{query}", target.path.path())
            .parse()
            .unwrap_or_else(|_| target.path.clone()),
    }
}

fn upstream_headers(exchange: &Exchange, target: &TargetState, length: u64) -> HeaderMap {
    let own_credentials = !target.credentials.is_empty();
    let mut headers = headers::to_upstream(&exchange.request.head.headers, own_credentials);
    headers.insert(header::HOST, target.host.clone());
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    // What is read on the way must not come compressed.
    headers.insert(
        header::ACCEPT_ENCODING,
        HeaderValue::from_static("identity"),
    );
    for (name, credential) in &target.credentials {
        headers.insert(name, credential.value());
    }
    headers
}
