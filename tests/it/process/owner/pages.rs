//! The owner's pages, and what others on the web and on this machine would try at them.

use std::path::Path;

use ai2ai_tests::laptop::{Laptop, PIN};
use ai2ai_tests::pages::{Pages, link, parts};
use ai2ai_tests::steps::{comes_to, conversation, shows, text, two_on_loopback, waits_for};
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::Value;

/// Alex proposes one definite dinner; the item that waits for Sam, as shown.
fn sam_is_asked(folder: &Path) -> (Laptop, Laptop, Value) {
    let (alex, sam) = two_on_loopback(folder);
    let _ = alex.owner(&["meet", "sam", "--subject", "Dinner", "--time", "2035-02-10T19:00Z"]).done();
    let item = shows(&sam, &waits_for(&sam, "incoming"));
    (alex, sam, item)
}

fn still_waits(owner: &Laptop, item: &Value) {
    let still = waits_for(owner, "incoming");
    assert_eq!((&still["id"], &still["digest"]), (&item["id"], &item["digest"]));
    assert_eq!(conversation(owner, text(item, "conversation"))["state"], "proposed");
}

/// Waits until the audit has a line of this door with this end.
fn is_audited(owner: &Laptop, what: &str, outcome: &str) -> Value {
    wait_for(&format!("the audit to say {what}: {outcome}"), PATIENCE, || {
        let audit = owner.owner(&["audit"]).done();
        audit.lines.iter().find(|line| line["what"] == what && line["outcome"] == outcome).cloned()
    })
}

#[test]
fn no_page_of_the_web_reaches_the_pages_and_each_try_is_audited() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_alex, sam, item) = sam_is_asked(folder.path());
    let pages = Pages::of(&sam);
    let own = pages.address.clone();
    let port = pages.address.rsplit(':').next().expect("a port");
    let approve = format!("/item/{}/approve", text(&item, "id"));
    let body = format!("form={}&digest={}&pin={PIN}", pages.hidden("/", "form"), text(&item, "digest"));
    let origin = format!("http://{own}");

    for rebound in [format!("evil.example:{port}"), "evil.example".to_owned(), format!("127.0.0.1.evil.example:{port}")]
    {
        let reply = pages.sends("GET", "/", &rebound, &[], "");
        assert_eq!((reply.status, reply.body.contains("Inbox")), (421, false), "{rebound}: {reply:?}");
        let theirs = format!("http://{rebound}");
        assert_eq!(pages.sends("POST", &approve, &rebound, &[("Origin", &theirs)], &body).status, 421, "{rebound}");
    }
    is_audited(&sam, "web", "foreign_host");
    let from_elsewhere: [&[(&str, &str)]; 5] = [
        &[("Origin", "https://evil.example")],
        &[("Origin", "null")],
        &[("Origin", &origin), ("Sec-Fetch-Site", "cross-site")],
        &[("Origin", &origin), ("Sec-Fetch-Site", "same-site")],
        &[],
    ];
    for headers in from_elsewhere {
        assert_eq!(pages.sends("POST", &approve, &own, headers, &body).status, 403, "{headers:?}");
    }
    is_audited(&sam, "web", "foreign_page");
    for wrong in ["form=&", "form=guess&", ""] {
        let body = format!("{wrong}digest={}&pin={PIN}", text(&item, "digest"));
        let reply = pages.sends("POST", &approve, &own, &[("Origin", &origin)], &body);
        assert_eq!(reply.status, 403, "{wrong}: {reply:?}");
    }
    is_audited(&sam, "web", "bad_form");
    let by_link = format!("{approve}?{}", body.replace(' ', "+"));
    assert_eq!(pages.get(&by_link).status, 405, "looking decides nothing");
    still_waits(&sam, &item);
}

#[test]
fn a_link_lets_one_browser_in_once_and_the_agents_token_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_alex, sam, item) = sam_is_asked(folder.path());
    let link = link(&sam);
    let (address, path) = parts(&link);
    let nobody = Pages { address, cookie: String::new() };
    for page in ["/", "/people", "/conversations", "/agreements", "/outbox", "/doctor", "/live"] {
        let reply = nobody.get(page);
        assert_eq!((reply.status, reply.body.contains("alex")), (401, false), "{page}: {reply:?}");
    }
    assert_eq!(nobody.get("/open/guess").status, 401);
    assert_eq!(nobody.get(&path).status, 303);
    assert_eq!(nobody.get(&path).status, 401, "a second time");
    is_audited(&sam, "web", "bad_link");

    let stolen = std::fs::read_to_string(sam.home().join("agent.token")).expect("a token");
    let stolen = stolen.trim();
    let port = nobody.address.rsplit(':').next().expect("a port");
    let with_cookie = Pages { cookie: format!("ai2ai_{port}={stolen}"), ..nobody.clone() };
    assert_eq!(with_cookie.get("/").status, 403);
    assert_eq!(nobody.get(&format!("/open/{stolen}")).status, 403);
    let bearer = format!("Bearer {stolen}");
    assert_eq!(nobody.sends("GET", "/", &nobody.address, &[("Authorization", &bearer)], "").status, 403);
    assert_eq!(is_audited(&sam, "web", "owner_only")["factor"], "agent_token");
    assert_eq!(sam.agent_runs(&["open"]).failed(5), "owner_only");
    is_audited(&sam, "open", "owner_only");
    still_waits(&sam, &item);

    let pages = Pages::of(&sam);
    let form = pages.hidden("/", "form");
    assert_eq!(pages.post("/close", &[("form", &form)]).status, 200);
    assert_eq!(pages.get("/").status, 401, "closed");
}

#[test]
fn a_decision_needs_the_pin_and_what_was_shown_and_happens_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (alex, sam, item) = sam_is_asked(folder.path());
    let pages = Pages::of(&sam);
    let page = format!("/item/{}", text(&item, "id"));
    let approve = format!("{page}/approve");
    let form = pages.hidden(&page, "form");
    let digest = pages.hidden(&page, "digest");
    assert_eq!(digest, text(&item, "digest"), "a page is bound to what `show` shows");

    let wrong = pages.post(&approve, &[("form", &form), ("digest", &digest), ("pin", "000000")]);
    assert_eq!(wrong.status, 403, "{wrong:?}");
    assert!(wrong.body.contains("role=\"alert\""), "{wrong:?}");
    is_audited(&sam, "approve", "wrong_pin");
    let other = format!("sha256:{}", "0".repeat(64));
    let changed = pages.post(&approve, &[("form", &form), ("digest", &other), ("pin", PIN)]);
    assert_eq!(changed.status, 409, "{changed:?}");
    is_audited(&sam, "approve", "item_changed");
    still_waits(&sam, &item);

    let yes = [("form", form.as_str()), ("digest", &digest), ("pin", PIN)];
    assert_eq!(pages.post(&approve, &yes).status, 303);
    comes_to(&alex, text(&item, "conversation"), "confirmed");
    let replayed = pages.post(&approve, &yes);
    assert_eq!(replayed.status, 404, "{replayed:?}");
    is_audited(&sam, "approve", "unknown_item");
    let by_command = sam.owner(&["approve", text(&item, "id"), "--digest", &digest]);
    assert_eq!(by_command.failed(3), "unknown_item");

    let agreed = pages.get(&format!("/agreement/{}", text(&item, "conversation")));
    assert!(agreed.head.contains("attachment"), "{agreed:?}");
    let file = sam.file_with("agreement", &agreed.body);
    assert_eq!(sam.owner(&["verify", file.to_str().expect("a path")]).done().one()["valid"], true);
}

#[test]
fn guesses_at_the_pin_have_to_wait_at_every_door_together() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_alex, sam, item) = sam_is_asked(folder.path());
    let pages = Pages::of(&sam);
    let approve = format!("/item/{}/approve", text(&item, "id"));
    let form = pages.hidden("/", "form");
    let guess = |pin: &str| pages.post(&approve, &[("form", &form), ("digest", text(&item, "digest")), ("pin", pin)]);
    for number in 0..5 {
        assert_eq!(guess(&format!("00000{number}")).status, 403);
    }
    let right = guess(PIN);
    assert_eq!(right.status, 403, "the wait tells nobody whether a guess was right");
    let by_command = sam.owner(&["approve", text(&item, "id"), "--digest", text(&item, "digest")]);
    assert_eq!(by_command.failed(5), "pin_wait", "the other door is no way around");
    is_audited(&sam, "approve", "wrong_pin");
    is_audited(&sam, "approve", "pin_wait");
    still_waits(&sam, &item);
}

#[test]
fn a_snoozed_item_is_out_of_sight_and_can_still_be_decided_and_news_brings_it_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let (alex, sam, item) = sam_is_asked(folder.path());
    let id = text(&item, "id");
    assert_eq!(sam.owner(&["snooze", id, "--until", "2020-01-01T00:00Z"]).failed(5), "too_soon");
    assert_eq!(sam.owner(&["snooze", id, "--for", "52w"]).failed(5), "too_late");
    assert_eq!(sam.agent_runs(&["snooze", id, "--for", "1h"]).failed(5), "owner_only");
    let _ = sam.owner(&["snooze", id, "--for", "2h"]).done();
    let listed = waits_for(&sam, "incoming");
    assert!(listed["snoozed_until"].is_string() && listed["digest"] == item["digest"], "{listed}");
    let pages = Pages::of(&sam);
    assert!(pages.get("/").body.contains("Nothing waits for you."), "out of sight");
    let _ = alex.owner(&["reply", text(&item, "conversation"), "or rather not?"]).done();
    wait_for("the item to be back", PATIENCE, || waits_for(&sam, "incoming")["snoozed_until"].is_null().then_some(()));
    let form = pages.hidden("/", "form");
    let page = format!("/item/{id}");
    let digest = pages.hidden(&page, "digest");
    let before_it = [("form", form.as_str()), ("digest", text(&item, "digest")), ("later", "hour")];
    let unseen = pages.post(&format!("{page}/snooze"), &before_it);
    assert!(unseen.status == 409 && unseen.body.contains("changed since it was shown"), "{unseen:?}");
    assert!(waits_for(&sam, "incoming")["snoozed_until"].is_null(), "news is not put out of sight unseen");
    let hour = [("form", form.as_str()), ("digest", &digest), ("later", "hour")];
    assert_eq!(pages.post(&format!("{page}/snooze"), &hour).status, 303);
    assert!(waits_for(&sam, "incoming")["snoozed_until"].is_string());
    let no = [("form", form.as_str()), ("digest", &digest), ("reply", "Not this week")];
    assert_eq!(pages.post(&format!("{page}/reject"), &no).status, 303);
    comes_to(&alex, text(&item, "conversation"), "rejected");
}

#[test]
fn one_person_cannot_fill_the_list() {
    let folder = tempfile::tempdir().expect("a folder");
    let (alex, sam) = two_on_loopback(folder.path());
    for number in 0..7 {
        let _ = alex.owner(&["ask", "sam", &format!("question {number}?")]).done();
    }
    let lines = wait_for("seven items", PATIENCE, || {
        let pending = sam.owner(&["pending"]).done().lines;
        (pending.len() == 7).then_some(pending)
    });
    assert_eq!(lines.iter().filter(|line| line["folded"] == true).count(), 2, "{lines:?}");
    assert!(Pages::of(&sam).get("/").body.contains("2 more, from people of whom enough waits above"));
}

#[test]
fn what_was_not_edited_is_sent_as_it_was_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let (alex, sam) = two_on_loopback(folder.path());
    let terms = r#"{"terms":{"subject":"Dinner","time":"2035-02-10T19:00Z","place":" The Old Mill ","dress":""}}"#;
    let _ = alex.owner(&["propose", "sam", "schedule.meeting", "--payload", terms]).done();
    let item = shows(&sam, &waits_for(&sam, "incoming"));
    let pages = Pages::of(&sam);
    let id = text(&item, "id");
    let form = pages.hidden("/", "form");
    let fields = [
        ("form", form.as_str()),
        ("digest", text(&item, "digest")),
        ("edit", "1"),
        ("t.subject", " Supper "),
        ("t.time", "2035-02-10T19:00Z"),
        ("t.place", " The Old Mill "),
        ("t.dress", ""),
        ("pin", PIN),
    ];
    assert_eq!(pages.post(&format!("/item/{id}/approve"), &fields).status, 303);
    let offer = shows(&alex, &waits_for(&alex, "incoming"));
    assert_eq!(offer["terms"]["subject"], "Supper");
    assert_eq!((&offer["terms"]["place"], &offer["terms"]["dress"]), (&" The Old Mill ".into(), &"".into()), "{offer}");
}
