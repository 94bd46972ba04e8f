//! State that the tasks about agents of the original share.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use ai2ai_core::rate_table::RateTable;
use ai2ai_discovery::web::endpoint::Endpoint;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::original::OriginalIdentity;
use ai2ai_protocol::rate::Rate;
use ai2ai_protocol::time::Timestamp;
use libp2p::PeerId;
use libp2p::multihash::Multihash;

/// Envelopes that one contact may send in a minute: the documents' figure.
const OF_CONTACT: Rate = Rate { most: 20, per: Duration::from_secs(60) };
/// Requests that one IP address may make in a minute; one network of IPv6 (/64) counts as one address.
const OF_ADDRESS: Rate = Rate { most: 120, per: Duration::from_secs(60) };

/// State that the tasks about such agents share.
pub struct Originals {
    /// Keys of this node, as agents of the original know them.
    pub identity: OriginalIdentity,
    /// Registries of the original that are told of us, and searched.
    pub(crate) registries: Vec<Endpoint>,
    /// Address of our HTTP face, once it listens.
    pub listens: OnceLock<SocketAddr>,
    /// Identities to whom something is being posted.
    pub(crate) under_way: Mutex<BTreeSet<Did>>,
    pub(crate) of_contact: Mutex<RateTable<PeerId>>,
    pub(crate) of_address: Mutex<RateTable<PeerId>>,
}

impl Originals {
    /// The shared state of this identity, with registries at these addresses.
    #[must_use]
    pub fn new(identity: OriginalIdentity, registries: &[String]) -> Self {
        Self {
            identity,
            registries: registries.iter().filter_map(|text| Endpoint::read(text).ok()).collect(),
            listens: OnceLock::new(),
            under_way: Mutex::default(),
            of_contact: Mutex::new(RateTable::new(OF_CONTACT)),
            of_address: Mutex::new(RateTable::new(OF_ADDRESS)),
        }
    }

    /// Counts a request from an address.
    ///
    /// # Errors
    /// In how many seconds there is room for it.
    pub fn count_address(&self, ip: IpAddr, now: Timestamp) -> Result<(), u32> {
        count(&mut locked(&self.of_address), peer_of(ip), now)
    }

    /// Counts a request of a contact.
    ///
    /// # Errors
    /// In how many seconds they may ask again.
    pub fn count_contact(&self, did: &Did, now: Timestamp) -> Result<(), u32> {
        count(&mut locked(&self.of_contact), hashed(&did.to_bytes()), now)
    }
}

fn count(rates: &mut RateTable<PeerId>, who: PeerId, now: Timestamp) -> Result<(), u32> {
    rates.has_room(&who, 1, now)?;
    rates.take(who, 1, now);
    Ok(())
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Key of an IP address where peers are counted: of IPv6, the network that one household or server has.
pub fn peer_of(ip: IpAddr) -> PeerId {
    match ip.to_canonical() {
        IpAddr::V4(ip) => hashed(&ip.octets()),
        IpAddr::V6(ip) => hashed(&ip.octets()[..8]),
    }
}

fn hashed(bytes: &[u8]) -> PeerId {
    const SHA2_256: u64 = 0x12;
    let digest = Digest::of(bytes).to_bytes();
    let hash = Multihash::wrap(SHA2_256, &digest).expect("32 bytes fit");
    PeerId::from_multihash(hash).expect("a SHA-256 is the hash of a peer id")
}
