//! A DNS server that serves one zone file, by UDP and TCP: a real one, in a thread of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hickory_server::Server;
use hickory_server::proto::rr::Name;
use hickory_server::store::file::{FileConfig, FileZoneHandler};
use hickory_server::zone_handler::{AxfrPolicy, Catalog, ZoneType};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::oneshot;

/// How long a client may be silent on a TCP connection.
const SILENCE: Duration = Duration::from_secs(5);
/// What a zone needs besides what it is for.
const HEAD: &str = "$TTL 60\n@ IN SOA ns.invalid. admin.invalid. 1 3600 600 86400 60\n@ IN NS ns.invalid.\n";
/// Bytes of answers that wait for a slow client.
const WAITING: usize = 64 * 1024;

/// A name server, until it is dropped.
pub struct NameServer {
    /// Where it answers.
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
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), format!("{HEAD}{zone}")).expect("a zone file");
        let catalog = catalog(origin, file.path());
        let (bound, address) = std::sync::mpsc::sync_channel(1);
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || run(at, catalog, &bound, stopped));
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

fn catalog(origin: &str, file: &Path) -> Catalog {
    let origin: Name = origin.parse().expect("a name");
    let config = FileConfig { zone_path: file.to_owned() };
    let zone = FileZoneHandler::try_from_config(origin.clone(), ZoneType::Primary, AxfrPolicy::Deny, None, &config);
    let mut catalog = Catalog::new();
    catalog.upsert(origin.into(), vec![Arc::new(zone.expect("a zone"))]);
    catalog
}

#[tokio::main(flavor = "current_thread")]
async fn run(
    at: SocketAddr,
    catalog: Catalog,
    bound: &std::sync::mpsc::SyncSender<SocketAddr>,
    stopped: oneshot::Receiver<()>,
) {
    let udp = UdpSocket::bind(at).await.expect("a UDP socket");
    let address = udp.local_addr().expect("an address");
    let tcp = TcpListener::bind(address).await.expect("a TCP socket");
    let mut server = Server::new(catalog);
    server.register_socket(udp);
    server.register_listener(tcp, SILENCE, WAITING);
    bound.send(address).expect("somebody waits for it");
    drop(stopped.await);
    drop(server.shutdown_gracefully().await);
}
