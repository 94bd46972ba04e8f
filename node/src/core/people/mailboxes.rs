//! TODO-DOC

use ai2ai_discovery::mailboxes::Place;
use ai2ai_protocol::limits::CARD_MAILBOXES;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::{View, mailbox, meta};
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};
use serde::{Deserialize, Serialize};

use crate::core::txn::{Step, Txn};
use crate::views::KeptView;

/// Under which name the places are kept.
const PLACES: &str = "mailboxes";

/// A place as it is kept.
#[derive(Serialize, Deserialize)]
pub struct Kept {
    pub peer: String,
    pub addresses: Vec<Multiaddr>,
    pub until: Timestamp,
}

pub fn kept(tx: &impl View, now: Timestamp) -> Step<Vec<Kept>> {
    let text = meta::get(tx, PLACES)?;
    let all: Vec<Kept> = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    Ok(all.into_iter().filter(|place| now < place.until).collect())
}

/// The mailboxes as the card names them: addresses that end in the volunteer's peer id.
///
/// # Errors
/// When the database fails.
pub fn of_card(tx: &impl View, now: Timestamp) -> Step<Vec<String>> {
    let named = |place: Kept| {
        let peer = place.peer.parse::<PeerId>().ok();
        let addresses = place.addresses.into_iter();
        addresses.filter_map(move |address| Some(address.with(Protocol::P2p(peer?)).to_string())).collect::<Vec<_>>()
    };
    Ok(kept(tx, now)?.into_iter().flat_map(named).take(CARD_MAILBOXES).collect())
}

/// How much is kept here for others; none where this node keeps no mail.
///
/// # Errors
/// When the database fails.
pub fn kept_here(tx: &impl View, is_volunteer: bool) -> Step<Option<KeptView>> {
    if !is_volunteer {
        return Ok(None);
    }
    let (people, held) = (mailbox::count_places(tx)?, mailbox::held_in_all(tx)?);
    Ok(Some(KeptView { people, messages: held.messages, bytes: held.bytes }))
}

/// Keeps where our mail is kept; whether that is another place than before.
pub fn keep_places(txn: &mut Txn<'_, '_>, held: Vec<Place>) -> Step<bool> {
    let before = of_card(txn.tx, txn.now)?;
    let held = held.into_iter().map(|place| Kept {
        peer: place.peer.to_string(),
        addresses: place.addresses,
        until: place.until,
    });
    let text = serde_json::to_string(&held.collect::<Vec<Kept>>()).unwrap_or_default();
    meta::put(txn.tx, PLACES, &text)?;
    Ok(of_card(txn.tx, txn.now)? != before)
}
