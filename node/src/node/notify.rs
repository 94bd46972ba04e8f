//! Answers to the notifier: what waits in sight, of natives and of agents of the original alike, how it ended, and a tap that decides
//! as the command line does, by the same transaction and bound to the same digest.

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::clock::now;
use ai2ai_api::event_name::EventName;
use ai2ai_api::exit::Failure;
use ai2ai_core::decisions::decide;
use ai2ai_core::inbox::snooze;
use ai2ai_core::lookup::item::native_as_shown;
use ai2ai_core::txn;
use ai2ai_core::view::item;
use ai2ai_notify::node::{Decision, ItemOutcome, NodeClient, NodeRequest, Waiting, WaitingItem};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::id::ItemId;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::inbox::{self, ItemRow};
use ai2ai_store::wire::Wire;
use ai2ai_store::{Read, audit, kv};
use tokio::sync::mpsc;

use ai2ai_core::content::Reply;
use ai2ai_core::inbox::snooze::snoozed;
use ai2ai_core::txn::{Step, Txn};
use ai2ai_engine::context::Context;

/// Items that are watched.
const WATCHED: usize = 1_000;
/// Lines of the audit in which is looked for how an item ended.
const AUDITED: usize = 200;
/// By which factor a tap decides, as the audit has it.
const FACTOR: &AuditFactor = &AuditFactor::Telegram;

/// Answers the notifier until the node stops.
pub(super) fn open(context: Context) -> NodeClient {
    let (node, requests) = NodeClient::new(context.me.has_pin);
    context.tasks.clone().spawn_until_stopped(answer_all(context, requests));
    node
}

async fn answer_all(context: Context, mut requests: mpsc::Receiver<NodeRequest>) {
    while let Some(request) = requests.recv().await {
        answer(&context, request).await;
    }
}

async fn answer(context: &Context, request: NodeRequest) {
    let now = now();
    let storage = &context.storage;
    // Who asked may have been ended meanwhile.
    match request {
        NodeRequest::Waiting(to) => drop(to.send(storage.glance(|tx| waiting(tx, now)))),
        NodeRequest::Items(ids, to) => drop(to.send(storage.glance(|tx| items(tx, context.me.did(), &ids, now)))),
        NodeRequest::Outcome(id, to) => drop(to.send(storage.glance(|tx| outcome(tx, &id, now)))),
        NodeRequest::Decide(id, digest, what, to) => drop(to.send(decide(context, id, digest, what).await)),
        NodeRequest::Refused(code, to) => {
            let refused = move |txn: &mut Txn<'_, '_>| {
                ai2ai_core::audit::record(txn, &AuditAction::Tap, None, None, FACTOR, &AuditOutcome::from(code))
            };
            drop(to.send(context.transact(refused).await));
        }
        NodeRequest::Kept(name, to) => drop(to.send(storage.glance(|tx| Ok(kv::get(tx, name)?)))),
        NodeRequest::Keep(name, text, to) => {
            drop(to.send(context.transact(move |txn| txn::keep_text(txn, name, &text())).await));
        }
        NodeRequest::Say(what) => context.say(EventName::Notify, what, None),
    }
}

/// Decides, or says why not. Both are audited.
async fn decide(context: &Context, id: ItemId, digest: Digest, what: Decision) -> Result<&'static str, Failure> {
    let (name, done) = match what {
        Decision::Reject => (&AuditAction::Reject, reject(context, id, digest).await),
        Decision::Approve(choose) => (&AuditAction::Approve, approve(context, id, digest, choose).await),
        Decision::Snooze(until) => (&AuditAction::Snooze, snooze(context, id, digest, until).await),
    };
    if let Err(failure) = &done {
        let outcome = AuditOutcome::from(&failure.code);
        context.transact(move |txn| ai2ai_core::audit::record(txn, name, None, Some(id), FACTOR, &outcome)).await?;
    }
    done
}

async fn reject(context: &Context, id: ItemId, digest: Digest) -> Result<&'static str, Failure> {
    let act = move |txn: &mut Txn<'_, '_>| decide::reject(txn, &tapped(txn, id, &digest)?, None, FACTOR);
    let decided = context.transact(act).await?;
    Ok(if decided.decision == "noted" { "Noted." } else { "Rejected." })
}

/// The native item of this id, as it was shown: what an agent of the original brought takes more than a tap to decide.
fn tapped(txn: &Txn<'_, '_>, id: ItemId, digest: &Digest) -> Step<ItemRow> {
    native_as_shown(txn.view(), &id.to_string(), Some(digest), txn.now)
}

/// It waits as before, out of sight until then.
async fn snooze(context: &Context, id: ItemId, digest: Digest, until: Timestamp) -> Result<&'static str, Failure> {
    context.transact(move |txn| snooze::snooze(txn, &id.to_string(), Some(&digest), until, FACTOR)).await?;
    Ok("Snoozed. It comes back by itself.")
}

/// There is no PIN in a tap: where one seals the owner's key, nothing is approved.
async fn approve(
    context: &Context,
    id: ItemId,
    digest: Digest,
    choose: Option<usize>,
) -> Result<&'static str, Failure> {
    let (owner, _) = context.owner_key_file.open(None).await?;
    let reply = Reply { choose, ..Reply::default() };
    let act =
        move |txn: &mut Txn<'_, '_>| decide::approve(txn, &tapped(txn, id, &digest)?, &reply, None, &owner, FACTOR);
    context.transact(act).await?;
    Ok("Approved.")
}

/// What waits in sight: who put something off is told of it again when it comes back, and not before.
fn waiting(tx: &Read, now: Timestamp) -> Step<Vec<Waiting>> {
    let snoozed = snoozed(tx)?;
    let items = inbox::first(tx, WATCHED)?.into_iter();
    let is_awake = |id: &ItemId| snoozed.until(id).is_none_or(|until| until <= now);
    let seen = items.filter(|item| item.expires_at() > now && is_awake(&item.id()));
    Ok(seen.map(|item| Waiting { id: item.id(), digest: item.digest() }).collect())
}

/// Those of these items that are still there.
fn items(tx: &Read, me: &Did, ids: &[ItemId], now: Timestamp) -> Step<Vec<WaitingItem>> {
    ids.iter().filter_map(|id| item(tx, me, id, now).transpose()).collect()
}

fn item(tx: &Read, me: &Did, id: &ItemId, now: Timestamp) -> Step<Option<WaitingItem>> {
    let found = inbox::find(tx, id)?.map(|item| match item {
        Wire::Native(row) => Ok(WaitingItem { view: item::item_view(tx, me, row, now)?, is_original: false }),
        Wire::Legacy(row) => Ok(WaitingItem { view: ai2ai_legacy::view::item_view(tx, row)?, is_original: true }),
    });
    found.transpose()
}

/// By the audit: wherever it was decided, it stands there. What is only out of sight has not ended.
fn outcome(tx: &Read, id: &ItemId, now: Timestamp) -> Step<ItemOutcome> {
    let is_there = inbox::find(tx, id)?.is_some();
    let asleep = snoozed(tx)?.until(id).filter(|until| is_there && *until > now);
    if let Some(until) = asleep {
        return Ok(ItemOutcome::Snoozed(until));
    }
    if is_there {
        // Its time is over, and nobody has noted that yet.
        return Ok(ItemOutcome::Expired);
    }
    let rows = audit::latest(tx, AUDITED)?;
    let ended = rows.iter().find(|row| row.item == Some(*id) && AuditOutcome::from(row.outcome.as_str()).is_end());
    Ok(match ended.map(|row| (AuditAction::from(row.what.as_str()), row.who)) {
        // Nothing proves who wrote it, so nobody was answered.
        Some((AuditAction::Approve, None) | (AuditAction::Note, _)) => ItemOutcome::Noted,
        Some((AuditAction::Approve, Some(_))) => ItemOutcome::Approved,
        Some((AuditAction::Reject, _)) => ItemOutcome::Rejected,
        Some((AuditAction::Expire, _)) => ItemOutcome::Expired,
        Some(_) | None => ItemOutcome::Gone,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ai2ai_store::inbox::ItemKind;
    use ai2ai_store::{Store, kv};

    use super::*;
    use ai2ai_engine::explain::explain;

    #[test]
    fn what_was_put_off_until_shortly_before_its_end_has_expired_at_its_end() {
        let made_at = Timestamp::from_millis(1_770_000_000_000);
        let [back_at, end] = [1, 2].map(|minutes| made_at + Duration::from_secs(60 * minutes));
        let id = ItemId::new(made_at, [7; 10]);
        let (store, with) = (Store::in_memory(), Did::from_bytes([7; 32]));
        let item = ItemRow {
            id,
            with,
            conversation: None,
            kind: ItemKind::ContactRequest,
            intent: None,
            message: None,
            draft: None,
            summary: String::new(),
            digest: ai2ai_protocol::digest::Digest::of(b""),
            made_at,
            expires_at: end,
        };
        let snoozed = serde_json::to_string(&[(id, back_at)]).expect("JSON");
        store.write(|tx| inbox::put(tx, &item).and_then(|()| kv::put(tx, "snoozed", &snoozed))).expect("kept");
        let tx = store.read().expect("a look");
        let seen = |now| waiting(&tx, now).map_err(explain).expect("a look").len();
        let ended = |now| outcome(&tx, &id, now).map_err(explain).expect("an outcome");
        assert_eq!((seen(made_at), ended(made_at)), (0, ItemOutcome::Snoozed(back_at)));
        assert_eq!((seen(back_at), seen(end), ended(end)), (1, 0, ItemOutcome::Expired));
    }
}
