//! Reachability: whether others can reach this node, and what they see of it.

pub(crate) mod autonat_client;
pub(crate) mod autonat_server;
pub(crate) mod dcutr_candidates;
pub(crate) mod relay_client;
pub(crate) mod relay_server;

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use ai2ai_discovery::address::is_of_this_network;
use ai2ai_discovery::nat::Sight;
use ai2ai_discovery::relays::relay_of;
use libp2p::autonat::v2::client;
use libp2p::{Multiaddr, PeerId};

use crate::actor::Actor;
use crate::event::NetworkEvent;
use crate::limits::{PROBED, SIGHTS, SIGHTS_OF_ONE};

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

impl Actor {
    /// Somebody whom this node dialled sees it at an address.
    pub(crate) fn on_seen(&mut self, by: PeerId, at: &Multiaddr) {
        let sight = Sight { by, at: ai2ai_discovery::address::split_peer(at).0 };
        let sights = &mut self.outside.sights;
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

    /// A volunteer has tried to reach this node.
    pub(crate) fn on_probe(&mut self, event: &client::Event) {
        let address = &event.tested_addr;
        let is_reached = event.result.is_ok();
        tracing::debug!(%address, server = %event.server, is_reached, "a volunteer has tried to reach this node");
        if self.outside.tried.len() < PROBED || self.outside.tried.contains_key(address) {
            self.outside.tried.insert(address.clone(), is_reached);
        }
        self.show_outside();
    }

    /// An address was found to be dialled from outside. Where no listener has it, it is the router's.
    pub(crate) fn on_reachable_at(&mut self, address: Multiaddr) {
        if relay_of(&address).is_none() && !self.shown.borrow().listening.contains(&address) {
            self.found_outside.push(address.clone());
            self.shown.send_modify(|view| view.listening.push(address.clone()));
            self.events.tell(NetworkEvent::Listening { address });
        }
        self.show_outside();
    }

    /// This machine is in another network now: what was true of the one before is forgotten.
    pub(crate) fn forget_outside(&mut self) {
        for address in std::mem::take(&mut self.found_outside) {
            self.swarm.remove_external_address(&address);
            self.not_listening(address, "this machine is in another network".to_owned());
        }
        (self.outside.tried, self.outside.sights) = (BTreeMap::new(), Vec::new());
        self.swarm.behaviour_mut().autonat_client.begin_anew();
        self.show_outside();
    }

    /// This machine is in another network.
    pub(crate) fn on_moved(&mut self, now: Instant) {
        self.forget_outside();
        let mut under_way = self.dialer.begin_anew(now);
        under_way.extend(self.relays.asked().filter(|relay| self.connections.chosen(relay).is_none()));
        for peer in under_way {
            // What began in the network before would only end when its time is over. An error means that nobody was connected.
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        self.relays.hurry(now);
        self.touch_soon(now);
        self.ask_relays(now);
    }

    /// Lets go of a peer, and leaves it to dial for a while.
    pub(crate) fn let_them_dial(&mut self, peer: PeerId, addresses: &[Multiaddr], within: Duration) {
        self.dialer.let_them(peer, addresses, Instant::now() + within);
        // An error means that there is no connection.
        let _ = self.swarm.disconnect_peer_id(peer);
    }

    /// Whether others can dial this node from anywhere, as far as is known.
    pub(crate) fn is_reachable(&self) -> bool {
        self.swarm.external_addresses().any(|address| relay_of(address).is_none() && !is_of_this_network(address))
    }

    pub(crate) fn show_outside(&mut self) {
        self.outside.reachable = match (self.is_reachable(), self.outside.tried.is_empty()) {
            (true, _) => Reachability::Yes,
            (false, false) => Reachability::No,
            (false, true) => Reachability::Unknown,
        };
        self.outside.relays = self.relays.held().collect();
        self.decide_to_serve();
        let outside = &self.outside;
        self.shown.send_if_modified(|view| {
            let is_new = view.outside != *outside;
            if is_new {
                view.outside = outside.clone();
            }
            is_new
        });
    }
}

fn is_udp(address: &Multiaddr) -> bool {
    address.iter().any(|part| matches!(part, libp2p::multiaddr::Protocol::Udp(_)))
}
