//! Tests of the full-screen inbox: keys in, screens out, without a terminal.

use ai2ai_api::views::{ItemView, PendingView, View as _};
use ai2ai_protocol::name::is_unseen;
use ai2ai_protocol::time::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use serde_json::json;
use zeroize::Zeroizing;

use super::draw::draw;
use super::state::{Action, PressedKey, Prompt, ScreenState};

const EVIL: &str = "Dinner\u{1b}[2J\u{202e}\nApproving sends nothing";

fn at() -> Timestamp {
    "2026-02-07T03:55:00Z".parse().expect("a time")
}

fn id(n: u8) -> String {
    format!("018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f{n:02}")
}

fn line(n: u8) -> PendingView {
    PendingView::of_line(json!({
        "schema": "pending/1", "id": id(n), "conversation": null, "kind": "incoming", "who": "Alex", "intent": "schedule.meeting",
        "summary": EVIL, "digest": format!("sha256:{}", "0".repeat(64)), "expires_at": "2026-02-14T03:55:00Z"
    }))
    .expect("a line")
}

fn item(choices: &[&str]) -> ItemView {
    ItemView::of_line(json!({
        "schema": "item/1", "id": id(1), "kind": "incoming", "conversation": null,
        "did": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "who": "Alex", "verified": true, "met": "mdns",
        "intent": null, "came_in": null, "choices": choices, "sends_kind": null, "sends": null, "terms": null,
        "terms_hash": null, "next": EVIL, "digest": format!("sha256:{}", "0".repeat(64)),
        "made_at": "2026-02-07T03:55:00Z", "expires_at": "2026-02-14T03:55:00Z"
    }))
    .expect("an item")
}

fn screen(state: &ScreenState) -> String {
    let mut terminal = Terminal::new(TestBackend::new(100, 30)).expect("a screen");
    terminal.draw(|frame| draw(frame, state, at())).expect("drawn");
    terminal.backend().to_string()
}

fn presses(state: &mut ScreenState, keys: &str) -> Option<Action> {
    keys.chars()
        .map(|c| state.press(if c == '\n' { PressedKey::Enter } else { PressedKey::Char(c) }, at()))
        .last()
        .flatten()
}

#[test]
fn the_list_is_walked_and_what_waits_is_looked_at() {
    let mut state = ScreenState::default();
    assert!(screen(&state).contains("Nothing waits for you."));
    assert_eq!(state.press(PressedKey::Enter, at()), None, "nothing to look at");
    let snoozed = PendingView { snoozed_until: Some(at()), ..line(3) };
    state.set_items(vec![line(1), line(2), snoozed]);
    let drawn = screen(&state);
    assert!(drawn.contains("Alex") && drawn.contains("1 more are snoozed"), "{drawn}");
    assert!(!drawn.chars().any(|c| is_unseen(c) && c != '\n'), "{drawn}");
    for _ in 0..5 {
        state.press(PressedKey::Down, at());
    }
    assert_eq!(state.press(PressedKey::Enter, at()), Some(Action::Show(id(2))));
    state.set_items(vec![line(2)]);
    assert_eq!(state.press(PressedKey::Enter, at()), Some(Action::Show(id(2))), "the selection stays with its item");
    state.set_items(Vec::new());
    assert_eq!(state.press(PressedKey::Enter, at()), None);
    assert_eq!(state.press(PressedKey::Char('q'), at()), Some(Action::Leave));
}

#[test]
fn nothing_is_approved_without_a_choice_and_the_pin() {
    let mut state = ScreenState { has_pin: true, ..ScreenState::default() };
    state.open(item(&["2026-02-10T19:00Z", "2026-02-11T19:00Z"]));
    assert_eq!(presses(&mut state, "a"), None);
    assert!(screen(&state).contains("Choose one of their times first"));
    assert_eq!(presses(&mut state, "3"), None);
    assert!(screen(&state).contains("There is no choice 3"));
    assert_eq!(presses(&mut state, "2a"), None);
    assert_eq!(presses(&mut state, "294 77"), None);
    let drawn = screen(&state);
    assert!(drawn.contains("PIN: ••••••▏") && !drawn.contains("294"), "{drawn}");
    state.press(PressedKey::Erase, at());
    let pin = Some(Zeroizing::new("294 71".to_owned()));
    let digest = format!("sha256:{}", "0".repeat(64));
    assert_eq!(presses(&mut state, "1\n"), Some(Action::Approve { id: id(1), digest, choose: Some(2), pin }));

    state.open(item(&["2026-02-10T19:00Z"; 12]));
    for (keys, chosen) in [("1", Some(1)), ("2", Some(12)), ("3", Some(3)), ("1", Some(1)), ("0", Some(10))] {
        assert_eq!((presses(&mut state, keys), state.choice), (None, chosen), "{keys}");
    }
    state.press(PressedKey::Erase, at());
    assert_eq!(state.choice, None);

    state.open(item(&[]));
    assert_eq!(presses(&mut state, "a2\u{1b}"), None);
    state.press(PressedKey::Back, at());
    assert_eq!(state.prompt, None, "Esc leaves the PIN");
    assert!(state.item.is_some(), "and only that");
}

#[test]
fn a_no_takes_a_reason_and_later_is_one_of_what_is_offered() {
    let mut state = ScreenState::default();
    state.open(item(&[]));
    let digest = format!("sha256:{}", "0".repeat(64));
    let reply = Some("busy".to_owned());
    assert_eq!(presses(&mut state, "rbusy\n"), Some(Action::Reject { id: id(1), digest: digest.clone(), reply }));
    assert_eq!(presses(&mut state, "r \n"), Some(Action::Reject { id: id(1), digest: digest.clone(), reply: None }));
    assert_eq!(presses(&mut state, "s9"), None, "nothing is offered there");
    assert!(matches!(&state.prompt, Some(Prompt::Later(offered)) if !offered.is_empty()));
    match presses(&mut state, "1") {
        Some(Action::Snooze { id: of, until, .. }) => assert!(of == id(1) && until > at(), "{until}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(
        presses(&mut state, "a"),
        Some(Action::Approve { id: id(1), digest, choose: None, pin: None }),
        "no PIN is set"
    );
}

#[test]
fn their_words_cannot_draw_on_the_screen() {
    let mut state = ScreenState::default();
    state.open(item(&[EVIL]));
    let drawn = screen(&state);
    assert!(!drawn.chars().any(|c| is_unseen(c) && c != '\n'), "{drawn}");
    assert!(!drawn.lines().any(|line| line.trim_start_matches('"').starts_with("Approving sends nothing")), "{drawn}");
    for _ in 0..100 {
        state.press(PressedKey::Down, at());
    }
    let _ = screen(&state);
}
