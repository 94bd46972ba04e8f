//! Names that are looked up, in the DNS or in the table of cards, and when again (pure).

use std::collections::BTreeMap;
use std::time::Duration;

use ai2ai_protocol::time::Timestamp;

/// Names that are looked up.
pub const NAMES: usize = 256;
/// Names that are asked for at the same time, so that dead ones hold up nothing else.
pub const ASKED_AT_ONCE: usize = 8;
/// The shortest wait after a failure; it doubles with each one.
pub const RETRY_FIRST: Duration = Duration::from_secs(5);
/// The longest wait after a failure, and the shortest after an answer: nobody's agent moves faster than that.
pub const RETRY_LAST: Duration = Duration::from_secs(15 * 60);
/// A question that nobody has answered for is asked again.
const SILENT: Duration = Duration::from_secs(60);

/// The names, each with its next time.
#[derive(Debug, Default)]
pub struct Names(BTreeMap<String, NextLookup>);

#[derive(Debug, Clone, Copy)]
struct NextLookup {
    at: Timestamp,
    failures: u32,
    is_asked: bool,
}

impl Names {
    /// Wants a name to be looked up, now and from time to time. More than [`NAMES`] are not kept.
    pub fn want(&mut self, name: &str, now: Timestamp) {
        if self.0.len() < NAMES {
            self.0.entry(name.to_owned()).or_insert(NextLookup { at: now, failures: 0, is_asked: false });
        }
    }

    /// Returns what to ask for now; it counts as asked.
    pub fn next(&mut self, now: Timestamp) -> Vec<String> {
        let under_way = self.0.values().filter(|next| next.is_asked && next.at > now).count();
        let free = ASKED_AT_ONCE.saturating_sub(under_way);
        let mut due: Vec<(Timestamp, String)> =
            self.0.iter().filter(|(_, next)| next.at <= now).map(|(name, next)| (next.at, name.clone())).collect();
        due.sort_unstable();
        due.truncate(free);
        for (_, name) in &due {
            self.put(name, |next| NextLookup { at: now + SILENT, is_asked: true, ..next });
        }
        due.into_iter().map(|(_, name)| name).collect()
    }

    /// Returns when [`Names::next`] will have something to say; `None` for never.
    #[must_use]
    pub fn wake_at(&self) -> Option<Timestamp> {
        self.0.values().map(|next| next.at).min()
    }

    /// There was an answer, which counts for so long.
    pub fn answered(&mut self, name: &str, now: Timestamp, fresh_for: Duration) {
        self.put(name, |_| NextLookup { at: now + fresh_for.max(RETRY_LAST), failures: 0, is_asked: false });
    }

    /// There was none. `jitter` is any random number.
    pub fn failed(&mut self, name: &str, now: Timestamp, jitter: u64) {
        self.put(name, |next| {
            let doubled = RETRY_FIRST.saturating_mul(2_u32.saturating_pow(next.failures.min(16))).min(RETRY_LAST);
            let spread = Duration::from_millis(jitter % 1_000);
            NextLookup { at: now + doubled + spread, failures: next.failures.saturating_add(1), is_asked: false }
        });
    }

    /// Everything that waits for its time is due now: the clock was turned, or this machine is in another network.
    pub fn hurry(&mut self, now: Timestamp) {
        for next in self.0.values_mut().filter(|next| !next.is_asked) {
            (next.at, next.failures) = (now, 0);
        }
    }

    /// Drops a name that nobody needs any more.
    pub fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }

    fn put(&mut self, name: &str, change: impl FnOnce(NextLookup) -> NextLookup) {
        if let Some(next) = self.0.get_mut(name) {
            *next = change(*next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn a_name_is_asked_for_once_and_again_when_its_answer_is_old() {
        let mut names = Names::default();
        names.want("alex.example", at(0));
        names.want("alex.example", at(0));
        assert_eq!(names.next(at(0)), ["alex.example"]);
        assert!(names.next(at(1)).is_empty());
        names.answered("alex.example", at(1), Duration::from_secs(3600));
        assert!(names.next(at(3_600)).is_empty());
        assert_eq!(names.next(at(3_601)), ["alex.example"]);
        names.answered("alex.example", at(3_601), Duration::from_secs(1));
        assert_eq!(names.wake_at(), Some(at(3_601) + RETRY_LAST));
    }

    #[test]
    fn a_dead_name_is_asked_for_ever_more_rarely_and_holds_up_nothing() {
        let mut names = Names::default();
        for number in 0..20 {
            names.want(&format!("dead{number}.example"), at(0));
        }
        names.want("zoe.example", at(0));
        let mut now = at(0);
        let mut asked = Vec::new();
        while !asked.contains(&"zoe.example".to_owned()) {
            asked = names.next(now);
            assert!(asked.len() <= ASKED_AT_ONCE);
            for name in &asked {
                names.failed(name, now, 7);
            }
            now = now + Duration::from_millis(10);
        }
        assert!(now <= at(1), "{now}");
        for _ in 0..40 {
            now = names.wake_at().expect("a time");
            for name in names.next(now) {
                names.failed(&name, now, 0);
            }
        }
        assert!(names.wake_at().is_some_and(|next| next.since(now) <= RETRY_LAST));
    }

    #[test]
    fn who_never_reports_back_does_not_hold_a_place_for_ever() {
        let mut names = Names::default();
        names.want("alex.example", at(0));
        assert_eq!(names.next(at(0)).len(), 1);
        assert_eq!(names.next(at(61)).len(), 1);
    }

    #[test]
    fn in_another_network_everything_is_asked_again_and_what_is_not_needed_is_not() {
        let mut names = Names::default();
        for name in ["alex.example", "sam.example"] {
            names.want(name, at(0));
            names.failed(name, at(0), 0);
        }
        assert!(names.next(at(1)).is_empty());
        names.forget("sam.example");
        names.hurry(at(1));
        assert_eq!(names.next(at(1)), ["alex.example"]);
    }

    #[test]
    fn a_flood_of_names_stays_in_its_bound() {
        let mut names = Names::default();
        for number in 0..1_000 {
            names.want(&format!("{number}.example"), at(0));
        }
        assert_eq!(names.0.len(), NAMES);
    }
}
