//! What the original lets pass, each by its name: refused here.

use serde_json::{Value, json};

use super::{Pair, TIMES, dinner, url_of};
use crate::agent::mcp::Model;

fn reason(answer: &Value) -> (u64, String) {
    let body = &answer["body"];
    let word = body["reason"].as_str().or(body["status"].as_str()).unwrap_or_default();
    (answer["status"].as_u64().unwrap_or_default(), word.to_owned())
}

fn is(answer: &Value, status: u64, word: &str) {
    assert_eq!(reason(answer), (status, word.to_owned()), "{answer}");
}

#[test]
fn what_is_unsigned_is_refused() {
    let Some(mut pair) = Pair::of_contacts() else { return };
    let mut unsigned = pair.darren.does("make", json!({ "changes": dinner(), "by": "nobody" }));
    is(&pair.darren.posts(&pair.url, &unsigned), 403, "invalid_signature");
    for signature in [json!(""), json!(null), json!("AAAA"), json!(7)] {
        unsigned["signature"] = signature;
        is(&pair.darren.posts(&pair.url, &unsigned), 403, "invalid_signature");
    }
    assert_eq!(pair.alex.asks(&["pending"]).len(), 0);
}

#[test]
fn a_ping_overwrites_no_pinned_key() {
    let Some(mut pair) = Pair::of_contacts() else { return };
    for (by, claims) in [("other", "other"), ("me", "other"), ("other", "me")] {
        let answer = pair.darren.does("ping", json!({ "url": pair.url, "by": by, "claims": claims }));
        is(&answer, 200, "ok");
    }
    let contact = &pair.alex.asks(&["contacts"])[0];
    assert_eq!(contact["fingerprint"], pair.darren.who["fingerprint"]);
    let forged = pair.darren.does("make", json!({ "changes": dinner(), "by": "other" }));
    is(&pair.darren.posts(&pair.url, &forged), 200, "pending_approval");
    let item = pair.item();
    assert_eq!(item["kind"], "unverified", "{item}");
    assert!(item["who"].as_str().is_some_and(|who| who.ends_with("unverified")), "{item}");
    assert_eq!(pair.alex.asks(&["conversations"]).len(), 0, "it is in no conversation");
    let refused = pair.approves(&["--reply", "Yes"]);
    assert_eq!(refused["code"], "unverified", "{refused}");
    let whole = &pair.alex.asks(&["show", item["id"].as_str().expect("an id")])[0];
    assert_eq!(whole["verified"], false);
    assert_eq!(whole["choices"], json!([]), "nobody is answered, so there is nothing to choose: {whole}");
    assert_eq!(pair.approves(&[])["decision"], "approved", "it is noted, and nothing more");
    is(&pair.says(dinner()), 200, "pending_approval");
    assert_eq!(pair.item()["kind"], "incoming", "the pinned key still counts");
}

#[test]
fn what_is_signed_and_then_encrypted_is_read_and_a_changed_one_is_not() {
    let Some(mut pair) = Pair::of_contacts() else { return };
    let seal = pair.well_known()["x25519_public_key"].clone();
    let envelope = pair.darren.does("make", json!({ "changes": dinner(), "seal": seal, "how": "sign, encrypt" }));
    let mut changed = envelope.clone();
    changed["type"] = "confirm".into();
    is(&pair.darren.posts(&pair.url, &changed), 400, "unknown_conversation");
    is(&pair.darren.posts(&pair.url, &envelope), 200, "pending_approval");
    assert_eq!(pair.item()["kind"], "incoming");
    let mut broken = pair.darren.does("make", json!({ "changes": dinner(), "seal": seal }));
    broken["payload"]["tag"] = "AAAAAAAAAAAAAAAAAAAAAA==".into();
    is(&pair.darren.posts(&pair.url, &broken), 400, "decryption_failed");
}

#[test]
fn the_replay_table_outlives_a_restart_and_an_honest_retry_gets_its_first_answer() {
    let Some(mut pair) = Pair::of_contacts() else { return };
    let envelope = pair.darren.makes(dinner());
    let first = pair.darren.posts(&pair.url, &envelope);
    is(&first, 200, "pending_approval");
    pair.alex.is_killed();
    pair.alex.starts();
    pair.url = url_of(&pair.alex);
    let again = pair.darren.posts(&pair.url, &envelope);
    assert_eq!((&again["status"], &again["body"]), (&first["status"], &first["body"]), "an honest retry");
    let mut dressed = envelope.clone();
    dressed["nonce"] = "another".into();
    dressed["expiresAt"] = "2099-01-01T00:00:00.000Z".into();
    dressed["requires_human_approval"] = false.into();
    assert_eq!(
        pair.darren.posts(&pair.url, &dressed)["body"],
        first["body"],
        "what no signature covers makes nothing new"
    );
    let mut other = dinner();
    other["id"] = envelope["id"].clone();
    other["payload"]["subject"] = "Breakfast".into();
    is(&pair.says(other), 400, "replay_detected");
    assert_eq!(pair.item()["summary"], "Dinner", "all of it had one effect");
    let talk = pair.alex.asks(&["conversations"])[0]["id"].clone();
    let said = &pair.alex.asks(&["conversation", talk.as_str().expect("an id")])[0];
    assert_eq!(said["messages"].as_array().map(Vec::len), Some(1), "{said}");
    let old = json!({ "timestamp": "2026-02-07T03:55:00.000Z", "payload": { "subject": "Old" } });
    is(&pair.says(old), 400, "message_expired");
    let early = json!({ "timestamp": "2099-02-07T03:55:00.000Z", "payload": { "subject": "Early" } });
    is(&pair.says(early), 400, "message_expired");
}

#[test]
fn a_strangers_confirm_moves_no_conversation_and_a_contacts_only_what_was_accepted() {
    let Some(mut pair) = Pair::of_contacts() else { return };
    is(&pair.says(dinner()), 200, "pending_approval");
    let confirm = |time: &str| json!({ "type": "confirm", "intent": "schedule.meeting", "conversation": "dinner-1", "payload": { "confirmed_time": time } });
    let forged = pair.darren.does("make", json!({ "changes": confirm(TIMES[0]), "by": "other" }));
    is(&pair.darren.posts(&pair.url, &forged), 400, "unknown_conversation");
    let mut stranger = confirm(TIMES[0]);
    stranger["from"] = json!({ "agent": "mallory-assistant", "human": "Mallory" });
    is(&pair.says(stranger), 400, "unknown_conversation");
    assert_eq!(pair.state(), "proposed");
    assert_eq!(pair.says(confirm(TIMES[0]))["status"], 200);
    assert_eq!(pair.state(), "proposed", "our owner has accepted nothing");
    assert_eq!(pair.item()["kind"], "incoming", "it waits for the owner");
    let mut nowhere = confirm(TIMES[0]);
    nowhere["conversation"] = "dinner-2".into();
    is(&pair.says(nowhere), 400, "unknown_conversation");
    let native = pair.alex.asks(&["conversations"])[0]["id"].clone();
    let mut by_our_name = confirm(TIMES[0]);
    by_our_name["conversation"] = native;
    is(&pair.says(by_our_name), 400, "unknown_conversation");
}

#[test]
fn not_now_is_no_approval() {
    let Some(mut pair) = Pair::of_contacts() else { return };
    assert_eq!(pair.alex.asks(&["meet", "Darren", "--subject", "Dinner", "--time", TIMES[0]])[0]["schema"], "sent/1");
    let conversation = pair.told(1).remove(0)["envelope"]["conversation"].clone();
    for text in ["not now", "yes", "ok, approve", "1"] {
        let words = json!({ "type": "response", "intent": "schedule.meeting", "conversation": conversation, "payload": { "message": text } });
        is(&pair.says(words), 200, "ok");
        assert_eq!(pair.state(), "negotiating", "{text}");
        assert!(pair.alex.asks(&["show", pair.item()["id"].as_str().expect("an id")])[0]["sends"].is_null(), "{text}");
    }
    let takes = json!({ "type": "response", "intent": "schedule.meeting", "conversation": conversation,
        "payload": { "accepted_time": TIMES[0] } });
    is(&pair.says(takes), 200, "ok");
    assert_eq!(pair.approves(&["--reply", "Not now"])["decision"], "approved");
    let told = pair.told(2).remove(1);
    assert_eq!((&told["envelope"]["type"], &told["payload"]), (&json!("response"), &json!({ "message": "Not now" })));
    assert_eq!(pair.state(), "negotiating", "words of our owner's accept nothing either");
    let stale = pair.alex.asks(&["approve", "1", "--digest", &format!("sha256:{}", "0".repeat(64))]);
    assert_eq!(stale[0]["schema"], "error/1", "a place in a list names nothing: {stale:?}");
}

#[test]
fn nobody_is_found_by_a_part_of_their_name() {
    let Some(mut pair) = Pair::of_contacts() else { return };
    for part in ["Dar", "darren", "assistant", "darren-assist", "d"] {
        let sent = pair.alex.asks(&["send", part, "Hello"]);
        let is_name = part == "darren";
        assert_eq!(sent[0]["code"] == "unknown_contact", !is_name, "{part}: {sent:?}");
    }
    for agent in ["darren", "darren-assistant2", "Darren-Assistant", "darren-assistant "] {
        let changes = json!({ "from": { "agent": agent, "human": "Darren" }, "payload": { "subject": agent } });
        assert_eq!(pair.says(changes)["status"], 200, "{agent}");
    }
    let items = pair.alex.asks(&["pending"]);
    assert!(items.iter().all(|item| item["kind"] == "unverified"), "{items:?}");
    assert_eq!(items.len(), 4);
}

#[test]
fn a_receipt_that_anyone_forges_marks_nothing() {
    let Some(mut pair) = Pair::of_contacts() else { return };
    assert_eq!(pair.alex.asks(&["send", "Darren", "Hello"])[0]["schema"], "sent/1");
    let told = pair.told(1).remove(0);
    let talk = pair.alex.asks(&["conversations"])[0]["id"].as_str().expect("an id").to_owned();
    let delivery = |pair: &Pair| pair.alex.asks(&["conversation", &talk])[0]["messages"][0]["delivery"].clone();
    ai2ai_tests::times::wait_for("it to be delivered", ai2ai_tests::times::PATIENCE, || {
        (delivery(&pair) == "delivered").then_some(())
    });
    let receipt = json!({ "type": "receipt", "intent": null, "payload": { "messageId": told["envelope"]["id"], "status": "read" } });
    let forged = pair.darren.does("make", json!({ "changes": receipt, "by": "other" }));
    is(&pair.darren.posts(&pair.url, &forged), 400, "unknown_conversation");
    assert_eq!(delivery(&pair), "delivered");
    let mut of_other = receipt.clone();
    of_other["payload"]["messageId"] = "00000000-0000-0000-0000-000000000000".into();
    is(&pair.says(of_other), 200, "ok");
    assert_eq!(delivery(&pair), "delivered");
    is(&pair.says(receipt), 200, "ok");
    assert_eq!(delivery(&pair), "read", "their own is believed");
}

#[test]
fn an_id_is_no_file_name() {
    let Some(mut pair) = Pair::of_contacts() else { return };
    let before = files(pair.alex.home());
    for (place, id) in ["../../../outside", "/tmp/outside", "..\\outside", "a/b", "%2e%2e%2foutside"].iter().enumerate()
    {
        let changes = json!({ "id": id, "conversation": format!("{id}-{place}"), "payload": { "subject": "Dinner" } });
        is(&pair.says(changes), 200, "pending_approval");
    }
    is(&pair.says(json!({ "id": "a\nb", "payload": { "subject": "Dinner" } })), 400, "invalid_envelope");
    assert_eq!(files(pair.alex.home()), before);
    assert_eq!(pair.alex.asks(&["conversations"]).len(), 5);
}

fn files(home: &std::path::Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(home.parent().expect("a folder"))
        .expect("a folder")
        .chain(std::fs::read_dir(home).expect("a folder"))
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|name| name.contains("outside") || !name.starts_with('.') && !name.contains("tmp"))
        .filter(|name| name.contains("outside") || name.ends_with(".redb") || name.ends_with(".toml"))
        .collect();
    names.sort();
    names
}

#[test]
fn no_web_page_may_read_or_send_anything() {
    let Some(mut pair) = Pair::of_strangers() else { return };
    for (method, path) in [("OPTIONS", ""), ("GET", "/health"), ("POST", "")] {
        let options =
            json!({ "method": method, "headers": { "Origin": "https://evil.example", "Content-Type": "text/plain" } });
        let answer = pair.darren.does("ask", json!({ "url": format!("{}{path}", pair.url), "options": options }));
        assert_eq!(answer["status"], 403, "{answer}");
        let names: Vec<&String> = answer["headers"].as_object().expect("headers").keys().collect();
        assert!(!names.iter().any(|name| name.starts_with("access-control-")), "{names:?}");
    }
    let open = pair.darren.does("ask", json!({ "url": format!("{}/health", pair.url) }));
    assert_eq!(open["status"], 200);
    assert!(open["headers"]["access-control-allow-origin"].is_null(), "{open}");
}

#[test]
fn what_is_for_somebody_else_is_not_taken_and_a_blocked_contact_hears_what_a_stranger_hears() {
    let Some(mut pair) = Pair::of_contacts() else { return };
    let mut elsewhere = dinner();
    elsewhere["to"] = json!({ "agent": "bob-assistant" });
    is(&pair.says(elsewhere), 400, "invalid_envelope");
    let mut several = dinner();
    several["to"] = json!([{ "agent": "bob-assistant" }, { "agent": "alex-assistant" }]);
    is(&pair.says(several), 200, "pending_approval");
    assert_eq!(pair.alex.asks(&["block", "Darren"])[0]["blocked"], true);
    assert_eq!(pair.alex.asks(&["pending"]).len(), 0, "what waited is gone");
    let mut blocked = dinner();
    blocked["conversation"] = "dinner-3".into();
    let answer = pair.says(blocked);
    let stranger = pair.says(
        json!({ "from": { "agent": "nobody-knows" }, "conversation": "dinner-3", "payload": { "subject": "Dinner" } }),
    );
    let mut told = [answer["body"].clone(), stranger["body"].clone()];
    for body in &mut told {
        body["id"] = Value::Null;
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(pair.item()["kind"], "unverified", "of the blocked one nothing is shown");
    assert_eq!(pair.alex.asks(&["send", "Darren", "Hello"])[0]["code"], "blocked");
}

#[test]
fn an_agent_proposes_to_them_and_only_the_owner_sends() {
    let Some(mut pair) = Pair::of_contacts() else { return };
    let token = pair.alex.home().join("agent.token");
    let token = token.to_str().expect("a path");
    let output = std::process::Command::new(ai2ai_tests::binary::ai2ai())
        .env("AI2AI_TOKEN_FILE", token)
        .arg("--home")
        .arg(pair.alex.home())
        .args(["--json", "--no-input", "send", "Darren", "Buy now"])
        .output()
        .expect("it runs");
    let sent: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    assert_eq!(sent["state"], "pending_approval", "{sent} {output:?}");
    assert_eq!(pair.darren.received().len(), 0);
    assert_eq!(pair.item()["kind"], "draft");
    assert_eq!(pair.approves(&[])["decision"], "approved");
    assert_eq!(pair.told(1).remove(0)["payload"]["message"], "Buy now");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_drafts_to_them_is_drafted_once_and_can_be_followed_and_taken_back() {
    let Some(mut pair) = Pair::of_contacts() else { return };
    let model = Model::of(&pair.alex).await;
    let text = |value: &Value, name: &str| value[name].as_str().expect("a text").to_owned();
    let once = json!({ "who": "Darren", "text": "Hello", "idempotency_key": "hello" });
    let drafted = model.draft("ai2ai_send_message", once.clone()).await;
    assert_eq!(model.draft("ai2ai_send_message", once).await, drafted, "the same key, the same draft");
    let item = text(&pair.item(), "id");
    let status = async |item: &str| model.draft("ai2ai_request_status", json!({ "item": item })).await;
    let waits = status(&item).await;
    assert_eq!((text(&waits, "draft"), &waits["conversation"]), ("pending_approval".into(), &drafted["conversation"]));
    assert_eq!(model.draft("ai2ai_withdraw", json!({ "item": item })).await["item"], item);
    assert_eq!(text(&status(&item).await, "draft"), "withdrawn");
    assert!(pair.alex.asks(&["pending"]).is_empty());

    let drafted = model.draft("ai2ai_send_message", json!({ "who": "Darren", "text": "Lunch?" })).await;
    let decided = pair.approves(&["--reply", "Lunch at noon?"]);
    assert_eq!(
        decided["conversation"], drafted["conversation"],
        "it opens the conversation that the agent was told of"
    );
    assert_eq!(pair.told(1).remove(0)["payload"]["message"], "Lunch at noon?", "as the owner would rather say it");
    assert_eq!(text(&status(&text(&drafted, "item")).await, "draft"), "approved");
    let shown = model.draft("ai2ai_conversation", json!({ "conversation": drafted["conversation"] })).await;
    assert_eq!(shown["messages"].as_array().map(Vec::len), Some(1), "{shown}");
}

#[test]
fn conversations_with_them_stand_in_the_list_of_all_where_they_belong() {
    let Some(mut pair) = Pair::of_contacts() else { return };
    for name in ["dinner-1", "dinner-2", "dinner-3"] {
        let mut dinner = dinner();
        dinner["conversation"] = name.into();
        is(&pair.says(dinner), 200, "pending_approval");
    }
    let ids = |lines: Vec<Value>| lines.into_iter().map(|line| line["id"].clone()).collect::<Vec<_>>();
    let all = ids(pair.alex.asks(&["conversations"]));
    assert_eq!(all.len(), 3);
    let older = pair.alex.asks(&["conversations", "--before", all[0].as_str().expect("an id")]);
    assert_eq!(ids(older), all[1..], "those that changed before it");
}
