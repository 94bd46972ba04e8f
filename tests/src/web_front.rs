//! A web server with HTTPS in front of a node: what comes is passed on, and what is answered is passed back, as its owner set it up.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

use crate::web_server::vouched_for;

/// Bytes of a request that are read before it is passed on and its answer lost.
const REQUEST: usize = 64 * 1024;

/// Behaviour of the server towards what comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// It passes it on.
    Passes(SocketAddr),
    /// It passes it on, and loses the answer.
    Loses(SocketAddr),
    /// It closes at once.
    Closes,
}

/// The server, until it is dropped.
pub struct WebFront {
    /// The address.
    pub address: SocketAddr,
    /// The root certificate that vouches for it, in PEM.
    pub root: String,
    inside: Arc<Mutex<(Manner, usize)>>,
    _runtime: Runtime,
}

impl WebFront {
    /// Serves under a certificate for this name; it leads nowhere yet.
    ///
    /// # Panics
    /// When there is no certificate or no port.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let (acceptor, root) = vouched_for(name);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("an address");
        let inside = Arc::new(Mutex::new((Manner::Closes, 0)));
        let shared = Arc::clone(&inside);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mut inside = shared.lock().unwrap_or_else(PoisonError::into_inner);
                inside.1 += 1;
                tokio::spawn(serve(acceptor.clone(), stream, inside.0));
            }
        });
        Self { address, root, inside, _runtime: runtime }
    }

    fn is(&self, manner: Manner) {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner).0 = manner;
    }

    /// From now on it passes on to this address.
    pub fn leads_to(&self, address: SocketAddr) {
        self.is(Manner::Passes(address));
    }

    /// From now on it passes on to this address, and loses every answer.
    pub fn loses_answers_of(&self, address: SocketAddr) {
        self.is(Manner::Loses(address));
    }

    /// From now on it closes every connection at once.
    pub fn is_down(&self) {
        self.is(Manner::Closes);
    }

    /// Returns how many connections came so far.
    #[must_use]
    pub fn came(&self) -> usize {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner).1
    }
}

async fn serve(acceptor: TlsAcceptor, stream: TcpStream, manner: Manner) {
    let to = match manner {
        Manner::Closes => return,
        Manner::Passes(to) | Manner::Loses(to) => to,
    };
    let Ok(mut here) = acceptor.accept(stream).await else { return };
    let Ok(mut there) = TcpStream::connect(to).await else { return };
    if matches!(manner, Manner::Passes(_)) {
        drop(copy_bidirectional(&mut here, &mut there).await);
        return;
    }
    let (mut request, mut answer) = (vec![0; REQUEST], [0; 1]);
    let mut came = 0;
    while !is_whole(&request[..came]) {
        match here.read(&mut request[came..]).await {
            Ok(1..) if came == REQUEST => return,
            Ok(more @ 1..) => came += more,
            Ok(0) | Err(_) => return,
        }
    }
    if there.write_all(&request[..came]).await.is_ok() {
        // The node has answered; that is all that is passed back of it.
        drop(there.read_exact(&mut answer).await);
    }
}

/// Returns whether a request with a length is there to its end.
fn is_whole(request: &[u8]) -> bool {
    let Some(head) = request.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let text = String::from_utf8_lossy(&request[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    request.len() - head - 4 >= length.unwrap_or_default()
}
