//! Takeover: one identity has one node, and the one with the older card stops.

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::event_name::EventName;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::{Store, StoreError, View, kv};
use serde::{Deserialize, Serialize};

use crate::audit;
use crate::error::{CoreError, TakenOver};
use crate::txn::{self, Step, Txn};

/// Key under which it is stored that another node has taken over.
const TAKEN_OVER: &str = "taken_over";

/// The other node, as far as its card tells.
#[derive(Debug, Serialize, Deserialize)]
struct Other {
    peer: String,
    delegation: u64,
    sequence: u64,
    at: Timestamp,
}

/// Notes that another node has taken over, if its card is newer than any of ours.
///
/// # Errors
/// When the database fails.
pub fn yields_to(txn: &mut Txn<'_, '_>, card: &Card, peer: String) -> Step<bool> {
    let ours = (txn.me.sender.delegation.sequence(), kv::last_sequence(txn.tx, "card")?);
    let theirs = (card.delegation().sequence(), card.sequence());
    if peer == txn.me.peer || theirs <= ours {
        return Ok(false);
    }
    let other = Other { peer, delegation: theirs.0, sequence: theirs.1, at: txn.now };
    let text = serde_json::to_string(&other).map_err(CoreError::Json)?;
    txn::keep_text(txn, TAKEN_OVER, &text)?;
    audit::record(txn, &AuditAction::TakenOver, None, None, &AuditFactor::Card, &AuditOutcome::Stopped)?;
    txn.tell(
        EventName::TakenOver,
        format!("another node of this identity, {}, has taken over", other.peer),
        None,
        None,
    );
    Ok(true)
}

/// Refuses to start where another node has taken over; under a newer delegation than the other has, that is over.
///
/// # Errors
/// [`TakenOver`], or what the database fails with.
pub fn refuse_if_taken_over(store: &Store, ours: &Delegation) -> Step<()> {
    match other(&store.read()?)? {
        Some(other) if other.delegation >= ours.sequence() => Err(TakenOver { peer: other.peer, at: other.at }.into()),
        Some(_) | None => Ok(()),
    }
}

/// Makes this node the one that goes on: its next card is newer than the other's, and than any that can have been signed up to `now`: the
/// seconds since 1970 are more than the cards that anybody can have signed.
///
/// # Errors
/// What the database fails with.
pub fn take_over(store: &Store, now: Timestamp) -> Step<()> {
    let seconds = u64::try_from(now.as_millis() / 1_000).unwrap_or(0);
    let taken = store.write(|tx| {
        let other = other(tx)?;
        kv::raise_sequence(tx, "card", other.map_or(0, |other| other.sequence).max(seconds))?;
        kv::remove(tx, TAKEN_OVER)
    });
    Ok(taken?)
}

fn other(tx: &impl View) -> Result<Option<Other>, StoreError> {
    Ok(kv::get(tx, TAKEN_OVER)?.and_then(|text| serde_json::from_str(&text).ok()))
}
