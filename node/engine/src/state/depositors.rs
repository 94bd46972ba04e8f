//! Rates of peers at the mailbox here. They are kept in memory only: no disk says who deposited what.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use ai2ai_core::rate_table::RateTable;
use ai2ai_protocol::limits::{
    MAILBOX_CLAIMS_PER_HOUR, MAILBOX_CLAIMS_PER_IP, MAILBOX_DEPOSITED_PER_HOUR, MAILBOX_DEPOSITS_PER_HOUR,
};
use ai2ai_protocol::rate::Rate;
use ai2ai_protocol::time::Timestamp;
use libp2p::PeerId;

const HOUR: Duration = Duration::from_secs(3_600);

/// Requests of peers of late.
#[derive(Debug)]
pub struct Depositors {
    envelopes: RateTable<PeerId>,
    bytes: RateTable<PeerId>,
    claims: RateTable<PeerId>,
    claims_from: RateTable<IpAddr>,
}

impl Default for Depositors {
    fn default() -> Self {
        let hourly = |most| RateTable::new(Rate { most, per: HOUR });
        Self {
            envelopes: hourly(MAILBOX_DEPOSITS_PER_HOUR),
            bytes: hourly(MAILBOX_DEPOSITED_PER_HOUR),
            claims: hourly(MAILBOX_CLAIMS_PER_HOUR),
            claims_from: RateTable::new(Rate { most: MAILBOX_CLAIMS_PER_IP, per: HOUR }),
        }
    }
}

impl Depositors {
    /// Counts a deposit of so many envelopes, of so many bytes together.
    ///
    /// # Errors
    /// In how many seconds the peer is to come again, when that is too much for now.
    pub(crate) fn deposits(&mut self, peer: PeerId, envelopes: u64, bytes: u64, now: Timestamp) -> Result<(), u32> {
        self.envelopes.has_room(&peer, envelopes, now)?;
        self.bytes.has_room(&peer, bytes, now)?;
        self.envelopes.take(peer, envelopes, now);
        self.bytes.take(peer, bytes, now);
        Ok(())
    }

    /// Counts a claim of a peer that comes from this address: a place is had by a key, and keys cost nothing.
    ///
    /// # Errors
    /// As for [`Depositors::deposits`].
    pub(crate) fn claims(&mut self, peer: PeerId, from: Option<IpAddr>, now: Timestamp) -> Result<(), u32> {
        let from = from.map(network);
        self.claims.has_room(&peer, 1, now)?;
        if let Some(from) = from {
            self.claims_from.has_room(&from, 1, now)?;
            self.claims_from.take(from, 1, now);
        }
        self.claims.take(peer, 1, now);
        Ok(())
    }
}

/// Network of an address: whoever has one IPv6 address has the 2⁶⁴ of its network.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use ai2ai_core::rate_table::PEERS;

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_770_000_000_000) + Duration::from_secs(seconds)
    }

    #[test]
    fn one_peer_has_its_share_and_the_others_theirs() {
        let mut depositors = Depositors::default();
        let greedy = PeerId::random();
        let taken = (0..10 * MAILBOX_DEPOSITS_PER_HOUR).filter(|_| depositors.deposits(greedy, 1, 10, at(0)).is_ok());
        assert_eq!(taken.count() as u64, MAILBOX_DEPOSITS_PER_HOUR);
        assert!(depositors.deposits(greedy, 1, 10, at(0)).expect_err("too many") > 0);
        assert!(depositors.deposits(PeerId::random(), 64, 10, at(0)).is_ok());
        assert!(depositors.deposits(greedy, 64, 10, at(3_600)).is_ok(), "an hour later");
    }

    #[test]
    fn bytes_count_too_and_so_do_claims() {
        let mut depositors = Depositors::default();
        let greedy = PeerId::random();
        let mebibyte = 1024 * 1024;
        let taken = (0..1_000).filter(|_| depositors.deposits(greedy, 1, mebibyte, at(0)).is_ok()).count();
        assert_eq!(taken as u64, MAILBOX_DEPOSITED_PER_HOUR / mebibyte);
        let claims = (0..1_000).filter(|_| depositors.claims(greedy, None, at(0)).is_ok()).count();
        assert_eq!(claims as u64, MAILBOX_CLAIMS_PER_HOUR);
    }

    #[test]
    fn any_number_of_peers_at_one_address_claims_no_more_than_its_share() {
        for (from, to) in [
            ("203.0.113.7", "203.0.113.7"),
            ("2001:db8::1", "2001:db8::ffff:ffff"),
            ("203.0.113.7", "::ffff:203.0.113.7"),
        ] {
            let mut depositors = Depositors::default();
            let mut claims =
                |from: &str, seconds| depositors.claims(PeerId::random(), from.parse().ok(), at(seconds)).is_ok();
            assert_eq!((0..1_000).filter(|_| claims(from, 0)).count() as u64, MAILBOX_CLAIMS_PER_IP);
            assert!(!claims(to, 0), "{to} is the same network");
            assert!(claims("198.51.100.1", 0) && claims("2001:db8:0:1::1", 0), "others have their own");
            assert!(claims(from, 3_600), "an hour later");
        }
    }

    #[test]
    fn any_number_of_peers_takes_no_more_memory_and_frees_nobody_of_a_debt() {
        let mut depositors = Depositors::default();
        for _ in 0..2 * PEERS {
            let _ = depositors.deposits(PeerId::random(), MAILBOX_DEPOSITS_PER_HOUR, 1, at(0));
        }
        assert_eq!(depositors.envelopes.remembered(), PEERS);
        let newcomer = PeerId::random();
        assert!(depositors.deposits(newcomer, 1, 1, at(0)).is_ok(), "whoever owes nothing is let in once");
        assert!(depositors.deposits(newcomer, 1, 1, at(0)).is_err(), "and has taken over a debt");
    }
}
