//! Penalties of peers: who brings what nobody can read or believe pays for it, and is soon refused before any of it is opened.
//!
//! Only peers that did so are remembered: whoever brings nothing bad is never in the list.

use std::time::Duration;

use ai2ai_core::inbound::batch::Opened;
use ai2ai_core::rate_table::RateTable;
use ai2ai_protocol::batch::read_batch;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::rate::Rate;
use ai2ai_protocol::receipt::{Outcome, Receipt};
use ai2ai_protocol::time::Timestamp;
use libp2p::PeerId;

/// Bad envelopes that one peer can bring. Each costs about a tenth of a millisecond of this machine's time.
const BAD: Rate = Rate { most: 128, per: Duration::from_secs(600) };

/// Peers that brought something bad, and what they have left.
#[derive(Debug)]
pub struct Penalties(RateTable<PeerId>);

impl Default for Penalties {
    fn default() -> Self {
        Self(RateTable::new(BAD))
    }
}

impl Penalties {
    /// Checks that what a peer brings is worth opening.
    ///
    /// # Errors
    /// Those seconds.
    pub fn allows(&mut self, peer: &PeerId, now: Timestamp) -> Result<(), u32> {
        self.0.has_room(peer, 1, now)
    }

    /// Notes what came of a batch that a peer brought.
    pub fn note(&mut self, peer: PeerId, opened: &[Opened], now: Timestamp) {
        let bad = opened.iter().filter(|one| is_bad(one)).count();
        if bad > 0 {
            self.0.take(peer, u64::try_from(bad).unwrap_or(u64::MAX), now);
        }
    }
}

/// Returns whether it cost time to open and came to nothing. A prekey that is gone costs nothing, and is no fault of the
/// sender's.
fn is_bad(one: &Opened) -> bool {
    match one {
        Opened::Verified(_) => false,
        Opened::Refused(receipt) => receipt.outcome != Outcome::Refused(Code::UnknownPrekey),
    }
}

/// The receipts for a batch that is not opened now.
pub(crate) fn unopened(bytes: &[u8], again_in: u32, now: Timestamp) -> Vec<Receipt> {
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
    use ai2ai_core::rate_table::PEERS;

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
        let bad = PeerId::random();
        let honest = PeerId::random();
        let mut penalties = Penalties::default();
        penalties.note(bad, &refused(Code::CannotOpen, BAD.most - 1), now());
        assert_eq!(penalties.allows(&bad, now()), Ok(()));
        penalties.note(bad, &refused(Code::BadSignature, 1), now());
        let again_in = penalties.allows(&bad, now()).expect_err("enough");
        assert_eq!(penalties.allows(&bad, now() + Duration::from_secs(again_in.into())), Ok(()));
        assert_eq!(penalties.allows(&honest, now()), Ok(()));
    }

    #[test]
    fn a_prekey_that_is_gone_is_nobodys_fault() {
        let peer = PeerId::random();
        let mut penalties = Penalties::default();
        penalties.note(peer, &refused(Code::UnknownPrekey, 10 * BAD.most), now());
        assert_eq!(penalties.allows(&peer, now()), Ok(()));
        assert_eq!(penalties.0.remembered(), 0);
    }

    #[test]
    fn no_number_of_peers_fills_the_memory_or_forgives_a_debt() {
        let worst = PeerId::random();
        let mut penalties = Penalties::default();
        penalties.note(worst, &refused(Code::CannotOpen, BAD.most), now());
        for _ in 0..3 * PEERS {
            penalties.note(PeerId::random(), &refused(Code::CannotOpen, 1), now());
        }
        assert!(penalties.0.remembered() <= PEERS);
        assert!(penalties.allows(&worst, now()).is_err(), "who owes most is remembered");
        let newcomer = PeerId::random();
        penalties.note(newcomer, &refused(Code::CannotOpen, 1), now());
        assert!(penalties.0.least_owed(now()) > Duration::ZERO, "room is made for a debt, and the debt stays");
        assert_eq!(penalties.allows(&PeerId::random(), now()), Ok(()), "who brought nothing bad is not in the list");
    }
}
