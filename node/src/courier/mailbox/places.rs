//! Where this node's mail is kept while it is away: remembered over a restart, named in the card, and looked after.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ai2ai_discovery::mailboxes::{Mailboxes, Place, Visited};
use ai2ai_protocol::limits::CARD_MAILBOXES;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::{View, mailbox, meta};
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};
use serde::{Deserialize, Serialize};

use crate::clock::now;
use crate::courier::dispatch::Courier;
use crate::courier::introduce;
use crate::courier::turn::{Step, Turn};
use crate::doctor::{OK, WARN, line};
use crate::views::{DoctorView, KeptView};

/// Under which name the places are kept.
const PLACES: &str = "mailboxes";

/// A place as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    peer: String,
    addresses: Vec<Multiaddr>,
    until: Timestamp,
}

fn kept(tx: &impl View, now: Timestamp) -> Step<Vec<Kept>> {
    let text = meta::get(tx, PLACES)?;
    let all: Vec<Kept> = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    Ok(all.into_iter().filter(|place| now < place.until).collect())
}

/// The mailboxes in which this node had a place when it stopped.
///
/// # Errors
/// When the database fails.
pub fn remembered(tx: &impl View) -> Step<Mailboxes> {
    let mut mailboxes = Mailboxes::default();
    for Kept { peer, addresses, until } in kept(tx, now())? {
        if let Ok(peer) = peer.parse::<PeerId>() {
            mailboxes.remember(Place { peer, addresses, until }, now());
        }
    }
    Ok(mailboxes)
}

/// The mailboxes as the card names them: addresses that end in the volunteer's peer id.
///
/// # Errors
/// When the database fails.
pub(in crate::courier) fn of_card(tx: &impl View, now: Timestamp) -> Step<Vec<String>> {
    let named = |place: Kept| {
        let peer = place.peer.parse::<PeerId>().ok();
        let addresses = place.addresses.into_iter();
        addresses.filter_map(move |address| Some(address.with(Protocol::P2p(peer?)).to_string())).collect::<Vec<_>>()
    };
    Ok(kept(tx, now)?.into_iter().flat_map(named).take(CARD_MAILBOXES).collect())
}

/// How much is kept here for others; none where this node keeps no mail.
///
/// # Errors
/// When the database fails.
pub(in crate::courier) fn kept_here(tx: &impl View, is_volunteer: bool) -> Step<Option<KeptView>> {
    if !is_volunteer {
        return Ok(None);
    }
    let (people, held) = (mailbox::count_places(tx)?, mailbox::held_in_all(tx)?);
    Ok(Some(KeptView { people, messages: held.messages, bytes: held.bytes }))
}

/// The doctor's line: where our mail is kept, or how much is kept here for others.
///
/// # Errors
/// When the database fails.
pub(in crate::courier) fn checkup(tx: &impl View, is_volunteer: bool) -> Step<DoctorView> {
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
pub(in crate::courier) fn locked(mailboxes: &Mutex<Mailboxes>) -> MutexGuard<'_, Mailboxes> {
    mailboxes.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Courier {
    pub(in crate::courier) fn visit_mailboxes(&self, now: Timestamp) {
        for visit in locked(&self.mailboxes).next(now) {
            self.task(super::visit(self.reach.clone(), visit));
        }
    }

    /// A visit has ended. The places are kept, and told in a new card, when they have changed.
    pub(in crate::courier) fn on_visited(&self, peer: PeerId, came: Visited) {
        if !locked(&self.mailboxes).visited(&peer, came, now()) {
            return;
        }
        let (reach, mailboxes) = (self.reach.clone(), Arc::clone(&self.mailboxes));
        self.task(async move {
            // Turns of two visits may be taken in any order: each keeps what is held when it is taken.
            match reach.turn(move |turn| turn.keep_places(locked(&mailboxes).held(turn.now))).await {
                Ok(true) => introduce::renew(reach).await,
                Ok(false) => {}
                Err(failure) => tracing::error!(%failure, "the mailboxes were not kept"),
            }
        });
    }
}

impl Turn<'_, '_> {
    /// Keeps where our mail is kept; whether that is another place than before.
    fn keep_places(&mut self, held: Vec<Place>) -> Step<bool> {
        let before = of_card(self.tx, self.now)?;
        let held = held.into_iter().map(|place| Kept {
            peer: place.peer.to_string(),
            addresses: place.addresses,
            until: place.until,
        });
        let text = serde_json::to_string(&held.collect::<Vec<Kept>>()).unwrap_or_default();
        meta::put(self.tx, PLACES, &text)?;
        Ok(of_card(self.tx, self.now)? != before)
    }
}
