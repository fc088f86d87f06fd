//! On a port for TLS: those who do not speak it, speak nonsense, or do not finish the handshake.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{FINE, SOON, attack};
use crate::client::{
    Client, statuses,
    wires::{HOST, tls},
};

/// A handshake record (RFC 8446, 5.1) of so many bytes, which begins one.
const RECORD: [u8; 5] = [22, 3, 1, 0x02, 0x00];

#[test]
fn what_is_no_tls_is_closed() {
    let garbage: Vec<u8> = (0..2_000_u32)
        .map(|index| u8::try_from(index * 7 % 251).unwrap())
        .collect();
    let hello = [&RECORD[..], &[1, 0, 1, 0xfc], &[0xff; 508]].concat();
    let cases = [
        garbage,
        vec![0; 64 * 1024],
        hello.clone(),
        hello.repeat(100),
        // A record longer than any, and one of alerts.
        [&[22, 3, 1, 0xff, 0xff][..], &[0; 65_535]].concat(),
        [21, 3, 1, 0, 2, 1, 0].repeat(10_000),
        // SSL 2.0's hello.
        [&[0x80, 0x2e, 1, 0, 2][..], &[0; 64]].concat(),
        FINE.as_bytes().to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
    ];
    attack(
        |options| options.bounds.handshake_timeout = SOON,
        async |gateway| {
            for case in &cases {
                let mut client = Client::connect(gateway.ports.tls).await;
                client.send(case).await;
                let said = client.rest().await;
                // nginx tells a client of plain HTTP 400; an alert is as good, and so is nothing.
                let said = statuses(&said);
                assert!(said.is_empty() || said == [400], "{said:?}");
            }
        },
    );
}

#[test]
fn a_handshake_that_never_ends_is_closed() {
    attack(
        |options| options.bounds.handshake_timeout = SOON,
        async |gateway| {
            let part = [&RECORD[..], &[1, 0, 1, 0xfc, 3, 3]].concat();
            let began = Instant::now();
            let mut clients = Vec::new();
            for part in [&part[..0], &part[..1], &part[..5], &part[..]] {
                let mut client = Client::connect(gateway.ports.tls).await;
                client.write(part).await;
                clients.push(client);
            }
            for client in &mut clients {
                client.rest().await;
            }
            assert!(began.elapsed() >= SOON);
            assert!(began.elapsed() < Duration::from_secs(5));
        },
    );
}

/// After the handshake, or in the middle of a record.
#[test]
fn a_broken_record_ends_the_connection() {
    attack(
        |_| {},
        async |gateway| {
            for record in [
                // Application data that nobody sealed, half a record, and no record.
                [&[23, 3, 3, 0, 64][..], &[0xaa; 64]].concat(),
                vec![23, 3, 3, 0xff],
                FINE.as_bytes().to_vec(),
            ] {
                let mut stream = tls(gateway.ports.tls, Some(HOST), &[]).await.unwrap();
                stream.write_all(FINE.as_bytes()).await.unwrap();
                assert_ne!(stream.read(&mut [0; 4096]).await.unwrap(), 0);
                let (socket, _) = stream.get_mut();
                socket.write_all(&record).await.unwrap();
                socket.shutdown().await.unwrap();
                let mut rest = Vec::new();
                // An alert, a reset or an end.
                let _ = socket.read_to_end(&mut rest).await;
                assert!(!String::from_utf8_lossy(&rest).contains("HTTP/1.1"));
            }
        },
    );
}

/// Connections that are opened and left.
#[test]
fn handshakes_that_lead_nowhere_take_no_memory() {
    attack(
        |_| {},
        async |gateway| {
            for _ in 0..200 {
                let stream = tls(gateway.ports.tls, Some(HOST), &[b"h2"]).await.unwrap();
                drop(stream);
            }
        },
    );
}
