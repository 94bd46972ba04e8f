//! Reachability: whether others can reach this node, and what they see of it.

pub(crate) mod autonat_client;
pub(crate) mod autonat_server;
pub(crate) mod dcutr_candidates;
pub(crate) mod relay_server;

use std::collections::BTreeMap;
use std::fmt;

use ai2ai_discovery::nat::Sight;
use libp2p::{Multiaddr, PeerId};

use crate::limits::{SIGHTS, SIGHTS_OF_ONE};

/// Whether others can dial this node from anywhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reachability {
    /// They can: a volunteer dialled it, or the owner says so.
    Yes,
    /// They can't: a volunteer tried in vain.
    No,
    /// Nobody has tried yet.
    #[default]
    Unknown,
}

impl fmt::Display for Reachability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        })
    }
}

/// What others have found out and seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outside {
    /// Whether they can dial this node.
    pub reachable: Reachability,
    /// The addresses that a volunteer has tried, and whether that led here.
    pub tried: BTreeMap<Multiaddr, bool>,
    /// How others see this node, on connections that it dialled.
    pub sights: Vec<Sight>,
    /// The relays that hold a place for this node.
    pub relays: Vec<PeerId>,
}

impl Outside {
    /// Somebody whom this node dialled sees it at an address.
    pub(crate) fn seen(&mut self, by: PeerId, at: &Multiaddr) {
        let sight = Sight { by, at: ai2ai_discovery::address::split_peer(at).0 };
        let sights = &mut self.sights;
        sights.retain(|known| *known != sight);
        let is_like = |known: &&Sight| known.by == by && is_udp(&known.at) == is_udp(&sight.at);
        let oldest = if sights.iter().filter(is_like).count() >= SIGHTS_OF_ONE {
            sights.iter().position(|known| is_like(&known))
        } else {
            (sights.len() >= SIGHTS).then_some(0)
        };
        if let Some(oldest) = oldest {
            sights.remove(oldest);
        }
        sights.push(sight);
    }
}

fn is_udp(address: &Multiaddr) -> bool {
    address.iter().any(|part| matches!(part, libp2p::multiaddr::Protocol::Udp(_)))
}
