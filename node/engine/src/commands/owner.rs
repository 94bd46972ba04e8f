//! The owner's key, for a command that needs it.

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::command::Role;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::Failure;
use ai2ai_api::pin::Pin;
use ai2ai_core::audit;
use ai2ai_core::content::Words;
use ai2ai_protocol::key::OwnerKey;

use crate::commands::Call;
use crate::upkeep::housekeeping;

/// The owner's key, where the owner commits to terms by typing.
pub(crate) async fn owner_for(call: &Call, words: &Words, pin: Option<Pin>) -> Result<Option<OwnerKey>, Failure> {
    match call.role {
        Role::Owner if words.commits() => unlock(call, &AuditAction::Terms, pin).await.map(Some),
        Role::Owner | Role::Agent => Ok(None),
    }
}

/// The owner key, for a decision. A wrong PIN is audited, and counted over restarts.
pub(crate) async fn unlock(call: &Call, what: &'static AuditAction, pin: Option<Pin>) -> Result<OwnerKey, Failure> {
    match call.context.vault.open(pin).await {
        Ok((key, false)) => Ok(key),
        Ok((key, true)) => {
            let vault = call.context.vault.clone();
            call.context.transact(move |txn| housekeeping::keep_guard(txn, &vault.guard())).await?;
            Ok(key)
        }
        Err(failure) if failure.code == ErrorCode::PinNeeded => Err(failure),
        Err(failure) => {
            let outcome = AuditOutcome::from(&failure.code);
            let vault = call.context.vault.clone();
            call.context
                .transact(move |txn| {
                    housekeeping::keep_guard(txn, &vault.guard())?;
                    audit::record(txn, what, None, None, &AuditFactor::Pin, &outcome)
                })
                .await?;
            Err(failure)
        }
    }
}
