//! What the owner or their agent says to an agent of the original: the owner's words are sent, the agent's wait as a draft.

use ai2ai_api::command::Role;
use ai2ai_api::views::SentView;
use ai2ai_core::content::{Reply, Words};
use ai2ai_core::decisions::replies::check_not_overtaken;
use ai2ai_core::error::{DialectError, ReplyError};
use ai2ai_core::txn::{Step, Txn};
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::id::ConversationId;
use ai2ai_store::View;
use ai2ai_store::contacts::{self, LegacyContactRow};
use ai2ai_store::originals::TalkRow;

use crate::compose::{self, Outgoing, Signer, translate};
use crate::decide::reply_to;
use crate::items;

/// Opens a talk with these words.
///
/// # Errors
/// Refused by a room that it calls; or the database failed.
pub fn open(
    txn: &mut Txn<'_, '_>,
    role: Role,
    row: &LegacyContactRow,
    words: Words,
    signer: &Signer<'_>,
) -> Step<SentView> {
    match role {
        Role::Owner => sent(txn, row, None, translate(words), signer),
        Role::Agent => drafted(txn, row, None, &words),
    }
}

/// Answers in a talk.
///
/// # Errors
/// As [`answer`]; refused by a room that it calls; or the database failed.
pub fn reply(txn: &mut Txn<'_, '_>, role: Role, talk: &TalkRow, reply: &Reply, signer: &Signer<'_>) -> Step<SentView> {
    let (row, out) = answer(txn.tx, talk, reply)?;
    match role {
        Role::Owner => sent(txn, &row, Some(talk.id), out, signer),
        Role::Agent => {
            let words = Words { kind: out.kind, intent: out.intent, payload: out.payload, in_reply_to: None };
            drafted(txn, &row, Some(talk.id), &words)
        }
    }
}

/// Whom an answer in this talk goes to, and its content.
///
/// # Errors
/// [`DialectError`] or [`ReplyError`]; or the database failed.
pub fn answer(tx: &impl View, talk: &TalkRow, reply: &Reply) -> Step<(LegacyContactRow, Outgoing)> {
    let row = contacts::get_legacy(tx, &talk.with)?.ok_or(DialectError::NoContact)?;
    let heard = talk.said.iter().rev().find(|said| !said.ours);
    check_not_overtaken(reply, heard.map(|came| came.id))?;
    let out = match heard {
        Some(came) => reply_to(talk, came, reply)?,
        None => reply.text.as_deref().map(|text| {
            let payload = [("message".to_owned(), text.into())].into_iter().collect();
            Outgoing::new(Kind::Response, talk, payload)
        }),
    };
    let out = out.ok_or(ReplyError::Empty)?;
    Ok((row, out))
}

/// Refusal of calling off what was agreed in a talk: the original has no word for that.
pub fn no_cancel(talk: &TalkRow) -> DialectError {
    DialectError::NoCancel(talk.id)
}

fn sent(
    txn: &mut Txn<'_, '_>,
    row: &LegacyContactRow,
    talk: Option<ConversationId>,
    out: Outgoing,
    signer: &Signer<'_>,
) -> Step<SentView> {
    let sent = compose::say(txn, row, talk, out, signer)?;
    Ok(SentView::queued(sent.id, sent.talk, sent.phase.to_string()))
}

fn drafted(
    txn: &mut Txn<'_, '_>,
    row: &LegacyContactRow,
    talk: Option<ConversationId>,
    words: &Words,
) -> Step<SentView> {
    let item = items::raise_draft(txn, row, talk, words)?;
    let conversation = match item.talk {
        Some(talk) => talk,
        None => txn.new_conversation(),
    };
    let why = "agents of the original are told nothing without the owner";
    Ok(SentView::drafted(item.id, conversation, why.to_owned()))
}
