//! An address that somebody typed: a multiaddress that ends with `/p2p/` and the peer's id.

use ai2ai_protocol::time::Timestamp;
use libp2p::Multiaddr;

use crate::address::{self, ADDRESS_BYTES, AddressError, Reach};
use crate::finding::{Finding, Source};

/// Typed by the owner.
pub const SOURCE: Source = Source::new("by hand", 3, Reach::ThisMachine);

/// The reason why what was typed names no peer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ByHandError {
    /// Not a multiaddress.
    #[error("that is no address; one looks like /ip4/192.168.1.7/udp/4001/quic-v1/p2p/12D3KooW…")]
    NoAddress,
    /// The peer's id is missing, so nobody could tell whether the right node answers.
    #[error("the address must end with /p2p/ and the peer's id, as `ai2ai status` shows it on the other machine")]
    NoPeer,
    /// An address that leads nowhere.
    #[error(transparent)]
    Useless(#[from] AddressError),
}

/// Returns whether a text is meant as a multiaddress, and not as a name.
#[must_use]
pub fn looks_like_address(text: &str) -> bool {
    text.trim_start().starts_with('/')
}

/// Reads a multiaddress with `/p2p/…`.
///
/// # Errors
/// [`ByHandError`] says what to type instead.
pub fn read(text: &str, now: Timestamp) -> Result<Finding, ByHandError> {
    let text = text.trim();
    if text.len() > 2 * ADDRESS_BYTES {
        return Err(AddressError::TooLong.into());
    }
    let address: Multiaddr = text.parse().map_err(|_| ByHandError::NoAddress)?;
    let (_, peer) = address::split_peer(&address);
    let peer = peer.ok_or(ByHandError::NoPeer)?;
    let bare = address::useful(&address, &peer, SOURCE.reach())?;
    Ok(Finding { peer, did: None, addresses: vec![bare], source: SOURCE, seen_at: now })
}

#[cfg(test)]
mod tests {
    use super::*;
    use libp2p::PeerId;

    fn now() -> Timestamp {
        Timestamp::from_millis(1_000)
    }

    #[test]
    fn a_typed_address_names_a_peer_and_where_it_is() {
        let peer = PeerId::random();
        for place in ["/ip4/127.0.0.1/tcp/4001", "/ip4/10.0.0.9/udp/4001/quic-v1", "/dns4/node.example/tcp/4001"] {
            let finding = read(&format!(" {place}/p2p/{peer}\n"), now()).expect("a peer");
            assert_eq!(finding.peer, peer);
            assert_eq!(finding.addresses, [place.parse().expect("a multiaddress")]);
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        let peer = PeerId::random();
        assert_eq!(read("alex", now()), Err(ByHandError::NoAddress));
        assert_eq!(read("", now()), Err(ByHandError::NoPeer));
        assert_eq!(read("/ip4/300.0.0.1/tcp/1", now()), Err(ByHandError::NoAddress));
        assert_eq!(read("/ip4/10.0.0.9/tcp/4001", now()), Err(ByHandError::NoPeer));
        assert_eq!(read("/ip4/10.0.0.9/tcp/4001/p2p/12D3KooW", now()), Err(ByHandError::NoAddress));
        assert_eq!(read(&format!("/p2p/{peer}"), now()), Err(AddressError::Form.into()));
        assert_eq!(read(&format!("/ip4/10.0.0.9/tcp/0/p2p/{peer}"), now()), Err(AddressError::Port.into()));
        assert_eq!(read(&"/ip4/1.1.1.1".repeat(1_000), now()), Err(AddressError::TooLong.into()));
    }

    #[test]
    fn a_name_is_not_taken_for_an_address() {
        assert!(looks_like_address(" /ip4/10.0.0.9/tcp/4001"));
        assert!(!looks_like_address("alex.example"));
    }
}
