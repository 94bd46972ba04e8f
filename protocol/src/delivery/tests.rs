//! A message is tried again until it is certain what became of it, and never after.

use std::time::Duration;

use proptest::prelude::*;

use super::backoff::doubled;
use super::*;
use crate::code::Code;
use crate::limits::{
    ATTEMPT_WITHIN, BREAKER_FAILURES, BREAKER_LEAST, BREAKER_MOST, CARD_MAILBOXES, DELIVERY_ERROR_CHARS,
    RETRY_AFTER_MOST, RETRY_LEAST, RETRY_MOST,
};
use crate::outcome::Outcome;

const NOW: i64 = 1_000_000_000;
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(NOW) + Duration::from_secs(seconds)
}

/// A message that expires in a week, and what has happened to it so far.
fn after(first: Delivery, events: &[(u64, DeliveryEvent)]) -> Delivery {
    events.iter().fold(first, |delivery, (seconds, event)| delivery.on(event, at(0) + WEEK, at(*seconds), 0))
}

fn failed() -> DeliveryEvent {
    DeliveryEvent::Failed { error: "it timed out".to_owned() }
}

fn receipt(outcome: Outcome) -> DeliveryEvent {
    DeliveryEvent::Receipt { outcome, retry_after_s: None }
}

fn every_event() -> Vec<DeliveryEvent> {
    vec![
        DeliveryEvent::Attempted,
        failed(),
        DeliveryEvent::Unreached { error: "no route".to_owned() },
        receipt(Outcome::Accepted),
        receipt(Outcome::Held),
        receipt(Outcome::Refused(Code::Busy)),
        receipt(Outcome::Refused(Code::StaleTerms)),
        DeliveryEvent::Receipt { outcome: Outcome::Refused(Code::RateLimited), retry_after_s: Some(600) },
        DeliveryEvent::PeerSeen,
        DeliveryEvent::Read,
        DeliveryEvent::Unanswered,
        DeliveryEvent::Answered,
        DeliveryEvent::Withdrawn,
        DeliveryEvent::Tick,
        kept_by("V", 1),
    ]
}

/// A mailbox keeps it for so many seconds.
fn kept_by(mailbox: &str, seconds: u64) -> DeliveryEvent {
    DeliveryEvent::Deposited(Keeper { mailbox: mailbox.to_owned(), until: at(seconds) })
}

#[test]
fn what_a_mailbox_keeps_is_brought_directly_all_the_same_and_can_not_be_taken_back() {
    let delivery =
        after(Delivery::queued(at(0)), &[(0, failed()), (1, DeliveryEvent::Attempted), (2, kept_by("V", 100))]);
    assert_eq!((delivery.state(), delivery.is_surely_here()), (State::InCustody, false));
    assert!(delivery.next_attempt_at().is_some_and(|next| next <= at(2) + RETRY_MOST));
    assert!(after(delivery.clone(), &[(3, DeliveryEvent::PeerSeen)]).is_due(at(3)));
    assert_eq!(after(delivery.clone(), &[(3, DeliveryEvent::Withdrawn)]), delivery);
    let failed_again = after(delivery.clone(), &[(3, DeliveryEvent::Attempted), (4, failed())]);
    assert_eq!(failed_again.state(), State::InCustody);
    assert_eq!(after(failed_again, &[(5, receipt(Outcome::Accepted))]).state(), State::Delivered);
    assert_eq!(after(delivery, &[(WEEK.as_secs(), DeliveryEvent::Tick)]).state(), State::Expired);
}

#[test]
fn a_mailbox_is_asked_once_as_long_as_it_says_that_it_keeps_it_and_another_one_besides() {
    let queued = Delivery::queued(at(0));
    assert!(queued.can_be_deposited("V", at(0)));
    assert!(!after(queued.clone(), &[(0, DeliveryEvent::Attempted)]).can_be_deposited("V", at(1)), "it is being tried");
    let kept = after(queued.clone(), &[(0, kept_by("V", 100))]);
    assert!(!kept.can_be_deposited("V", at(99)) && kept.can_be_deposited("V", at(100)));
    assert!(kept.can_be_deposited("W", at(1)));
    let both = after(kept, &[(1, kept_by("W", 50)), (2, kept_by("V", 70)), (3, kept_by("W", 80))]);
    let keepers: Vec<&str> = both.keepers().iter().map(|keeper| keeper.mailbox.as_str()).collect();
    assert_eq!(keepers, ["V", "W"]);
    let limited = DeliveryEvent::Receipt { outcome: Outcome::Refused(Code::RateLimited), retry_after_s: Some(600) };
    assert!(!after(queued.clone(), &[(0, limited)]).can_be_deposited("V", at(599)), "they asked for time");
    let delivered = after(queued, &[(0, receipt(Outcome::Accepted)), (1, kept_by("V", 100))]);
    assert_eq!((delivered.state(), delivered.can_be_deposited("V", at(2))), (State::Delivered, false));
}

#[test]
fn no_number_of_mailboxes_makes_a_row_grow() {
    let mut delivery = Delivery::queued(at(0));
    for number in 0..100 {
        delivery = after(delivery, &[(number, kept_by(&number.to_string(), 1_000))]);
    }
    assert_eq!(delivery.keepers().len(), CARD_MAILBOXES);
}

#[test]
fn the_good_way() {
    let mut delivery = Delivery::queued(at(0));
    assert!(delivery.is_due(at(0)));
    for (event, state) in [
        (DeliveryEvent::Attempted, State::Queued),
        (receipt(Outcome::Accepted), State::Delivered),
        (DeliveryEvent::Read, State::Read),
        (DeliveryEvent::Unanswered, State::Unanswered),
        (DeliveryEvent::Read, State::Unanswered),
        (DeliveryEvent::Answered, State::Answered),
        (DeliveryEvent::Unanswered, State::Answered),
    ] {
        delivery = delivery.on(&event, at(0) + WEEK, at(1), 0);
        assert_eq!(delivery.state(), state);
    }
    assert_eq!((delivery.attempts(), delivery.next_attempt_at(), delivery.last_error()), (1, None, None));
}

#[test]
fn a_timeout_is_unknown_and_it_is_tried_again() {
    let delivery = after(Delivery::queued(at(0)), &[(0, DeliveryEvent::Attempted), (15, failed())]);
    assert_eq!(delivery.state(), State::Sent, "they may have it");
    assert_eq!(delivery.next_attempt_at(), Some(at(15) + RETRY_LEAST));
    assert_eq!(delivery.last_error(), Some("it timed out"));
    let delivery = after(delivery, &[(16, receipt(Outcome::Accepted))]);
    assert_eq!((delivery.state(), delivery.last_error()), (State::Delivered, None));
}

#[test]
fn what_never_left_is_still_queued() {
    let unreached = DeliveryEvent::Unreached { error: "no route".to_owned() };
    let delivery = after(Delivery::queued(at(0)), &[(0, DeliveryEvent::Attempted), (0, unreached.clone())]);
    assert_eq!((delivery.state(), delivery.attempts()), (State::Queued, 1));
    let delivery = after(delivery, &[(2, failed()), (4, unreached)]);
    assert_eq!((delivery.state(), delivery.attempts()), (State::Sent, 3), "it left once");
}

#[test]
fn a_crash_while_it_is_under_way_loses_nothing() {
    let delivery = after(Delivery::queued(at(0)), &[(0, DeliveryEvent::Attempted)]);
    assert!(!delivery.is_due(at(1)), "not twice at once");
    assert!(delivery.is_due(at(0) + ATTEMPT_WITHIN));
}

#[test]
fn a_final_refusal_is_final() {
    let dead = after(Delivery::queued(at(0)), &[(0, receipt(Outcome::Refused(Code::ApprovalMissing)))]);
    assert_eq!((dead.state(), dead.last_error()), (State::Dead, Some("approval_missing")));
    for event in every_event() {
        assert_eq!(after(dead.clone(), &[(1, event.clone())]), dead, "{event:?}");
    }
}

#[test]
fn a_passing_refusal_is_not() {
    for code in [Code::Busy, Code::Internal, Code::RateLimited, Code::Quarantined, Code::NotYetValid] {
        let delivery = after(Delivery::queued(at(0)), &[(0, receipt(Outcome::Refused(code)))]);
        assert_eq!((delivery.state(), delivery.next_attempt_at()), (State::Sent, Some(at(1))), "{code}");
    }
}

#[test]
fn an_honest_sender_obeys_the_time_it_is_told() {
    let limited =
        |seconds| DeliveryEvent::Receipt { outcome: Outcome::Refused(Code::RateLimited), retry_after_s: Some(seconds) };
    let delivery = after(Delivery::queued(at(0)), &[(0, limited(600)), (1, DeliveryEvent::PeerSeen)]);
    assert_eq!(delivery.next_attempt_at(), Some(at(600)), "even when they are seen");
    let delivery = after(delivery, &[(2, failed())]);
    assert_eq!(delivery.next_attempt_at(), Some(at(600)));
    let delivery = after(Delivery::queued(at(0)), &[(0, limited(u32::MAX))]);
    assert_eq!(delivery.next_attempt_at(), Some(at(0) + RETRY_AFTER_MOST), "within reason");
}

#[test]
fn a_new_sealing_key_is_used_at_once_and_a_second_one_is_not_believed() {
    let unknown = || receipt(Outcome::Refused(Code::UnknownPrekey));
    let delivery = after(Delivery::queued(at(0)), &[(0, unknown())]);
    assert!(delivery.is_due(at(0)));
    let delivery = after(delivery, &[(0, unknown())]);
    assert!(!delivery.is_due(at(0)));
}

#[test]
fn seeing_the_other_makes_it_due_at_once() {
    let delivery = after(Delivery::queued(at(0)), &[(0, failed()), (0, failed()), (0, DeliveryEvent::PeerSeen)]);
    assert!(delivery.is_due(at(0)));
    let under_way = after(Delivery::queued(at(0)), &[(0, DeliveryEvent::Attempted)]);
    assert_eq!(after(under_way.clone(), &[(0, DeliveryEvent::PeerSeen)]), under_way);
}

#[test]
fn held_is_delivered_until_their_human_decides() {
    let held = after(Delivery::queued(at(0)), &[(0, receipt(Outcome::Held))]);
    assert_eq!((held.state(), held.is_held(), held.next_attempt_at()), (State::Delivered, true, None));
    assert!(!after(held.clone(), &[(9, receipt(Outcome::Accepted))]).is_held());
    assert_eq!(after(held.clone(), &[(9, receipt(Outcome::Held))]), held);
    assert_eq!(after(held.clone(), &[(9, receipt(Outcome::Refused(Code::Closed)))]).state(), State::Dead);
    let delivered = after(held, &[(9, receipt(Outcome::Accepted))]);
    assert_eq!(after(delivered.clone(), &[(9, receipt(Outcome::Refused(Code::Closed)))]), delivered);
}

#[test]
fn it_expires_with_its_envelope() {
    let week = WEEK.as_secs();
    for event in [
        DeliveryEvent::Tick,
        DeliveryEvent::PeerSeen,
        DeliveryEvent::Attempted,
        failed(),
        receipt(Outcome::Refused(Code::Busy)),
    ] {
        let before = after(Delivery::queued(at(0)), &[(week - 1, event.clone())]);
        assert!(!before.state().is_over(), "{event:?}");
        let expired = after(Delivery::queued(at(0)), &[(week, event.clone())]);
        assert_eq!((expired.state(), expired.next_attempt_at()), (State::Expired, None), "{event:?}");
    }
    let late = after(Delivery::queued(at(0)), &[(week, DeliveryEvent::Tick), (week + 9, receipt(Outcome::Accepted))]);
    assert_eq!(late.state(), State::Delivered, "the truth, however late");
}

#[test]
fn a_closing_act_is_asked_on_until_it_is_answered() {
    let year = 52 * WEEK.as_secs();
    let closing = after(Delivery::closing(at(0)), &[(0, failed()), (year, DeliveryEvent::Tick), (year, failed())]);
    assert_eq!(closing.state(), State::Sent);
    assert!(closing.next_attempt_at().is_some_and(|next| next <= at(year) + RETRY_MOST));
    assert_eq!(after(closing.clone(), &[(year, receipt(Outcome::Accepted))]).state(), State::Delivered);
    assert_eq!(after(closing, &[(year, receipt(Outcome::Refused(Code::Closed)))]).state(), State::Dead);
}

fn unreached() -> DeliveryEvent {
    DeliveryEvent::Unreached { error: "no route".to_owned() }
}

#[test]
fn what_is_withdrawn_is_not_tried_again() {
    let withdrawn = after(Delivery::queued(at(0)), &[(0, unreached()), (1, DeliveryEvent::Withdrawn)]);
    assert_eq!((withdrawn.state(), withdrawn.last_error()), (State::Dead, Some("withdrawn")));
    assert_eq!(withdrawn.remedy(), Some(Remedy::SayAnew));
    for event in [DeliveryEvent::Attempted, DeliveryEvent::PeerSeen, DeliveryEvent::Tick, failed()] {
        assert_eq!(after(withdrawn.clone(), &[(2, event.clone())]), withdrawn, "{event:?}");
    }
}

#[test]
fn nothing_that_may_have_left_is_withdrawn() {
    let accepted = receipt(Outcome::Accepted);
    for before in [
        vec![(0, DeliveryEvent::Attempted)],
        vec![(0, failed())],
        vec![(0, failed()), (1, unreached())],
        vec![(0, accepted)],
    ] {
        let delivery = after(Delivery::queued(at(0)), &before);
        assert!(!delivery.is_surely_here(), "{before:?}");
        assert_eq!(after(delivery.clone(), &[(2, DeliveryEvent::Withdrawn)]), delivery, "{before:?}");
    }
}

/// The first attempt is not noted before it begins.
#[test]
fn a_message_is_surely_here_only_once_an_attempt_has_ended_without_leaving() {
    let queued = Delivery::queued(at(0));
    assert!(!queued.is_surely_here());
    let unreached = after(queued, &[(0, unreached())]);
    assert!(unreached.is_surely_here() && !unreached.is_under_way());
    let tried_again = after(unreached, &[(2, DeliveryEvent::Attempted)]);
    assert!(!tried_again.is_surely_here() && tried_again.is_under_way());
}

#[test]
fn what_expired_here_is_said_anew_and_what_may_be_there_is_asked_after() {
    let week = WEEK.as_secs();
    let stayed = after(Delivery::queued(at(0)), &[(0, unreached()), (week, DeliveryEvent::Tick)]);
    assert_eq!((stayed.state(), stayed.remedy()), (State::Expired, Some(Remedy::SayAnew)));
    assert_eq!(stayed.asked_again(at(week)), None);

    for unsure in [vec![(week, DeliveryEvent::Tick)], vec![(0, failed()), (week, DeliveryEvent::Tick)]] {
        let expired = after(Delivery::queued(at(0)), &unsure);
        assert_eq!(expired.remedy(), Some(Remedy::AskAgain), "{unsure:?}");
        let asked = expired.asked_again(at(week + 5)).expect("asked");
        assert!(asked.is_due(at(week + 5)) && asked.state() == State::Sent);
        assert!(after(asked.clone(), &[(week + 6, failed())]).next_attempt_at().is_some(), "asked on");
        let late = receipt(Outcome::Refused(Code::Expired));
        assert_eq!(after(asked.clone(), &[(week + 7, late)]).remedy(), Some(Remedy::SayAnew), "they never had it");
        assert_eq!(after(asked, &[(week + 7, receipt(Outcome::Accepted))]).state(), State::Delivered, "they had it");
    }
}

#[test]
fn what_was_refused_for_good_is_not_asked_again() {
    let refused = after(Delivery::queued(at(0)), &[(0, receipt(Outcome::Refused(Code::ApprovalInvalid)))]);
    assert_eq!((refused.remedy(), refused.asked_again(at(1))), (Some(Remedy::Nothing), None));
    assert_eq!(Delivery::queued(at(0)).remedy(), None);
    let old_key = after(Delivery::queued(at(0)), &[(0, receipt(Outcome::Refused(Code::BadDelegation)))]);
    assert_eq!((old_key.state(), old_key.remedy()), (State::Dead, Some(Remedy::SayAnew)), "they never took it in");
}

#[test]
fn an_error_of_theirs_is_kept_short() {
    let long = DeliveryEvent::Failed { error: "é".repeat(DELIVERY_ERROR_CHARS + 1) };
    let delivery = after(Delivery::queued(at(0)), &[(0, long)]);
    assert_eq!(delivery.last_error().map(|error| error.chars().count()), Some(DELIVERY_ERROR_CHARS));
}

fn breaker(events: &[(u64, BreakerEvent)]) -> Breaker {
    events.iter().fold(Breaker::default(), |breaker, (seconds, event)| breaker.on(*event, at(*seconds), 0))
}

#[test]
fn a_peer_that_fails_again_and_again_is_left_alone_for_a_while() {
    let failures = |times: u32| (0..times).map(|_| (0, BreakerEvent::Failed)).collect::<Vec<_>>();
    assert!(breaker(&failures(BREAKER_FAILURES - 1)).allows(at(0)));
    let mut events = failures(BREAKER_FAILURES);
    let open = breaker(&events);
    assert!(!open.allows(at(0)) && open.allows(at(0) + BREAKER_LEAST));

    events.push((60, BreakerEvent::Attempted));
    assert!(!breaker(&events).allows(at(60)), "one try, not many");
    assert!(breaker(&events).allows(at(60) + ATTEMPT_WITHIN), "a try that was lost");

    events.push((61, BreakerEvent::Failed));
    assert!(!breaker(&events).allows(at(61) + BREAKER_LEAST / 2), "longer with each trip");
    events.push((62, BreakerEvent::Seen));
    assert!(breaker(&events).allows(at(62)), "seen again");
    events.extend([(62, BreakerEvent::Attempted), (63, BreakerEvent::Answered)]);
    assert_eq!(breaker(&events), Breaker::default());
}

#[test]
fn a_success_forgets_the_failures_before_it() {
    let mut events = vec![(0, BreakerEvent::Failed); 4];
    events.push((0, BreakerEvent::Answered));
    events.extend([(0, BreakerEvent::Failed); 4]);
    assert!(breaker(&events).allows(at(0)));
    assert_eq!(breaker(&[(0, BreakerEvent::Seen), (0, BreakerEvent::Attempted)]), Breaker::default());
}

proptest! {
    #[test]
    fn a_wait_is_within_its_bounds(attempts: u32, jitter: u64) {
        let wait = backoff(attempts, jitter);
        prop_assert!((RETRY_LEAST..=RETRY_MOST).contains(&wait));
        let most = doubled(RETRY_LEAST, attempts.min(12), RETRY_MOST);
        prop_assert!(wait <= most, "{wait:?} after {attempts}");
    }

    #[test]
    fn whatever_happens_it_is_due_again_or_it_is_over(
        events in proptest::collection::vec((0..14_usize, 0..100_000_u64, any::<u64>()), 0..40),
        closing: bool,
    ) {
        let mut delivery = if closing { Delivery::closing(at(0)) } else { Delivery::queued(at(0)) };
        let mut now = 0;
        let mut refused = false;
        for (event, passed, jitter) in events {
            now += passed;
            let event = every_event()[event].clone();
            let over = delivery.state().is_over();
            let next = delivery.on(&event, at(0) + WEEK, at(now), jitter);
            refused |= event == receipt(Outcome::Refused(Code::StaleTerms)) && !over;
            prop_assert_eq!(next.state().is_over(), next.next_attempt_at().is_none());
            prop_assert!(!over || next.state().is_over(), "what is over is not tried again");
            prop_assert!(next.next_attempt_at().is_none_or(|at| at <= self::at(now) + RETRY_AFTER_MOST));
            prop_assert!(next.attempts() >= delivery.attempts());
            let stored = serde_json::to_string(&next).expect("JSON");
            prop_assert_eq!(&serde_json::from_str::<Delivery>(&stored).expect("a delivery"), &next);
            delivery = next;
        }
        prop_assert!(!refused || delivery.state().is_over());
    }

    #[test]
    fn a_breaker_always_lets_somebody_try_again(
        events in proptest::collection::vec((0..4_usize, 0..1_000_u64, any::<u64>()), 0..60),
    ) {
        let kinds = [BreakerEvent::Attempted, BreakerEvent::Answered, BreakerEvent::Failed, BreakerEvent::Seen];
        let mut breaker = Breaker::default();
        let mut now = 0;
        for (event, passed, jitter) in events {
            now += passed;
            breaker = breaker.on(kinds[event], at(now), jitter);
            prop_assert!(breaker.allows(at(now) + BREAKER_MOST));
        }
    }
}
