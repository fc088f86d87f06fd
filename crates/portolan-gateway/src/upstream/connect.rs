//! From a destination to a connected socket: resolve, TCP, TLS, all within one connect timeout.

use std::{
    fmt::Display,
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
    Destination, Options, Resolve, SendError, SendErrorKind, TlsError,
    io::{Counted, Io, Written},
};

/// Cheap to clone: every worker shares one TLS configuration.
#[derive(Clone)]
pub(super) struct Connector {
    /// The platform's, and what the process was told to trust besides.
    roots: Arc<RootCertStore>,
    /// To providers.
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
        let roots = Arc::new(roots(options)?);
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Config)?
            .with_root_certificates(Arc::clone(&roots))
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            roots,
            tls: Arc::new(tls),
            resolve: options.resolve.as_slice().into(),
        })
    }

    /// `failed`: of the host's addresses, as many are left to the end.
    pub(super) async fn connect(
        &self,
        to: &Destination,
        failed: usize,
        within: Duration,
    ) -> Result<Dialled, SendError> {
        let mut trying = None;
        let dialled = timeout(within, self.dial(to, failed, &mut trying)).await;
        dialled
            .unwrap_or_else(|_| Err(SendError::unsent(SendErrorKind::ConnectTimeout, trying, "")))
    }

    async fn dial(
        &self,
        to: &Destination,
        failed: usize,
        trying: &mut Option<SocketAddr>,
    ) -> Result<Dialled, SendError> {
        let origin = &to.origin;
        let mut addresses = self.addresses(origin).await?;
        let first = failed % addresses.len().max(1);
        addresses.rotate_left(first);
        let mut last = None;
        for address in addresses {
            *trying = Some(address);
            match tcp(address).await {
                Ok(socket) => return self.secure(to, socket, address).await,
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
        to: &Destination,
        socket: TcpStream,
        peer: SocketAddr,
    ) -> Result<Dialled, SendError> {
        let (counted, written) = Counted::new(socket);
        if !to.origin.tls {
            return Ok(Dialled {
                io: Io::Plain(counted),
                written,
                peer,
                h2: false,
            });
        }
        let fault = |error: &dyn Display| {
            SendError::unsent(SendErrorKind::Tls, Some(peer), error.to_string())
        };
        let (config, name) = match &to.tls {
            None => {
                let name = ServerName::try_from(to.origin.host.to_string());
                (Arc::clone(&self.tls), name.map_err(|error| fault(&error))?)
            }
            Some(service) => {
                let config = service.trust.config(&self.roots);
                (config.map_err(|error| fault(&error))?, service.name.clone())
            }
        };
        let stream = TlsConnector::from(config)
            .connect(name, counted)
            .await
            .map_err(|error| fault(&error))?;
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
