//! Contacts: found by name, added, trusted, blocked and forgotten.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::trust::Trust;
use ai2ai_store::contacts::{self, ContactRow};
use ai2ai_store::{View, cards, inbox};

use crate::inbound::{limits, quarantine};
use crate::outbound::receipts;
use crate::people::mandates;
use crate::txn::{Step, Txn};
use crate::{audit, rotation};

/// Finds the contact that `who` names: by `did`, by the owner's name for them, or by their agent's name. Whole names only.
///
/// # Errors
/// Unknown, or ambiguous with the candidates listed.
pub fn contact(tx: &impl View, who: &str) -> Step<ContactRow> {
    let one = match who.parse::<Did>() {
        Ok(did) => contacts::get(tx, &did)?,
        Err(_) => contacts::by_name(tx, who)?,
    };
    if let Some(one) = one {
        return Ok(one);
    }
    let all = contacts::all(tx)?;
    let named = |name: &str| name.to_lowercase() == who.to_lowercase();
    let exact: Vec<&ContactRow> = all.iter().filter(|row| row.did.to_string() == who || named(&row.name)).collect();
    let matches = if exact.is_empty() { all.iter().filter(|row| named(row.agent.as_str())).collect() } else { exact };
    match matches.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(Failure::new(Exit::Unknown, ErrorCode::UnknownContact, format!("no contact is called {who:?}"))
            .hint("see `ai2ai contacts`; add someone with `ai2ai add`")
            .into()),
        many => {
            let names: Vec<String> = many.iter().map(|row| format!("{} ({})", row.name, row.did)).collect();
            let message = format!("{who:?} could be {}", names.join(" or "));
            Err(Failure::new(Exit::Unknown, ErrorCode::AmbiguousContact, message)
                .hint("use the name you gave them, or the did")
                .into())
        }
    }
}

/// Finds the contact of this identity.
///
/// # Errors
/// When they are no contact.
pub fn with(tx: &impl View, did: &Did) -> Step<ContactRow> {
    let unknown = || Failure::new(Exit::Unknown, ErrorCode::UnknownContact, format!("no contact is called \"{did}\""));
    Ok(contacts::get(tx, did)?.ok_or_else(|| unknown().hint("see `ai2ai contacts`; add someone with `ai2ai add`"))?)
}

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

/// Makes someone a contact at level *known*, under the owner's name for them. What they sent before is let in.
///
/// # Errors
/// `name_taken` or `own_identity`; or the database failed.
pub fn add(txn: &mut Txn<'_, '_>, introduction: &Introduction, name: Option<String>) -> Step<ContactRow> {
    add_with_factor(txn, introduction, name, "typed")
}

/// Makes someone a contact as [`add`] does, with the audit's factor for what stands for the owner's word.
///
/// # Errors
/// `name_taken` or `own_identity`; or the database failed.
pub(crate) fn add_with_factor(
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
    learn(txn, card)?;
    audit::record(txn, "add", Some(row.did), None, factor, "done")?;
    quarantine::release(txn, &row)?;
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

/// Keeps a verified card if it is newer than the one that is kept. A card of an older sequence, or under an older
/// delegation, never replaces one.
///
/// # Errors
/// When the database fails.
pub fn learn(txn: &mut Txn<'_, '_>, card: &Card) -> Step<()> {
    let known = cards::get(txn.tx, card.did())?.map(|row| Card::read(&row.bytes));
    let newer = match known {
        Some(Ok(known)) => card.supersedes(&known),
        Some(Err(_)) | None => true,
    };
    if newer {
        cards::put(txn.tx, card.did(), &cards::CardRow { bytes: card.bytes().to_vec(), received_at: txn.now })?;
    }
    Ok(())
}

/// Notes that a contact is there now, and makes what waits for them due. Returns whether they are a contact.
///
/// # Errors
/// When the database fails.
pub fn seen(txn: &mut Txn<'_, '_>, card: &Card) -> Step<bool> {
    let Some(row) = contacts::get(txn.tx, card.did())? else { return Ok(false) };
    learn(txn, card)?;
    let row = ContactRow { last_seen: Some(txn.now), ..row };
    contacts::put(txn.tx, &row)?;
    rotation::note_delegation(txn, &row, card.delegation().sequence())?;
    receipts::hurry(txn, card.did())?;
    Ok(true)
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

/// Forgets a contact. Conversations stay; they are a stranger from now on.
///
/// # Errors
/// `ambiguous_contact` or `unknown_contact`; or the database failed.
pub fn forget(txn: &mut Txn<'_, '_>, who: &str) -> Step<ContactRow> {
    let row = contact(txn.tx, who)?;
    contacts::remove(txn.tx, &row.did)?;
    mandates::revoke_all_of(txn, &row.did)?;
    limits::forget(txn, &row.did)?;
    audit::record(txn, "forget", Some(row.did), None, "typed", "done")?;
    Ok(row)
}
