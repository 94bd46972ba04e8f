//! The wire of the commands, and the door of each.

use serde_json::Value;

use super::Command;

/// A line of every verb with all its members, as programs of yesterday write them. A line is added for a new verb; none is changed.
const WIRE: &str = r#"
{"command":"status"}
{"command":"nearby"}
{"command":"find","text":"text","name":"name","intent":"schedule.call"}
{"command":"add","who":"who","name":"name"}
{"command":"invite","name":"name","hours":2}
{"command":"cancel_invites"}
{"command":"verify_contact","who":"who","matches":true}
{"command":"contacts"}
{"command":"trust","who":"who","level":"trusted","grant":{"intents":["schedule.*"],"limits":{"a":1},"days":30},"pin":"2468"}
{"command":"rehearse","who":"who","grant":{"intents":["schedule.*"],"limits":{"a":1},"days":30}}
{"command":"regard","who":"who"}
{"command":"mandates"}
{"command":"revoke","id":"id"}
{"command":"panic","over":true,"pin":"2468"}
{"command":"block","who":"who"}
{"command":"unblock","who":"who"}
{"command":"forget","who":"who","everything":true,"ask_them":true,"unresolved":true}
{"command":"forget_conversation","id":"id","ask_them":true,"unresolved":true}
{"command":"rotate_keys","stolen":true,"pin":"2468"}
{"command":"change_pin","old":"2468","new":"97531"}
{"command":"backup","file":"/backup","passphrase":"97531"}
{"command":"carry","what":{"card":{"card":"{}","name":null}}}
{"command":"ping","who":"who"}
{"command":"send","who":"who","text":"text"}
{"command":"ask","who":"who","question":"question"}
{"command":"meet","who":"who","subject":"subject","times":["2026-02-10T19:00Z"],"minutes":2,"place":"place","pin":"2468"}
{"command":"propose","who":"who","intent":"intent","payload":{"a":1},"pin":"2468"}
{"command":"reply","conversation":"conversation","text":"text","terms":{"a":1},"times":["2026-02-10T19:00Z"],"choose":1,"accept":true,"after":"0197c000-0000-7000-8000-000000000001","pin":"2468"}
{"command":"cancel","conversation":"conversation","reason":"reason","pin":"2468"}
{"command":"pending"}
{"command":"show","id":"id"}
{"command":"approve","id":"id","digest":"digest","choose":1,"terms":{"a":1},"reply":"reply","pin":"2468"}
{"command":"reject","id":"id","digest":"digest","reply":"reply"}
{"command":"snooze","id":"id","until":"2026-02-10T19:00:00Z","digest":"digest"}
{"command":"open"}
{"command":"conversations","before":"before"}
{"command":"search","text":"text"}
{"command":"conversation","id":"id"}
{"command":"follow","id":"id"}
{"command":"export","id":"id"}
{"command":"export_meeting","id":"id"}
{"command":"outbox","all":true}
{"command":"dead"}
{"command":"dead_retry","id":"id","pin":"2468"}
{"command":"withdraw","id":"id"}
{"command":"once","key":"key","draft":{"command":"send","who":"who","text":"text"}}
{"command":"draft","item":"item","conversation":"conversation"}
{"command":"audit"}
{"command":"audit_verify","head":"head"}
{"command":"told","who":"who"}
{"command":"card"}
{"command":"card_of","who":"who"}
{"command":"doctor","peer":"peer"}
"#;

fn wire() -> impl Iterator<Item = &'static str> {
    WIRE.lines().filter(|line| !line.is_empty())
}

fn read(line: &str) -> Result<Command, serde_json::Error> {
    serde_json::from_str(line)
}

#[test]
fn every_verb_stands_on_the_wire_as_it_was_written_down() {
    let mut names = Vec::new();
    for line in wire() {
        let command = read(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_eq!(serde_json::to_string(&command).ok().as_deref(), Some(line));
        names.push(command.name());
    }
    assert_eq!(names, Command::NAMES);
}

#[test]
fn a_member_that_no_verb_knows_is_refused() {
    for line in wire() {
        let mut value: Value = serde_json::from_str(line).expect("JSON");
        value["of_tomorrow"] = true.into();
        assert!(read(&value.to_string()).is_err(), "{value}");
    }
}

#[test]
fn what_may_be_left_out_may_be_left_out() {
    for line in [
        r#"{"command":"find"}"#,
        r#"{"command":"invite"}"#,
        r#"{"command":"trust","who":"bob","level":"known"}"#,
        r#"{"command":"forget","who":"bob"}"#,
        r#"{"command":"reply","conversation":"018f","times":[],"accept":true}"#,
        r#"{"command":"snooze","id":"018f","until":"2026-02-10T19:00Z"}"#,
        r#"{"command":"conversations"}"#,
        r#"{"command":"outbox"}"#,
        r#"{"command":"audit_verify"}"#,
        r#"{"command":"doctor"}"#,
    ] {
        assert!(read(line).is_ok(), "{line}");
    }
    for line in [r#"{"command":"panic"}"#, r#"{"command":"forget_conversation","id":"018f"}"#, r#"{"who":"bob"}"#] {
        assert!(read(line).is_err(), "{line}");
    }
}

#[test]
fn the_agents_door_has_these_verbs_and_no_other() {
    let commands = || wire().map(|line| read(line).expect("a command"));
    let of_agents: Vec<_> = commands().filter(Command::is_for_agents).map(|command| command.name()).collect();
    let drafts: Vec<_> = commands().filter(Command::is_draft).map(|command| command.name()).collect();
    assert_eq!(drafts, ["send", "ask", "meet", "propose", "reply", "cancel"]);
    let expected = "status contacts send ask meet propose reply cancel conversations conversation follow outbox withdraw once draft card";
    assert_eq!(of_agents.join(" "), expected);
}
