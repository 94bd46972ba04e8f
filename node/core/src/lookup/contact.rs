//! Contacts, found by what a person or a program calls them.

use ai2ai_protocol::did::Did;
use ai2ai_store::View;
use ai2ai_store::contacts::{self, ContactRow};

use crate::error::UnknownContact;
use crate::txn::Step;

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
        [] => Err(UnknownContact::Nobody { who: who.to_owned() }.into()),
        many => {
            let candidates = many.iter().map(|row| (row.name.clone(), row.did)).collect();
            Err(UnknownContact::Several { who: who.to_owned(), candidates }.into())
        }
    }
}

/// Finds the contact of this identity.
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
    Ok(contacts::get(tx, did)?.map_or_else(|| did.short(), |row| row.name))
}
