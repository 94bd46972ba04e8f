//! Shutdown: what is under way may end, and every peer is told.
//!
//! A QUIC peer that is told nothing believes for seconds that we are there, and loses what it sends us.

use std::time::Instant;

use futures::StreamExt;
use libp2p::PeerId;
use tokio::time::{sleep, sleep_until, timeout};

use super::state::NetworkState;
use super::{inbound, swarm_events};
use crate::error::NetworkError;
use crate::handle::{NetworkCommand, NetworkView};
use crate::limits::{DRAIN_WITHIN, GOODBYE_WITHIN, LINGER, SENT_WITHIN};

pub(crate) async fn shut_down(state: &mut NetworkState) {
    state.is_stopping = true;
    refuse_orders(state);
    state.outbound.stop_waiting();
    drain(state).await;
    disconnect_all(state).await;
    state.outbound.stop();
    state.events.flush();
    state.shown.send_replace(NetworkView::default());
}

fn refuse_orders(state: &mut NetworkState) {
    state.orders.close();
    while let Ok(command) = state.orders.try_recv() {
        if let NetworkCommand::Ask(request) = command {
            request.end(Err(NetworkError::Stopped));
        }
    }
}

async fn drain(state: &mut NetworkState) {
    let end = Instant::now() + DRAIN_WITHIN;
    while let Some(until) = drains_until(state, end) {
        tokio::select! {
            event = state.swarm.select_next_some() => swarm_events::on_swarm_event(state, event),
            Some(answered) = state.inbound.answered() => inbound::on_answered(state, answered),
            () = state.events.hand_over() => {}
            () = sleep_until(until.into()) => return,
        }
    }
}

/// Until when to go on; `None` once every request has ended and the last answer has had its time to arrive.
fn drains_until(state: &NetworkState, end: Instant) -> Option<Instant> {
    if !(state.outbound.is_idle() && state.inbound.is_idle()) {
        return Some(end);
    }
    state.inbound.last_ended().map(|last| last + LINGER).filter(|until| *until > Instant::now())
}

async fn disconnect_all(state: &mut NetworkState) {
    let peers: Vec<PeerId> = state.swarm.connected_peers().copied().collect();
    if peers.is_empty() {
        return;
    }
    for peer in peers {
        // An error means that it left first.
        let _ = state.swarm.disconnect_peer_id(peer);
    }
    let all_gone = async {
        while state.swarm.network_info().num_peers() > 0 {
            let event = state.swarm.select_next_some().await;
            swarm_events::on_swarm_event(state, event);
        }
    };
    if timeout(GOODBYE_WITHIN, all_gone).await.is_err() {
        tracing::debug!("some peers did not hear the goodbye");
    }
    sleep(SENT_WITHIN).await;
}
