//! Events that the network tells the node.

use std::fmt;
use std::net::IpAddr;

use ai2ai_discovery::finding::Finding;
use ai2ai_discovery::remembered::Server;
use libp2p::core::ConnectedPoint;
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::oneshot;

/// What carries a direct connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Carrier {
    /// TCP with Noise and Yamux.
    Tcp,
    /// QUIC.
    Quic,
}

/// How a peer is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Path {
    /// From machine to machine.
    Direct(Carrier),
    /// Through a relay.
    Relayed,
}

impl Path {
    pub(crate) fn of(endpoint: &ConnectedPoint) -> Self {
        let is_quic = |address: &Multiaddr| address.iter().any(|part| matches!(part, Protocol::QuicV1));
        match endpoint {
            _ if endpoint.is_relayed() => Path::Relayed,
            ConnectedPoint::Dialer { address, .. } if is_quic(address) => Path::Direct(Carrier::Quic),
            ConnectedPoint::Listener { local_addr, .. } if is_quic(local_addr) => Path::Direct(Carrier::Quic),
            ConnectedPoint::Dialer { .. } | ConnectedPoint::Listener { .. } => Path::Direct(Carrier::Tcp),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Path::Direct(Carrier::Tcp) => "tcp",
            Path::Direct(Carrier::Quic) => "quic",
            Path::Relayed => "relayed",
        })
    }
}

/// The connection that requests to a peer take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The peer, which speaks AI2AI.
    pub peer: PeerId,
    /// How it is reached.
    pub path: Path,
    /// Its end of the connection, as seen from here. When the peer dialled, others can't dial this address.
    pub address: Multiaddr,
    /// Whether the peer dialled.
    pub inbound: bool,
    /// Whether the peer serves others, as a relay or with a mailbox, once it has said what it speaks.
    pub serves: Option<bool>,
}

/// What a volunteer does for others beside relaying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VolunteerService {
    /// It keeps sealed envelopes for those who are away.
    Mailbox,
    /// It lists the cards of those who want to be found.
    Directory,
}

/// What happened on the network.
#[derive(Debug)]
pub enum NetworkEvent {
    /// This node listens on an address of this machine, loopback included.
    Listening {
        /// The address.
        address: Multiaddr,
    },
    /// This node does not, or no longer, listen on an address.
    NotListening {
        /// The address.
        address: Multiaddr,
        /// CloseReason, for the owner.
        reason: String,
    },
    /// Other nodes on this network can't be heard, and can't hear this one. It is said once, and mDNS goes on trying.
    MdnsUnavailable {
        /// CloseReason, for the owner.
        reason: String,
    },
    /// A source found a peer, or more addresses of it.
    Found {
        /// What it found.
        finding: Finding,
    },
    /// mDNS no longer hears a peer.
    Gone {
        /// The peer.
        peer: PeerId,
    },
    /// A peer that speaks AI2AI is connected. It comes again, without a disconnection between, when a new connection
    /// takes the place of the one before: the peer may have restarted.
    Connected {
        /// The peer.
        peer: PeerId,
        /// How it is reached.
        path: Path,
    },
    /// The last connection with a peer is gone.
    Disconnected {
        /// The peer.
        peer: PeerId,
    },
    /// A peer asked for our card and showed its own: at most `CARD_BYTES`, a JSON object, not verified.
    Card {
        /// Who showed it.
        peer: PeerId,
        /// The card.
        bytes: Vec<u8>,
    },
    /// These nodes serve others, and were reached: they are worth knowing after a restart.
    Remember {
        /// All of them, the last reached first.
        servers: Vec<Server>,
    },
    /// A peer sent a batch: at most `BATCH_BYTES`, not read. The answer is due within
    /// [`ANSWER_WITHIN`](crate::limits::ANSWER_WITHIN); without one the peer sees a failure, and sends again.
    Batch {
        /// Who sent it.
        peer: PeerId,
        /// The batch.
        bytes: Vec<u8>,
        /// Where the answer goes: at most `RECEIPTS_BYTES`.
        answer: oneshot::Sender<Vec<u8>>,
    },
    /// A peer that this node has dialled serves others.
    Volunteer {
        /// The peer.
        peer: PeerId,
        /// Where it was dialled.
        address: Multiaddr,
        /// What it offers.
        service: VolunteerService,
    },
    /// A peer asks something of this volunteer: at most `BATCH_BYTES`, not read. The answer is due as for a batch.
    Asked {
        /// What it asks of.
        service: VolunteerService,
        /// Who asks.
        peer: PeerId,
        /// From where: its own address, or that of the relay that it comes through.
        from: Option<IpAddr>,
        /// The request.
        bytes: Vec<u8>,
        /// Where the answer goes: at most `BATCH_BYTES`.
        answer: oneshot::Sender<Vec<u8>>,
    },
}
