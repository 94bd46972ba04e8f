//! Contacts whose agents speak the original: added by address, pinned by key.

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::views::ForgottenView;
use ai2ai_core::audit;
use ai2ai_core::error::DialectContactError;
use ai2ai_core::txn::{Step, Txn};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::key::PublicKey;
use ai2ai_protocol::name::is_unseen;
use ai2ai_protocol::original::{ORIGINAL_TEXT_CHARS, Version};
use ai2ai_store::contacts::{self, LegacyContactRow};
use ai2ai_store::{inbox, originals, outbox};

use crate::{CONTACTS, TALKS};

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
/// [`DialectContactError`]; or the database failed.
pub fn add(txn: &mut Txn<'_, '_>, said: &Claim, endpoint: &str, name: Option<String>) -> Step<LegacyContactRow> {
    let did = Did::new(said.key);
    check_key(txn, &did)?;
    let all = contacts::all_legacy(txn.tx)?;
    if let Some(pinned) = all.iter().find(|row| row.endpoint == endpoint && row.did != did) {
        return Err(DialectContactError::OtherKey { endpoint: endpoint.to_owned(), pinned: pinned.name.clone() }.into());
    }
    if all.len() >= CONTACTS {
        return Err(DialectContactError::TooMany { most: CONTACTS }.into());
    }
    let before = all.iter().find(|row| row.did == did);
    let name = name.or_else(|| before.map(|row| row.name.clone())).unwrap_or_else(|| said.human.clone());
    if contacts::by_name(txn.tx, &name)?.is_some_and(|other| *other.did() != did) {
        return Err(DialectContactError::NameTaken { name }.into());
    }
    let row = LegacyContactRow {
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
    contacts::put_legacy(txn.tx, &row)?;
    audit::record(txn, &AuditAction::Add, Some(did), None, &AuditFactor::Typed, &AuditOutcome::Done)?;
    Ok(row)
}

/// Refuses a key that stands for more than a server's claim: a server need not hold the key that it shows.
///
/// # Errors
/// [`DialectContactError::OwnKey`] or [`DialectContactError::SpeaksNatively`].
fn check_key(txn: &Txn<'_, '_>, did: &Did) -> Step<()> {
    if did == txn.me.did() {
        return Err(DialectContactError::OwnKey.into());
    }
    if let Some(native) = contacts::get(txn.tx, did)? {
        return Err(DialectContactError::SpeaksNatively { name: native.name }.into());
    }
    Ok(())
}

/// Forgets a contact: their key, what was said with them, and what is on its way. Answers to repeats are kept.
///
/// # Errors
/// When the database fails.
pub fn forget(txn: &mut Txn<'_, '_>, row: &LegacyContactRow) -> Step<ForgottenView> {
    let did = row.did;
    for item in inbox::all_of_contact(txn.tx, &did)? {
        inbox::remove(txn.tx, &item.id())?;
    }
    for row in outbox::all_legacy(txn.tx)?.into_iter().filter(|row| row.to == did) {
        outbox::remove(txn.tx, &row.id)?;
    }
    let mut view =
        ForgottenView { did, with: row.name.clone(), conversation: None, conversations: 0, messages: 0, asked: None };
    for talk in originals::talks(txn.tx, TALKS)?.into_iter().filter(|talk| talk.with == did) {
        originals::remove_talk(txn.tx, &talk.id)?;
        view.conversations += 1;
        view.messages += talk.said.len() as u64;
    }
    contacts::remove(txn.tx, &did)?;
    audit::record(txn, &AuditAction::Forget, Some(did), None, &AuditFactor::Typed, &AuditOutcome::Done)?;
    Ok(view)
}
