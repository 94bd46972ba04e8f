//! The right things, both ways.

use ai2ai_tests::original::Agent;
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::{Value, json};

use super::{Pair, TIMES, dinner};

#[test]
fn what_they_propose_is_agreed_by_their_choice_and_our_owners() {
    let Some(mut pair) = Pair::of_contacts() else { return };
    let seal = pair.well_known()["x25519_public_key"].clone();
    for (version, how) in [("0.1", "encrypt, sign"), ("0.2", "sign, encrypt"), ("1.0", "encrypt, sign")] {
        let mut changes = dinner();
        changes["ai2ai"] = version.into();
        changes["conversation"] = format!("dinner-{version}").into();
        let envelope = pair.darren.does("make", json!({ "changes": changes, "seal": seal, "how": how }));
        let answer = pair.darren.posts(&pair.url.clone(), &envelope);
        assert_eq!(
            (&answer["status"], &answer["body"]["status"]),
            (&json!(200), &json!("pending_approval")),
            "{answer}"
        );
        let item = pair.item();
        assert_eq!(item["who"], "Darren");
        let shown = &pair.alex.asks(&["show", item["id"].as_str().expect("an id")])[0];
        assert_eq!((&shown["choices"], &shown["verified"]), (&json!(TIMES), &json!(true)), "{shown}");
        let nothing = pair.approves(&[]);
        assert_eq!(nothing["code"], "choice_needed", "{nothing}");
        assert_eq!(pair.approves(&["--choose", "2"])["decision"], "approved");
        let told = pair.told(1).pop().expect("a response");
        assert_eq!(told["verified"], true, "what their receiver checks holds");
        assert_eq!(told["sealed"], true, "they offered a key");
        assert_eq!(told["payload"]["accepted_time"], TIMES[1], "{told}");
        assert_eq!(told["envelope"]["conversation"], format!("dinner-{version}"));
        assert_eq!(pair.state(), "negotiating", "they have not confirmed it");
        let confirm = json!({ "type": "confirm", "intent": "schedule.meeting", "conversation": format!("dinner-{version}"),
            "payload": { "confirmed_time": TIMES[1] } });
        assert_eq!(pair.says(confirm)["status"], 200);
        assert_eq!(pair.state(), "confirmed");
        assert_eq!(pair.alex.asks(&["pending"]).len(), 0);
        let forgotten = pair.alex.asks(&["forget", "Darren"]);
        assert_eq!(forgotten[0]["conversations"], 1, "{forgotten:?}");
        let mut fresh = Agent::appears("darren-assistant", "Darren").expect("it was here before");
        fresh.does("pin", json!({ "pem": pair.well_known()["publicKey"] }));
        let added = pair.alex.asks(&["add", &fresh.url()]);
        assert_eq!(added[0]["schema"], "contact/1", "{added:?}");
        pair.darren = fresh;
    }
}

#[test]
fn what_they_propose_can_be_put_off_and_what_is_agreed_with_them_is_not_called_off() {
    let Some(mut pair) = Pair::of_contacts() else { return };
    let mut changes = dinner();
    changes["conversation"] = "dinner-later".into();
    let envelope = pair.darren.does("make", json!({ "changes": changes, "how": "sign" }));
    let _ = pair.darren.posts(&pair.url.clone(), &envelope);
    let item = pair.item();
    let id = item["id"].as_str().expect("an id");
    let conversation = item["conversation"].as_str().expect("an id");
    let snoozed = pair.alex.asks(&["snooze", &id[..13], "--for", "2h"]);
    assert_eq!((&snoozed[0]["schema"], &snoozed[0]["id"]), (&json!("snoozed/1"), &item["id"]), "{snoozed:?}");
    assert!(pair.item()["snoozed_until"].is_string());
    assert!(pair.alex.asks(&["show", id])[0]["snoozed_until"].is_string());
    let too_late = pair.alex.asks(&["snooze", id, "--for", "3w"]);
    assert_eq!(too_late[0]["code"], "too_late", "{too_late:?}");
    let off = pair.alex.asks(&["cancel", conversation]);
    assert_eq!(off[0]["code"], "unsupported", "{off:?}");
    let more = json!({ "type": "request", "intent": "schedule.meeting", "conversation": "dinner-later",
        "payload": { "subject": "Dinner", "proposed_times": TIMES, "message": "or later" } });
    assert_eq!(pair.says(more)["status"], 200);
    assert_eq!(pair.item()["snoozed_until"], Value::Null, "something new brings it back");
}

#[test]
fn what_our_owner_proposes_is_agreed_once_both_have_taken_it() {
    let Some(mut pair) = Pair::of_contacts() else { return };
    let sent = pair.alex.asks(&["meet", "Darren", "--subject", "Dinner", "--time", TIMES[0], "--time", TIMES[1]]);
    assert_eq!(sent[0]["delivery"], "queued", "{sent:?}");
    let told = pair.told(1).remove(0);
    assert_eq!(told["envelope"]["type"], "request");
    assert_eq!(told["envelope"]["to"]["agent"], "darren-assistant");
    assert_eq!((&told["payload"]["proposed_times"], &told["payload"]["subject"]), (&json!(TIMES), &json!("Dinner")));
    let conversation = told["envelope"]["conversation"].clone();
    let takes = json!({ "type": "response", "intent": "schedule.meeting", "conversation": conversation,
        "payload": { "accepted_time": TIMES[0], "message": "Thursday it is" } });
    assert_eq!(pair.says(takes)["body"]["status"], "ok");
    assert_eq!(pair.state(), "negotiating", "our owner has not answered");
    assert_eq!(pair.approves(&[])["decision"], "approved");
    let told = pair.told(2).remove(1);
    assert_eq!((&told["envelope"]["type"], &told["payload"]["confirmed_time"]), (&json!("confirm"), &json!(TIMES[0])));
    wait_for("the confirm to be acknowledged", PATIENCE, || (pair.state() == "confirmed").then_some(()));
}

#[test]
fn words_and_questions_go_both_ways_and_what_could_not_be_delivered_comes_when_it_can() {
    let Some(mut pair) = Pair::of_contacts() else { return };
    pair.darren.does("answers", json!({ "as": { "status": 503 } }));
    let sent = pair.alex.asks(&["send", "darren-assistant", "Bring wine, please"]);
    assert_eq!(sent[0]["schema"], "sent/1", "{sent:?}");
    wait_for("a first attempt", PATIENCE, || (!pair.darren.received().is_empty()).then_some(()));
    let waiting = wait_for("it to be known", PATIENCE, || {
        pair.alex.asks(&["outbox"]).into_iter().next().filter(|row| row["last_error"].is_string())
    });
    assert!(waiting["last_error"].as_str().is_some_and(|why| why.contains("503")), "{waiting}");
    pair.alex.is_killed();
    pair.alex.starts();
    pair.darren.does("answers", json!({ "as": null }));
    let told = pair.told(1).remove(0);
    assert_eq!((&told["payload"]["message"], &told["verified"]), (&json!("Bring wine, please"), &json!(true)));
    assert_eq!(
        told["envelope"]["id"],
        pair.darren.received()[0]["envelope"]["id"],
        "each attempt brings the same envelope"
    );
    wait_for("the outbox to be empty", PATIENCE, || pair.alex.asks(&["outbox"]).is_empty().then_some(()));
    pair.url = super::url_of(&pair.alex);
    let ask = json!({ "type": "request", "intent": "info.request", "payload": { "question": "Red or white?" } });
    assert_eq!(pair.says(ask)["status"], 200);
    assert_eq!(pair.approves(&["--reply", "Red"])["decision"], "approved");
    assert_eq!(pair.told(2).remove(1)["payload"]["message"], "Red");
}

#[test]
fn what_they_refuse_for_good_is_dead_and_a_redirection_leads_nowhere() {
    let Some(mut pair) = Pair::of_contacts() else { return };
    let no = json!({ "status": "rejected", "reason": "invalid_signature" });
    pair.darren.does("answers", json!({ "as": { "status": 403, "body": no } }));
    assert_eq!(pair.alex.asks(&["send", "Darren", "Hello"])[0]["schema"], "sent/1");
    let dead = wait_for("it to be dead", PATIENCE, || pair.alex.asks(&["dead"]).into_iter().next());
    assert_eq!((&dead["state"], &dead["last_error"]), (&json!("dead"), &json!("bad_signature")), "{dead}");
    let elsewhere = json!({ "location": pair.url });
    pair.darren.does("answers", json!({ "as": { "status": 307, "headers": elsewhere } }));
    assert_eq!(pair.alex.asks(&["send", "Darren", "Hello again"])[0]["schema"], "sent/1");
    let tried = |pair: &Pair| -> Option<Value> {
        let mut rows = pair.alex.asks(&["outbox"]).into_iter();
        rows.rfind(|row| row["last_error"].as_str().is_some_and(|why| why.contains("307")))
    };
    wait_for("the attempt to be noted", PATIENCE, || tried(&pair));
    assert_eq!(pair.alex.asks(&["pending"]).len(), 0, "nothing came to ourselves");
}

#[test]
fn words_that_nobody_would_read_are_refused_and_those_beside_a_meeting_arrive() {
    let Some(mut pair) = Pair::of_contacts() else { return };
    let token = pair.alex.home().join("agent.token");
    let token = token.to_str().expect("a path").to_owned();
    let drafted = pair.alex.asks(&["--token-file", &token, "send", "Darren", "Hello"]);
    assert_eq!(drafted[0]["state"], "pending_approval", "{drafted:?}");
    let item = pair.item();
    let reject = ["reject", item["id"].as_str().expect("an id"), "--reply", "Not now."];
    assert_eq!(pair.alex.asks(&reject)[0]["code"], "words_without_reader");
    assert_eq!(pair.item()["digest"], item["digest"], "it still waits");
    assert_eq!(pair.approves(&[])["decision"], "approved");
    assert_eq!(pair.told(1)[0]["payload"]["message"], "Hello");
    let meet = ["--token-file", &token, "meet", "Darren", "--subject", "Dinner", "--time", TIMES[0]];
    assert_eq!(pair.alex.asks(&meet)[0]["state"], "pending_approval");
    assert_eq!(pair.approves(&["--reply", "My treat"])["decision"], "approved");
    let told = pair.told(2).remove(1);
    assert_eq!((&told["payload"]["subject"], &told["payload"]["message"]), (&json!("Dinner"), &json!("My treat")));
}
