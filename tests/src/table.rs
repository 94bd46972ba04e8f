//! Many nodes of the table of cards in one process, over memory instead of sockets; some of them lie.

mod nodes;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_discovery::kademlia::key;
use ai2ai_protocol::card::{Card, CardDraft, CardNode};
use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::Sender;
use ai2ai_protocol::key::{AgentKey, OwnerKey};
use ai2ai_protocol::limits::CARD_LIFE;
use libp2p::identity::Keypair;
use libp2p::kad::Record;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::{mpsc, oneshot};

use crate::stranger::card_draft;
use nodes::{honest_node, honest_swarm, liar, lying_swarm};

/// Places in memory are numbered for the whole process.
static PLACES: AtomicU64 = AtomicU64::new(1);

/// A command to a node.
enum Order {
    Dial(PeerId),
    MeetEverybody,
    Publish(Box<Card>, oneshot::Sender<Publication>),
    LookFor(Did, oneshot::Sender<Lookup>),
    Known(oneshot::Sender<usize>),
}

/// Result of a search.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// The card.
    pub card: Option<Card>,
    /// Messages that were sent for it.
    pub requests: u32,
}

/// Cost of a publication.
#[derive(Debug, Clone, Copy)]
pub struct Publication {
    /// True if somebody says that they have it.
    pub taken: bool,
    /// Messages that were sent for it.
    pub requests: u32,
}

/// The network.
pub struct Table {
    nodes: Vec<(PeerId, mpsc::Sender<Order>)>,
}

type Directory = Arc<HashMap<PeerId, Multiaddr>>;

impl Table {
    /// So many honest nodes, and as many liars as there are lists of lies: what each of them keeps and tells.
    ///
    /// # Panics
    /// When a node can't be made.
    #[must_use]
    pub fn of(honest: usize, lies: Vec<Vec<Record>>) -> Self {
        let keys: Vec<Keypair> = (0..honest + lies.len()).map(|_| Keypair::generate_ed25519()).collect();
        let place = |_: &Keypair| -> Multiaddr {
            let number = PLACES.fetch_add(1, Ordering::Relaxed);
            format!("/memory/{number}").parse().expect("an address")
        };
        let directory: Directory = Arc::new(keys.iter().map(|key| (key.public().to_peer_id(), place(key))).collect());
        let nodes = keys.iter().enumerate().map(|(number, key)| {
            let peer = key.public().to_peer_id();
            let (orders, inlet) = mpsc::channel(16);
            match lies.get(number.wrapping_sub(honest)) {
                None => tokio::spawn(honest_node(honest_swarm(key, &directory), Arc::clone(&directory), inlet)),
                Some(lies) => {
                    tokio::spawn(liar(lying_swarm(key, &directory, lies), Arc::clone(&directory), lies.clone(), inlet))
                }
            };
            (peer, orders)
        });
        Self { nodes: nodes.collect() }
    }

    /// Lets everybody come in by way of somebody who was there before, the first by nobody's.
    pub async fn come_together(&self) {
        for (number, (_, orders)) in self.nodes.iter().enumerate().skip(1) {
            let before = self.nodes[(number * 7 + 3) % number].0;
            drop(orders.send(Order::Dial(before)).await);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Tells everybody of everybody; each keeps what its table has room for: as it is once all have long been there. For
    /// networks in which coming together by asking would take most of the time.
    pub async fn know_each_other(&self) {
        for (_, orders) in &self.nodes {
            drop(orders.send(Order::MeetEverybody).await);
        }
    }

    /// Returns how many nodes each honest node knows: the fewest, and in the middle.
    pub async fn known(&self, honest: usize) -> (usize, usize) {
        let mut known = Vec::new();
        for number in 0..honest {
            let (answer, known_there) = oneshot::channel();
            drop(self.nodes[number].1.send(Order::Known(answer)).await);
            known.extend(known_there.await.ok());
        }
        known.sort_unstable();
        (known.first().copied().unwrap_or(0), known.get(known.len() / 2).copied().unwrap_or(0))
    }

    /// A node publishes a card.
    ///
    /// # Panics
    /// When the node is gone.
    pub async fn publish(&self, node: usize, card: &Card) -> Publication {
        let (answer, published) = oneshot::channel();
        drop(self.nodes[node].1.send(Order::Publish(Box::new(card.clone()), answer)).await);
        published.await.expect("the node is there")
    }

    /// A node looks for somebody.
    ///
    /// # Panics
    /// When the node is gone.
    pub async fn look_for(&self, node: usize, did: Did) -> Lookup {
        let (answer, looked) = oneshot::channel();
        drop(self.nodes[node].1.send(Order::LookFor(did, answer)).await);
        looked.await.expect("the node is there")
    }
}

/// Makes somebody's card: the one of this number.
///
/// # Panics
/// Never: what is signed here is a card.
#[must_use]
pub fn card(person: u32, sequence: u64) -> Card {
    let mut seed = [0xa2; 32];
    seed[..4].copy_from_slice(&person.to_be_bytes());
    let owner = OwnerKey::from_seed(&seed);
    let agent = AgentKey::from_seed(&[0xa3; 32]);
    let issued_at = now().whole_second();
    let delegation = Delegation::sign(&owner, &agent.public(), 1, issued_at - CARD_LIFE, issued_at + 10 * CARD_LIFE);
    let node = CardNode {
        peer: PeerId::random().to_string(),
        addresses: vec!["/ip4/203.0.113.7/tcp/4001".to_owned()],
        prekeys: Vec::new(),
    };
    let name = "alex-assistant".parse().expect("a name");
    let human = "Alex".parse().expect("a name");
    let alex = Sender { agent: name, human, did: owner.did(), key: agent, delegation };
    let draft = CardDraft { sequence, ..card_draft(&alex, vec![node]) };
    draft.sign(&alex.key).expect("a card")
}

/// Returns what a liar keeps under somebody's key.
#[must_use]
pub fn lie(did: &Did, value: Vec<u8>) -> Record {
    Record::new(key(did), value)
}
