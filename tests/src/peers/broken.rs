//! A node that does all as it should, save for one thing: what the conformance kit has to find.

mod face;
mod services;

use ai2ai::node::relaying;
use ai2ai_api::clock::now;
use ai2ai_core::inbound::batch::{self, Opened};
use ai2ai_discovery::invite::InviteLink;
use ai2ai_engine::commands::contacts::invite_link;
use ai2ai_home::config::Relay;
use ai2ai_home::identity::node_key;
use ai2ai_network::{Network, NetworkConfig, NetworkEvent};
use ai2ai_protocol::canonical::{canonical, read_object};
use ai2ai_protocol::code::Code;
use ai2ai_protocol::conversation::{Phase, Report};
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::invite::Secret;
use ai2ai_protocol::limits::RECEIPTS_BYTES;
use ai2ai_protocol::receipt::{Outcome, Receipt, Receipts};
use ai2ai_protocol::terms::CANCEL;
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::world::{Faults, World};
pub use face::{Spoil, SpoiltFace};
pub use services::Fault;
use services::Services;

/// The one thing that a node does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// Nothing: it is honest.
    Nothing,
    /// It takes what it should refuse with this code.
    Takes(Code),
    /// It takes a cancel that it should refuse with this code.
    Cancels(Code),
    /// It answers without a signature.
    Unsigned,
    /// It answers for another envelope.
    OtherDigest,
    /// It tells whoever is held how the conversation stands.
    TellsState,
    /// It tells whoever is held when that was decided.
    TellsTime,
    /// Each repeat gets a receipt of its own.
    Forgets,
    /// It sends no card to whoever seals to a prekey that is gone.
    KeepsItsCard,
    /// It gives one receipt fewer.
    LosesOne,
    /// It names the id of what it does not believe.
    BelievesIds,
    /// It asks whoever brings anything to come again later.
    PutsOff,
    /// Services that it has for others.
    Serves(Fault),
}

/// The node; it lives as long as this does.
pub struct Broken {
    /// Its libp2p peer.
    pub peer: PeerId,
    /// Address at which it listens.
    pub address: Multiaddr,
    /// The secret of an open invite of its owner's.
    pub invite: Secret,
    life: JoinHandle<()>,
}

impl Broken {
    /// Starts on loopback.
    ///
    /// # Panics
    /// When it can't.
    pub async fn starts(broken: Break) -> Self {
        let keypair = Keypair::generate_ed25519();
        let peer = keypair.public().to_peer_id();
        let (sink, mut events) = mpsc::channel(64);
        let listen = vec!["/ip4/127.0.0.1/tcp/0".parse().expect("an address")];
        let key = node_key(&keypair).expect("a node key");
        let relaying = Some(relaying(&Relay::default()));
        let config = NetworkConfig { relaying, ..NetworkConfig::quiet(keypair, listen) };
        let network = Network::start(config, sink).expect("a network");
        let address = loop {
            if let Some(NetworkEvent::Listening { address }) = events.recv().await {
                break address;
            }
        };
        let mut world = World::at(now().whole_second(), 7, &["Brenda"], Faults::default());
        world.lives_at(0, &peer.to_string(), vec![address.to_string()]);
        let card = world.card_of(0);
        network.set_card(card.bytes().to_vec()).expect("a card");
        let link = world.transact(0, |txn| invite_link(txn, Some(&card), None, None)).expect("an invite").link;
        let invite = link.parse::<InviteLink>().expect("a link").secret;
        let fault = if let Break::Serves(fault) = broken { Some(fault) } else { None };
        let mut services = Services::new(peer.to_string(), key, fault);
        let life = tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                if let NetworkEvent::Batch { bytes, answer, .. } = event {
                    world.now = now();
                    drop(answer.send(answers(&mut world, &bytes, broken)));
                } else if let NetworkEvent::Asked { service, peer, bytes, answer, .. } = event {
                    drop(answer.send(services.answers(service, &peer.to_string(), &bytes)));
                }
            }
            drop(network);
        });
        Self { peer, address, invite, life }
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        self.life.abort();
    }
}

fn answers(world: &mut World, bytes: &[u8], broken: Break) -> Vec<u8> {
    let opened = world.opens(0, bytes);
    let cancels: Vec<Digest> = opened.iter().filter_map(cancel).collect();
    let mut receipts = world.transact(0, move |txn| batch::take_in(txn, &opened)).expect("receipts");
    if let Break::Cancels(code) = broken {
        let is_wrong =
            |receipt: &&mut Receipt| receipt.outcome == Outcome::Refused(code) && cancels.contains(&receipt.digest);
        receipts.iter_mut().filter(is_wrong).for_each(|receipt| receipt.outcome = Outcome::Accepted);
    }
    receipts.iter_mut().for_each(|receipt| breaks(receipt, broken));
    if broken == Break::LosesOne {
        receipts.pop();
    }
    let needs_card = receipts.iter().any(|receipt| receipt.outcome == Outcome::Refused(Code::UnknownPrekey));
    let card = world.card_of(0);
    let card = Some(&card).filter(|_| needs_card && broken != Break::KeepsItsCard);
    let answer = Receipts::sign(&receipts, &world.people[0].me.sender, card, world.now);
    if broken != Break::Unsigned {
        return answer;
    }
    let mut object = read_object(&answer, RECEIPTS_BYTES).expect("our own answer");
    object.remove("signature");
    canonical(&object)
}

/// The digest of an envelope that calls something off.
fn cancel(opened: &Opened) -> Option<Digest> {
    match opened {
        Opened::Verified(envelope) if envelope.intent().as_str() == CANCEL => Some(envelope.digest()),
        Opened::Verified(_) | Opened::Refused(_) => None,
    }
}

fn breaks(receipt: &mut Receipt, broken: Break) {
    let held = receipt.outcome == Outcome::Held;
    match broken {
        Break::Takes(code) if receipt.outcome == Outcome::Refused(code) => receipt.outcome = Outcome::Held,
        Break::OtherDigest => receipt.digest = Digest::of(b"something else"),
        Break::TellsState if held => {
            receipt.state = Some(Report { phase: Phase::Proposed, terms: None, cancelled: None })
        }
        Break::TellsTime if held => receipt.at = now() + std::time::Duration::from_secs(1),
        Break::Forgets if held => receipt.at = now() + std::time::Duration::from_millis(rand::random_range(1..100_000)),
        Break::BelievesIds if receipt.id.is_none() => {
            receipt.id = Some("019c3638-f220-7001-8000-000000000001".parse().expect("an id"));
        }
        Break::PutsOff => receipt.outcome = Outcome::Refused(Code::RateLimited),
        Break::Nothing
        | Break::Takes(_)
        | Break::Cancels(_)
        | Break::Unsigned
        | Break::TellsState
        | Break::TellsTime
        | Break::Forgets
        | Break::KeepsItsCard
        | Break::LosesOne
        | Break::Serves(_)
        | Break::BelievesIds => {}
    }
}
