//! A DNS server that serves a zone, by UDP and TCP: a real one, in a thread of its own. It can sign (DNSSEC).

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use data_encoding::BASE64;
use hickory_server::Server;
use hickory_server::dnssec::NxProofKind;
use hickory_server::net::runtime::Time;
use hickory_server::proto::dnssec::crypto::Ed25519SigningKey;
use hickory_server::proto::dnssec::rdata::DNSKEY;
use hickory_server::proto::dnssec::{DnssecSigner, PublicKey as _, SigningKey as _};
use hickory_server::proto::rr::{Name, RecordType};
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::store::file::{FileConfig, FileZoneHandler};
use hickory_server::zone_handler::{AxfrPolicy, Catalog, ZoneType};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::oneshot;

/// Longest silence of a client on a TCP connection.
const SILENCE: Duration = Duration::from_secs(5);
/// Records that a zone needs besides those it is for.
const HEAD: &str = "$TTL 60\n@ IN SOA ns.invalid. admin.invalid. 1 3600 600 86400 60\n@ IN NS ns.invalid.\n";
/// Bytes of answers that wait for a slow client.
const WAITING: usize = 64 * 1024;
/// Time for which the signatures of a zone are good.
const SIGNED_FOR: Duration = Duration::from_secs(3_600);
/// The zone below the signed root that is not signed.
pub const UNSIGNED: &str = "plain.";

/// A name server, until it is dropped.
pub struct NameServer {
    /// Address at which it answers.
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl NameServer {
    /// Serves the zone in this text, from `$ORIGIN` on, at an address; port 0 is any that is free.
    ///
    /// # Panics
    /// When the zone can't be read, or the address can't be had.
    #[must_use]
    pub fn serve(at: SocketAddr, origin: &str, zone: &str) -> Self {
        let catalog = catalog([(origin, handler(origin, zone, None))]);
        Self::run(at, Zones { parents: None, all: catalog })
    }

    /// Serves a signed root zone with these lines, and below it the zone [`UNSIGNED`] with those, which is not signed. Gives the
    /// key of the root as a zone line, too.
    ///
    /// # Panics
    /// When a zone can't be read or signed, or the address can't be had.
    #[must_use]
    pub fn serve_signed(at: SocketAddr, zone: &str, unsigned: &str) -> (Self, String) {
        let root = || format!("{zone}\nplain. IN NS ns.invalid.\n");
        let der = Ed25519SigningKey::generate_pkcs8().expect("a key");
        let signed = || {
            let key = Ed25519SigningKey::from_pkcs8(&der).expect("a key");
            let dnskey = DNSKEY::from_key(&key.to_public_key().expect("a key"));
            let mut handler = handler(".", &root(), Some(NxProofKind::Nsec));
            let signer = DnssecSigner::new(dnskey, Box::new(key), Name::root(), SIGNED_FOR);
            handler.add_zone_signing_key_mut(signer).expect("a signer");
            handler.secure_zone_mut().expect("a signed zone");
            handler
        };
        let key = Ed25519SigningKey::from_pkcs8(&der).and_then(|key| key.to_public_key()).expect("a key");
        let line = format!(". 3600 IN DNSKEY 257 3 15 {}\n", BASE64.encode(key.public_bytes()));
        let parents = catalog([(".", signed())]);
        let all = catalog([(".", signed()), (UNSIGNED, handler(UNSIGNED, unsigned, None))]);
        (Self::run(at, Zones { parents: Some(parents), all }), line)
    }

    fn run(at: SocketAddr, zones: Zones) -> Self {
        let (bound, address) = std::sync::mpsc::sync_channel(1);
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || run(at, zones, &bound, stopped));
        Self { address: address.recv().expect("an address"), stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// The zones. What a parent says of a child's keys is asked of the parent, as its own server would answer it.
struct Zones {
    parents: Option<Catalog>,
    all: Catalog,
}

#[async_trait]
impl RequestHandler for Zones {
    async fn handle_request<R: ResponseHandler, T: Time>(&self, request: &Request, response_handle: R) -> ResponseInfo {
        let of_keys = request.request_info().is_ok_and(|info| info.query.query_type() == RecordType::DS);
        match &self.parents {
            Some(parents) if of_keys => parents.handle_request::<R, T>(request, response_handle).await,
            Some(_) | None => self.all.handle_request::<R, T>(request, response_handle).await,
        }
    }
}

fn handler(origin: &str, zone: &str, proof: Option<NxProofKind>) -> FileZoneHandler {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), format!("{HEAD}{zone}")).expect("a zone file");
    let origin: Name = origin.parse().expect("a name");
    let config = FileConfig { zone_path: file.path().to_owned() };
    FileZoneHandler::try_from_config(origin, ZoneType::Primary, AxfrPolicy::Deny, None, &config, proof).expect("a zone")
}

fn catalog<const N: usize>(zones: [(&str, FileZoneHandler); N]) -> Catalog {
    let mut catalog = Catalog::new();
    for (origin, handler) in zones {
        let origin: Name = origin.parse().expect("a name");
        catalog.upsert(origin.into(), vec![Arc::new(handler)]);
    }
    catalog
}

#[tokio::main(flavor = "current_thread")]
async fn run(
    at: SocketAddr,
    zones: Zones,
    bound: &std::sync::mpsc::SyncSender<SocketAddr>,
    stopped: oneshot::Receiver<()>,
) {
    let (udp, tcp) = sockets(at).await;
    let address = udp.local_addr().expect("an address");
    let mut server = Server::new(zones);
    server.register_socket(udp);
    server.register_listener(tcp, SILENCE, WAITING);
    bound.send(address).expect("somebody waits for it");
    drop(stopped.await);
    drop(server.shutdown_gracefully().await);
}

/// Both sockets of one address. Where any port will do, TCP may already have the one that UDP is given: then another is taken.
async fn sockets(at: SocketAddr) -> (UdpSocket, TcpListener) {
    loop {
        let udp = UdpSocket::bind(at).await.expect("a UDP socket");
        let address = udp.local_addr().expect("an address");
        match TcpListener::bind(address).await {
            Ok(tcp) => return (udp, tcp),
            Err(error) if at.port() == 0 && error.kind() == ErrorKind::AddrInUse => {}
            Err(error) => panic!("a TCP socket: {error}"),
        }
    }
}
