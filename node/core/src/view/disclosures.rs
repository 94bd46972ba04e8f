//! Disclosures: what was told to whom, read off the envelopes that were sent, so that it says neither more nor less than they did.

use std::collections::{HashMap, HashSet};

use ai2ai_api::audit::AuditFactor;
use ai2ai_api::views::ToldView;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::conversation::Side;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::{Content, Kind};
use ai2ai_protocol::id::MessageId;
use ai2ai_store::contacts::ContactRow;
use ai2ai_store::messages::{self, MessageRow};
use ai2ai_store::{View as Tables, audit, conversations, outbox};

use crate::lookup::LISTED;
use crate::lookup::contact::{contact, name_of};
use crate::txn::Step;

/// Conversations whose messages are looked at: the latest.
const LOOKED_AT: usize = 10_000;
/// Entries of the audit that are looked through for who approved what: the newest.
const LOOKED_BACK: usize = 100_000;
/// Members of a payload that say nothing of the owner: they only name what came before.
pub(crate) const REFERENCES: [&str; 3] = ["replaces", "terms_hash", "conversation"];

/// Finds whom this names: a contact, or the identity of somebody who is none any more.
///
/// # Errors
/// `ambiguous_contact` or `unknown_contact`; or the database failed.
pub fn recipient(tx: &impl Tables, who: &str) -> Step<Did> {
    match contact(tx, who) {
        Ok(row) => Ok(row.did),
        Err(unknown) => who.parse().map_err(|_| unknown),
    }
}

/// View of what the card tells every contact, and whoever else connects to this node.
pub fn card_view(card: &Card, row: &ContactRow) -> ToldView {
    const SHOWN: [&str; 7] = ["human", "agent", "nodes", "mailboxes", "intents", "languages", "timezone"];
    let mut content = Object::new();
    for name in SHOWN {
        content.extend(card.object().get(name).map(|value| (name.to_owned(), value.clone())));
    }
    if let Some(nodes) = content.get_mut("nodes").and_then(|nodes| nodes.as_array_mut()) {
        // Prekeys tell nothing of anybody.
        nodes.iter_mut().filter_map(|node| node.as_object_mut()).for_each(|node| drop(node.remove("prekeys")));
    }
    ToldView {
        at: row.added_at,
        to: row.did,
        name: row.name.clone(),
        message: None,
        conversation: None,
        kind: None,
        intent: None,
        what: content.keys().cloned().collect(),
        content,
        approval: "public".to_owned(),
        factor: None,
        delivery: None,
    }
}

/// Disclosures to one person, or to everybody, in messages.
///
/// # Errors
/// When the database fails.
pub fn sent(tx: &impl Tables, to: Option<Did>) -> Step<Vec<ToldView>> {
    let rows = match &to {
        Some(did) => conversations::with(tx, did, LOOKED_AT)?,
        None => conversations::latest(tx, LOOKED_AT)?,
    };
    let mut said: Vec<(Did, MessageRow, Content)> = Vec::new();
    for row in rows {
        for message in messages::of(tx, &row.id)?.into_iter().filter(|message| message.side == Side::Us) {
            if let Ok(content) = Content::of_stored(&message.bytes) {
                said.push((row.with, message, content));
            }
        }
    }
    said.sort_by_key(|(_, message, _)| (message.at, message.id));
    let said = said.split_off(said.len().saturating_sub(LISTED));
    let factors = factors(tx, said.iter().filter(|(_, _, content)| !is_receipt(content)).map(|(_, row, _)| row.id))?;
    said.into_iter().map(|(to, message, content)| told_view(tx, to, &message, &content, &factors)).collect()
}

fn is_receipt(content: &Content) -> bool {
    content.kind() == Kind::Receipt
}

/// Factors by which these messages were approved, as the audit has them.
fn factors(tx: &impl Tables, wanted: impl Iterator<Item = MessageId>) -> Step<HashMap<MessageId, AuditFactor>> {
    let mut wanted: HashSet<MessageId> = wanted.collect();
    let mut found = HashMap::new();
    audit::look_back(tx, LOOKED_BACK, |row| {
        if let Some(message) = row.message.filter(|message| wanted.remove(message)) {
            found.insert(message, row.factor.as_str().into());
        }
        !wanted.is_empty()
    })?;
    Ok(found)
}

fn told_view(
    tx: &impl Tables,
    to: Did,
    message: &MessageRow,
    content: &Content,
    factors: &HashMap<MessageId, AuditFactor>,
) -> Step<ToldView> {
    let approved = content.approval().and_then(|approval| approval.get("by")?.as_str());
    let factor = factors.get(&message.id).cloned();
    let approval = match (approved, &factor) {
        _ if is_receipt(content) => "settings",
        (Some(by), _) => by,
        (None, Some(factor)) if factor.is_mandate() => "mandate",
        (None, _) => "owner",
    };
    let names = content.payload().keys().filter(|name| !REFERENCES.contains(&name.as_str()));
    Ok(ToldView {
        at: message.at,
        to,
        name: name_of(tx, &to)?,
        message: Some(message.id),
        conversation: Some(message.conversation),
        kind: Some(content.kind()),
        intent: Some(content.intent().to_string()),
        what: names.cloned().collect(),
        content: content.payload().clone(),
        approval: approval.to_owned(),
        factor,
        delivery: outbox::get(tx, &message.id)?.map(|row| row.delivery.state().to_string()),
    })
}
