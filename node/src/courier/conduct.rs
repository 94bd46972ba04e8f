//! How peers behave: who brings what nobody can read or believe pays for it, and is soon refused before any of it is opened.
//!
//! Only peers that did so are remembered, at most [`PEERS`]. When there are more, the one that owes least makes room, and the newcomer takes
//! over what it owed: nobody gets rid of a debt by bringing more peers, and whoever brings nothing bad is never in the list.

use std::collections::HashMap;
use std::time::Duration;

use ai2ai_protocol::batch::read_batch;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::rate::{Bucket, Rate};
use ai2ai_protocol::receipt::{Outcome, Receipt};
use ai2ai_protocol::time::Timestamp;
use libp2p::PeerId;

use super::inward::Opened;

/// Peers whose bad envelopes are remembered.
const PEERS: usize = 1_024;
/// Bad envelopes that one peer can bring. Each costs about a tenth of a millisecond of this machine's time.
const BAD: Rate = Rate { most: 128, per: Duration::from_secs(600) };

/// What is remembered of peers.
#[derive(Debug, Default)]
pub struct Conduct(HashMap<PeerId, Bucket>);

impl Conduct {
    /// Whether what a peer brings is worth opening; else in how many seconds it may be again.
    ///
    /// # Errors
    /// Those seconds.
    pub fn allows(&mut self, peer: &PeerId, now: Timestamp) -> Result<(), u32> {
        let Some(bucket) = self.0.get_mut(peer) else { return Ok(()) };
        if bucket.has_room(1, &BAD, now) {
            return Ok(());
        }
        let (kept, wait) = bucket.again(1, &BAD, now);
        *bucket = kept;
        Err(u32::try_from(wait.as_secs() + 1).unwrap_or(u32::MAX))
    }

    /// Notes what came of a batch that a peer brought.
    pub fn note(&mut self, peer: PeerId, opened: &[Opened], now: Timestamp) {
        let bad = opened.iter().filter(|one| is_bad(one)).count();
        if bad > 0 {
            let bucket = self.of(peer, now);
            *bucket = bucket.taken(u64::try_from(bad).unwrap_or(u64::MAX), &BAD, now);
        }
    }

    fn of(&mut self, peer: PeerId, now: Timestamp) -> &mut Bucket {
        let mut inherited = Bucket::default();
        if self.0.len() >= PEERS && !self.0.contains_key(&peer) {
            let least = self.0.iter().min_by_key(|(peer, bucket)| (bucket.emptiness(now), **peer));
            if let Some((least, bucket)) = least.map(|(least, bucket)| (*least, *bucket)) {
                inherited = bucket;
                self.0.remove(&least);
            }
        }
        self.0.entry(peer).or_insert(inherited)
    }
}

/// What cost time to open and came to nothing. A prekey that is gone costs nothing, and is no fault of the sender's.
fn is_bad(one: &Opened) -> bool {
    match one {
        Opened::Verified(_) => false,
        Opened::Refused(receipt) => receipt.outcome != Outcome::Refused(Code::UnknownPrekey),
    }
}

/// The receipts for a batch that is not opened now.
pub(super) fn unopened(bytes: &[u8], again_in: u32, now: Timestamp) -> Vec<Receipt> {
    let refused = |digest| Receipt {
        id: None,
        digest,
        outcome: Outcome::Refused(Code::RateLimited),
        retry_after_s: Some(again_in),
        state: None,
        at: now,
    };
    match read_batch(bytes) {
        Err(_) => vec![refused(Digest::of(bytes))],
        Ok(batch) => batch
            .into_iter()
            .map(|sealed| refused(sealed.map_or_else(|(digest, _)| digest, |sealed| sealed.digest())))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_millis(1_770_000_000_000)
    }

    fn refused(code: Code, times: u64) -> Vec<Opened> {
        let receipt = Receipt {
            id: None,
            digest: Digest::of(b"garbage"),
            outcome: Outcome::Refused(code),
            retry_after_s: None,
            state: None,
            at: now(),
        };
        (0..times).map(|_| Opened::Refused(receipt.clone())).collect()
    }

    #[test]
    fn garbage_is_soon_not_opened_any_more_and_nobody_else_is_refused_for_it() {
        let (bad, honest, mut conduct) = (PeerId::random(), PeerId::random(), Conduct::default());
        conduct.note(bad, &refused(Code::CannotOpen, BAD.most - 1), now());
        assert_eq!(conduct.allows(&bad, now()), Ok(()));
        conduct.note(bad, &refused(Code::BadSignature, 1), now());
        let again_in = conduct.allows(&bad, now()).expect_err("enough");
        assert_eq!(conduct.allows(&bad, now() + Duration::from_secs(again_in.into())), Ok(()));
        assert_eq!(conduct.allows(&honest, now()), Ok(()));
    }

    #[test]
    fn a_prekey_that_is_gone_is_nobodys_fault() {
        let (peer, mut conduct) = (PeerId::random(), Conduct::default());
        conduct.note(peer, &refused(Code::UnknownPrekey, 10 * BAD.most), now());
        assert_eq!(conduct.allows(&peer, now()), Ok(()));
        assert!(conduct.0.is_empty());
    }

    #[test]
    fn no_number_of_peers_fills_the_memory_or_forgives_a_debt() {
        let (worst, mut conduct) = (PeerId::random(), Conduct::default());
        conduct.note(worst, &refused(Code::CannotOpen, BAD.most), now());
        for _ in 0..3 * PEERS {
            conduct.note(PeerId::random(), &refused(Code::CannotOpen, 1), now());
        }
        assert!(conduct.0.len() <= PEERS);
        assert!(conduct.allows(&worst, now()).is_err(), "who owes most is remembered");
        let newcomer = PeerId::random();
        conduct.note(newcomer, &refused(Code::CannotOpen, 1), now());
        let least = conduct.0.values().map(|bucket| bucket.emptiness(now())).min();
        assert!(least > Some(Duration::ZERO), "room is made for a debt, and the debt stays");
        assert_eq!(conduct.allows(&PeerId::random(), now()), Ok(()), "who brought nothing bad is not in the list");
    }
}
