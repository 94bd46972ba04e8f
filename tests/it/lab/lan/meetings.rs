//! What was agreed goes into the owner's own calendar: a file for each meeting, from tentative to confirmed or cancelled.

use std::fs;
use std::path::{Path, PathBuf};

use ai2ai_tests::lab::Lab;
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::steps::{adds, approves, comes_to, shows, text, waits_for};
use ai2ai_tests::times::{PATIENCE, wait_for};

/// Alex, whose meetings are written to a folder, and Sam.
fn two(lab: &mut Lab) -> (Laptop, Laptop, PathBuf) {
    let mut alex = lab.person("alex");
    let mut sam = lab.person("sam");
    let folder = alex.home().with_extension("calendar");
    alex.sets(&format!("[calendar]\nwrite_to = \"{}\"\n", folder.display()));
    alex.up();
    sam.up();
    adds(&alex, &sam);
    adds(&sam, &alex);
    (alex, sam, folder)
}

/// Waits until the event of a conversation says this.
fn says(folder: &Path, id: &str, words: &[&str]) -> String {
    let file = folder.join(format!("{id}.ics"));
    wait_for(&format!("{} to say {words:?}", file.display()), PATIENCE, || {
        let event = fs::read_to_string(&file).ok()?;
        words.iter().all(|word| event.contains(word)).then_some(event)
    })
}

#[test]
fn a_meeting_is_held_confirmed_and_exported_under_one_name() {
    let Some(mut lab) = Lab::open() else { return };
    let (alex, sam, folder) = two(&mut lab);
    let evil = "Dinner\nBEGIN:VALARM; and, more";
    let meet = ["meet", sam.agent(), "--subject", evil, "--time", "2035-02-10T19:00Z", "--minutes", "90"];
    let id = alex.owner(&meet).done().text("conversation");
    let uid = format!("UID:{id}@ai2ai\r\n");
    let held = says(&folder, &id, &["STATUS:TENTATIVE", "SEQUENCE:0", &uid]);
    assert!(held.contains("SUMMARY:Dinner\\nBEGIN:VALARM\\; and\\, more\r\n"), "{held}");
    assert_eq!(sam.owner(&["export", &id, "--ics"]).failed(1), "no_meeting", "Sam has approved nothing yet");

    let item = shows(&sam, &waits_for(&sam, "incoming"));
    let other = r#"{"subject":"Dinner","time":"2035-02-11T20:00:00Z","minutes":60}"#;
    let _ = approves(&sam, &item, &["--terms", other]).done();
    let offer = shows(&alex, &waits_for(&alex, "incoming"));
    says(&folder, &id, &["STATUS:CANCELLED", "SEQUENCE:1", &uid]);
    assert_eq!(
        alex.owner(&["export", &id, "--ics"]).failed(1),
        "no_meeting",
        "Alex has not approved the other evening"
    );
    let _ = approves(&alex, &offer, &[]).done();
    comes_to(&alex, &id, "confirmed");
    let agreed = says(&folder, &id, &["STATUS:CONFIRMED", "SEQUENCE:1", "DTSTART:20350211T200000Z", &uid]);
    comes_to(&sam, &id, "confirmed");
    let exported = sam.owner(&["export", &id, "--ics"]).done();
    assert_eq!(exported.text("standing"), "confirmed");
    for line in ["SEQUENCE:1\r\n", "DTSTART:20350211T200000Z\r\n", "DTEND:20350211T210000Z\r\n", &uid] {
        assert!(exported.text("text").contains(line) && agreed.contains(line), "{line}: {}", exported.stdout);
    }
    let _ = alex.owner(&["forget", "--conversation", &id, "--yes"]).done();
    let file = folder.join(format!("{id}.ics"));
    wait_for("what was forgotten to leave the folder", PATIENCE, || (!file.exists()).then_some(()));
}

#[test]
fn what_comes_to_nothing_is_cancelled_and_what_was_never_held_is_not() {
    let Some(mut lab) = Lab::open() else { return };
    let (alex, sam, folder) = two(&mut lab);
    let meet = ["meet", sam.agent(), "--subject", "Dinner", "--time", "2035-02-10T19:00Z"];
    let id = alex.owner(&meet).done().text("conversation");
    says(&folder, &id, &["STATUS:TENTATIVE"]);
    let item = shows(&sam, &waits_for(&sam, "incoming"));
    let _ = sam.owner(&["reject", text(&item, "id"), "--digest", text(&item, "digest")]).done();
    says(&folder, &id, &["METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:1"]);

    let theirs = sam.owner(&["meet", alex.agent(), "--subject", "Lunch", "--time", "2035-02-12T12:00Z"]);
    let theirs = theirs.done().text("conversation");
    let item = shows(&alex, &waits_for(&alex, "incoming"));
    let _ = alex.owner(&["reject", text(&item, "id"), "--digest", text(&item, "digest")]).done();
    comes_to(&sam, &theirs, "rejected");
    comes_to(&alex, &theirs, "rejected");
    let there: Vec<_> = fs::read_dir(&folder).expect("the folder").flatten().map(|file| file.file_name()).collect();
    assert_eq!(there, [format!("{id}.ics").as_str()], "Alex had approved no lunch");
}
