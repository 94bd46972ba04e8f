//! Mailboxes of this node, where its mail is kept while it is away: remembered over a restart, named in the card, and looked
//! after.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ai2ai_api::clock::now;
use ai2ai_api::doctor::{OK, WARN, line};
use ai2ai_api::views::{DoctorView, KeptView};
use ai2ai_core::people::mailboxes::{Kept, keep_places, kept, kept_here, of_card};
use ai2ai_core::txn::{Step, Txn};
use ai2ai_discovery::mailboxes::{MailboxPlace, Mailboxes, Visited};
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::View;
use libp2p::PeerId;

use crate::inbound::mailbox_collect;
use crate::loop_state::LoopState;
use crate::peers::own_card;

/// The mailboxes in which this node had a place when it stopped.
///
/// # Errors
/// When the database fails.
pub fn remembered(tx: &impl View) -> Step<Mailboxes> {
    let mut mailboxes = Mailboxes::default();
    for Kept { peer, addresses, until } in kept(tx, now())? {
        if let Ok(peer) = peer.parse::<PeerId>() {
            let addresses = addresses.iter().filter_map(|address| address.parse().ok()).collect();
            mailboxes.remember(MailboxPlace { peer, addresses, until }, now());
        }
    }
    Ok(mailboxes)
}

/// The doctor's line: where our mail is kept, or how much is kept here for others.
///
/// # Errors
/// When the database fails.
pub(crate) fn checkup(tx: &impl View, is_volunteer: bool) -> Step<DoctorView> {
    if let Some(KeptView { people, messages, bytes }) = kept_here(tx, is_volunteer)? {
        let detail = format!("{messages} messages ({bytes} bytes) wait here; {people} people have a place");
        return Ok(line("mailbox", OK, detail, None));
    }
    let named = of_card(tx, now())?;
    if named.is_empty() {
        let fix = "name a volunteer in `bootstrap` in config.toml: it keeps what is sent to you while you sleep";
        let detail = "no mailbox: what is sent to you while you are away waits with its sender".to_owned();
        return Ok(line("mailbox", WARN, detail, Some(fix.to_owned())));
    }
    Ok(line("mailbox", OK, format!("while you are away your mail is kept at {}", named.join(", ")), None))
}

/// The mailboxes that are known. They are held for as long as a look takes.
pub(crate) fn locked(mailboxes: &Mutex<Mailboxes>) -> MutexGuard<'_, Mailboxes> {
    mailboxes.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn visit_mailboxes(state: &LoopState, now: Timestamp) {
    for visit in locked(&state.mailboxes).next(now) {
        state.task(mailbox_collect::visit(state.context.clone(), visit));
    }
}

/// A visit has ended. The places are kept, and told in a new card, when they have changed.
pub(crate) fn on_visited(state: &LoopState, peer: PeerId, came: Visited) {
    if !locked(&state.mailboxes).visited(&peer, came, now()) {
        return;
    }
    let context = state.context.clone();
    let mailboxes = Arc::clone(&state.mailboxes);
    state.task(async move {
        // Transactions of two visits may run in any order: each keeps what is held when it runs.
        let keep = move |txn: &mut Txn<'_, '_>| {
            let held: Vec<Kept> = locked(&mailboxes).held(txn.now).into_iter().map(to_keep).collect();
            keep_places(txn, &held)
        };
        match context.transact(keep).await {
            Ok(true) => own_card::renew(context).await,
            Ok(false) => {}
            Err(failure) => tracing::error!(%failure, "the mailboxes were not kept"),
        }
    });
}

fn to_keep(place: MailboxPlace) -> Kept {
    let addresses = place.addresses.iter().map(ToString::to_string).collect();
    Kept { peer: place.peer.to_string(), addresses, until: place.until }
}
