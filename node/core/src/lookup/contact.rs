//! Contacts, found by what a person or a program calls them.

use ai2ai_protocol::did::Did;
use ai2ai_store::View;
use ai2ai_store::contacts::{self, AnyContact, ContactRow, LegacyContactRow};
use ai2ai_store::wire::Wire;

use crate::error::UnknownContact;
use crate::txn::{Step, Stop};

/// Finds the contact that `who` names, on whichever wire: by `did`, by the owner's name for them, or by their agent's name. Whole
/// names only. What could name one on each wire names nobody.
///
/// # Errors
/// Unknown, or ambiguous with the candidates listed.
pub fn find(tx: &impl View, who: &str) -> Step<AnyContact> {
    if let Ok(did) = who.parse::<Did>()
        && let Some(one) = contacts::find(tx, &did)?
    {
        return Ok(one);
    }
    let mut legacy = legacy(tx, who)?;
    let native = match contact(tx, who) {
        Err(Stop::Refused(_)) if legacy.len() == 1 => None,
        Err(refused @ Stop::Refused(_)) if legacy.is_empty() => return Err(refused),
        Err(Stop::Refused(_)) => None,
        Err(broken @ Stop::Broken(_)) => return Err(broken),
        Ok(row) => Some(row),
    };
    match (native, legacy.pop()) {
        (Some(row), None) => Ok(Wire::Native(row)),
        (None, Some(row)) if legacy.is_empty() => Ok(Wire::Legacy(row)),
        (native, last) => {
            let theirs = legacy.iter().chain(&last).map(|row| (&row.name, &row.did));
            let candidates = theirs.chain(native.iter().map(|row| (&row.name, &row.did)));
            Err(ambiguous(who, candidates).into())
        }
    }
}

/// Contacts of the original that `who` could name.
fn legacy(tx: &impl View, who: &str) -> Step<Vec<LegacyContactRow>> {
    let all = contacts::all_legacy(tx)?;
    let named = |name: &str| name.to_lowercase() == who.to_lowercase();
    let exact: Vec<_> = all.iter().filter(|row| named(&row.name)).cloned().collect();
    Ok(if exact.is_empty() { all.into_iter().filter(|row| named(&row.agent)).collect() } else { exact })
}

fn ambiguous<'r>(who: &str, candidates: impl Iterator<Item = (&'r String, &'r Did)>) -> UnknownContact {
    let candidates = candidates.map(|(name, did)| (name.clone(), *did)).collect();
    UnknownContact::Several { who: who.to_owned(), candidates }
}

/// Finds the native contact that `who` names: by `did`, by the owner's name for them, or by their agent's name. Whole names only.
///
/// # Errors
/// Unknown, or ambiguous with the candidates listed.
pub fn contact(tx: &impl View, who: &str) -> Step<ContactRow> {
    let one = match who.parse::<Did>() {
        Ok(did) => contacts::get(tx, &did)?,
        Err(_) => contacts::by_name(tx, who)?.and_then(Wire::native),
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
        many => Err(ambiguous(who, many.iter().map(|row| (&row.name, &row.did))).into()),
    }
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
