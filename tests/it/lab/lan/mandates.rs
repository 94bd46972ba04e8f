//! Two agents agree within their mandates, between real nodes, until their owner stops them.

use ai2ai_tests::lab::Lab;
use ai2ai_tests::steps::{comes_to, text, two_who_know_each_other};
use serde_json::Value;

#[test]
fn agents_of_two_real_nodes_agree_by_themselves_until_panic_and_the_file_says_whose_rule_it_was() {
    let Some(mut lab) = Lab::open() else { return };
    let (alex, sam) = two_who_know_each_other(&mut lab);
    let dinner = ["meet", sam.agent(), "--subject", "Dinner", "--time", "2035-02-10T19:00Z", "--minutes", "90"];
    let tried =
        [&["trust", sam.agent(), "trusted", "--intent", "schedule.*", "--per-day", "1"][..], &["--dry-run"]].concat();
    assert!(alex.owner(&tried).done().lines.is_empty(), "nothing was said so far");
    assert_eq!(alex.agent_runs(&dinner).done().text("state"), "pending_approval", "a rehearsal grants nothing");

    let granted = alex.owner(&tried[..tried.len() - 1]).done();
    assert_eq!(granted.lines.iter().filter(|line| line["schema"] == "mandate/1").count(), 1);
    let _ = sam.owner(&["trust", alex.agent(), "trusted", "--intent", "schedule.meeting", "--days", "7"]).done();
    let opened = alex.agent_runs(&dinner).done();
    assert_eq!(opened.one()["mandate"], granted.lines[1]["id"]);
    let id = opened.text("conversation").to_owned();
    comes_to(&sam, &id, "proposed");
    let answered = sam.agent_runs(&["reply", &id, "--accept"]).done();
    assert!(answered.one()["mandate"].is_string(), "{answered:?}");
    comes_to(&sam, &id, "confirmed");
    comes_to(&alex, &id, "confirmed");

    let file = alex.home().join("dinner.json");
    let _ = alex.owner(&["export", &id, "-o", &file.display().to_string()]).done();
    let verified = alex.owner(&["verify", &file.display().to_string()]).done();
    let by: Vec<&Value> =
        verified.one()["parties"].as_array().expect("parties").iter().map(|party| &party["approved_by"]).collect();
    assert_eq!(by, ["mandate", "mandate"], "{verified:?}");

    let second = alex.agent_runs(&dinner).done();
    assert!(text(second.one(), "why").contains("day"), "{second:?}");
    assert!(sam.owner(&["panic"]).done().one()["since"].is_string());
    assert!(sam.owner(&["status"]).done().one()["stopped_since"].is_string());
    let back = ["meet", alex.agent(), "--subject", "Lunch", "--time", "2035-02-11T12:00Z"];
    assert_eq!(sam.agent_runs(&back).done().text("state"), "pending_approval");
    for owners in [&["panic", "--over"][..], &["mandates"], &["revoke", "0000"], &["trust", alex.agent(), "trusted"]] {
        assert_eq!(sam.agent_runs(owners).failed(5), "owner_only", "{owners:?}");
    }
    assert_eq!(sam.guesser(&["panic", "--over"]).failed(5), "wrong_pin");
    let _ = sam.owner(&["panic", "--over"]).done();
    assert!(sam.agent_runs(&back).done().one()["mandate"].is_string());
    let acts = sam.owner(&["audit"]).done();
    assert!(acts.lines.iter().any(|line| line["what"] == "act"), "{acts:?}");
}
