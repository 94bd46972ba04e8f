//! Text of a notification. What others wrote is cleaned, marked line by line, and cut: it never passes for ours, and never is markup.

use ai2ai_api::text::{brief, clean, lay_out_in};
use ai2ai_api::views::{CANCELLED, ItemView, RENEWAL, UNVERIFIED};
use ai2ai_home::config::notify::Show;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::time::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::node::{ItemOutcome, Waiting, WaitingItem};

/// Characters of one item's text. Telegram takes 4,096 UTF-16 units, ntfy 4,096 bytes.
const TEXT_CHARS: usize = 900;
/// Characters of a line.
const LINE_CHARS: usize = 200;
/// Lines of what they wrote, or of what would be sent.
const LINES: usize = 12;
/// Items that one notification names; further ones are counted.
pub(crate) const NAMED: usize = 5;
/// What begins each line that the other side wrote.
const THEIRS: &str = "│ ";
/// What begins each line that would be sent or agreed to: its names and words may be theirs as well.
const OURS: &str = "  ";
/// What notifications are called.
pub(crate) const TITLE: &str = "AI2AI";

/// What the owner is told at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnerNotice {
    /// Its name: the same one when it is tried again.
    pub(crate) id: String,
    /// When it was put together.
    pub(crate) at: Timestamp,
    /// Whether it was told before and stayed unanswered.
    pub(crate) is_second: bool,
    /// What waits: at most [`NAMED`].
    pub(crate) items: Vec<NoticeItem>,
    /// What waits besides, and is only counted.
    pub(crate) more: Vec<Waiting>,
    /// How much may be told.
    pub(crate) show: Show,
}

/// What a tap on a phone can do with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taps {
    /// Note it: there is nothing to decide.
    Note,
    /// Decide it: what an approval would do was told, whole.
    Decide,
    /// Reject it or put it off: it would let a stranger in, and nobody does that in passing; or not all of it was told.
    Refuse,
    /// Put it off, and no more: it can only be decided at this node's own doors.
    PutOff,
}

/// One item in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoticeItem {
    pub(crate) waiting: Waiting,
    /// The line that says what it is.
    pub(crate) head: String,
    /// What it is about, and what an approval would do; empty unless everything is told.
    pub(crate) body: String,
    /// How many times are proposed, of which one is to be chosen; none where an approval sends something else.
    pub(crate) choices: usize,
    /// What a tap can do with it.
    pub(crate) taps: Taps,
    /// Until when it can be decided.
    pub(crate) expires_at: Timestamp,
    /// For programs: as much of it as is told.
    data: Value,
}

impl NoticeItem {
    /// The item as far as `show` lets it be seen.
    pub(crate) fn new(view: &ItemView, show: Show, zone: &TimeZone) -> Self {
        let waiting = Waiting { id: view.id, digest: view.digest };
        let (head, body, is_whole) = match show {
            Show::Nothing => ("Something waits for your decision.".to_owned(), String::new(), false),
            Show::Who => (head(view, zone), String::new(), false),
            Show::Everything => {
                let (body, is_whole) = Body::of(view, zone).text(view);
                (head(view, zone), body, is_whole)
            }
        };
        Self {
            waiting,
            head,
            body,
            choices: if view.sends.is_none() { view.choices.len() } else { 0 },
            taps: match (show, view.kind.as_str()) {
                // Nobody decides what they were not told, and the buttons tell nothing either.
                (Show::Nothing, _) => Taps::PutOff,
                (Show::Who | Show::Everything, CANCELLED) => Taps::Note,
                (Show::Who | Show::Everything, kind) if is_whole && kind != "contact_request" => Taps::Decide,
                (Show::Who | Show::Everything, _) => Taps::Refuse,
            },
            expires_at: view.expires_at,
            data: data(view, show),
        }
    }

    /// The same, of any item.
    pub(crate) fn of(item: &WaitingItem, show: Show, zone: &TimeZone) -> Self {
        let entry = Self::new(&item.view, show, zone);
        if item.is_original { Self { taps: Taps::PutOff, ..entry } } else { entry }
    }

    /// All that is told of it.
    pub(crate) fn text(&self) -> String {
        if self.body.is_empty() { self.head.clone() } else { format!("{}\n{}", self.head, self.body) }
    }
}

impl OwnerNotice {
    /// The one that `ai2ai notify test` sends.
    pub(crate) fn test(at: Timestamp) -> Self {
        Self {
            id: format!("test-{}", at.as_millis()),
            at,
            is_second: false,
            items: Vec::new(),
            more: Vec::new(),
            show: Show::Who,
        }
    }

    /// The items that it is about: whoever heard it has heard of those that it only counts, too.
    pub(crate) fn waiting(&self) -> Vec<Waiting> {
        self.items.iter().map(|item| item.waiting).chain(self.more.iter().copied()).collect()
    }

    fn is_test(&self) -> bool {
        self.items.is_empty() && self.more.is_empty()
    }

    /// What it says, whole.
    pub(crate) fn text(&self) -> String {
        if self.is_test() {
            return "This is a test: notifications reach you here.".to_owned();
        }
        let lead = self.is_second.then(|| "Still unanswered:".to_owned());
        let more = (!self.more.is_empty()).then(|| more(self.more.len()));
        lead.into_iter().chain(self.items.iter().map(NoticeItem::text)).chain(more).collect::<Vec<_>>().join("\n\n")
    }

    /// As JSON for programs, in the form that Standard Webhooks recommends. Only its members may be read: a text for people may change.
    pub(crate) fn event(&self) -> Value {
        let kind = if self.is_test() { "ai2ai.test" } else { "ai2ai.waiting" };
        let items: Vec<&Value> = self.items.iter().map(|item| &item.data).filter(|data| !data.is_null()).collect();
        json!({
            "type": kind,
            "timestamp": self.at,
            "data": {
                "waiting": self.items.len() + self.more.len(), "second": self.is_second, "items": items, "text": self.text(),
            },
        })
    }
}

/// How an item ended, as far as `show` lets it be told.
pub(crate) fn ended(outcome: ItemOutcome, show: Show, zone: &TimeZone) -> String {
    match outcome {
        ItemOutcome::Snoozed(until) => return format!("Snoozed until {}. It comes back by itself.", when(until, zone)),
        // How it ended would tell of which kind it was.
        _ if show == Show::Nothing => "It waits no more.",
        ItemOutcome::Approved => "✔ Approved.",
        ItemOutcome::Rejected => "✘ Rejected.",
        ItemOutcome::Noted => "✔ Noted.",
        ItemOutcome::Expired => "Expired, and nobody was answered for you.",
        ItemOutcome::Gone => "It waits no more.",
    }
    .to_owned()
}

/// That there is more than is named.
pub(crate) fn more(count: usize) -> String {
    format!("{count} more {} for you: ai2ai pending", if count == 1 { "thing waits" } else { "things wait" })
}

fn head(view: &ItemView, zone: &TimeZone) -> String {
    let what = match view.kind.as_str() {
        "contact_request" => "wants to be your contact",
        "incoming" => "needs your decision",
        "draft" => "is whom your agent wants to write to",
        RENEWAL => "has a key that ends soon: renew it?",
        CANCELLED => "calls off what you had agreed",
        _ => "waits",
    };
    let intent = view.intent.as_deref().map_or_else(String::new, |intent| format!(" ({})", brief(intent, LINE_CHARS)));
    if view.kind == CANCELLED {
        return format!("{} {what}. There is nothing to decide.", brief(&view.who, LINE_CHARS));
    }
    let until = when(view.expires_at, zone);
    if view.kind == UNVERIFIED {
        return format!(
            "Somebody wrote, and nothing proves who: {}{intent}. Until {until}.",
            brief(&view.who, LINE_CHARS)
        );
    }
    format!("{} {what}{intent}. Until {until}.", brief(&view.who, LINE_CHARS))
}

/// What is told of an item below its first line.
struct Body {
    lines: Vec<String>,
    /// Whether nothing was left out.
    is_whole: bool,
}

impl Body {
    fn of(view: &ItemView, zone: &TimeZone) -> Self {
        let mut body = Self { lines: Vec::new(), is_whole: true };
        if let Some(message) = &view.came_in {
            body.part("They wrote:", lay_out_in(&message.payload, zone), THEIRS);
        }
        if view.sends.is_none() && !view.choices.is_empty() {
            body.part("They propose:", (1..).zip(&view.choices).map(|(place, time)| choice(place, time, zone)), THEIRS);
        }
        let terms =
            if view.sends_kind == Some(Kind::Inform) { "Approving calls off:" } else { "Approving commits you to:" };
        for (title, object) in [("Approving sends:", &view.sends), (terms, &view.terms)] {
            if let Some(object) = object {
                body.part(title, lay_out_in(object, zone), OURS);
            }
        }
        body.lines.push(clean(&view.next));
        body
    }

    fn part(&mut self, title: &str, all: impl IntoIterator<Item = String>, mark: &str) {
        self.lines.push(title.to_owned());
        let mut all = all.into_iter();
        for line in all.by_ref().take(LINES) {
            let told = cut(&line, LINE_CHARS);
            self.is_whole &= told == line;
            self.lines.push(format!("{mark}{told}"));
        }
        let more = all.count();
        if more > 0 {
            self.is_whole = false;
            self.lines.push(format!("… and {more} more lines"));
        }
    }

    /// All of it, and whether it is; if not, where the rest is.
    fn text(self, view: &ItemView) -> (String, bool) {
        let all = self.lines.join("\n");
        let told = cut(&all, TEXT_CHARS);
        if self.is_whole && told == all {
            return (told, true);
        }
        (format!("{told}\nThere is more of it: ai2ai show {}", view.id), false)
    }
}

/// A proposed time with its place, on the owner's clock where it is one.
fn choice(place: usize, time: &str, zone: &TimeZone) -> String {
    match time.parse::<Timestamp>() {
        Ok(moment) => format!("{place}: {} ({})", when(moment, zone), clean(time)),
        Err(_) => format!("{place}: {}", clean(time)),
    }
}

/// As much of the item as is told, for programs.
fn data(view: &ItemView, show: Show) -> Value {
    let mut data = match show {
        Show::Nothing => return Value::Null,
        Show::Who | Show::Everything => json!({
            "id": view.id, "kind": view.kind, "who": clean(&view.who), "intent": view.intent, "expires_at": view.expires_at,
        }),
    };
    if show == Show::Everything {
        data["digest"] = json!(view.digest);
        data["came_in"] = json!(view.came_in.as_ref().map(|message| &message.payload));
        data["sends"] = json!(view.sends);
        data["terms"] = json!(view.terms);
    }
    data
}

/// A moment on the owner's clock.
pub(crate) fn when(moment: Timestamp, zone: &TimeZone) -> String {
    match jiff::Timestamp::from_millisecond(moment.as_millis()) {
        Ok(instant) => instant.to_zoned(zone.clone()).strftime("%a %-d %b %H:%M %Z").to_string(),
        Err(_) => moment.to_string(),
    }
}

/// At most so many characters.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use ai2ai_api::views::View as _;

    use super::*;
    use crate::corpus::{HOSTILE, MARK, huge, is_plain};

    const EVIL: &str = "<b>Bob</b>\u{1b}[2J\u{202e}\n_Approved_ [tap](tg://user?id=1) & more";

    /// Somebody who tries what a text can.
    fn hostile(kind: &str, evil: &str) -> ItemView {
        ItemView::of_line(json!({
            "schema": "item/1", "id": "018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40", "kind": kind, "conversation": null,
            "did": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "who": evil, "verified": false, "met": evil,
            "intent": "schedule.meeting", "came_in": {
                "id": "018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40", "side": "them", "who": evil, "kind": "message",
                "intent": "message.relay", "timestamp": "2026-02-07T03:55:00Z", "at": "2026-02-07T03:55:00Z",
                "payload": {"text": evil.repeat(500), evil: 1}, "delivery": null
            },
            "choices": [evil, "2026-02-10T19:00Z"], "sends_kind": "message", "sends": {"text": evil, "Next": 1}, "terms": {"subject": evil, evil: "yes"},
            "terms_hash": null,
            "next": "Nothing.", "digest": format!("sha256:{}", "0".repeat(64)), "made_at": "2026-02-07T03:55:00Z",
            "expires_at": "2026-02-09T03:55:00Z"
        }))
        .expect("an item")
    }

    pub(crate) fn notice(show: Show) -> OwnerNotice {
        notice_of(EVIL, show)
    }

    /// A notice about somebody who says this wherever they can.
    pub(crate) fn notice_of(text: &str, show: Show) -> OwnerNotice {
        about(NoticeItem::new(&hostile("incoming", text), show, &TimeZone::UTC), show)
    }

    /// The same, about somebody of whom nothing proves who they are.
    pub(crate) fn unverified(text: &str, show: Show) -> OwnerNotice {
        let item = WaitingItem { view: hostile("unverified", text), is_original: true };
        about(NoticeItem::of(&item, show, &TimeZone::UTC), show)
    }

    fn about(entry: NoticeItem, show: Show) -> OwnerNotice {
        let at = "2026-02-07T04:00:00Z".parse().expect("a time");
        let items = vec![entry.clone()];
        let more = vec![entry.waiting; 2];
        OwnerNotice { id: "n".to_owned(), at, is_second: false, items, more, show }
    }

    #[test]
    fn nothing_that_came_from_outside_hides_or_passes_for_our_words_and_it_all_has_an_end() {
        for show in [Show::Nothing, Show::Who, Show::Everything] {
            let text = notice(show).text();
            assert!(is_plain(&text), "{text:?}");
            assert!(text.chars().count() < 2_000);
            assert!(text.ends_with("2 more things wait for you: ai2ai pending"), "{text}");
        }
        let everything = notice(Show::Everything).text();
        assert!(everything.lines().all(|line| !line.starts_with("_Approved_")), "{everything}");
        assert!(everything.contains("│ ") && everything.contains("Until Mon 9 Feb 03:55 UTC."), "{everything}");
    }

    #[test]
    fn what_hostile_people_write_stays_behind_its_mark_in_every_notification() {
        let huge = huge();
        for (tries, text) in HOSTILE.iter().chain([&("something huge", &*huge)]) {
            let all = [Show::Nothing, Show::Who, Show::Everything];
            for (make, show) in [notice_of, unverified].into_iter().flat_map(|make| all.map(|show| (make, show))) {
                let notice: OwnerNotice = make(text, show);
                let told = notice.text();
                assert!(is_plain(&told) && told.chars().count() < 2_000, "{tries}: {told:?}");
                assert_eq!(told.contains(MARK), show != Show::Nothing, "{tries}: {told}");
                // The head names them, in one line; all else that may be theirs stands behind a mark, names of members too.
                for line in told.lines().skip(1).filter(|line| line.contains(MARK) || line.contains("Next")) {
                    assert!(line.starts_with(THEIRS) || line.starts_with(OURS), "{tries}: {line:?}");
                }
                let event = notice.event().to_string();
                assert!(!event.contains(['\n', '\r']), "a program reads one line: {event:?}");
                assert_eq!(event.contains("came_in"), show == Show::Everything);
            }
        }
    }

    #[test]
    fn it_is_said_of_whom_nothing_is_proven_unless_nothing_is_told() {
        for (show, is_said) in [(Show::Nothing, false), (Show::Who, true), (Show::Everything, true)] {
            let notice = unverified("Bob", show);
            let told = notice.text();
            let event = notice.event();
            assert_eq!(told.contains("nothing proves who: Bob (schedule.meeting)"), is_said, "{told}");
            assert_eq!(event["data"]["items"][0]["kind"] == "unverified", is_said, "{event}");
        }
    }

    #[test]
    fn what_is_not_to_be_told_is_in_no_part_of_it() {
        let told = |show| format!("{} {}", notice(show).text(), notice(show).event());
        let nothing = told(Show::Nothing);
        assert!(
            !nothing.contains("Bob") && !nothing.contains("schedule") && !nothing.contains("018f4b1e"),
            "{nothing}"
        );
        let who = told(Show::Who);
        assert!(who.contains("Bob") && who.contains("schedule.meeting") && !who.contains("They wrote"), "{who}");
        assert!(!who.contains("came_in") && !who.contains("Nothing."));
        assert!(told(Show::Everything).contains("came_in"));
    }

    /// An item about somebody harmless, with these members.
    fn plain(kind: &str, more: Value) -> ItemView {
        let mut line = hostile(kind, "Bob").line();
        if let (Value::Object(line), Value::Object(more)) = (&mut line, more) {
            line.insert("came_in".to_owned(), Value::Null);
            line.extend(more);
        }
        ItemView::of_line(line).expect("an item")
    }

    #[test]
    fn a_tap_decides_only_what_was_told_whole() {
        let entry = |view: &ItemView, show| NoticeItem::new(view, show, &TimeZone::UTC);
        let dinner = json!({"subject": "Dinner"});
        let offer = plain("incoming", json!({"sends": {"terms_hash": "…"}, "terms": dinner}));
        assert_eq!(entry(&offer, Show::Everything).taps, Taps::Decide);
        assert_eq!(entry(&offer, Show::Everything).choices, 0, "an approval confirms; there is nothing to take");
        assert_eq!(entry(&offer, Show::Who).taps, Taps::Refuse);
        for kind in ["incoming", "draft", "contact_request", RENEWAL, CANCELLED, UNVERIFIED] {
            let hidden = entry(&plain(kind, json!({})), Show::Nothing);
            assert_eq!(hidden.taps, Taps::PutOff, "{kind}: the buttons tell nothing either");
        }
        let wide = json!({"subject": "x".repeat(LINE_CHARS)});
        let long: serde_json::Map<String, Value> = (0..=LINES).map(|n| (format!("m{n:02}"), json!(n))).collect();
        let much = json!({"came_in": hostile("incoming", "Bob").line()["came_in"], "terms": dinner});
        for more in [json!({"terms": wide}), json!({"terms": long}), much] {
            let entry = entry(&plain("incoming", more), Show::Everything);
            assert_eq!(entry.taps, Taps::Refuse, "{}", entry.body);
            assert!(
                entry.body.ends_with("There is more of it: ai2ai show 018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40"),
                "{}",
                entry.body
            );
        }
    }

    #[test]
    fn what_a_button_takes_is_told_by_its_number() {
        let menu =
            json!({"sends": null, "sends_kind": null, "terms": null, "choices": ["2026-02-10T19:00Z", "at\nnoon"]});
        let entry = NoticeItem::new(&plain("incoming", menu), Show::Everything, &TimeZone::UTC);
        assert_eq!((entry.choices, entry.taps), (2, Taps::Decide));
        let times = "They propose:\n│ 1: Tue 10 Feb 19:00 UTC (2026-02-10T19:00Z)\n│ 2: at⏎noon";
        assert!(entry.body.contains(times), "{}", entry.body);
    }
}
