//! Agents of the protocol's original: contacts by a pinned PEM key and an endpoint, talks and items in tables of their own.
//!
//! Nothing here reads or writes a native conversation, contact or replay row. Their envelopes have no approval that could be checked, so
//! a confirm of theirs closes a talk only if it repeats what our own owner has accepted; anything else waits for the owner.

pub mod compose;
pub mod contacts;
pub mod decide;
pub mod drafts;
pub mod endpoint;
pub mod items;
pub mod outbox;
pub mod receive;
pub mod talk;
pub mod view;

use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::id::ItemId;
use ai2ai_protocol::original::Identity;
use ai2ai_protocol::rate::Rate;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::originals::{self, OriginalItemRow};
use ai2ai_store::{Store, View, meta};
use data_encoding::HEXLOWER;
use libp2p::PeerId;
use libp2p::multihash::Multihash;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::core::rate_table::RateTable;
use crate::core::txn::Step;
use crate::legacy::endpoint::Endpoint;
use crate::views::ItemView;

/// Envelopes that one contact may send in a minute: the documents' figure.
const OF_CONTACT: Rate = Rate { most: 20, per: Duration::from_secs(60) };

/// Requests that one IP address may make in a minute; one network of IPv6 (/64) counts as one address.
const OF_ADDRESS: Rate = Rate { most: 120, per: Duration::from_secs(60) };

/// Talks with agents of the original.
pub const TALKS: usize = 1_000;

/// Contacts that speak the original.
pub const CONTACTS: usize = 1_000;

/// Items that wait for the owner: those of contacts and strangers together.
pub const ITEMS: usize = 200;

/// Of these, those whose sender nothing proves.
pub const UNVERIFIED_ITEMS: usize = 50;

/// Envelopes on their way.
pub const OUTGOING: usize = 1_000;

/// Under which name the secrets of [`Identity`] are kept.
const IDENTITY: &str = "original_identity";

/// What we say that we can be asked.
pub const INTENTS: [&str; 6] =
    ["schedule.meeting", "schedule.call", "message.relay", "info.request", "info.share", "commerce.request"];

/// What the tasks about such agents share.
pub struct Originals {
    /// Who this node is to them.
    pub identity: Identity,
    /// Registries of the original that are told of us, and searched.
    pub registries: Vec<Endpoint>,
    /// Where they find us, once the door is open.
    pub listens: OnceLock<SocketAddr>,
    /// To whom something is being posted.
    pub under_way: Mutex<BTreeSet<Did>>,
    pub of_contact: Mutex<RateTable>,
    pub of_address: Mutex<RateTable>,
}

impl Originals {
    /// The shared state of this identity, with registries at these addresses.
    #[must_use]
    pub fn new(identity: Identity, registries: &[String]) -> Self {
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

/// The items that they brought, those that are over but not yet forgotten too.
pub fn items(tx: &impl View) -> Step<Vec<OriginalItemRow>> {
    Ok(originals::items(tx, ITEMS)?)
}

/// Such an item whole, if there is one of this id.
pub fn item_view_of(tx: &impl View, id: &ItemId) -> Step<Option<ItemView>> {
    originals::item(tx, id)?.map(|item| view::item_view(tx, item)).transpose()
}

/// How many items of theirs wait for the owner.
pub fn waiting(tx: &impl View, now: Timestamp) -> Step<usize> {
    Ok(items(tx)?.iter().filter(|item| item.expires_at > now).count())
}

fn count(rates: &mut RateTable, who: PeerId, now: Timestamp) -> Result<(), u32> {
    rates.has_room(&who, 1, now)?;
    rates.take(who, 1, now);
    Ok(())
}

pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What stands for an IP address where peers are counted: of IPv6, the network that one household or server has.
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

/// Who this node is to agents of the original; made at its first start, and kept from then on.
///
/// # Errors
/// When the database fails.
pub fn identity(store: &Store) -> Step<Identity> {
    let kept = meta::get(&store.read()?, IDENTITY)?.and_then(|text| HEXLOWER.decode(text.as_bytes()).ok());
    let kept: Option<[u8; 64]> = kept.and_then(|bytes| bytes.try_into().ok());
    let secrets = match kept {
        Some(secrets) => zeroize::Zeroizing::new(secrets),
        None => {
            let secrets = zeroize::Zeroizing::new(fresh());
            store.write(|tx| meta::put(tx, IDENTITY, &HEXLOWER.encode(&*secrets)))?;
            secrets
        }
    };
    let (mut signing, mut opening) = (zeroize::Zeroizing::new([0; 32]), [0; 32]);
    signing.copy_from_slice(&secrets[..32]);
    opening.copy_from_slice(&secrets[32..]);
    Ok(Identity::from_secrets(&signing, opening))
}

fn fresh() -> [u8; 64] {
    use rand::Rng as _;
    let mut secrets = [0; 64];
    rand::rng().fill_bytes(&mut secrets);
    secrets
}
