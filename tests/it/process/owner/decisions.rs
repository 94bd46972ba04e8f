//! What an owner decides beyond yes and no: words that nobody would read and choices that are not theirs are refused.

use ai2ai_tests::steps::{approves, shows, text, two_on_loopback, waits_for};

#[test]
fn words_that_nobody_would_read_and_a_choice_that_is_not_the_owners_are_refused_not_dropped() {
    let folder = tempfile::tempdir().expect("a folder");
    let (alex, sam) = two_on_loopback(folder.path());
    let times = ["--time", "2035-02-10T19:00Z", "--time", "2035-02-11T19:30Z"];
    let _ = alex.agent_runs(&[&["meet", "sam", "--subject", "Lunch"][..], &times[..]].concat()).done();
    let draft = shows(&alex, &waits_for(&alex, "draft"));
    let reject = ["reject", text(&draft, "id"), "--digest", text(&draft, "digest"), "--reply", "Not this week."];
    assert_eq!(alex.owner(&reject).failed(2), "words_without_reader");
    assert_eq!(approves(&alex, &draft, &["--choose", "1"]).failed(2), "no_such_choice", "else both times would go");
    assert_eq!(shows(&alex, &waits_for(&alex, "draft"))["digest"], draft["digest"], "nothing was decided");
    let _ = approves(&alex, &draft, &[]).done();
    waits_for(&sam, "incoming");

    let _ = sam.owner(&["forget", "alex"]).done();
    let _ = alex.owner(&["send", "sam", "Are you there?"]).done();
    let request = shows(&sam, &waits_for(&sam, "contact_request"));
    assert_eq!(approves(&sam, &request, &["--reply", "Yes!"]).failed(2), "words_without_reader");
    let reject = ["reject", text(&request, "id"), "--reply", "Go away."];
    assert_eq!(sam.owner(&reject).failed(2), "words_without_reader", "a stranger is told nothing");
    assert_eq!(shows(&sam, &waits_for(&sam, "contact_request"))["digest"], request["digest"]);
}
