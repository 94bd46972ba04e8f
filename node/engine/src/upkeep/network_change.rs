//! Network changes: this machine is in another network. Nobody is asked; it shows by the address that it would be seen under.
//!
//! Listeners tell of addresses that come and go. They do not tell when a cable is back but the address never left, or when a VPN takes
//! over what leaves; so the way out is looked at, too. Nothing is sent for it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::time::{Duration, Instant};

use ai2ai_api::clock::now;
use ai2ai_core::outbound::due;
use ai2ai_discovery::address::{is_loopback, is_of_this_network};
use ai2ai_discovery::relays::relay_of;
use ai2ai_protocol::time::Timestamp;
use libp2p::Multiaddr;

use crate::context::report;
use crate::loop_state::LoopState;
use crate::peers::mailboxes;

/// Time in which a node that starts finds its first addresses.
const STARTING: Duration = Duration::from_secs(2);
/// Somewhere outside (RFC 5737, RFC 3849): only the way there is looked up.
const OUTSIDE_V4: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);
const OUTSIDE_V6: (Ipv6Addr, u16) = (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 9);

/// The addresses under which this machine leaves for the internet, by kind; none without a way.
type WayOut = (Option<IpAddr>, Option<IpAddr>);

/// The way out at the last look.
#[derive(Debug)]
pub(crate) struct NetworkChange(WayOut);

impl NetworkChange {
    pub(crate) fn new() -> Self {
        Self(way_out())
    }

    /// Returns whether there is a way out, and another than at the last look.
    pub(crate) fn has_moved(&mut self) -> bool {
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

/// Notes one more address of this node. If it is one of this machine, and not its router's, it may have moved.
pub(crate) fn may_have_moved(state: &mut LoopState, address: &Multiaddr) {
    let is_ours = is_of_this_network(address) && !is_loopback(address) && relay_of(address).is_none();
    if is_ours && state.started.elapsed() > STARTING {
        on_moved(state, now());
    }
}

/// Acts on another network: whoever could not be reached before may be reachable now, and looks for us elsewhere.
pub(crate) fn on_moved(state: &mut LoopState, at: Timestamp) {
    tracing::info!("this machine is in another network: everybody is looked for again");
    seek_everybody(state, at);
    let network = state.context.network.clone();
    state.task(async move { network.moved(Instant::now()).await });
}

/// Does now whatever waits for its time, and leaves nobody alone any more.
pub(crate) fn seek_everybody(state: &mut LoopState, at: Timestamp) {
    state.plan.hurry(at);
    state.names.hurry(at);
    state.sought.hurry(at);
    mailboxes::locked(&state.mailboxes).hurry(at);
    state.scheduler.seen_all(at);
    state.context.by_https().forget_all();
    let context = state.context.clone();
    state.task(async move { report(context.transact(due::hurry_all).await) });
}
