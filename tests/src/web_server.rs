//! A web server that answers everything with the same bytes over TLS, well-meaning or not, and notes what it was asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::server::TlsStream;

/// Bytes that a request may have.
const REQUEST: usize = 8 * 1024;

/// Behaviour of the server after the bytes of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// It closes.
    Close,
    /// It says the same again and again.
    Forever,
    /// It keeps the connection, and says nothing more.
    Silence,
}

/// A web server, until it is dropped.
pub struct WebServer {
    /// The address.
    pub address: SocketAddr,
    /// The root certificate that vouches for it, in PEM.
    pub root: String,
    asked: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl WebServer {
    /// Serves these bytes, headers and all, under a certificate for this name.
    ///
    /// # Panics
    /// When there is no certificate or no port.
    pub async fn serve(name: &str, answer: Vec<u8>, after: After) -> Self {
        Self::serve_at(0, name, answer, after).await
    }

    /// The same, at this port.
    ///
    /// # Panics
    /// When there is no certificate, or the port is taken.
    pub async fn serve_at(port: u16, name: &str, answer: Vec<u8>, after: After) -> Self {
        let (acceptor, root) = vouched_for(name);
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let notes = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answered(acceptor.clone(), stream, answer.clone(), after, Arc::clone(&notes)));
            }
        });
        Self { address, root, asked, task }
    }

    /// The requests that came, as they came.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answered(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    answer: Vec<u8>,
    after: After,
    notes: Arc<Mutex<Vec<String>>>,
) {
    let Ok(mut stream) = acceptor.accept(stream).await else { return };
    let Some(text) = asked_for(&mut stream).await else { return };
    notes.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    let mut told = stream.write_all(&answer).await.is_ok() && stream.flush().await.is_ok();
    while told && after == After::Forever {
        told = stream.write_all(&answer).await.is_ok();
    }
    if after == After::Silence {
        std::future::pending::<()>().await;
    }
    drop(stream.shutdown().await);
}

/// A request, to its end: whoever closes with something unread resets the connection, and the answer may be lost with it.
async fn asked_for(stream: &mut TlsStream<TcpStream>) -> Option<String> {
    let (mut request, mut length) = (vec![0; REQUEST], 0);
    loop {
        length += stream.read(&mut request[length..]).await.ok().filter(|read| *read > 0)?;
        let text = String::from_utf8_lossy(&request[..length]);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let size = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
            if body.len() >= size {
                return Some(text.into_owned());
            }
        }
    }
}

/// A server's end of TLS for this name, and the root that vouches for it.
pub(crate) fn vouched_for(name: &str) -> (TlsAcceptor, String) {
    let mut of_root = CertificateParams::new(Vec::new()).expect("parameters");
    of_root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_key = KeyPair::generate().expect("a key");
    let root = of_root.self_signed(&root_key).expect("a root");
    let key = KeyPair::generate().expect("a key");
    let leaf = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
    let leaf = leaf.signed_by(&key, &root, &root_key).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let config = config.with_no_client_auth().with_single_cert(vec![leaf.der().clone()], key).expect("a certificate");
    (TlsAcceptor::from(Arc::new(config)), root.pem())
}
