//! Shutdown: what is under way may end, and every peer is told.
//!
//! A QUIC peer that is told nothing believes for seconds that we are there, and loses what it sends us.

use std::time::Instant;

use futures::StreamExt;
use libp2p::PeerId;
use tokio::time::{sleep, sleep_until, timeout};

use crate::actor::Actor;
use crate::error::NetworkError;
use crate::handle::{NetworkCommand, NetworkView};
use crate::limits::{DRAIN_WITHIN, GOODBYE_WITHIN, LINGER, SENT_WITHIN};

impl Actor {
    pub(crate) async fn shut_down(&mut self) {
        self.is_stopping = true;
        self.refuse_orders();
        self.outbound.stop_waiting();
        self.drain().await;
        self.disconnect_all().await;
        self.outbound.stop();
        self.events.flush();
        self.shown.send_replace(NetworkView::default());
    }

    fn refuse_orders(&mut self) {
        self.orders.close();
        while let Ok(command) = self.orders.try_recv() {
            if let NetworkCommand::Ask(request) = command {
                request.end(Err(NetworkError::Stopped));
            }
        }
    }

    async fn drain(&mut self) {
        let end = Instant::now() + DRAIN_WITHIN;
        while let Some(until) = self.drains_until(end) {
            tokio::select! {
                event = self.swarm.select_next_some() => self.on_swarm_event(event),
                Some(answered) = self.inbound.answered() => self.on_answered(answered),
                () = self.events.hand_over() => {}
                () = sleep_until(until.into()) => return,
            }
        }
    }

    /// Until when to go on; `None` once every request has ended and the last answer has had its time to arrive.
    fn drains_until(&self, end: Instant) -> Option<Instant> {
        if !(self.outbound.is_idle() && self.inbound.is_idle()) {
            return Some(end);
        }
        self.inbound.last_ended().map(|last| last + LINGER).filter(|until| *until > Instant::now())
    }

    async fn disconnect_all(&mut self) {
        let peers: Vec<PeerId> = self.swarm.connected_peers().copied().collect();
        if peers.is_empty() {
            return;
        }
        for peer in peers {
            // An error means that it left first.
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        let all_gone = async {
            while self.swarm.network_info().num_peers() > 0 {
                let event = self.swarm.select_next_some().await;
                self.on_swarm_event(event);
            }
        };
        if timeout(GOODBYE_WITHIN, all_gone).await.is_err() {
            tracing::debug!("some peers did not hear the goodbye");
        }
        sleep(SENT_WITHIN).await;
    }
}
