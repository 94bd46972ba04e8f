//! The TXT records that say where an agent is (pure): ours, those of libp2p's `dnsaddr`, and the original's.
//!
//! DNS is a hint, written by whoever controls the zone or the wire: what is read here counts only once a node has
//! answered at the address and shown a card with the key that the record names.

use ai2ai_protocol::did::Did;
use libp2p::{Multiaddr, PeerId};

/// Bytes of one record, its strings joined. A longer one is left out.
pub const RECORD_BYTES: usize = 4096;
/// Records under one name that are read.
pub const RECORDS: usize = 16;
/// Addresses that one record may name; the rest are left out.
pub const RECORD_ADDRESSES: usize = 16;

/// The first word of our records.
const VERSION: &str = "v=ai2ai1";
/// Bytes of one string of a TXT record (RFC 1035 section 3.3.14).
const STRING_BYTES: usize = 255;

/// Content of a TXT record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// `v=ai2ai1 did=did:key:… peer=12D3KooW… addr=/ip4/…/p2p/12D3KooW…`, in any order after the first word.
    Agent(AgentRecord),
    /// `dnsaddr=/ip4/…/p2p/…`: libp2p's own form.
    Address(Multiaddr),
    /// `endpoint=https://…` or `ai2ai=https://…`: where an agent of the original listens.
    Original(String),
}

/// Content of one of our own records. Words that are not known are for later versions, and left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentRecord {
    /// Owner of the agent.
    pub did: Option<Did>,
    /// The node, for addresses that do not say it themselves.
    pub peer: Option<PeerId>,
    /// The addresses.
    pub addresses: Vec<Multiaddr>,
}

/// Reads one record, with its strings already joined; `None` when it is about something else.
///
/// # Errors
/// What is wrong with a record of ours: such a record is left out as a whole, so that no half of it is believed.
pub fn read(bytes: &[u8]) -> Result<Option<Record>, TxtError> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(None) };
    let text = text.trim();
    if let Some(url) = text.strip_prefix("endpoint=").or_else(|| text.strip_prefix("ai2ai=")) {
        return original(url);
    }
    if let Some(address) = text.strip_prefix("dnsaddr=") {
        return Ok(address.trim().parse().ok().filter(|_| bytes.len() <= RECORD_BYTES).map(Record::Address));
    }
    let mut words = text.split_ascii_whitespace();
    if words.next() != Some(VERSION) {
        return Ok(None);
    }
    if bytes.len() > RECORD_BYTES {
        return Err(TxtError::TooLong);
    }
    let mut record = AgentRecord::default();
    for word in words {
        record.take(word)?;
    }
    Ok(Some(Record::Agent(record)))
}

fn original(url: &str) -> Result<Option<Record>, TxtError> {
    let url = url.trim();
    let is_url = url.starts_with("https://") || url.starts_with("http://");
    let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic());
    if is_url && is_plain && url.len() <= RECORD_BYTES {
        Ok(Some(Record::Original(url.to_owned())))
    } else {
        Err(TxtError::Endpoint)
    }
}

impl AgentRecord {
    fn take(&mut self, word: &str) -> Result<(), TxtError> {
        match word.split_once('=') {
            Some(("did", _)) if self.did.is_some() => Err(TxtError::Twice("did")),
            Some(("did", text)) => {
                self.did = Some(text.parse().map_err(|_| TxtError::Did)?);
                Ok(())
            }
            Some(("peer", _)) if self.peer.is_some() => Err(TxtError::Twice("peer")),
            Some(("peer", text)) => {
                self.peer = Some(text.parse().map_err(|_| TxtError::Peer)?);
                Ok(())
            }
            Some(("addr", text)) => {
                let address = text.parse().map_err(|_| TxtError::Address)?;
                if self.addresses.len() < RECORD_ADDRESSES {
                    self.addresses.push(address);
                }
                Ok(())
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// The reason why a record of ours is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TxtError {
    /// More than [`RECORD_BYTES`].
    #[error("a record has at most {RECORD_BYTES} bytes")]
    TooLong,
    /// A word that may be there once is there twice.
    #[error("a record names one {0}, not two")]
    Twice(&'static str),
    /// `did=` is followed by something else.
    #[error("`did=` needs a did:key")]
    Did,
    /// `peer=` is followed by something else.
    #[error("`peer=` needs a libp2p peer id")]
    Peer,
    /// `addr=` is followed by something else.
    #[error("`addr=` needs a multiaddress")]
    Address,
    /// `endpoint=` is followed by something else.
    #[error("`endpoint=` needs an http or https address")]
    Endpoint,
}

/// The record that names these, as strings of at most 255 bytes each, as a zone file wants them.
#[must_use]
pub fn write(did: &Did, addresses: &[Multiaddr]) -> Vec<String> {
    let mut text = format!("{VERSION} did={did}");
    for address in addresses.iter().take(RECORD_ADDRESSES) {
        text.push_str(&format!(" addr={address}"));
    }
    let bytes: Vec<char> = text.chars().collect();
    bytes.chunks(STRING_BYTES).map(|chunk| chunk.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DID: &str = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
    const PEER: &str = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";

    fn agent(text: &str) -> AgentRecord {
        match read(text.as_bytes()) {
            Ok(Some(Record::Agent(record))) => record,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_record_names_a_key_and_where_its_node_is() {
        let text = format!("v=ai2ai1 did={DID} addr=/ip4/192.0.2.7/tcp/4001/p2p/{PEER} addr=/dnsaddr/node.example");
        let record = agent(&text);
        assert_eq!(record.did.map(|did| did.to_string()).as_deref(), Some(DID));
        assert_eq!(record.addresses.len(), 2);
        assert_eq!(agent(&format!("v=ai2ai1  peer={PEER}  colour=blue later")).peer, PEER.parse().ok());
        assert_eq!(agent("v=ai2ai1"), AgentRecord::default());
    }

    #[test]
    fn the_originals_forms_and_libp2ps_are_read() {
        for form in ["endpoint=https://alex.example:18800/ai2ai", "ai2ai= https://alex.example:18800/ai2ai "] {
            let url = "https://alex.example:18800/ai2ai".to_owned();
            assert_eq!(read(form.as_bytes()), Ok(Some(Record::Original(url))));
        }
        let address = format!("dnsaddr=/ip4/192.0.2.7/tcp/4001/p2p/{PEER}");
        assert!(matches!(read(address.as_bytes()), Ok(Some(Record::Address(_)))));
    }

    #[test]
    fn what_is_about_something_else_is_left_alone() {
        for other in ["v=spf1 -all", "", " ", "v=ai2ai2 did=x", "v=ai2ai11", "google-site-verification=x", "dnsaddr=x"]
        {
            assert_eq!(read(other.as_bytes()), Ok(None), "{other}");
        }
        assert_eq!(read(&[0xff, 0xfe]), Ok(None));
    }

    #[test]
    fn a_record_of_ours_that_is_wrong_is_left_out_whole() {
        let good = format!("addr=/ip4/192.0.2.7/tcp/4001/p2p/{PEER}");
        for (bad, why) in [
            (format!("v=ai2ai1 did=did:web:alex.example {good}"), TxtError::Did),
            (format!("v=ai2ai1 did={DID} did={DID} {good}"), TxtError::Twice("did")),
            (format!("v=ai2ai1 peer={PEER} peer={PEER}"), TxtError::Twice("peer")),
            (format!("v=ai2ai1 peer=alex {good}"), TxtError::Peer),
            (format!("v=ai2ai1 {good} addr=192.0.2.7:80"), TxtError::Address),
            (format!("v=ai2ai1 {}", "x".repeat(RECORD_BYTES)), TxtError::TooLong),
            ("endpoint=javascript:alert(1)".to_owned(), TxtError::Endpoint),
            ("ai2ai=https://a b".to_owned(), TxtError::Endpoint),
        ] {
            assert_eq!(read(bad.as_bytes()), Err(why), "{bad}");
        }
    }

    #[test]
    fn a_flood_of_addresses_is_cut() {
        let many: String = (1..100).map(|port| format!(" addr=/ip4/192.0.2.7/tcp/{port}")).collect();
        assert_eq!(agent(&format!("v=ai2ai1{many}")).addresses.len(), RECORD_ADDRESSES);
    }

    #[test]
    fn what_is_written_reads_back_from_strings_of_255_bytes() {
        let did: Did = DID.parse().expect("a did");
        let places: Vec<Multiaddr> = (1..=RECORD_ADDRESSES)
            .map(|port| format!("/ip4/192.0.2.7/tcp/{port}/p2p/{PEER}").parse().expect("an address"))
            .collect();
        let strings = write(&did, &places);
        assert!(strings.len() > 1 && strings.iter().all(|string| string.len() <= STRING_BYTES));
        let record = agent(&strings.concat());
        assert_eq!((record.did, record.addresses), (Some(did), places));
    }

    proptest! {
        #[test]
        fn no_record_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            drop(read(&bytes));
            drop(read(&[b"v=ai2ai1 ".as_slice(), &bytes].concat()));
        }
    }
}
