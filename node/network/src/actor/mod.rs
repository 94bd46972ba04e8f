//! Actor: the loop of the network: one task that owns the swarm and all its state, and what it does about each thing that happens.
//!
//! | file | what is in it |
//! |---|---|
//! | `state` | what it holds |
//! | `outbound`, `inbound` | requests of this node; requests of others, and answers |
//! | `table` | searches in the DHT, and the own card there |
//! | `outside`, `relays` | whether others can reach this node; places at relays |
//! | `swarm_events`, `shutdown` | what the swarm tells; the end |

mod inbound;
mod outbound;
mod outside;
mod relays;
mod shutdown;
pub(crate) mod state;
mod swarm_events;
mod table;

use std::time::{Duration, Instant};

use futures::StreamExt;
use libp2p::{Multiaddr, PeerId};
use state::NetworkState;
use tokio::time::sleep_until;

use crate::NetworkConfig;
use crate::error::transport_reason;
use crate::event::NetworkEvent;
use crate::handle::NetworkCommand;
use crate::limits::ROUND;

/// Begins to listen, at these addresses and those that are announced.
pub(crate) fn start(state: &mut NetworkState, config: &NetworkConfig) {
    listen(state, config);
    relays::announce(state, &config.announce);
    outside::show_outside(state);
}

/// Works until it is told to stop, or nobody holds a handle any more.
pub(crate) async fn run(mut state: NetworkState) {
    let state = &mut state;
    let done = loop {
        let wake_at = wake_at(state).into();
        tokio::select! {
            event = state.swarm.select_next_some() => swarm_events::on_swarm_event(state, event),
            order = state.orders.recv() => match order {
                Some(NetworkCommand::Shutdown(done)) => break Some(done),
                Some(command) => obey(state, command),
                None => break None,
            },
            Some(answered) = state.inbound.answered() => inbound::on_answered(state, answered),
            Ok(()) = state.card.changed() => inbound::on_card_set(state),
            () = state.events.hand_over() => {}
            Some(probe) = state.nearby.probed() => on_probed(state, probe),
            () = sleep_until(wake_at) => on_time(state, Instant::now()),
        }
    };
    shutdown::shut_down(state).await;
    if let Some(done) = done {
        // Who asked may have left before us.
        let _ = done.send(());
    }
}

fn listen(state: &mut NetworkState, config: &NetworkConfig) {
    for address in &config.listen {
        if let Err(error) = state.swarm.listen_on(address.clone()) {
            let reason = transport_reason(&error);
            state.events.tell(NetworkEvent::NotListening { address: address.clone(), reason });
        }
    }
}

fn obey(state: &mut NetworkState, command: NetworkCommand) {
    match command {
        NetworkCommand::Ask(request) => outbound::ask(state, request),
        NetworkCommand::LookFor(did, found) => table::look_for(state, did, found),
        NetworkCommand::LetThemDial(peer, addresses, within) => let_them_dial(state, peer, &addresses, within),
        NetworkCommand::Moved(at) => on_moved(state, at),
        NetworkCommand::Disconnect(peer) => {
            // An error means that there is no connection.
            let _ = state.swarm.disconnect_peer_id(peer);
        }
        NetworkCommand::Block(peer) => {
            state.swarm.behaviour_mut().blocked.block_peer(peer);
        }
        NetworkCommand::Unblock(peer) => {
            state.swarm.behaviour_mut().blocked.unblock_peer(peer);
        }
        NetworkCommand::Shutdown(_) => {}
    }
}

fn wake_at(state: &NetworkState) -> Instant {
    [state.dialer.wake_at(), state.nearby.wake_at(), state.relays.wake_at()]
        .into_iter()
        .flatten()
        .fold(state.round_at, Instant::min)
}

fn on_time(state: &mut NetworkState, now: Instant) {
    for (peer, step) in state.dialer.due(now) {
        outbound::take_step(state, peer, step);
    }
    begin_mdns(state, now);
    relays::ask_relays(state, now);
    if now >= state.round_at {
        state.round_at = now + ROUND;
        make_round(state, now);
    }
}

fn make_round(state: &mut NetworkState, now: Instant) {
    for (peer, connection, why) in state.connections.to_close(now) {
        state.close(peer, connection, why);
    }
    for responder in state.inbound.take_late_card_askers(now) {
        inbound::refuse_card(state, responder);
    }
    table::tend(state, now);
}

fn begin_mdns(state: &mut NetworkState, now: Instant) {
    match state.nearby.begin(state.me, now) {
        Some(Ok(mdns)) => state.swarm.behaviour_mut().mdns = Some(mdns).into(),
        Some(Err(reason)) => state.events.tell(NetworkEvent::MdnsUnavailable { reason }),
        None => {}
    }
}

fn on_probed(state: &mut NetworkState, probe: Result<(), String>) {
    if let Err(reason) = probe {
        state.events.tell(NetworkEvent::MdnsUnavailable { reason });
    }
}

/// This machine is in another network.
fn on_moved(state: &mut NetworkState, now: Instant) {
    outside::forget_outside(state);
    let mut under_way = state.dialer.begin_anew(now);
    under_way.extend(state.relays.asked().filter(|relay| state.connections.chosen(relay).is_none()));
    for peer in under_way {
        // What began in the network before would only end when its time is over. An error means that nobody was connected.
        let _ = state.swarm.disconnect_peer_id(peer);
    }
    state.relays.hurry(now);
    table::touch_soon(state, now);
    relays::ask_relays(state, now);
}

/// Lets go of a peer, and leaves it to dial for a while.
fn let_them_dial(state: &mut NetworkState, peer: PeerId, addresses: &[Multiaddr], within: Duration) {
    state.dialer.let_them(peer, addresses, Instant::now() + within);
    // An error means that there is no connection.
    let _ = state.swarm.disconnect_peer_id(peer);
}
