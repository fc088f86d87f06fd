use std::{convert::Infallible, future::ready, sync::Arc};

use bytes::Bytes;
use http::{Request, Response, StatusCode, Version};
use http_body::Body;
use http_body_util::Full;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::super::{Message, Options, Segments, connect::Connector, h2, h2::Lease};
use super::{BOUNDS, LONG, head, listen, provider, whole};

/// Answers with what it was asked: version, authority, `host`, and the body's length.
fn echo(request: &Request<Incoming>) -> Response<Full<Bytes>> {
    assert_eq!(request.version(), Version::HTTP_2);
    let authority = request.uri().authority().unwrap();
    let host = request.headers().contains_key("host");
    let length = request.body().size_hint().exact();
    Response::new(Full::from(format!("{authority} {host} {length:?}")))
}

#[tokio::test]
async fn http2_shares_a_connection_up_to_the_peers_limit() {
    let (listener, origin) = listen().await;
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let service = service_fn(|request| ready(Ok::<_, Infallible>(echo(&request))));
        hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .max_concurrent_streams(1_u32)
            .serve_connection(TokioIo::new(socket), service)
            .await
    });
    let connector = Connector::new(&Options::default()).unwrap();
    let dialled = connector
        .connect(&provider(&origin), 0, LONG)
        .await
        .unwrap();
    let mut lease = Lease::open(dialled, &origin).await.unwrap();
    let connection = Arc::clone(lease.connection());
    for _ in 0..2 {
        let body = Segments::from(Bytes::from_static(b"ping"));
        let message = Message {
            head: head(&body),
            body: body.into(),
            upgrade: false,
        };
        let sent = lease.send(message, &BOUNDS).await;
        let (response, carrier) = sent.ok().unwrap();
        let mut received = h2::received(response, carrier);
        assert_eq!(received.status, StatusCode::OK);
        let expected = format!("127.0.0.1:{} false Some(4)", origin.port);
        assert_eq!(whole(&mut received.body).await, expected.as_bytes());
        // The body ended, so its stream is free again; by now the peer's settings have come.
        lease = Lease::take(&connection).unwrap();
        assert!(Lease::take(&connection).is_none());
    }
}
