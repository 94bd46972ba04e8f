//! Contacts, found by what a person or a program calls them.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_protocol::did::Did;
use ai2ai_store::View;
use ai2ai_store::contacts::{self, ContactRow};

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

/// The owner's name for someone, or their key for a stranger.
///
/// # Errors
/// When the database fails.
pub fn name_of(tx: &impl View, did: &Did) -> Step<String> {
    Ok(contacts::get(tx, did)?.map_or_else(|| did.short(), |row| row.name))
}
