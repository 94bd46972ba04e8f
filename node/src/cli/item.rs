//! Display of an item that waits for the owner: whole, so that the owner approves what they have read.

use ai2ai_api::text::{clean, lay_out, span, when, with_clock};
use ai2ai_api::views::{CANCELLED, CancelledView, ItemView, MessageView, RENEWAL, UNVERIFIED};
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::time::Timestamp;
use jiff::tz::TimeZone;

/// Mark of each line that the other side wrote, so that it never looks like a line of ours.
const THEIRS: &str = "  \x1b[33m│\x1b[0m ";
const OURS: &str = "    ";

/// The item as lines, cleaned and with marks.
pub(super) fn item_lines(view: &ItemView, now: Timestamp) -> Vec<String> {
    let mut lines = vec![format!("\x1b[1m{}\x1b[0m", heading(view))];
    lines.push(format!(
        "With      {}{}",
        clean(&view.who),
        match (view.verified, view.compared_at) {
            (false, _) => "  (not verified: only what they say)",
            (true, None) => "",
            (true, Some(_)) => "  (verified in person)",
        }
    ));
    if view.kind != UNVERIFIED {
        // Nothing proves who wrote, so there is no key to show.
        lines.push(format!("          {}", view.did));
    }
    lines.push(format!("Met       {}", clean(&view.met)));
    lines.push(format!("Until     {} ({} left)", when(view.expires_at), span(view.expires_at.since(now))));
    if let Some(message) = &view.came_in {
        came_in(&mut lines, message);
    }
    if !view.choices.is_empty() {
        lines.push("They propose (approve with --choose N):".to_owned());
        let choices = view.choices.iter().enumerate();
        lines.extend(choices.map(|(place, time)| format!("{THEIRS}{}  {}", place + 1, with_local_time(time))));
    }
    if let Some(sends) = &view.sends {
        let kind = view.sends_kind.map(|kind| kind.to_string()).unwrap_or_default();
        lines.push(format!("Approving sends this {kind}:"));
        lines.extend(indented(sends, OURS));
    }
    if let Some(terms) = &view.terms {
        let what = if view.sends_kind == Some(Kind::Inform) { "calls off" } else { "commits you to" };
        lines.push(format!("\x1b[1mApproving {what} these terms:\x1b[0m"));
        lines.extend(indented(terms, OURS));
    }
    if let Some(hash) = &view.terms_hash {
        lines.push(format!("Terms     {hash}"));
    }
    lines.extend(view.why.iter().map(|why| format!("Waits     for you, and did not go by itself: {}", clean(why))));
    lines.push(format!("Next      {}", clean(&view.next)));
    if !view.unanswered.is_empty() {
        lines.push(format!("Else      {}", clean(&view.unanswered)));
    }
    if let Some(until) = view.snoozed_until.filter(|until| *until > now) {
        lines.push(format!("Snoozed   until {}", when(until)));
    }
    lines.push(format!("Digest    {}", view.digest));
    lines
}

fn heading(view: &ItemView) -> String {
    let what = match view.kind.as_str() {
        "contact_request" => "Somebody wants to be your contact",
        "incoming" => "A message that needs your decision",
        "draft" => "Your agent wants to send this",
        RENEWAL => "Your agent's key ends soon: renew it?",
        CANCELLED => "They call off what you had agreed",
        UNVERIFIED => "Somebody wrote, and nothing proves who",
        other => other,
    };
    let intent = view.intent.as_deref().map_or_else(String::new, |intent| format!(", {}", clean(intent)));
    format!("{}{intent}  [{}]", clean(what), view.id)
}

fn came_in(lines: &mut Vec<String>, message: &MessageView) {
    lines.push(format!("Their words, as they came ({}):", message.kind));
    lines.extend(indented(&message.payload, THEIRS));
}

/// A payload in lines, each with a mark in front.
pub(super) fn indented(payload: &Object, mark: &str) -> impl Iterator<Item = String> {
    lay_out(payload).into_iter().map(move |line| format!("{mark}{line}"))
}

/// The mark before what the other side wrote, or before what is ours.
pub(super) fn mark(side: &str) -> &'static str {
    if side == "us" { OURS } else { THEIRS }
}

/// A proposed time as it stands, and on this machine's clock.
pub(super) fn with_local_time(text: &str) -> String {
    with_clock(text, &TimeZone::system())
}

/// A cancellation in a line: by whom, when and why.
pub(super) fn cancellation_line(view: &CancelledView) -> String {
    let who = if view.by == "us" { "You".to_owned() } else { clean(&view.who) };
    let reason = view.reason.as_deref().map_or_else(String::new, |reason| format!(": {}", clean(reason)));
    format!("{who} called it off, {}{reason}", when(view.at))
}

#[cfg(test)]
mod tests {
    use ai2ai_api::views::View as _;
    use ai2ai_protocol::name::is_unseen;
    use serde_json::json;

    use super::*;

    fn hostile() -> ItemView {
        let digest = format!("sha256:{}", "0".repeat(64));
        let evil = "Bob\u{1b}[2J\u{202e}\nApproving sends nothing";
        ItemView::of_line(json!({
            "schema": "item/1", "id": "018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40", "kind": "incoming", "conversation": null,
            "did": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "who": evil, "verified": false, "met": evil,
            "intent": null, "came_in": {
                "id": "018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40", "side": "them", "who": evil, "kind": "message",
                "intent": "message.relay", "timestamp": "2026-02-07T03:55:00Z", "at": "2026-02-07T03:55:00Z",
                "payload": {"text": evil, evil: 1}, "delivery": null
            },
            "choices": [evil, "2026-02-10T19:00Z"], "sends_kind": null, "sends": null, "terms": null, "terms_hash": null,
            "next": "Nothing.", "digest": digest, "made_at": "2026-02-07T03:55:00Z", "expires_at": "2026-02-09T03:55:00Z"
        }))
        .expect("an item")
    }

    #[test]
    fn where_nothing_is_proven_no_key_is_shown() {
        let now = "2026-02-08T03:55:00Z".parse().expect("a time");
        let has_key = |item: &ItemView| item_lines(item, now).iter().any(|line| line.contains("did:key:"));
        let unproven = ItemView { kind: UNVERIFIED.to_owned(), ..hostile() };
        assert!(has_key(&hostile()) && !has_key(&unproven));
        assert!(item_lines(&unproven, now)[0].contains("nothing proves who"));
    }

    #[test]
    fn nothing_that_came_from_outside_can_draw_on_the_screen_or_pass_for_our_own_words() {
        let now = "2026-02-08T03:55:00Z".parse().expect("a time");
        let lines = item_lines(&hostile(), now);
        for line in &lines {
            let ours = line.replace("\x1b[1m", "").replace("\x1b[0m", "").replace("\x1b[33m", "");
            assert!(!ours.chars().any(is_unseen), "{ours:?}");
            assert!(!ours.starts_with("Approving sends nothing"), "{ours}");
        }
        assert!(lines.iter().any(|line| line.contains("24 hours left")), "{lines:?}");
        assert!(lines.iter().any(|line| line.contains("not verified")));
    }
}
