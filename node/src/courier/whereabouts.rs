//! Notices that this machine is in another network, without asking anybody: by the address that it would be seen under.
//!
//! Listeners tell of addresses that come and go. They do not tell when a cable is back but the address never left, or when a VPN takes
//! over what leaves; so the way out is looked at, too. Nothing is sent for it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::time::Instant;

use ai2ai_discovery::address::{is_loopback, is_of_this_network};
use ai2ai_discovery::relays::relay_of;
use ai2ai_protocol::time::Timestamp;
use libp2p::Multiaddr;

use super::dispatch::{Courier, STARTING};
use super::{mailbox, report};
use crate::clock::now;

/// Somewhere outside (RFC 5737, RFC 3849): only the way there is looked up.
const OUTSIDE_V4: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);
const OUTSIDE_V6: (Ipv6Addr, u16) = (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 9);

/// The addresses under which this machine leaves for the internet, by kind; none without a way.
type WayOut = (Option<IpAddr>, Option<IpAddr>);

/// The way out at the last look.
#[derive(Debug)]
pub(super) struct Whereabouts(WayOut);

impl Whereabouts {
    pub(super) fn new() -> Self {
        Self(way_out())
    }

    /// Whether there is a way out, and another than at the last look.
    pub(super) fn has_moved(&mut self) -> bool {
        let now = way_out();
        let before = std::mem::replace(&mut self.0, now);
        now != before && now != (None, None)
    }
}

fn way_out() -> WayOut {
    let v4 = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect(OUTSIDE_V4)?;
        socket.local_addr()
    });
    let v6 = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect(OUTSIDE_V6)?;
        socket.local_addr()
    });
    (v4.ok().map(|address| address.ip()), v6.ok().map(|address| address.ip()))
}

impl Courier {
    /// This node has one more address. If it is one of this machine, and not its router's, it may have moved.
    pub(super) fn may_have_moved(&mut self, address: &Multiaddr) {
        let is_ours = is_of_this_network(address) && !is_loopback(address) && relay_of(address).is_none();
        if is_ours && self.started.elapsed() > STARTING {
            self.on_moved(now());
        }
    }

    /// Looks whether this machine is in another network.
    pub(super) fn look_around(&mut self, at: Timestamp) {
        if self.whereabouts.has_moved() {
            self.on_moved(at);
        }
    }

    /// This machine is in another network: whoever could not be reached before may be reachable now, and looks for us elsewhere.
    fn on_moved(&mut self, at: Timestamp) {
        tracing::info!("this machine is in another network: everybody is looked for again");
        self.seek_everybody(at);
        let network = self.reach.network.clone();
        self.task(async move { network.moved(Instant::now()).await });
    }

    /// Whatever waits for its time is done now, and nobody is left alone any more.
    pub(super) fn seek_everybody(&mut self, at: Timestamp) {
        self.plan.hurry(at);
        self.names.hurry(at);
        self.sought.hurry(at);
        mailbox::locked(&self.mailboxes).hurry(at);
        self.lanes.seen_all(at);
        self.reach.by_https().forget_all();
        let reach = self.reach.clone();
        self.task(async move { report(reach.turn(|turn| turn.hurry_everyone()).await) });
    }
}
