//! Idempotency of drafts: what an agent drafts under a key is drafted once, however often it is asked for: after a lost answer, from
//! another program, after a restart.
//!
//! The key is kept in the same transaction as the draft, so neither is ever there without the other.

use std::time::Duration;

use ai2ai_api::command::Command;
use ai2ai_api::door::KEY_CHARS;
use ai2ai_api::views::SentView;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::kv;
use serde::{Deserialize, Serialize};

use crate::error::{CoreError, DraftKeyError};
use crate::txn::{Step, Txn};

/// Keys that are remembered; the oldest goes first.
const KEYS: usize = 256;
/// Time that a key is remembered.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3_600);
/// Key under which they are stored.
const DRAFTED: &str = "drafted";

/// The key of a draft, and what is drafted under it.
#[derive(Debug, Clone)]
pub struct Key {
    key: Digest,
    of: Digest,
}

/// A draft that was made under a key.
#[derive(Debug, Serialize, Deserialize)]
struct Drafted {
    key: Digest,
    of: Digest,
    at: Timestamp,
    sent: SentView,
}

impl Key {
    /// The key of this draft.
    ///
    /// # Errors
    /// [`DraftKeyError`]: it is no key, or the command drafts nothing.
    pub fn of(key: &str, draft: &Command) -> Step<Self> {
        if key.is_empty() || key.chars().count() > KEY_CHARS {
            return Err(DraftKeyError::Length { most: KEY_CHARS }.into());
        }
        if !draft.is_draft() {
            return Err(DraftKeyError::NoDraft.into());
        }
        let of = serde_json::to_vec(draft).map_err(CoreError::Json)?;
        Ok(Self { key: Digest::of(key.as_bytes()), of: Digest::of(&of) })
    }
}

/// Drafts, unless that was done under this key; then gives what came of it.
///
/// # Errors
/// [`DraftKeyError::Reused`]; or the database failed.
pub fn draft_once(
    txn: &mut Txn<'_, '_>,
    key: Option<Key>,
    draft: impl FnOnce(&mut Txn<'_, '_>) -> Step<SentView>,
) -> Step<SentView> {
    let Some(Key { key, of }) = key else { return draft(txn) };
    let text = kv::get(txn.tx, DRAFTED)?.unwrap_or_default();
    let mut known: Vec<Drafted> = serde_json::from_str(&text).unwrap_or_default();
    match known.iter().find(|known| known.key == key) {
        Some(known) if known.of == of => return Ok(known.sent.clone()),
        Some(_) => return Err(DraftKeyError::Reused.into()),
        None => {}
    }
    let sent = draft(txn)?;
    known.retain(|known| txn.now.since(known.at) < KEPT);
    let surplus = (known.len() + 1).saturating_sub(KEYS);
    known.drain(..surplus);
    known.push(Drafted { key, of, at: txn.now, sent: sent.clone() });
    kv::put(txn.tx, DRAFTED, &serde_json::to_string(&known).map_err(CoreError::Json)?)?;
    Ok(sent)
}
