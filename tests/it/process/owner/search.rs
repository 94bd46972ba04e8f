//! An owner looks for what was said: by words in messages, agreements and contacts' names.

use ai2ai_tests::steps::{dinner, text, two_on_loopback, waits_for};
use serde_json::Value;

/// What a hit is, and its text.
fn hits(lines: &[Value]) -> Vec<(&str, &str)> {
    lines.iter().map(|line| (text(line, "kind"), text(line, "text"))).collect()
}

#[test]
fn the_newest_comes_first_and_the_agents_door_has_no_search() {
    let folder = tempfile::tempdir().expect("a folder");
    let (alex, sam) = two_on_loopback(folder.path());
    let agreed = dinner(&alex, &sam);
    let _ = alex.owner(&["send", sam.agent(), "Luigi's has moved\u{1b}[2J, see you there"]).done();
    waits_for(&sam, "incoming");

    let found = sam.owner(&["search", "luigi's"]).done().lines;
    let kinds: Vec<&str> = hits(&found).iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds.first(), Some(&"message"), "{found:?}");
    assert!(kinds.contains(&"agreement"), "{found:?}");
    let moments: Vec<&str> = found.iter().map(|hit| text(hit, "at")).collect();
    assert!(moments.is_sorted_by(|newer, older| newer >= older), "{moments:?}");
    let agreement = found.iter().find(|hit| hit["kind"] == "agreement").expect("the dinner");
    assert_eq!(text(agreement, "conversation"), agreed);

    let by_name = sam.owner(&["search", &alex.agent().to_uppercase()]).done().lines;
    assert!(hits(&by_name).iter().any(|(kind, _)| *kind == "contact"), "{by_name:?}");
    assert_eq!(sam.owner(&["search", "luigi's", "moved", "there"]).done().lines.len(), 1, "all words count");
    assert_eq!(sam.owner(&["search", "nobody-said-this"]).done().lines, Vec::<Value>::new());

    let many = vec!["word"; 17];
    let refused = sam.owner(&[&["search"][..], &many].concat());
    assert_eq!(refused.failed(2), "usage");
    assert_eq!(
        sam.agent_runs(&["search", "luigi's"]).exit,
        5,
        "words that wait for the owner are not the agent's to search"
    );
}
