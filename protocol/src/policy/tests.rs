//! The policy's table, as data: every cell is asked.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::cast::{alex, darren, mallory, now, object};
use crate::digest::TermsHash;
use crate::mandate::{MandateLimits, MandateOf, With};

/// Table of arrivals: the standing, and the verdict; the agent's part, when it is let through.
const ARRIVES: [(Option<Trust>, bool, Option<AgentMay>, bool); 8] = [
    (None, false, None, true),
    (Some(Trust::None), false, None, true),
    (Some(Trust::Known), false, Some(AgentMay::Draft), false),
    (Some(Trust::Trusted), false, Some(AgentMay::Act), false),
    (None, true, None, false),
    (Some(Trust::None), true, None, false),
    (Some(Trust::Known), true, None, false),
    (Some(Trust::Trusted), true, None, false),
];

#[test]
fn every_cell_of_what_arrives() {
    for (contact, blocked, agent_may, quarantined) in ARRIVES {
        let verdict = arrives(&SenderStanding { contact, blocked });
        let expected = match agent_may {
            Some(agent_may) => Arrival::Accept(Clearance { agent_may }),
            None if quarantined => Arrival::Quarantine,
            None => Arrival::Drop,
        };
        assert_eq!(verdict, expected, "{contact:?}, blocked: {blocked}");
    }
    assert_eq!(SenderStanding::of(None), SenderStanding { contact: None, blocked: false });
    assert_eq!(
        SenderStanding::of(Some((Trust::Trusted, true))),
        SenderStanding { contact: Some(Trust::Trusted), blocked: true }
    );
    assert_eq!(Clearance::by_owner().agent_may(), AgentMay::Draft, "what the owner lets in is no mandate");
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Cell {
    Owner,
    Mandate,
}

/// Table of departures: for each kind of intent and each mandate, the verdict at levels 0, 1 and 2.
const LEAVES: [(&str, &str, [Cell; 3]); 12] = [
    ("schedule.meeting", "none", [Cell::Owner, Cell::Owner, Cell::Owner]),
    ("schedule.meeting", "all below", [Cell::Owner, Cell::Owner, Cell::Mandate]),
    ("schedule.meeting", "named", [Cell::Owner, Cell::Owner, Cell::Mandate]),
    ("schedule.meeting", "named and limited", [Cell::Owner, Cell::Owner, Cell::Mandate]),
    ("task.delegate", "none", [Cell::Owner, Cell::Owner, Cell::Owner]),
    ("task.delegate", "all below", [Cell::Owner, Cell::Owner, Cell::Owner]),
    ("task.delegate", "named", [Cell::Owner, Cell::Owner, Cell::Owner]),
    ("task.delegate", "named and limited", [Cell::Owner, Cell::Owner, Cell::Mandate]),
    ("commerce.request", "all below", [Cell::Owner, Cell::Owner, Cell::Owner]),
    ("commerce.request", "named and limited", [Cell::Owner, Cell::Owner, Cell::Mandate]),
    ("social.introduction", "named", [Cell::Owner, Cell::Owner, Cell::Owner]),
    ("info.share", "named and limited", [Cell::Owner, Cell::Owner, Cell::Mandate]),
];

fn mandates(intent: &str, which: &str) -> Vec<Granted> {
    let below = format!("{}.*", intent.split('.').next().expect("a word"));
    let limits = MandateLimits { per_day: Some(5), ..MandateLimits::default() };
    let (pattern, limits) = match which {
        "none" => return vec![],
        "all below" => (below.as_str(), limits),
        "named" => (intent, MandateLimits::default()),
        _ => (intent, limits),
    };
    vec![granted(pattern, limits, 0)]
}

fn granted(pattern: &str, limits: MandateLimits, used: u32) -> Granted {
    let of = MandateOf {
        id: "018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40".parse().expect("an id"),
        intents: vec![pattern.parse().expect("a pattern")],
        with: With::One(alex().did()),
        limits,
        not_before: now(),
        not_after: now() + Duration::from_secs(3600),
    };
    Granted { mandate: Mandate::sign(&darren().owner, &of).expect("a good mandate"), used }
}

#[test]
fn every_cell_of_what_leaves() {
    let with = alex().did();
    for (name, which, cells) in LEAVES {
        let intent = name.parse().expect("an intent");
        let mandates = mandates(name, which);
        for (trust, cell) in Trust::ALL.into_iter().zip(cells) {
            for kind in [Kind::Message, Kind::Request, Kind::Response, Kind::Inform, Kind::Reject, Kind::Ping] {
                let leaving =
                    Leaving { trust, intent: &intent, kind, terms: None, mandates: &mandates, with: &with, now: now() };
                let verdict = match leaves(&leaving) {
                    Departure::Go(_) => Cell::Mandate,
                    Departure::AskOwner(_) | Departure::Refuse(_) => Cell::Owner,
                };
                assert_eq!(verdict, cell, "{kind} {name} to {trust} with mandate {which}");
            }
        }
    }
}

#[test]
fn the_owner_is_told_why_it_waits() {
    let alex = alex().did();
    let mallory = mallory().did();
    let intent: Intent = "schedule.meeting".parse().expect("an intent");
    let close = granted("schedule.*", MandateLimits { per_day: Some(1), ..MandateLimits::default() }, 1);
    let far = granted("a.b", MandateLimits::default(), 0);
    let ask = |trust, kind, with: &Did, mandates: &[Granted]| match leaves(&Leaving {
        trust,
        intent: &intent,
        kind,
        terms: None,
        mandates,
        with,
        now: now(),
    }) {
        Departure::Go(_) => None,
        Departure::AskOwner(reason) | Departure::Refuse(reason) => Some(reason),
    };
    assert_eq!(ask(Trust::None, Kind::Request, &alex, &[]), Some(Reason::Trust(Trust::None)));
    assert_eq!(ask(Trust::Known, Kind::Request, &alex, &[]), Some(Reason::Trust(Trust::Known)));
    assert_eq!(ask(Trust::Trusted, Kind::Request, &alex, &[]), Some(Reason::NoMandate));
    assert_eq!(
        ask(Trust::Trusted, Kind::Confirm, &alex, &[granted("schedule.*", MandateLimits::default(), 0)]),
        Some(Reason::UnknownTerms)
    );
    assert_eq!(
        ask(Trust::Trusted, Kind::Request, &mallory, std::slice::from_ref(&close)),
        Some(Reason::Outside(OutsideMandate::With))
    );
    for order in [[close.clone(), far.clone()], [far, close]] {
        assert_eq!(ask(Trust::Trusted, Kind::Request, &alex, &order), Some(Reason::Outside(OutsideMandate::Number)));
    }
    assert_eq!(ask(Trust::Trusted, Kind::Receipt, &alex, &[]), Some(Reason::NodesOwn));
}

#[test]
fn the_mandate_that_covers_it_is_named() {
    let with = alex().did();
    let intent = "schedule.meeting".parse().expect("an intent");
    let mandates = [granted("a.b", MandateLimits::default(), 0), granted("schedule.*", MandateLimits::default(), 0)];
    let terms = object(json!({"subject": "Dinner", "time": "2026-02-10T19:00Z"}));
    let leaving = Leaving {
        trust: Trust::Trusted,
        intent: &intent,
        kind: Kind::Confirm,
        terms: Some(&terms),
        mandates: &mandates,
        with: &with,
        now: now(),
    };
    assert_eq!(leaves(&leaving), Departure::Go(&mandates[1].mandate));
}

#[test]
fn two_agents_do_not_talk_all_night_but_can_always_close() {
    let terms = TermsHash::of(b"terms");
    let last = CONVERSATION_MESSAGES - 1;
    let late = now() + CONVERSATION_LIFE;
    let budget = Budget::default();
    for act in [Act::Talk, Act::Offer { terms, replaces: None }] {
        assert_eq!(budget.check(&act, last, now(), now()), Ok(()));
        assert_eq!(budget.check(&act, CONVERSATION_MESSAGES, now(), now()), Err(Code::OverBudget));
        assert_eq!(budget.check(&act, 0, now(), late), Err(Code::OverBudget));
        assert_eq!(budget.check(&act, 0, now(), late - Duration::from_millis(1)), Ok(()));
    }
    for act in [Act::Confirm { terms }, Act::Reject] {
        assert_eq!(budget.check(&act, u64::MAX, now(), late), Ok(()));
    }
}
