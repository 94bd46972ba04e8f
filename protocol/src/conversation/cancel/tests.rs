//! The table of the module, row by row; and that no order of calls and answers makes the two sides differ.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

fn now() -> Timestamp {
    Timestamp::from_millis(1_000_000)
}

fn later() -> Timestamp {
    now() + Duration::from_secs(7 * 24 * 3600)
}

fn id(n: u8) -> MessageId {
    MessageId::from_bytes([n; 16])
}

fn terms(n: u8) -> TermsHash {
    TermsHash::from_bytes([n; 32])
}

fn cancel(n: u8) -> Act {
    Act::Cancel { terms: terms(n) }
}

fn say(talk: &Conversation, message: u8, act: Act) -> Result<Conversation, SayError> {
    talk.say(id(message), act, later(), now())
}

fn hear(talk: &Conversation, message: u8, act: Act) -> Result<Conversation, Code> {
    talk.hear(id(message), &act, later(), now())
}

/// The two sides of a dinner that the opener offered in message 1 and the other confirms in message 2: the opener has it, and the
/// other has no receipt yet.
fn dinner() -> [Conversation; 2] {
    let offer = Act::Offer { terms: terms(1), replaces: None };
    let opener = say(&Conversation::open(Side::Us, now()), 1, offer).expect("an offer");
    let other = hear(&Conversation::open(Side::Them, now()), 1, offer).expect("heard");
    let other = say(&other, 2, Act::Confirm { terms: terms(1) }).expect("a confirm");
    [hear(&opener, 2, Act::Confirm { terms: terms(1) }).expect("confirmed"), other]
}

fn confirmed() -> Conversation {
    dinner()[0]
}

fn phase(talk: &Conversation) -> Phase {
    talk.phase(now())
}

#[test]
fn what_is_called_off_stays_confirmed_and_is_still_the_same_agreement() {
    let off = hear(&confirmed(), 9, cancel(1)).expect("called off");
    assert_eq!((phase(&off), off.agreement()), (Phase::Confirmed, confirmed().agreement()));
    assert_eq!(off.cancelled(), Cancelled { us: None, them: Some(id(9)) });
    assert_eq!(off.report(later()).cancelled, Some(id(9)), "they are told which of theirs counts");
    assert_eq!(hear(&off, 8, cancel(1)), Ok(off), "the first one counts");
    for act in [Act::Talk, Act::Reject, Act::Confirm { terms: terms(1) }] {
        assert_eq!(hear(&off, 8, act), Err(Code::Closed), "{act:?}");
        assert_eq!(say(&off, 8, act), Err(SayError::Closed(Phase::Confirmed)), "{act:?}");
    }
}

#[test]
fn only_the_agreed_terms_are_called_off_and_only_where_they_are_agreed() {
    assert_eq!(hear(&confirmed(), 9, cancel(2)), Err(Code::StaleTerms));
    assert_eq!(say(&confirmed(), 9, cancel(2)), Err(SayError::StaleTerms));
    let opened = Conversation::open(Side::Them, now());
    let offer = Act::Offer { terms: terms(1), replaces: None };
    let (theirs, ours) = (hear(&opened, 1, offer).expect("heard"), say(&opened, 1, offer).expect("said"));
    for open in [opened, theirs, ours] {
        assert_eq!(hear(&open, 9, cancel(1)), Err(Code::StaleTerms));
        assert_eq!(say(&open, 9, cancel(1)), Err(SayError::NotConfirmed));
    }
    let rejecting = say(&theirs, 3, Act::Reject).expect("a reject");
    assert_eq!(
        (hear(&rejecting, 9, cancel(1)), say(&rejecting, 9, cancel(1))),
        (Err(Code::Closed), Err(SayError::Pending))
    );
    for (closed, phase) in
        [(hear(&ours, 3, Act::Reject).expect("a reject"), Phase::Rejected), (theirs.at(later()), Phase::Expired)]
    {
        assert_eq!(hear(&closed, 9, cancel(1)), Err(Code::Closed));
        assert_eq!(say(&closed, 9, cancel(1)), Err(SayError::Closed(phase)));
    }
}

#[test]
fn whoever_calls_off_what_i_have_confirmed_has_my_confirm() {
    let [_, confirming] = dinner();
    assert_eq!(say(&confirming, 9, cancel(1)), Err(SayError::Pending), "I don't know that it is agreed");
    assert_eq!(hear(&confirming, 9, cancel(2)), Err(Code::StaleTerms));
    let off = hear(&confirming, 9, cancel(1)).expect("confirmed, and called off");
    assert_eq!((phase(&off), off.agreement()), (Phase::Confirmed, Some((id(1), id(2), terms(1)))));
    assert_eq!(off.cancelled().them, Some(id(9)));
    assert_eq!(off.settle(id(2), &Outcome::Accepted, None), off, "the late receipt changes nothing");
}

#[test]
fn mine_counts_once_they_have_it_and_is_asked_after_until_then() {
    let saying = say(&confirmed(), 3, cancel(1)).expect("said");
    assert_eq!((phase(&saying), saying.cancelled()), (Phase::Confirmed, Cancelled::default()));
    assert_eq!(saying.pending().map(|pending| (pending.message, pending.is_unresolved(later()))), Some((id(3), true)));
    assert_eq!(say(&saying, 4, cancel(1)), Err(SayError::Pending));
    for outcome in [Outcome::Held, Outcome::Refused(Code::Busy), Outcome::Refused(Code::Internal)] {
        assert_eq!(saying.settle(id(3), &outcome, None), saying, "{outcome:?}");
    }
    let told = Report { phase: Phase::Confirmed, terms: Some(terms(1)), cancelled: Some(id(3)) };
    assert_eq!(saying.settle(id(9), &Outcome::Accepted, Some(told)), saying, "the receipt for something else");
    let off = saying.settle(id(3), &Outcome::Accepted, Some(told));
    assert_eq!((off.cancelled().us, off.pending()), (Some(id(3)), None));
    assert_eq!(say(&off, 4, cancel(1)), Err(SayError::Cancelled));
    let late = saying.settle(id(3), &Outcome::Refused(Code::Expired), Some(told));
    assert_eq!(late.cancelled().us, Some(id(3)), "they had it, and have forgotten the receipt");
    assert_eq!(saying.unsay(id(3), None), confirmed(), "it never left");
}

#[test]
fn a_node_that_knows_no_cancel_is_not_taken_for_one_that_has_it() {
    let saying = say(&confirmed(), 3, cancel(1)).expect("said");
    let report = |phase| Some(Report { phase, terms: Some(terms(1)), cancelled: None });
    let closed = saying.settle(id(3), &Outcome::Refused(Code::Closed), report(Phase::Confirmed));
    let for_words = saying.settle(id(3), &Outcome::Accepted, report(Phase::Negotiating));
    let says_nothing = saying.settle(id(3), &Outcome::Accepted, None);
    assert_eq!([closed, for_words, says_nothing], [confirmed(); 3]);
    assert!(say(&closed, 4, cancel(1)).is_ok(), "it can be tried again");
}

#[test]
fn rows_without_it_are_written_and_read_as_they_were() {
    let before = serde_json::to_value(confirmed()).expect("JSON");
    assert_eq!(before["stage"]["confirmed"].as_object().map(serde_json::Map::len), Some(2), "{before}");
    assert_eq!(serde_json::from_value::<Conversation>(before).ok(), Some(confirmed()));
    let both = hear(&say(&confirmed(), 3, cancel(1)).expect("said"), 9, cancel(1)).expect("heard");
    let kept = serde_json::to_string(&both).expect("JSON");
    assert_eq!(serde_json::from_str::<Conversation>(&kept).ok(), Some(both));
    assert!(kept.len() < 1_024, "{}", kept.len());
}

/// One thing that happens after the confirm is with the opener.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// A side calls it off, if it may.
    Says(usize),
    /// A message of a side's arrives, for the first time or again.
    Arrives(usize, usize),
    /// The first receipt for a message of a side's arrives.
    Answered(usize, usize),
}

/// An act that a side has said, and the receipt that the other side keeps for it.
type Mail = Vec<(MessageId, Act, Option<(Outcome, Report)>)>;

fn take((talks, mail): &mut ([Conversation; 2], [Mail; 2]), step: Step) {
    match step {
        Step::Says(at) => {
            let message = id(u8::try_from(10 * (at + 1) + mail[at].len()).expect("few messages"));
            if let Ok(next) = talks[at].say(message, cancel(1), later(), now()) {
                talks[at] = next;
                mail[at].push((message, cancel(1), None));
            }
        }
        Step::Arrives(from, place) => {
            let Some((message, act, receipt @ None)) = mail[from].get_mut(place) else { return };
            let heard = talks[1 - from].hear(*message, act, later(), now());
            let outcome = heard.map_or_else(Outcome::Refused, |_| Outcome::Accepted);
            talks[1 - from] = heard.unwrap_or(talks[1 - from]);
            *receipt = Some((outcome, talks[1 - from].report(now())));
        }
        Step::Answered(to, place) => {
            let Some((message, _, Some((outcome, report)))) = mail[to].get(place) else { return };
            talks[to] = talks[to].settle(*message, outcome, Some(*report));
        }
    }
}

fn a_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..2_usize).prop_map(Step::Says),
        (0..2_usize, 0..3_usize).prop_map(|(from, place)| Step::Arrives(from, place)),
        (0..2_usize, 0..3_usize).prop_map(|(to, place)| Step::Answered(to, place)),
    ]
}

proptest! {
    #[test]
    fn whatever_crosses_the_two_know_the_same_in_the_end(steps in proptest::collection::vec(a_step(), 0..40)) {
        let confirm = (id(2), Act::Confirm { terms: terms(1) }, Some((Outcome::Accepted, confirmed().report(now()))));
        let mut world = (dinner(), [Vec::new(), vec![confirm]]);
        let mut off = [false; 2];
        let all = (0..2).flat_map(|side| (0..9).flat_map(move |place| [Step::Arrives(side, place), Step::Answered(side, place)]));
        for step in steps.into_iter().chain(all) {
            take(&mut world, step);
            for (side, was) in off.iter_mut().enumerate() {
                let is = world.0[side].cancelled().is_any();
                prop_assert!(is || !*was, "nothing takes a cancel back");
                prop_assert!(!is || phase(&world.0[side]) == Phase::Confirmed);
                *was = is;
            }
        }
        let [one, other] = world.0;
        let (here, there) = (one.cancelled(), other.cancelled());
        prop_assert_eq!((here.us, here.them), (there.them, there.us));
        prop_assert_eq!(one.agreement(), other.agreement());
        prop_assert_eq!(here.us.is_some(), !world.1[0].is_empty());
        prop_assert_eq!(there.us.is_some(), world.1[1].len() > 1);
    }
}
