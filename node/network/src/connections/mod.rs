//! Connections of each peer: which one counts, and which ones are closed (pure).
//!
//! Two nodes often end with several connections: both dialled, one restarted, an address changed. Requests take the
//! newest direct one, since who opens a second connection has lost the first or never knew it. Of two nodes only the
//! one with the lower id closes what is surplus, so both always agree on which one survives.

pub(crate) mod dialer;
pub mod multicast;
pub(crate) mod nearby;
pub(crate) mod quic_warmup;
pub(crate) mod relay_backoff;
pub(crate) mod udp_probe;

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Instant;

use ai2ai_discovery::address::is_loopback;
use ai2ai_discovery::relays::relay_of;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};

use crate::event::{Carrier, Connection, Path};
use crate::limits::{IDENTIFY_WITHIN, SILENCE, SURPLUS_AFTER};

/// One connection.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) id: ConnectionId,
    pub(crate) path: Path,
    /// The peer's end.
    pub(crate) remote: Multiaddr,
    /// Our end, where it is known: on connections that the peer dialled.
    pub(crate) local: Option<Multiaddr>,
    pub(crate) since: Instant,
    pub(crate) pulse: Pulse,
    /// Whether the peer is known to speak AI2AI.
    pub(crate) speaks: bool,
    /// Whether the peer serves others, once it has said what it speaks.
    pub(crate) serves: Option<bool>,
}

/// Knowledge of a connection being alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pulse {
    /// The last answer to a ping, or the beginning.
    Heard(Instant),
    /// The peer knows no ping, so its silence means nothing.
    Mute,
}

/// CloseReason a connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CloseReason {
    Surplus,
    Dead,
    Foreign,
}

/// A change for the rest of the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Connected(Path),
    Disconnected,
}

#[derive(Debug, Default)]
struct PeerConnections {
    links: Vec<Link>,
    announced: Option<ConnectionId>,
}

/// All connections, by peer.
#[derive(Debug)]
pub(crate) struct Connections {
    me: PeerId,
    /// Whether this node serves others.
    is_server: bool,
    by_peer: HashMap<PeerId, PeerConnections>,
}

impl Connections {
    pub(crate) fn new(me: PeerId, is_server: bool) -> Self {
        Self { me, is_server, by_peer: HashMap::new() }
    }

    pub(crate) fn opened(&mut self, peer: PeerId, link: Link) {
        self.by_peer.entry(peer).or_default().links.push(link);
    }

    pub(crate) fn closed(&mut self, peer: &PeerId, id: ConnectionId) {
        if let Some(pair) = self.by_peer.get_mut(peer) {
            pair.links.retain(|link| link.id != id);
        }
    }

    /// The peer is known to speak AI2AI on this connection.
    pub(crate) fn speaks(&mut self, peer: &PeerId, id: ConnectionId) {
        if let Some(link) = self.link(peer, id) {
            link.speaks = true;
        }
    }

    /// The peer has said on this connection whether it serves others. Whether that was for the first time.
    pub(crate) fn serves(&mut self, peer: &PeerId, id: ConnectionId, serves: bool) -> bool {
        self.link(peer, id).is_some_and(|link| link.serves.replace(serves).is_none())
    }

    /// Whether there is a direct connection by this carrier.
    pub(crate) fn has(&self, peer: &PeerId, carrier: Carrier) -> bool {
        self.by_peer.get(peer).is_some_and(|pair| pair.links.iter().any(|link| link.path == Path::Direct(carrier)))
    }

    /// A ping was answered, or will never be.
    pub(crate) fn pulse(&mut self, peer: &PeerId, id: ConnectionId, pulse: Pulse) {
        if let Some(link) = self.link(peer, id) {
            link.pulse = pulse;
        }
    }

    /// How a connection that this node dialled reaches the peer, and where.
    pub(crate) fn dialled(&self, peer: &PeerId, id: ConnectionId) -> Option<(Path, Multiaddr)> {
        let link = self.at(peer, id)?;
        link.local.is_none().then(|| (link.path, link.remote.clone()))
    }

    /// The relay that a connection goes through, if it does.
    pub(crate) fn relay(&self, peer: &PeerId, id: ConnectionId) -> Option<PeerId> {
        let link = self.at(peer, id)?;
        relay_of(&link.remote).or_else(|| relay_of(link.local.as_ref()?))
    }

    /// From which IP address a connection comes: the peer's, or the relay's that it goes through.
    pub(crate) fn ip(&self, peer: &PeerId, id: ConnectionId) -> Option<IpAddr> {
        let link = self.at(peer, id)?;
        ip(&link.remote).or_else(|| ip(link.local.as_ref()?))
    }

    /// The connection that requests to the peer take.
    pub(crate) fn chosen(&self, peer: &PeerId) -> Option<ConnectionId> {
        chosen(&self.by_peer.get(peer)?.links).map(|link| link.id)
    }

    /// What changed for the rest of the node since this was last asked.
    pub(crate) fn change(&mut self, peer: &PeerId) -> Option<Change> {
        let pair = self.by_peer.get_mut(peer)?;
        let now = chosen(&pair.links).filter(|link| link.speaks).map(|link| (link.id, link.path));
        let before = std::mem::replace(&mut pair.announced, now.map(|(id, _)| id));
        if pair.links.is_empty() {
            self.by_peer.remove(peer);
        }
        match (before, now) {
            (Some(before), Some((id, _))) if before == id => None,
            (_, Some((_, path))) => Some(Change::Connected(path)),
            (Some(_), None) => Some(Change::Disconnected),
            (None, None) => None,
        }
    }

    /// The connections that are to be closed now, and why.
    pub(crate) fn to_close(&self, now: Instant) -> Vec<(PeerId, ConnectionId, CloseReason)> {
        let mut list = Vec::new();
        for (peer, pair) in &self.by_peer {
            for id in self.surplus(peer, &pair.links, now) {
                list.push((*peer, id, CloseReason::Surplus));
            }
            for link in &pair.links {
                if let Some(why) = link.fault(now) {
                    list.push((*peer, link.id, why));
                }
            }
        }
        list
    }

    /// The connections that hang because this machine lost an address. They would not notice it themselves for long.
    pub(crate) fn hanging(&self, lost: &Multiaddr) -> Vec<ConnectionId> {
        self.by_peer.values().flat_map(|pair| &pair.links).filter(|link| link.hangs(lost)).map(|link| link.id).collect()
    }

    /// The connections that count, one for each peer that speaks AI2AI.
    pub(crate) fn chosen_ones(&self) -> Vec<Connection> {
        let mut list: Vec<Connection> = self
            .by_peer
            .iter()
            .filter_map(|(peer, pair)| chosen(&pair.links).filter(|link| link.speaks).map(|link| (peer, link)))
            .map(|(peer, link)| Connection {
                peer: *peer,
                path: link.path,
                address: link.remote.clone(),
                inbound: link.local.is_some(),
                serves: link.serves,
            })
            .collect();
        list.sort_unstable_by_key(|connection| connection.peer);
        list
    }

    /// How many connections there are.
    pub(crate) fn open(&self) -> usize {
        self.by_peer.values().map(|pair| pair.links.len()).sum()
    }

    /// What this node closes of its connections with a peer: nothing if its id is the higher one, and nothing before the
    /// chosen one has proved itself for a moment, since a lost race or the other end may still close one.
    ///
    /// A guest of a volunteer keeps one by each carrier: a place may hang on either, and each keeps a port of the router open.
    fn surplus(&self, peer: &PeerId, links: &[Link], now: Instant) -> Vec<ConnectionId> {
        let Some(keep) = chosen(links) else { return vec![] };
        let settled = keep.speaks && now.saturating_duration_since(keep.since) >= SURPLUS_AFTER;
        if self.me > *peer || !settled {
            return vec![];
        }
        let serves = self.is_server || keep.serves == Some(true);
        let newest = |link: &&Link| {
            !links.iter().any(|other| other.path == link.path && (other.since, other.id) > (link.since, link.id))
        };
        let stays = |link: &&Link| link.id == keep.id || (serves && link.is_direct() && newest(link));
        links.iter().filter(|link| !stays(link)).map(|link| link.id).collect()
    }

    fn at(&self, peer: &PeerId, id: ConnectionId) -> Option<&Link> {
        self.by_peer.get(peer)?.links.iter().find(|link| link.id == id)
    }

    fn link(&mut self, peer: &PeerId, id: ConnectionId) -> Option<&mut Link> {
        self.by_peer.get_mut(peer)?.links.iter_mut().find(|link| link.id == id)
    }
}

impl Link {
    fn is_direct(&self) -> bool {
        matches!(self.path, Path::Direct(_))
    }

    fn fault(&self, now: Instant) -> Option<CloseReason> {
        let silent = matches!(self.pulse, Pulse::Heard(at) if now.saturating_duration_since(at) > SILENCE);
        let foreign = !self.speaks && now.saturating_duration_since(self.since) > IDENTIFY_WITHIN;
        match (silent, foreign) {
            (true, _) => Some(CloseReason::Dead),
            (false, true) => Some(CloseReason::Foreign),
            (false, false) => None,
        }
    }

    /// Where our end is not known, every connection of that address family that leaves the machine may be one.
    fn hangs(&self, lost: &Multiaddr) -> bool {
        let Some(lost) = ip(lost) else { return false };
        match self.local.as_ref().and_then(ip) {
            Some(local) => local == lost,
            None => {
                ip(&self.remote).is_some_and(|remote| remote.is_ipv4() == lost.is_ipv4()) && !is_loopback(&self.remote)
            }
        }
    }
}

/// Direct before relayed, known speakers before unknown, then the newest.
fn chosen(links: &[Link]) -> Option<&Link> {
    links.iter().max_by_key(|link| (link.is_direct(), link.speaks, link.since, link.id))
}

fn ip(address: &Multiaddr) -> Option<IpAddr> {
    match address.iter().next() {
        Some(Protocol::Ip4(ip)) => Some(ip.into()),
        Some(Protocol::Ip6(ip)) => Some(ip.into()),
        Some(_) | None => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const TCP: Path = Path::Direct(Carrier::Tcp);
    const QUIC: Path = Path::Direct(Carrier::Quic);

    struct Scene {
        low: PeerId,
        high: PeerId,
        start: Instant,
    }

    fn scene() -> Scene {
        let a = PeerId::random();
        let b = PeerId::random();
        Scene { low: a.min(b), high: a.max(b), start: Instant::now() }
    }

    impl Scene {
        fn at(&self, millis: u64) -> Instant {
            self.start + Duration::from_millis(millis)
        }

        fn link(&self, id: usize, path: Path, millis: u64) -> Link {
            Link {
                id: ConnectionId::new_unchecked(id),
                path,
                remote: "/ip4/10.0.0.2/tcp/4001".parse().expect("an address"),
                local: None,
                since: self.at(millis),
                pulse: Pulse::Heard(self.at(millis)),
                speaks: true,
                serves: None,
            }
        }

        fn connections(&self, links: impl IntoIterator<Item = Link>) -> Connections {
            let mut connections = Connections::new(self.low, false);
            links.into_iter().for_each(|link| connections.opened(self.high, link));
            connections
        }
    }

    fn id(id: usize) -> ConnectionId {
        ConnectionId::new_unchecked(id)
    }

    #[test]
    fn the_newest_direct_connection_counts() {
        let scene = scene();
        let links = [scene.link(2, QUIC, 0), scene.link(1, TCP, 10), scene.link(3, Path::Relayed, 20)];
        assert_eq!(chosen(&links).map(|link| link.id), Some(id(1)));
        assert_eq!(chosen(&[]).map(|link| link.id), None);
    }

    #[test]
    fn a_connection_to_a_known_speaker_counts_before_one_to_a_stranger() {
        let scene = scene();
        let unknown = Link { speaks: false, ..scene.link(2, QUIC, 10) };
        assert_eq!(chosen(&[scene.link(1, QUIC, 0), unknown]).map(|link| link.id), Some(id(1)));
    }

    #[test]
    fn only_the_lower_id_closes_and_only_after_a_moment() {
        let scene = scene();
        let links = [scene.link(1, QUIC, 0), scene.link(2, TCP, 10), scene.link(3, Path::Relayed, 20)];
        let surplus =
            |me, peer, links: &[Link], millis| Connections::new(me, false).surplus(&peer, links, scene.at(millis));
        assert_eq!(surplus(scene.low, scene.high, &links, 900), []);
        assert_eq!(surplus(scene.low, scene.high, &links, 1_010), [id(1), id(3)]);
        assert_eq!(surplus(scene.high, scene.low, &links, 60_000), []);
        assert_eq!(surplus(scene.low, scene.high, &links[..1], 60_000), []);
    }

    #[test]
    fn a_guest_and_its_volunteer_keep_one_connection_by_each_carrier() {
        let scene = scene();
        let links = [
            scene.link(1, QUIC, 0),
            scene.link(2, TCP, 10),
            scene.link(3, QUIC, 20),
            scene.link(4, Path::Relayed, 30),
            scene.link(5, TCP, 40),
        ];
        let volunteer = Connections::new(scene.low, true);
        assert_eq!(volunteer.surplus(&scene.high, &links, scene.at(5_000)), [id(1), id(2), id(4)]);
        let links = links.map(|link| Link { serves: Some(true), ..link });
        let guest = Connections::new(scene.low, false);
        assert_eq!(guest.surplus(&scene.high, &links, scene.at(5_000)), [id(1), id(2), id(4)]);
    }

    #[test]
    fn the_node_hears_of_a_pair_once_and_again_when_another_connection_takes_over() {
        let scene = scene();
        let mut connections = scene.connections([Link { speaks: false, ..scene.link(1, TCP, 0) }]);
        assert_eq!(connections.change(&scene.high), None, "nobody knows yet what it speaks");
        connections.speaks(&scene.high, id(1));
        assert_eq!(connections.change(&scene.high), Some(Change::Connected(TCP)));
        assert_eq!(connections.change(&scene.high), None);
        connections.opened(scene.high, scene.link(2, QUIC, 50));
        assert_eq!(connections.change(&scene.high), Some(Change::Connected(QUIC)));
        connections.closed(&scene.high, id(1));
        assert_eq!(connections.change(&scene.high), None);
        connections.closed(&scene.high, id(2));
        assert_eq!(connections.change(&scene.high), Some(Change::Disconnected));
        assert_eq!(connections.change(&scene.high), None);
        assert!(connections.by_peer.is_empty());
    }

    #[test]
    fn silence_is_death_unless_the_peer_knows_no_ping() {
        let scene = scene();
        let mut connections = scene.connections([scene.link(1, TCP, 0)]);
        let late = scene.at(1) + SILENCE;
        assert_eq!(connections.to_close(late), [(scene.high, id(1), CloseReason::Dead)]);
        connections.pulse(&scene.high, id(1), Pulse::Heard(late));
        assert_eq!(connections.to_close(late), []);
        connections.pulse(&scene.high, id(1), Pulse::Mute);
        assert_eq!(connections.to_close(late + SILENCE * 9), []);
    }

    #[test]
    fn who_never_says_what_it_speaks_is_sent_away() {
        let scene = scene();
        let link = Link { speaks: false, pulse: Pulse::Mute, ..scene.link(1, TCP, 0) };
        let connections = scene.connections([link]);
        assert_eq!(connections.to_close(scene.at(0) + IDENTIFY_WITHIN), []);
        assert_eq!(connections.to_close(scene.at(1) + IDENTIFY_WITHIN), [(scene.high, id(1), CloseReason::Foreign)]);
        assert_eq!(connections.chosen_ones(), []);
    }

    #[test]
    fn connections_hang_when_their_end_of_the_wire_is_gone() {
        let scene = scene();
        let local = |text: &str| Some(text.parse().expect("an address"));
        let remote = |text: &str| text.parse().expect("an address");
        let connections = scene.connections([
            Link { local: local("/ip4/192.168.1.5/tcp/1"), ..scene.link(1, TCP, 0) },
            Link { local: local("/ip4/10.9.9.9/tcp/1"), ..scene.link(2, TCP, 0) },
            Link { remote: remote("/ip4/10.0.0.2/tcp/1"), ..scene.link(3, TCP, 0) },
            Link { remote: remote("/ip4/127.0.0.1/tcp/1"), ..scene.link(4, TCP, 0) },
            Link { remote: remote("/ip6/fd12::1/tcp/1"), ..scene.link(5, TCP, 0) },
        ]);
        let lost = "/ip4/192.168.1.5/udp/4001/quic-v1".parse().expect("an address");
        assert_eq!(connections.hanging(&lost), [id(1), id(3)]);
    }
}
