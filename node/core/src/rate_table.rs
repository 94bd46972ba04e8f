//! Rate table: what each peer, or each network that peers come from, has used of a rate. Only so many are remembered, and
//! nobody gets rid of a debt by bringing more of them.

use std::collections::HashMap;
use std::hash::Hash;

use ai2ai_protocol::rate::{Bucket, Rate};
use ai2ai_protocol::time::Timestamp;

/// Peers that are remembered. When there are more, the one that owes least makes room, and the newcomer takes over what it owed.
pub const PEERS: usize = 1_024;

/// A rate, and what peers have used of it.
#[derive(Debug)]
pub struct RateTable<K> {
    rate: Rate,
    buckets: HashMap<K, Bucket>,
}

impl<K: Copy + Ord + Hash> RateTable<K> {
    /// A rate of which nobody has used anything.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        Self { rate, buckets: HashMap::new() }
    }

    /// Checks that so much can be taken by a peer now.
    ///
    /// # Errors
    /// Those seconds.
    pub fn has_room(&mut self, peer: &K, cost: u64, now: Timestamp) -> Result<(), u32> {
        let Some(bucket) = self.buckets.get_mut(peer) else { return Ok(()) };
        if bucket.has_room(cost, &self.rate, now) {
            return Ok(());
        }
        let (kept, wait) = bucket.again(cost, &self.rate, now);
        *bucket = kept;
        Err(u32::try_from(wait.as_secs() + 1).unwrap_or(u32::MAX))
    }

    /// Takes so much.
    pub fn take(&mut self, peer: K, cost: u64, now: Timestamp) {
        let rate = self.rate;
        let bucket = self.of(peer, now);
        *bucket = bucket.taken(cost, &rate, now);
    }

    /// Number of peers that are remembered.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.buckets.len()
    }

    /// Time until the fullest bucket is empty.
    #[must_use]
    pub fn least_owed(&self, now: Timestamp) -> std::time::Duration {
        self.buckets.values().map(|bucket| bucket.emptiness(now)).min().unwrap_or_default()
    }

    fn of(&mut self, peer: K, now: Timestamp) -> &mut Bucket {
        let mut inherited = Bucket::default();
        if self.buckets.len() >= PEERS && !self.buckets.contains_key(&peer) {
            let least = self.buckets.iter().min_by_key(|(peer, bucket)| (bucket.emptiness(now), **peer));
            if let Some((least, bucket)) = least.map(|(least, bucket)| (*least, *bucket)) {
                inherited = bucket;
                self.buckets.remove(&least);
            }
        }
        self.buckets.entry(peer).or_insert(inherited)
    }
}
