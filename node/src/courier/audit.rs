//! What was decided or refused, by which factor: kept for the owner to read.

use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::ItemId;
use ai2ai_store::audit::{self, AuditRow};

use super::turn::{Step, Turn};

impl Turn<'_> {
    /// Keeps a line of the audit.
    pub fn audit(
        &mut self,
        what: &str,
        who: Option<Did>,
        item: Option<ItemId>,
        factor: &str,
        outcome: &str,
    ) -> Step<()> {
        let row = AuditRow {
            at: self.now,
            what: what.to_owned(),
            who,
            item,
            factor: factor.to_owned(),
            outcome: outcome.to_owned(),
        };
        audit::append(self.tx, &row)?;
        Ok(())
    }
}
