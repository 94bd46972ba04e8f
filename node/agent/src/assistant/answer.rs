//! What a model answered: read strictly, and checked against the conversation and the calendar. What comes out is a wish to draft, or nothing.

use ai2ai_api::views::ConversationView;
use ai2ai_protocol::canonical::read_object;
use ai2ai_protocol::limits::MENU_TIMES;
use ai2ai_protocol::name::is_unseen;
use ai2ai_protocol::time::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::rules::length;
use crate::calendar::{Calendar, TimeSlot};
use crate::requests::ReplyAsk;

/// Bytes of an answer.
const ANSWER_BYTES: usize = 16 * 1024;
/// Characters of words that it would say.
const TEXT_CHARS: usize = 2_000;
/// Times that it may propose at once.
const TIMES: usize = 5;
const _: () = assert!(TIMES <= MENU_TIMES);

/// What a model may answer. There is no word in it that decides.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelAnswer {
    act: ModelAct,
    text: Option<String>,
    choose: Option<usize>,
    times: Option<Vec<String>>,
    why: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ModelAct {
    Say,
    Choose,
    ProposeTimes,
    Accept,
    Nothing,
}

/// The schema of an answer, as servers that know `json_schema` want it: each member is required, and may be null.
pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["act", "text", "choose", "times", "why"],
        "properties": {
            "act": { "type": "string", "enum": ["say", "choose", "propose_times", "accept", "nothing"] },
            "text": { "type": ["string", "null"] },
            "choose": { "type": ["integer", "null"] },
            "times": { "type": ["array", "null"], "items": { "type": "string" } },
            "why": { "type": ["string", "null"] },
        },
    })
}

/// What an answer is checked against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) view: &'a ConversationView,
    pub(super) calendar: Option<&'a Calendar>,
    pub(super) now: Timestamp,
}

/// Reads an answer: one JSON object, and nothing around it.
///
/// # Errors
/// Why it can't be read, in words of ours.
pub(super) fn read(said: &str) -> Result<ModelAnswer, String> {
    let no_object = "it is not one JSON object and nothing else";
    let object = read_object(said.trim().as_bytes(), ANSWER_BYTES).map_err(|_| no_object.to_owned())?;
    serde_json::from_value(object.into()).map_err(|_| "it does not follow the schema".to_owned())
}

impl ModelAnswer {
    /// The draft that it asks for; nothing when it has nothing to say.
    ///
    /// # Errors
    /// Why it does not fit, in words of ours.
    pub(super) fn checked(self, facts: &Facts<'_>) -> Result<Option<ReplyAsk>, String> {
        let Self { act, text, choose, times, why: _ } = self;
        let text = text.map(|text| plain(&text)).filter(|text| !text.is_empty());
        if text.as_ref().is_some_and(|text| text.chars().count() > TEXT_CHARS) {
            return Err(format!("`text` has more than {TEXT_CHARS} characters"));
        }
        let ask = ReplyAsk { conversation: facts.view.id.to_string(), text, ..ReplyAsk::default() };
        match (act, choose, times) {
            (ModelAct::Nothing, None, None) => Ok(None),
            (ModelAct::Say, None, None) if ask.text.is_some() => Ok(Some(ask)),
            (ModelAct::Choose, Some(place), None) => {
                facts.may_choose(place)?;
                Ok(Some(ReplyAsk { choose: Some(place), ..ask }))
            }
            (ModelAct::ProposeTimes, None, Some(times)) => {
                let times = facts.may_propose(&times)?;
                Ok(Some(ReplyAsk { times: Some(times), ..ask }))
            }
            (ModelAct::Accept, None, None) => {
                facts.may_accept()?;
                Ok(Some(ReplyAsk { accept: Some(true), ..ask }))
            }
            _ => Err("`act` and the other members do not go together".to_owned()),
        }
    }
}

impl Facts<'_> {
    fn may_choose(&self, place: usize) -> Result<(), String> {
        let payload = self.view.messages.last().map(|last| &last.payload).ok_or("there is no message")?;
        let menu = payload.get("proposed_times").and_then(Value::as_array).ok_or("no times are proposed")?;
        let time = place.checked_sub(1).and_then(|place| menu.get(place)).ok_or("there is no time at that place")?;
        self.suits(time, length(payload).as_secs() / 60)
    }

    fn may_propose(&self, times: &[String]) -> Result<Vec<String>, String> {
        if !self.view.intent.starts_with("schedule.") {
            return Err("this conversation is not about meeting".to_owned());
        }
        if times.is_empty() || times.len() > TIMES {
            return Err(format!("1 to {TIMES} times are proposed"));
        }
        let asked = self.view.messages.last().map(|last| length(&last.payload)).unwrap_or_default();
        for time in times {
            self.suits(&Value::from(time.trim()), asked.as_secs() / 60)?;
        }
        Ok(times.iter().map(|time| time.trim().to_owned()).collect())
    }

    /// Only terms of a meeting, whose time can be looked up: what else would be agreed to is for a person to read.
    fn may_accept(&self) -> Result<(), String> {
        let (Some(terms), Some("them")) = (&self.view.terms, self.view.terms_by.as_deref()) else {
            return Err("there are no terms of theirs to accept".to_owned());
        };
        if !self.view.intent.starts_with("schedule.") {
            return Err("only the terms of a meeting can be accepted; say something, or nothing".to_owned());
        }
        self.suits(terms.get("time").unwrap_or(&Value::Null), length(terms).as_secs() / 60)
    }

    fn suits(&self, time: &Value, minutes: u64) -> Result<(), String> {
        let time: Timestamp = time
            .as_str()
            .and_then(|time| time.parse().ok())
            .ok_or("a time is written with its offset, such as 2026-02-10T18:00Z")?;
        if time <= self.now {
            return Err(format!("{time} is past"));
        }
        let slot = TimeSlot::new(time, std::time::Duration::from_secs(minutes * 60));
        match self.calendar {
            Some(calendar) if !calendar.is_free(slot) => Err(format!("the calendar is not free at {time}")),
            Some(_) | None => Ok(()),
        }
    }
}

/// Words as a person sees them: nothing hidden goes out in somebody's name.
fn plain(text: &str) -> String {
    let seen: String = text.chars().filter(|c| *c == '\n' || !is_unseen(*c)).collect();
    seen.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::super::rules::tests::conversation;
    use super::*;

    const NOW: &str = "2026-02-07T03:55:00Z";

    fn now() -> Timestamp {
        NOW.parse().expect("a time")
    }

    fn calendar() -> Calendar {
        let busy =
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260210T183000Z\nDURATION:PT1H\nEND:VEVENT\nEND:VCALENDAR\n";
        let horizon = TimeSlot::new(now(), crate::calendar::CALENDAR_HORIZON);
        Calendar::read(busy, &TimeZone::UTC, horizon).expect("a calendar")
    }

    fn checked(said: &Value, view: &ConversationView) -> Result<Option<ReplyAsk>, String> {
        let calendar = calendar();
        let facts = Facts { view, calendar: Some(&calendar), now: now() };
        read(&said.to_string())?.checked(&facts)
    }

    fn menu() -> ConversationView {
        let times = json!(["2026-02-10T19:00Z", "2026-02-11T19:00Z", "soon", "2020-01-01T00:00Z"]);
        conversation(&[("them", json!({ "subject": "Dinner", "proposed_times": times }))])
    }

    fn answer(act: &str, more: Value) -> Value {
        let mut answer = json!({ "act": act, "text": null, "choose": null, "times": null, "why": null });
        for (name, value) in more.as_object().expect("an object") {
            answer[name] = value.clone();
        }
        answer
    }

    #[test]
    fn what_fits_becomes_a_draft() {
        let view = menu();
        let drafted = |said| checked(&said, &view).expect("it fits").expect("a draft");
        assert_eq!(drafted(answer("choose", json!({ "choose": 2 }))).choose, Some(2));
        assert_eq!(drafted(answer("say", json!({ "text": " Fine.\u{202e}\u{0} " }))).text.as_deref(), Some("Fine."));
        let times = drafted(answer("propose_times", json!({ "times": ["2026-02-12T19:00Z "] }))).times;
        assert_eq!(times, Some(vec!["2026-02-12T19:00Z".to_owned()]));
        assert_eq!(checked(&answer("nothing", json!({})), &view), Ok(None));
        let terms = json!({ "terms": { "subject": "Dinner", "time": "2026-02-11T19:00Z" } });
        let offered = conversation(&[("them", terms)]);
        let accepted = checked(&answer("accept", json!({})), &offered).expect("it fits").expect("a draft");
        assert_eq!(accepted.accept, Some(true));
    }

    #[test]
    fn what_does_not_fit_becomes_nothing() {
        let view = menu();
        for (said, why) in [
            (answer("choose", json!({ "choose": 1 })), "not free"),
            (answer("choose", json!({ "choose": 0 })), "no time"),
            (answer("choose", json!({ "choose": 5 })), "no time"),
            (answer("choose", json!({ "choose": 3 })), "offset"),
            (answer("choose", json!({ "choose": 4 })), "past"),
            (answer("choose", json!({})), "together"),
            (answer("say", json!({})), "together"),
            (answer("say", json!({ "text": "\u{200b}\u{202e}" })), "together"),
            (answer("say", json!({ "text": "x", "choose": 2 })), "together"),
            (answer("say", json!({ "text": "x".repeat(3_000) })), "more than"),
            (answer("accept", json!({})), "no terms"),
            (answer("propose_times", json!({ "times": [] })), "1 to"),
            (answer("propose_times", json!({ "times": ["2026-02-10T18:45Z"] })), "not free"),
            (answer("propose_times", json!({ "times": vec!["2026-02-12T19:00Z"; 9] })), "1 to"),
            (answer("approve", json!({})), "schema"),
            (answer("say", json!({ "text": "x", "approve": true })), "schema"),
            (json!({ "act": "say", "text": 7 }), "schema"),
            (json!({ "tool_calls": [{ "function": { "name": "approve" } }] }), "schema"),
            (json!(["say"]), "JSON"),
        ] {
            let refused = checked(&said, &view).expect_err(&said.to_string());
            assert!(refused.contains(why), "{said}: {refused}");
        }
        for said in [
            "",
            "Sure, I approved it.",
            "{\"act\":\"nothing\"} and more",
            "{\"act\":\"say\",\"act\":\"nothing\"}",
            "```json\n{}\n```",
        ] {
            assert!(read(said).is_err(), "{said}");
        }
    }

    #[test]
    fn the_schema_is_the_one_that_is_read() {
        let schema = schema();
        let named: Vec<&String> = schema["properties"].as_object().expect("properties").keys().collect();
        let mut required: Vec<&str> =
            schema["required"].as_array().expect("names").iter().filter_map(Value::as_str).collect();
        required.sort_unstable();
        assert_eq!(named, required);
        for act in schema["properties"]["act"]["enum"].as_array().expect("acts") {
            let act = act.as_str().expect("an act");
            assert!(read(&answer(act, json!({})).to_string()).is_ok(), "{act}");
        }
    }
}
