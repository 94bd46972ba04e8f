//! Cards that this node keeps for others, within bounds (pure).
//!
//! Identities cost nothing, so a stranger can fill any table with cards that verify. What does cost something is an address to
//! come from: when the shelf is full, whoever has put the most on it from one block of addresses gives up a place.

use std::borrow::Cow;
use std::collections::HashMap;
use std::iter::{self, Empty};
use std::net::IpAddr;
use std::time::{Duration, Instant};
use std::vec::IntoIter;

use ai2ai_protocol::card::Card;
use ai2ai_protocol::rate::{Bucket, Rate};
use ai2ai_protocol::time::Timestamp;
use libp2p::kad::store::{Error, RecordStore, Result as Stored};
use libp2p::kad::{KBucketDistance, KBucketKey, ProviderRecord, Record, RecordKey};
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

use super::{Misfit, RECORDS, read};

/// Number of cards that are verified for one block of addresses. What lies here already, byte for byte, costs nothing.
const VERIFIED: Rate = Rate { most: 128, per: Duration::from_secs(30) };
/// Blocks whose rate is remembered.
const BLOCKS: usize = 4_096;

/// Origin: as much of an IP address as one party usually has whole (an IPv4 /24, an IPv6 /48).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Block {
    /// The first three bytes of an IPv4 address.
    V4([u8; 3]),
    /// The first six bytes of an IPv6 address.
    V6([u8; 6]),
    /// No IP address.
    Other,
}

impl Block {
    /// The block of an address; of a relay, where it leads through one.
    #[must_use]
    pub fn of(address: &Multiaddr) -> Self {
        let ip = match address.iter().next() {
            Some(Protocol::Ip4(ip)) => IpAddr::V4(ip),
            Some(Protocol::Ip6(ip)) => ip.to_ipv4_mapped().map_or(IpAddr::V6(ip), IpAddr::V4),
            Some(_) | None => return Self::Other,
        };
        match ip {
            IpAddr::V4(ip) => ip.octets().first_chunk().map_or(Self::Other, |head| Self::V4(*head)),
            IpAddr::V6(ip) => ip.octets().first_chunk().map_or(Self::Other, |head| Self::V6(*head)),
        }
    }
}

#[derive(Debug, Clone)]
struct ShelfRow {
    record: Record,
    expires_at: Timestamp,
    /// The block that put it here; none for our own.
    block: Option<Block>,
    distance: KBucketDistance,
}

/// The cards that this node keeps.
#[derive(Debug)]
pub struct Shelf {
    pub(super) room: usize,
    me: KBucketKey<PeerId>,
    kept: HashMap<RecordKey, ShelfRow>,
    rates: HashMap<Block, Bucket>,
}

impl Shelf {
    /// An empty shelf of this node.
    #[must_use]
    pub fn new(me: PeerId) -> Self {
        Self { room: RECORDS, me: KBucketKey::from(me), kept: HashMap::new(), rates: HashMap::new() }
    }

    /// Takes in what somebody at `block` gave, if it is a card that verifies, fits its key, is of this time, newer than what is
    /// here, and there is room. `moment` is `now` by the clock that never jumps.
    ///
    /// # Errors
    /// [`Misfit`], and nothing changes.
    pub fn admit(&mut self, record: &Record, block: Block, now: Timestamp, moment: Instant) -> Result<(), Misfit> {
        let known = self.kept.get(&record.key);
        if known.is_some_and(|known| known.block.is_none() || known.record.value == record.value) {
            return Err(Misfit::NotNewer);
        }
        if !self.may_ask(block, now) {
            return Err(Misfit::TooMany);
        }
        let card = read(&record.key, &record.value, now)?;
        let before = known_card(self.kept.get(&record.key));
        if before.is_some_and(|before| !card.supersedes(&before)) {
            return Err(Misfit::NotNewer);
        }
        let distance = self.distance(&record.key);
        if !self.kept.contains_key(&record.key) && !self.make_room(block, &distance) {
            return Err(Misfit::NoRoom);
        }
        self.keep(&card, record.publisher, Some(block), (now, moment));
        Ok(())
    }

    /// Keeps this node's own card, in whose place nobody else's word comes.
    pub fn keep_own(&mut self, card: &Card, now: Timestamp, moment: Instant) {
        self.keep(card, Some(*self.me.preimage()), None, (now, moment));
    }

    /// Gives up what has expired.
    pub fn forget_expired(&mut self, now: Timestamp) {
        self.kept.retain(|_, kept| now < kept.expires_at);
        self.rates.retain(|_, bucket| !bucket.emptiness(now).is_zero());
    }

    /// Returns how many cards are here.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Returns whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    fn keep(
        &mut self,
        card: &Card,
        publisher: Option<PeerId>,
        block: Option<Block>,
        (now, moment): (Timestamp, Instant),
    ) {
        let key = super::key(card.did());
        let expires = Some(moment + card.expires_at().since(now));
        let record = Record { key: key.clone(), value: card.bytes().to_vec(), publisher, expires };
        let distance = self.distance(&key);
        self.kept.insert(key, ShelfRow { record, expires_at: card.expires_at(), block, distance });
    }

    fn distance(&self, key: &RecordKey) -> KBucketDistance {
        KBucketKey::new(key.clone()).distance(&self.me)
    }

    fn may_ask(&mut self, block: Block, now: Timestamp) -> bool {
        if self.rates.len() >= BLOCKS && !self.rates.contains_key(&block) {
            self.rates.clear();
        }
        let bucket = self.rates.entry(block).or_default();
        let has_room = bucket.has_room(1, &VERIFIED, now);
        if has_room {
            *bucket = bucket.taken(1, &VERIFIED, now);
        }
        has_room
    }

    /// Returns whether there is room for one more from this block, made if need be: by the block that has put most here, or by what
    /// this block put here itself, if that lies farther off.
    fn make_room(&mut self, block: Block, distance: &KBucketDistance) -> bool {
        if self.kept.len() < self.room {
            return true;
        }
        let mut counts: HashMap<Block, usize> = HashMap::new();
        for kept in self.kept.values().filter_map(|kept| kept.block) {
            *counts.entry(kept).or_default() += 1;
        }
        let mine = counts.get(&block).copied().unwrap_or(0);
        let greediest = counts.into_iter().max_by_key(|(_, count)| *count).filter(|(_, count)| *count > mine + 1);
        let victim = match greediest {
            Some((greediest, _)) => self.farthest(greediest),
            None => self.farthest(block).filter(|(_, farthest)| farthest > distance),
        };
        victim.is_some_and(|(key, _)| self.kept.remove(&key).is_some())
    }

    fn farthest(&self, block: Block) -> Option<(RecordKey, KBucketDistance)> {
        let of_block = self.kept.values().filter(|kept| kept.block == Some(block));
        of_block.max_by_key(|kept| kept.distance).map(|kept| (kept.record.key.clone(), kept.distance))
    }
}

fn known_card(kept: Option<&ShelfRow>) -> Option<Card> {
    Card::read(&kept?.record.value).ok()
}

/// View that libp2p has of it. Nothing gets onto the shelf this way that was not admitted before.
impl RecordStore for Shelf {
    type RecordsIter<'a> = IntoIter<Cow<'a, Record>>;
    type ProvidedIter<'a> = Empty<Cow<'a, ProviderRecord>>;

    fn get(&self, key: &RecordKey) -> Option<Cow<'_, Record>> {
        self.kept.get(key).map(|kept| Cow::Borrowed(&kept.record))
    }

    fn put(&mut self, record: Record) -> Stored<()> {
        let is_here = self.kept.get(&record.key).is_some_and(|kept| kept.record.value == record.value);
        if is_here { Ok(()) } else { Err(Error::MaxRecords) }
    }

    fn remove(&mut self, key: &RecordKey) {
        self.kept.remove(key);
    }

    fn records(&self) -> Self::RecordsIter<'_> {
        self.kept.values().map(|kept| Cow::Borrowed(&kept.record)).collect::<Vec<_>>().into_iter()
    }

    fn add_provider(&mut self, _: ProviderRecord) -> Stored<()> {
        Err(Error::MaxProvidedKeys)
    }

    fn providers(&self, _: &RecordKey) -> Vec<ProviderRecord> {
        Vec::new()
    }

    fn provided(&self) -> Self::ProvidedIter<'_> {
        iter::empty()
    }

    fn remove_provider(&mut self, _: &RecordKey, _: &PeerId) {}
}
