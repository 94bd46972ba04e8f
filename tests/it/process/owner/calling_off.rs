//! A dinner is called off on the pages: the form, the PIN, and what both sides are shown.

use ai2ai_tests::laptop::PIN;
use ai2ai_tests::pages::Pages;
use ai2ai_tests::steps::{conversation, dinner, knows_it_is_off, text, two_on_loopback, waits_for};
use serde_json::{Value, json};

#[test]
fn it_is_called_off_and_noted_on_the_pages() {
    let folder = tempfile::tempdir().expect("a folder");
    let (alex, sam) = two_on_loopback(folder.path());
    let id = dinner(&alex, &sam);
    let path = format!("/conversation/{id}");
    let post = format!("/conversation/{id}/cancel");
    let browser = Pages::of(&alex);
    let form = browser.hidden(&path, "form");
    assert!(browser.get(&path).body.contains("Call it off"));
    let wrong = browser.post(&post, &[("form", &form), ("reply", "No"), ("pin", "999999")]);
    assert_eq!(wrong.status, 403, "{wrong:?}");
    let forged = browser.post(&post, &[("form", "forged"), ("pin", PIN)]);
    assert_eq!(forged.status, 403, "{forged:?}");
    assert!(conversation(&alex, &id)["pending_act"].is_null() && conversation(&alex, &id)["cancelled"] == json!([]));
    let posted = browser.post(&post, &[("form", &form), ("reply", "I can't"), ("pin", PIN)]);
    assert_eq!(posted.status, 303, "{posted:?}");
    knows_it_is_off(&alex, &id, &["us"]);
    let page = browser.get(&path).body;
    assert!(page.contains("called it off on") && !page.contains("/cancel\""), "{page}");
    assert!(browser.get("/agreements").body.contains("called off"));

    knows_it_is_off(&sam, &id, &["them"]);
    let notice = waits_for(&sam, "cancelled");
    let path = format!("/item/{}", text(&notice, "id"));
    let others = Pages::of(&sam);
    let page = others.get(&path).body;
    assert!(
        page.contains("calls off what you had agreed") && page.contains("I can&#39;t") | page.contains("I can't"),
        "{page}"
    );
    assert!(!page.contains("type=\"password\""), "nothing is decided, so no PIN is asked for");
    let fields = [("form", others.hidden(&path, "form")), ("digest", others.hidden(&path, "digest"))];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let noted = others.post(&format!("{path}/reject"), &fields);
    assert!(noted.status == 303 && noted.head.contains("/?done=noted"), "{noted:?}");
    assert_eq!(sam.owner(&["pending"]).done().lines, Vec::<Value>::new());
}
