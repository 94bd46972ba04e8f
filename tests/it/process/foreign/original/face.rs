//! The HTTP face itself: its documents, its status codes, its bounds, and the registry.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::Pair;

fn asks(pair: &mut Pair, path: &str, options: &Value) -> Value {
    let url = pair.url.replace("/ai2ai", path);
    pair.darren.does("ask", json!({ "url": url, "options": options }))
}

fn posting(body: &str) -> Value {
    json!({ "method": "POST", "headers": { "Content-Type": "application/json" }, "body": body })
}

#[test]
fn health_and_well_known_say_what_the_documents_say() {
    let Some(mut pair) = Pair::of_strangers() else { return };
    let health = asks(&mut pair, "/ai2ai/health", &json!({}));
    assert_eq!(
        (&health["body"]["status"], &health["body"]["protocol"]),
        (&json!("online"), &json!("ai2ai")),
        "{health}"
    );
    let known = pair.well_known();
    assert_eq!((&known["agent"], &known["human"]), (&json!("alex-assistant"), &json!("Alex")), "{known}");
    assert!(known["publicKey"].as_str().is_some_and(|pem| pem.starts_with("-----BEGIN PUBLIC KEY-----\n")), "{known}");
    assert_eq!(known["endpoint"], pair.url);
    let card = known["card"].to_string();
    let card = ai2ai_protocol::card::Card::read(card.as_bytes()).expect("our card, for native nodes");
    assert_eq!(card.agent().as_str(), "alex-assistant");
    let answer = pair.darren.does("ping", json!({ "url": pair.url }));
    let payload = &answer["body"]["payload"];
    assert_eq!(
        (&payload["public_key"], &payload["fingerprint"]),
        (&known["publicKey"], &known["fingerprint"]),
        "{answer}"
    );
    assert!(payload["protocol_versions"].as_array().is_some_and(|all| all.len() == 3), "{payload}");
    for nowhere in ["/", "/ai2ai/other", "/../etc/passwd", "/ai2ai/health/x"] {
        assert_eq!(asks(&mut pair, nowhere, &json!({}))["status"], 404, "{nowhere}");
    }
}

#[test]
fn what_is_no_envelope_has_its_status() {
    let Some(mut pair) = Pair::of_strangers() else { return };
    for (body, status) in [("", 400), ("nonsense", 400), ("[]", 400), ("{}", 400), (r#"{"ai2ai":"9.9"}"#, 400)] {
        assert_eq!(asks(&mut pair, "/ai2ai", &posting(body))["status"], status, "{body}");
    }
    let long = format!("{{\"ai2ai\":\"{}\"}}", "x".repeat(102_400));
    assert_eq!(asks(&mut pair, "/ai2ai", &posting(&long))["status"], 413);
    let plain = json!({ "method": "POST", "headers": { "Content-Type": "text/plain" }, "body": "{}" });
    assert_eq!(asks(&mut pair, "/ai2ai", &plain)["status"], 415);
    let deep = format!("{}{}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
    assert_eq!(asks(&mut pair, "/ai2ai", &posting(&deep))["status"], 400);
    assert_eq!(pair.alex.asks(&["status"])[0]["running"], true);
}

#[test]
fn strangers_have_a_little_room_and_one_address_its_share() {
    let Some(mut pair) = Pair::of_strangers() else { return };
    let words = |n: usize| json!({ "type": "request", "intent": "message.relay", "payload": { "message": format!("buy {n}\u{1b}[31m") } });
    let statuses: Vec<u64> = (0..5).map(|n| pair.says(words(n))["status"].as_u64().expect("a status")).collect();
    assert_eq!(statuses, [200, 200, 200, 429, 429], "three of one name, and no more");
    let items = pair.alex.asks(&["pending"]);
    assert_eq!(items.len(), 3);
    assert!(!items[0]["summary"].as_str().is_some_and(|line| line.contains('\u{1b}')), "{items:?}");
    assert_eq!(pair.alex.asks(&["conversations"]).len(), 0);
    let many: Vec<u64> =
        (0..150).map(|_| asks(&mut pair, "/ai2ai/health", &json!({}))["status"].as_u64().expect("a status")).collect();
    assert!(many.contains(&429), "an address has its rate");
}

#[test]
fn a_contact_has_a_rate_and_repeats_are_answered_all_the_same() {
    let Some(mut pair) = Pair::of_contacts() else { return };
    let envelope = pair.darren.makes(json!({ "type": "inform", "intent": "info.share", "payload": { "n": 0 } }));
    let mut statuses = Vec::new();
    for n in 1..25 {
        statuses.push(
            pair.says(json!({ "type": "inform", "intent": "info.share", "payload": { "n": n } }))["status"].clone(),
        );
    }
    assert!(statuses.contains(&json!(200)) && statuses.contains(&json!(429)), "{statuses:?}");
    assert_eq!(pair.darren.posts(&pair.url, &envelope)["body"]["reason"], "rate_limited");
}

#[test]
fn who_is_added_must_have_the_fingerprint_and_keep_the_key() {
    let Some(pair) = Pair::of_strangers() else { return };
    let wrong = format!("{}#{}", pair.darren.url(), "0123:4567:89ab:cdef:0123:4567:89ab:cdef");
    assert_eq!(pair.alex.asks(&["add", &wrong])[0]["code"], "other_key");
    assert_eq!(pair.alex.asks(&["add", &format!("{}#12", pair.darren.url())])[0]["code"], "usage");
    assert_eq!(pair.alex.asks(&["add", "http://user:word@127.0.0.1/ai2ai"])[0]["code"], "usage");
    assert_eq!(pair.alex.asks(&["add", "http://127.0.0.1:1/ai2ai"])[0]["code"], "unreachable");
    let own_face = pair.url.clone();
    let ours = pair.alex.asks(&["add", &own_face]);
    assert_eq!(ours[0]["agent"], "alex-assistant", "a node's face is an agent of the original, too: {ours:?}");
    assert_eq!(pair.alex.asks(&["contacts"]).len(), 1);
    let named = pair.alex.asks(&["add", &pair.darren.url(), "--as", "Alex"]);
    assert_eq!(named[0]["code"], "name_taken", "{named:?}");
    assert_eq!(pair.alex.asks(&["add", &pair.darren.url()])[0]["name"], "Darren");
    let ping = pair.alex.asks(&["ping", "Darren"]);
    assert_eq!(ping[0]["path"], "http", "{ping:?}");
}

#[test]
fn a_registry_lists_whom_it_hears_of_and_lets_nobody_move_another() {
    let Some(mut pair) = Pair::of_strangers() else { return };
    let who = json!({ "id": "darren-assistant", "endpoint": "https://darren.example/ai2ai", "name": "darren-assistant",
        "capabilities": ["schedule.meeting"], "metadata": { "x": "y" }, "extra": 1 });
    let registered = asks(&mut pair, "/agents", &posting(&who.to_string()));
    assert_eq!(
        (&registered["status"], &registered["body"]["status"]),
        (&json!(201), &json!("registered")),
        "{registered}"
    );
    for (path, found) in [
        ("/agents?name=DARREN", 1),
        ("/agents?capability=schedule.meeting", 1),
        ("/agents?capability=x", 0),
        ("/agents", 1),
    ] {
        let list = asks(&mut pair, path, &json!({}));
        assert_eq!(list["body"].as_array().map(Vec::len), Some(found), "{path}: {list}");
    }
    let one = asks(&mut pair, "/agents/darren-assistant", &json!({}));
    assert_eq!(one["body"]["endpoint"], "https://darren.example/ai2ai");
    assert!(one["body"]["extra"].is_null() && one["body"]["metadata"].is_null(), "{one}");
    assert_eq!(asks(&mut pair, "/agents/darren-assistant/heartbeat", &posting("{}"))["status"], 200);
    assert_eq!(asks(&mut pair, "/agents/nobody/heartbeat", &posting("{}"))["status"], 404);
    for bad in [
        "",
        "[]",
        "{}",
        r#"{"id":"x"}"#,
        r#"{"id":"x","endpoint":"file:///etc/passwd"}"#,
        r#"{"id":"","endpoint":"https://x"}"#,
    ] {
        assert_eq!(asks(&mut pair, "/agents", &posting(bad))["status"], 400, "{bad}");
    }
    let more = (0..20).map(|n| json!({ "id": format!("a{n}"), "endpoint": "https://x.example" }).to_string());
    let statuses: Vec<Value> = more.map(|body| asks(&mut pair, "/agents", &posting(&body))["status"].clone()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 15, "{statuses:?}");
    assert_eq!(asks(&mut pair, "/agents/darren-assistant", &json!({ "method": "DELETE" }))["status"], 200);
    assert_eq!(asks(&mut pair, "/agents/darren-assistant", &json!({}))["status"], 404);
}

#[test]
fn a_node_keeps_itself_registered() {
    let Some(mut pair) = Pair::of_strangers() else { return };
    let registry = pair.url.replace("/ai2ai", "");
    let settings = format!("[http]\nlisten = \"127.0.0.1:0\"\nregistries = [\"{registry}\"]\n");
    let sam = ai2ai_tests::solo::Solo::moves_in("Sam", &settings).is_up();
    let listed = ai2ai_tests::times::wait_for("Sam to be listed", ai2ai_tests::times::PATIENCE, || {
        let answer = asks(&mut pair, "/agents/sam-assistant", &json!({}));
        (answer["status"] == 200).then_some(answer)
    });
    let endpoint = listed["body"]["endpoint"].as_str().expect("an endpoint");
    let found = sam.asks(&["find", "sam"]);
    assert_eq!((&found[0]["endpoint"], &found[0]["source"]), (&json!(endpoint), &json!("registry")), "{found:?}");
    assert_eq!(pair.alex.asks(&["add", endpoint])[0]["agent"], "sam-assistant", "{listed}");
}

#[test]
fn behind_a_web_server_each_caller_has_their_own_share_and_nobody_takes_anothers() {
    let settings = "[http]\nlisten = \"127.0.0.1:0\"\nbehind = [\"127.0.0.1\"]\n";
    let alex = ai2ai_tests::solo::Solo::moves_in("Alex", settings).is_up();
    let at = super::url_of(&alex).replace("http://", "").replace("/ai2ai", "");
    let status = |forwarded: &str| {
        let mut stream = TcpStream::connect(&at).expect("it listens");
        write!(stream, "GET /ai2ai/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{forwarded}\r\n")
            .expect("written");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok()).expect("a status")
    };
    let of_one = |n: usize| format!("X-Forwarded-For: 10.0.0.{n}, 203.0.113.9\r\n");
    let many: Vec<u16> = (0..150).map(|n| status(&of_one(n % 250))).collect();
    assert!(many.contains(&429), "what came along is no caller: {many:?}");
    assert_eq!(status("X-Forwarded-For: 203.0.113.10\r\n"), 200, "another caller has their own share");
    assert_eq!(status(""), 200, "and so has the web server itself");
}
