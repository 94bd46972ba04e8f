//! What strangers would try in the words that a page shows.

use ai2ai_api::door::LISTED;
use ai2ai_api::views::{ConversationLine, ConversationView, ItemView, OutboxView, PendingView, View as _};
use ai2ai_protocol::name::is_unseen;
use serde_json::{Value, json};

use super::*;
use crate::corpus::{HOSTILE, MARK, huge, is_plain};

const EVIL: &str = "Bob\u{1b}[2J\u{202e}\"'><script>alert(1)</script>\n</section><h2>Approved</h2>\u{200b}";

fn frame() -> PageFrame {
    PageFrame {
        place: NavigationPlace::Inbox,
        human: EVIL.to_owned(),
        pending: 1,
        has_pin: true,
        form: "secret".to_owned().into(),
    }
}

fn hostile(more: Value) -> ItemView {
    hostile_by(EVIL, more)
}

/// An item of somebody who says this wherever they can.
fn hostile_by(evil: &str, more: Value) -> ItemView {
    let mut line = json!({
        "schema": "item/1", "id": "018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40", "kind": "incoming", "conversation": null,
        "did": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "who": evil, "verified": true, "met": evil,
        "intent": evil, "came_in": {
            "id": "018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40", "side": "them", "who": evil, "kind": "message",
            "intent": "message.relay", "timestamp": "2026-02-07T03:55:00Z", "at": "2026-02-07T03:55:00Z",
            "payload": {"text": evil, evil: [evil, {evil: evil}]}, "delivery": null
        },
        "choices": [evil], "sends_kind": null, "sends": null, "terms": {evil: evil, "n": 7}, "terms_hash": null,
        "next": evil, "digest": format!("sha256:{}", "0".repeat(64)), "made_at": "2026-02-07T03:55:00Z",
        "expires_at": "2026-02-09T03:55:00Z"
    });
    if let (Value::Object(line), Value::Object(more)) = (&mut line, more) {
        line.extend(more);
    }
    ItemView::of_line(line).expect("an item")
}

fn is_harmless(page: &Markup) {
    let text = &page.0;
    assert!(!text.contains("<script>") && text.matches("<script").count() == 1, "{text}");
    assert!(!text.contains("<h2>Approved") && !text.contains("\"'><"), "{text}");
    assert!(!text.chars().any(|c| is_unseen(c) && c != '\n'), "{text}");
    assert!(!text.contains("style=") && !text.contains(" onclick") && !text.contains("javascript:"), "{text}");
}

#[test]
fn their_words_are_escaped_cleaned_and_fenced() {
    let now = "2026-02-08T03:55:00Z".parse().expect("a time");
    let page = item(&frame(), &hostile(json!({})), now, None);
    is_harmless(&page);
    let fence = page.0.find("class=\"theirs\"").expect("a fence");
    assert!(page.0[fence..].contains("&lt;script&gt;alert(1)"), "{}", page.0);
    let draft =
        json!({"kind": "draft", "verified": false, "terms": null, "sends": {"text": EVIL}, "sends_kind": "message"});
    is_harmless(&item(&frame(), &hostile(draft), now, None));
    let line = PendingView::of_line(json!({
        "schema": "pending/1", "id": "018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40", "conversation": null, "kind": EVIL, "who": EVIL,
        "intent": EVIL, "summary": EVIL, "digest": format!("sha256:{}", "0".repeat(64)), "expires_at": "2026-02-09T03:55:00Z"
    }));
    is_harmless(&inbox(&frame(), &[line.expect("a line")], Some(EVIL)));
}

/// The elements of a page and their attributes, without what people wrote: its text, and the values that fields begin with.
fn elements(page: &str) -> Vec<String> {
    let without_values = |element: &str| {
        let mut parts = element.split('"');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.skip(1).step_by(2).fold(first, |names, name| names + name)
    };
    page.split('<').skip(1).map(|part| without_values(part.split('>').next().unwrap_or_default())).collect()
}

#[test]
fn what_hostile_people_write_adds_no_element_and_no_attribute() {
    let now = "2026-02-08T03:55:00Z".parse().expect("a time");
    let page_of = |text: &str| item(&frame(), &hostile_by(text, json!({"choices": []})), now, None).0;
    // Terms with something unseen in them are not to be edited: they have no fields.
    let innocent: Vec<Vec<String>> = (1..9)
        .flat_map(|lines| {
            ["zanzibar", "zanzi\u{200b}bar"].map(|line| elements(&page_of(&vec![line; lines].join("\n"))))
        })
        .collect();
    let huge = huge();
    for (tries, text) in HOSTILE.iter().chain([&("something huge", &*huge)]) {
        let page = page_of(text);
        assert!(page.contains(MARK) && is_plain(&page), "{tries}: {page}");
        assert!(innocent.contains(&elements(&page)), "{tries}: {page}");
    }
}

#[test]
fn every_form_brings_its_secret_and_every_field_has_a_label() {
    let now = "2026-02-08T03:55:00Z".parse().expect("a time");
    let page = item(&frame(), &hostile(json!({"choices": ["2026-02-10T19:00Z"], "terms": null})), now, None).0;
    let forms = page.matches("<form").count();
    assert!(forms >= 5, "{page}");
    assert_eq!(page.matches("name=\"form\" value=\"secret\"").count(), forms);
    assert_eq!(page.matches("name=\"digest\"").count(), forms - 1, "all but the lock are bound to what is shown");
    for id in page.split("id=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        let is_field =
            page.contains(&format!("<input id=\"{id}\"")) || page.contains(&format!("<textarea id=\"{id}\""));
        assert!(!is_field || page.contains(&format!("for=\"{id}\"")), "{id} has no label");
    }
    assert_eq!(page.matches("type=\"password\"").count(), 2, "the PIN is asked for wherever something is approved");
}

#[test]
fn a_field_that_a_line_cannot_hold_as_it_is_cannot_be_edited() {
    let terms = json!({"terms": {"subject": "Dinner", "minutes": 90, "place": "a\u{202e}b", "list": [1]}});
    let view = hostile(terms);
    let now = "2026-02-08T03:55:00Z".parse().expect("a time");
    let page = item(&frame(), &view, now, None).0;
    assert!(page.contains("name=\"t.subject\"") && page.contains("name=\"t.minutes\""), "{page}");
    assert!(!page.contains("name=\"t.place\"") && !page.contains("name=\"t.list\""), "{page}");
}

#[test]
fn a_key_that_ends_is_renewed_by_the_pin_and_nobody_is_blocked_for_it() {
    let now = "2026-02-08T03:55:00Z".parse().expect("a time");
    let plain = json!({"kind": "renewal", "who": "your own agent", "intent": null, "came_in": null, "choices": [], "terms": null});
    let page = item(&frame(), &hostile(plain), now, None).0;
    assert!(page.contains("Renew it") && page.contains("type=\"password\"") && page.contains("/snooze"), "{page}");
    assert!(!page.contains("/block") && !page.contains("your contact"), "{page}");
}

#[test]
fn what_was_called_off_is_noted_without_a_pin_and_their_reason_stays_theirs() {
    let now = "2026-02-08T03:55:00Z".parse().expect("a time");
    let notice = json!({"kind": "cancelled", "choices": [], "terms": null, "unanswered": EVIL});
    let page = item(&frame(), &hostile(notice), now, None);
    is_harmless(&page);
    assert!(page.0.contains("calls off what you had agreed") && page.0.contains(">Noted<"), "{}", page.0);
    assert!(!page.0.contains("type=\"password\"") && !page.0.contains("You can decide until"), "{}", page.0);

    let talk = |cancelled: Value| {
        let line = json!({
            "schema": "conversation/1", "id": "018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40", "with": EVIL,
            "did": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "intent": "schedule.meeting", "state": "confirmed",
            "terms": {"subject": EVIL}, "terms_hash": format!("sha256:{}", "0".repeat(64)), "terms_by": "them",
            "pending_act": null, "cancelled": cancelled, "not_cancelled": EVIL, "messages": [],
        });
        conversation(&frame(), &ConversationView::of_line(line).expect("a conversation"), None)
    };
    let by = json!({
        "by": "them", "who": EVIL, "at": "2026-02-07T03:55:00Z", "reason": EVIL,
        "message": "018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40",
    });
    let off = talk(json!([by]));
    is_harmless(&off);
    assert!(off.0.contains(">called off<") && !off.0.contains("/cancel\""), "{}", off.0);
    let on = talk(json!([]));
    is_harmless(&on);
    assert!(on.0.contains("/cancel\"") && on.0.contains("id=\"pin-cancel\""), "{}", on.0);
}

#[test]
fn the_words_that_go_with_terms_are_shown_beside_them() {
    let now = "2026-02-08T03:55:00Z".parse().expect("a time");
    let terms = json!({"subject": "Dinner"});
    let sends = json!({"terms": terms, "text": "and I also sell you my car"});
    let draft = json!({"kind": "draft", "choices": [], "terms": terms, "sends": sends, "sends_kind": "response"});
    let page = item(&frame(), &hostile(draft), now, None).0;
    assert!(page.contains("commits you to these terms") && page.contains("also sell you my car"), "{page}");
    let confirm = json!({"terms": terms, "sends": {"terms_hash": "sha256:00"}, "sends_kind": "confirm", "choices": []});
    let page = item(&frame(), &hostile(confirm), now, None).0;
    assert!(!page.contains("Approving also sends"), "{page}");
}

#[test]
fn no_button_says_less_than_it_does_or_more() {
    let now = "2026-02-08T03:55:00Z".parse().expect("a time");
    let page = |more: Value| item(&frame(), &hostile_by("Bob", more), now, None).0;
    let asked = json!({
        "choices": [], "terms": null, "intent": "privacy.forget", "came_in": {
            "id": "018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40", "side": "them", "who": "Bob", "kind": "inform", "intent": "privacy.forget",
            "timestamp": "2026-02-07T03:55:00Z", "at": "2026-02-07T03:55:00Z", "payload": {"everything": true}, "delivery": null
        },
    });
    let forget = page(asked);
    assert!(forget.contains(">Erase it<") && !forget.contains(">Noted<"), "{forget}");
    assert!(!forget.contains("name=\"reply\""), "nobody is answered, with or without words: {forget}");
    let unproven = page(json!({"kind": "unverified", "verified": false, "choices": [], "terms": null}));
    assert!(unproven.contains(">Noted<") && !unproven.contains(">Approve<"), "{unproven}");
    assert!(!unproven.contains("did:key:"), "there is no key to show: {unproven}");
}

#[test]
fn what_nothing_proves_is_no_proof_and_what_is_kept_for_its_owner_is_said_to_be() {
    let line = json!({
        "schema": "conversation/1", "id": "018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40", "with": "Bob",
        "did": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "intent": "schedule.meeting", "state": "confirmed",
        "terms": {"time": "2026-02-10T19:00Z"}, "terms_hash": null, "terms_by": null, "pending_act": null, "messages": [],
    });
    let page = conversation(&frame(), &ConversationView::of_line(line).expect("a conversation"), None).0;
    assert!(page.contains("nothing here proves") && !page.contains("both approvals"), "{page}");
    assert!(!page.contains("/agreement/") && !page.contains("/cancel\""), "{page}");
    let row = json!({
        "schema": "outbox/1", "id": "018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40", "to": EVIL, "about": EVIL, "kind": "message",
        "conversation": "018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40", "state": "sent", "custody": [], "attempts": 1, "held": true,
        "next_attempt_at": "2026-02-07T03:55:00Z", "last_error": EVIL, "expires_at": "2026-02-09T03:55:00Z",
    });
    let page = outbox(&frame(), &[OutboxView::of_line(row).expect("a row")], &[]);
    is_harmless(&page);
    assert!(
        page.0.contains("tried 1 time ·") && page.0.contains("next try: ") && page.0.contains("lets you in"),
        "{}",
        page.0
    );
}

#[test]
fn a_list_that_goes_on_says_so() {
    let line = json!({
        "schema": "conversation_line/1", "id": "018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40", "with": "Bob",
        "did": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "intent": "schedule.meeting", "state": "rejected",
        "subject": null, "terms_hash": null, "touched_at": "2026-02-07T03:55:00Z", "cancelled": false,
    });
    let all = vec![ConversationLine::of_line(line).expect("a line"); LISTED];
    let older = "/conversations?before=018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40";
    assert!(conversations(&frame(), &all).0.contains(older));
    assert!(!conversations(&frame(), &all[1..]).0.contains("before="));
    assert!(
        agreements(&frame(), &all).0.contains("Only the latest 1000"),
        "none is agreed among those, which says nothing of others"
    );
}
