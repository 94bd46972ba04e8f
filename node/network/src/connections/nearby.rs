//! Discovery on the local network: when mDNS begins, and whether it can work.

use std::net::Ipv4Addr;
use std::time::Instant;

use libp2p::core::transport::ListenerId;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::behaviour::NewListenAddr;
use libp2p::swarm::{FromSwarm, NetworkBehaviour};
use libp2p::{Multiaddr, PeerId, mdns};
use tokio::task::JoinSet;

use crate::connections::multicast;
use crate::limits::{MDNS_AFTER, ROUND};

/// The state of mDNS.
#[derive(Debug)]
pub(crate) struct Nearby {
    stage: NearbyStage,
    probes: JoinSet<Result<(), String>>,
}

#[derive(Debug)]
enum NearbyStage {
    /// The owner does not want it, or it has begun.
    Settled,
    /// It begins at this time, on these addresses.
    Begins { at: Instant, listening: Vec<(ListenerId, Multiaddr)> },
}

impl Nearby {
    pub(crate) fn new(wanted: bool, now: Instant) -> Self {
        let begins = NearbyStage::Begins { at: now + ROUND, listening: Vec::new() };
        Self { stage: if wanted { begins } else { NearbyStage::Settled }, probes: JoinSet::new() }
    }

    /// This node listens on an address. The first one that others can reach brings the beginning forward.
    pub(crate) fn listening(&mut self, listener: ListenerId, address: &Multiaddr, now: Instant) {
        let NearbyStage::Begins { at, listening } = &mut self.stage else { return };
        listening.push((listener, address.clone()));
        if ipv4(address).is_some() {
            *at = (*at).min(now + MDNS_AFTER);
        }
    }

    /// When [`Nearby::begin`] has something to do.
    pub(crate) fn wake_at(&self) -> Option<Instant> {
        match &self.stage {
            NearbyStage::Begins { at, .. } => Some(*at),
            NearbyStage::Settled => None,
        }
    }

    /// Begins, if it is time to. The behaviour comes too late to have heard of the addresses, so it is told of them.
    pub(crate) fn begin(&mut self, me: PeerId, now: Instant) -> Option<Result<mdns::tokio::Behaviour, String>> {
        let NearbyStage::Begins { at, listening } = &self.stage else { return None };
        if *at > now {
            return None;
        }
        let begun = mdns::tokio::Behaviour::new(ai2ai_discovery::mdns::config(), me).map(|mut mdns| {
            for (listener_id, addr) in listening {
                mdns.on_swarm_event(FromSwarm::NewListenAddr(NewListenAddr { listener_id: *listener_id, addr }));
            }
            mdns
        });
        let mut addresses: Vec<Ipv4Addr> = listening.iter().filter_map(|(_, address)| ipv4(address)).collect();
        addresses.sort_unstable();
        addresses.dedup();
        if begun.is_ok() {
            self.probes.spawn_blocking(move || multicast::probe_any(&addresses));
        }
        self.stage = NearbyStage::Settled;
        Some(begun.map_err(|error| error.to_string()))
    }

    /// What the probe of multicast found; `None` when no probe is under way.
    pub(crate) async fn probed(&mut self) -> Option<Result<(), String>> {
        self.probes.join_next().await?.ok()
    }
}

/// The IPv4 address, if it is one that others may reach.
fn ipv4(address: &Multiaddr) -> Option<Ipv4Addr> {
    match address.iter().next() {
        Some(Protocol::Ip4(ip)) if !ip.is_loopback() => Some(ip),
        Some(_) | None => None,
    }
}
