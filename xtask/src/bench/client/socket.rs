//! What a connection runs on: TCP, or TLS over it.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};

use crate::bench::{certificate, transport::Transport};

pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

pub(super) type Socket = Box<dyn Wire>;

/// Where connections go to.
#[derive(Clone)]
pub(in crate::bench) struct Dialer {
    pub(in crate::bench) address: SocketAddr,
    pub(in crate::bench) transport: Transport,
    /// Where the transport has TLS.
    pub(in crate::bench) tls: Option<TlsConnector>,
}

impl Dialer {
    pub(super) async fn dial(&self) -> Result<Socket> {
        let address = self.address;
        let stream = TcpStream::connect(address)
            .await
            .with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        let Some(tls) = &self.tls else {
            return Ok(Box::new(stream));
        };
        let name = ServerName::try_from(certificate::NAME)?;
        let stream = tls
            .connect(name, stream)
            .await
            .with_context(|| format!("no TLS with {address}"))?;
        let (_, session) = stream.get_ref();
        ensure!(
            session.alpn_protocol() == self.transport.alpn(),
            "{address} agreed on another protocol"
        );
        Ok(Box::new(stream))
    }
}
