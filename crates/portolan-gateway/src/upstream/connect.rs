//! From an origin to a connected socket: resolve, TCP, TLS, all within one connect timeout.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use portolan_config::compiled::Origin;
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::{
    Options, Resolve, SendError, SendErrorKind, TlsError,
    io::{Counted, Io, Written},
};

/// Cheap to clone: every worker shares one TLS configuration.
#[derive(Clone)]
pub(super) struct Connector {
    tls: Arc<ClientConfig>,
    resolve: Arc<[Resolve]>,
}

pub(super) struct Dialled {
    pub(super) io: Io,
    pub(super) written: Arc<Written>,
    pub(super) peer: SocketAddr,
    /// The peer chose HTTP/2.
    pub(super) h2: bool,
}

impl Connector {
    pub(super) fn new(options: &Options) -> Result<Self, TlsError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Config)?
            .with_root_certificates(roots(options)?)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            tls: Arc::new(tls),
            resolve: options.resolve.as_slice().into(),
        })
    }

    pub(super) async fn connect(
        &self,
        origin: &Origin,
        within: Duration,
    ) -> Result<Dialled, SendError> {
        let mut trying = None;
        let dialled = timeout(within, self.dial(origin, &mut trying)).await;
        dialled
            .unwrap_or_else(|_| Err(SendError::unsent(SendErrorKind::ConnectTimeout, trying, "")))
    }

    async fn dial(
        &self,
        origin: &Origin,
        trying: &mut Option<SocketAddr>,
    ) -> Result<Dialled, SendError> {
        let mut last = None;
        for address in self.addresses(origin).await? {
            *trying = Some(address);
            match tcp(address).await {
                Ok(socket) => return self.secure(origin, socket, address).await,
                Err(error) => last = Some(error),
            }
        }
        Err(match last {
            Some(error) => SendError::unsent(SendErrorKind::Connect, *trying, error.to_string()),
            None => SendError::unsent(SendErrorKind::Resolve, None, &*origin.host),
        })
    }

    async fn addresses(&self, origin: &Origin) -> Result<Vec<SocketAddr>, SendError> {
        let fixed = self
            .resolve
            .iter()
            .find_map(|entry| entry.address_of(origin));
        if let Some(fixed) = fixed {
            return Ok(vec![fixed]);
        }
        if let Ok(literal) = origin.host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(literal, origin.port)]);
        }
        match lookup_host((&*origin.host, origin.port)).await {
            Ok(found) => Ok(found.collect()),
            Err(error) => Err(SendError::unsent(
                SendErrorKind::Resolve,
                None,
                format!("{}: {error}", origin.host),
            )),
        }
    }

    async fn secure(
        &self,
        origin: &Origin,
        socket: TcpStream,
        peer: SocketAddr,
    ) -> Result<Dialled, SendError> {
        let (counted, written) = Counted::new(socket);
        if !origin.tls {
            return Ok(Dialled {
                io: Io::Plain(counted),
                written,
                peer,
                h2: false,
            });
        }
        let fault = |detail: String| SendError::unsent(SendErrorKind::Tls, Some(peer), detail);
        let name = ServerName::try_from(origin.host.to_string())
            .map_err(|error| fault(error.to_string()))?;
        let stream = TlsConnector::from(Arc::clone(&self.tls))
            .connect(name, counted)
            .await
            .map_err(|error| fault(error.to_string()))?;
        let h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2".as_slice());
        Ok(Dialled {
            io: Io::Tls(Box::new(stream)),
            written,
            peer,
            h2,
        })
    }
}

async fn tcp(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpStream::connect(address).await?;
    // Without it a stream stalls for the peer's delayed acknowledgement.
    socket.set_nodelay(true)?;
    Ok(socket)
}

fn roots(options: &Options) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    // A host without certificates can still serve plain upstreams; a named file that cannot be read is a mistake.
    if native.certs.is_empty()
        && let Some(error) = native.errors.first()
    {
        return Err(TlsError::Roots(error.to_string()));
    }
    roots.add_parsable_certificates(native.certs);
    for root in &options.extra_roots {
        roots.add(root.clone()).map_err(TlsError::ExtraRoot)?;
    }
    Ok(roots)
}
