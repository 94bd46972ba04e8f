//! Whether others can reach this node, as they find out, and what follows from it.

use std::collections::BTreeMap;

use ai2ai_discovery::relays::relay_of;
use libp2p::Multiaddr;
use libp2p::autonat::v2::client;

use super::state::NetworkState;
use super::table;
use crate::event::NetworkEvent;
use crate::limits::PROBED;
use crate::reachability::Reachability;

/// A volunteer has tried to reach this node.
pub(super) fn on_probe(state: &mut NetworkState, event: &client::Event) {
    let address = &event.tested_addr;
    let is_reached = event.result.is_ok();
    tracing::debug!(%address, server = %event.server, is_reached, "a volunteer has tried to reach this node");
    if state.outside.tried.len() < PROBED || state.outside.tried.contains_key(address) {
        state.outside.tried.insert(address.clone(), is_reached);
    }
    show_outside(state);
}

/// An address was found to be dialled from outside. Where no listener has it, it is the router's.
pub(super) fn on_reachable_at(state: &mut NetworkState, address: Multiaddr) {
    if relay_of(&address).is_none() && !state.shown.borrow().listening.contains(&address) {
        state.found_outside.push(address.clone());
        state.shown.send_modify(|view| view.listening.push(address.clone()));
        state.events.tell(NetworkEvent::Listening { address });
    }
    show_outside(state);
}

/// This machine is in another network now: what was true of the one before is forgotten.
pub(super) fn forget_outside(state: &mut NetworkState) {
    for address in std::mem::take(&mut state.found_outside) {
        state.swarm.remove_external_address(&address);
        state.not_listening(address, "this machine is in another network".to_owned());
    }
    (state.outside.tried, state.outside.sights) = (BTreeMap::new(), Vec::new());
    state.swarm.behaviour_mut().autonat_client.begin_anew();
    show_outside(state);
}

pub(super) fn show_outside(state: &mut NetworkState) {
    state.outside.reachable = match (state.is_reachable(), state.outside.tried.is_empty()) {
        (true, _) => Reachability::Yes,
        (false, false) => Reachability::No,
        (false, true) => Reachability::Unknown,
    };
    state.outside.relays = state.relays.held().collect();
    table::decide_to_serve(state);
    let outside = &state.outside;
    state.shown.send_if_modified(|view| {
        let is_new = view.outside != *outside;
        if is_new {
            view.outside = outside.clone();
        }
        is_new
    });
}
