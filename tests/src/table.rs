//! Many nodes of the table of cards in one process, over memory instead of sockets; some of them lie.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ai2ai::clock::now;
use ai2ai_discovery::kademlia::{Dht, DhtEvent, PROTOCOL, key};
use ai2ai_protocol::card::{Card, CardDraft, CardNode};
use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::key::{AgentKey, OwnerKey};
use ai2ai_protocol::limits::CARD_LIFE;
use libp2p::core::Transport as _;
use libp2p::core::transport::MemoryTransport;
use libp2p::core::upgrade::{InboundConnectionUpgrade, OutboundConnectionUpgrade, UpgradeInfo, Version};
use libp2p::futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, StreamExt as _};
use libp2p::identity::Keypair;
use libp2p::kad::store::{MemoryStore, RecordStore as _};
use libp2p::kad::{self, Mode, Quorum, Record, StoreInserts};
use libp2p::swarm::{Config, NetworkBehaviour, Swarm, SwarmEvent};
use libp2p::{Multiaddr, PeerId, yamux};
use tokio::sync::{mpsc, oneshot};

/// Places in memory are numbered for the whole process.
static PLACES: AtomicU64 = AtomicU64::new(1);

/// What a node is told.
enum Order {
    Dial(PeerId),
    MeetEverybody,
    Publish(Box<Card>, oneshot::Sender<Publication>),
    LookFor(Did, oneshot::Sender<Lookup>),
    Known(oneshot::Sender<usize>),
}

/// What a search brought.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// The card.
    pub card: Option<Card>,
    /// Messages that were sent for it.
    pub requests: u32,
}

/// What a publication took.
#[derive(Debug, Clone, Copy)]
pub struct Publication {
    /// Whether somebody says that they have it.
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

    /// Everybody comes in by way of somebody who was there before, the first by nobody's.
    pub async fn come_together(&self) {
        for (number, (_, orders)) in self.nodes.iter().enumerate().skip(1) {
            let before = self.nodes[(number * 7 + 3) % number].0;
            drop(orders.send(Order::Dial(before)).await);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Everybody is told of everybody, and keeps of them what its table has room for: as it is once all have long been there. For
    /// networks in which coming together by asking would take most of the time.
    pub async fn know_each_other(&self) {
        for (_, orders) in &self.nodes {
            drop(orders.send(Order::MeetEverybody).await);
        }
    }

    /// How many nodes each honest node knows: the fewest, and in the middle.
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

/// Somebody's card: the one of this number.
///
/// # Panics
/// Never: what is signed here is a card.
#[must_use]
pub fn card(person: u32, sequence: u64) -> Card {
    let mut seed = [0xa2; 32];
    seed[..4].copy_from_slice(&person.to_be_bytes());
    let (owner, agent) = (OwnerKey::from_seed(&seed), AgentKey::from_seed(&[0xa3; 32]));
    let issued_at = now().whole_second();
    let delegation = Delegation::sign(&owner, &agent.public(), 1, issued_at - CARD_LIFE, issued_at + 10 * CARD_LIFE);
    let draft = CardDraft {
        agent: "alex-assistant".parse().expect("a name"),
        human: "Alex".parse().expect("a name"),
        sequence,
        issued_at,
        expires_at: issued_at + CARD_LIFE,
        delegation,
        nodes: vec![CardNode {
            peer: PeerId::random().to_string(),
            addresses: vec!["/ip4/203.0.113.7/tcp/4001".to_owned()],
            prekeys: Vec::new(),
        }],
        mailboxes: Vec::new(),
        intents: Vec::new(),
        languages: Vec::new(),
        timezone: None,
    };
    draft.sign(&agent).expect("a card")
}

/// A node that listens from now on: who is dialled before that is not found.
fn swarm<B: NetworkBehaviour>(keypair: &Keypair, behaviour: B, directory: &Directory) -> Swarm<B> {
    let named = Named(keypair.public().to_peer_id());
    let transport = MemoryTransport::default().upgrade(Version::V1).authenticate(named);
    let transport = transport.multiplex(yamux::Config::default()).boxed();
    let peer = keypair.public().to_peer_id();
    let config = Config::with_tokio_executor().with_idle_connection_timeout(Duration::from_secs(600));
    let mut swarm = Swarm::new(transport, behaviour, peer, config);
    swarm.listen_on(directory[&peer].clone()).expect("a place in memory");
    swarm
}

/// Says who it is, and believes who the other says that they are: what is counted here is messages, and handshakes would take most
/// of the time.
#[derive(Clone)]
struct Named(PeerId);

impl UpgradeInfo for Named {
    type Info = &'static str;
    type InfoIter = std::iter::Once<&'static str>;

    fn protocol_info(&self) -> Self::InfoIter {
        std::iter::once("/named")
    }
}

impl Named {
    async fn introduce<S: AsyncRead + AsyncWrite + Unpin>(self, mut stream: S) -> std::io::Result<(PeerId, S)> {
        let mine = self.0.to_bytes();
        stream.write_all(&[u8::try_from(mine.len()).expect("an id is short")]).await?;
        stream.write_all(&mine).await?;
        stream.flush().await?;
        let mut length = [0];
        stream.read_exact(&mut length).await?;
        let mut theirs = vec![0; usize::from(length[0])];
        stream.read_exact(&mut theirs).await?;
        Ok((PeerId::from_bytes(&theirs).map_err(std::io::Error::other)?, stream))
    }
}

macro_rules! introduces {
    ($trait:ident, $upgrade:ident) => {
        impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> $trait<S> for Named {
            type Output = (PeerId, S);
            type Error = std::io::Error;
            type Future = Pin<Box<dyn Future<Output = std::io::Result<(PeerId, S)>> + Send>>;

            fn $upgrade(self, stream: S, _: &'static str) -> Self::Future {
                Box::pin(self.introduce(stream))
            }
        }
    };
}

introduces!(InboundConnectionUpgrade, upgrade_inbound);
introduces!(OutboundConnectionUpgrade, upgrade_outbound);

fn honest_swarm(keypair: &Keypair, directory: &Directory) -> Swarm<Dht> {
    let mut dht = Dht::new(keypair.public().to_peer_id(), now, |_, _| true);
    dht.serve(true);
    swarm(keypair, dht, directory)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "most of what a swarm tells is of no interest here")]
async fn honest_node(mut swarm: Swarm<Dht>, directory: Directory, mut orders: mpsc::Receiver<Order>) {
    let (mut searches, mut publications) = (HashMap::new(), Vec::new());
    loop {
        tokio::select! {
            event = swarm.select_next_some() => match event {
                SwarmEvent::ConnectionEstablished { peer_id, .. } => {
                    // What identify says of a node that everyone can reach.
                    swarm.behaviour_mut().met(peer_id, &[directory[&peer_id].clone()]);
                }
                SwarmEvent::Behaviour(DhtEvent::Searched { did, card, requests }) => {
                    if let Some(answer) = searches.remove(&did) {
                        let answer: oneshot::Sender<Lookup> = answer;
                        drop(answer.send(Lookup { card: card.map(|card| *card), requests }));
                    }
                }
                SwarmEvent::Behaviour(DhtEvent::Published { taken, requests }) => {
                    for answer in publications.drain(..) {
                        let answer: oneshot::Sender<Publication> = answer;
                        let _ = answer.send(Publication { taken, requests });
                    }
                }
                _ => {}
            },
            order = orders.recv() => match order {
                Some(Order::Dial(peer)) => drop(swarm.dial(directory[&peer].clone())),
                Some(Order::MeetEverybody) => {
                    let me = *swarm.local_peer_id();
                    // Not all keep the same ones.
                    let first = me.to_bytes().last().map_or(0, |byte| usize::from(*byte));
                    let everybody = directory.iter().cycle().skip(first).take(directory.len());
                    for (peer, place) in everybody.filter(|(peer, _)| **peer != me) {
                        swarm.behaviour_mut().met(*peer, std::slice::from_ref(place));
                    }
                }
                Some(Order::Publish(card, answer)) => {
                    publications.push(answer);
                    swarm.behaviour_mut().publish(&card);
                }
                Some(Order::LookFor(did, answer)) => {
                    searches.insert(did, answer);
                    swarm.behaviour_mut().look_for(did);
                }
                Some(Order::Known(answer)) => drop(answer.send(swarm.behaviour_mut().servers())),
                None => return,
            },
        }
    }
}

fn lying_swarm(keypair: &Keypair, directory: &Directory, lies: &[Record]) -> Swarm<kad::Behaviour<MemoryStore>> {
    let peer = keypair.public().to_peer_id();
    let mut config = kad::Config::new(PROTOCOL);
    config.set_record_filtering(StoreInserts::FilterBoth);
    let mut kad = kad::Behaviour::with_config(peer, MemoryStore::new(peer), config);
    kad.set_mode(Some(Mode::Server));
    for lie in lies {
        kad.store_mut().put(lie.clone()).expect("room for a lie");
    }
    swarm(keypair, kad, directory)
}

/// A node that keeps and tells what it likes, takes nothing else in, and says to everybody what it keeps.
async fn liar(
    mut swarm: Swarm<kad::Behaviour<MemoryStore>>,
    directory: Directory,
    lies: Vec<Record>,
    mut orders: mpsc::Receiver<Order>,
) {
    let mut again = tokio::time::interval(Duration::from_secs(1));
    let mut next = lies.iter().cycle();
    loop {
        tokio::select! {
            event = swarm.select_next_some() => if let SwarmEvent::ConnectionEstablished { peer_id, .. } = event {
                swarm.behaviour_mut().add_address(&peer_id, directory[&peer_id].clone());
            },
            _ = again.tick() => if let Some(lie) = next.next() {
                drop(swarm.behaviour_mut().put_record(lie.clone(), Quorum::All));
            },
            order = orders.recv() => match order {
                Some(Order::Dial(peer)) => drop(swarm.dial(directory[&peer].clone())),
                Some(_) => {}
                None => return,
            },
        }
    }
}

/// What a liar keeps under somebody's key.
#[must_use]
pub fn lie(did: &Did, value: Vec<u8>) -> Record {
    Record::new(key(did), value)
}
