//! The commands that decide an item, or put it off.

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::Failure;
use ai2ai_api::requests;
use ai2ai_api::views::View as _;
use ai2ai_core::audit;
use ai2ai_core::content::Reply;
use ai2ai_core::decisions::decide;
use ai2ai_core::inbox::snooze;
use ai2ai_core::lookup::item::item;

use crate::call::{Call, Handler, Lines, as_shown};
use crate::state::neighbours::Neighbour;
use crate::upkeep::renewal;

/// Codes of decisions on an item that was decided before, has ended, or is not what was shown.
const NOT_AS_SHOWN: [ErrorCode; 3] = [ErrorCode::UnknownItem, ErrorCode::Expired, ErrorCode::ItemChanged];

impl Handler for requests::Approve {
    async fn handle(self, call: &Call) -> Lines {
        let Self { id, digest, choose, terms, reply, pin } = self;
        let reply = Reply { text: reply, terms, choose, ..Reply::default() };
        let shown = as_shown(&digest)?;
        let owner = call.unlock(&AuditAction::Approve, pin).await?;
        let of_look = id.clone();
        let factor = call.context.vault.factor();
        let renewed = renewal::approve(call, &id, &shown, &reply, &owner).await;
        if let Some(renewed) = undecided(call, &AuditAction::Approve, factor, renewed).await? {
            return Ok(vec![renewed.line()]);
        }
        let with = call.context.storage.look(move |tx| Ok(item(tx, &of_look)?.with)).await;
        let with = undecided(call, &AuditAction::Approve, factor, with).await?;
        let stranger = call.neighbours.get(&with).map(Neighbour::introduction);
        let decided = call
            .context
            .transact(move |txn| decide::approve(txn, &id, &shown, &reply, stranger.as_ref(), &owner, factor));
        Ok(vec![undecided(call, &AuditAction::Approve, factor, decided.await).await?.line()])
    }
}

impl Handler for requests::Reject {
    async fn handle(self, call: &Call) -> Lines {
        let Self { id, digest, reply } = self;
        let shown = digest.as_deref().map(as_shown).transpose()?;
        let decided = call
            .context
            .transact(move |txn| decide::reject(txn, &id, shown.as_ref(), reply.as_deref(), &AuditFactor::Typed));
        Ok(vec![undecided(call, &AuditAction::Reject, &AuditFactor::Typed, decided.await).await?.line()])
    }
}

impl Handler for requests::Snooze {
    async fn handle(self, call: &Call) -> Lines {
        let Self { id, until, digest } = self;
        let shown = digest.as_deref().map(as_shown).transpose()?;
        let snoozed = call
            .context
            .transact(move |txn| snooze::snooze(txn, &id, shown.as_ref(), until, &AuditFactor::Typed))
            .await?;
        Ok(vec![snoozed.line()])
    }
}

/// Audits a decision on what is not there (any more), or not as it was shown: it may be somebody's who repeats one.
async fn undecided<T>(
    call: &Call,
    what: &'static AuditAction,
    factor: &'static AuditFactor,
    decided: Result<T, Failure>,
) -> Result<T, Failure> {
    if let Err(failure) = &decided
        && NOT_AS_SHOWN.contains(&failure.code)
    {
        let outcome = AuditOutcome::from(&failure.code);
        call.context.transact(move |txn| audit::record(txn, what, None, None, factor, &outcome)).await?;
    }
    decided
}
