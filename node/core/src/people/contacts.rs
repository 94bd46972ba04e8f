//! Contacts: added, trusted and blocked; and the keys of their agents.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::trust::Trust;
use ai2ai_store::contacts::{self, ContactRow};
use ai2ai_store::inbox;

use crate::audit;
use crate::lookup::contact::contact;
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
    factor: &str,
) -> Step<ContactRow> {
    let card = &introduction.card;
    if card.did() == txn.me.did() {
        return Err(Failure::new(Exit::Usage, ErrorCode::OwnIdentity, "that is you").into());
    }
    let row = match contacts::get(txn.tx, card.did())? {
        Some(row) => ContactRow {
            trust: if row.trust == Trust::None { Trust::Known } else { row.trust },
            name: name.unwrap_or(row.name),
            addresses: introduction.addresses.clone(),
            domain: introduction.domain.clone().or(row.domain),
            ..row
        },
        None => new_contact(txn, introduction, name)?,
    };
    check_name(txn, &row)?;
    contacts::put(txn.tx, &row)?;
    cards::learn(txn, card)?;
    audit::record(txn, "add", Some(row.did), None, factor, "done")?;
    Ok(row)
}

fn new_contact(txn: &mut Txn<'_, '_>, introduction: &Introduction, name: Option<String>) -> Step<ContactRow> {
    let card = &introduction.card;
    Ok(ContactRow {
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
    })
}

fn check_name(txn: &Txn<'_, '_>, row: &ContactRow) -> Step<()> {
    let same = |other: &ContactRow| other.did != row.did && other.name.to_lowercase() == row.name.to_lowercase();
    match contacts::all(txn.tx)?.into_iter().find(same) {
        None => Ok(()),
        Some(other) => Err(Failure::new(
            Exit::Refused,
            ErrorCode::NameTaken,
            format!("{:?} is already your name for {}", row.name, other.did),
        )
        .hint("give this one another: `ai2ai add WHO --as NAME`")
        .into()),
    }
}

/// Name that nobody else has: this one, with the end of their key if it is taken. Nobody takes another's name, nor is kept out
/// by it.
///
/// # Errors
/// When the database fails.
pub(crate) fn free_name(txn: &Txn<'_, '_>, did: &Did, wanted: String) -> Step<String> {
    let taken = contacts::by_name(txn.tx, &wanted)?.is_some_and(|row| row.did != *did);
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
    audit::record(txn, "new_key", Some(contact.did), None, "delegation", "done")?;
    let detail = format!("{}'s agent has a new key, by their owner's own signature", contact.name);
    txn.tell("new_key", detail, Some(contact.did), None);
    Ok(())
}

/// Sets how far a contact is trusted.
///
/// # Errors
/// `ambiguous_contact` or `unknown_contact`; or the database failed.
pub fn trust(txn: &mut Txn<'_, '_>, who: &str, level: Trust, factor: &str) -> Step<ContactRow> {
    let row = ContactRow { trust: level, ..contact(txn.tx, who)? };
    if level != Trust::Trusted {
        mandates::revoke_all_of(txn, &row.did)?;
    }
    contacts::put(txn.tx, &row)?;
    audit::record(txn, "trust", Some(row.did), None, factor, "done")?;
    Ok(row)
}

/// Blocks or unblocks a contact, by key. What a blocked contact had waiting for the owner goes away, and nobody who is blocked is
/// trusted: to unblock takes no PIN, and so must not let the agent act again.
///
/// # Errors
/// `ambiguous_contact` or `unknown_contact`; or the database failed.
pub fn block(txn: &mut Txn<'_, '_>, who: &str, blocked: bool) -> Step<ContactRow> {
    let row = contact(txn.tx, who)?;
    let trust = if blocked { row.trust.min(Trust::Known) } else { row.trust };
    let row = ContactRow { blocked, trust, ..row };
    contacts::put(txn.tx, &row)?;
    if blocked {
        mandates::revoke_all_of(txn, &row.did)?;
        for item in inbox::of_contact(txn.tx, &row.did)? {
            inbox::remove(txn.tx, &item.id)?;
        }
    }
    audit::record(txn, if blocked { "block" } else { "unblock" }, Some(row.did), None, "typed", "done")?;
    Ok(row)
}
