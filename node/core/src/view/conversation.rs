//! Views of conversations and agreements.

use ai2ai_api::views::{AgreementView, ConversationLine, ConversationView, MessageView, PendingActView};
use ai2ai_protocol::agreement;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::conversation::{Act, Side};
use ai2ai_protocol::envelope::Content;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::conversations::ConversationRow;
use ai2ai_store::messages::{self, MessageRow};
use ai2ai_store::{View, cards, outbox};

use crate::cancel;
use crate::context::Me;
use crate::error::ExportError;
use crate::lookup::contact::name_of;
use crate::lookup::conversation::standing_terms;
use crate::txn::Step;
use crate::view::rows::{side_name, view_of};

/// A conversation in one line.
///
/// # Errors
/// When the database fails.
pub fn line(tx: &impl View, row: ConversationRow, now: Timestamp) -> Step<ConversationLine> {
    let machine = row.machine.at(now);
    Ok(ConversationLine {
        id: row.id,
        with: name_of(tx, &row.with)?,
        did: row.with,
        intent: row.intent.to_string(),
        subject: row.subject,
        state: machine.phase(now),
        terms_hash: machine.report(now).terms,
        touched_at: row.touched_at,
        cancelled: machine.cancelled().is_any(),
    })
}

/// A conversation, whole.
///
/// # Errors
/// `unknown_conversation`; or the database failed.
pub fn view(tx: &impl View, me: &Me, row: &ConversationRow, now: Timestamp, for_agent: bool) -> Step<ConversationView> {
    let with = name_of(tx, &row.with)?;
    let rows = if for_agent { messages::cleared_of(tx, &row.id)? } else { messages::of(tx, &row.id)? };
    let said: Vec<MessageView> =
        rows.iter().map(|row| message_view(tx, row, me, &with)).filter_map(Step::transpose).collect::<Step<_>>()?;
    let machine = row.machine.at(now);
    let pending_act = machine.pending().map(|pending| PendingActView {
        id: pending.message,
        act: act_name(&pending.act).to_owned(),
        delivery: said
            .iter()
            .find(|message| message.id == pending.message)
            .and_then(|message| message.delivery.clone()),
    });
    let report = machine.report(now);
    Ok(ConversationView {
        id: row.id,
        with,
        did: row.with,
        intent: row.intent.to_string(),
        state: report.phase,
        terms: standing_terms(tx, me.did(), row)?,
        terms_hash: report.terms,
        terms_by: machine.standing().map(|standing| side_name(standing.by).to_owned()),
        pending_act,
        cancelled: cancel::cancellations(tx, me, row)?,
        not_cancelled: cancel::failed_attempt(tx, row, &rows)?,
        messages: said,
    })
}

fn act_name(act: &Act) -> &'static str {
    match act {
        Act::Talk => "talk",
        Act::Offer { .. } => "offer",
        Act::Confirm { .. } => "confirm",
        Act::Reject => "reject",
        Act::Cancel { .. } => "cancel",
    }
}

fn message_view(tx: &impl View, row: &MessageRow, me: &Me, with: &str) -> Step<Option<MessageView>> {
    let Ok(content) = Content::of_stored(&row.bytes) else { return Ok(None) };
    let (who, delivery) = match row.side {
        Side::Us => {
            (me.sender.human.to_string(), outbox::get(tx, &row.id)?.map(|row| row.delivery.state().to_string()))
        }
        Side::Them => (with.to_owned(), None),
    };
    Ok(Some(view_of(&content, row.side, who, row.at, delivery)))
}

/// The agreement that a confirmed conversation holds, as one file.
///
/// # Errors
/// [`ExportError`]; or the database failed.
pub fn agreement(tx: &impl View, me: &Me, row: &ConversationRow, own_card: Option<&Card>) -> Step<AgreementView> {
    let agreed = row.machine.agreement().ok_or(ExportError::NotConfirmed(row.id))?;
    let (offer, confirm, terms_hash) = agreed;
    let said = messages::of(tx, &row.id)?;
    let bytes = |id| said.iter().find(|message| message.id == id).map(|message| message.bytes.clone());
    let (Some(offer), Some(confirm)) = (bytes(offer), bytes(confirm)) else {
        return Err(ExportError::Incomplete.into());
    };
    let theirs = cards::get(tx, &row.with)?.and_then(|card| Card::read(&card.bytes).ok());
    let off: Vec<Vec<u8>> = cancel::messages_of(row).filter_map(bytes).collect();
    let off: Vec<&[u8]> = off.iter().map(Vec::as_slice).collect();
    let cards: Vec<&Card> = own_card.into_iter().chain(theirs.as_ref()).collect();
    let file = agreement::write(&offer, &confirm, &off, &cards);
    let file = file.map_err(|why| ExportError::Invalid { why, of: *me.did() })?;
    let text = String::from_utf8_lossy(&file).into_owned();
    let cancelled = cancel::cancellations(tx, me, row)?;
    Ok(AgreementView { conversation: row.id, terms_hash, text, cancelled })
}
