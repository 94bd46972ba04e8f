//! Two people call off the dinner that they had agreed on: real nodes, their calendars, their files.

use std::fs;
use std::path::{Path, PathBuf};

use ai2ai_tests::lab::Lab;
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::steps::{
    adds, approves, conversation, dinner, knows_it_is_off, shows, text, two_who_know_each_other, waits_for,
};
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::Value;

/// Two people whose meetings are written to folders of theirs.
fn two_with_calendars(lab: &mut Lab) -> [(Laptop, PathBuf); 2] {
    let [alex, sam] = ["alex", "sam"].map(|name| {
        let mut person = lab.person(name);
        let folder = person.home().with_extension("calendar");
        person.sets(&format!("[calendar]\nwrite_to = \"{}\"\n", folder.display()));
        person.up();
        (person, folder)
    });
    adds(&alex.0, &sam.0);
    adds(&sam.0, &alex.0);
    [alex, sam]
}

/// Waits until the event of a conversation says this.
fn says(folder: &Path, id: &str, words: &[&str]) {
    let file = folder.join(format!("{id}.ics"));
    wait_for(&format!("{} to say {words:?}", file.display()), PATIENCE, || {
        let event = fs::read_to_string(&file).ok()?;
        words.iter().all(|word| event.contains(word)).then_some(())
    });
}

#[test]
fn a_confirmed_dinner_is_called_off_on_both_sides_and_in_both_calendars() {
    let Some(mut lab) = Lab::open() else { return };
    let [(alex, alexs), (sam, sams)] = two_with_calendars(&mut lab);
    let id = dinner(&alex, &sam);
    let uid = format!("UID:{id}@ai2ai\r\n");
    for folder in [&alexs, &sams] {
        says(folder, &id, &["STATUS:CONFIRMED", "SEQUENCE:0", &uid]);
    }
    assert_eq!(sam.owner_without_pin(&["cancel", &id]).failed(5), "pin_needed");
    assert_eq!(sam.owner(&["cancel", "ffffffff"]).failed(3), "unknown_conversation");
    let off = sam.owner(&["cancel", &id[..8], "--reason", "I am ill."]).done();
    assert_eq!((off.text("conversation").as_str(), off.text("state").as_str()), (id.as_str(), "confirmed"));
    knows_it_is_off(&sam, &id, &["us"]);
    let known = knows_it_is_off(&alex, &id, &["them"]);
    assert_eq!((text(&known, "state"), text(&known["cancelled"][0], "reason")), ("confirmed", "I am ill."));
    for folder in [&alexs, &sams] {
        says(folder, &id, &["METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:1", &uid]);
    }
    assert_eq!(alex.owner(&["export", &id, "--ics"]).done().text("standing"), "cancelled");
    let listed = alex.owner(&["conversations"]).done();
    assert_eq!(listed.line_where("id", &id).map(|line| line["cancelled"].clone()), Some(Value::Bool(true)));

    let notice = shows(&alex, &waits_for(&alex, "cancelled"));
    assert_eq!((&notice["sends"], &notice["terms"]), (&Value::Null, &Value::Null), "there is nothing to decide");
    let noted = alex.owner(&["reject", text(&notice, "id"), "--digest", text(&notice, "digest")]).done();
    assert_eq!((noted.text("decision").as_str(), &noted.one()["message"]), ("noted", &Value::Null));
    let audit = alex.owner(&["audit"]).done().lines;
    let about_it: Vec<&Value> = audit.iter().filter(|line| line["item"] == notice["id"]).collect();
    assert!(about_it.iter().any(|line| line["what"] == "note"), "nothing was rejected: {about_it:?}");

    let file = alex.home().with_extension("agreement");
    let _ = alex.owner(&["export", &id, "-o", &file.display().to_string()]).done();
    let checked = sam.owner(&["verify", &file.display().to_string()]).done();
    assert_eq!(checked.one()["valid"], true);
    assert_eq!(checked.one()["cancelled"][0]["did"], sam.did());
    let audit = sam.owner(&["audit"]).done();
    assert!(audit.lines.iter().any(|line| line["what"] == "cancel" && line["factor"] == "pin"), "{}", audit.stdout);
    for who in [&alex, &sam] {
        assert_eq!(who.owner(&["cancel", &id]).failed(5), "cancelled");
    }
}

#[test]
fn what_is_called_off_while_the_other_sleeps_is_known_when_they_wake() {
    let Some(mut lab) = Lab::open() else { return };
    let (alex, mut sam) = two_who_know_each_other(&mut lab);
    let id = dinner(&alex, &sam);
    sam.interrupt();
    let drafted = alex.agent_runs(&["cancel", &id, "--reason", "The restaurant is closed."]).done();
    assert_eq!(drafted.text("state"), "pending_approval", "an agent only suggests it");
    assert!(conversation(&alex, &id)["pending_act"].is_null());
    let draft = shows(&alex, &waits_for(&alex, "draft"));
    assert_eq!((text(&draft, "sends_kind"), text(&draft["terms"], "subject")), ("inform", "Dinner"));
    let _ = approves(&alex, &draft, &[]).done();
    let waits = conversation(&alex, &id);
    assert_eq!((text(&waits["pending_act"], "act"), &waits["cancelled"]), ("cancel", &Value::Array(Vec::new())));
    sam.up();
    knows_it_is_off(&sam, &id, &["them"]);
    knows_it_is_off(&alex, &id, &["us"]);
}

#[test]
fn two_who_call_it_off_at_once_know_of_each_other() {
    let Some(mut lab) = Lab::open() else { return };
    let (alex, sam) = two_who_know_each_other(&mut lab);
    let id = dinner(&alex, &sam);
    // Neither hears the other before it has spoken.
    sam.link(false);
    for who in [&alex, &sam] {
        let _ = who.owner(&["cancel", &id]).done();
        assert_eq!(text(&conversation(who, &id)["pending_act"], "act"), "cancel");
    }
    sam.link(true);
    for who in [&alex, &sam] {
        assert_eq!(text(&knows_it_is_off(who, &id, &["us", "them"]), "state"), "confirmed");
    }
}
