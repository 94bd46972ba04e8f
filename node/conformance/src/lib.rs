//! Conformance kit: tries an implementation of the protocol over the wire with the good and the bad, as SPEC.md says it.
//!
//! It knows nothing of the one that is examined but what that one shows, and takes part as a throw-away identity: a stranger, and with
//! an invite a contact too.
//!
//! | room | what is in it |
//! |---|---|
//! | `report` | what was found |
//! | `wire` | a libp2p peer without scruples |
//! | `stranger` | a throw-away identity, and what it signs |
//! | `judge` | what an answer must say |
//! | `checks` | everything that is tried, by the section of SPEC.md |
//!
//! # What is not in it
//! - Nothing of the node: it has a libp2p peer of its own, which keeps no bound, and constants of its own as SPEC.md has them.
//! - No output: findings are handed to the caller.

mod checks;
mod judge;
mod report;
mod stranger;
mod wire;

use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::invite::Secret;
use ai2ai_protocol::seal::PublicPrekey;
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId};
use reqwest::Url;

use stranger::Stranger;
use wire::{PeerWire, Protocol};

pub use ai2ai_api::views::Level;
pub use report::{CheckResult, Verdict};

/// A request for a card that shows none.
const CARD_REQUEST: &[u8] = br#"{"ai2ai":"0.2","type":"card_request","card":null}"#;

/// Who is examined, and where.
#[derive(Debug)]
pub struct Target {
    /// The libp2p peer.
    pub peer: PeerId,
    /// Its addresses.
    pub addresses: Vec<Multiaddr>,
    /// Who is expected there, if that is known.
    pub did: Option<Did>,
    /// The secret of an open invite: with it, what only contacts can try is tried too.
    pub invite: Option<Secret>,
    /// Where its HTTP face is, such as `http://127.0.0.1:18800`, if that is to be tried.
    pub http: Option<Url>,
}

/// What the checks have in their hands.
struct Kit {
    wire: PeerWire,
    /// Our own peer id.
    me: String,
    stranger: Stranger,
    card: Card,
    prekey: PublicPrekey,
}

impl Kit {
    fn did(&self) -> Did {
        *self.card.did()
    }

    async fn bring(&mut self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        self.wire.ask(Protocol::Envelope, bytes).await
    }
}

/// Tries everything, one after the other, and tells each finding as it is there.
///
/// # Errors
/// When nobody is there, or whoever is shows no card that things could be sealed to: then nothing can be tried.
pub async fn examine(target: Target, mut tell: impl FnMut(&CheckResult)) -> Result<Vec<CheckResult>, Failure> {
    let keypair = Keypair::generate_ed25519();
    let me = keypair.public().to_peer_id().to_string();
    let mut wire = PeerWire::to(keypair, target.peer, &target.addresses)?;
    let answer = wire.ask(Protocol::Card, CARD_REQUEST.to_vec()).await;
    let answer = answer.map_err(|why| {
        Failure::new(Exit::Unreachable, ErrorCode::Unreachable, format!("no card comes from there: {why}"))
            .hint("is it up, and does it speak /ai2ai/card/0.2?")
    })?;
    let card = shown(&answer, &target)?;
    let peer = target.peer.to_string();
    let node = card.nodes().iter().find(|node| node.peer == peer);
    let prekey =
        node.and_then(|node| node.prekey(now())).cloned().ok_or_else(|| bad_card("it names no key to seal to"))?;
    let mut kit = Kit { wire, me, stranger: Stranger::new(), card, prekey };
    let mut findings = Vec::new();
    let mut note = |finding: CheckResult| {
        tell(&finding);
        findings.push(finding);
    };
    checks::as_a_stranger(&mut kit, &mut note).await?;
    checks::of_services(&mut kit, target.http, &mut note).await?;
    checks::as_a_contact(&mut kit, target.invite, &mut note).await?;
    Ok(findings)
}

/// The card that is shown. Without a good one, nothing else can be tried.
fn shown(answer: &[u8], target: &Target) -> Result<Card, Failure> {
    let card = Card::read(answer).map_err(|refusal| bad_card(&refusal.to_string()))?;
    card.check_current(now()).map_err(|code| bad_card(&format!("it is not of this time: {code}")))?;
    match target.did {
        Some(did) if did != *card.did() => Err(bad_card(&format!("it is that of {}", card.did()))),
        Some(_) | None => Ok(card),
    }
}

fn bad_card(why: &str) -> Failure {
    Failure::new(Exit::Invalid, ErrorCode::BadCard, format!("the card that it shows is none by SPEC.md §6: {why}"))
}
