//! The table of the module, row by row, and what receipts and time do.

use std::time::Duration;

use super::*;
use crate::code::Code;
use crate::receipt::Outcome;

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

fn now() -> Timestamp {
    Timestamp::from_millis(1_000_000)
}

fn later() -> Timestamp {
    now() + WEEK
}

fn id(n: u8) -> MessageId {
    MessageId::from_bytes([n; 16])
}

fn terms(n: u8) -> TermsHash {
    TermsHash::from_bytes([n; 32])
}

fn offer(n: u8, replaces: Option<u8>) -> Act {
    Act::Offer { terms: terms(n), replaces: replaces.map(id) }
}

fn confirm(n: u8) -> Act {
    Act::Confirm { terms: terms(n) }
}

/// Says, hears and settles in a conversation; messages are named by small numbers.
trait Story: Sized {
    fn says(&self, message: u8, act: Act) -> Self;
    fn hears(&self, message: u8, act: Act) -> Result<Conversation, Code>;
    fn learns(&self, message: u8, outcome: Outcome) -> Self;
}

impl Story for Conversation {
    fn says(&self, message: u8, act: Act) -> Self {
        self.say(id(message), act, later(), now()).expect("an act that can be said")
    }

    fn hears(&self, message: u8, act: Act) -> Result<Conversation, Code> {
        self.hear(id(message), &act, later(), now())
    }

    fn learns(&self, message: u8, outcome: Outcome) -> Self {
        self.settle(id(message), &outcome, None)
    }
}

fn ours() -> Conversation {
    Conversation::open(Side::Us, now())
}

fn theirs() -> Conversation {
    Conversation::open(Side::Them, now())
}

/// Our offer 1 stands: they acknowledged it.
fn our_offer_stands() -> Conversation {
    ours().says(1, offer(1, None)).learns(1, Outcome::Accepted)
}

/// Their offer 1 stands.
fn their_offer_stands() -> Conversation {
    theirs().hears(1, offer(1, None)).expect("an offer")
}

/// The terms that stand, by whom, and the message of ours that is pending.
fn table(conversation: &Conversation) -> (Option<(TermsHash, Side)>, Option<MessageId>) {
    let standing = conversation.standing().map(|standing| (standing.terms, standing.by));
    (standing, conversation.pending().map(|pending| pending.message))
}

#[test]
fn an_offer_that_replaces_what_stands_is_accepted() {
    let countered = our_offer_stands().hears(2, offer(2, Some(1))).expect("a counter");
    assert_eq!(table(&countered), (Some((terms(2), Side::Them)), None));
    assert_eq!(countered.phase(now()), Phase::Negotiating);
    let again = their_offer_stands().hears(2, offer(2, Some(1))).expect("their own, replaced");
    assert_eq!((table(&again), again.phase(now())), ((Some((terms(2), Side::Them)), None), Phase::Proposed));
}

#[test]
fn an_offer_that_replaces_something_else_is_stale() {
    for replaces in [None, Some(7)] {
        assert_eq!(our_offer_stands().hears(2, offer(2, replaces)), Err(Code::StaleTerms));
        assert_eq!(their_offer_stands().hears(2, offer(2, replaces)), Err(Code::StaleTerms));
    }
    assert_eq!(theirs().hears(2, offer(2, Some(1))), Err(Code::StaleTerms), "when nothing stands");
}

#[test]
fn an_offer_that_replaces_my_pending_one_acknowledges_it() {
    for mine in [ours(), theirs().hears(9, Act::Talk).expect("words")] {
        let heard = mine.says(1, offer(1, None)).hears(2, offer(2, Some(1))).expect("a counter");
        assert_eq!(table(&heard), (Some((terms(2), Side::Them)), None));
        assert_eq!(heard.learns(1, Outcome::Accepted), heard, "the late receipt changes nothing");
    }
}

#[test]
fn when_offers_cross_the_openers_stand() {
    let opener = ours().says(1, offer(1, None));
    assert_eq!(opener.hears(2, offer(2, None)), Err(Code::Crossed));
    assert_eq!(opener.hears(2, offer(2, Some(7))), Err(Code::Crossed));

    let other = theirs().hears(9, Act::Talk).expect("words").says(2, offer(2, None));
    let heard = other.hears(1, offer(1, None)).expect("the opener's offer");
    assert_eq!(table(&heard), (Some((terms(1), Side::Them)), Some(id(2))), "mine is doomed, and not yet answered");
    assert_eq!(heard.say(id(3), confirm(1), later(), now()), Err(SayError::Pending));
    let answered = heard.learns(2, Outcome::Refused(Code::Crossed));
    assert_eq!(table(&answered), (Some((terms(1), Side::Them)), None));
    assert!(answered.say(id(3), confirm(1), later(), now()).is_ok());
    assert_eq!(other.hears(1, offer(1, Some(7))), Err(Code::StaleTerms));
}

#[test]
fn a_doomed_offer_is_not_taken_for_answered_by_what_follows() {
    let other = theirs().hears(9, Act::Talk).expect("words").says(2, offer(2, None));
    let heard = other.hears(1, offer(1, None)).expect("the opener's offer");
    let replaced = heard.hears(3, offer(3, Some(1))).expect("the opener's next offer");
    assert_eq!(table(&replaced), (Some((terms(3), Side::Them)), Some(id(2))));
    assert_eq!(heard.hears(3, offer(3, Some(9))), Err(Code::StaleTerms));
}

#[test]
fn a_confirm_of_my_standing_offer_confirms() {
    let confirmed = our_offer_stands().hears(2, confirm(1)).expect("a confirm");
    assert_eq!(confirmed.phase(now()), Phase::Confirmed);
    assert_eq!(confirmed.agreement(), Some((id(1), id(2), terms(1))));
    assert_eq!(
        confirmed.report(later()),
        Report { phase: Phase::Confirmed, terms: Some(terms(1)), cancelled: None },
        "for ever"
    );
}

#[test]
fn a_confirm_of_anything_else_is_stale() {
    assert_eq!(our_offer_stands().hears(2, confirm(2)), Err(Code::StaleTerms), "other terms");
    assert_eq!(their_offer_stands().hears(2, confirm(1)), Err(Code::StaleTerms), "their own offer");
    assert_eq!(ours().hears(2, confirm(1)), Err(Code::StaleTerms), "nothing stands");
    let talked = ours().says(1, Act::Talk).hears(2, Act::Talk).expect("words");
    assert_eq!(talked.hears(3, confirm(1)), Err(Code::StaleTerms), "a question was no offer");
}

#[test]
fn a_confirm_of_my_pending_offer_is_its_acknowledgement_too() {
    let confirmed = ours().says(1, offer(1, None)).hears(2, confirm(1)).expect("a confirm");
    assert_eq!(confirmed.agreement(), Some((id(1), id(2), terms(1))));
}

#[test]
fn nobody_is_held_to_what_their_human_has_withdrawn() {
    let replaced = our_offer_stands().says(2, offer(2, Some(1)));
    assert_eq!(replaced.hears(3, confirm(1)), Err(Code::StaleTerms));
    let refused = replaced.learns(2, Outcome::Refused(Code::OverBudget));
    assert!(refused.hears(3, confirm(1)).is_ok(), "a refused offer has withdrawn nothing");
}

#[test]
fn an_offer_waits_until_my_confirm_is_answered() {
    let confirming = their_offer_stands().says(2, confirm(1));
    assert_eq!(confirming.hears(3, offer(3, Some(1))), Err(Code::Busy));
    assert_eq!(confirming.hears(3, confirm(1)), Err(Code::StaleTerms));
    let refused = confirming.learns(2, Outcome::Refused(Code::StaleTerms));
    assert_eq!(refused.phase(now()), Phase::Proposed);
    assert!(refused.hears(3, offer(3, Some(1))).is_ok(), "the same offer, come again");
}

#[test]
fn a_reject_ends_it_whatever_i_have_pending() {
    let confirming = their_offer_stands().says(2, confirm(1));
    for open in [ours(), our_offer_stands(), our_offer_stands().says(2, offer(2, Some(1))), confirming] {
        let rejected = open.hears(3, Act::Reject).expect("a reject");
        assert_eq!((rejected.phase(now()), rejected.pending()), (Phase::Rejected, None));
        assert_eq!(rejected.standing(), open.standing(), "what stood when it ended is still shown");
    }
}

#[test]
fn after_my_reject_nothing_is_heard() {
    let rejecting = our_offer_stands().says(2, Act::Reject);
    assert_eq!(rejecting.phase(now()), Phase::Proposed, "it is pending");
    assert_eq!(rejecting.report(now()).phase, Phase::Rejected, "and final");
    for act in [Act::Talk, offer(3, Some(1)), confirm(1), Act::Reject] {
        assert_eq!(rejecting.hears(3, act), Err(Code::Closed), "{act:?}");
    }
    for outcome in [Outcome::Accepted, Outcome::Refused(Code::Closed), Outcome::Refused(Code::UnknownConversation)] {
        assert_eq!(rejecting.learns(2, outcome).phase(now()), Phase::Rejected, "{outcome:?}");
    }
}

#[test]
fn a_reject_may_follow_an_offer_that_is_not_answered_yet() {
    let rejecting = ours().says(1, offer(1, None)).says(2, Act::Reject);
    assert_eq!(table(&rejecting), (None, Some(id(2))));
    assert_eq!(rejecting.hears(3, confirm(1)), Err(Code::Closed));
    assert_eq!(rejecting.learns(1, Outcome::Accepted), rejecting);
    assert_eq!(rejecting.say(id(3), Act::Reject, later(), now()), Err(SayError::Pending));
}

#[test]
fn a_closed_conversation_hears_nothing_more() {
    let confirmed = our_offer_stands().hears(2, confirm(1)).expect("a confirm");
    let rejected = ours().hears(2, Act::Reject).expect("a reject");
    let expired = our_offer_stands().at(later());
    for (closed, phase) in [(confirmed, Phase::Confirmed), (rejected, Phase::Rejected), (expired, Phase::Expired)] {
        for act in [Act::Talk, offer(3, Some(1)), confirm(1), Act::Reject] {
            assert_eq!(closed.hears(3, act), Err(Code::Closed), "{phase} {act:?}");
            assert_eq!(closed.say(id(3), act, later(), now()), Err(SayError::Closed(phase)));
        }
        assert_eq!(closed.report(now()).phase, phase);
        let lie = Some(Report { phase: Phase::Rejected, terms: None, cancelled: None });
        assert_eq!(closed.settle(id(1), &Outcome::Refused(Code::Closed), lie), closed);
    }
}

#[test]
fn what_would_settle_nothing_cannot_be_said() {
    let say = |conversation: Conversation, act| conversation.say(id(5), act, later(), now()).map(drop);
    assert_eq!(say(ours(), offer(1, Some(9))), Err(SayError::Replaces));
    assert_eq!(say(our_offer_stands(), offer(2, None)), Err(SayError::Replaces));
    assert_eq!(say(our_offer_stands(), offer(1, Some(1))), Err(SayError::SameTerms));
    assert_eq!(say(their_offer_stands(), offer(1, Some(1))), Err(SayError::SameTerms));
    assert_eq!(say(ours(), confirm(1)), Err(SayError::StaleTerms));
    assert_eq!(say(our_offer_stands(), confirm(1)), Err(SayError::StaleTerms), "my own");
    assert_eq!(say(their_offer_stands(), confirm(2)), Err(SayError::StaleTerms));
    let offering = their_offer_stands().says(2, offer(2, Some(1)));
    assert_eq!(say(offering, confirm(1)), Err(SayError::Pending));
    assert_eq!(say(offering, offer(3, Some(1))), Err(SayError::Pending));
    assert_eq!(say(offering, Act::Talk), Ok(()));
    assert_eq!(say(their_offer_stands().says(2, confirm(1)), Act::Talk), Err(SayError::Pending));
    assert_eq!(say(their_offer_stands().says(2, confirm(1)), Act::Reject), Err(SayError::Pending));
}

#[test]
fn an_envelope_that_never_left_can_be_taken_back() {
    let confirming = their_offer_stands().says(2, confirm(1));
    assert_eq!(confirming.unsay(id(9), None), confirming);
    assert_eq!(table(&confirming.unsay(id(2), None)), (Some((terms(1), Side::Them)), None));
}

#[test]
fn a_reject_that_never_left_gives_its_place_back_to_the_offer_before_it() {
    let offered = their_offer_stands().says(2, Act::Offer { terms: terms(2), replaces: Some(id(1)) });
    let rejected = offered.says(3, Act::Reject);
    assert_eq!(rejected.unsay(id(3), offered.pending()), offered);
    assert_eq!(table(&rejected.unsay(id(3), None)), (Some((terms(1), Side::Them)), None));
}

#[test]
fn a_conversation_of_which_nothing_left_is_over() {
    let opened = Conversation::open(Side::Us, now()).says(1, Act::Offer { terms: terms(1), replaces: None });
    let void = opened.unsay(id(1), None).void();
    assert_eq!((void.phase(now()), void.pending(), void.standing()), (Phase::Expired, None, None));
}

#[test]
fn my_confirm_is_confirmed_by_its_answer_only() {
    let confirming = their_offer_stands().says(2, confirm(1));
    assert_eq!(confirming.agreement(), None, "pending");
    let confirmed = confirming.learns(2, Outcome::Accepted);
    assert_eq!(confirmed.agreement(), Some((id(1), id(2), terms(1))));

    let report = |phase, n| Some(Report { phase, terms: Some(terms(n)), cancelled: None });
    let refused = |report| confirming.settle(id(2), &Outcome::Refused(Code::Closed), report);
    assert_eq!(refused(report(Phase::Confirmed, 1)), confirmed, "they had accepted it, and forgotten the receipt");
    assert_eq!(refused(report(Phase::Confirmed, 2)).phase(now()), Phase::Rejected, "other terms are none of mine");
    assert_eq!(refused(report(Phase::Rejected, 1)).phase(now()), Phase::Rejected);
    assert_eq!(refused(report(Phase::Expired, 1)).phase(now()), Phase::Expired);
    assert_eq!(refused(None).phase(now()), Phase::Rejected);
    for outcome in [Outcome::Held, Outcome::Refused(Code::Busy), Outcome::Refused(Code::Internal)] {
        assert_eq!(confirming.learns(2, outcome), confirming, "{outcome:?}");
    }
    let other = confirming.settle(id(9), &Outcome::Refused(Code::Closed), report(Phase::Rejected, 1));
    assert_eq!(other, confirming, "the receipt for something else");
}

#[test]
fn no_receipt_confirms_what_i_did_not_confirm() {
    let lie = Some(Report { phase: Phase::Confirmed, terms: Some(terms(1)), cancelled: None });
    for open in [ours(), ours().says(1, offer(1, None)), our_offer_stands(), their_offer_stands()] {
        for outcome in
            [Outcome::Accepted, Outcome::Held, Outcome::Refused(Code::Closed), Outcome::Refused(Code::Expired)]
        {
            for message in [1, 9] {
                assert_eq!(open.settle(id(message), &outcome, lie).agreement(), None, "{open:?} {outcome:?}");
            }
        }
    }
}

#[test]
fn a_late_receipt_tells_only_that_it_is_over_or_answered() {
    let report = |phase| Some(Report { phase, terms: None, cancelled: None });
    let learns = |phase| our_offer_stands().settle(id(9), &Outcome::Refused(Code::Closed), report(phase)).phase(now());
    assert_eq!(learns(Phase::Rejected), Phase::Rejected);
    assert_eq!(learns(Phase::Expired), Phase::Expired);
    assert_eq!(learns(Phase::Confirmed), Phase::Proposed);
    let talked = theirs().hears(1, Act::Talk).expect("words").says(2, Act::Talk);
    assert_eq!(talked.phase(now()), Phase::Proposed);
    let answered = talked.settle(id(2), &Outcome::Accepted, report(Phase::Negotiating));
    assert_eq!(answered.phase(now()), Phase::Negotiating);
}

#[test]
fn the_others_first_words_make_it_a_negotiation() {
    let opened = ours().says(1, Act::Talk);
    assert_eq!(opened.phase(now()), Phase::Proposed);
    assert_eq!(opened.hears(2, Act::Talk).map(|heard| heard.phase(now())), Ok(Phase::Negotiating));
    assert_eq!(theirs().hears(1, Act::Talk).map(|heard| heard.phase(now())), Ok(Phase::Proposed));
}

#[test]
fn a_conversation_lives_until_its_last_act_runs_out() {
    let talk = |until| ours().say(id(1), Act::Talk, until, now()).expect("words");
    assert_eq!(talk(now() + WEEK).phase(now() + WEEK - Duration::from_millis(1)), Phase::Proposed);
    assert_eq!(talk(now() + WEEK).phase(now() + WEEK), Phase::Expired);
    let shorter = talk(now() + WEEK).hear(id(2), &Act::Talk, now() + WEEK / 2, now()).expect("words");
    assert_eq!(shorter.expires_at(), Some(now() + WEEK));
    let longer = talk(now() + WEEK).hear(id(2), &Act::Talk, now() + WEEK * 2, now()).expect("words");
    assert_eq!(longer.expires_at(), Some(now() + WEEK * 2));
    assert_eq!(ours().expires_at(), None, "nothing was said yet");
}

#[test]
fn an_offer_that_nobody_answered_ends_it_when_it_runs_out() {
    let talked = ours().say(id(1), Act::Talk, now() + WEEK * 2, now()).expect("words");
    let offered = talked.say(id(2), offer(1, None), now() + WEEK, now()).expect("an offer");
    assert_eq!(offered.phase(now() + WEEK), Phase::Expired, "they may have it, and none of us can tell");
    assert_eq!(offered.learns(2, Outcome::Accepted).expires_at(), Some(now() + WEEK * 2));
    let late = offered.settle(id(2), &Outcome::Refused(Code::Expired), None);
    assert_eq!(late.phase(now()), Phase::Expired);
}

#[test]
fn a_closing_act_is_unresolved_and_never_expired() {
    let year = now() + WEEK * 52;
    for closing in [their_offer_stands().says(2, confirm(1)), their_offer_stands().says(2, Act::Reject)] {
        assert_eq!((closing.phase(year), closing.expires_at()), (Phase::Proposed, None));
        assert_eq!(closing.pending().map(|pending| pending.is_unresolved(now())), Some(false));
        assert_eq!(closing.at(year).pending().map(|pending| pending.is_unresolved(year)), Some(true));
    }
    let confirming = their_offer_stands().says(2, confirm(1));
    assert_eq!(confirming.at(year).learns(2, Outcome::Accepted).phase(year), Phase::Confirmed);
    let forgotten = confirming.learns(2, Outcome::Refused(Code::Expired));
    assert_eq!(forgotten, confirming, "they do not say how it stands");
    let told = Some(Report { phase: Phase::Expired, terms: None, cancelled: None });
    assert_eq!(confirming.settle(id(2), &Outcome::Refused(Code::Expired), told).phase(now()), Phase::Expired);
}

#[test]
fn a_clock_turned_back_revives_nothing_that_was_stored() {
    let stored = our_offer_stands().at(later());
    assert_eq!(stored.hear(id(2), &confirm(1), later(), now()), Err(Code::Closed));
    assert_eq!(stored.report(now()).phase, Phase::Expired);
}

#[test]
fn it_is_small_and_comes_back_from_the_store_as_it_was() {
    let open = their_offer_stands().says(2, offer(2, Some(1)));
    let confirmed = our_offer_stands().hears(2, confirm(1)).expect("a confirm");
    for conversation in
        [ours(), open, confirmed, our_offer_stands().at(later()), ours().hears(1, Act::Reject).expect("a reject")]
    {
        let stored = serde_json::to_string(&conversation).expect("JSON");
        assert_eq!(serde_json::from_str::<Conversation>(&stored).ok(), Some(conversation), "{stored}");
        assert!(stored.len() < 1_024, "{}", stored.len());
    }
    assert!(size_of::<Conversation>() <= 256);
}
