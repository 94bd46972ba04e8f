//! Handle: the network as the rest of the node sees it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::limits::{BATCH_BYTES, CARD_BYTES};
use libp2p::bytes::Bytes;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::task::TaskTracker;

use crate::dht::{Found, TableStanding};
use crate::error::NetworkError;
use crate::event::{Connection, VolunteerService};
use crate::limits::{CLOSED_WITHIN, IDENTIFY_WITHIN};
use crate::reachability::Outside;
use crate::requests::card_protocol;
use crate::requests::outbound::{OutboundRequest, RequestKind, Response};

/// A peer's answer to a request for its card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardAnswer {
    /// The card: at most `CARD_BYTES`, not verified.
    pub bytes: Vec<u8>,
    /// From the sending of the request to the answer, without the time that it took to connect.
    pub rtt: Duration,
}

/// What the network is told to do.
#[derive(Debug)]
pub(crate) enum NetworkCommand {
    Ask(OutboundRequest),
    LookFor(Did, Found),
    LetThemDial(PeerId, Vec<Multiaddr>, Duration),
    Moved(Instant),
    Disconnect(PeerId),
    Block(PeerId),
    Unblock(PeerId),
    Shutdown(oneshot::Sender<()>),
}

/// What anybody may look at without asking the network.
#[derive(Debug, Clone, Default)]
pub(crate) struct NetworkView {
    pub(crate) connections: Vec<Connection>,
    pub(crate) open: usize,
    pub(crate) listening: Vec<Multiaddr>,
    pub(crate) table: TableStanding,
    pub(crate) outside: Outside,
}

/// This node's card, shared with the network.
pub(crate) type SharedCard = Option<Arc<[u8]>>;

/// A way to the network. It can be cloned; when the last one is dropped, the network says goodbye and ends.
#[derive(Debug, Clone)]
pub struct Handle {
    me: PeerId,
    commands: mpsc::Sender<NetworkCommand>,
    card: watch::Sender<SharedCard>,
    view: watch::Receiver<NetworkView>,
    /// The actor, while it runs.
    running: TaskTracker,
}

impl Handle {
    pub(crate) fn new(
        me: PeerId,
        commands: mpsc::Sender<NetworkCommand>,
        card: watch::Sender<SharedCard>,
        view: watch::Receiver<NetworkView>,
        running: TaskTracker,
    ) -> Self {
        Self { me, commands, card, view, running }
    }

    /// The peer id of this node.
    #[must_use]
    pub fn peer(&self) -> PeerId {
        self.me
    }

    /// Asks the peer for its card, and shows ours. Connects first where needed, at these addresses.
    ///
    /// A peer that mDNS heard only just now, and whose id is lower, is given a moment to dial first.
    ///
    /// # Errors
    /// [`NetworkError`] says why there is no card.
    pub async fn card(&self, peer: PeerId, addresses: Vec<Multiaddr>) -> Result<CardAnswer, NetworkError> {
        let mine = self.card.borrow().clone();
        self.ask_card(peer, addresses, mine.as_deref()).await
    }

    /// The same, without showing ours.
    ///
    /// # Errors
    /// As [`Handle::card`].
    pub async fn card_unseen(&self, peer: PeerId, addresses: Vec<Multiaddr>) -> Result<CardAnswer, NetworkError> {
        self.ask_card(peer, addresses, None).await
    }

    /// Whether a connected peer serves others: it says so soon after it is connected. `None` when it is gone, or never says.
    pub async fn serves(&self, peer: PeerId) -> Option<bool> {
        let mut view = self.view.clone();
        let says = |view: &NetworkView| view.connections.iter().find(|connection| connection.peer == peer)?.serves;
        let seen = tokio::time::timeout(IDENTIFY_WITHIN, view.wait_for(|view| says(view).is_some())).await;
        seen.ok()?.ok().and_then(|view| says(&view))
    }

    async fn ask_card(
        &self,
        peer: PeerId,
        addresses: Vec<Multiaddr>,
        mine: Option<&[u8]>,
    ) -> Result<CardAnswer, NetworkError> {
        let request = card_protocol::request(mine);
        let answer = self.ask(RequestKind::Card, peer, addresses, request.into()).await?;
        match card_protocol::read_refusal(&answer.bytes) {
            Some(code) => Err(NetworkError::Refused { peer, code }),
            None => Ok(CardAnswer { bytes: answer.bytes.into(), rtt: answer.rtt }),
        }
    }

    /// Sends a batch to the peer and gives its answer: at most `RECEIPTS_BYTES`, not read. Connects first where
    /// needed, at these addresses. When the connection closes under the request, it is sent once more.
    ///
    /// # Errors
    /// [`NetworkError`] says why there is no answer, and by [`NetworkError::fate`] whether the peer may have got it.
    pub async fn deliver(
        &self,
        peer: PeerId,
        addresses: Vec<Multiaddr>,
        batch: Vec<u8>,
    ) -> Result<Vec<u8>, NetworkError> {
        if batch.len() > BATCH_BYTES {
            return Err(NetworkError::TooLarge { size: batch.len(), limit: BATCH_BYTES });
        }
        Ok(self.ask(RequestKind::Batch, peer, addresses, batch.into()).await?.bytes.into())
    }

    /// Closes all connections with the peer and dials it no more for this time, so that it has to dial. The connection that it made, or
    /// that this node made afterwards; `None` when there is none in the end.
    pub async fn let_them_dial(&self, peer: PeerId, addresses: Vec<Multiaddr>, within: Duration) -> Option<Connection> {
        let mut view = self.view.clone();
        let with_peer =
            |view: &NetworkView| view.connections.iter().find(|connection| connection.peer == peer).cloned();
        self.tell(NetworkCommand::LetThemDial(peer, addresses, within)).await;
        // An error means that the network has stopped, or that the time is over: what there is then is looked at.
        let _ = tokio::time::timeout(CLOSED_WITHIN, view.wait_for(|view| with_peer(view).is_none())).await;
        let _ = tokio::time::timeout(within, view.wait_for(|view| with_peer(view).is_some())).await;
        let last = view.borrow();
        with_peer(&last)
    }

    /// This machine is in another network: who relays for it and who is remembered is asked again, and nothing that was found out about
    /// the network before counts any more.
    pub async fn moved(&self, at: Instant) {
        self.tell(NetworkCommand::Moved(at)).await;
    }

    /// Looks in the table of cards for the newest card of an identity; it verifies and is of this time. `None` when nobody has one.
    ///
    /// # Errors
    /// [`NetworkError::NobodyToAsk`] when no node of the table is known, [`NetworkError::TooManySearches`].
    pub async fn find(&self, did: Did) -> Result<Option<Card>, NetworkError> {
        let (found, answer) = oneshot::channel();
        self.commands.send(NetworkCommand::LookFor(did, found)).await.map_err(|_| NetworkError::Stopped)?;
        answer.await.map_err(|_| NetworkError::Stopped)?
    }

    /// Whether others can reach this node, and what they see of it.
    #[must_use]
    pub fn outside(&self) -> Outside {
        self.view.borrow().outside.clone()
    }

    /// How this node stands in the table of cards.
    #[must_use]
    pub fn table(&self) -> TableStanding {
        self.view.borrow().table
    }

    /// Asks something of a volunteer, and gives its answer: at most `BATCH_BYTES`, not read. Connects as [`Handle::deliver`] does.
    ///
    /// # Errors
    /// As [`Handle::deliver`].
    pub async fn ask_service(
        &self,
        service: VolunteerService,
        peer: PeerId,
        addresses: Vec<Multiaddr>,
        request: Vec<u8>,
    ) -> Result<Vec<u8>, NetworkError> {
        if request.len() > BATCH_BYTES {
            return Err(NetworkError::TooLarge { size: request.len(), limit: BATCH_BYTES });
        }
        Ok(self.ask(RequestKind::Service(service), peer, addresses, request.into()).await?.bytes.into())
    }

    /// Sets the card that this node shows and gives. Who asked before there was one gets it now.
    ///
    /// # Errors
    /// [`NetworkError::TooLarge`], and nothing changes.
    pub fn set_card(&self, card: Vec<u8>) -> Result<(), NetworkError> {
        if card.len() > CARD_BYTES {
            return Err(NetworkError::TooLarge { size: card.len(), limit: CARD_BYTES });
        }
        self.card.send_replace(Some(card.into()));
        Ok(())
    }

    /// The connection that requests take to each connected AI2AI peer, in the order of their ids.
    #[must_use]
    pub fn connections(&self) -> Vec<Connection> {
        self.view.borrow().connections.clone()
    }

    /// How many connections are open, surplus ones and those of peers that have not yet said what they speak included.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.view.borrow().open
    }

    /// The addresses that this node listens on, loopback included.
    #[must_use]
    pub fn listen_addresses(&self) -> Vec<Multiaddr> {
        self.view.borrow().listening.clone()
    }

    /// Closes all connections with the peer. Either side may connect again.
    pub async fn disconnect(&self, peer: PeerId) {
        self.tell(NetworkCommand::Disconnect(peer)).await;
    }

    /// Closes all connections with the peer, and refuses new ones until it is unblocked or the node restarts.
    pub async fn block(&self, peer: PeerId) {
        self.tell(NetworkCommand::Block(peer)).await;
    }

    /// Lets a blocked peer connect again.
    pub async fn unblock(&self, peer: PeerId) {
        self.tell(NetworkCommand::Unblock(peer)).await;
    }

    /// Stops: sends nothing more, lets what is under way end for a moment, says goodbye to every peer. Returns when
    /// the network is gone, after two seconds at most.
    pub async fn shutdown(&self) {
        let (done, gone) = oneshot::channel();
        self.tell(NetworkCommand::Shutdown(done)).await;
        // An error means that it is gone already.
        let _ = gone.await;
        self.running.wait().await;
    }

    async fn ask(
        &self,
        kind: RequestKind,
        peer: PeerId,
        addresses: Vec<Multiaddr>,
        bytes: Bytes,
    ) -> Result<Response, NetworkError> {
        let (reply, answer) = oneshot::channel();
        let request = OutboundRequest { peer, kind, bytes, addresses, reply, sent_before: false, relay: None };
        self.commands.send(NetworkCommand::Ask(request)).await.map_err(|_| NetworkError::Stopped)?;
        let lost = |_| NetworkError::NoAnswer { peer, reason: "the network of this node has stopped".to_owned() };
        answer.await.map_err(lost)?
    }

    async fn tell(&self, command: NetworkCommand) {
        if self.commands.send(command).await.is_err() {
            tracing::debug!("the network has stopped already");
        }
    }
}
