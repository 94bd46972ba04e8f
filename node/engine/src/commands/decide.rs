//! The commands that decide an item, or put it off.

use std::sync::Arc;

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::Failure;
use ai2ai_api::requests;
use ai2ai_api::views::{DecisionView, View as _};
use ai2ai_core::audit;
use ai2ai_core::content::Reply;
use ai2ai_core::decisions::decide;
use ai2ai_core::inbox::snooze;
use ai2ai_core::lookup::item::item_as_shown;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::key::OwnerKey;
use ai2ai_store::inbox::{ItemKind, ItemRow};
use ai2ai_store::wire::Wire;

use crate::call::{Call, Handler, Lines, as_shown};
use crate::legacy;
use crate::state::neighbours::Neighbour;
use crate::upkeep::renewal;

/// Codes of decisions on an item that was decided before, has ended, or is not what was shown.
const NOT_AS_SHOWN: [ErrorCode; 3] = [ErrorCode::UnknownItem, ErrorCode::Expired, ErrorCode::ItemChanged];

/// What becomes of an item that is approved.
enum Approved {
    /// All that was to be done.
    Done(DecisionView),
    /// The agent's key is to be renewed, which needs files.
    Renews(ItemRow),
}

impl Handler for requests::Approve {
    async fn handle(self, call: &Call) -> Lines {
        let Self { id, digest, choose, terms, reply, pin } = self;
        let reply = Reply { text: reply, terms, choose, ..Reply::default() };
        let shown = as_shown(&digest)?;
        let owner = Arc::new(call.unlock(&AuditAction::Approve, pin).await?);
        let factor = call.context.owner_key_file.factor();
        let decided = approve_item(call, id, shown, reply, Arc::clone(&owner)).await;
        let decided = match undecided(call, &AuditAction::Approve, factor, decided).await? {
            Approved::Done(view) => view,
            Approved::Renews(item) => renewal::approve(call, item, &owner).await?,
        };
        Ok(vec![decided.line()])
    }
}

/// Looks the item up, and decides it by what it is: the one place where an approval depends on the wire and the kind.
async fn approve_item(
    call: &Call,
    id: String,
    shown: Digest,
    reply: Reply,
    owner: Arc<OwnerKey>,
) -> Result<Approved, Failure> {
    let factor = call.context.owner_key_file.factor();
    let neighbours = Arc::clone(&call.neighbours);
    let decided = legacy::transact(&call.context, move |txn, signer| {
        let decided = match item_as_shown(txn.view(), &id, Some(&shown), txn.now)? {
            Wire::Native(item) if item.kind == ItemKind::Renewal => {
                decide::check_has_reader(&item, reply != Reply::default(), true)?;
                return Ok(Approved::Renews(item));
            }
            Wire::Native(item) => {
                let stranger = neighbours.get(&item.with).map(Neighbour::introduction);
                decide::approve(txn, &item, &reply, stranger.as_ref(), &owner, factor)?
            }
            Wire::Legacy(item) => ai2ai_legacy::decide::approve(txn, &item, &reply, factor, signer)?,
        };
        Ok(Approved::Done(decided))
    });
    decided.await
}

impl Handler for requests::Reject {
    async fn handle(self, call: &Call) -> Lines {
        let Self { id, digest, reply } = self;
        let shown = digest.as_deref().map(as_shown).transpose()?;
        let decided = legacy::transact(&call.context, move |txn, signer| {
            match item_as_shown(txn.view(), &id, shown.as_ref(), txn.now)? {
                Wire::Native(item) => decide::reject(txn, &item, reply.as_deref(), &AuditFactor::Typed),
                Wire::Legacy(item) => ai2ai_legacy::decide::reject(txn, &item, reply.as_deref(), signer),
            }
        });
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
