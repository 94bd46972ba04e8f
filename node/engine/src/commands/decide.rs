//! The commands that decide an item, or put it off.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::pin::Pin;
use ai2ai_api::views::View as _;
use ai2ai_core::audit;
use ai2ai_core::content::Reply;
use ai2ai_core::decisions::decide;
use ai2ai_core::inbox::snooze;
use ai2ai_core::lookup::item::item;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::time::Timestamp;

use crate::commands::{Call, Lines, owner};
use crate::state::neighbours::Neighbour;
use crate::upkeep::renewal;

/// Codes of decisions on an item that was decided before, has ended, or is not what was shown.
const NOT_AS_SHOWN: [ErrorCode; 3] = [ErrorCode::UnknownItem, ErrorCode::Expired, ErrorCode::ItemChanged];

pub(crate) async fn approve(call: &Call, id: String, digest: String, reply: Reply, pin: Option<Pin>) -> Lines {
    let shown = as_shown(&digest)?;
    let owner = owner::unlock(call, "approve", pin).await?;
    let of_look = id.clone();
    let factor = call.context.vault.factor();
    let renewed = renewal::approve(call, &id, &shown, &reply, &owner).await;
    if let Some(renewed) = undecided(call, "approve", factor, renewed).await? {
        return Ok(vec![renewed.line()]);
    }
    let with = call.context.storage.look(move |tx| Ok(item(tx, &of_look)?.with)).await;
    let with = undecided(call, "approve", factor, with).await?;
    let stranger = call.neighbours.get(&with).map(Neighbour::introduction);
    let decided =
        call.context.transact(move |txn| decide::approve(txn, &id, &shown, &reply, stranger.as_ref(), &owner, factor));
    Ok(vec![undecided(call, "approve", factor, decided.await).await?.line()])
}

pub(crate) async fn reject(call: &Call, id: String, digest: Option<String>, reason: Option<String>) -> Lines {
    let shown = digest.as_deref().map(as_shown).transpose()?;
    let decided =
        call.context.transact(move |txn| decide::reject(txn, &id, shown.as_ref(), reason.as_deref(), "typed"));
    Ok(vec![undecided(call, "reject", "typed", decided.await).await?.line()])
}

pub(crate) async fn snooze(call: &Call, id: String, digest: Option<String>, until: Timestamp) -> Lines {
    let shown = digest.as_deref().map(as_shown).transpose()?;
    let snoozed = call.context.transact(move |txn| snooze::snooze(txn, &id, shown.as_ref(), until, "typed")).await?;
    Ok(vec![snoozed.line()])
}

/// Audits a decision on what is not there (any more), or not as it was shown: it may be somebody's who repeats one.
async fn undecided<T>(
    call: &Call,
    what: &'static str,
    factor: &'static str,
    decided: Result<T, Failure>,
) -> Result<T, Failure> {
    if let Err(failure) = &decided
        && NOT_AS_SHOWN.contains(&failure.code)
    {
        let code = failure.code.clone();
        call.context.transact(move |txn| audit::record(txn, what, None, None, factor, code.as_str())).await?;
    }
    decided
}

/// Reads the digest that the owner was shown, as it was typed.
pub(crate) fn as_shown(digest: &str) -> Result<Digest, Failure> {
    digest.parse().map_err(|error| Failure::new(Exit::Usage, ErrorCode::Usage, format!("--digest: {error}")))
}
