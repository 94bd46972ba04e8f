//! Admission: what a peer's requests wait for before a byte of them is read.
//!
//! Waiting unread costs almost nothing, and the stream's flow control stops the sender; a request that was read costs
//! up to a mebibyte until it is answered. So admission bounds memory and work at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use libp2p::PeerId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::{IN_PER_PEER, RATES_KEPT};
use crate::requests::shaper::{Shape, Shaper};

/// One peer's admission for one protocol.
#[derive(Debug)]
pub(crate) struct PeerAdmission {
    bucket: Mutex<Shaper>,
    at_once: Arc<Semaphore>,
    of_all: Arc<Semaphore>,
}

/// The right to have one request read and answered. It lasts until it is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    _own: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl PeerAdmission {
    /// Waits until one more request of this peer may be read.
    pub(crate) async fn enter(&self) -> Permit {
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

/// The by_peer of all peers for one protocol. A peer that reconnects finds its admission as it left it.
#[derive(Debug)]
pub(crate) struct Admission {
    rate: Shape,
    of_all: Arc<Semaphore>,
    by_peer: HashMap<PeerId, Arc<PeerAdmission>>,
}

impl Admission {
    /// Admission with a rate for each peer, that share the permits `of_all`.
    pub(crate) fn new(rate: Shape, of_all: Arc<Semaphore>) -> Self {
        Self { rate, of_all, by_peer: HashMap::new() }
    }

    /// The admission of a peer.
    pub(crate) fn of(&mut self, peer: PeerId) -> Arc<PeerAdmission> {
        if self.by_peer.len() >= RATES_KEPT {
            self.by_peer.retain(|_, admission| Arc::strong_count(admission) > 1);
        }
        let admission = self.by_peer.entry(peer).or_insert_with(|| {
            Arc::new(PeerAdmission {
                bucket: Mutex::new(Shaper::new(self.rate, Instant::now())),
                at_once: Arc::new(Semaphore::new(IN_PER_PEER)),
                of_all: Arc::clone(&self.of_all),
            })
        });
        Arc::clone(admission)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    const FAST: Shape = Shape { burst: 10_000, per_second: 10_000 };

    #[test]
    fn one_peer_can_not_take_every_place() {
        let mut by_peer = Admission::new(FAST, Arc::new(Semaphore::new(IN_PER_PEER + 1)));
        let greedy = by_peer.of(PeerId::random());
        let other = by_peer.of(PeerId::random());
        let held: Vec<Permit> = (0..IN_PER_PEER).filter_map(|_| greedy.enter().now_or_never()).collect();
        assert_eq!(held.len(), IN_PER_PEER);
        assert!(greedy.enter().now_or_never().is_none());
        assert!(other.enter().now_or_never().is_some());
        drop(held);
        assert!(greedy.enter().now_or_never().is_some());
    }

    #[test]
    fn the_places_of_all_peers_together_are_bounded() {
        let mut by_peer = Admission::new(FAST, Arc::new(Semaphore::new(2)));
        let held: Vec<Option<Permit>> = (0..3).map(|_| by_peer.of(PeerId::random()).enter().now_or_never()).collect();
        assert_eq!(held.iter().flatten().count(), 2);
    }

    #[test]
    fn gates_of_peers_that_left_are_forgotten_in_time() {
        let mut by_peer = Admission::new(FAST, Arc::new(Semaphore::new(2)));
        let kept = by_peer.of(PeerId::random());
        for _ in 0..3 * RATES_KEPT {
            by_peer.of(PeerId::random());
        }
        assert!(by_peer.by_peer.len() <= RATES_KEPT);
        assert!(by_peer.by_peer.values().any(|admission| Arc::ptr_eq(admission, &kept)));
    }
}
