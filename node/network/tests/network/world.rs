//! Nodes on this machine, and waiting with a deadline.

use std::future::Future;
use std::time::Duration;

use ai2ai_network::{Handle, Network, NetworkConfig, NetworkEvent};
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::{mpsc, oneshot};

/// How long anything may take that is not itself about time.
pub(crate) const SOON: Duration = Duration::from_secs(10);

/// Waits for something, and not for ever.
pub(crate) async fn within<T>(limit: Duration, what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(limit, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what}: not within {limit:?}"),
    }
}

/// Waits until a condition holds; looks often.
pub(crate) async fn until(limit: Duration, what: &str, condition: impl Fn() -> bool) {
    within(limit, what, async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

/// What carries the connections of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    Tcp,
    Quic,
}

impl Over {
    pub(crate) fn loopback(self, port: u16) -> Multiaddr {
        let text = match self {
            Over::Tcp => format!("/ip4/127.0.0.1/tcp/{port}"),
            Over::Quic => format!("/ip4/127.0.0.1/udp/{port}/quic-v1"),
        };
        text.parse().expect("an address")
    }
}

/// A batch, and where its answer goes.
pub(crate) fn batch(event: NetworkEvent) -> Option<(Vec<u8>, oneshot::Sender<Vec<u8>>)> {
    if let NetworkEvent::Batch { bytes, answer, .. } = event { Some((bytes, answer)) } else { None }
}

/// A node's network, and its events.
pub(crate) struct Node {
    pub(crate) handle: Handle,
    pub(crate) events: mpsc::Receiver<NetworkEvent>,
    pub(crate) keypair: Keypair,
    pub(crate) address: Multiaddr,
}

impl Node {
    /// A node on loopback, without mDNS, that has a card.
    pub(crate) async fn new(over: Over) -> Self {
        let node = Self::with(Keypair::generate_ed25519(), over.loopback(0)).await;
        node.handle.set_card(node.card()).expect("a small card");
        node
    }

    /// A node with this key at this address, without a card.
    pub(crate) async fn with(keypair: Keypair, listen: Multiaddr) -> Self {
        let (sender, mut events) = mpsc::channel(256);
        let config = NetworkConfig::quiet(keypair.clone(), vec![listen]);
        let handle = Network::start(config, sender).expect("a network");
        let first = within(SOON, "listening", events.recv()).await;
        let Some(NetworkEvent::Listening { address }) = first else { panic!("instead of listening: {first:?}") };
        Self { handle, events, keypair, address }
    }

    /// Two nodes, the one with the lower id first.
    pub(crate) async fn two(over: Over) -> (Self, Self) {
        let a = Self::new(over).await;
        let b = Self::new(over).await;
        if a.peer() < b.peer() { (a, b) } else { (b, a) }
    }

    pub(crate) fn peer(&self) -> PeerId {
        self.handle.peer()
    }

    pub(crate) fn addresses(&self) -> Vec<Multiaddr> {
        vec![self.address.clone()]
    }

    /// Something that only this node would give as its card.
    pub(crate) fn card(&self) -> Vec<u8> {
        format!(r#"{{"ai2ai":"0.2","peer":"{}","type":"card"}}"#, self.peer()).into_bytes()
    }

    /// The next event that the choice takes; the others are skipped.
    pub(crate) async fn next<T>(&mut self, what: &str, choose: impl FnMut(NetworkEvent) -> Option<T>) -> T {
        self.next_within(SOON, what, choose).await
    }

    /// The same, with another deadline.
    pub(crate) async fn next_within<T>(
        &mut self,
        limit: Duration,
        what: &str,
        mut choose: impl FnMut(NetworkEvent) -> Option<T>,
    ) -> T {
        within(limit, what, async {
            loop {
                if let Some(chosen) = choose(self.events.recv().await.expect("the network runs")) {
                    return chosen;
                }
            }
        })
        .await
    }

    pub(crate) async fn sees_connected(&mut self, peer: PeerId) {
        self.next("connected", |event| {
            matches!(event, NetworkEvent::Connected { peer: who, .. } if who == peer).then_some(())
        })
        .await;
    }

    pub(crate) async fn sees_disconnected(&mut self, peer: PeerId, limit: Duration) {
        self.next_within(limit, "disconnected", |event| {
            matches!(event, NetworkEvent::Disconnected { peer: who } if who == peer).then_some(())
        })
        .await;
    }

    /// From now on, answers every batch with its length; gives the number of batches seen so far when asked.
    pub(crate) fn answers_batches(self) -> Answering {
        let Self { handle, mut events, keypair, address } = self;
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                if let NetworkEvent::Batch { bytes, answer, .. } = event {
                    let _ = answer.send(format!("got {}", bytes.len()).into_bytes());
                }
            }
        });
        Answering { handle, keypair, address }
    }
}

/// A node whose batches are answered by a task.
pub(crate) struct Answering {
    pub(crate) handle: Handle,
    pub(crate) keypair: Keypair,
    pub(crate) address: Multiaddr,
}

impl Answering {
    pub(crate) fn peer(&self) -> PeerId {
        self.keypair.public().to_peer_id()
    }

    pub(crate) fn addresses(&self) -> Vec<Multiaddr> {
        vec![self.address.clone()]
    }
}
