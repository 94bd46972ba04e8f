//! Terms have one name, bounds, and definite times; payloads have one reading.

use serde_json::{Value, json};

use super::*;
use crate::cast::{alex, darren, object};

fn act(kind: Kind, payload: Value) -> Result<Act, String> {
    let darren = darren();
    let alex = alex();
    let envelope = darren.draft(1, &alex, kind, payload).sign(&darren.sender).expect("a good draft");
    act_of(&envelope).map_err(|refusal| format!("{} at {}", refusal.code, refusal.place))
}

fn dinner() -> Object {
    meeting("Dinner", "2026-02-10T19:00Z", Some(90), Some("Luigi's"))
}

const ID: &str = "018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40";

#[test]
fn equal_terms_have_one_name_however_they_are_written() {
    let other = object(json!({"place": "Luigi's", "minutes": 90.0, "time": "2026-02-10T19:00Z", "subject": "Dinner"}));
    assert_eq!(hash(&dinner()), hash(&other));
    assert_eq!(Terms::draft(dinner()).map(|terms| terms.hash()), Ok(hash(&dinner())));
    let later = meeting("Dinner", "2026-02-10T19:01Z", Some(90), Some("Luigi's"));
    assert_ne!(hash(&dinner()), hash(&later));
    assert_eq!(
        Value::from(meeting("Tea", "2026-02-10T19:00Z", None, None)).to_string(),
        r#"{"subject":"Tea","time":"2026-02-10T19:00Z"}"#
    );
}

#[test]
fn our_own_terms_have_definite_times_at_every_depth() {
    let trip =
        json!({"time": "2026-02-10T19:00+01:00", "back": {"time": "tomorrow"}, "stops": [{"time": 7}, {"at": "noon"}]});
    assert_eq!(unresolved(&object(trip.clone())), ["/back/time", "/stops/0/time"]);
    assert_eq!(Terms::draft(object(trip.clone())), Err(TermsError::Time("/back/time".to_owned())));
    assert!(Terms::read(object(trip)).is_ok(), "theirs are shown as they stand");
    for indefinite in ["2026-02-10T19:00", "2026-02-10", "19:00", ""] {
        assert_eq!(unresolved(&meeting("Dinner", indefinite, None, None)), ["/time"], "{indefinite}");
    }
}

#[test]
fn terms_have_bounds() {
    assert_eq!(Terms::read(Object::new()), Err(TermsError::Empty));
    let long = object(json!({ "x": "x".repeat(TERMS_BYTES) }));
    assert!(matches!(Terms::read(long), Err(TermsError::TooLarge(_))));
    let nested = |depth: usize| (1..depth).fold(json!({"x": 1}), |inner, _| json!({ "x": inner }));
    assert!(Terms::read(object(nested(30))).is_ok());
    assert_eq!(Terms::read(object(nested(31))), Err(TermsError::TooDeep));
}

#[test]
fn each_payload_is_one_act() {
    let terms = hash(&dinner());
    let replaces = Some(ID.parse().expect("an id"));
    for (kind, payload, expected) in [
        (Kind::Request, json!({"subject": "Dinner", "proposed_times": ["2026-02-10T19:00Z"]}), Act::Talk),
        (Kind::Request, json!({"terms": dinner(), "replaces": null}), Act::Offer { terms, replaces: None }),
        (Kind::Response, json!({"terms": dinner(), "replaces": ID, "text": "Better?"}), Act::Offer { terms, replaces }),
        (Kind::Response, json!({"text": "Yes"}), Act::Talk),
        (Kind::Message, json!({"text": "Hello"}), Act::Talk),
        (Kind::Inform, json!({}), Act::Talk),
        (Kind::Confirm, json!({"terms_hash": terms}), Act::Confirm { terms }),
        (Kind::Reject, json!({}), Act::Reject),
        (Kind::Reject, json!({"reason": "Not that week."}), Act::Reject),
    ] {
        assert_eq!(act(kind, payload.clone()), Ok(expected), "{kind} {payload}");
    }
}

#[test]
fn a_payload_of_another_form_is_refused_with_its_place() {
    let long = "x".repeat(REASON_CHARS + 1);
    let menu = vec!["2026-02-10T19:00Z"; MENU_TIMES + 1];
    for (kind, payload, expected) in [
        (Kind::Request, json!({"terms": dinner()}), "malformed at /payload/replaces"),
        (Kind::Request, json!({"terms": dinner(), "replaces": "../../x"}), "malformed at /payload/replaces"),
        (Kind::Request, json!({"terms": dinner(), "replaces": hash(&dinner())}), "malformed at /payload/replaces"),
        (Kind::Request, json!({"terms": "dinner", "replaces": null}), "malformed at /payload/terms"),
        (Kind::Request, json!({"terms": null, "replaces": null}), "malformed at /payload/terms"),
        (Kind::Request, json!({"terms": {}, "replaces": null}), "malformed at /payload/terms"),
        (
            Kind::Response,
            json!({"terms": {"x": "x".repeat(TERMS_BYTES)}, "replaces": null}),
            "too_large at /payload/terms",
        ),
        (Kind::Response, json!({"text": ["Yes"]}), "malformed at /payload/text"),
        (Kind::Message, json!({"text": "Hi", "terms": dinner(), "replaces": null}), "malformed at /payload/terms"),
        (Kind::Confirm, json!({}), "malformed at /payload/terms_hash"),
        (Kind::Confirm, json!({"terms_hash": "yes"}), "malformed at /payload/terms_hash"),
        (Kind::Confirm, json!({"terms_hash": hash(&dinner()), "terms": dinner()}), "malformed at /payload/terms"),
        (Kind::Reject, json!({"reason": 7}), "malformed at /payload/reason"),
        (Kind::Reject, json!({"reason": long}), "too_large at /payload/reason"),
        (Kind::Request, json!({"proposed_times": menu}), "too_large at /payload/proposed_times"),
        (Kind::Ping, json!({}), "malformed at /type"),
        (Kind::Receipt, json!({}), "malformed at /type"),
    ] {
        assert_eq!(act(kind, payload.clone()), Err(expected.to_owned()), "{kind} {payload}");
    }
}

#[test]
fn words_are_never_taken_for_a_confirm() {
    for text in ["sounds good", "I confirm", "yes, confirmed!"] {
        assert_eq!(act(Kind::Response, json!({"text": text, "terms_hash": hash(&dinner())})), Ok(Act::Talk));
    }
}
