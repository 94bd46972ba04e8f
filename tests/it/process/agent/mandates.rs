//! An owner is told why the agent of somebody trusted has to wait.

use ai2ai_tests::steps::{text, two_on_loopback};
use serde_json::Value;

#[test]
fn an_owner_who_trusts_somebody_is_told_why_something_waits_all_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let (alex, _sam) = two_on_loopback(folder.path());
    let bike = r#"{"terms":{"description":"A bicycle","amount":500,"currency":"GBP"}}"#;
    let drafts = || alex.agent_runs(&["propose", "sam", "commerce.request", "--payload", bike]).done().text("item");
    let shown = |item: &str| alex.owner(&["show", item]).done().one().clone();
    let known = shown(&drafts());
    assert_eq!(known["why"], Value::Null, "nobody expects it to go by itself: {known}");
    let grant = ["trust", "sam", "trusted", "--intent", "commerce.request", "--spend", "100 GBP"];
    let _ = alex.owner(&grant).done();
    let item = drafts();
    assert_eq!(shown(&item)["why"], "the amount is not within the mandate's limit");
    let waiting = alex.owner(&["pending"]).done();
    assert_eq!(waiting.line_where("id", &item).expect("the item")["summary"], "A bicycle");
    let _ = alex.owner(&["panic"]).done();
    assert!(text(&shown(&item), "why").contains("panic --over"), "{}", shown(&item));
}
