//! An approval is bound to everything: whoever changes one thing, or takes it elsewhere, has none.

use serde_json::json;

use super::*;
use crate::cast::{Person, alex, darren, mallory, now, object};
use crate::envelope::{Draft, Kind, SignedEnvelope};
use crate::id::ConversationId;
use crate::mandate::{MandateLimits, MandateOf, Spend, With};
use crate::terms::{hash, meeting};

use std::time::Duration;

fn dinner() -> Object {
    meeting("Dinner", "2026-02-10T19:00Z", Some(90), Some("Luigi's"))
}

fn offer(from: &Person, to: &Person) -> Draft {
    from.draft(1, to, Kind::Request, json!({ "terms": dinner(), "replaces": null }))
}

fn confirm(from: &Person, to: &Person) -> Draft {
    from.draft(2, to, Kind::Confirm, json!({ "terms_hash": hash(&dinner()) }))
}

fn meant(draft: &Draft) -> ApprovalOf {
    let act = draft.kind;
    let with = draft.to.did;
    let conversation = draft.conversation;
    ApprovalOf { act, with, conversation, terms: hash(&dinner()), at: draft.timestamp }
}

fn signed(draft: Draft, by: &Person, approval: Option<Object>) -> SignedEnvelope {
    Draft { approval, ..draft }.sign(&by.sender).expect("a good draft")
}

/// Returns what the receiving side says of this approval on Darren's offer.
fn judged(approval: Option<Object>) -> Result<ApprovedBy, Code> {
    let darren = darren();
    let alex = alex();
    let envelope = signed(offer(&darren, &alex), &darren, approval);
    Approval::check(&envelope).map(|approval| approval.by)
}

#[test]
fn an_approval_of_exactly_this_act_holds() {
    let darren = darren();
    let alex = alex();
    let draft = offer(&darren, &alex);
    let approval = Approval::sign(&darren.owner, &meant(&draft));
    let expected = Approval { by: ApprovedBy::Owner, terms: hash(&dinner()), at: now() };
    assert_eq!(Approval::check(&signed(draft, &darren, Some(approval))), Ok(expected));

    let draft = confirm(&alex, &darren);
    let approval = Approval::sign(&alex.owner, &meant(&draft));
    assert_eq!(Approval::check(&signed(draft, &alex, Some(approval))), Ok(expected));
}

#[test]
fn terms_without_an_approval_bind_nobody() {
    assert_eq!(judged(None), Err(Code::ApprovalMissing));
    for nonsense in
        [json!({}), json!({"by": "owner"}), json!({"by": "me"}), json!({"by": ["owner"]}), json!({"yes": true})]
    {
        assert_eq!(judged(Some(object(nonsense.clone()))), Err(Code::ApprovalInvalid), "{nonsense}");
    }
}

#[test]
fn an_approval_of_something_else_is_invalid() {
    let darren = darren();
    let alex = alex();
    let mallory = mallory();
    let good = meant(&offer(&darren, &alex));
    let other = meeting("Dinner", "2026-02-10T20:00Z", Some(90), Some("Luigi's"));
    for (what, of) in [
        ("act", ApprovalOf { act: Kind::Confirm, ..good }),
        ("act", ApprovalOf { act: Kind::Response, ..good }),
        ("act", ApprovalOf { act: Kind::Message, ..good }),
        ("with", ApprovalOf { with: mallory.did(), ..good }),
        ("conversation", ApprovalOf { conversation: ConversationId::new(now(), [8; 10]), ..good }),
        ("terms", ApprovalOf { terms: hash(&other), ..good }),
        ("at", ApprovalOf { at: now() + CLOCK_SKEW + Duration::from_secs(1), ..good }),
    ] {
        assert_eq!(judged(Some(Approval::sign(&darren.owner, &of))), Err(Code::ApprovalInvalid), "{what}");
    }
    assert_eq!(judged(Some(Approval::sign(&alex.owner, &good))), Err(Code::ApprovalInvalid), "of another owner");
    assert_eq!(judged(Some(Approval::sign(&darren.owner, &good))), Ok(ApprovedBy::Owner));
    let skewed = ApprovalOf { at: now() + CLOCK_SKEW, ..good };
    assert_eq!(judged(Some(Approval::sign(&darren.owner, &skewed))), Ok(ApprovedBy::Owner));
}

#[test]
fn every_member_of_an_approval_is_covered() {
    let darren = darren();
    let good = Approval::sign(&darren.owner, &meant(&offer(&darren, &alex())));
    for name in good.keys() {
        let mut without = good.clone();
        without.remove(name);
        assert_eq!(judged(Some(without)), Err(Code::ApprovalInvalid), "without {name}");
        let mut changed = good.clone();
        changed.insert(name.clone(), "2026-02-07T03:55:01Z".into());
        assert_eq!(judged(Some(changed)), Err(Code::ApprovalInvalid), "another {name}");
    }
    let mut more = good;
    more.insert("unless".to_owned(), "it rains".into());
    darren.owner.sign(Tag::Approval, &mut more);
    assert_eq!(judged(Some(more)), Err(Code::ApprovalInvalid), "a condition that nobody here understands");
}

#[test]
fn a_signature_under_another_tag_is_no_approval() {
    let darren = darren();
    let mut approval = Approval::sign(&darren.owner, &meant(&offer(&darren, &alex())));
    darren.owner.sign(Tag::Mandate, &mut approval);
    assert_eq!(judged(Some(approval)), Err(Code::ApprovalInvalid));
}

#[test]
fn an_approval_from_another_conversation_is_invalid() {
    let darren = darren();
    let alex = alex();
    let elsewhere = Draft { conversation: ConversationId::new(now(), [8; 10]), ..offer(&darren, &alex) };
    let approval = Approval::sign(&darren.owner, &meant(&elsewhere));
    assert!(Approval::check(&signed(elsewhere, &darren, Some(approval.clone()))).is_ok());
    assert_eq!(judged(Some(approval)), Err(Code::ApprovalInvalid));
}

#[test]
fn the_others_approval_of_the_same_terms_is_not_mine() {
    let darren = darren();
    let alex = alex();
    let theirs = Approval::sign(&darren.owner, &meant(&offer(&darren, &alex)));
    let envelope = signed(confirm(&alex, &darren), &alex, Some(theirs));
    assert_eq!(Approval::check(&envelope), Err(Code::ApprovalInvalid));
}

#[test]
fn what_binds_nobody_needs_no_approval() {
    let darren = darren();
    let alex = alex();
    for (kind, payload) in [(Kind::Message, json!({"text": "Hi"})), (Kind::Reject, json!({}))] {
        let envelope = signed(darren.draft(1, &alex, kind, payload), &darren, None);
        assert_eq!(Approval::check(&envelope), Err(Code::Malformed), "{kind}");
    }
}

/// A mandate of this person, to meet this other.
fn mandate(of: &Person, with: &Person, limits: MandateLimits) -> Mandate {
    let mandate = MandateOf {
        id: "018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40".parse().expect("an id"),
        intents: vec!["schedule.*".parse().expect("a pattern")],
        with: With::One(with.did()),
        limits,
        not_before: now(),
        not_after: now() + Duration::from_secs(3600),
    };
    Mandate::sign(&of.owner, &mandate).expect("a good mandate")
}

#[test]
fn a_mandate_approves_what_it_covers_and_says_that_it_was_a_rule() {
    let darren = darren();
    let alex = alex();
    let mallory = mallory();
    let yes = mandate(&darren, &alex, MandateLimits::default());
    assert_eq!(judged(Some(Approval::by_mandate(&yes))), Ok(ApprovedBy::Mandate(yes.of().id)));
    for (why, mandate, code) in [
        ("for somebody else", mandate(&darren, &mallory, MandateLimits::default()), Code::OutsideMandate),
        (
            "used up",
            mandate(&darren, &alex, MandateLimits { per_day: Some(0), ..MandateLimits::default() }),
            Code::OutsideMandate,
        ),
        ("of somebody else", mandate(&mallory, &alex, MandateLimits::default()), Code::ApprovalInvalid),
    ] {
        assert_eq!(judged(Some(Approval::by_mandate(&mandate))), Err(code), "{why}");
    }
    let mut forged = Approval::by_mandate(&yes);
    forged["mandate"]["intents"] = json!(["commerce.*"]);
    assert_eq!(judged(Some(forged)), Err(Code::ApprovalInvalid));
    let mut more = Approval::by_mandate(&yes);
    more.insert("at".to_owned(), "2026-02-07T03:55:00Z".into());
    assert_eq!(judged(Some(more)), Err(Code::ApprovalInvalid));
}

#[test]
fn a_confirm_by_mandate_is_held_against_the_terms_that_it_confirms() {
    let darren = darren();
    let alex = alex();
    let amount = "100".parse().expect("an amount");
    let spend = Some(Spend { amount, currency: "GBP".parse().expect("a currency") });
    let rule = mandate(&alex, &darren, MandateLimits { spend, ..MandateLimits::default() });
    let confirms = |terms: &Object| {
        let draft = alex.draft(2, &darren, Kind::Confirm, json!({ "terms_hash": hash(terms) }));
        signed(draft, &alex, Some(Approval::by_mandate(&rule)))
    };
    let priced = |amount: u32| object(json!({ "subject": "Dinner", "amount": amount, "currency": "GBP" }));
    let check = |said: u32, stands: u32| Approval::check_confirm(&confirms(&priced(said)), &priced(stands));
    assert!(check(80, 80).is_ok());
    assert_eq!(check(500, 500), Err(Code::OutsideMandate));
    assert_eq!(check(500, 80), Err(Code::OutsideMandate), "other terms than those it confirms");
    assert_eq!(Approval::check(&confirms(&priced(80))), Err(Code::OutsideMandate), "terms that nobody knows");
}

#[test]
fn only_the_owner_calls_off_and_only_these_terms() {
    let darren = darren();
    let alex = alex();
    let intent: crate::name::Intent = terms::CANCEL.parse().expect("an intent");
    let cancel = || Draft {
        intent: intent.clone(),
        ..darren.draft(3, &alex, Kind::Inform, json!({ "terms_hash": hash(&dinner()), "reason": "I am ill." }))
    };
    let good = meant(&cancel());
    let judged = |approval| Approval::check(&signed(cancel(), &darren, approval)).map(|approval| approval.by);
    assert_eq!(judged(Some(Approval::sign(&darren.owner, &good))), Ok(ApprovedBy::Owner));
    assert_eq!(judged(None), Err(Code::ApprovalMissing));
    for of in [ApprovalOf { act: Kind::Confirm, ..good }, ApprovalOf { terms: TermsHash::of(b"other"), ..good }] {
        assert_eq!(judged(Some(Approval::sign(&darren.owner, &of))), Err(Code::ApprovalInvalid));
    }
    let of = MandateOf {
        id: MandateId::new(now(), [1; 10]),
        intents: vec![terms::CANCEL.parse().expect("a pattern")],
        with: With::Any,
        limits: MandateLimits::default(),
        not_before: now(),
        not_after: now() + Duration::from_secs(3_600),
    };
    let mandate = Mandate::sign(&darren.owner, &of).expect("a mandate");
    let under_it = signed(cancel(), &darren, Some(Approval::by_mandate(&mandate)));
    assert_eq!(Approval::check(&under_it), Err(Code::OutsideMandate));
    assert_eq!(Approval::check_confirm(&under_it, &dinner()), Err(Code::OutsideMandate), "though the terms are known");
}
