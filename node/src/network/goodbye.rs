//! The end: what is under way may end, and every peer is told.
//!
//! A QUIC peer that is told nothing believes for seconds that we are there, and loses what it sends us.

use std::time::Instant;

use futures::StreamExt;
use libp2p::PeerId;
use tokio::time::{sleep, sleep_until, timeout};

use super::actor::Actor;
use super::error::NetworkError;
use super::handle::{Command, View};
use super::limits::{DRAIN_WITHIN, GOODBYE_WITHIN, LINGER, SENT_WITHIN};

impl Actor {
    pub(super) async fn goodbye(&mut self) {
        self.is_stopping = true;
        self.refuse_orders();
        self.mail.stop_waiting();
        self.drain().await;
        self.disconnect_all().await;
        self.mail.stop();
        self.events.flush();
        self.shown.send_replace(View::default());
    }

    fn refuse_orders(&mut self) {
        self.orders.close();
        while let Ok(command) = self.orders.try_recv() {
            if let Command::Ask(errand) = command {
                errand.end(Err(NetworkError::Stopped));
            }
        }
    }

    async fn drain(&mut self) {
        let end = Instant::now() + DRAIN_WITHIN;
        while let Some(until) = self.drains_until(end) {
            tokio::select! {
                event = self.swarm.select_next_some() => self.on_wire(event),
                Some(answered) = self.arrivals.answered() => self.on_answered(answered),
                () = self.events.hand_over() => {}
                () = sleep_until(until.into()) => return,
            }
        }
    }

    /// Until when to go on; `None` once every request has ended and the last answer has had its time to arrive.
    fn drains_until(&self, end: Instant) -> Option<Instant> {
        if !(self.mail.is_idle() && self.arrivals.is_idle()) {
            return Some(end);
        }
        self.arrivals.last_ended().map(|last| last + LINGER).filter(|until| *until > Instant::now())
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
                self.on_wire(event);
            }
        };
        if timeout(GOODBYE_WITHIN, all_gone).await.is_err() {
            tracing::debug!("some peers did not hear the goodbye");
        }
        sleep(SENT_WITHIN).await;
    }
}
