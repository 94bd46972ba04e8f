//! A command as its handler gets it, and what most handlers need: a look at the store, and the owner's key.

use std::sync::Arc;
use std::time::Duration;

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::command::{Request, Role};
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::pin::Pin;
use ai2ai_core::audit;
use ai2ai_core::content::Words;
use ai2ai_core::outbound::idempotency::Key;
use ai2ai_core::txn::Step;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::key::OwnerKey;
use serde_json::Value;

use crate::context::Context;
use crate::owner_key::keep_guard;
use crate::state::directories::Directories;
use crate::state::neighbours::Neighbours;

/// Lines of an answer, as the doors print them.
pub(crate) type Lines = Result<Vec<Value>, Failure>;

/// Handler of a verb: what the engine does when it is asked.
pub(crate) trait Handler: Request {
    /// Does it, and gives the lines of the answer.
    fn handle(self, call: &Call) -> impl Future<Output = Lines> + Send;
}

/// One command, and what is known at the moment it came.
#[derive(Clone)]
pub(crate) struct Call {
    /// The context of the engine.
    pub context: Context,
    /// Who was met.
    pub neighbours: Arc<Neighbours>,
    /// Where others can be searched for.
    pub directories: Arc<Directories>,
    /// Through which door.
    pub role: Role,
    /// How long the node has been up.
    pub uptime: Duration,
    /// The key under which it is done once.
    pub once: Option<Key>,
}

impl Call {
    /// Looks at the store.
    ///
    /// # Errors
    /// Those of the look, or the database failed.
    pub(crate) async fn look<F>(&self, look: F) -> Lines
    where
        F: FnOnce(&ai2ai_store::Read) -> Step<Vec<Value>> + Send + 'static,
    {
        self.context.storage.look(look).await
    }

    /// Opens the owner's key where the owner commits to terms by typing.
    ///
    /// # Errors
    /// As for [`Call::unlock`].
    pub(crate) async fn owner_for(&self, words: &Words, pin: Option<Pin>) -> Result<Option<OwnerKey>, Failure> {
        match self.role {
            Role::Owner if words.commits() => self.unlock(&AuditAction::Terms, pin).await.map(Some),
            Role::Owner | Role::Agent => Ok(None),
        }
    }

    /// Opens the owner key for a decision. A wrong PIN is audited, and counted over restarts.
    ///
    /// # Errors
    /// PIN missing or wrong, or too many wrong ones lately.
    pub(crate) async fn unlock(&self, what: &'static AuditAction, pin: Option<Pin>) -> Result<OwnerKey, Failure> {
        match self.context.owner_key_file.open(pin).await {
            Ok((key, false)) => Ok(key),
            Ok((key, true)) => {
                let owner_key_file = self.context.owner_key_file.clone();
                self.context.transact(move |txn| keep_guard(txn, &owner_key_file.guard())).await?;
                Ok(key)
            }
            Err(failure) if failure.code == ErrorCode::PinNeeded => Err(failure),
            Err(failure) => {
                let outcome = AuditOutcome::from(&failure.code);
                let owner_key_file = self.context.owner_key_file.clone();
                self.context
                    .transact(move |txn| {
                        keep_guard(txn, &owner_key_file.guard())?;
                        audit::record(txn, what, None, None, &AuditFactor::Pin, &outcome)
                    })
                    .await?;
                Err(failure)
            }
        }
    }
}

/// Reads the digest that the owner was shown, as it was typed.
///
/// # Errors
/// `usage`: it is no digest.
pub(crate) fn as_shown(digest: &str) -> Result<Digest, Failure> {
    digest.parse().map_err(|error| Failure::new(Exit::Usage, ErrorCode::Usage, format!("--digest: {error}")))
}
