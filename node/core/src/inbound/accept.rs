//! A contact's envelope is accepted with its effect, or refused by its conversation.

use ai2ai_api::event_name::EventName;
use ai2ai_protocol::approval::Approval;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::conversation::{Act, Conversation, Side};
use ai2ai_protocol::envelope::{Kind, VerifiedEnvelope};
use ai2ai_protocol::policy;
use ai2ai_protocol::receipt::{Outcome, Receipt};
use ai2ai_protocol::terms::act_of;
use ai2ai_store::contacts::ContactRow;
use ai2ai_store::conversations::{self, ConversationRow, LastHeard};
use ai2ai_store::inbox;
use ai2ai_store::messages::{self, MessageRow};

use crate::cancel;
use crate::content::headline;
use crate::inbound::{cards, late_receipts, replay};
use crate::inbox::items;
use crate::lookup::conversation::standing_terms;
use crate::outbound::receipts;
use crate::people::contacts;
use crate::txn::{Step, Txn};

/// Seconds after which a sender is to come again who has too many items waiting for the owner.
const ITEMS_AGAIN_S: u32 = 900;

/// Act of an envelope, and its conversation after it.
struct Fit {
    row: ConversationRow,
    act: Act,
}

/// Gives a contact's envelope its effect, or the refusal that its conversation has for it.
///
/// # Errors
/// When the database fails.
pub(crate) fn accept(
    txn: &mut Txn<'_, '_>,
    envelope: &VerifiedEnvelope,
    contact: &ContactRow,
    clearance: policy::Clearance,
) -> Step<Receipt> {
    contacts::note_delegation(txn, contact, envelope.delegation().sequence())?;
    let state = match envelope.kind() {
        Kind::Ping => {
            cards::learn_from_ping(txn, envelope)?;
            None
        }
        Kind::Receipt => {
            late_receipts::take_in(txn, envelope)?;
            None
        }
        Kind::Message | Kind::Request | Kind::Response | Kind::Confirm | Kind::Reject | Kind::Inform => {
            match fit(txn, envelope)? {
                Ok(fit) => {
                    let report = fit.row.machine.report(txn.now);
                    take_effect(txn, envelope, contact, fit, clearance)?;
                    Some(report)
                }
                Err(code) => return refuse(txn, envelope, code),
            }
        }
    };
    let receipt = replay::answer(txn, envelope, Outcome::Accepted, state);
    replay::remember(txn, envelope, &receipt)?;
    Ok(receipt)
}

/// Refuses a contact's envelope, and says how their conversation stands. What is refused for good stays refused.
///
/// # Errors
/// When the database fails.
pub(crate) fn refuse(txn: &mut Txn<'_, '_>, envelope: &VerifiedEnvelope, code: Code) -> Step<Receipt> {
    let found = conversations::get(txn.tx, &envelope.conversation())?;
    let state = match found.filter(|row| row.with == envelope.from().did) {
        Some(row) => {
            let row = up_to_date(txn, row)?;
            receipts::note_rejection_told(txn, &row)?;
            Some(row.machine.report(txn.now))
        }
        None => None,
    };
    let retry_after_s = (code == Code::RateLimited).then_some(ITEMS_AGAIN_S);
    let receipt = Receipt { retry_after_s, ..replay::answer(txn, envelope, Outcome::Refused(code), state) };
    if !code.is_passing() {
        replay::remember(txn, envelope, &receipt)?;
    }
    Ok(receipt)
}

/// Asks everything that can refuse an act. A contact who has too much waiting is asked to come again.
fn fit(txn: &mut Txn<'_, '_>, envelope: &VerifiedEnvelope) -> Step<Result<Fit, Code>> {
    let found = match conversations::get(txn.tx, &envelope.conversation())? {
        Some(row) => Some(up_to_date(txn, row)?),
        None => None,
    };
    let standing = match &found {
        Some(row) if row.with == envelope.from().did => standing_terms(txn.tx, txn.me.did(), row)?,
        Some(_) | None => None,
    };
    let most = txn.me.limits.items_per_contact;
    if found.is_none() && inbox::count_of_contact(txn.tx, &envelope.from().did, most)? >= most {
        return Ok(Err(Code::RateLimited));
    }
    Ok(fits(txn, envelope, found, standing))
}

/// A conversation that has expired is stored so before anybody is told, so that no clock turned back revives it.
fn up_to_date(txn: &mut Txn<'_, '_>, row: ConversationRow) -> Step<ConversationRow> {
    let machine = row.machine.at(txn.now);
    if machine == row.machine {
        return Ok(row);
    }
    let row = ConversationRow { machine, touched_at: txn.now, ..row };
    conversations::put(txn.tx, &row)?;
    Ok(row)
}

fn fits(
    txn: &Txn<'_, '_>,
    envelope: &VerifiedEnvelope,
    found: Option<ConversationRow>,
    standing: Option<Object>,
) -> Result<Fit, Code> {
    let act = act_of(envelope).map_err(|refusal| refusal.code)?;
    match (&act, &standing) {
        (Act::Confirm { .. }, Some(terms)) => Approval::check_confirm(envelope, terms).map(drop)?,
        (Act::Offer { .. } | Act::Confirm { .. } | Act::Cancel { .. }, _) => Approval::check(envelope).map(drop)?,
        (Act::Talk | Act::Reject, _) => {}
    }
    let row = match found {
        Some(row) if row.with != envelope.from().did => return Err(Code::NotAParty),
        Some(row) => row,
        None if opens(envelope, &act) => opened_by_them(txn, envelope),
        None => return Err(Code::UnknownConversation),
    };
    txn.me.limits.budget().check(&act, row.messages, row.opened_at, txn.now)?;
    let machine = row.machine.hear(envelope.id(), &act, envelope.expires_at(), txn.now)?;
    let messages = row.messages + 1;
    let heard = LastHeard::Last(envelope.id());
    Ok(Fit { row: ConversationRow { machine, touched_at: txn.now, messages, heard, ..row }, act })
}

fn opened_by_them(txn: &Txn<'_, '_>, envelope: &VerifiedEnvelope) -> ConversationRow {
    ConversationRow {
        id: envelope.conversation(),
        with: envelope.from().did,
        intent: envelope.intent().clone(),
        subject: headline(envelope.payload()),
        machine: Conversation::open(Side::Them, txn.now),
        opened_at: txn.now,
        touched_at: txn.now,
        messages: 0,
        heard: LastHeard::Nothing,
    }
}

fn take_effect(
    txn: &mut Txn<'_, '_>,
    envelope: &VerifiedEnvelope,
    contact: &ContactRow,
    fit: Fit,
    clearance: policy::Clearance,
) -> Step<()> {
    let Fit { row, act } = fit;
    conversations::put(txn.tx, &row)?;
    let cleared = envelope.clone().clear(clearance);
    messages::append(
        txn.tx,
        &MessageRow {
            conversation: row.id,
            sender: contact.did,
            id: cleared.id(),
            side: Side::Them,
            digest: cleared.digest(),
            at: txn.now,
            cleared: true,
            read_at: None,
            bytes: cleared.bytes().to_vec(),
        },
    )?;
    if let Some(answered) = envelope.in_reply_to() {
        receipts::answered(txn, &contact.did, &answered)?;
    }
    match act {
        Act::Confirm { .. } | Act::Reject => items::settle_item(txn, &row)?,
        Act::Talk | Act::Offer { .. } => items::raise_incoming(txn, envelope, contact, &row)?,
        Act::Cancel { .. } => cancel::raise_notice(txn, envelope, contact, &row)?,
    }
    let phase = row.machine.phase(txn.now);
    let says = if matches!(act, Act::Cancel { .. }) { "cancel" } else { envelope.kind().as_str() };
    let detail = format!("{} says {says} in {} ({}): {phase}", contact.name, row.id, row.intent);
    txn.tell(EventName::Arrived, detail, Some(contact.did), Some(row.id));
    Ok(())
}

/// Returns whether an envelope may open a conversation: it is no answer, and settles nothing.
fn opens(envelope: &VerifiedEnvelope, act: &Act) -> bool {
    let may = matches!(envelope.kind(), Kind::Request | Kind::Message | Kind::Inform) && !act.closes();
    may && envelope.in_reply_to().is_none()
}
