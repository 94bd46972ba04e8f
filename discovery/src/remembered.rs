//! Nodes that serve others, remembered over restarts, so that a node that starts anew is not helpless without its bootstrap (pure).

use std::collections::BTreeMap;

use ai2ai_protocol::time::Timestamp;
use libp2p::{Multiaddr, PeerId};

/// Nodes that are remembered.
pub const REMEMBERED: usize = 16;

/// A node that serves others, and where it was reached last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The node.
    pub peer: PeerId,
    /// Address at which this node reached it.
    pub address: Multiaddr,
    /// The time.
    pub reached_at: Timestamp,
}

/// The nodes that are remembered.
#[derive(Debug, Default)]
pub struct Remembered(BTreeMap<PeerId, Server>);

impl Remembered {
    /// Those that were remembered before.
    #[must_use]
    pub fn of(servers: Vec<Server>) -> Self {
        let mut remembered = Self::default();
        for server in servers {
            remembered.reached(server);
        }
        remembered
    }

    /// A node was reached. Whether there is something new to remember: only when is not.
    pub fn reached(&mut self, server: Server) -> bool {
        let is_known = self.0.get(&server.peer).is_some_and(|known| known.address == server.address);
        self.0.insert(server.peer, server);
        if self.0.len() > REMEMBERED
            && let Some(oldest) = self.0.values().min_by_key(|known| known.reached_at).map(|known| known.peer)
        {
            self.0.remove(&oldest);
        }
        !is_known
    }

    /// All of them, the last reached first.
    #[must_use]
    pub fn all(&self) -> Vec<Server> {
        let mut all: Vec<Server> = self.0.values().cloned().collect();
        all.sort_by_key(|server| std::cmp::Reverse(server.reached_at));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(at: i64) -> Server {
        let address = format!("/ip4/203.0.113.7/tcp/{}", at + 1).parse().expect("an address");
        Server { peer: PeerId::random(), address, reached_at: Timestamp::from_millis(at) }
    }

    #[test]
    fn those_reached_last_are_remembered_and_not_more_than_there_is_room_for() {
        let all: Vec<Server> = (0..100).map(server).collect();
        let mut remembered = Remembered::of(all.clone());
        let expected: Vec<Server> = all.into_iter().rev().take(REMEMBERED).collect();
        assert_eq!(remembered.all(), expected);
        let again = Server { reached_at: Timestamp::from_millis(1_000), ..expected[3].clone() };
        assert!(!remembered.reached(again.clone()), "nothing new to remember");
        assert_eq!(remembered.all()[0], again);
        let moved = Server { address: "/ip4/203.0.113.9/tcp/1".parse().expect("an address"), ..again };
        assert!(remembered.reached(moved.clone()) && remembered.all().contains(&moved));
    }
}
