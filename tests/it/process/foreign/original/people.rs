//! An agent of the original as one of the owner's contacts: blocked, forgotten, and never taken for a native one.

use serde_json::{Value, json};

use super::{Pair, TIMES, dinner};

fn code(lines: &[Value]) -> &str {
    lines.first().and_then(|line| line["code"].as_str()).unwrap_or_default()
}

#[test]
fn who_is_forgotten_is_a_stranger_of_whom_nothing_is_left() {
    let Some(mut pair) = Pair::of_contacts() else { return };
    assert_eq!(pair.says(dinner())["status"], 200);
    assert_eq!(pair.alex.asks(&["send", "Darren", "Hello"])[0]["schema"], "sent/1");
    pair.told(1);
    let forgotten = pair.alex.asks(&["forget", "darren"]).remove(0);
    assert_eq!((&forgotten["with"], &forgotten["conversations"]), (&json!("Darren"), &json!(2)), "{forgotten}");
    for list in ["contacts", "pending", "conversations", "outbox", "dead"] {
        assert_eq!(pair.alex.asks(&[list]), Vec::<Value>::new(), "{list}");
    }
    assert_eq!(code(&pair.alex.asks(&["forget", "Darren"])), "unknown_contact");
    assert_eq!(code(&pair.alex.asks(&["send", "Darren", "Hello"])), "unknown_contact");
    let mut again = dinner();
    again["payload"]["message"] = "Are you there?".into();
    assert_eq!(pair.says(again)["body"]["status"], "pending_approval");
    assert_eq!(pair.item()["kind"], "unverified", "their key is not known any more");
    let audited = pair.alex.asks(&["audit"]);
    assert!(audited.iter().any(|line| line["what"] == "forget" && line["who"] == forgotten["did"]), "{audited:?}");
    let added = pair.alex.asks(&["add", &pair.darren.url(), "--as", "Darren"]);
    assert_eq!(added[0]["name"], "Darren", "the name is free: {added:?}");
}

#[test]
fn who_is_blocked_is_answered_and_not_heard() {
    let Some(mut pair) = Pair::of_contacts() else { return };
    assert_eq!(pair.says(dinner())["status"], 200);
    let blocked = pair.alex.asks(&["block", "Darren"]).remove(0);
    assert_eq!((&blocked["blocked"], &blocked["met"]), (&json!(true), &json!("http")), "{blocked}");
    assert_eq!(pair.alex.asks(&["pending"]), Vec::<Value>::new(), "what waited of theirs is gone");
    let mut more = dinner();
    more["payload"]["message"] = "or brunch".into();
    assert_eq!(pair.says(more)["body"]["status"], "pending_approval");
    assert_eq!(pair.alex.asks(&["pending"]), Vec::<Value>::new());
    assert_eq!(code(&pair.alex.asks(&["send", "Darren", "Hello"])), "blocked");
    assert_eq!(pair.alex.asks(&["unblock", "Darren"])[0]["blocked"], false);
    assert_eq!(pair.says(json!({ "payload": { "subject": "Lunch" } }))["status"], 200);
    assert_eq!(pair.item()["kind"], "incoming");
}

#[test]
fn nothing_that_needs_a_proof_is_done_with_them() {
    let Some(pair) = Pair::of_contacts() else { return };
    let did = pair.alex.asks(&["contacts"])[0]["did"].as_str().expect("a did").to_owned();
    for who in ["Darren", "darren-assistant", &did] {
        assert_eq!(code(&pair.alex.asks(&["trust", who, "trusted"])), "unknown_contact", "{who}");
        assert_eq!(code(&pair.alex.asks(&["verify-contact", who])), "unknown_contact", "{who}");
        assert_eq!(pair.alex.asks(&["ping", who])[0]["name"], "Darren", "{who}");
    }
    assert_eq!(pair.alex.asks(&["search", "darren"])[0]["kind"], "contact", "they are found like anybody");
    let meets = ["meet", &did, "--subject", "Dinner", "--time", TIMES[0]];
    assert_eq!(pair.alex.asks(&meets)[0]["state"], "proposed");
}
