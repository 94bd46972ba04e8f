//! CloseReason a request failed, and whether the peer may have got it.

use std::error::Error;
use std::fmt;
use std::io;

use ai2ai_protocol::code::Code;
use libp2p::core::transport::TransportError;
use libp2p::swarm::{ConnectionDenied, DialError};
use libp2p::{Multiaddr, PeerId, allow_block_list, connection_limits, memory_connection_limits};

/// Whether the peer may have got what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It never left this node.
    NotSent,
    /// It may have arrived, and may have had its effect. Sending it again is safe only because the other side
    /// recognises a repeat.
    Unknown,
}

/// One address that was tried, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialAttempt {
    /// The address.
    pub address: Multiaddr,
    /// What happened there, such as "connection refused".
    pub reason: String,
}

/// CloseReason a request brought no answer. [`NetworkError::fate`] says whether the peer may have got it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// No address led to the peer. Not sent.
    #[error("no route to {peer}{}", Tried(.tried))]
    NoRoute {
        /// The peer.
        peer: PeerId,
        /// The addresses tried; none when none was known.
        tried: Vec<DialAttempt>,
    },
    /// The peer is there and does not speak AI2AI. Not sent.
    #[error("{peer} is no AI2AI node")]
    NotAi2ai {
        /// The peer.
        peer: PeerId,
    },
    /// The peer is there and does not do for others what it was asked to. Not sent.
    #[error("{peer} does not serve others in this way")]
    NoService {
        /// The peer.
        peer: PeerId,
    },
    /// The peer is this node. Not sent.
    #[error("that is this node itself")]
    Ourselves,
    /// The owner blocked the peer. Not sent.
    #[error("{peer} is blocked")]
    Blocked {
        /// The peer.
        peer: PeerId,
    },
    /// More bytes than the peer would read. Not sent.
    #[error("{size} bytes are too many: at most {limit} can be sent")]
    TooLarge {
        /// How many there are.
        size: usize,
        /// How many there may be.
        limit: usize,
    },
    /// Too many requests wait already. Not sent.
    #[error("too many requests to {peer} are under way")]
    Busy {
        /// The peer.
        peer: PeerId,
    },
    /// No node that keeps cards for others is known. Not sent.
    #[error("no node of the DHT is known")]
    NobodyToAsk,
    /// Too many cards are looked for already. Not sent.
    #[error("too many searches in the DHT are under way")]
    TooManySearches,
    /// This node's network has stopped. Not sent.
    #[error("the network of this node has stopped")]
    Stopped,
    /// The peer answered that it can't give what was asked for. It got the request.
    #[error("{peer} refused: {code}")]
    Refused {
        /// The peer.
        peer: PeerId,
        /// CloseReason, as it says.
        code: Code,
    },
    /// It was sent, wholly or in part, and no answer came.
    #[error("{peer} gave no answer: {reason}")]
    NoAnswer {
        /// The peer.
        peer: PeerId,
        /// What happened.
        reason: String,
    },
}

impl NetworkError {
    /// Whether the peer may have got it.
    #[must_use]
    pub fn fate(&self) -> Fate {
        match self {
            Self::NoRoute { .. }
            | Self::NotAi2ai { .. }
            | Self::NoService { .. }
            | Self::Ourselves
            | Self::Blocked { .. }
            | Self::TooLarge { .. }
            | Self::Busy { .. }
            | Self::NobodyToAsk
            | Self::TooManySearches
            | Self::Stopped => Fate::NotSent,
            Self::Refused { .. } | Self::NoAnswer { .. } => Fate::Unknown,
        }
    }
}

/// CloseReason the network could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The node key can't be used for a transport.
    #[error("the network can't be set up: {0}")]
    Transport(String),
}

struct Tried<'a>(&'a [DialAttempt]);

impl fmt::Display for Tried<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(": no address of it is known");
        }
        f.write_str(": tried ")?;
        for (place, attempt) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{}: {}", attempt.address, attempt.reason)?;
        }
        Ok(())
    }
}

/// What a failed dial says about the addresses that it was given.
pub(crate) fn attempts(error: &DialError, dialled: &[Multiaddr]) -> Vec<DialAttempt> {
    let everywhere = |reason: &str| {
        dialled.iter().map(|address| DialAttempt { address: address.clone(), reason: reason.to_owned() }).collect()
    };
    match error {
        DialError::Transport(list) => {
            list.iter().map(|(address, error)| at(address, transport_reason(error))).collect()
        }
        DialError::WrongPeerId { obtained, address } => vec![at(address, format!("{obtained} answers there"))],
        DialError::LocalPeerId { address } => vec![at(address, "that is this node".to_owned())],
        DialError::Denied { cause } => everywhere(denial(cause)),
        DialError::Aborted => everywhere("given up"),
        DialError::NoAddresses | DialError::DialPeerConditionFalse(_) => everywhere("not tried"),
    }
}

fn at(address: &Multiaddr, reason: String) -> DialAttempt {
    DialAttempt { address: ai2ai_discovery::address::split_peer(address).0, reason }
}

fn denial(cause: &ConnectionDenied) -> &'static str {
    if cause.downcast_ref::<connection_limits::Exceeded>().is_some() {
        "this node has too many connections"
    } else if cause.downcast_ref::<memory_connection_limits::MemoryUsageLimitExceeded>().is_some() {
        "this node is short of memory"
    } else if cause.downcast_ref::<allow_block_list::Blocked>().is_some() {
        "blocked"
    } else {
        "refused by this node"
    }
}

/// CloseReason an address can't be dialled or listened on. libp2p's own text is sometimes empty.
pub(crate) fn transport_reason(error: &TransportError<io::Error>) -> String {
    match error {
        TransportError::MultiaddrNotSupported(_) => "this node can't dial such an address".to_owned(),
        TransportError::Other(error) => root_cause(error),
    }
}

/// Whether some address was reached and the handshake there failed, as it does when two nodes dial each other over
/// TCP at the same moment: both are the dialler of one connection, and neither is its listener.
pub(crate) fn is_crossed(error: &DialError) -> bool {
    let in_handshake = |error: &TransportError<io::Error>| match error {
        TransportError::Other(error) => !root_text(error).contains(OS_ERROR),
        TransportError::MultiaddrNotSupported(_) => false,
    };
    matches!(error, DialError::Transport(list) if list.iter().any(|(_, error)| in_handshake(error)))
}

/// How the standard library ends what the system said.
const OS_ERROR: &str = " (os error ";

/// The innermost error, in the form of a half-sentence. Bounded, since parts of it may come from the other side.
pub(crate) fn root_cause(error: &io::Error) -> String {
    let text = root_text(error);
    let plain = text.split(OS_ERROR).next().unwrap_or_default();
    let mut chars = plain.chars().filter(|c| !c.is_control()).take(REASON_CHARS);
    chars.next().into_iter().flat_map(char::to_lowercase).chain(chars).collect()
}

/// Characters of a reason.
const REASON_CHARS: usize = 160;

/// The outer errors only say which layer passed it on.
fn root_text(error: &io::Error) -> String {
    let mut cause: &(dyn Error + 'static) = error;
    while let Some(next) = inner(cause) {
        cause = next;
    }
    cause.to_string()
}

/// `io::Error::source` passes over the error that it wraps, so that one is asked for first.
fn inner<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_route_names_what_was_tried() {
        let peer = PeerId::random();
        let refused = TransportError::Other(io::Error::other(io::Error::from_raw_os_error(111)));
        let address: Multiaddr = "/ip4/10.0.0.2/tcp/4001".parse().expect("an address");
        let dialled = address.clone().with_p2p(peer).expect("an address");
        let tried = attempts(&DialError::Transport(vec![(dialled, refused)]), &[]);
        let error = NetworkError::NoRoute { peer, tried };
        assert_eq!(error.to_string(), format!("no route to {peer}: tried {address}: connection refused"));
        let unknown = NetworkError::NoRoute { peer, tried: vec![] };
        assert_eq!(unknown.to_string(), format!("no route to {peer}: no address of it is known"));
    }

    #[test]
    fn a_failed_handshake_is_told_from_a_closed_door() {
        let address: Multiaddr = "/ip4/10.0.0.2/tcp/4001".parse().expect("an address");
        let failed = |error| DialError::Transport(vec![(address.clone(), TransportError::Other(error))]);
        assert!(is_crossed(&failed(io::Error::other("input error"))));
        assert!(!is_crossed(&failed(io::Error::other(io::Error::from_raw_os_error(111)))));
        assert!(!is_crossed(&DialError::Aborted));
    }

    #[test]
    fn what_may_have_arrived_is_told_apart_from_what_never_left() {
        let peer = PeerId::random();
        assert_eq!(NetworkError::NoRoute { peer, tried: vec![] }.fate(), Fate::NotSent);
        assert_eq!(NetworkError::NoAnswer { peer, reason: "the connection closed".into() }.fate(), Fate::Unknown);
    }
}
