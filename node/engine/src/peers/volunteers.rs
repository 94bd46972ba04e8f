//! Volunteers that come into sight, and what this node asks of each.

use ai2ai_api::clock::now;
use ai2ai_discovery::{by_hand, domain};
use ai2ai_network::VolunteerService;
use libp2p::{Multiaddr, PeerId};

use crate::event_loop::EventLoop;
use crate::lookup::directory;
use crate::peers::{mailboxes, presence};
use crate::state::neighbours::Neighbour;

/// Takes note of a volunteer. Our mail is kept by those that the owner named: others need not know who we are.
pub(crate) fn on_volunteer(event_loop: &mut EventLoop, peer: PeerId, address: Multiaddr, service: VolunteerService) {
    let mut addresses = vec![address];
    addresses.extend(event_loop.book.addresses(&peer));
    match service {
        VolunteerService::Mailbox if event_loop.context.settings.is_volunteer || !is_named(event_loop, &peer) => {}
        VolunteerService::Mailbox => {
            mailboxes::locked(&event_loop.mailboxes).met(peer, &addresses, now());
            mailboxes::visit_mailboxes(event_loop, now());
        }
        VolunteerService::Directory => {
            std::sync::Arc::make_mut(&mut event_loop.directories).met(peer, addresses.clone());
            enlist(event_loop, vec![(peer, addresses)]);
        }
    }
}

/// Returns whether the owner named the peer, in the settings or by its domain.
fn is_named(event_loop: &EventLoop, peer: &PeerId) -> bool {
    let entry = event_loop.book.get(peer);
    entry.is_some_and(|entry| entry.sources().iter().any(|source| [by_hand::SOURCE, domain::SOURCE].contains(source)))
}

/// Has these directories list our card, or list it no more, as the owner wants it.
pub(crate) fn enlist(event_loop: &EventLoop, directories: Vec<(PeerId, Vec<Multiaddr>)>) {
    if !directories.is_empty() {
        event_loop.task(directory::enlist(event_loop.context.clone(), directories));
    }
}

/// Notes that a directory lists somebody. It is no sign that they are there.
pub(crate) fn on_listed(event_loop: &mut EventLoop, neighbour: Neighbour) {
    presence::learn_from_card(event_loop, &neighbour.card, &neighbour.peer);
    std::sync::Arc::make_mut(&mut event_loop.neighbours).meet(neighbour);
}
