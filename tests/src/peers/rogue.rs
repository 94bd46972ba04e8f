//! A node that does not keep the rules: real keys, a real card and real sockets, and whatever words it likes.

mod mail;
mod tales;

use std::time::Duration;

use ai2ai::node::relaying;
use ai2ai_api::clock::now;
use ai2ai_home::config::Relay;
use ai2ai_network::{Handle, Network, NetworkConfig, NetworkEvent};
use ai2ai_protocol::batch::{read_batch, write_batch};
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::card::{Card, CardNode};
use ai2ai_protocol::envelope::{Content, Draft, Kind, Recipient, Sender, SignedEnvelope, verify};
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::key::OwnerKey;
use ai2ai_protocol::limits::{CARD_LIFE, ENVELOPE_LIFE_DEFAULT};
use ai2ai_protocol::receipt::{Outcome, Receipt, Receipts};
use ai2ai_protocol::seal::{Prekey, seal};
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::stranger::{card_draft, stranger};

pub use mail::Lie;
pub use tales::Tale;

/// Longest time for something that happens at all.
const PATIENCE: Duration = Duration::from_secs(20);
/// Address at which it listens if nothing else is said.
const LOOPBACK: &str = "/ip4/127.0.0.1/tcp/0";

/// The rogue.
pub struct Rogue {
    /// Their human's key.
    pub owner: OwnerKey,
    /// Their agent, which signs.
    pub sender: Sender,
    network: Handle,
    events: mpsc::Receiver<NetworkEvent>,
    prekey: Prekey,
    card: Card,
    peer: PeerId,
    seed: u8,
}

/// Victim of a rogue.
pub struct Victim {
    /// Their card.
    pub card: Card,
    peer: PeerId,
}

impl Rogue {
    /// A rogue that listens on loopback.
    ///
    /// # Panics
    /// When it can't.
    pub async fn appears(seed: u8) -> Self {
        Self::appears_as(seed, LOOPBACK, false).await
    }

    /// A rogue that listens on loopback, and says that it serves others.
    ///
    /// # Panics
    /// When it can't.
    pub async fn volunteers(seed: u8) -> Self {
        Self::appears_as(seed, LOOPBACK, true).await
    }

    /// A rogue that listens at this address, and says that it serves others.
    ///
    /// # Panics
    /// When it can't.
    pub async fn volunteers_at(seed: u8, address: &str) -> Self {
        Self::appears_as(seed, address, true).await
    }

    async fn appears_as(seed: u8, address: &str, is_volunteer: bool) -> Self {
        let owner = OwnerKey::from_seed(&[seed; 32]);
        let sender = stranger(seed, "Mallory");
        let keypair = Keypair::ed25519_from_bytes([seed + 2; 32]).expect("a node key");
        let peer = keypair.public().to_peer_id();
        let listen = vec![address.parse().expect("an address")];
        let (sink, mut events) = mpsc::channel(64);
        let config = NetworkConfig {
            relaying: is_volunteer.then(|| relaying(&Relay::default())),
            ..NetworkConfig::quiet(keypair, listen)
        };
        let network = Network::start(config, sink).expect("a network");
        let address = loop {
            let event = timeout(PATIENCE, events.recv()).await.expect("in time").expect("an event");
            if let NetworkEvent::Listening { address } = event {
                break address;
            }
        };
        let prekey = Prekey::from_secret([seed + 3; 32]);
        let card = card(&sender, peer, &address, &prekey);
        network.set_card(card.bytes().to_vec()).expect("a card");
        Self { owner, sender, network, events, prekey, card, peer, seed }
    }

    /// Returns where it is, as somebody types it.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}/p2p/{}", self.card.nodes()[0].addresses[0], self.peer)
    }

    /// Asks a node for its card.
    ///
    /// # Panics
    /// When it has none, or is not there.
    pub async fn meets(&self, peer: &str, address: &str) -> Victim {
        let peer: PeerId = peer.parse().expect("a peer");
        let address: Multiaddr = address.parse().expect("an address");
        let answer = self.network.card(peer, vec![address]).await.expect("a card");
        Victim { card: Card::read(&answer.bytes).expect("a card that verifies"), peer }
    }

    /// The next envelope that somebody sends here. It is opened, and a proper receipt is given.
    ///
    /// # Panics
    /// When none comes.
    pub async fn hears(&mut self) -> Content {
        loop {
            let event = timeout(PATIENCE, self.events.recv()).await.expect("in time").expect("an event");
            let NetworkEvent::Batch { bytes, answer, .. } = event else { continue };
            let sealed = read_batch(&bytes).expect("a batch").remove(0).expect("a sealed envelope");
            let envelope =
                verify(&sealed.open(&self.prekey).expect("it opens")[0], &self.sender.did).expect("it verifies");
            let receipt = Receipt {
                id: Some(envelope.id()),
                digest: envelope.digest(),
                outcome: Outcome::Accepted,
                retry_after_s: None,
                state: None,
                at: now(),
            };
            answer.send(Receipts::sign(&[receipt], &self.sender, None, now())).expect("it waits for the answer");
            return (*envelope).clone();
        }
    }

    /// A draft of an answer in a conversation.
    #[must_use]
    pub fn draft(&self, to: &Victim, conversation: ConversationId, kind: Kind, payload: Object) -> Draft {
        let timestamp = now().whole_second();
        Draft {
            id: MessageId::new(now(), rand::random()),
            timestamp,
            expires_at: timestamp + ENVELOPE_LIFE_DEFAULT,
            to: Recipient { did: *to.card.did(), agent: None },
            conversation,
            in_reply_to: None,
            kind,
            intent: "schedule.meeting".parse().expect("an intent"),
            payload,
            approval: None,
        }
    }

    /// Signs a draft as its own agent would.
    ///
    /// # Panics
    /// When not even a rogue can sign it.
    #[must_use]
    pub fn signs(&self, draft: Draft) -> SignedEnvelope {
        draft.sign(&self.sender).expect("signed")
    }

    /// Sends an envelope, and gives the outcome that the other node's signed receipt tells.
    ///
    /// # Panics
    /// When there is no receipt.
    pub async fn sends(&self, to: &Victim, envelope: &Content) -> Outcome {
        self.receipt_for(to, envelope).await.outcome
    }

    /// Sends an envelope, and gives the other node's signed receipt.
    ///
    /// # Panics
    /// When there is none.
    pub async fn receipt_for(&self, to: &Victim, envelope: &Content) -> Receipt {
        let prekey = to.card.nodes()[0].prekey(now()).expect("a prekey");
        let sealed = seal(envelope, prekey, &mut rand::rng()).expect("sealed");
        let receipts = self.sends_bytes(to, write_batch(std::slice::from_ref(&sealed))).await;
        receipts.expect("receipts that verify").list()[0].clone()
    }

    /// Sends any bytes as a batch; what came back, if it verifies.
    pub async fn sends_bytes(&self, to: &Victim, bytes: Vec<u8>) -> Option<Receipts> {
        let answer = self.network.deliver(to.peer, Vec::new(), bytes).await.ok()?;
        Receipts::read(&answer, to.card.did()).ok()
    }
}

fn card(sender: &Sender, peer: PeerId, address: &Multiaddr, prekey: &Prekey) -> Card {
    let node = CardNode {
        peer: peer.to_string(),
        addresses: vec![address.to_string()],
        prekeys: vec![prekey.public(now().whole_second() + CARD_LIFE)],
    };
    card_draft(sender, vec![node]).sign(&sender.key).expect("a card")
}
