//! Contacts, found by what a person or a program calls them.

use ai2ai_protocol::did::Did;
use ai2ai_store::View;
use ai2ai_store::contacts::{self, AnyContact, ContactRow};

use crate::error::UnknownContact;
use crate::txn::Step;

/// Finds the contact that `who` names, on whichever wire: by `did`, by the owner's name for them, or by their agent's name. Whole
/// names only. The owner's name for one comes before what another calls their agent.
///
/// # Errors
/// Unknown, or ambiguous with the candidates listed.
pub fn find(tx: &impl View, who: &str) -> Step<AnyContact> {
    let exact = match who.parse::<Did>() {
        Ok(did) => contacts::find(tx, &did)?,
        Err(_) => contacts::by_name(tx, who)?,
    };
    if let Some(one) = exact {
        return Ok(one);
    }
    let agent = who.to_lowercase();
    let mut fitting = contacts::everyone(tx)?;
    fitting.retain(|row| row.agent().to_lowercase() == agent);
    if fitting.len() > 1 {
        let candidates = fitting.iter().map(|row| (row.name().to_owned(), *row.did())).collect();
        return Err(UnknownContact::Several { who: who.to_owned(), candidates }.into());
    }
    Ok(fitting.pop().ok_or_else(|| UnknownContact::Nobody { who: who.to_owned() })?)
}

/// Finds the native contact that `who` names, as [`find`] does: where that is an agent of the original, nobody else is meant.
///
/// # Errors
/// Unknown, or ambiguous with the candidates listed.
pub fn contact(tx: &impl View, who: &str) -> Step<ContactRow> {
    Ok(find(tx, who)?.native().ok_or_else(|| UnknownContact::Nobody { who: who.to_owned() })?)
}

/// Finds the native contact of this identity.
///
/// # Errors
/// When they are no contact.
pub fn with(tx: &impl View, did: &Did) -> Step<ContactRow> {
    Ok(contacts::get(tx, did)?.ok_or_else(|| UnknownContact::Nobody { who: did.to_string() })?)
}

/// The owner's name for someone, or their key for a stranger.
///
/// # Errors
/// When the database fails.
pub fn name_of(tx: &impl View, did: &Did) -> Step<String> {
    Ok(contacts::find(tx, did)?.map_or_else(|| did.short(), |row| row.name().to_owned()))
}
