//! Mandates: what the owner lets the agent do by itself; granted, used, revoked, and stopped all at once.

use std::collections::HashSet;
use std::time::Duration;

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::event_name::EventName;
use ai2ai_api::views::{MandateView, PanicView};
use ai2ai_protocol::canonical::{canonical, read_object};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::{MandateId, MessageId};
use ai2ai_protocol::key::OwnerKey;
use ai2ai_protocol::limits::ENVELOPE_BYTES;
use ai2ai_protocol::mandate::{Mandate, MandateOf, With};
use ai2ai_protocol::policy::Granted;
use ai2ai_protocol::time::Timestamp;
use ai2ai_protocol::trust::Trust;
use ai2ai_store::contacts::{self, ContactRow};
use ai2ai_store::mandates::{self, MandateRow};
use ai2ai_store::{View, audit, kv, outbox};

use crate::error::{MandateError, Named, UnknownId, WhyUnknown};
use crate::lookup::contact::contact;
use crate::lookup::{LISTED, prefix};
use crate::txn::{Step, Txn};

/// Mandates that are in force at the same time: each is looked at when an agent says something.
const IN_FORCE: usize = 64;
/// Period in which the uses of a mandate are counted.
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// Key under which it is stored since when the agent may do nothing by itself.
const PANIC: &str = "panic";
/// Lines of the audit that are searched for it.
const LOOKED_BACK: usize = 10_000;

/// Moment since which the agent may do nothing by itself, if the owner said so.
///
/// # Errors
/// When the database fails.
pub fn stopped(tx: &impl View) -> Step<Option<Timestamp>> {
    Ok(kv::get(tx, PANIC)?.and_then(|text| text.parse().ok()))
}

/// Every mandate that was ever granted, the newest first.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &impl View, now: Timestamp) -> Step<Vec<MandateView>> {
    let rows = mandates::all(tx)?;
    let stopped = stopped(tx)?.is_some();
    rows.iter().rev().map(|row| view(tx, row, stopped, now)).collect()
}

/// The mandates that let the agent act towards somebody, or everybody trusted.
///
/// # Errors
/// When the database fails.
pub(crate) fn with(tx: &impl View, did: &Did, now: Timestamp) -> Step<Vec<MandateView>> {
    let mut views = list(tx, now)?;
    views.retain(|view| view.did.is_none_or(|with| with == *did));
    Ok(views)
}

/// View of a mandate.
///
/// # Errors
/// When the database fails.
pub(crate) fn view(tx: &impl View, row: &MandateRow, stopped: bool, now: Timestamp) -> Step<MandateView> {
    let mandate = read(row)?;
    let of = mandate.of();
    let did = match of.with {
        With::Any => None,
        With::One(did) => Some(did),
    };
    let name = match did {
        None => None,
        Some(did) => contacts::get(tx, &did)?.map(|row| row.name),
    };
    let state = match row.revoked_at {
        Some(_) => "revoked",
        None if now >= of.not_after => "ended",
        None if stopped => "stopped",
        None => "in_force",
    };
    Ok(MandateView {
        id: row.id,
        did,
        with: name,
        intents: of.intents.iter().map(ToString::to_string).collect(),
        limits: of.limits.to_object(),
        not_before: of.not_before,
        not_after: of.not_after,
        state: state.to_owned(),
        used: used(tx, &row.id, now)?,
    })
}

fn used(tx: &impl View, id: &MandateId, now: Timestamp) -> Step<u32> {
    Ok(mandates::uses(tx, id, now - DAY, now)?)
}

/// A mandate that was signed here and read before it was kept.
fn read(row: &MandateRow) -> Step<Mandate> {
    let damaged = || MandateError::Damaged(row.id);
    let object = read_object(&row.bytes, ENVELOPE_BYTES).map_err(|_| damaged())?;
    Ok(Mandate::read(&object.into()).map_err(|_| damaged())?)
}

/// The mandates that are in force towards somebody. None is, while everything is stopped.
///
/// # Errors
/// When the database fails.
pub(crate) fn granted(tx: &impl View, with: &Did, now: Timestamp) -> Step<Vec<Granted>> {
    let mut granted = Vec::new();
    if stopped(tx)?.is_some() {
        return Ok(granted);
    }
    for row in mandates::all(tx)?.iter().filter(|row| row.revoked_at.is_none()) {
        let mandate = read(row)?;
        let of = mandate.of();
        let theirs = matches!(of.with, With::Any) || of.with == With::One(*with);
        if theirs && now < of.not_after {
            granted.push(Granted { used: used(tx, &row.id, now)?, mandate });
        }
    }
    Ok(granted)
}

/// Notes that the agent said something under a mandate.
///
/// # Errors
/// When the database fails.
pub(crate) fn record_use(txn: &mut Txn<'_, '_>, mandate: &Mandate, with: &ContactRow, message: &MessageId) -> Step<()> {
    let id = mandate.of().id;
    mandates::used(txn.tx, &id, txn.now, message)?;
    mandates::forget_uses(txn.tx, &id, txn.now - DAY * 2)?;
    crate::audit::record_message(
        txn,
        &AuditAction::Act,
        with.did,
        None,
        &AuditFactor::of_mandate(&id),
        Some(*message),
    )?;
    let detail = format!("your agent said {message} to {} under the mandate {id}", with.name);
    txn.tell(EventName::Acted, detail, Some(with.did), None);
    Ok(())
}

/// Trusts a contact, and grants a mandate for them.
///
/// # Errors
/// `ambiguous_contact`, `over_budget`, `unknown_contact` or `usage`; or the database failed.
pub fn grant(
    txn: &mut Txn<'_, '_>,
    who: &str,
    of: MandateOf,
    owner: &OwnerKey,
    factor: &AuditFactor,
) -> Step<MandateView> {
    let row = contact(txn.tx, who)?;
    if in_force(txn)? >= IN_FORCE {
        return Err(MandateError::TooMany { most: IN_FORCE }.into());
    }
    let of = MandateOf { with: With::One(row.did), ..of };
    let mandate = Mandate::sign(owner, &of).map_err(MandateError::Invalid)?;
    let kept = MandateRow { id: of.id, granted_at: txn.now, revoked_at: None, bytes: canonical(mandate.object()) };
    mandates::put(txn.tx, &kept)?;
    contacts::put(txn.tx, &ContactRow { trust: Trust::Trusted, ..row.clone() })?;
    crate::audit::record(txn, &AuditAction::Grant, Some(row.did), None, factor, &AuditOutcome::of_mandate(&of.id))?;
    view(txn.tx, &kept, stopped(txn.tx)?.is_some(), txn.now)
}

fn in_force(txn: &Txn<'_, '_>) -> Step<usize> {
    let all = mandates::all(txn.tx)?;
    let mut count = 0;
    for row in all.iter().filter(|row| row.revoked_at.is_none()) {
        count += usize::from(txn.now < read(row)?.of().not_after);
    }
    Ok(count)
}

/// A new name for a mandate.
pub fn new_id(txn: &mut Txn<'_, '_>) -> MandateId {
    let now = txn.now;
    MandateId::new(now, txn.random())
}

/// Takes a mandate back. What was agreed under it stands.
///
/// # Errors
/// `unknown_mandate`; or the database failed.
pub fn revoke(txn: &mut Txn<'_, '_>, id: &str) -> Step<MandateView> {
    let row = named(txn.tx, id)?;
    let row = MandateRow { revoked_at: row.revoked_at.or(Some(txn.now)), ..row };
    mandates::put(txn.tx, &row)?;
    crate::audit::record(
        txn,
        &AuditAction::Revoke,
        None,
        None,
        &AuditFactor::Typed,
        &AuditOutcome::of_mandate(&row.id),
    )?;
    view(txn.tx, &row, stopped(txn.tx)?.is_some(), txn.now)
}

/// Takes back every mandate that is for one person, who is trusted less from now on.
///
/// # Errors
/// When the database fails.
pub(crate) fn revoke_all_of(txn: &mut Txn<'_, '_>, did: &Did) -> Step<()> {
    for row in mandates::all(txn.tx)? {
        if row.revoked_at.is_none() && read(&row)?.of().with == With::One(*did) {
            mandates::put(txn.tx, &MandateRow { revoked_at: Some(txn.now), ..row })?;
        }
    }
    Ok(())
}

/// Stops every act of the agent at once, or lets mandates hold again.
///
/// # Errors
/// When the database fails.
pub fn panic(txn: &mut Txn<'_, '_>, over: bool, factor: &AuditFactor) -> Step<PanicView> {
    match (over, stopped(txn.tx)?) {
        (true, _) => kv::remove(txn.tx, PANIC)?,
        (false, Some(_)) => {}
        (false, None) => kv::put(txn.tx, PANIC, &txn.now.to_string())?,
    }
    crate::audit::record(
        txn,
        if over { &AuditAction::PanicOver } else { &AuditAction::Panic },
        None,
        None,
        factor,
        &AuditOutcome::Done,
    )?;
    let on_the_way = acts_on_the_way(txn.tx)?;
    Ok(PanicView { since: stopped(txn.tx)?, mandates: in_force(txn)?, on_the_way })
}

/// Number of messages that the agent sent by itself and that are still on their way: stopping it does not take them back.
fn acts_on_the_way(tx: &impl View) -> Step<usize> {
    let waiting: HashSet<MessageId> = outbox::waiting(tx, LISTED)?.into_iter().map(|row| row.id).collect();
    let mut acts = 0;
    audit::look_back(tx, LOOKED_BACK, |row| {
        let is_one =
            row.what == AuditAction::Act.as_str() && row.message.is_some_and(|message| waiting.contains(&message));
        acts += usize::from(is_one);
        acts < waiting.len()
    })?;
    Ok(acts)
}

/// The mandate that this id, or unique prefix of four characters or more, names.
fn named(tx: &impl View, id: &str) -> Step<MandateRow> {
    let unknown = |why| UnknownId::new(Named::Mandate, id, why);
    if id.len() < prefix::SHORTEST {
        return Err(unknown(WhyUnknown::TooShort(prefix::SHORTEST)).into());
    }
    let mut matches = mandates::all(tx)?;
    matches.retain(|row| row.id.to_string().starts_with(id));
    Ok(prefix::only(matches).map_err(unknown)?)
}
