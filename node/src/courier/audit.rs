//! What was decided or refused, by which factor: kept for the owner to read.

use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::{ItemId, MessageId};
use ai2ai_store::audit::{self, AuditRow};

use super::turn::{Step, Turn};

impl Turn<'_, '_> {
    /// Keeps a line of the audit.
    pub fn audit(
        &mut self,
        what: &str,
        who: Option<Did>,
        item: Option<ItemId>,
        factor: &str,
        outcome: &str,
    ) -> Step<()> {
        self.append(what, who, item, factor, outcome, None)
    }

    /// Keeps a line of the audit about something that was decided; and what was said by it, if anything was.
    pub(super) fn audit_said(
        &mut self,
        what: &str,
        who: Did,
        item: Option<ItemId>,
        factor: &str,
        said: Option<MessageId>,
    ) -> Step<()> {
        self.append(what, Some(who), item, factor, "done", said)
    }

    fn append(
        &mut self,
        what: &str,
        who: Option<Did>,
        item: Option<ItemId>,
        factor: &str,
        outcome: &str,
        message: Option<MessageId>,
    ) -> Step<()> {
        let (what, factor, outcome) = (what.to_owned(), factor.to_owned(), outcome.to_owned());
        audit::append(self.tx, &AuditRow { at: self.now, what, who, item, factor, outcome, message })?;
        Ok(())
    }
}
