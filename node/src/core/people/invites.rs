//! Invites, on the inviter's side: made by the owner, and redeemed by the node, once, by whoever brings the secret first.

use ai2ai_discovery::address::is_of_this_network;
use ai2ai_discovery::https::is_of_web;
use ai2ai_discovery::invite::{INVITE_ADDRESSES, Link};
use ai2ai_protocol::card::Card;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::envelope::VerifiedEnvelope;
use ai2ai_protocol::invite::{Invites, Join, Redeemed, Secret};
use ai2ai_protocol::limits::{INVITE_LIFE, INVITE_LIFE_DEFAULT};
use ai2ai_protocol::receipt::{Outcome, Receipt};
use ai2ai_protocol::trust::Trust;
use ai2ai_store::contacts::ContactRow;
use ai2ai_store::meta;
use libp2p::Multiaddr;
use std::time::Duration;

use crate::core::audit;
use crate::core::inbound::receive;
use crate::core::people::contacts::{self, Meeting};
use crate::core::txn::{Step, Txn};
use crate::exit::{Exit, Failure};
use crate::views::InviteView;

/// Under which name the open invites are kept.
const KEPT: &str = "invites";

/// Hours that an invite may last.
const HOURS: u64 = INVITE_LIFE.as_secs() / 3_600;

/// Makes an invite that leads to the node in this card.
pub fn invite(
    txn: &mut Txn<'_, '_>,
    card: Option<&Card>,
    name: Option<String>,
    hours: Option<u32>,
) -> Step<InviteView> {
    let life = hours.map_or(INVITE_LIFE_DEFAULT, |hours| Duration::from_secs(3_600 * u64::from(hours)));
    if life.is_zero() || life > INVITE_LIFE {
        let message = format!("an invite lasts between 1 and {HOURS} hours");
        return Err(Failure::new(Exit::Usage, "usage", message).into());
    }
    let expires_at = (txn.now + life).whole_second();
    let (peer, addresses) = card.and_then(place).ok_or_else(no_address)?;
    let bytes = txn.secret();
    let secret = Secret::from_bytes(*bytes.first_chunk().expect("a secret of the dice has 32 bytes"));
    let link = Link { did: *txn.me.did(), peer, addresses, expires_at, secret };
    let mut invites = invites(txn)?;
    invites.offer(&link.secret, name.clone(), expires_at, txn.now).map_err(|error| {
        Failure::new(Exit::Refused, "too_many_invites", error.to_string())
            .hint("take them back with `ai2ai invite --cancel`, or wait for one to end")
    })?;
    keep_invites(txn, &invites)?;
    audit::audit(txn, "invite", None, None, "typed", "done")?;
    Ok(InviteView { link: link.to_string(), did: link.did, name, expires_at })
}

/// Makes every invite void, and says how many were still open.
pub fn cancel_invites(txn: &mut Txn<'_, '_>) -> Step<usize> {
    let mut invites = invites(txn)?;
    let open = invites.cancel(txn.now);
    keep_invites(txn, &invites)?;
    audit::audit(txn, "cancel_invites", None, None, "typed", "done")?;
    Ok(open)
}

/// Takes in what somebody brings who says that they were invited. Nothing is kept of a secret that is none.
pub fn redeem(
    txn: &mut Txn<'_, '_>,
    envelope: &VerifiedEnvelope,
    contact: Option<&ContactRow>,
    join: &Join,
) -> Step<Receipt> {
    let void = receive::answer(txn, envelope, Outcome::Refused(Code::InviteInvalid), None);
    if let Err(code) = join.card.check_current(txn.now) {
        return Ok(receive::answer(txn, envelope, Outcome::Refused(code), None));
    }
    if contact.is_some_and(|contact| contact.blocked) {
        return Ok(void);
    }
    let mut invites = invites(txn)?;
    match (invites.redeem(&join.secret, &envelope.from().did, txn.now), contact) {
        (Err(_), _) | (Ok(Redeemed::Before), None) => return Ok(void),
        (Ok(Redeemed::Before), Some(_)) => {}
        (Ok(Redeemed::Now(name)), contact) => {
            take_in_guest(txn, &join.card, contact, name)?;
            keep_invites(txn, &invites)?;
        }
    }
    let receipt = receive::answer(txn, envelope, Outcome::Accepted, None);
    receive::remember(txn, envelope, &receipt)?;
    Ok(receipt)
}

/// Makes whoever was invited a contact. Whom the owner knows already stays as the owner has them.
fn take_in_guest(txn: &mut Txn<'_, '_>, card: &Card, contact: Option<&ContactRow>, name: Option<String>) -> Step<()> {
    let is_known = contact.is_some_and(|contact| contact.trust != Trust::None);
    if is_known {
        contacts::learn(txn, card)?;
    } else {
        let name = match contact {
            Some(_) => None,
            None => Some(contacts::free_name(txn, card.did(), name.unwrap_or_else(|| card.human().to_string()))?),
        };
        let addresses = contact.map(|contact| contact.addresses.clone()).unwrap_or_default();
        let meeting = Meeting { card: card.clone(), met: "invite".to_owned(), addresses, domain: None, dnssec: None };
        contacts::befriend(txn, &meeting, name, "invite")?;
    }
    let detail = format!("{} ({}) took your invite, and is a contact now", card.human(), card.did());
    txn.tell("joined", detail, Some(*card.did()), None);
    Ok(())
}

fn invites(txn: &Txn<'_, '_>) -> Step<Invites> {
    let text = meta::get(txn.tx, KEPT)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

fn keep_invites(txn: &Txn<'_, '_>, invites: &Invites) -> Step<()> {
    Ok(meta::put(txn.tx, KEPT, &serde_json::to_string(invites).unwrap_or_default())?)
}

/// The node that a card names, and its addresses: those that reach furthest first, as many as a link has room for.
fn place(card: &Card) -> Option<(libp2p::PeerId, Vec<Multiaddr>)> {
    let node = card.nodes().first()?;
    let addresses = node.addresses.iter().filter_map(|text| text.parse().ok());
    let mut addresses: Vec<Multiaddr> = addresses.filter(|address| !is_of_web(address)).collect();
    addresses.sort_by_key(is_of_this_network);
    addresses.truncate(INVITE_ADDRESSES);
    Some((node.peer.parse().ok()?, addresses)).filter(|(_, addresses)| !addresses.is_empty())
}

fn no_address() -> Failure {
    Failure::new(Exit::Failed, "no_address", "your node has no address yet that an invite could name")
        .hint("wait a moment, and see `ai2ai status`")
}
