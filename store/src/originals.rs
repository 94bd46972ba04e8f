//! Agents of the protocol's original, and what is said with them: in tables of their own, which no native conversation is in.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::delivery::Delivery;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::id::{ConversationId, ItemId, MessageId};
use ai2ai_protocol::name::Intent;
use ai2ai_protocol::time::Timestamp;
use redb::ReadableTable as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::limits::ERASED_AT_ONCE;
use crate::row::{decode, encode};
use crate::tables::{
    ORIGINAL_ITEMS, ORIGINAL_OUT, ORIGINAL_SEEN, ORIGINAL_SEEN_BY_END, ORIGINAL_TALKS, ORIGINALS, Part as _, Rows, due,
    pair, tail, triple,
};
use crate::transaction::{StoreError, View, Write};

/// A contact whose agent speaks the original. They are the key that the owner pinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginalRow {
    /// The pinned Ed25519 key.
    pub did: Did,
    /// The owner's name for them.
    pub name: String,
    /// Name of their agent: its envelopes name it, and only this key may.
    pub agent: String,
    /// Name that they go by.
    pub human: String,
    /// Address to which envelopes are posted.
    pub endpoint: String,
    /// The key that payloads are encrypted to, if they offered one when they were added.
    pub agreement: Option<String>,
    /// The version of the original that they named last.
    pub version: String,
    /// True if the owner wants to hear nothing from them.
    pub blocked: bool,
    /// Since when they are a contact.
    pub added_at: Timestamp,
    /// The time at which they were last heard from.
    pub last_seen: Option<Timestamp>,
}

/// One message of a talk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SaidRow {
    /// Its name here.
    pub id: MessageId,
    /// True if it is ours.
    pub ours: bool,
    /// The act.
    pub kind: Kind,
    /// The intent.
    pub intent: Option<Intent>,
    /// The time at which it says it was written.
    pub timestamp: Timestamp,
    /// The time at which it was stored here.
    pub at: Timestamp,
    /// The payload.
    pub payload: Object,
    /// Final state of a message of ours, once it is over.
    pub delivery: Option<String>,
}

/// A conversation with such an agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TalkRow {
    /// Its name here.
    pub id: ConversationId,
    /// Its name in the envelopes.
    pub named: String,
    /// With whom.
    pub with: Did,
    /// The intent.
    pub intent: Intent,
    /// One line that says so.
    pub subject: Option<String>,
    /// The state, for us.
    pub phase: Phase,
    /// The time, or other definite thing, that our owner agreed to; they still have to confirm it.
    pub accepted: Option<String>,
    /// Messages, oldest first; bounded by whoever writes.
    pub said: Vec<SaidRow>,
    /// The time at which it was opened.
    pub opened_at: Timestamp,
    /// The time at which it last changed.
    pub touched_at: Timestamp,
}

/// An item that waits for the owner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OriginalItemRow {
    /// Its name.
    pub id: ItemId,
    /// The contact; nobody, where nothing proves who wrote it.
    pub with: Option<Did>,
    /// Their claim of who they are, in one line.
    pub who: String,
    /// The talk; none, where nothing proves who wrote it.
    pub talk: Option<ConversationId>,
    /// The message that came in; nothing for a draft of the agent's.
    pub came: Option<SaidRow>,
    /// The message that an agent suggests to send.
    pub draft: Option<Object>,
    /// Name of the talk in the envelopes, where sending the draft opens it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens: Option<String>,
    /// One line of it.
    pub summary: String,
    /// Digest that an approval is bound to.
    pub digest: Digest,
    /// The time at which it came to be.
    pub made_at: Timestamp,
    /// Until when it can be decided.
    pub expires_at: Timestamp,
}

/// An envelope on its way to such an agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OriginalOutRow {
    /// Its name here and in the envelope.
    pub id: MessageId,
    /// To whom.
    pub to: Did,
    /// In which talk.
    pub talk: ConversationId,
    /// The act.
    pub kind: Kind,
    /// One line of it.
    pub about: Option<String>,
    /// State of the talk once they have it.
    pub then: Option<Phase>,
    /// Since when it waits.
    pub queued_at: Timestamp,
    /// From when on they take it no more.
    pub expires_at: Timestamp,
    /// The state.
    pub delivery: Delivery,
    /// The text that is posted, the same each time.
    pub body: String,
}

/// Answer to an envelope, for when it comes again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OriginalSeenRow {
    /// The digest of what it said.
    pub digest: Digest,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The answer.
    pub body: Value,
    /// Until when it is kept.
    pub keep_until: Timestamp,
}

macro_rules! rows {
    ($row:ident, $table:ident, $name:literal, $key:ty, $part:ident, $($what:ident: $get:ident, $put:ident, $remove:ident, $all:ident;)+) => {
        $(
            #[doc = concat!("The ", stringify!($what), " of this name.")]
            ///
            /// # Errors
            /// [`StoreError`] when the disk or the file fails.
            pub fn $get(tx: &impl View, key: &$key) -> Result<Option<$row>, StoreError> {
                tx.table($table)?.get(&key.bytes())?.map(|bytes| decode($name, bytes.value())).transpose()
            }

            #[doc = concat!("Keeps the ", stringify!($what), ", in place of its state before.")]
            ///
            /// # Errors
            /// [`StoreError`] when the disk or the file fails.
            pub fn $put(tx: &Write, row: &$row) -> Result<(), StoreError> {
                tx.table_mut($table)?.insert(&row.$part.bytes(), encode(row).as_slice())?;
                Ok(())
            }

            #[doc = concat!("Forgets the ", stringify!($what), ".")]
            ///
            /// # Errors
            /// [`StoreError`] when the disk or the file fails.
            pub fn $remove(tx: &Write, key: &$key) -> Result<(), StoreError> {
                tx.table_mut($table)?.remove(&key.bytes())?;
                Ok(())
            }

            #[doc = concat!("At most `limit` of every ", stringify!($what), ", by name, the last first.")]
            ///
            /// # Errors
            /// [`StoreError`] when the disk or the file fails.
            pub fn $all(tx: &impl View, limit: usize) -> Result<Vec<$row>, StoreError> {
                latest(tx, $table, $name, limit)
            }
        )+
    };
}

rows!(OriginalRow, ORIGINALS, "originals", Did, did, contact: contact, put_contact, remove_contact, contacts;);
rows!(TalkRow, ORIGINAL_TALKS, "original talks", ConversationId, id, talk: talk, put_talk, remove_talk, talks;);
rows!(OriginalItemRow, ORIGINAL_ITEMS, "original items", ItemId, id, item: item, put_item, remove_item, items;);
rows!(OriginalOutRow, ORIGINAL_OUT, "original out", MessageId, id, message: outgoing, put_outgoing, remove_outgoing, all_outgoing;);

fn latest<const N: usize, R: DeserializeOwned>(
    tx: &impl View,
    table: Rows<N>,
    name: &str,
    limit: usize,
) -> Result<Vec<R>, StoreError> {
    tx.table(table)?.iter()?.rev().take(limit).map(|entry| decode(name, entry?.1.value())).collect()
}

/// Returns what an envelope of this scope (a key, or whatever else the sender is told apart by) and id was answered.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn seen(tx: &impl View, scope: &Digest, id: &str) -> Result<Option<OriginalSeenRow>, StoreError> {
    let key: [u8; 64] = pair(scope, &Digest::of(id.as_bytes()));
    tx.table(ORIGINAL_SEEN)?.get(&key)?.map(|bytes| decode("original seen", bytes.value())).transpose()
}

/// Keeps what an envelope was answered.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn put_seen(tx: &Write, scope: &Digest, id: &str, row: &OriginalSeenRow) -> Result<(), StoreError> {
    let id = Digest::of(id.as_bytes());
    let key: [u8; 64] = pair(scope, &id);
    tx.table_mut(ORIGINAL_SEEN)?.insert(&key, encode(row).as_slice())?;
    let by_end: [u8; 72] = triple(&row.keep_until, scope, &id);
    tx.table_mut(ORIGINAL_SEEN_BY_END)?.insert(&by_end, ())?;
    Ok(())
}

/// Forgets what no envelope can come again for; how many that were.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn forget_seen(tx: &Write, now: Timestamp) -> Result<usize, StoreError> {
    let (mut rows, mut by_end) = (tx.table_mut(ORIGINAL_SEEN)?, tx.table_mut(ORIGINAL_SEEN_BY_END)?);
    let over = due(&*by_end, now, ERASED_AT_ONCE)?;
    for key in &over {
        by_end.remove(key)?;
        rows.remove(&tail::<64>(key))?;
    }
    Ok(over.len())
}

/// Returns whether something could be forgotten.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn has_due(tx: &impl View, now: Timestamp) -> Result<bool, StoreError> {
    Ok(!due(&*tx.table(ORIGINAL_SEEN_BY_END)?, now, 1)?.is_empty())
}
