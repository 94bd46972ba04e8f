//! What agents of the original bring is told to the owner like everything else, and no tap decides it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use ai2ai_tests::telegram::{Message, OWNER, TOKEN, Telegram};
use ai2ai_tests::times::{PATIENCE, wait_for};
use ai2ai_tests::web_hook::WebHook;
use serde_json::{Value, json};

use super::{Pair, TIMES, dinner};

/// What an item is put off with; no label of these decides anything.
const PUTS_OFF: [&str; 2] = ["In an hour", "Tomorrow morning"];

fn file(folder: &Path, name: &str, text: &str, mode: u32) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
    path
}

fn labels(message: &Message) -> Vec<&str> {
    message.keys.iter().map(|(label, _)| label.as_str()).collect()
}

#[test]
fn a_contacts_proposal_reaches_every_channel_and_a_tap_only_puts_it_off() {
    let folder = tempfile::tempdir().expect("a folder");
    let telegram = Telegram::start();
    let hook = WebHook::start(&[]);
    let ntfy = WebHook::start(&[]);
    let file = |name, text: &str, mode| file(folder.path(), name, text, mode);
    let seen = folder.path().join("seen");
    let settings = format!(
        "[notify]\nshow = \"everything\"\n{}[notify.ntfy]\nserver = \"http://{}\"\ntopic_file = {:?}\n\
         [notify.webhook]\nurl = \"http://{}/ai2ai\"\nsecret_file = {:?}\n[notify.command]\nrun = [{:?}]\n",
        telegram.settings(&file("bot", TOKEN, 0o600), true),
        ntfy.address,
        file("topic", "alex-3f9c", 0o600),
        hook.address,
        file("hook", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr", 0o600),
        file("tell", &format!("#!/bin/sh\ncat >> {seen:?}\n"), 0o700),
    );
    let Some(mut pair) = Pair::of_contacts_with(&settings) else { return };
    assert_eq!(pair.says(dinner())["status"], 200);
    let shown = telegram.awaits("Darren's dinner", |message| message.text.contains("Darren needs your decision"));
    assert!(shown.text.contains("(schedule.meeting)") && shown.text.contains("│ subject: Dinner"), "{}", shown.text);
    assert!(shown.text.contains("Choosing one of their times accepts it"), "{}", shown.text);
    assert_eq!(
        labels(&shown),
        PUTS_OFF,
        "to answer their agent takes more than a tap, whatever a tap may do otherwise"
    );
    let told =
        |posted: &WebHook| wait_for("it to be posted", PATIENCE, || posted.posted().first().map(|one| one.json()));
    let text = told(&ntfy)["message"].as_str().expect("a text").to_owned();
    assert!(text.contains("│ subject: Dinner"), "{text}");
    let item = pair.item();
    let printed =
        wait_for("the command to be run", PATIENCE, || fs::read_to_string(&seen).ok()?.lines().next()?.parse().ok());
    for event in [told(&hook), printed] {
        let told: &Value = &event["data"]["items"][0];
        assert_eq!((&event["type"], &told["kind"]), (&json!("ai2ai.waiting"), &json!("incoming")), "{event}");
        assert_eq!((&told["id"], &told["digest"]), (&item["id"], &item["digest"]));
        assert_eq!(told["came_in"]["proposed_times"], json!(TIMES));
    }

    let hour = shown.key("In an hour");
    assert_eq!(telegram.tap(OWNER + 1, &hour), "Nothing was done.");
    assert_eq!(telegram.tap(OWNER, &hour), "Snoozed. It comes back by itself.");
    assert!(pair.item()["snoozed_until"].is_string());
    let put_off = telegram.awaits("the message to say so", |message| message.edited);
    assert!(put_off.text.contains("Snoozed until") && put_off.keys.is_empty(), "{put_off:?}");
    let mut more = dinner();
    more["payload"]["message"] = "or brunch".into();
    assert_eq!(pair.says(more)["status"], 200);
    let again = telegram.awaits("what has changed", |message| message.text.contains("or brunch"));
    assert_eq!(labels(&again), PUTS_OFF);
    assert_eq!(pair.approves(&["--choose", "1"])["decision"], "approved");
    let is_final = |message: &Message| message.edited && message.text.contains("✔ Approved.");
    assert!(telegram.awaits("the decision", is_final).keys.is_empty());
    let decided = |line: &&Value| line["factor"] == "telegram" && line["what"] != "snooze" && line["outcome"] == "done";
    assert_eq!(pair.alex.asks(&["audit"]).iter().find(decided), None, "no tap decided");
}

#[test]
fn of_whom_nothing_is_proven_it_is_said_and_a_second_channel_hears_what_the_first_could_not_be_told() {
    let folder = tempfile::tempdir().expect("a folder");
    // A webhook that is gone: nobody is told by it.
    let hook = WebHook::start(&[410; 8]);
    let ntfy = WebHook::start(&[]);
    let telegram = Telegram::start();
    let file = |name, text: &str| file(folder.path(), name, text, 0o600);
    let settings = format!(
        "[notify]\nshow = \"who\"\nsecond = [\"ntfy\", \"telegram\"]\n{}[notify.ntfy]\nserver = \"http://{}\"\ntopic_file = {:?}\n\
         [notify.webhook]\nurl = \"http://{}/ai2ai\"\nsecret_file = {:?}\n",
        telegram.settings(&file("bot", TOKEN), true),
        ntfy.address,
        file("topic", "alex-3f9c"),
        hook.address,
        file("hook", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr"),
    );
    let Some(mut pair) = Pair::of_strangers_with(&settings) else { return };
    assert_eq!(pair.says(dinner())["body"]["status"], "pending_approval");
    let posted = wait_for("the second channel to be told", PATIENCE, || ntfy.posted().first().map(|one| one.json()));
    let text = posted["message"].as_str().expect("a text");
    assert!(text.starts_with("Still unanswered:") && posted["priority"] == 4, "{posted}");
    let head = "Somebody wrote, and nothing proves who: claims to be darren-assistant of Darren, unverified (schedule.meeting)";
    assert!(text.contains(head) && !text.contains("Dinner"), "`who` tells from whom, and no more: {text}");
    let event = hook.posted().remove(0).json();
    assert_eq!(event["data"]["items"][0]["kind"], "unverified", "{event}");
    assert!(event["data"]["items"][0].get("came_in").is_none(), "{event}");
    let shown = telegram.awaits("the message", |message| message.text.contains(head));
    assert_eq!(labels(&shown), PUTS_OFF);
    assert_eq!(pair.approves(&[])["decision"], "approved");
    let noted = telegram.awaits("the message to say so", |message| message.edited);
    assert!(noted.text.contains("✔ Noted.") && noted.keys.is_empty(), "{noted:?}");
}
