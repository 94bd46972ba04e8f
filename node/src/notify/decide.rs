//! A tap that was found good decides as the command line does, by the same turn and bound to the same digest.

use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_core::audit;
use ai2ai_core::inbox::{decide, snooze};
use ai2ai_protocol::time::Timestamp;

use super::telegram::buttons::{Act, Put, Wish};
use ai2ai_core::content::Reply;
use ai2ai_core::txn::Txn;
use ai2ai_engine::context::Context;

/// By which factor it is decided, as the audit has it.
const FACTOR: &str = "telegram";

/// Does what was wished, or says why not. Both are audited.
///
/// # Errors
/// The item has changed, has expired or is decided; or approving needs the PIN.
pub(super) async fn decide(context: &Context, wish: &Wish) -> Result<&'static str, Failure> {
    let done = match wish.act {
        Act::Reject => reject(context, wish).await,
        Act::Approve => approve(context, wish, None).await,
        Act::Choose(place) => approve(context, wish, Some(place)).await,
        Act::Snooze(put) => snooze(context, wish, put).await,
    };
    if let Err(failure) = &done {
        let (what, item, code) = (name(wish.act), wish.item, failure.code.clone());
        context.transact(move |txn| audit::audit(txn, what, None, Some(item), FACTOR, &code)).await?;
    }
    done
}

/// A tap that is not the owner's, or of no button that works.
pub(super) async fn refused(context: &Context, code: &'static str) -> Result<(), Failure> {
    tracing::warn!(code, "a tap at Telegram was refused");
    context.transact(move |txn| audit::audit(txn, "tap", None, None, FACTOR, code)).await
}

fn name(act: Act) -> &'static str {
    match act {
        Act::Reject => "reject",
        Act::Approve | Act::Choose(_) => "approve",
        Act::Snooze(_) => "snooze",
    }
}

async fn reject(context: &Context, wish: &Wish) -> Result<&'static str, Failure> {
    let Wish { item, digest, .. } = *wish;
    let decided =
        context.transact(move |txn| decide::reject(txn, &item.to_string(), Some(&digest), None, FACTOR)).await?;
    Ok(if decided.decision == "noted" { "Noted." } else { "Rejected." })
}

/// It waits as before, out of sight until then.
async fn snooze(context: &Context, wish: &Wish, put: Put) -> Result<&'static str, Failure> {
    let Wish { item, digest, .. } = *wish;
    let later = put.off(now(), Timestamp::from_millis(i64::MAX)).ok_or_else(|| Failure::internal("no such moment"))?;
    let put_away = move |txn: &mut Txn<'_, '_>| {
        let id = item.to_string();
        if ai2ai_legacy::decide::is_item(txn.tx, &id)? {
            return ai2ai_legacy::decide::snooze_as_shown(txn, &id, &digest, later.at, FACTOR);
        }
        snooze::snooze(txn, &id, Some(&digest), later.at, FACTOR)
    };
    context.transact(put_away).await?;
    Ok("Snoozed. It comes back by itself.")
}

/// There is no PIN in a tap: where one seals the owner's key, nothing is approved.
async fn approve(context: &Context, wish: &Wish, choose: Option<usize>) -> Result<&'static str, Failure> {
    let Wish { item, digest, .. } = *wish;
    let (owner, _) = context.vault.open(None).await?;
    let reply = Reply { choose, ..Reply::default() };
    context.transact(move |txn| decide::approve(txn, &item.to_string(), &digest, &reply, None, &owner, FACTOR)).await?;
    Ok("Approved.")
}
