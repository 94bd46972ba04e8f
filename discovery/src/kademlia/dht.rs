//! libp2p's Kademlia as this node uses it: cards only, verified on the way in and on the way out, and no dial that a stranger
//! talked it into.

use std::borrow::Cow;
use std::collections::HashMap;
use std::task::{Context, Poll};
use std::time::Instant;

use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::time::Timestamp;
use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::kad::store::RecordStore as _;
use libp2p::kad::{
    self, BucketInserts, Event, GetRecordOk, InboundRequest, Mode, PeerRecord, QueryId, QueryResult, Quorum, Record,
    StoreInserts,
};
use libp2p::multiaddr::Protocol;
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId};

use super::search::CardSearch;
use super::{
    ADDRESSES_PER_SERVER, Block, PACKET_BYTES, PROTOCOL, QUERY_WITHIN, REFRESHED, REPLICATED, SEARCHES, Shelf, key,
};

/// Check of an address that others name: whether it may be dialled.
pub type Passes = fn(&Multiaddr, &PeerId) -> bool;

/// Addresses that this node itself has dialled nodes of the table at.
const DIALLED: usize = 512;

/// Outcome of a search or a publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DhtEvent {
    /// A search has ended.
    Searched {
        /// The identity it was for.
        did: Did,
        /// The newest card that was found, verified.
        card: Option<Box<Card>>,
        /// Questions that were put to other nodes for it.
        requests: u32,
    },
    /// The own card was given to the nodes that are to keep it.
    Published {
        /// True if at least one has taken it, as far as they say.
        taken: bool,
        /// Questions and cards that were sent for it.
        requests: u32,
    },
}

/// The table of cards, and this node's part in it.
pub struct Dht {
    kad: kad::Behaviour<Shelf>,
    searches: HashMap<QueryId, CardSearch>,
    blocks: HashMap<ConnectionId, Block>,
    dialled: HashMap<Multiaddr, PeerId>,
    clock: fn() -> Timestamp,
    passes: Passes,
}

impl Dht {
    /// The table as seen by `me`, which keeps nothing for others yet. Of the addresses that strangers name, only those that
    /// pass are dialled or passed on.
    #[must_use]
    pub fn new(me: PeerId, clock: fn() -> Timestamp, passes: Passes) -> Self {
        let mut kad = kad::Behaviour::with_config(me, Shelf::new(me), config());
        kad.set_mode(Some(Mode::Client));
        Self { kad, searches: HashMap::new(), blocks: HashMap::new(), dialled: HashMap::new(), clock, passes }
    }

    /// Keeps cards for others from now on, or no longer.
    pub fn serve(&mut self, serves: bool) {
        self.kad.set_mode(Some(if serves { Mode::Server } else { Mode::Client }));
    }

    /// Returns whether this node keeps cards for others.
    #[must_use]
    pub fn serves(&self) -> bool {
        self.kad.mode() == Mode::Server
    }

    /// A peer keeps cards for others, and says that it can be reached at these addresses.
    pub fn met(&mut self, peer: PeerId, addresses: &[Multiaddr]) {
        for address in addresses.iter().filter(|address| (self.passes)(address, &peer)).take(ADDRESSES_PER_SERVER) {
            self.kad.add_address(&peer, address.clone());
        }
    }

    /// Returns how many nodes that keep cards are known.
    pub fn servers(&mut self) -> usize {
        self.kad.kbuckets().map(|bucket| bucket.num_entries()).sum()
    }

    /// Returns how many cards are kept here.
    pub fn kept(&mut self) -> usize {
        self.kad.store_mut().len()
    }

    /// Looks for the newest card of an identity; [`DhtEvent::Searched`] tells what came of it. Whether there was room for one
    /// more search.
    pub fn look_for(&mut self, did: Did) -> bool {
        if self.searches.values().any(|search| search.did() == did) {
            return true;
        }
        if self.searches.len() >= SEARCHES {
            return false;
        }
        let query = self.kad.get_record(key(&did));
        self.searches.insert(query, CardSearch::new(did));
        true
    }

    /// Gives the own card to the nodes that are to keep it; [`DhtEvent::Published`] tells what came of it.
    pub fn publish(&mut self, card: &Card) {
        self.kad.store_mut().keep_own(card, (self.clock)(), Instant::now());
        let record = self.kad.store_mut().get(&key(card.did())).map(Cow::into_owned);
        if let Some(Err(error)) = record.map(|record| self.kad.put_record(record, Quorum::One)) {
            tracing::error!(%error, "the own card did not stay on the shelf");
        }
    }

    /// Gives up what has expired.
    pub fn forget_expired(&mut self) {
        let now = (self.clock)();
        self.kad.store_mut().forget_expired(now);
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "most of what Kademlia tells needs nothing done")]
    fn on_event(&mut self, event: Event) -> Option<DhtEvent> {
        match event {
            Event::InboundRequest { request: InboundRequest::PutRecord { source, connection, record } } => {
                self.on_put(source, connection, &record?);
                None
            }
            Event::OutboundQueryProgressed { id, result, stats, step } => {
                let requests = stats.num_requests();
                match result {
                    QueryResult::GetRecord(Ok(GetRecordOk::FoundRecord(found))) => self.on_found(id, &found),
                    QueryResult::PutRecord(put) => return Some(DhtEvent::Published { taken: put.is_ok(), requests }),
                    _ => {}
                }
                let search = if step.last { self.searches.remove(&id)? } else { return None };
                let did = search.did();
                let card = search.newest().map(Box::new);
                Some(DhtEvent::Searched { did, card, requests })
            }
            Event::RoutablePeer { peer, address } | Event::PendingRoutablePeer { peer, address } => {
                self.on_dialled(peer, address);
                None
            }
            _ => None,
        }
    }

    fn on_put(&mut self, source: PeerId, connection: ConnectionId, record: &Record) {
        let block = self.blocks.get(&connection).copied().unwrap_or(Block::Other);
        let now = (self.clock)();
        match self.kad.store_mut().admit(record, block, now, Instant::now()) {
            Ok(()) => tracing::debug!(%source, "a card is kept"),
            Err(misfit) => tracing::debug!(%source, %misfit, "a record was not kept"),
        }
    }

    fn on_found(&mut self, id: QueryId, found: &PeerRecord) {
        let now = (self.clock)();
        let Some(search) = self.searches.get_mut(&id) else { return };
        if search.hear(found.peer, &found.record, now)
            && let Some(mut query) = self.kad.query_mut(&id)
        {
            query.finish();
        }
    }

    /// This node has reached a node of the table at an address, so it may dial that again, wherever it leads.
    fn on_dialled(&mut self, peer: PeerId, address: Multiaddr) {
        if address.iter().any(|part| part == Protocol::P2pCircuit) {
            return;
        }
        if self.dialled.len() >= DIALLED {
            self.dialled.clear();
        }
        if let Ok(address) = address.clone().with_p2p(peer) {
            self.dialled.insert(address, peer);
        }
        self.kad.add_address(&peer, address);
    }

    fn may_dial(&self, address: &Multiaddr, peer: &PeerId) -> bool {
        self.dialled.get(address) == Some(peer) || (self.passes)(address, peer)
    }
}

fn config() -> kad::Config {
    let mut config = kad::Config::new(PROTOCOL);
    config
        .set_record_filtering(StoreInserts::FilterBoth)
        .set_kbucket_inserts(BucketInserts::Manual)
        .set_max_packet_size(PACKET_BYTES)
        .set_query_timeout(QUERY_WITHIN)
        .set_replication_interval(Some(REPLICATED))
        .set_publication_interval(None)
        .set_provider_publication_interval(None)
        .set_record_ttl(Some(ai2ai_protocol::limits::CARD_LIFE))
        .set_periodic_bootstrap_interval(Some(REFRESHED))
        .set_caching(kad::Caching::Disabled);
    config
}

impl NetworkBehaviour for Dht {
    type ConnectionHandler = <kad::Behaviour<Shelf> as NetworkBehaviour>::ConnectionHandler;
    type ToSwarm = DhtEvent;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.kad.handle_established_inbound_connection(connection, peer, local, remote)
    }

    /// Filters the table's addresses of a peer: strangers named them.
    fn handle_pending_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: Option<PeerId>,
        addresses: &[Multiaddr],
        role: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        let told = self.kad.handle_pending_outbound_connection(connection, peer, addresses, role)?;
        let may_dial = |address: &Multiaddr| peer.is_some_and(|peer| self.may_dial(address, &peer));
        Ok(told.into_iter().filter(may_dial).take(ADDRESSES_PER_SERVER).collect())
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port_use: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.kad.handle_established_outbound_connection(connection, peer, address, role, port_use)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if let FromSwarm::ConnectionEstablished(opened) = &event {
            self.blocks.insert(opened.connection_id, Block::of(opened.endpoint.get_remote_address()));
        } else if let FromSwarm::ConnectionClosed(closed) = &event {
            self.blocks.remove(&closed.connection_id);
        }
        self.kad.on_swarm_event(event);
    }

    fn on_connection_handler_event(&mut self, peer: PeerId, connection: ConnectionId, event: THandlerOutEvent<Self>) {
        self.kad.on_connection_handler_event(peer, connection, event);
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        loop {
            match self.kad.poll(cx) {
                Poll::Ready(ToSwarm::GenerateEvent(event)) => {
                    if let Some(event) = self.on_event(event) {
                        return Poll::Ready(ToSwarm::GenerateEvent(event));
                    }
                }
                Poll::Ready(other) => return Poll::Ready(other.map_out(|_| unreachable!("an event was taken above"))),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}
