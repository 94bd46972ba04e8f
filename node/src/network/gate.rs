//! The gate that a peer's requests pass before a byte of them is read.
//!
//! Waiting unread costs almost nothing, and the stream's flow control stops the sender; a request that was read costs
//! up to a mebibyte until it is answered. So the gate bounds memory and work at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use libp2p::PeerId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::bucket::{Bucket, Rate};
use super::limits::{IN_PER_PEER, RATES_KEPT};

/// One peer's gate for one protocol.
#[derive(Debug)]
pub(super) struct Gate {
    bucket: Mutex<Bucket>,
    at_once: Arc<Semaphore>,
    of_all: Arc<Semaphore>,
}

/// The right to have one request read and answered. It lasts until it is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    _own: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Gate {
    /// Waits until one more request of this peer may be read.
    pub(super) async fn enter(&self) -> Permit {
        let own = permit(&self.at_once).await;
        let wait = self.bucket.lock().unwrap_or_else(PoisonError::into_inner).take(Instant::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Permit { _own: own, _of_all: permit(&self.of_all).await }
    }
}

async fn permit(semaphore: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    Arc::clone(semaphore).acquire_owned().await.expect("these semaphores are never closed")
}

/// The gates of all peers for one protocol. A peer that reconnects finds its gate as it left it.
#[derive(Debug)]
pub(super) struct Gates {
    rate: Rate,
    of_all: Arc<Semaphore>,
    gates: HashMap<PeerId, Arc<Gate>>,
}

impl Gates {
    /// Gates with a rate for each peer, that share the permits `of_all`.
    pub(super) fn new(rate: Rate, of_all: Arc<Semaphore>) -> Self {
        Self { rate, of_all, gates: HashMap::new() }
    }

    /// The gate of a peer.
    pub(super) fn of(&mut self, peer: PeerId) -> Arc<Gate> {
        if self.gates.len() >= RATES_KEPT {
            self.gates.retain(|_, gate| Arc::strong_count(gate) > 1);
        }
        let gate = self.gates.entry(peer).or_insert_with(|| {
            Arc::new(Gate {
                bucket: Mutex::new(Bucket::new(self.rate, Instant::now())),
                at_once: Arc::new(Semaphore::new(IN_PER_PEER)),
                of_all: Arc::clone(&self.of_all),
            })
        });
        Arc::clone(gate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    const FAST: Rate = Rate { burst: 10_000, per_second: 10_000 };

    #[test]
    fn one_peer_can_not_take_every_place() {
        let mut gates = Gates::new(FAST, Arc::new(Semaphore::new(IN_PER_PEER + 1)));
        let (greedy, other) = (gates.of(PeerId::random()), gates.of(PeerId::random()));
        let held: Vec<Permit> = (0..IN_PER_PEER).filter_map(|_| greedy.enter().now_or_never()).collect();
        assert_eq!(held.len(), IN_PER_PEER);
        assert!(greedy.enter().now_or_never().is_none());
        assert!(other.enter().now_or_never().is_some());
        drop(held);
        assert!(greedy.enter().now_or_never().is_some());
    }

    #[test]
    fn the_places_of_all_peers_together_are_bounded() {
        let mut gates = Gates::new(FAST, Arc::new(Semaphore::new(2)));
        let held: Vec<Option<Permit>> = (0..3).map(|_| gates.of(PeerId::random()).enter().now_or_never()).collect();
        assert_eq!(held.iter().flatten().count(), 2);
    }

    #[test]
    fn gates_of_peers_that_left_are_forgotten_in_time() {
        let mut gates = Gates::new(FAST, Arc::new(Semaphore::new(2)));
        let kept = gates.of(PeerId::random());
        for _ in 0..3 * RATES_KEPT {
            gates.of(PeerId::random());
        }
        assert!(gates.gates.len() <= RATES_KEPT);
        assert!(gates.gates.values().any(|gate| Arc::ptr_eq(gate, &kept)));
    }
}
