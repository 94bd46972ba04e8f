//! Volunteers that come into sight, and what this node asks of each.

use ai2ai_api::clock::now;
use ai2ai_discovery::by_hand;
use ai2ai_discovery::dns::domain;
use ai2ai_network::VolunteerService;
use libp2p::{Multiaddr, PeerId};

use crate::lookup::directory;
use crate::loop_state::LoopState;
use crate::peers::{mailboxes, presence};
use crate::state::neighbours::Neighbour;

/// Takes note of a volunteer. Our mail is kept by those that the owner named: others need not know who we are.
pub(crate) fn on_volunteer(state: &mut LoopState, peer: PeerId, address: Multiaddr, service: VolunteerService) {
    let mut addresses = vec![address];
    addresses.extend(state.book.addresses(&peer));
    match service {
        VolunteerService::Mailbox if state.context.settings.is_volunteer || !is_named(state, &peer) => {}
        VolunteerService::Mailbox => {
            mailboxes::locked(&state.mailboxes).met(peer, &addresses, now());
            mailboxes::visit_mailboxes(state, now());
        }
        VolunteerService::Directory => {
            std::sync::Arc::make_mut(&mut state.directories).met(peer, addresses.clone());
            enlist(state, vec![(peer, addresses)]);
        }
    }
}

/// Returns whether the owner named the peer, in the settings or by its domain.
fn is_named(state: &LoopState, peer: &PeerId) -> bool {
    let entry = state.book.get(peer);
    entry.is_some_and(|entry| entry.sources().iter().any(|source| [by_hand::SOURCE, domain::SOURCE].contains(source)))
}

/// Has these directories list our card, or list it no more, as the owner wants it.
pub(crate) fn enlist(state: &LoopState, directories: Vec<(PeerId, Vec<Multiaddr>)>) {
    if !directories.is_empty() {
        state.task(directory::enlist(state.context.clone(), directories));
    }
}

/// Notes that a directory lists somebody. It is no sign that they are there.
pub(crate) fn on_listed(state: &mut LoopState, neighbour: Neighbour) {
    presence::learn_from_card(state, &neighbour.card, &neighbour.peer);
    std::sync::Arc::make_mut(&mut state.neighbours).meet(neighbour);
}
