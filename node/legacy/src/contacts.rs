//! Contacts whose agents speak the original: added by address, pinned by key, found by whole names.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_core::audit;
use ai2ai_core::lookup::contact::contact as native;
use ai2ai_core::txn::{Step, Txn};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::key::PublicKey;
use ai2ai_protocol::name::is_unseen;
use ai2ai_protocol::original::{ORIGINAL_TEXT_CHARS, Version};
use ai2ai_store::originals::{self, OriginalRow};
use ai2ai_store::{View, contacts};

use crate::{CONTACTS, ITEMS, OUTGOING, TALKS};

/// Finds the contact that `who` names: by `did`, by the owner's name for them, or by their agent's name. Whole names only;
/// nobody, where none of these has it.
///
/// # Errors
/// Ambiguous, also with a native contact.
pub fn find(tx: &impl View, who: &str) -> Step<Option<OriginalRow>> {
    let named = |name: &str| name.to_lowercase() == who.to_lowercase();
    let all = originals::contacts(tx, CONTACTS)?;
    let exact: Vec<&OriginalRow> = all.iter().filter(|row| row.did.to_string() == who || named(&row.name)).collect();
    let matches = if exact.is_empty() { all.iter().filter(|row| named(&row.agent)).collect() } else { exact };
    let also = native(tx, who).ok().filter(|row| matches.iter().all(|one| one.did != row.did));
    match (matches.as_slice(), also) {
        ([], _) => Ok(None),
        ([one], None) => Ok(Some((*one).clone())),
        (many, also) => {
            let mut names: Vec<String> = many.iter().map(|row| format!("{} ({})", row.name, row.did)).collect();
            names.extend(also.map(|row| format!("{} ({})", row.name, row.did)));
            let message = format!("{who:?} could be {}", names.join(" or "));
            Err(Failure::new(Exit::Unknown, ErrorCode::AmbiguousContact, message)
                .hint("use the name you gave them, or the did")
                .into())
        }
    }
}

/// Claims of a server about its agent.
pub struct Claim {
    /// Its signing key.
    pub key: PublicKey,
    /// Name of the agent.
    pub agent: String,
    /// Name of its owner.
    pub human: String,
    /// Key to which payloads can be encrypted.
    pub agreement: Option<String>,
    /// Version of the original that it speaks.
    pub version: Version,
    /// There is the card of a native node, too.
    pub is_native: bool,
}

/// Returns whether a text can be shown as a name: not empty, short, and without unseen characters.
pub fn is_label(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= ORIGINAL_TEXT_CHARS && !text.chars().any(is_unseen)
}

/// Adds the agent that made these claims at this endpoint, with its key pinned; or updates it.
///
/// # Errors
/// `ambiguous_contact`, `name_taken`, `other_key` or `over_budget`; or the database failed.
pub fn add(txn: &mut Txn<'_, '_>, said: &Claim, endpoint: &str, name: Option<String>) -> Step<OriginalRow> {
    let did = Did::new(said.key);
    let all = originals::contacts(txn.tx, CONTACTS)?;
    if let Some(pinned) = all.iter().find(|row| row.endpoint == endpoint && row.did != did) {
        let message = format!("{} showed another key before, and that one is pinned for {}", endpoint, pinned.name);
        return Err(Failure::new(Exit::Refused, ErrorCode::OtherKey, message)
            .hint(format!(
                "ask them whether they have a new key; then `ai2ai forget {}` and add them again",
                pinned.name
            ))
            .into());
    }
    if all.len() >= CONTACTS {
        return Err(Failure::new(
            Exit::Refused,
            ErrorCode::OverBudget,
            format!("there are {CONTACTS} of them already"),
        )
        .into());
    }
    let before = all.iter().find(|row| row.did == did);
    let name = name.or_else(|| before.map(|row| row.name.clone())).unwrap_or_else(|| said.human.clone());
    let same = |other: &str| other.to_lowercase() == name.to_lowercase();
    if all.iter().any(|row| row.did != did && same(&row.name)) || contacts::by_name(txn.tx, &name)?.is_some() {
        return Err(Failure::new(
            Exit::Refused,
            ErrorCode::NameTaken,
            format!("{name:?} is already your name for somebody else"),
        )
        .hint("give this one another: `ai2ai add WHO --as NAME`")
        .into());
    }
    let row = OriginalRow {
        did,
        name,
        agent: said.agent.clone(),
        human: said.human.clone(),
        endpoint: endpoint.to_owned(),
        agreement: said.agreement.clone(),
        version: said.version.text().to_owned(),
        blocked: before.is_some_and(|row| row.blocked),
        added_at: before.map_or(txn.now, |row| row.added_at),
        last_seen: Some(txn.now),
    };
    originals::put_contact(txn.tx, &row)?;
    audit::record(txn, "add", Some(did), None, "typed", "done")?;
    Ok(row)
}

/// Blocks or unblocks a contact. What waits of theirs is removed.
///
/// # Errors
/// When the database fails.
pub fn block(txn: &mut Txn<'_, '_>, did: &Did, blocked: bool) -> Step<Option<OriginalRow>> {
    let Some(row) = originals::contact(txn.tx, did)? else { return Ok(None) };
    let row = OriginalRow { blocked, ..row };
    originals::put_contact(txn.tx, &row)?;
    if blocked {
        drop_items_of(txn, did)?;
    }
    audit::record(txn, if blocked { "block" } else { "unblock" }, Some(*did), None, "typed", "done")?;
    Ok(Some(row))
}

/// Forgets a contact: their key, what was said with them, and what is on its way. Answers to repeats are kept.
///
/// # Errors
/// When the database fails.
pub fn forget(txn: &mut Txn<'_, '_>, did: &Did) -> Step<(u64, u64)> {
    drop_items_of(txn, did)?;
    for row in originals::all_outgoing(txn.tx, OUTGOING)?.into_iter().filter(|row| row.to == *did) {
        originals::remove_outgoing(txn.tx, &row.id)?;
    }
    let talks = originals::talks(txn.tx, TALKS)?.into_iter().filter(|talk| talk.with == *did);
    let mut forgotten = (0, 0);
    for talk in talks {
        originals::remove_talk(txn.tx, &talk.id)?;
        forgotten = (forgotten.0 + 1, forgotten.1 + talk.said.len() as u64);
    }
    originals::remove_contact(txn.tx, did)?;
    audit::record(txn, "forget", Some(*did), None, "typed", "done")?;
    Ok(forgotten)
}

fn drop_items_of(txn: &mut Txn<'_, '_>, did: &Did) -> Step<()> {
    for item in originals::items(txn.tx, ITEMS)?.into_iter().filter(|item| item.with == Some(*did)) {
        originals::remove_item(txn.tx, &item.id)?;
    }
    Ok(())
}
