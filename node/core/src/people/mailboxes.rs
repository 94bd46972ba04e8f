//! Places at volunteers, where mail for this node is kept.

use ai2ai_api::views::KeptView;
use ai2ai_protocol::limits::CARD_MAILBOXES;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::{View, kv, mailbox};
use serde::{Deserialize, Serialize};

use crate::txn::{Step, Txn};

/// Key under which the places are stored.
const PLACES: &str = "mailboxes";

/// A place at a volunteer, where this node's mail is kept.
#[derive(Serialize, Deserialize)]
pub struct Kept {
    /// The volunteer's libp2p peer id.
    pub peer: String,
    /// The volunteer's multiaddresses, without the peer id.
    pub addresses: Vec<String>,
    /// The end of the place.
    pub until: Timestamp,
}

/// The places that have not ended.
///
/// # Errors
/// When the database fails.
pub fn kept(tx: &impl View, now: Timestamp) -> Step<Vec<Kept>> {
    let text = kv::get(tx, PLACES)?;
    let all: Vec<Kept> = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    Ok(all.into_iter().filter(|place| now < place.until).collect())
}

/// The mailboxes as the card names them: addresses that end in the volunteer's peer id.
///
/// # Errors
/// When the database fails.
pub fn of_card(tx: &impl View, now: Timestamp) -> Step<Vec<String>> {
    let named = |place: Kept| {
        let Kept { peer, addresses, .. } = place;
        addresses.into_iter().map(|address| format!("{address}/p2p/{peer}")).collect::<Vec<_>>()
    };
    Ok(kept(tx, now)?.into_iter().flat_map(named).take(CARD_MAILBOXES).collect())
}

/// Usage of the mailbox here; none where this node keeps no mail.
///
/// # Errors
/// When the database fails.
pub fn kept_here(tx: &impl View, is_volunteer: bool) -> Step<Option<KeptView>> {
    if !is_volunteer {
        return Ok(None);
    }
    let people = mailbox::count_places(tx)?;
    let held = mailbox::held_in_all(tx)?;
    Ok(Some(KeptView { people, messages: held.messages, bytes: held.bytes }))
}

/// Stores where our mail is kept; returns whether that is another place than before.
///
/// # Errors
/// When the database fails.
pub fn keep_places(txn: &mut Txn<'_, '_>, held: &[Kept]) -> Step<bool> {
    let before = of_card(txn.tx, txn.now)?;
    let text = serde_json::to_string(held).unwrap_or_default();
    kv::put(txn.tx, PLACES, &text)?;
    Ok(of_card(txn.tx, txn.now)? != before)
}
