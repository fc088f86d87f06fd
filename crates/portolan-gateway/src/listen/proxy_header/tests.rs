use tokio::{io::AsyncWriteExt, net::TcpListener};

use super::*;

fn client(address: &str) -> Source {
    Source::Client(address.parse().unwrap())
}

/// The specification's own examples (2.1), and what its grammar rules out.
#[test]
fn version_1() {
    for (line, source) in [
        (
            "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
            Some(client("255.255.255.255:65535")),
        ),
        (
            "PROXY TCP6 ffff:f:f:f:f:f:f:f ffff:f:f:f:f:f:f:f 65535 65535\r\n",
            Some(client("[ffff:f:f:f:f:f:f:f]:65535")),
        ),
        ("PROXY UNKNOWN\r\n", Some(Source::Peer)),
        (
            "PROXY UNKNOWN ffff:f:f:f:f:f:f:f ffff:f:f:f:f:f:f:f 65535 65535\r\n",
            Some(Source::Peer),
        ),
        (
            "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n",
            Some(client("192.168.0.1:56324")),
        ),
        ("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\n", None),
        ("PROXY TCP4 192.168.0.1 192.168.0.11 56324\r\n", None),
        ("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443 \r\n", None),
        ("PROXY TCP4  192.168.0.1 192.168.0.11 56324 443\r\n", None),
        ("PROXY TCP4 192.168.0.1 192.168.0.11 65536 443\r\n", None),
        ("PROXY TCP4 192.168.0.1 192.168.0.11 +1 443\r\n", None),
        ("PROXY TCP4 ::1 ::1 56324 443\r\n", None),
        ("PROXY TCP4 192.168.0.1 client 56324 443\r\n", None),
        ("PROXY TCP6 192.168.0.1 192.168.0.11 56324 443\r\n", None),
        ("PROXY UDP4 192.168.0.1 192.168.0.11 56324 443\r\n", None),
        ("PROXY UNKNOWNS\r\n", None),
        ("proxy UNKNOWN\r\n", None),
        ("GET / HTTP/1.1\r\n", None),
    ] {
        assert_eq!(parse_line(line.as_bytes()), source, "{line:?}");
    }
}

/// By the tables of 2.2 of the specification.
#[test]
fn version_2() {
    let v4 = [192, 0, 2, 7, 198, 51, 100, 1, 0x30, 0x39, 0x01, 0xbb];
    let mut v6 = [0; 36];
    v6[..2].copy_from_slice(&[0x20, 0x01]);
    v6[15] = 9;
    v6[32..34].copy_from_slice(&[0x30, 0x39]);
    let extended = [&v4[..], &[4, 0, 1, 0]].concat();
    for (version_command, family, rest, source) in [
        (0x21, 0x11, &v4[..], Some(client("192.0.2.7:12345"))),
        (0x21, 0x11, &extended[..], Some(client("192.0.2.7:12345"))),
        (0x21, 0x21, &v6[..], Some(client("[2001::9]:12345"))),
        (0x20, 0x11, &v4[..], Some(Source::Peer)),
        (0x20, 0x00, &v4[..0], Some(Source::Peer)),
        (0x21, 0x00, &v4[..0], Some(Source::Peer)),
        (0x21, 0x12, &v4[..], Some(Source::Peer)),
        (0x21, 0x11, &v4[..11], None),
        (0x21, 0x21, &v6[..35], None),
        (0x21, 0x41, &v4[..], None),
        (0x22, 0x11, &v4[..], None),
        (0x11, 0x11, &v4[..], None),
    ] {
        let parsed = parse_binary(version_command, family, rest);
        assert_eq!(parsed, source, "{version_command:x} {family:x} {rest:x?}");
    }
}

/// What came of it, and what was left on the socket.
async fn read_of(sent: &[u8]) -> (io::Result<Option<SocketAddr>>, Vec<u8>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut sender = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    let (mut stream, _) = listener.accept().await.unwrap();
    sender.write_all(sent).await.unwrap();
    drop(sender);
    let source = read(&mut stream).await;
    let mut left = Vec::new();
    let _ = stream.read_to_end(&mut left).await;
    (source, left)
}

#[tokio::test]
async fn nothing_after_the_header_is_taken() {
    let named = Some("192.168.0.1:56324".parse().unwrap());
    let line = b"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\nGET / HTTP/1.1\r\n\r\n";
    let (source, left) = read_of(line).await;
    assert_eq!(source.unwrap(), named);
    assert_eq!(left, b"GET / HTTP/1.1\r\n\r\n");

    let binary = [&SIGNATURE[..], &[0x20, 0, 0, 3, 1, 2, 3], b"\x16\x03"].concat();
    let (source, left) = read_of(&binary).await;
    assert_eq!(source.unwrap(), None);
    assert_eq!(left, b"\x16\x03");
}

#[tokio::test]
async fn a_header_is_required_and_bounded() {
    let endless = [b"PROXY UNKNOWN ".as_slice(), &[b'x'; 200]].concat();
    let long = [&SIGNATURE[..], &[0x21, 0x11, 0xff, 0xff]].concat();
    for sent in [
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".as_slice(),
        b"PROXY TCP4 192.168.0.1".as_slice(),
        &endless[..],
        &long[..],
        &[],
    ] {
        assert!(read_of(sent).await.0.is_err(), "{sent:?}");
    }
}
