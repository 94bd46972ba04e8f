//! Other languages check us: a node in JavaScript and a checker in Python, which were written from `protocol/SPEC.md` alone.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ai2ai_tests::foreign::{ForeignNode, JavaScript, Python};
use ai2ai_tests::solo::Solo;
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::{Value, json};

/// One installs, the others find it installed.
static INSTALLING: Mutex<()> = Mutex::new(());

fn temporary() -> (&'static Path, MutexGuard<'static, ()>) {
    (Path::new(env!("CARGO_TARGET_TMPDIR")), INSTALLING.lock().unwrap_or_else(PoisonError::into_inner))
}

pub(crate) fn javascript() -> Option<JavaScript> {
    let (folder, _alone) = temporary();
    JavaScript::installed(folder)
}

fn python() -> Option<Python> {
    let (folder, _alone) = temporary();
    Python::installed(folder)
}

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../protocol/vectors")
}

/// How many vectors there are.
fn all_vectors() -> usize {
    let files = std::fs::read_dir(vectors()).expect("vectors").map(|entry| entry.expect("a file").path());
    // The original's own vectors, in a folder of theirs, are of another protocol.
    let files = files.filter(|path| path.is_file());
    let texts = files.map(|path| std::fs::read_to_string(path).expect("vectors"));
    let documents = texts.map(|text| serde_json::from_str::<Value>(&text).expect("JSON"));
    documents.map(|document| document["vectors"].as_array().map_or(0, Vec::len)).sum()
}

fn good(output: &Output) -> Vec<Value> {
    let told = String::from_utf8_lossy(&output.stdout);
    let problems = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}{problems}");
    told.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn javascript_agrees_with_every_vector_byte_for_byte() {
    let Some(javascript) = javascript() else { return };
    let told = good(&javascript.runs("vectors.js", &[&vectors()]));
    assert_eq!(told, [json!({ "checked": all_vectors(), "wrong": 0 })]);
}

#[test]
fn python_agrees_with_every_vector_byte_for_byte() {
    let Some(python) = python() else { return };
    let told = good(&python.runs("vectors.py", &[&vectors()]));
    assert_eq!(told, [json!({ "checked": all_vectors(), "wrong": 0 })]);
}

/// Alex's owner approves what waits, having seen it.
fn approves(alex: &Solo, about: (&str, &str), more: &[&str]) -> Value {
    let (member, text) = about;
    let item = wait_for(text, PATIENCE, || alex.asks(&["pending"]).into_iter().find(|item| item[member] == text));
    let id = item["id"].as_str().expect("an id");
    let digest = item["digest"].as_str().expect("a digest");
    let output = alex.types(&[&["approve", id, "--digest", digest], more].concat());
    good(&output).remove(0)
}

/// Jo meets Alex over TCP, is a stranger at first, and is let in.
fn meets(jo: &mut ForeignNode, alex: &Solo) -> String {
    let (peer, address) = alex.listens().expect("an address");
    let card = jo.does(&json!({ "do": "introduce", "address": format!("{address}/p2p/{peer}") }));
    let did = alex.asks(&["status"]).remove(0)["did"].as_str().expect("a did").to_owned();
    assert_eq!((&card["did"], &card["human"]), (&did.as_str().into(), &"Alex".into()));
    let hello = json!({ "do": "say", "to": did, "type": "message", "intent": "message.relay",
        "payload": { "text": "hello from JavaScript" } });
    let receipt = jo.does(&hello);
    assert_eq!((&receipt["status"], &receipt["told"]), (&"held".into(), &Value::Null), "a stranger learns nothing");
    approves(alex, ("kind", "contact_request"), &[]);
    jo.tells("receipt", |receipt| receipt["status"] == "accepted");
    did
}

/// Alex's copy of a conversation, once it is in this state.
fn is(alex: &Solo, conversation: &str, state: &str) -> Value {
    wait_for(state, PATIENCE, || {
        alex.asks(&["conversation", conversation]).into_iter().find(|found| found["state"] == state)
    })
}

/// Jo asks, Alex's owner chooses a time, Jo's owner confirms.
fn jo_asks_and_alex_offers(jo: &mut ForeignNode, alex: &Solo, did: &str) -> String {
    let menu =
        json!({ "subject": "Lunch", "minutes": 60, "proposed_times": ["2027-02-10T12:00Z", "2027-02-11T12:30Z"] });
    let asked =
        jo.does(&json!({ "do": "say", "to": did, "type": "request", "intent": "schedule.meeting", "payload": menu }));
    assert_eq!((&asked["status"], &asked["told"]["phase"]), (&"accepted".into(), &"proposed".into()));
    let conversation = asked["conversation"].as_str().expect("a conversation").to_owned();
    approves(alex, ("conversation", &conversation), &["--choose", "2"]);
    let offer = jo.tells("envelope", |told| told["conversation"] == conversation.as_str() && told["act"] == "offer");
    assert_eq!(offer["outcome"], "accepted");
    let standing = jo.does(&json!({ "do": "show", "conversation": conversation }));
    assert_eq!(standing["terms"]["time"], "2027-02-11T12:30Z");
    let confirmed = jo.does(&json!({ "do": "confirm", "conversation": conversation }));
    assert_eq!((&confirmed["status"], &confirmed["told"]["phase"]), (&"accepted".into(), &"confirmed".into()));
    assert_eq!(is(alex, &conversation, "confirmed")["terms_hash"], standing["hash"]);
    conversation
}

/// Jo's owner offers, Alex's owner confirms.
fn jo_offers_and_alex_confirms(jo: &mut ForeignNode, alex: &Solo, did: &str) -> String {
    let terms = json!({ "subject": "Dinner", "time": "2027-02-10T19:00Z", "minutes": 90, "place": "Luigi's" });
    let offer = json!({ "do": "say", "to": did, "type": "request", "intent": "schedule.meeting", "approved": true,
        "payload": { "subject": "Dinner", "terms": terms, "replaces": null } });
    let offered = jo.does(&offer);
    assert_eq!(offered["status"], "accepted", "{offered}");
    let conversation = offered["conversation"].as_str().expect("a conversation").to_owned();
    approves(alex, ("conversation", &conversation), &[]);
    let confirm =
        jo.tells("envelope", |told| told["conversation"] == conversation.as_str() && told["act"] == "confirm");
    assert_eq!((&confirm["outcome"], &confirm["state"]["phase"]), (&"accepted".into(), &"confirmed".into()));
    assert_eq!(is(alex, &conversation, "confirmed")["terms_hash"], confirm["hash"]);
    conversation
}

/// Both sides' files of one agreement, which every language takes for the same.
fn proves(jo: &mut ForeignNode, alex: &Solo, python: &Python, conversation: &str) {
    let ours = alex.home().join("ours.json");
    let theirs = alex.home().join("theirs.json");
    good(&alex.types(&["export", conversation, "-o", ours.to_str().expect("a path")]));
    let exported = jo.does(&json!({ "do": "agreement", "conversation": conversation }));
    std::fs::write(&theirs, exported["file"].as_str().expect("a file")).expect("written");
    let hash = is(alex, conversation, "confirmed")["terms_hash"].clone();
    for file in [&ours, &theirs] {
        let verified = good(&alex.types(&["verify", file.to_str().expect("a path")])).remove(0);
        assert_eq!(verified["valid"], true, "{verified}");
        let text = std::fs::read_to_string(file).expect("a file");
        assert_eq!(jo.does(&json!({ "do": "check", "file": text }))["terms_hash"], hash);
    }
    for line in good(&python.runs("agreement.py", &[&ours, &theirs])) {
        assert_eq!((&line["valid"], &line["terms_hash"]), (&true.into(), &hash));
    }
    let forged = std::fs::read_to_string(&ours).expect("a file").replacen("2027-02-1", "2027-03-1", 1);
    std::fs::write(&ours, forged).expect("written");
    assert!(!python.runs("agreement.py", &[&ours]).status.success(), "Python took a forged one");
    std::fs::remove_file(&ours).expect("removed");
}

#[test]
fn a_node_in_javascript_negotiates_until_both_owners_agreed_and_python_checks_it() {
    let (Some(javascript), Some(python)) = (javascript(), python()) else { return };
    let alex = Solo::moves_in("Alex", "").is_up();
    let mut jo = javascript.node_of("Jo");
    let did = meets(&mut jo, &alex);
    let lunch = jo_asks_and_alex_offers(&mut jo, &alex, &did);
    proves(&mut jo, &alex, &python, &lunch);
    let dinner = jo_offers_and_alex_confirms(&mut jo, &alex, &did);
    proves(&mut jo, &alex, &python, &dinner);
    jo_calls_off(&mut jo, &alex, &dinner);
    alex_calls_off_and_jo_too(&mut jo, &alex, &lunch);
    for conversation in [&dinner, &lunch] {
        proves(&mut jo, &alex, &python, conversation);
    }
}

/// Who has called it off by what Alex's node knows, and why.
fn off_by(alex: &Solo, conversation: &str) -> Vec<(Value, Value)> {
    let told = is(alex, conversation, "confirmed")["cancelled"].take();
    told.as_array().expect("cancels").iter().map(|one| (one["by"].clone(), one["reason"].clone())).collect()
}

/// Jo's owner calls off what was agreed, and Alex's is told.
fn jo_calls_off(jo: &mut ForeignNode, alex: &Solo, conversation: &str) {
    assert_eq!(off_by(alex, conversation), []);
    let said = jo.does(&json!({ "do": "cancel", "conversation": conversation, "reason": "I am ill." }));
    assert_eq!((&said["status"], &said["told"]["phase"]), (&"accepted".into(), &"confirmed".into()), "{said}");
    assert_eq!(said["told"]["cancelled"], said["id"], "{said}");
    let shown = jo.does(&json!({ "do": "show", "conversation": conversation }));
    assert_eq!(shown["cancelled"], json!({ "me": said["id"], "they": null }), "{shown}");
    assert_eq!(off_by(alex, conversation), [("them".into(), "I am ill.".into())]);
    let items = alex.asks(&["pending"]);
    let notice = items.iter().find(|item| item["conversation"] == conversation).expect("a notice");
    assert_eq!(notice["kind"], "cancelled", "{notice}");
}

/// Alex's owner calls off what was agreed, and Jo's does so, too: each side has both.
fn alex_calls_off_and_jo_too(jo: &mut ForeignNode, alex: &Solo, conversation: &str) {
    good(&alex.types(&["cancel", conversation]));
    let heard = jo.tells("envelope", |told| told["act"] == "cancel");
    assert_eq!((&heard["conversation"], &heard["outcome"]), (&conversation.into(), &"accepted".into()));
    let said = jo.does(&json!({ "do": "cancel", "conversation": conversation }));
    assert_eq!((&said["status"], &said["told"]["cancelled"]), (&"accepted".into(), &said["id"]), "{said}");
    let shown = jo.does(&json!({ "do": "show", "conversation": conversation }));
    assert_eq!(shown["cancelled"], json!({ "me": said["id"], "they": heard["id"] }), "{shown}");
    let both = wait_for("Alex to know that Jo has it", PATIENCE, || {
        Some(off_by(alex, conversation)).filter(|all| all.len() == 2)
    });
    assert!(["us", "them"].iter().all(|by| both.iter().any(|(one, _)| one == by)), "{both:?}");
}

#[test]
fn a_request_to_javascript_waits_for_its_owner_and_the_later_receipt_is_believed() {
    let Some(javascript) = javascript() else { return };
    let alex = Solo::moves_in("Alex", "").is_up();
    let mut jo = javascript.node_of("Jo");
    good(&alex.types(&["add", &jo.address, "--as", "Jo"]));
    good(&alex.types(&["meet", "Jo", "--subject", "Tea", "--time", "2027-02-10T15:00Z", "--minutes", "30"]));
    let held = jo.tells("held", |_| true);
    let did = held["from"].as_str().expect("a did").to_owned();
    let taken_in = jo.does(&json!({ "do": "accept", "did": did }));
    assert_eq!(taken_in["taken_in"], 1);
    let offer = jo.tells("envelope", |told| told["act"] == "offer");
    let conversation = offer["conversation"].as_str().expect("a conversation").to_owned();
    let confirmed = jo.does(&json!({ "do": "confirm", "conversation": conversation }));
    assert_eq!((&confirmed["status"], &confirmed["told"]["phase"]), (&"accepted".into(), &"confirmed".into()));
    assert_eq!(is(&alex, &conversation, "confirmed")["terms_hash"], offer["hash"]);
}
