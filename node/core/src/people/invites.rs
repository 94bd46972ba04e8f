//! Invites, on the inviter's side: made by the owner, and void after their end.

use std::time::Duration;

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_protocol::invite::{Invites, Secret};
use ai2ai_protocol::limits::{INVITE_LIFE, INVITE_LIFE_DEFAULT};
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::kv;

use crate::audit;
use crate::error::InviteError;
use crate::txn::{Step, Txn};

/// Key under which the open invites are stored.
const KEPT: &str = "invites";
/// Hours that an invite may last.
const HOURS: u64 = INVITE_LIFE.as_secs() / 3_600;

/// An invite that was made: whoever brings the secret before its end is let in, once.
#[derive(Debug)]
pub struct Offered {
    /// The secret.
    pub secret: Secret,
    /// The end of the invite.
    pub expires_at: Timestamp,
}

/// Lifetime of an invite, where its owner names so many hours.
///
/// # Errors
/// [`InviteError::Life`]: no time at all, or more than an invite may last.
pub fn life(hours: Option<u32>) -> Result<Duration, InviteError> {
    let life = hours.map_or(INVITE_LIFE_DEFAULT, |hours| Duration::from_secs(3_600 * u64::from(hours)));
    if life.is_zero() || life > INVITE_LIFE {
        return Err(InviteError::Life { most_hours: HOURS });
    }
    Ok(life)
}

/// Makes an invite that lasts so long. Whoever takes it is called by this name, if there is one.
///
/// # Errors
/// [`InviteError::TooMany`]; or the database failed.
pub fn offer(txn: &mut Txn<'_, '_>, name: Option<String>, life: Duration) -> Step<Offered> {
    let expires_at = (txn.now + life).whole_second();
    let bytes = txn.secret();
    let secret = Secret::from_bytes(*bytes.first_chunk().expect("a secret of the dice has 32 bytes"));
    let mut invites = invites(txn)?;
    invites.offer(&secret, name, expires_at, txn.now).map_err(InviteError::TooMany)?;
    keep_invites(txn, &invites)?;
    audit::record(txn, &AuditAction::Invite, None, None, &AuditFactor::Typed, &AuditOutcome::Done)?;
    Ok(Offered { secret, expires_at })
}

/// Makes every invite void, and says how many were still open.
///
/// # Errors
/// When the database fails.
pub fn cancel_all(txn: &mut Txn<'_, '_>) -> Step<usize> {
    let mut invites = invites(txn)?;
    let open = invites.cancel(txn.now);
    keep_invites(txn, &invites)?;
    audit::record(txn, &AuditAction::CancelInvites, None, None, &AuditFactor::Typed, &AuditOutcome::Done)?;
    Ok(open)
}

/// Reads the invites that are open.
///
/// # Errors
/// When the database fails.
pub(crate) fn invites(txn: &Txn<'_, '_>) -> Step<Invites> {
    let text = kv::get(txn.tx, KEPT)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Stores the invites that are open.
///
/// # Errors
/// When the database fails.
pub(crate) fn keep_invites(txn: &Txn<'_, '_>, invites: &Invites) -> Step<()> {
    Ok(kv::put(txn.tx, KEPT, &serde_json::to_string(invites).unwrap_or_default())?)
}
