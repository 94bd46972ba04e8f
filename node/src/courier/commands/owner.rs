//! The owner's key, for a command that needs it.

use ai2ai_protocol::key::OwnerKey;

use super::Asked;
use crate::courier::words::Words;
use crate::doors::Role;
use crate::exit::Failure;
use crate::identity::{PIN_NEEDED, Pin};

impl Asked {
    /// The owner's key, where the owner commits to terms by typing.
    pub(in crate::courier) async fn owner_for(
        &self,
        words: &Words,
        pin: Option<Pin>,
    ) -> Result<Option<OwnerKey>, Failure> {
        match self.role {
            Role::Owner if words.commits() => self.unlock("terms", pin).await.map(Some),
            Role::Owner | Role::Agent => Ok(None),
        }
    }

    /// The owner key, for a decision. A wrong PIN is audited, and counted over restarts.
    pub(in crate::courier) async fn unlock(&self, what: &'static str, pin: Option<Pin>) -> Result<OwnerKey, Failure> {
        match self.reach.vault.open(pin).await {
            Ok((key, false)) => Ok(key),
            Ok((key, true)) => {
                let vault = self.reach.vault.clone();
                self.reach.turn(move |turn| turn.keep_guard(&vault.guard())).await?;
                Ok(key)
            }
            Err(failure) if failure.code == PIN_NEEDED => Err(failure),
            Err(failure) => {
                let (code, vault) = (failure.code.clone(), self.reach.vault.clone());
                self.reach
                    .turn(move |turn| {
                        turn.keep_guard(&vault.guard())?;
                        turn.audit(what, None, None, "pin", &code)
                    })
                    .await?;
                Err(failure)
            }
        }
    }
}
