//! Decisions of the owner on an item that an agent of the original brought. Whoever calls has found it as it was shown.

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::event_name::EventName;
use ai2ai_api::views::DecisionView;
use ai2ai_core::audit;
use ai2ai_core::content::{Reply, Words, times_in};
use ai2ai_core::decisions::replies::edited_draft;
use ai2ai_core::error::{DecideError, DialectError, ReplyError};
use ai2ai_core::txn::{Step, Txn};
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::envelope::Kind;
use ai2ai_store::View;
use ai2ai_store::contacts::{self, LegacyContactRow};
use ai2ai_store::inbox::{self, LegacyItemRow};
use ai2ai_store::originals::{self, SaidRow, TalkRow};
use serde_json::Value;

use crate::compose::{self, Outgoing, Signer, translate};
use crate::talk::{definite, is_offered};

/// Content that approving an item with these wishes sends; none for an item that is only noted.
///
/// # Errors
/// When the wishes do not fit the item.
pub fn answer(tx: &impl View, item: &LegacyItemRow, reply: &Reply) -> Step<Option<Outgoing>> {
    let talk = match &item.talk {
        Some(talk) => originals::talk(tx, talk)?,
        None => None,
    };
    if item.with.is_none() {
        return match *reply == Reply::default() {
            true => Ok(None),
            false => Err(DialectError::Unverified.into()),
        };
    }
    if *reply == Reply::default()
        && let Some(words) = item.draft.clone().and_then(Words::of_object)
    {
        return Ok(Some(translate(words)));
    }
    let (Some(talk), Some(came)) = (talk, item.came.as_ref()) else {
        return Ok(edited_draft(item.draft.clone(), reply)?.map(translate));
    };
    reply_to(&talk, came, reply)
}

/// Content of a reply to what came in. Only a chosen time, or an approval of a time that they took, accepts anything: words
/// never do.
///
/// # Errors
/// [`ReplyError::NoSuchTime`] or [`DialectError::ChoiceNeeded`].
pub fn reply_to(talk: &TalkRow, came: &SaidRow, reply: &Reply) -> Step<Option<Outgoing>> {
    let choices = times_in(&came.payload);
    if let Some(choice) = reply.choose {
        let time = choice.checked_sub(1).and_then(|place| choices.get(place));
        let time = time.ok_or(ReplyError::NoSuchTime { choice, proposed: choices.len() })?;
        return Ok(Some(Outgoing::accepting(talk, time, reply.text.as_deref())));
    }
    if let Some(terms) = &reply.terms {
        let mut payload = words(reply.text.as_deref());
        payload.insert("counter_proposal".to_owned(), Value::Object(terms.clone()));
        return Ok(Some(Outgoing::new(Kind::Response, talk, payload)));
    }
    if !reply.times.is_empty() {
        let mut payload = words(reply.text.as_deref());
        payload.insert("proposed_times".to_owned(), reply.times.clone().into());
        return Ok(Some(Outgoing::new(Kind::Response, talk, payload)));
    }
    if reply.text.is_some() {
        return Ok(Some(Outgoing::new(Kind::Response, talk, words(reply.text.as_deref()))));
    }
    match (came.kind, definite(&came.payload)) {
        (Kind::Response, Some(time)) if is_offered(talk, time) => Ok(Some(Outgoing::confirming(talk, time))),
        (Kind::Confirm, Some(time)) => Ok(Some(Outgoing::confirming(talk, time))),
        (_, _) if !choices.is_empty() => Err(DialectError::ChoiceNeeded { proposed: choices.len() }.into()),
        (_, _) => Ok(None),
    }
}

fn words(text: Option<&str>) -> Object {
    text.map(|text| ("message".to_owned(), text.into())).into_iter().collect()
}

/// Approves an item: sends what it says would be sent, or notes what came in.
///
/// # Errors
/// Refused by a room that it calls; or the database failed.
pub fn approve(
    txn: &mut Txn<'_, '_>,
    item: &LegacyItemRow,
    reply: &Reply,
    factor: &AuditFactor,
    signer: &Signer<'_>,
) -> Step<DecisionView> {
    let sent = match answer(txn.tx, item, reply)? {
        Some(out) => {
            let with = contact_of(txn, item)?;
            let named = item.opens.clone().unwrap_or_else(|| txn.new_conversation().to_string());
            Some(compose::say_named(txn, &with, (item.talk, named), out, signer)?)
        }
        None => None,
    };
    inbox::remove(txn.tx, &item.id)?;
    audit::record(txn, &AuditAction::Approve, item.with, Some(item.id), factor, &AuditOutcome::Done)?;
    txn.tell(EventName::Decided, format!("{} is approved", item.id), item.with, item.talk);
    Ok(DecisionView {
        id: item.id,
        decision: "approved".to_owned(),
        conversation: sent.as_ref().map(|sent| sent.talk).or(item.talk),
        state: sent.as_ref().map(|sent| sent.phase.to_string()),
        message: sent.map(|sent| sent.id),
    })
}

/// Rejects an item: ends the talk that a request opened, drops a draft, or forgets what nothing proves.
///
/// # Errors
/// Refused by a room that it calls; or the database failed.
pub fn reject(
    txn: &mut Txn<'_, '_>,
    item: &LegacyItemRow,
    reason: Option<&str>,
    signer: &Signer<'_>,
) -> Step<DecisionView> {
    if reason.is_some() && (item.talk.is_none() || item.came.is_none()) {
        return Err(DecideError::NoReader { item: item.id, admits: false }.into());
    }
    let talk = match (&item.talk, &item.came) {
        (Some(talk), Some(came)) if reason.is_some() || !matches!(came.kind, Kind::Message | Kind::Inform) => {
            originals::talk(txn.tx, talk)?
        }
        (_, _) => None,
    };
    let sent = match talk {
        Some(talk) => {
            let out = Outgoing::rejecting(&talk, reason);
            Some(compose::say(txn, &contact_of(txn, item)?, Some(talk.id), out, signer)?)
        }
        None => None,
    };
    inbox::remove(txn.tx, &item.id)?;
    audit::record(txn, &AuditAction::Reject, item.with, Some(item.id), &AuditFactor::Typed, &AuditOutcome::Done)?;
    txn.tell(EventName::Decided, format!("{} is rejected", item.id), item.with, item.talk);
    Ok(DecisionView {
        id: item.id,
        decision: "rejected".to_owned(),
        conversation: item.talk,
        state: sent.as_ref().map(|sent| sent.phase.to_string()),
        message: sent.map(|sent| sent.id),
    })
}

fn contact_of(txn: &Txn<'_, '_>, item: &LegacyItemRow) -> Step<LegacyContactRow> {
    let row = item.with.map(|did| contacts::get_legacy(txn.tx, &did)).transpose()?.flatten();
    Ok(row.ok_or(DecideError::NoContact)?)
}
