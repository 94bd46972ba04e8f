//! A mandate covers what it names, within every limit, and nothing that it does not understand.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::cast::{alex, darren, mallory, now, object};
use crate::terms::meeting;

const HOUR: Duration = Duration::from_secs(3600);

fn of(intents: &[&str], limits: MandateLimits) -> MandateOf {
    MandateOf {
        id: "018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40".parse().expect("an id"),
        intents: intents.iter().map(|text| text.parse().expect("a pattern")).collect(),
        with: With::One(alex().did()),
        limits,
        not_before: now(),
        not_after: now() + HOUR,
    }
}

fn signed(intents: &[&str], limits: MandateLimits) -> Mandate {
    Mandate::sign(&darren().owner, &of(intents, limits)).expect("a good mandate")
}

fn spend(amount: &str) -> MandateLimits {
    let amount = amount.parse().expect("an amount");
    let currency = "GBP".parse().expect("a currency");
    MandateLimits { spend: Some(Spend { amount, currency }), ..MandateLimits::default() }
}

fn hours(from: &str, until: &str, offset: &str) -> MandateLimits {
    MandateLimits { hours: Some(Hours::new(from, until, offset).expect("hours")), ..MandateLimits::default() }
}

/// Checks whether Darren's mandate covers these terms with Alex, now.
fn covers(mandate: &Mandate, intent: &str, terms: &Value) -> Result<(), OutsideMandate> {
    let intent = intent.parse().expect("an intent");
    let terms = object(terms.clone());
    let with = alex().did();
    mandate.covers(&Use { intent: &intent, with: &with, terms: Some(&terms), at: now(), used: 0 })
}

#[test]
fn a_mandate_is_what_its_owner_signed() {
    let limits = MandateLimits { hours: hours("09:00", "22:30", "-03:30").hours, per_day: Some(3), ..spend("99.90") };
    let mandate = signed(&["schedule.*", "message.relay"], limits.clone());
    assert_eq!(mandate.of().limits, limits);
    assert_eq!(*mandate.did(), darren().did());
    let read = |object: &Object| Mandate::read(&Value::Object(object.clone()));
    assert_eq!(read(mandate.object()), Ok(mandate.clone()));
    for name in mandate.object().keys() {
        let mut changed = mandate.object().clone();
        changed.remove(name);
        assert!(read(&changed).is_err(), "without {name}");
    }
    for (name, value) in [
        ("with", json!("any")),
        ("with", json!(mallory().did())),
        ("intents", json!(["schedule.*"])),
        ("limits", json!({})),
        ("limits", json!({"amount": "999", "currency": "GBP"})),
        ("not_after", json!("2026-02-08T03:55:00Z")),
        ("did", json!(mallory().did())),
        ("id", json!("018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f41")),
    ] {
        let mut changed = mandate.object().clone();
        changed.insert(name.to_owned(), value);
        assert_eq!(read(&changed).map_err(|refusal| refusal.code), Err(Code::ApprovalInvalid), "{name}");
    }
}

#[test]
fn a_member_that_is_not_understood_could_be_a_limit() {
    let owner = darren().owner;
    let good = signed(&["schedule.*"], MandateLimits::default());
    let mut more = good.object().clone();
    more.insert("never_on".to_owned(), "sundays".into());
    owner.sign(Tag::Mandate, &mut more);
    assert!(Mandate::read(&Value::Object(more)).is_err());
    for limits in [
        json!({"never_on": "sundays"}),
        json!({"amount": "100"}),
        json!({"currency": "GBP"}),
        json!({"amount": -1, "currency": "GBP"}),
        json!({"amount": "100", "currency": "gbp"}),
        json!({"per_day": -1}),
        json!({"per_day": 5_000_000_000_u64}),
        json!({"hours": {"from": "22:00", "until": "09:00", "offset": "+00:00"}}),
        json!({"hours": {"from": "09:00", "until": "22:00"}}),
        json!({"hours": {"from": "9:00", "until": "22:00", "offset": "+00:00"}}),
        json!([]),
    ] {
        let mut changed = good.object().clone();
        changed.insert("limits".to_owned(), limits.clone());
        owner.sign(Tag::Mandate, &mut changed);
        assert!(Mandate::read(&Value::Object(changed)).is_err(), "{limits}");
    }
}

#[test]
fn a_mandate_has_an_end() {
    let long = MandateOf { not_after: now() + MANDATE_LIFE + HOUR, ..of(&["schedule.*"], MandateLimits::default()) };
    let mandate = Mandate::sign(&darren().owner, &long).expect("a good mandate");
    assert_eq!(mandate.of().not_after, now() + MANDATE_LIFE);
    let mut longer = mandate.object().clone();
    longer.insert("not_after".to_owned(), json!(now() + MANDATE_LIFE + HOUR));
    darren().owner.sign(Tag::Mandate, &mut longer);
    assert!(Mandate::read(&Value::Object(longer)).is_err(), "whoever signs it");
    let nothing = MandateOf { intents: vec![], ..long };
    assert!(Mandate::sign(&darren().owner, &nothing).is_err());
}

#[test]
fn a_mandate_covers_its_people_intents_and_time() {
    let mandate = signed(&["schedule.*", "message.relay"], MandateLimits::default());
    let intent = |text: &str| text.parse::<Intent>().expect("an intent");
    let alex = alex().did();
    let mallory = mallory().did();
    let ask = |intent: &Intent, with: &Did, at| mandate.covers(&Use { intent, with, terms: None, at, used: 0 });
    for good in ["schedule.meeting", "schedule.call", "message.relay"] {
        assert_eq!(ask(&intent(good), &alex, now()), Ok(()), "{good}");
    }
    for bad in ["message.other", "task.collaborate", "scheduled.meeting"] {
        assert_eq!(ask(&intent(bad), &alex, now()), Err(OutsideMandate::Intent), "{bad}");
    }
    let meeting = intent("schedule.meeting");
    assert_eq!(ask(&meeting, &mallory, now()), Err(OutsideMandate::With));
    assert_eq!(ask(&meeting, &alex, now() - Duration::from_millis(1)), Err(OutsideMandate::Time));
    assert_eq!(ask(&meeting, &alex, now() + HOUR), Err(OutsideMandate::Time));
    assert_eq!(ask(&meeting, &alex, now() + HOUR - Duration::from_millis(1)), Ok(()));
    let anyone = MandateOf { with: With::Any, ..of(&["schedule.*"], MandateLimits::default()) };
    let anyone = Mandate::sign(&darren().owner, &anyone).expect("a good mandate");
    let what = Use { intent: &meeting, with: &mallory, terms: None, at: now(), used: 0 };
    assert_eq!(anyone.covers(&what), Ok(()));
}

#[test]
fn a_purchase_of_500_waits_and_one_of_80_does_not() {
    let mandate = signed(&["commerce.request"], spend("100"));
    let buy = |amount: Value| {
        covers(&mandate, "commerce.request", &json!({"subject": "Flowers", "amount": amount, "currency": "GBP"}))
    };
    for inside in [json!(80), json!("80"), json!(99.99), json!(100), json!("100.00"), json!(0)] {
        assert_eq!(buy(inside.clone()), Ok(()), "{inside}");
    }
    for outside in [
        json!(500),
        json!("100.0001"),
        json!(-80),
        json!(1e3),
        json!("1e1"),
        json!("80,00"),
        json!("０"),
        json!(null),
        json!([80]),
    ] {
        assert_eq!(buy(outside.clone()), Err(OutsideMandate::Amount), "{outside}");
    }
    let other = |terms: Value| covers(&mandate, "commerce.request", &terms);
    assert_eq!(other(json!({"subject": "Flowers"})), Err(OutsideMandate::Amount), "a purchase without a price");
    assert_eq!(other(json!({"amount": 80})), Err(OutsideMandate::Amount), "without a currency");
    assert_eq!(other(json!({"amount": 80, "currency": "KWD"})), Err(OutsideMandate::Amount));
    assert_eq!(
        other(json!({"amount": 80, "currency": "GBP", "per": "hour"})),
        Err(OutsideMandate::Member("per".to_owned()))
    );
}

#[test]
fn money_without_a_limit_waits_for_the_owner() {
    let mandate = signed(&["schedule.*"], MandateLimits::default());
    let terms = json!({"subject": "Dinner", "time": "2026-02-10T19:00Z", "amount": 1, "currency": "GBP"});
    assert_eq!(covers(&mandate, "schedule.meeting", &terms), Err(OutsideMandate::Amount));
    assert_eq!(
        covers(&mandate, "schedule.meeting", &json!({"subject": "Dinner", "currency": "GBP"})),
        Err(OutsideMandate::Amount)
    );
}

#[test]
fn sensitive_intents_need_a_mandate_that_names_them_and_a_limit() {
    let daily = MandateLimits { per_day: Some(1), ..MandateLimits::default() };
    for intent in ["task.delegate", "social.introduction", "info.share", "info.request"] {
        let below = format!("{}.*", intent.split('.').next().expect("a word"));
        let ask = |pattern: &str, limits: &MandateLimits| {
            covers(&signed(&[pattern], limits.clone()), intent, &json!({"subject": "x"}))
        };
        assert_eq!(ask(&below, &daily), Err(OutsideMandate::Unnamed), "{below}");
        assert_eq!(ask(intent, &MandateLimits::default()), Err(OutsideMandate::Unnamed), "{intent} without a limit");
        assert_eq!(ask(intent, &daily), Ok(()), "{intent}");
    }
    let flowers = json!({"amount": 1, "currency": "GBP"});
    assert_eq!(
        covers(&signed(&["commerce.*"], spend("100")), "commerce.offer", &flowers),
        Err(OutsideMandate::Unnamed)
    );
    assert_eq!(covers(&signed(&["commerce.offer"], spend("100")), "commerce.offer", &flowers), Ok(()));
}

#[test]
fn what_is_agreed_lies_within_the_hours_from_its_beginning_to_its_end() {
    let mandate = signed(&["schedule.*"], hours("09:00", "22:00", "+01:00"));
    let at = |time: &str, minutes: Option<u32>| {
        covers(&mandate, "schedule.meeting", &Value::Object(meeting("Dinner", time, minutes, None)))
    };
    for inside in ["2026-02-10T08:00Z", "2026-02-10T09:00+01:00", "2026-02-10T20:59Z", "2026-02-10T15:00-05:00"] {
        assert_eq!(at(inside, None), Ok(()), "{inside}");
    }
    for outside in ["2026-02-10T07:59Z", "2026-02-10T21:01Z", "2026-02-10T19:00-08:00", "2026-02-10T19:00", "7 pm"] {
        assert_eq!(at(outside, None), Err(OutsideMandate::Hours), "{outside}");
    }
    assert_eq!(at("2026-02-10T19:00Z", Some(120)), Ok(()));
    assert_eq!(at("2026-02-10T19:00Z", Some(121)), Err(OutsideMandate::Hours));
    let odd = |minutes: Value| json!({"time": "2026-02-10T19:00Z", "minutes": minutes});
    for minutes in [json!(-60), json!("60"), json!(1.5), json!(9_007_199_254_740_991_i64)] {
        assert_eq!(
            covers(&mandate, "schedule.meeting", &odd(minutes.clone())),
            Err(OutsideMandate::Hours),
            "{minutes}"
        );
    }
    assert_eq!(covers(&mandate, "schedule.meeting", &json!({"subject": "Some day"})), Err(OutsideMandate::Hours));
}

#[test]
fn a_mandate_is_used_up_for_the_day() {
    let mandate = signed(&["schedule.*"], MandateLimits { per_day: Some(2), ..MandateLimits::default() });
    let intent = "schedule.meeting".parse().expect("an intent");
    let with = alex().did();
    let again = |used| mandate.covers(&Use { intent: &intent, with: &with, terms: None, at: now(), used });
    assert_eq!([again(0), again(1), again(2)], [Ok(()), Ok(()), Err(OutsideMandate::Number)]);
}

#[test]
fn patterns_and_limits_are_written_one_way() {
    for good in ["schedule.meeting", "schedule.*", "a.b.*"] {
        assert_eq!(good.parse::<Pattern>().map(|pattern| pattern.to_string()), Ok(good.to_owned()));
    }
    for bad in ["", "*", ".*", "schedule", "schedule*", "Schedule.*", "schedule.*.x", "a..*", "../*"] {
        assert_eq!(bad.parse::<Pattern>(), Err(PatternError), "{bad}");
    }
    for (text, ours) in
        [("80", "80"), ("79.9", "79.90"), ("0.005", "0.0050"), ("007", "7"), ("999999999999.9999", "999999999999.9999")]
    {
        assert_eq!(text.parse::<Amount>().map(|amount| amount.to_string()), Ok(ours.to_owned()), "{text}");
    }
    for bad in ["", "-1", "+1", "1.", ".5", "1e3", "1 000", "1,5", "1.00001", "1000000000000", "٣"] {
        assert_eq!(bad.parse::<Amount>(), Err(LimitError::Amount), "{bad}");
    }
    for bad in ["", "GB", "gbp", "GBPX", "£"] {
        assert_eq!(bad.parse::<Currency>(), Err(LimitError::Currency), "{bad}");
    }
    for (from, until, offset) in [
        ("09:00", "24:01", "+00:00"),
        ("09:60", "22:00", "+00:00"),
        ("09:00", "09:00", "+00:00"),
        ("09:00", "22:00", "00:00"),
        ("09:00", "22:00", ""),
    ] {
        assert_eq!(Hours::new(from, until, offset), Err(LimitError::Hours), "{from} {until} {offset}");
    }
    assert!(Hours::new("00:00", "24:00", "-11:30").is_ok());
}

proptest! {
    #[test]
    fn more_money_than_the_limit_is_never_covered(limit in 0_u64..1_000_000, over in 1_u64..1_000_000) {
        let decimal = |hundredths: u64| format!("{}.{:02}", hundredths / 100, hundredths % 100);
        let mandate = signed(&["commerce.request"], spend(&decimal(limit)));
        let ask = |amount: u64| covers(&mandate, "commerce.request", &json!({"amount": decimal(amount), "currency": "GBP"}));
        prop_assert_eq!(ask(limit), Ok(()));
        prop_assert_eq!(ask(limit + over), Err(OutsideMandate::Amount));
    }
}
