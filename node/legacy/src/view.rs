//! Views of contacts, talks and items of agents of the original.

use ai2ai_api::views::{
    ContactView, ConversationLine, ConversationView, ItemView, MessageView, OutboxView, PendingView, UNVERIFIED,
};
use ai2ai_core::content::{Reply, times_in};
use ai2ai_core::inbox::snooze::snoozed;
use ai2ai_core::lookup::contact::name_of;
use ai2ai_core::txn::Step;
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::original::Fingerprint;
use ai2ai_protocol::time::Timestamp;
use ai2ai_protocol::trust::Trust;
use ai2ai_store::View;
use ai2ai_store::contacts::{self, LegacyContactRow};
use ai2ai_store::inbox::LegacyItemRow;
use ai2ai_store::originals::{self, SaidRow, TalkRow};
use ai2ai_store::outbox::{self, LegacyOutboxRow};

use crate::compose::Outgoing;
use crate::decide::answer;
use crate::{TALKS, talk};

/// Word for how such contacts are met.
const MET: &str = "http";
/// Key in the place of an unknown one, where nothing proves who wrote.
const NOBODY: [u8; 32] = [0; 32];

/// View of a contact.
pub fn contact_view(row: LegacyContactRow) -> ContactView {
    ContactView {
        did: row.did,
        name: row.name,
        agent: row.agent,
        human: row.human,
        trust: Trust::Known,
        blocked: row.blocked,
        last_seen: row.last_seen,
        path: None,
        met: MET.to_owned(),
        clock_ahead_s: None,
        compared_at: None,
        dnssec: None,
        fingerprint: Some(Fingerprint::of(row.did.key()).to_string()),
        endpoint: Some(row.endpoint),
    }
}

/// Views of all talks, each in one line.
///
/// # Errors
/// When the database fails.
pub fn lines(tx: &impl View, now: Timestamp) -> Step<Vec<ConversationLine>> {
    originals::talks(tx, TALKS)?.into_iter().map(|talk| line(tx, talk, now)).collect()
}

fn line(tx: &impl View, talk: TalkRow, now: Timestamp) -> Step<ConversationLine> {
    Ok(ConversationLine {
        id: talk.id,
        with: name_of(tx, &talk.with)?,
        did: talk.with,
        intent: talk.intent.to_string(),
        state: talk::phase(&talk, now),
        subject: talk.subject,
        terms_hash: None,
        touched_at: talk.touched_at,
        cancelled: false,
    })
}

/// View of a talk, whole.
///
/// # Errors
/// When the database fails.
pub fn conversation_view(tx: &impl View, us: &str, talk: &TalkRow, now: Timestamp) -> Step<ConversationView> {
    let with = name_of(tx, &talk.with)?;
    let mut messages = Vec::with_capacity(talk.said.len());
    for said in &talk.said {
        let waiting = outbox::get_legacy(tx, &said.id)?.map(|row| row.delivery.state().to_string());
        messages.push(message_view(said, if said.ours { us } else { &with }, waiting));
    }
    let agreed = talk.accepted.as_ref().filter(|_| talk.phase == Phase::Confirmed);
    Ok(ConversationView {
        id: talk.id,
        did: talk.with,
        intent: talk.intent.to_string(),
        state: talk::phase(talk, now),
        terms: agreed.map(|time| [("time".to_owned(), time.as_str().into())].into_iter().collect()),
        terms_hash: None,
        terms_by: None,
        pending_act: None,
        cancelled: Vec::new(),
        not_cancelled: None,
        messages,
        with,
    })
}

fn message_view(said: &SaidRow, who: &str, delivery: Option<String>) -> MessageView {
    MessageView {
        id: said.id,
        side: if said.ours { "us" } else { "them" }.to_owned(),
        who: who.to_owned(),
        kind: said.kind,
        intent: said.intent.as_ref().map(ToString::to_string).unwrap_or_default(),
        timestamp: said.timestamp,
        at: said.at,
        payload: said.payload.clone(),
        delivery: said.delivery.clone().or(delivery),
    }
}

fn kind_name(item: &LegacyItemRow) -> &'static str {
    match (item.with, &item.came) {
        (None, _) => UNVERIFIED,
        (Some(_), Some(_)) => "incoming",
        (Some(_), None) => "draft",
    }
}

/// Name of whom an item is with: the owner's, as it is now; else what they claim.
fn who_of(tx: &impl View, item: &LegacyItemRow) -> Step<String> {
    let contact = item.with.map(|did| contacts::find(tx, &did)).transpose()?.flatten();
    Ok(contact.map_or_else(|| item.who.clone(), |contact| contact.name().to_owned()))
}

/// View of an item in a line.
///
/// # Errors
/// When the database fails.
pub fn pending_view(tx: &impl View, item: LegacyItemRow, snoozed_until: Option<Timestamp>) -> Step<PendingView> {
    let who = who_of(tx, &item)?;
    Ok(PendingView {
        snoozed_until,
        id: item.id,
        conversation: item.talk,
        kind: kind_name(&item).to_owned(),
        intent: item.came.as_ref().and_then(|came| came.intent.as_ref()).map(ToString::to_string),
        who,
        summary: item.summary,
        digest: item.digest,
        expires_at: item.expires_at,
        folded: false,
    })
}

/// View of an item, whole.
///
/// # Errors
/// `choice_needed`, `no_such_choice` or `unverified`; or the database failed.
pub fn item_view(tx: &impl View, item: LegacyItemRow) -> Step<ItemView> {
    let sends = answer(tx, &item, &Reply::default()).ok().flatten();
    // Whom nothing proves is not answered, so there is nothing to choose.
    let menu = item.came.as_ref().filter(|_| item.with.is_some());
    let choices = menu.map(|came| times_in(&came.payload)).unwrap_or_default();
    let who = who_of(tx, &item)?;
    let next = next(&item, &who, sends.as_ref(), &choices);
    Ok(ItemView {
        id: item.id,
        kind: kind_name(&item).to_owned(),
        conversation: item.talk,
        did: item.with.unwrap_or_else(|| Did::from_bytes(NOBODY)),
        verified: item.with.is_some(),
        compared_at: None,
        met: if item.with.is_some() { MET } else { "they wrote over HTTP, and nothing proves who they are" }.to_owned(),
        intent: item.came.as_ref().and_then(|came| came.intent.as_ref()).map(ToString::to_string),
        came_in: item.came.as_ref().map(|came| message_view(came, &who, None)),
        who,
        choices,
        sends_kind: sends.as_ref().map(|out| out.kind),
        sends: sends.map(|out| out.payload),
        terms: None,
        terms_hash: None,
        next,
        why: None,
        unanswered: "If you do nothing, nothing is sent.".to_owned(),
        snoozed_until: snoozed(tx)?.until(&item.id),
        digest: item.digest,
        made_at: item.made_at,
        expires_at: item.expires_at,
    })
}

fn next(item: &LegacyItemRow, who: &str, sends: Option<&Outgoing>, choices: &[String]) -> String {
    match (item.with, sends) {
        (None, _) => "Nothing proves who wrote this. Approving notes that you have seen it, rejecting throws it away; \
                      either tells them nothing. `ai2ai add https://…` makes an agent a contact."
            .to_owned(),
        (Some(_), Some(out)) if choices.is_empty() || out.kind != ai2ai_protocol::envelope::Kind::Response => {
            format!("Approving sends this {} to {who}. Their agent can show no approval of its human's.", out.kind)
        }
        (Some(_), _) if !choices.is_empty() => {
            format!(
                "Choosing one of their times accepts it; {who} still has to confirm it. Words without a choice say only those."
            )
        }
        (Some(_), _) => "Approving notes that you have seen it; words that you add are sent as your answer.".to_owned(),
    }
}

/// View of a message of ours, and how far it is.
///
/// # Errors
/// When the database fails.
pub fn outbox_view(tx: &impl View, row: LegacyOutboxRow) -> Step<OutboxView> {
    Ok(OutboxView {
        id: row.id,
        to: name_of(tx, &row.to)?,
        conversation: row.talk,
        state: row.delivery.state().to_string(),
        custody: Vec::new(),
        attempts: row.delivery.attempts(),
        next_attempt_at: row.delivery.next_attempt_at(),
        last_error: row.delivery.last_error().map(str::to_owned),
        kind: Some(row.kind),
        about: row.about,
        held: row.delivery.is_held(),
        expires_at: row.expires_at,
    })
}
