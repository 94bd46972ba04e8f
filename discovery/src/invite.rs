//! The link of an invite (pure): who invites, where their node is, until when, and the secret that is good once.
//!
//! `ai2ai:join/1?did=did:key:…&peer=12D3KooW…&until=1771000000&at=/ip4/192.0.2.7/udp/4001/quic-v1&at=…&secret=…`: these members, in this
//! order, each once, `at` up to [`INVITE_ADDRESSES`] times. The secret has a fixed length and stands at the end, so that a link of which the
//! end is missing is none. There is one way to write a link, so there is nothing to guess when one is read.

use std::fmt;
use std::str::FromStr;

use ai2ai_protocol::did::Did;
use ai2ai_protocol::invite::Secret;
use ai2ai_protocol::time::Timestamp;
use libp2p::{Multiaddr, PeerId};

use crate::address::{self, AddressError, Reach};
use crate::finding::{Finding, Source};

/// Named by an invite.
pub const SOURCE: Source = Source::new("invite", 3, Reach::ThisMachine);
/// Addresses in one link: few enough for a QR code that a phone can read from a screen.
pub const INVITE_ADDRESSES: usize = 6;
/// Bytes of one link.
pub const LINK_BYTES: usize = 1024;
/// Prefix of every link.
pub const SCHEME: &str = "ai2ai:";
/// The form of this version.
const FORM: &str = "join/1";

/// Content of an invite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteLink {
    /// Identity of the one who invites.
    pub did: Did,
    /// Their node.
    pub peer: PeerId,
    /// Addresses of the node; at least one.
    pub addresses: Vec<Multiaddr>,
    /// Until when, in whole seconds.
    pub expires_at: Timestamp,
    /// The secret.
    pub secret: Secret,
}

/// The reason why a text is no invite.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// More than [`LINK_BYTES`].
    #[error("an invite has at most {LINK_BYTES} characters")]
    TooLong,
    /// It begins like one, and is of another version.
    #[error("an invite begins with `{SCHEME}{FORM}?`; this one may be of a newer ai2ai")]
    Version,
    /// A member is missing, misspelt, twice there, or not in its place.
    #[error("the invite is damaged at `{0}`: copy all of it")]
    Damaged(&'static str),
    /// It names an address that can't be used.
    #[error("the invite names an address of no use: {0}")]
    Address(#[from] AddressError),
}

/// Returns whether a text is meant as an invite.
#[must_use]
pub fn looks_like_link(text: &str) -> bool {
    text.trim_start().get(..SCHEME.len()).is_some_and(|head| head.eq_ignore_ascii_case(SCHEME))
}

impl InviteLink {
    /// Returns what it says of where its maker is.
    #[must_use]
    pub fn finding(&self, now: Timestamp) -> Finding {
        let addresses = self.addresses.clone();
        Finding { peer: self.peer, did: Some(self.did), addresses, source: SOURCE, seen_at: now }
    }
}

impl fmt::Display for InviteLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let until = self.expires_at.as_millis() / 1_000;
        let did = &self.did;
        let peer = &self.peer;
        let secret = self.secret.reveal();
        write!(f, "{SCHEME}{FORM}?did={did}&peer={peer}&until={until}")?;
        self.addresses.iter().try_for_each(|address| write!(f, "&at={address}"))?;
        write!(f, "&secret={secret}")
    }
}

impl FromStr for InviteLink {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Self, LinkError> {
        let text = text.trim();
        if text.len() > LINK_BYTES {
            return Err(LinkError::TooLong);
        }
        let rest = text.strip_prefix(SCHEME).and_then(|rest| rest.strip_prefix(FORM)).ok_or(LinkError::Version)?;
        let mut members = rest.strip_prefix('?').ok_or(LinkError::Version)?.split('&');
        let mut next = |name: &'static str| value(members.next(), name);
        let did = next("did")?.parse().map_err(|_| LinkError::Damaged("did"))?;
        let peer = next("peer")?.parse().map_err(|_| LinkError::Damaged("peer"))?;
        let expires_at = until(next("until")?).ok_or(LinkError::Damaged("until"))?;
        let secret = value(members.next_back(), "secret")?.parse().map_err(|_| LinkError::Damaged("secret"))?;
        let addresses = members.map(|member| place(member, &peer)).collect::<Result<Vec<Multiaddr>, LinkError>>()?;
        let link = Self { did, peer, addresses, expires_at, secret };
        let is_whole = (1..=INVITE_ADDRESSES).contains(&link.addresses.len());
        // Peer ids and addresses have other spellings; a link has one.
        if is_whole && link.to_string() == text { Ok(link) } else { Err(LinkError::Damaged("at")) }
    }
}

fn value<'a>(member: Option<&'a str>, name: &'static str) -> Result<&'a str, LinkError> {
    let (found, value) = member.and_then(|member| member.split_once('=')).ok_or(LinkError::Damaged(name))?;
    if found == name { Ok(value) } else { Err(LinkError::Damaged(name)) }
}

/// Whole seconds since 1970, in at most eleven digits: more than a clock shows, and not more than a number holds.
fn until(text: &str) -> Option<Timestamp> {
    const DIGITS: usize = 11;
    let is_plain = text.len() <= DIGITS && text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    let seconds: i64 = text.parse().ok().filter(|_| is_plain)?;
    Some(Timestamp::from_millis(seconds * 1_000))
}

fn place(member: &str, peer: &PeerId) -> Result<Multiaddr, LinkError> {
    let address: Multiaddr = value(Some(member), "at")?.parse().map_err(|_| LinkError::Damaged("at"))?;
    match address::split_peer(&address) {
        (_, Some(_)) => Err(LinkError::Damaged("at")),
        (bare, None) => Ok(address::useful(&bare, peer, SOURCE.reach())?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn link(seed: u8, addresses: usize) -> InviteLink {
        let key = libp2p::identity::Keypair::ed25519_from_bytes([seed; 32]).expect("a key");
        let place = |n: usize| format!("/ip4/192.0.2.{}/udp/{}/quic-v1", seed, 4_001 + n).parse().expect("an address");
        InviteLink {
            did: ai2ai_protocol::key::OwnerKey::from_seed(&[seed; 32]).did(),
            peer: key.public().to_peer_id(),
            addresses: (0..addresses).map(place).collect(),
            expires_at: Timestamp::from_millis(1_771_000_000_000),
            secret: Secret::from_bytes([seed; 16]),
        }
    }

    #[test]
    fn a_link_reads_back_as_it_was_written() {
        for addresses in [1, INVITE_ADDRESSES] {
            let text = link(7, addresses).to_string();
            assert!(looks_like_link(&text) && text.len() < LINK_BYTES, "{text}");
            assert_eq!(format!(" {text}\n").parse(), Ok(link(7, addresses)));
        }
        let mut relayed = link(7, 1);
        let relay = link(8, 1).peer;
        let way = format!("/ip4/203.0.113.7/tcp/4001/p2p/{relay}/p2p-circuit");
        relayed.addresses = vec![way.parse().expect("an address")];
        assert_eq!(relayed.to_string().parse(), Ok(relayed.clone()));
        assert_eq!(relayed.finding(Timestamp::from_millis(0)).did, Some(relayed.did));
    }

    #[test]
    fn a_link_that_was_changed_is_refused_and_says_where() {
        let good = link(7, 2).to_string();
        let change = |from: &str, to: &str| good.replacen(from, to, 1).parse::<InviteLink>().expect_err(to);
        assert_eq!(change("ai2ai:", "AI2AI:"), LinkError::Version);
        assert_eq!(change("join/1", "join/2"), LinkError::Version);
        assert_eq!(change("?", "#"), LinkError::Version);
        assert_eq!(change("did=did:key:z6Mk", "did=did:web:z6Mk"), LinkError::Damaged("did"));
        assert_eq!(change("&peer=12", "&peer=13"), LinkError::Damaged("peer"));
        for until in ["-1", "+1771000000", "01771000000", "", "1771000000.5", "999999999999", "18446744073709551616"] {
            assert_eq!(change("until=1771000000", &format!("until={until}")), LinkError::Damaged("until"), "{until}");
        }
        assert_eq!(change("secret=Bw", "secret=B"), LinkError::Damaged("secret"));
        assert_eq!(change("&secret=", "&Secret="), LinkError::Damaged("secret"));
        assert_eq!(change("&at=/ip4", "&at=/ip9"), LinkError::Damaged("at"));
        assert_eq!(change("/ip4/192.0.2.7", "/ip4/0.0.0.0"), AddressError::Nobody([0, 0, 0, 0].into()).into());
        assert_eq!(change("/udp/4001/", "/udp/0/"), AddressError::Port.into());
        let twice = good.replacen("&until", "&did=x&until", 1);
        assert_eq!(twice.parse::<InviteLink>(), Err(LinkError::Damaged("until")));
    }

    #[test]
    fn a_link_without_an_address_or_with_too_many_is_refused() {
        let good = link(7, 1).to_string();
        let (head, rest) = good.split_once("&at").expect("a head");
        let tail = &rest[rest.find("&secret").expect("a secret")..];
        assert_eq!(format!("{head}{tail}").parse::<InviteLink>(), Err(LinkError::Damaged("at")));
        assert_eq!(link(7, INVITE_ADDRESSES + 1).to_string().parse::<InviteLink>(), Err(LinkError::Damaged("at")));
        let own = format!("{head}&at=/ip4/192.0.2.7/tcp/4001/p2p/{}{tail}", link(7, 1).peer);
        assert_eq!(own.parse::<InviteLink>(), Err(LinkError::Damaged("at")));
        assert_eq!(
            format!("{head}&at={}{tail}", "/".repeat(LINK_BYTES)).parse::<InviteLink>(),
            Err(LinkError::TooLong)
        );
    }

    #[test]
    fn a_link_of_which_the_end_is_missing_is_none() {
        let good = link(7, 2).to_string();
        for length in 0..good.len() {
            good[..length].parse::<InviteLink>().expect_err("a part");
        }
    }

    #[test]
    fn other_texts_are_not_taken_for_invites() {
        assert!(looks_like_link("  AI2AI:join"), "it is told that it is damaged, not that nobody is called so");
        for other in ["alex.example", "/ip4/192.0.2.7", "ai2ai", "", "ä", "did:key:z6Mk"] {
            assert!(!looks_like_link(other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn what_is_accepted_has_one_spelling(at in 0_usize..400, byte in any::<u8>(), cut in 0_usize..400) {
            let good = link(7, 2).to_string();
            let mut bytes = good.clone().into_bytes();
            let place = at % bytes.len();
            bytes[place] = byte;
            bytes.truncate(bytes.len() - cut % bytes.len().div_ceil(4));
            if let Ok(text) = String::from_utf8(bytes)
                && let Ok(read) = text.parse::<InviteLink>()
            {
                prop_assert_eq!(read.to_string(), text.trim());
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "(ai2ai:join/1\\?)?[ -~\\n\u{e4}\u{202e}]{0,300}") {
            drop(text.parse::<InviteLink>());
            let _ = looks_like_link(&text);
        }
    }
}
