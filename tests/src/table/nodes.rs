//! The nodes of the table: honest ones, and liars.

use std::collections::HashMap;
use std::pin::Pin;
use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_discovery::kademlia::{Dht, DhtEvent, PROTOCOL};
use libp2p::PeerId;
use libp2p::core::Transport as _;
use libp2p::core::transport::MemoryTransport;
use libp2p::core::upgrade::{InboundConnectionUpgrade, OutboundConnectionUpgrade, UpgradeInfo, Version};
use libp2p::futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, StreamExt as _};
use libp2p::identity::Keypair;
use libp2p::kad::store::{MemoryStore, RecordStore as _};
use libp2p::kad::{self, Mode, Quorum, Record, StoreInserts};
use libp2p::swarm::{Config, NetworkBehaviour, Swarm, SwarmEvent};
use libp2p::yamux;
use tokio::sync::{mpsc, oneshot};

use super::{Directory, Lookup, Order, Publication};

pub(super) fn honest_swarm(keypair: &Keypair, directory: &Directory) -> Swarm<Dht> {
    let mut dht = Dht::new(keypair.public().to_peer_id(), now, |_, _| true);
    dht.serve(true);
    swarm(keypair, dht, directory)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "most of what a swarm tells is of no interest here")]
pub(super) async fn honest_node(mut swarm: Swarm<Dht>, directory: Directory, mut orders: mpsc::Receiver<Order>) {
    let mut searches = HashMap::new();
    let mut publications = Vec::new();
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

pub(super) fn lying_swarm(
    keypair: &Keypair,
    directory: &Directory,
    lies: &[Record],
) -> Swarm<kad::Behaviour<MemoryStore>> {
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
pub(super) async fn liar(
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
