//! Rules: what is told to the owner when: a pure function of what waits, what was told, and the time.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use ai2ai_home::config::notify::Quiet;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::id::ItemId;
use ai2ai_protocol::time::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::node::Waiting;

/// How long what comes is gathered, so that several things at once are told at once.
pub(crate) const GATHER: Duration = Duration::from_secs(3);
/// How soon what was told is told again, when it has changed or nobody could be told.
pub(crate) const AGAIN: Duration = Duration::from_secs(5 * 60);
/// Times that the owner is told in an hour: whoever writes a hundred times makes no phone ring a hundred times.
pub(crate) const TOLD_PER_HOUR: usize = 20;
const HOUR: Duration = Duration::from_secs(3_600);

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    /// Tell the first channels of these.
    First(Vec<ItemId>),
    /// Tell the second channels of these, which nobody has answered.
    Second(Vec<ItemId>),
    /// What was told of this item holds no more: it has changed.
    Changed(ItemId),
    /// It waits no more.
    Ended(ItemId),
}

/// What the owner set, and where their clock stands.
#[derive(Debug, Clone)]
pub(crate) struct Timing {
    /// After which time without an answer the second channels are told, if there are any.
    pub(crate) second_after: Option<Duration>,
    /// When nothing is told.
    pub(crate) quiet: Option<Quiet>,
    /// The owner's time zone.
    pub(crate) zone: TimeZone,
}

impl Timing {
    /// Whether it is an hour at which nothing is told.
    pub(crate) fn is_quiet(&self, now: Timestamp) -> bool {
        let (Some(Quiet { from, until }), Ok(instant)) =
            (self.quiet, jiff::Timestamp::from_millisecond(now.as_millis()))
        else {
            return false;
        };
        let time = instant.to_zoned(self.zone.clone()).time();
        if from < until { from <= time && time < until } else { from <= time || time < until }
    }
}

/// What is known of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct ToldItem {
    digest: Digest,
    /// Since when it waits in this form.
    since: Timestamp,
    /// When it was last tried to tell it, in this form or another.
    last: Option<Timestamp>,
    /// When a first channel had it.
    first: Option<Timestamp>,
    /// When the second channels were told.
    second: Option<Timestamp>,
    /// Whether no first channel could be told: the second ones do not wait then.
    #[serde(default)]
    in_vain: bool,
    /// First channels that are being told: nobody else knows of them after a crash, and it is told again.
    #[serde(skip)]
    under_way: usize,
}

impl ToldItem {
    fn anew(digest: Digest, since: Timestamp, last: Option<Timestamp>) -> Self {
        Self { digest, since, last, first: None, second: None, in_vain: false, under_way: 0 }
    }

    /// From when on the first channels are to be told, if they are.
    fn due_at(&self) -> Option<Timestamp> {
        let waits = self.first.is_none() && self.under_way == 0;
        waits.then(|| self.last.map_or(self.since + GATHER, |last| (last + AGAIN).max(self.since + GATHER)))
    }
}

/// What was told of what waits. It outlives a restart.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Rules {
    told: BTreeMap<ItemId, ToldItem>,
    /// When the owner was told, in the last hour.
    times: VecDeque<Timestamp>,
}

impl Rules {
    /// What is to be done now that these wait. `channels` is how many first channels there are.
    pub(crate) fn look(&mut self, waiting: &[Waiting], channels: usize, timing: &Timing, now: Timestamp) -> Vec<Order> {
        let mut orders = self.compare(waiting, now);
        if !timing.is_quiet(now) {
            orders.extend(self.second(timing, now));
            orders.extend(self.first(channels, now));
        }
        orders
    }

    /// What is new, has changed, or waits no more.
    fn compare(&mut self, waiting: &[Waiting], now: Timestamp) -> Vec<Order> {
        let mut orders = Vec::new();
        let there: BTreeMap<ItemId, Digest> = waiting.iter().map(|item| (item.id, item.digest)).collect();
        self.told.retain(|id, _| {
            let stays = there.contains_key(id);
            if !stays {
                orders.push(Order::Ended(*id));
            }
            stays
        });
        for (id, digest) in there {
            match self.told.get_mut(&id) {
                Some(told) if told.digest == digest => {}
                Some(told) => {
                    *told = ToldItem::anew(digest, now, told.last);
                    orders.push(Order::Changed(id));
                }
                None => drop(self.told.insert(id, ToldItem::anew(digest, now, None))),
            }
        }
        orders
    }

    /// When one is due, whatever has not been told goes with it.
    fn first(&mut self, channels: usize, now: Timestamp) -> Option<Order> {
        let is_due = |told: &ToldItem| told.due_at().is_some_and(|due| due <= now);
        if channels == 0 || !self.told.values().any(is_due) || !self.may_tell(now) {
            return None;
        }
        let fresh = |told: &ToldItem| told.due_at().is_some() && (told.last.is_none() || is_due(told));
        let mut ids = Vec::new();
        for (id, told) in self.told.iter_mut().filter(|(_, told)| fresh(told)) {
            (told.last, told.under_way) = (Some(now), channels);
            ids.push(*id);
        }
        Some(Order::First(ids))
    }

    fn second(&mut self, timing: &Timing, now: Timestamp) -> Option<Order> {
        let after = timing.second_after?;
        let is_due = |told: &ToldItem| {
            told.second.is_none() && (told.in_vain || told.first.is_some_and(|first| first + after <= now))
        };
        if !self.told.values().any(is_due) || !self.may_tell(now) {
            return None;
        }
        let mut ids = Vec::new();
        for (id, told) in self.told.iter_mut().filter(|(_, told)| is_due(told)) {
            told.second = Some(now);
            ids.push(*id);
        }
        Some(Order::Second(ids))
    }

    /// Counts one telling, unless there were too many in the last hour. A clock that was set back forgives.
    fn may_tell(&mut self, now: Timestamp) -> bool {
        self.times.retain(|at| *at <= now && now.since(*at) < HOUR);
        if self.times.len() >= TOLD_PER_HOUR {
            return false;
        }
        self.times.push_back(now);
        true
    }

    /// These, in the form in which they are to be told.
    pub(crate) fn in_form(&self, ids: &[ItemId]) -> Vec<Waiting> {
        ids.iter().filter_map(|id| Some(Waiting { id: *id, digest: self.told.get(id)?.digest })).collect()
    }

    /// No channel was asked to tell these: they are due again later.
    pub(crate) fn not_tried(&mut self, ids: &[ItemId]) {
        for id in ids {
            if let Some(told) = self.told.get_mut(id) {
                told.under_way = 0;
            }
        }
    }

    /// A first channel had these, in this form; or it could not be told. Where none could, the second channels are told at once, and
    /// the first ones later again.
    pub(crate) fn heard(&mut self, items: &[Waiting], ok: bool, now: Timestamp) {
        for item in items {
            let is_it = |told: &&mut ToldItem| told.digest == item.digest && told.under_way > 0;
            let Some(told) = self.told.get_mut(&item.id).filter(is_it) else { continue };
            told.under_way -= 1;
            match (ok, told.first) {
                (true, None) => (told.first, told.in_vain) = (Some(now), false),
                (false, None) => told.in_vain = told.under_way == 0,
                (true | false, Some(_)) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        // 2026-02-02T02:40:00Z
        Timestamp::from_millis(1_770_000_000_000) + Duration::from_secs(seconds)
    }

    fn item(n: u8) -> Waiting {
        Waiting { id: ItemId::new(at(0), [n; 10]), digest: Digest::of(&[n]) }
    }

    fn timing(second_after: Option<u64>) -> Timing {
        Timing { second_after: second_after.map(Duration::from_secs), quiet: None, zone: TimeZone::UTC }
    }

    #[test]
    fn what_comes_together_is_told_together_and_once() {
        let mut rules = Rules::default();
        let timing = timing(None);
        assert_eq!(rules.look(&[item(1)], 1, &timing, at(0)), []);
        let both = [item(1), item(2)];
        assert_eq!(rules.look(&both, 1, &timing, at(2)), []);
        let told = rules.look(&both, 1, &timing, at(3));
        assert_eq!(told, [Order::First(vec![item(1).id, item(2).id])], "the second goes with the first");
        rules.heard(&both, true, at(4));
        assert_eq!(rules.look(&both, 1, &timing, at(100_000)), []);
        assert_eq!(rules.look(&[item(2)], 1, &timing, at(100_001)), [Order::Ended(item(1).id)]);
    }

    #[test]
    fn what_was_not_heard_of_before_a_crash_is_told_again_and_what_was_is_not() {
        let mut rules = Rules::default();
        let timing = timing(None);
        rules.look(&[item(1), item(2)], 1, &timing, at(0));
        assert_eq!(rules.look(&[item(1), item(2)], 1, &timing, at(3)).len(), 1);
        rules.heard(&[item(1)], true, at(4));
        let text = serde_json::to_string(&rules).expect("JSON");
        let mut restarted: Rules = serde_json::from_str(&text).expect("rules");
        assert_eq!(restarted.look(&[item(1), item(2)], 1, &timing, at(5)), []);
        let again = restarted.look(&[item(1), item(2)], 1, &timing, at(3) + AGAIN);
        assert_eq!(again, [Order::First(vec![item(2).id])]);
    }

    #[test]
    fn what_changes_all_the_time_is_told_every_five_minutes() {
        let mut rules = Rules::default();
        let timing = timing(None);
        let mut told = 0;
        for second in 0..1_200 {
            let changing =
                Waiting { digest: Digest::of(&[u8::try_from(second / 20 % 200).expect("a byte")]), ..item(1) };
            for order in rules.look(&[changing], 1, &timing, at(second)) {
                if matches!(order, Order::First(_)) {
                    told += 1;
                    rules.heard(&[changing], true, at(second));
                }
            }
        }
        assert_eq!(told, 4, "at 3 s, and about every 300 s after it");
    }

    #[test]
    fn nobody_makes_a_phone_ring_without_end() {
        let mut rules = Rules::default();
        let timing = timing(None);
        let mut waiting = Vec::new();
        let mut told = 0;
        for n in 0..200_u8 {
            waiting.push(item(n));
            told += rules.look(&waiting, 1, &timing, at(10 * u64::from(n))).len();
            rules.heard(&waiting, true, at(10 * u64::from(n)));
        }
        assert_eq!(told, TOLD_PER_HOUR);
        assert!(!rules.look(&waiting, 1, &timing, at(4_000)).is_empty(), "the hour slides");
    }

    #[test]
    fn what_stays_unanswered_goes_to_the_second_channel_once_and_what_is_answered_does_not() {
        let mut rules = Rules::default();
        let timing = timing(Some(900));
        let both = [item(1), item(2)];
        rules.look(&both, 1, &timing, at(0));
        rules.look(&both, 1, &timing, at(3));
        rules.heard(&both, true, at(4));
        assert_eq!(rules.look(&both, 1, &timing, at(903)), []);
        let only = [item(2)];
        assert_eq!(rules.look(&only, 1, &timing, at(904)), [Order::Ended(item(1).id), Order::Second(vec![item(2).id])]);
        assert_eq!(rules.look(&only, 1, &timing, at(90_000)), []);
    }

    #[test]
    fn where_no_first_channel_can_be_told_the_second_is_told_at_once() {
        let mut rules = Rules::default();
        let timing = timing(Some(900));
        rules.look(&[item(1)], 2, &timing, at(0));
        rules.look(&[item(1)], 2, &timing, at(3));
        rules.heard(&[item(1)], false, at(5));
        assert_eq!(rules.look(&[item(1)], 2, &timing, at(6)), [], "the other may still be heard of");
        rules.heard(&[item(1)], false, at(7));
        assert_eq!(rules.look(&[item(1)], 2, &timing, at(8)), [Order::Second(vec![item(1).id])]);
        assert_eq!(rules.look(&[item(1)], 2, &timing, at(2) + AGAIN), []);
        let again = rules.look(&[item(1)], 2, &timing, at(3) + AGAIN);
        assert_eq!(again, [Order::First(vec![item(1).id])], "the second may not have got through either");
        rules.heard(&[item(1)], true, at(4) + AGAIN);
        assert_eq!(rules.look(&[item(1)], 2, &timing, at(90_000)), []);
        let mut alone = Rules::default();
        let timing = Timing { second_after: None, ..timing };
        alone.look(&[item(1)], 1, &timing, at(0));
        alone.look(&[item(1)], 1, &timing, at(3));
        alone.heard(&[item(1)], false, at(5));
        assert_eq!(alone.look(&[item(1)], 1, &timing, at(6)), []);
        assert_eq!(alone.look(&[item(1)], 1, &timing, at(3) + AGAIN), [Order::First(vec![item(1).id])]);
    }

    #[test]
    fn in_quiet_hours_nothing_is_told_and_at_their_end_all_of_it_at_once() {
        let quiet: Quiet = serde_json::from_str("\"22:00-07:00\"").expect("hours");
        let zone = TimeZone::get("Europe/London").expect("a zone");
        let timing = Timing { quiet: Some(quiet), zone, ..timing(Some(900)) };
        let mut rules = Rules::default();
        for hour in 0..4 {
            assert_eq!(rules.look(&[item(1), item(2)], 1, &timing, at(hour * 3_600)), [], "02:40 to 05:40");
        }
        assert_eq!(rules.look(&[item(1), item(2)], 1, &timing, at(4 * 3_600 + 1_199)), [], "a second before seven");
        let orders = rules.look(&[item(1), item(2)], 1, &timing, at(4 * 3_600 + 1_200));
        assert_eq!(orders, [Order::First(vec![item(1).id, item(2).id])]);
        // In summer, seven o'clock in London comes an hour earlier by UTC.
        let summer: Timestamp = "2026-07-01T06:30:00Z".parse().expect("a time");
        assert!(!timing.is_quiet(summer));
        let day: Quiet = serde_json::from_str("\"12:00-13:00\"").expect("hours");
        let timing = Timing { quiet: Some(day), zone: TimeZone::UTC, second_after: None };
        let is_quiet = |text: &str| timing.is_quiet(text.parse().expect("a time"));
        assert!(is_quiet("2026-07-01T12:00:00Z") && !is_quiet("2026-07-01T13:00:00Z"));
    }
}
