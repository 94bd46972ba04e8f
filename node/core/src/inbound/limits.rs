//! Rate limits of senders: who sends more than the settings allow is asked to come again.
//!
//! Only a contact has buckets of its own, and the owner adds contacts one by one. All others, blocked contacts too, share one. So what is
//! kept does not grow with the number of identities that somebody makes up, and nothing is ever evicted to be reset. It is kept in
//! the store, in the transaction of what was taken in: a restart opens no flood.

use std::time::Duration;

use ai2ai_api::doctor::{OK, WARN, line};
use ai2ai_api::event_name::EventName;
use ai2ai_api::settings::Limits;
use ai2ai_api::views::DoctorView;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::rate::{Bucket, Rate};
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::contacts::{self, ContactRow};
use ai2ai_store::{View, kv};
use serde::{Deserialize, Serialize};

use crate::txn::{Step, Txn};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
/// Time for which the doctor tells that somebody was asked to come again; a watcher is told once in this time.
const RECENT: Duration = HOUR;
/// Key under which it is stored what strangers have sent.
const STRANGERS: &str = "rate/strangers";

/// Usage of one sender, or of all strangers together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sent {
    messages: Bucket,
    #[serde(default)]
    bytes: Bucket,
    /// Times that they were asked to come again since [`Sent::since`].
    #[serde(default)]
    refused: u64,
    /// Beginning of that count.
    #[serde(default)]
    since: Option<Timestamp>,
}

impl Sent {
    fn of(tx: &impl View, name: &str) -> Step<Self> {
        let text = kv::get(tx, name)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// One more was refused; whether it is the first in a while.
    fn refused(&mut self, now: Timestamp) -> bool {
        let first = self.since.is_none_or(|since| now.since(since) >= RECENT || since > now);
        if first {
            (self.refused, self.since) = (0, Some(now));
        }
        self.refused += 1;
        first
    }
}

fn name_of(did: &Did) -> String {
    format!("rate/{did}")
}

fn messages(limits: &Limits) -> Rate {
    Rate { most: limits.messages_per_minute, per: MINUTE }
}

fn bytes(limits: &Limits) -> Rate {
    Rate { most: limits.bytes_per_minute, per: MINUTE }
}

fn strangers(limits: &Limits) -> Rate {
    Rate { most: limits.strangers_per_hour, per: HOUR }
}

/// Counts a new envelope of a contact, of so many bytes.
///
/// Answers in how many seconds they are to come again, when it is too much for now.
///
/// # Errors
/// When the database fails.
pub(crate) fn count_contact(txn: &mut Txn<'_, '_>, contact: &ContactRow, size: usize) -> Step<Result<(), u32>> {
    let by_message = messages(&txn.me.limits);
    let by_byte = bytes(&txn.me.limits);
    let name = name_of(&contact.did);
    let size = u64::try_from(size).unwrap_or(u64::MAX);
    let now = txn.now;
    let mut sent = Sent::of(txn.tx, &name)?;
    let room = sent.messages.has_room(1, &by_message, now) && sent.bytes.has_room(size, &by_byte, now);
    let counted = if room {
        sent.messages = sent.messages.taken(1, &by_message, now);
        sent.bytes = sent.bytes.taken(size, &by_byte, now);
        Ok(())
    } else {
        let (messages, wait) = sent.messages.again(1, &by_message, now);
        let (bytes, longer) = sent.bytes.again(size, &by_byte, now);
        (sent.messages, sent.bytes) = (messages, bytes);
        if sent.refused(now) {
            let detail = format!("{} sends more than your limits allow, and is asked to come again", contact.name);
            txn.tell(EventName::Limited, detail, Some(contact.did), None);
        }
        Err(whole_seconds(wait.max(longer)))
    };
    keep_sent(txn, &name, &sent)?;
    Ok(counted)
}

/// Counts an envelope that is held of a stranger; whether there is room for it. They are not told when to come again: it would tell
/// them how many others there are.
///
/// # Errors
/// When the database fails.
pub fn count_stranger(txn: &mut Txn<'_, '_>) -> Step<bool> {
    let rate = strangers(&txn.me.limits);
    let now = txn.now;
    let mut sent = Sent::of(txn.tx, STRANGERS)?;
    let room = sent.messages.has_room(1, &rate, now);
    if room {
        sent.messages = sent.messages.taken(1, &rate, now);
    } else if sent.refused(now) {
        txn.tell(EventName::Limited, "more strangers write than your limits allow".to_owned(), None, None);
    }
    keep_sent(txn, STRANGERS, &sent)?;
    Ok(room)
}

/// Forgets what a contact sent, when the contact is forgotten.
///
/// # Errors
/// When the database fails.
pub(crate) fn forget(txn: &mut Txn<'_, '_>, did: &Did) -> Step<()> {
    Ok(kv::remove(txn.tx, &name_of(did))?)
}

fn keep_sent(txn: &mut Txn<'_, '_>, name: &str, sent: &Sent) -> Step<()> {
    let text = serde_json::to_string(sent).unwrap_or_default();
    Ok(kv::put(txn.tx, name, &text)?)
}

/// Seconds, rounded up: who comes when told is not too early.
fn whole_seconds(wait: Duration) -> u32 {
    let up = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    u32::try_from(up.max(1)).unwrap_or(u32::MAX)
}

/// The doctor's line about who was asked to come again lately.
///
/// # Errors
/// When the database fails.
pub fn doctor_line(tx: &impl View, now: Timestamp) -> Step<DoctorView> {
    let mut told = Vec::new();
    let named = contacts::all(tx)?.into_iter().map(|row| (name_of(&row.did), row.name));
    for (name, who) in named.chain([(STRANGERS.to_owned(), "strangers".to_owned())]) {
        let sent = Sent::of(tx, &name)?;
        if sent.since.is_some_and(|since| now.since(since) < RECENT && since <= now) {
            told.push(format!("{who} ({} times)", sent.refused));
        }
    }
    if told.is_empty() {
        return Ok(line("limits", OK, "nobody was asked to come again in the last hour", None));
    }
    let fix = "If that is too strict, raise the bound in [limits] of config.toml; else block whoever it is.".to_owned();
    Ok(line("limits", WARN, format!("asked to come again: {}", told.join(", ")), Some(fix)))
}
