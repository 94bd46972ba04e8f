//! Outbound policy: what leaves by itself, and what waits for the owner.

use ai2ai_api::audit::{AuditAction, AuditFactor};
use ai2ai_api::command::Role;
use ai2ai_api::views::SentView;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::id::{ConversationId, MandateId};
use ai2ai_protocol::key::OwnerKey;
use ai2ai_protocol::policy::{self, Departure, Reason};
use ai2ai_protocol::terms;
use ai2ai_protocol::time::Timestamp;
use ai2ai_protocol::trust::Trust;
use ai2ai_store::contacts::{self, ContactRow};
use ai2ai_store::inbox::ItemRow;
use ai2ai_store::{View, conversations};
use serde_json::Value;

use crate::audit;
use crate::content::Words;
use crate::error::SendError;
use crate::inbox::items;
use crate::lookup::conversation::standing_terms;
use crate::outbound::compose::{self, Said};
use crate::people::mandates::{self, granted, stopped};
use crate::txn::{Step, Txn};

/// Sends content for the owner, or for the agent as far as policy lets it; else it waits for the owner.
///
/// # Errors
/// Refused by a room that it calls; or the database failed.
pub fn send(
    txn: &mut Txn<'_, '_>,
    role: Role,
    with: &ContactRow,
    conversation: ConversationId,
    words: Words,
    owner: Option<&OwnerKey>,
) -> Step<SentView> {
    if role == Role::Owner {
        let what = if words.cancels() { AuditAction::Cancel } else { AuditAction::Say };
        let said = compose::say(txn, with, conversation, words, owner)?;
        let factor = owner.map_or(AuditFactor::Typed, |_| AuditFactor::of_owner_key(txn.me.has_pin));
        audit::record_message(txn, &what, with.did, None, &factor, Some(said.id))?;
        return Ok(sent(said, None));
    }
    let intent = words.intent.clone();
    let terms = terms_of(txn.tx, txn.me.did(), &conversation, &words)?;
    let granted = granted(txn.tx, &with.did, txn.now)?;
    let departure = policy::leaves(&policy::Leaving {
        trust: with.trust,
        intent: &intent,
        kind: words.kind,
        terms: terms.as_ref(),
        mandates: &granted,
        with: &with.did,
        now: txn.now,
    });
    match departure {
        Departure::Go(mandate) => {
            let said = compose::say(txn, with, conversation, words, mandate)?;
            mandates::record_use(txn, mandate, with, &said.id)?;
            Ok(sent(said, Some(mandate.of().id)))
        }
        Departure::AskOwner(reason) => {
            compose::check(txn, with, conversation, &words)?;
            let item = items::raise_draft(txn, with, conversation, &words)?;
            Ok(SentView::drafted(item.id, conversation, reason.to_string()))
        }
        Departure::Refuse(reason) => Err(SendError::Policy(reason).into()),
    }
}

/// Terms that content puts on the table; or those of the other side that it confirms, if they are the ones that stand.
fn terms_of(tx: &impl View, me: &Did, conversation: &ConversationId, words: &Words) -> Step<Option<Object>> {
    if words.kind != Kind::Confirm {
        return Ok(words.payload.get("terms").and_then(Value::as_object).cloned());
    }
    let Some(row) = conversations::get(tx, conversation)? else { return Ok(None) };
    let hash = words.payload.get("terms_hash").and_then(Value::as_str);
    let standing = standing_terms(tx, me, &row)?;
    Ok(standing.filter(|terms| hash == Some(&terms::hash(terms).to_string())))
}

/// Reason why the agent's draft waits, for an owner who trusts its recipient and may wonder; none where nobody would expect it
/// to leave.
///
/// # Errors
/// When the database fails.
pub(crate) fn why_it_waits(tx: &impl View, me: &Did, item: &ItemRow, now: Timestamp) -> Step<Option<String>> {
    let (Some(words), Some(conversation)) = (item.draft.clone().and_then(Words::of_object), item.conversation) else {
        return Ok(None);
    };
    let Some(with) = contacts::get(tx, &item.with)?.filter(|with| with.trust == Trust::Trusted) else {
        return Ok(None);
    };
    if stopped(tx)?.is_some() {
        return Ok(Some("you have stopped it: `ai2ai panic --over` lets it act again".to_owned()));
    }
    let terms = terms_of(tx, me, &conversation, &words)?;
    let granted = granted(tx, &with.did, now)?;
    let departure = policy::leaves(&policy::Leaving {
        trust: with.trust,
        intent: &words.intent,
        kind: words.kind,
        terms: terms.as_ref(),
        mandates: &granted,
        with: &with.did,
        now,
    });
    Ok(match departure {
        Departure::AskOwner(Reason::Outside(outside)) => Some(outside.to_string()),
        Departure::AskOwner(Reason::NoMandate) => Some("there is no mandate that holds now".to_owned()),
        Departure::AskOwner(Reason::UnknownTerms) => Some("the terms that it confirms are not known here".to_owned()),
        Departure::AskOwner(Reason::OwnersAlone) => Some("calling off what was agreed is yours alone".to_owned()),
        Departure::AskOwner(Reason::Trust(_) | Reason::NodesOwn) | Departure::Go(_) | Departure::Refuse(_) => None,
    })
}

fn sent(said: Said, mandate: Option<MandateId>) -> SentView {
    SentView { mandate, ..SentView::queued(said.id, said.conversation, said.phase.to_string()) }
}
