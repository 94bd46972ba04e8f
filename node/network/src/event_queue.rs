//! Queue of events to the node. The network never waits for the node: it keeps a bounded queue.

use std::collections::VecDeque;

use tokio::sync::mpsc;

use crate::event::NetworkEvent;
use crate::limits::{EVENTS_KEPT, EVENTS_WAITING};

/// Events on their way to the node.
#[derive(Debug)]
pub(crate) struct EventQueue {
    sender: mpsc::Sender<NetworkEvent>,
    queue: VecDeque<NetworkEvent>,
}

impl EventQueue {
    pub(crate) fn new(sender: mpsc::Sender<NetworkEvent>) -> Self {
        Self { sender, queue: VecDeque::new() }
    }

    /// Tells what happened. A node that takes no events at all loses the oldest.
    pub(crate) fn tell(&mut self, event: NetworkEvent) {
        if self.queue.len() >= EVENTS_KEPT {
            tracing::warn!("the node takes no network events: the oldest are lost");
            self.queue.pop_front();
        }
        self.queue.push_back(event);
    }

    /// Tells of something that a peer sent and will send again; not when the node is behind. Whether it was told.
    pub(crate) fn offer(&mut self, event: NetworkEvent) -> bool {
        let has_room = self.queue.len() < EVENTS_WAITING;
        if has_room {
            self.queue.push_back(event);
        }
        has_room
    }

    /// Hands the next event over as soon as the node takes it; waits for ever when there is none.
    pub(crate) async fn hand_over(&mut self) {
        if self.queue.is_empty() {
            return std::future::pending().await;
        }
        match self.sender.reserve().await {
            Ok(place) => {
                let wanted = std::iter::from_fn(|| self.queue.pop_front()).find(|event| !is_stale(event));
                if let Some(event) = wanted {
                    place.send(event);
                }
            }
            Err(_) => self.queue.clear(),
        }
    }

    /// Hands over what the node takes at once.
    pub(crate) fn flush(&mut self) {
        while let Some(event) = self.queue.pop_front() {
            if self.sender.try_send(event).is_err() {
                return;
            }
        }
    }
}

/// Whether nobody waits for the answer any more.
fn is_stale(event: &NetworkEvent) -> bool {
    matches!(event, NetworkEvent::Batch { answer, .. } | NetworkEvent::Asked { answer, .. } if answer.is_closed())
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use libp2p::PeerId;

    use super::*;

    fn gone() -> NetworkEvent {
        NetworkEvent::Gone { peer: PeerId::random() }
    }

    #[test]
    fn a_node_that_is_behind_gets_news_but_no_requests() {
        let (sender, mut receiver) = mpsc::channel(1);
        let mut events = EventQueue::new(sender);
        (0..EVENTS_WAITING).for_each(|_| events.tell(gone()));
        assert!(!events.offer(gone()));
        events.tell(gone());
        assert_eq!(events.queue.len(), EVENTS_WAITING + 1);
        assert!(events.hand_over().now_or_never().is_some());
        assert!(events.hand_over().now_or_never().is_none(), "the node has taken none yet");
        assert!(receiver.try_recv().is_ok());
        assert!(events.hand_over().now_or_never().is_some());
    }

    #[test]
    fn a_batch_whose_sender_gave_up_is_not_handed_over() {
        let (sender, mut receiver) = mpsc::channel(4);
        let mut events = EventQueue::new(sender);
        let batch = |answer| NetworkEvent::Batch { peer: PeerId::random(), bytes: vec![], answer };
        let (given_up, nobody) = tokio::sync::oneshot::channel();
        drop(nobody);
        let (answer, _somebody) = tokio::sync::oneshot::channel();
        assert!(events.offer(batch(given_up)) && events.offer(batch(answer)));
        assert!(events.hand_over().now_or_never().is_some());
        assert!(matches!(receiver.try_recv(), Ok(NetworkEvent::Batch { answer, .. }) if !answer.is_closed()));
        assert!(events.hand_over().now_or_never().is_none());
    }

    #[test]
    fn the_queue_is_bounded_even_when_nobody_listens() {
        let (sender, _receiver) = mpsc::channel(1);
        let mut events = EventQueue::new(sender);
        (0..EVENTS_KEPT + 10).for_each(|_| events.tell(gone()));
        assert_eq!(events.queue.len(), EVENTS_KEPT);
    }
}
