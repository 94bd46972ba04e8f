//! Contacts: added, trusted and blocked; and the keys of their agents.

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::event_name::EventName;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::trust::Trust;
use ai2ai_store::contacts::{self, AnyContact, ContactRow, LegacyContactRow};
use ai2ai_store::wire::Wire;
use ai2ai_store::{inbox, outbox};

use crate::audit;
use crate::error::ContactError;
use crate::lookup::contact::{contact, find};
use crate::people::{cards, mandates};
use crate::txn::{Step, Txn};

/// Introduction of somebody: their card, how they were met, and where they can be reached.
#[derive(Debug, Clone)]
pub struct Introduction {
    /// The card that they showed.
    pub card: Card,
    /// `mdns`, `dns`, `https`, `by_hand`, `invite` or `came`.
    pub met: String,
    /// Addresses at which they were found.
    pub addresses: Vec<String>,
    /// The domain that the owner looked up to find them.
    pub domain: Option<String>,
    /// DNSSEC state of that domain's records.
    pub dnssec: Option<&'static str>,
}

/// Makes someone a contact at level *known*, under the owner's name for them, with the audit's factor for what stands for the
/// owner's word.
///
/// # Errors
/// `name_taken` or `own_identity`; or the database failed.
pub(crate) fn add(
    txn: &mut Txn<'_, '_>,
    introduction: &Introduction,
    name: Option<String>,
    factor: &AuditFactor,
) -> Step<ContactRow> {
    let card = &introduction.card;
    if card.did() == txn.me.did() {
        return Err(ContactError::OwnIdentity.into());
    }
    let row = match contacts::find(txn.tx, card.did())? {
        Some(Wire::Native(row)) => ContactRow {
            trust: if row.trust == Trust::None { Trust::Known } else { row.trust },
            name: name.unwrap_or(row.name),
            addresses: introduction.addresses.clone(),
            domain: introduction.domain.clone().or(row.domain),
            ..row
        },
        Some(Wire::Legacy(row)) => from_legacy(txn, introduction, row, name)?,
        None => new_contact(txn, introduction, name),
    };
    check_name(txn, &row)?;
    contacts::put(txn.tx, &row)?;
    cards::learn(txn, card)?;
    audit::record(txn, &AuditAction::Add, Some(row.did), None, factor, &AuditOutcome::Done)?;
    Ok(row)
}

/// A contact of the original who shows a card: the same key, which can prove more now. What waits on the wire that they leave goes;
/// what was said there can be read on.
fn from_legacy(
    txn: &mut Txn<'_, '_>,
    introduction: &Introduction,
    row: LegacyContactRow,
    name: Option<String>,
) -> Step<ContactRow> {
    for item in inbox::all_of_contact(txn.tx, &row.did)?.into_iter().filter_map(Wire::legacy) {
        inbox::remove(txn.tx, &item.id)?;
    }
    for message in outbox::all_legacy(txn.tx)?.into_iter().filter(|message| message.to == row.did) {
        outbox::remove(txn.tx, &message.id)?;
    }
    let name = name.unwrap_or(row.name);
    Ok(ContactRow { blocked: row.blocked, ..new_contact(txn, introduction, Some(name)) })
}

fn new_contact(txn: &Txn<'_, '_>, introduction: &Introduction, name: Option<String>) -> ContactRow {
    let card = &introduction.card;
    ContactRow {
        did: *card.did(),
        name: name.unwrap_or_else(|| card.human().to_string()),
        agent: card.agent().clone(),
        human: card.human().clone(),
        trust: Trust::Known,
        blocked: false,
        met: introduction.met.clone(),
        addresses: introduction.addresses.clone(),
        domain: introduction.domain.clone(),
        added_at: txn.now,
        last_seen: Some(txn.now),
        delegation: card.delegation().sequence(),
        clock_ahead_s: None,
        compared_at: None,
    }
}

fn check_name(txn: &Txn<'_, '_>, row: &ContactRow) -> Step<()> {
    match contacts::by_name(txn.tx, &row.name)?.filter(|other| *other.did() != row.did) {
        None => Ok(()),
        Some(other) => Err(ContactError::NameTaken { name: row.name.clone(), by: *other.did() }.into()),
    }
}

/// Name that nobody else has: this one, with the end of their key if it is taken. Nobody takes another's name, nor is kept out
/// by it.
///
/// # Errors
/// When the database fails.
pub(crate) fn free_name(txn: &Txn<'_, '_>, did: &Did, wanted: String) -> Step<String> {
    let taken = contacts::by_name(txn.tx, &wanted)?.is_some_and(|row| row.did() != did);
    let key = did.to_string();
    Ok(if taken { format!("{wanted} {}", &key[key.len() - 6..]) } else { wanted })
}

/// Notes an owner's newer delegation, which makes the older ones void from the moment that this node saw it.
///
/// # Errors
/// When the database fails.
pub(crate) fn note_delegation(txn: &mut Txn<'_, '_>, contact: &ContactRow, delegation: u64) -> Step<()> {
    if delegation <= contact.delegation {
        return Ok(());
    }
    contacts::put(txn.tx, &ContactRow { delegation, ..contact.clone() })?;
    txn.has_to_last();
    audit::record(txn, &AuditAction::NewKey, Some(contact.did), None, &AuditFactor::Delegation, &AuditOutcome::Done)?;
    let detail = format!("{}'s agent has a new key, by their owner's own signature", contact.name);
    txn.tell(EventName::NewKey, detail, Some(contact.did), None);
    Ok(())
}

/// Sets how far a contact is trusted.
///
/// # Errors
/// `ambiguous_contact` or `unknown_contact`; or the database failed.
pub fn trust(txn: &mut Txn<'_, '_>, who: &str, level: Trust, factor: &AuditFactor) -> Step<ContactRow> {
    let row = ContactRow { trust: level, ..contact(txn.tx, who)? };
    if level != Trust::Trusted {
        mandates::revoke_all_of(txn, &row.did)?;
    }
    contacts::put(txn.tx, &row)?;
    audit::record(txn, &AuditAction::Trust, Some(row.did), None, factor, &AuditOutcome::Done)?;
    Ok(row)
}

/// Blocks or unblocks a contact, by key. What a blocked contact had waiting for the owner goes away, and nobody who is blocked is
/// trusted: to unblock takes no PIN, and so must not let the agent act again.
///
/// # Errors
/// `ambiguous_contact` or `unknown_contact`; or the database failed.
pub fn block(txn: &mut Txn<'_, '_>, who: &str, blocked: bool) -> Step<AnyContact> {
    let row = match find(txn.tx, who)? {
        Wire::Native(row) => {
            let trust = if blocked { row.trust.min(Trust::Known) } else { row.trust };
            let row = ContactRow { blocked, trust, ..row };
            contacts::put(txn.tx, &row)?;
            Wire::Native(row)
        }
        Wire::Legacy(row) => {
            let row = LegacyContactRow { blocked, ..row };
            contacts::put_legacy(txn.tx, &row)?;
            Wire::Legacy(row)
        }
    };
    let did = *row.did();
    if blocked {
        mandates::revoke_all_of(txn, &did)?;
        for item in inbox::all_of_contact(txn.tx, &did)? {
            inbox::remove(txn.tx, &item.id())?;
        }
    }
    let what = if blocked { &AuditAction::Block } else { &AuditAction::Unblock };
    audit::record(txn, what, Some(did), None, &AuditFactor::Typed, &AuditOutcome::Done)?;
    Ok(row)
}
