//! Inbound envelopes of the original: answered as before, held as unverified, or heard in their talk, in one transaction.

use std::time::Duration;

use ai2ai_api::event_name::EventName;
use ai2ai_core::content::headline;
use ai2ai_core::inbound::limits;
use ai2ai_core::txn::{Step, Txn};
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::original::{Agreement, OpenedOriginal, OriginalAnswer, OriginalReason, VerifiedOriginal};
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::View;
use ai2ai_store::contacts::{self, LegacyContactRow};
use ai2ai_store::inbox;
use ai2ai_store::originals::{self, OriginalSeenRow, SaidRow, TalkRow};
use serde_json::Value;

use crate::talk::{self, Heard};
use crate::{ITEMS, TALKS, UNVERIFIED_ITEMS, items};

/// Time that an answer is kept for a repeat: far longer than an envelope is taken.
const SEEN_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// Items of one name that nothing proves.
const PER_NAME: usize = 3;

/// Check that the contact may send one more envelope now.
pub type Count<'a> = &'a (dyn Fn(&Did) -> Result<(), u32> + Send + Sync);

/// Takes an envelope in that is no ping, and gives its answer. A repeat gets its first answer, before its age is judged.
///
/// # Errors
/// When the database fails.
pub fn arrive(txn: &mut Txn<'_, '_>, opened: OpenedOriginal, count: Count<'_>) -> Step<OriginalAnswer> {
    if !opened.is_for(txn.me.sender.agent.as_str()) {
        return Ok(OriginalAnswer::refused(OriginalReason::InvalidEnvelope));
    }
    match sender(txn.tx, opened)? {
        Ok((verified, row)) => {
            let scope = Digest::from_bytes(row.did.to_bytes());
            once(txn, &scope, &verified.clone(), |txn| from_contact(txn, verified, &row, count))
        }
        Err(opened) => {
            let scope = Digest::of(format!("unverified\n{}", opened.from().agent).as_bytes());
            once(txn, &scope, &opened.clone(), |txn| hold_unverified(txn, &opened))
        }
    }
}

/// Gives the answer of before to what comes again, else that of `judge`, which is kept unless it only says to come again.
fn once(
    txn: &mut Txn<'_, '_>,
    scope: &Digest,
    envelope: &OpenedOriginal,
    judge: impl FnOnce(&mut Txn<'_, '_>) -> Step<Result<OriginalAnswer, OriginalReason>>,
) -> Step<OriginalAnswer> {
    if let Some(seen) = originals::seen(txn.tx, scope, envelope.id())? {
        let same = seen.digest == envelope.digest();
        let first = OriginalAnswer { status: seen.status, body: seen.body };
        return Ok(if same { first } else { OriginalAnswer::refused(OriginalReason::ReplayDetected) });
    }
    if let Err(reason) = envelope.check_age(txn.now) {
        return Ok(OriginalAnswer::refused(reason));
    }
    let answer = match judge(txn)? {
        Err(reason) => return Ok(OriginalAnswer::refused(reason)),
        Ok(answer) => answer,
    };
    let status = answer.status;
    let body = answer.body.clone();
    let keep_until = txn.now + SEEN_KEPT;
    let row = OriginalSeenRow { digest: envelope.digest(), status, body, keep_until };
    originals::put_seen(txn.tx, scope, envelope.id(), &row)?;
    Ok(answer)
}

fn from_contact(
    txn: &mut Txn<'_, '_>,
    envelope: VerifiedOriginal,
    row: &LegacyContactRow,
    count: Count<'_>,
) -> Step<Result<OriginalAnswer, OriginalReason>> {
    if row.blocked {
        // As a stranger is answered, and nobody sees it.
        return Ok(Ok(OriginalAnswer::pending(envelope.id(), envelope.conversation())));
    }
    if count(&row.did).is_err() {
        return Ok(Err(OriginalReason::RateLimited));
    }
    contacts::put_legacy(txn.tx, &LegacyContactRow { last_seen: Some(txn.now), ..row.clone() })?;
    if envelope.kind() == Kind::Receipt {
        apply_receipt(txn, &envelope, row)?;
        return Ok(Ok(OriginalAnswer::ok(envelope.id(), envelope.conversation())));
    }
    let named = envelope.conversation().unwrap_or(envelope.id());
    let id = talk::talk_id(&row.did, named);
    let opens = matches!(envelope.kind(), Kind::Request | Kind::Message | Kind::Inform);
    let mut talk = match originals::talk(txn.tx, &id)? {
        Some(talk) => talk,
        None if !opens => return Ok(Err(OriginalReason::UnknownConversation)),
        None if originals::talks(txn.tx, TALKS)?.len() >= TALKS => return Ok(Err(OriginalReason::RateLimited)),
        None => opened_by_them(txn, &envelope, row, named),
    };
    let said = said_row(txn, &envelope);
    let heard = match talk::hear(&mut talk, said.clone(), txn.now) {
        Err(reason) => return Ok(Err(reason)),
        Ok(heard) => heard,
    };
    match heard {
        Heard::Settled => items::settle(txn, &talk.id)?,
        Heard::ForOwner if !items::raise_incoming(txn, row, &talk, said)? => {
            return Ok(Err(OriginalReason::RateLimited));
        }
        Heard::ForOwner => {}
    }
    originals::put_talk(txn.tx, &talk)?;
    let detail = format!("{} says {} in {} ({})", row.name, envelope.kind(), talk.id, talk.intent);
    txn.tell(EventName::Arrived, detail, Some(row.did), Some(talk.id));
    Ok(Ok(match heard {
        Heard::ForOwner if envelope.kind() == Kind::Request => {
            OriginalAnswer::pending(envelope.id(), envelope.conversation())
        }
        Heard::ForOwner | Heard::Settled => OriginalAnswer::ok(envelope.id(), envelope.conversation()),
    }))
}

fn opened_by_them(txn: &Txn<'_, '_>, envelope: &OpenedOriginal, row: &LegacyContactRow, named: &str) -> TalkRow {
    let relay = || "message.relay".parse().unwrap_or_else(|_| unreachable!("it is an intent"));
    TalkRow {
        id: talk::talk_id(&row.did, named),
        named: named.to_owned(),
        with: row.did,
        intent: envelope.intent().cloned().unwrap_or_else(relay),
        subject: headline(&envelope.payload().to_object()),
        phase: Phase::Proposed,
        accepted: None,
        said: Vec::new(),
        opened_at: txn.now,
        touched_at: txn.now,
    }
}

fn said_row(txn: &mut Txn<'_, '_>, envelope: &OpenedOriginal) -> SaidRow {
    SaidRow {
        id: txn.new_message(),
        ours: false,
        kind: envelope.kind(),
        intent: envelope.intent().cloned(),
        timestamp: envelope.timestamp(),
        at: txn.now,
        payload: envelope.payload().to_object(),
        delivery: None,
    }
}

/// Shows the owner what nothing proves as that, if it asks for something and there is room. It moves no talk.
fn hold_unverified(txn: &mut Txn<'_, '_>, envelope: &OpenedOriginal) -> Step<Result<OriginalAnswer, OriginalReason>> {
    match envelope.kind() {
        Kind::Request | Kind::Message | Kind::Inform => {}
        Kind::Response | Kind::Confirm | Kind::Reject | Kind::Receipt | Kind::Ping => {
            return Ok(Err(OriginalReason::UnknownConversation));
        }
    }
    let items = inbox::all_legacy(txn.tx)?;
    let unverified = items.iter().filter(|item| item.with.is_none());
    let who = claim(envelope);
    let of_name = unverified.clone().filter(|item| item.who == who).count();
    let full = items.len() as u64 >= ITEMS || unverified.count() >= UNVERIFIED_ITEMS || of_name >= PER_NAME;
    if full || !limits::count_stranger(txn)? {
        return Ok(Err(OriginalReason::RateLimited));
    }
    let said = said_row(txn, envelope);
    items::raise_unverified(txn, who, said)?;
    Ok(Ok(OriginalAnswer::pending(envelope.id(), envelope.conversation())))
}

/// Notes what a contact tells of a message of ours to them: only that it was read, and of nobody else's.
fn apply_receipt(txn: &mut Txn<'_, '_>, envelope: &OpenedOriginal, row: &LegacyContactRow) -> Step<()> {
    let payload = envelope.payload().to_object();
    let text = |name: &str| payload.get(name).and_then(Value::as_str);
    let Some(message) = text("messageId").filter(|_| text("status") == Some("read")) else { return Ok(()) };
    for mut talk in originals::talks(txn.tx, TALKS)? {
        let ours = talk.said.iter_mut().find(|said| said.ours && said.id.to_string() == message);
        if let Some(said) = ours.filter(|said| talk.with == row.did && said.delivery.is_some()) {
            said.delivery = Some("read".to_owned());
            originals::put_talk(txn.tx, &talk)?;
            return Ok(());
        }
    }
    Ok(())
}

/// Returns whether an agent of a contact goes by this name.
///
/// # Errors
/// When the database fails.
pub fn is_agent_of_contact(tx: &impl View, name: &str) -> Step<bool> {
    Ok(contacts::all_legacy(tx)?.iter().any(|row| row.agent == name))
}

/// Notes a ping of a contact that is signed with the pinned key: they are there, and payloads can be encrypted to its key. The
/// pinned key stays what it is.
///
/// # Errors
/// When the database fails.
pub fn note_ping(txn: &mut Txn<'_, '_>, opened: OpenedOriginal) -> Step<()> {
    if opened.check_age(txn.now).is_err() {
        return Ok(());
    }
    let Ok((ping, row)) = sender(txn.tx, opened)? else { return Ok(()) };
    let offered = ping.payload().to_object();
    let offered = offered.get("x25519_public_key").and_then(Value::as_str);
    let newer = row.last_seen.is_none_or(|seen: Timestamp| ping.timestamp() >= seen.whole_second());
    let agreement = offered.filter(|text| newer && Agreement::read(text).is_ok()).map(str::to_owned);
    let agreement = agreement.or_else(|| row.agreement.clone());
    contacts::put_legacy(txn.tx, &LegacyContactRow { agreement, last_seen: Some(txn.now), ..row })?;
    Ok(())
}

/// Name that they claim.
fn claim(envelope: &OpenedOriginal) -> String {
    let from = envelope.from();
    let human = from.human.as_deref().map(|human| format!(" of {human}")).unwrap_or_default();
    format!("claims to be {}{human}, unverified", from.agent)
}

/// Finds the contact whose agent it names, if its signature is that contact's.
fn sender(
    tx: &impl View,
    opened: OpenedOriginal,
) -> Step<Result<(VerifiedOriginal, LegacyContactRow), Box<OpenedOriginal>>> {
    let mut opened = Box::new(opened);
    for row in contacts::all_legacy(tx)? {
        if row.agent != opened.from().agent {
            continue;
        }
        opened = match opened.verify(row.did.key()) {
            Ok(verified) => return Ok(Ok((verified, row))),
            Err(opened) => opened,
        };
    }
    Ok(Err(opened))
}
