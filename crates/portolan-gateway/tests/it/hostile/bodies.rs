//! Bodies that are announced and do not come, or come and are not wanted.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{MIB, attack};
use crate::{
    client::{Client, statuses},
    harness::{PATIENCE, ask},
};

fn announced(target: &str, length: usize, more: &str) -> String {
    format!(
        "POST {target} HTTP/1.1\r\nhost: gateway.test\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{more}\r\n"
    )
}

/// RFC 9110 10.1.1: asked for when it is wanted, and not where the answer is known without it.
#[test]
fn a_client_that_waits_to_be_asked_is_asked() {
    const EXPECT: &str = "expect: 100-continue\r\n";
    attack(
        |_| {},
        async |gateway| {
            let body = ask(false).to_string();
            let mut client = Client::connect(gateway.plain).await;
            client
                .write(announced("/chat", body.len(), EXPECT).as_bytes())
                .await;
            assert_eq!(client.interim().await, 100);
            client.write(body.as_bytes()).await;
            assert_eq!(client.answer().await.status, 200);

            for (target, length, status) in [
                ("/nowhere", 1_000, 404),
                ("/fine", 1_000, 200),
                // More than any AI route takes by default.
                ("/chat", 1 << 30, 413),
            ] {
                let mut client = Client::connect(gateway.plain).await;
                client
                    .write(announced(target, length, EXPECT).as_bytes())
                    .await;
                // The first that is said is the answer.
                assert_eq!(client.answer().await.status, status, "{target}");
            }
        },
    );
}

/// Sends 50 MB whatever is said meanwhile, as many clients do, and gives what was said.
async fn pours(gateway: &super::Attacked, head: &str) -> String {
    let stream = TcpStream::connect(gateway.plain).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    let head = head.to_owned();
    let pouring = tokio::spawn(async move {
        if write.write_all(head.as_bytes()).await.is_err() {
            return;
        }
        let piece = [b' '; 64 * 1024];
        let mut left = 50 * MIB;
        while left > 0 && write.write_all(&piece).await.is_ok() {
            left -= piece.len();
        }
    });
    let mut said = Vec::new();
    let reading = async { while matches!(read.read_buf(&mut said).await, Ok(1..)) {} };
    timeout(PATIENCE, reading).await.expect("an end");
    timeout(PATIENCE, pouring)
        .await
        .expect("an end of what is taken")
        .unwrap();
    String::from_utf8(said).unwrap()
}

/// RFC 9112 9.6: the answer arrives, and the connection ends without 50 MB being read for nothing.
#[test]
fn an_answer_that_comes_early_arrives() {
    attack(
        |_| {},
        async |gateway| {
            for (target, status) in [("/nowhere", 404), ("/fine", 200), ("/chat", 413)] {
                let said = pours(gateway, &announced(target, 50 * MIB, "")).await;
                assert_eq!(statuses(&said), [status], "{target}");
                let end = if status == 200 { "fine\"}" } else { "}" };
                assert!(said.trim_end().ends_with(end), "{said}");
            }
        },
    );
}

/// No length, and so nothing to refuse beforehand.
#[test]
fn a_body_that_does_not_end_is_not_held() {
    attack(
        |_| {},
        async |gateway| {
            let head = "POST /chat HTTP/1.1\r\nhost: gateway.test\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n4000000\r\n";
            assert_eq!(statuses(&pours(gateway, head).await), [413]);
        },
    );
}

/// Of the bound of all bodies, whatever the route.
#[test]
fn a_body_beyond_the_bound_is_refused() {
    attack(
        |options| options.bounds.body_bytes = Some(1_000),
        async |gateway| {
            for target in ["/nowhere", "/fine", "/chat"] {
                let said = pours(gateway, &announced(target, 50 * MIB, "")).await;
                assert_eq!(statuses(&said), [413], "{target}");
            }
        },
    );
}

/// What is announced costs nothing until it comes.
#[test]
fn announced_bodies_that_do_not_come_take_no_memory() {
    attack(
        |_| {},
        async |gateway| {
            let mut clients = Vec::new();
            for _ in 0..200 {
                let mut client = Client::connect(gateway.plain).await;
                let head = announced("/chat", 7 * 1024, "");
                client.write(format!("{head}{{").as_bytes()).await;
                clients.push(client);
            }
        },
    );
}
