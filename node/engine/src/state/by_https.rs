//! People who were last reached by HTTPS alone (pure). Nothing for them waits until libp2p has failed once more; now and then
//! libp2p is tried beside it. And web servers that asked to be left alone for a while.

use std::collections::HashMap;
use std::time::Duration;

use ai2ai_discovery::web::https::Site;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::time::Timestamp;
use libp2p::Multiaddr;

/// People that are remembered; beyond it, whoever libp2p was tried for longest ago is not.
const PEOPLE: usize = 1_024;
/// Interval at which libp2p is tried beside HTTPS, while there is something to bring.
const DIALLED_EVERY: Duration = Duration::from_secs(5 * 60);
/// The longest that a web server is left alone because it asks for it: anybody can ask for years.
const ALONE_MOST: Duration = Duration::from_secs(10 * 60);
/// Web servers that are left alone at a time; beyond it, the one that was to be left alone for the shortest is asked again.
const SITES: usize = 256;

/// Way that is tried first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    /// libp2p; if nothing comes of it, HTTPS.
    Libp2p,
    /// HTTPS.
    Https,
    /// HTTPS; and whether libp2p gets through again is looked at meanwhile.
    HttpsAndDial,
}

/// People who were last reached by HTTPS alone.
#[derive(Debug, Default)]
pub struct ByHttps {
    people: HashMap<Did, Known>,
    /// Web servers that are left alone, and until when.
    alone: HashMap<Site, Timestamp>,
}

#[derive(Debug)]
struct Known {
    site: Site,
    /// Addresses at which libp2p did not get through, and when that was tried.
    in_vain: Vec<Multiaddr>,
    dialled_at: Timestamp,
    /// The sequence of the card of ours that they were shown in this way.
    shown: Option<u64>,
}

impl ByHttps {
    /// Notes that HTTPS led there, and libp2p had not, at these addresses.
    pub(crate) fn worked(&mut self, who: Did, site: &Site, in_vain: &[Multiaddr], now: Timestamp) {
        if let Some(known) = self.people.get_mut(&who) {
            known.site.clone_from(site);
            return;
        }
        if self.people.len() >= PEOPLE
            && let Some(oldest) = self.people.iter().min_by_key(|(_, known)| known.dialled_at).map(|(who, _)| *who)
        {
            self.people.remove(&oldest);
        }
        let known = Known { site: site.clone(), in_vain: in_vain.to_vec(), dialled_at: now, shown: None };
        self.people.insert(who, known);
    }

    /// Chooses what to try first, when libp2p would dial these addresses.
    #[must_use]
    pub(crate) fn first(&mut self, who: &Did, addresses: &[Multiaddr], now: Timestamp) -> First {
        let Some(known) = self.people.get_mut(who) else { return First::Libp2p };
        // A clock that was set back is no reason to wait for long.
        let is_long_ago = now >= known.dialled_at + DIALLED_EVERY || now < known.dialled_at;
        if !is_long_ago && known.in_vain == addresses {
            return First::Https;
        }
        (known.dialled_at, known.in_vain) = (now, addresses.to_vec());
        First::HttpsAndDial
    }

    /// Forgets somebody: libp2p leads there again, or HTTPS does not.
    pub(crate) fn forget(&mut self, who: &Did) {
        self.people.remove(who);
    }

    /// Forgets everybody: this machine is in another network, and what led where is not known any more.
    pub(crate) fn forget_all(&mut self) {
        self.people.clear();
        self.alone.clear();
    }

    /// Notes that this web server asks to be left alone for so long.
    pub(crate) fn leave_alone(&mut self, site: &Site, wait: Duration, now: Timestamp) {
        self.alone.retain(|_, until| *until > now);
        if self.alone.len() >= SITES
            && let Some(first) = self.alone.iter().min_by_key(|(_, until)| **until).map(|(site, _)| site.clone())
        {
            self.alone.remove(&first);
        }
        self.alone.insert(site.clone(), now + wait.min(ALONE_MOST));
    }

    /// Moment until which this web server is left alone, if it is.
    #[must_use]
    pub(crate) fn left_alone(&self, site: &Site, now: Timestamp) -> Option<Timestamp> {
        // A clock that was set back is no reason to wait for long.
        self.alone.get(site).copied().filter(|until| *until > now && *until <= now + ALONE_MOST)
    }

    /// Returns whether they are to be shown the card of ours with this sequence. From now on they are not.
    #[must_use]
    pub(crate) fn is_to_be_shown(&mut self, who: &Did, sequence: u64) -> bool {
        let known = self.people.get_mut(who);
        known.is_some_and(|known| known.shown.replace(sequence) != Some(sequence))
    }

    /// Notes that they did not take our card.
    pub(crate) fn not_shown(&mut self, who: &Did) {
        if let Some(known) = self.people.get_mut(who) {
            known.shown = None;
        }
    }

    /// Lists everybody, and where they are reached.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Did, &Site)> {
        self.people.iter().map(|(who, known)| (who, &known.site))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_millis(1_770_000_000_000)
    }

    fn site() -> Site {
        Site::read("https://alex.example").expect("a site")
    }

    #[test]
    fn what_worked_is_first_and_libp2p_is_tried_beside_it_now_and_then() {
        let who = Did::from_bytes([7; 32]);
        let mut known = ByHttps::default();
        assert_eq!(known.first(&who, &[], now()), First::Libp2p);
        known.worked(who, &site(), &[], now());
        assert_eq!((known.first(&who, &[], now()), known.all().count()), (First::Https, 1));
        let later = now() + DIALLED_EVERY;
        known.worked(who, &site(), &[], later);
        assert_eq!(known.first(&who, &[], later), First::HttpsAndDial, "that it works is no reason not to look");
        assert_eq!(known.first(&who, &[], later), First::Https);
        assert_eq!(known.first(&who, &[], now()), First::HttpsAndDial, "the clock was set back");
        known.forget(&who);
        assert_eq!((known.first(&who, &[], later), known.all().count()), (First::Libp2p, 0));
    }

    #[test]
    fn at_another_address_libp2p_is_tried_at_once() {
        let who = Did::from_bytes([7; 32]);
        let mut known = ByHttps::default();
        let places = ["/ip4/192.0.2.1/tcp/1".parse().expect("an address")];
        known.worked(who, &site(), &[], now());
        assert_eq!(known.first(&who, &places, now()), First::HttpsAndDial);
        assert_eq!(known.first(&who, &places, now()), First::Https);
    }

    #[test]
    fn a_card_is_shown_once_and_again_when_it_was_not_taken_or_is_new() {
        let who = Did::from_bytes([7; 32]);
        let mut known = ByHttps::default();
        assert!(!known.is_to_be_shown(&who, 1), "nobody is reached in this way");
        known.worked(who, &site(), &[], now());
        assert!(known.is_to_be_shown(&who, 1) && !known.is_to_be_shown(&who, 1));
        known.not_shown(&who);
        assert!(known.is_to_be_shown(&who, 1));
        assert!(known.is_to_be_shown(&who, 2) && !known.is_to_be_shown(&who, 2));
    }

    #[test]
    fn a_web_server_is_left_alone_as_long_as_it_asks_but_not_for_long() {
        let mut known = ByHttps::default();
        let minute = Duration::from_secs(60);
        let other = Site::read("https://sam.example").expect("a site");
        known.leave_alone(&site(), minute, now());
        assert_eq!(known.left_alone(&site(), now()), Some(now() + minute));
        assert_eq!((known.left_alone(&other, now()), known.left_alone(&site(), now() + minute)), (None, None));
        known.leave_alone(&site(), Duration::from_secs(u64::MAX), now());
        assert_eq!(known.left_alone(&site(), now()), Some(now() + ALONE_MOST));
        assert_eq!(known.left_alone(&site(), now() - minute), None, "the clock was set back");
        for number in 0..3 * SITES {
            let site = Site::read(&format!("https://n{number}.example")).expect("a site");
            known.leave_alone(&site, minute, now());
        }
        assert!(known.alone.len() <= SITES);
    }

    #[test]
    fn what_is_remembered_has_a_bound() {
        let mut known = ByHttps::default();
        for number in 0..3 * PEOPLE {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
            known.worked(Did::from_bytes(bytes), &site(), &[], now() + Duration::from_millis(number as u64));
        }
        assert_eq!(known.all().count(), PEOPLE);
    }
}
