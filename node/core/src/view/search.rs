//! Search: the owner's words in messages, agreements and contacts' names, the newest first.

use ai2ai_api::requests::HITS;
use ai2ai_api::views::{HitKind, HitView};
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::conversation::Side;
use ai2ai_protocol::envelope::Content;
use ai2ai_store::View;
use ai2ai_store::contacts::{self, AnyContact};
use ai2ai_store::conversations::{self, ConversationRow};
use ai2ai_store::messages::{self, MessageRow};
use ai2ai_store::originals::{self, SaidRow, TalkRow};
use serde_json::Value;

use crate::lookup::contact::name_of;
use crate::txn::Step;
use crate::view::disclosures::REFERENCES;
use crate::view::rows::side_name;

/// Conversations that are looked through, of each protocol: the latest.
const CONVERSATIONS: usize = 10_000;
/// Words of a query.
pub const WORDS: usize = 16;
/// Characters that an excerpt shows before and after the first word that it was found by.
const AROUND: usize = 48;

/// Words that all have to stand in a text; capitals make no difference.
#[derive(Debug, Clone)]
pub struct Query(Vec<String>);

impl Query {
    /// The words of a text; none, where it has no word or more than 16.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        (1..=WORDS).contains(&words.len()).then_some(Self(words))
    }

    /// The place of the text at which the first word stands, if all of them stand in it.
    fn excerpt(&self, text: &str) -> Option<String> {
        let lower = text.to_lowercase();
        if !self.0.iter().all(|word| lower.contains(word)) {
            return None;
        }
        let at = self.0.first().and_then(|word| lower.find(word)).unwrap_or(0);
        // A small letter may have more bytes than its capital, so places are counted in characters.
        let at = lower.get(..at).map_or(0, |before| before.chars().count());
        let from = at.saturating_sub(AROUND);
        let mut rest = text.chars().skip(from);
        let shown: String = rest.by_ref().take(at - from + AROUND).collect();
        let before = if from > 0 { "…" } else { "" };
        let after = if rest.next().is_some() { "…" } else { "" };
        Some(format!("{before}{shown}{after}"))
    }
}

/// What fits a query, the newest first: at most 100.
///
/// # Errors
/// When the database fails.
pub fn search(tx: &impl View, query: &Query) -> Step<Vec<HitView>> {
    let mut hits: Vec<HitView> = contacts::everyone(tx)?.iter().filter_map(|row| in_contact(query, row)).collect();
    for talk in originals::talks(tx, CONVERSATIONS)? {
        hits.extend(in_talk(tx, query, &talk)?);
    }
    for row in conversations::latest(tx, CONVERSATIONS)? {
        newest(&mut hits);
        let is_older = |hit: &HitView| hit.at > row.touched_at;
        if hits.len() == HITS && hits.last().is_some_and(is_older) {
            break;
        }
        hits.extend(in_conversation(tx, query, &row)?);
    }
    newest(&mut hits);
    Ok(hits)
}

fn newest(hits: &mut Vec<HitView>) {
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.at));
    hits.truncate(HITS);
}

fn in_contact(query: &Query, row: &AnyContact) -> Option<HitView> {
    let mut names = vec![row.name(), row.human(), row.agent()];
    names.dedup();
    let text = query.excerpt(&names.join(" · "))?;
    Some(HitView {
        kind: HitKind::Contact,
        at: row.heard_at(),
        with: row.name().to_owned(),
        did: *row.did(),
        side: None,
        conversation: None,
        message: None,
        text,
    })
}

fn in_conversation(tx: &impl View, query: &Query, row: &ConversationRow) -> Step<Vec<HitView>> {
    let agreed = row.machine.agreement().map(|(offer, ..)| offer);
    let found: Vec<(MessageRow, String)> =
        messages::of(tx, &row.id)?.into_iter().filter_map(|message| in_message(query, message)).collect();
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let with = name_of(tx, &row.with)?;
    let hit = |(message, text): (MessageRow, String)| HitView {
        kind: if agreed == Some(message.id) { HitKind::Agreement } else { HitKind::Message },
        at: message.at,
        with: with.clone(),
        did: row.with,
        side: Some(side_name(message.side).to_owned()),
        conversation: Some(row.id),
        message: Some(message.id),
        text,
    };
    Ok(found.into_iter().map(hit).collect())
}

fn in_message(query: &Query, message: MessageRow) -> Option<(MessageRow, String)> {
    let content = Content::of_stored(&message.bytes).ok()?;
    let text = query.excerpt(&words_of(content.payload()))?;
    Some((message, text))
}

fn in_talk(tx: &impl View, query: &Query, talk: &TalkRow) -> Step<Vec<HitView>> {
    let with = name_of(tx, &talk.with)?;
    let hit = |said: &SaidRow| {
        let text = query.excerpt(&words_of(&said.payload))?;
        let side = if said.ours { Side::Us } else { Side::Them };
        Some(HitView {
            kind: HitKind::Message,
            at: said.at,
            with: with.clone(),
            did: talk.with,
            side: Some(side_name(side).to_owned()),
            conversation: Some(talk.id),
            message: Some(said.id),
            text,
        })
    };
    Ok(talk.said.iter().filter_map(hit).collect())
}

/// The words and numbers of a payload. Names of members are no words of anybody, and what only names a message before is none.
fn words_of(payload: &Object) -> String {
    fn gather(value: &Value, words: &mut Vec<String>) {
        match value {
            Value::String(text) => words.push(text.clone()),
            Value::Number(number) => words.push(number.to_string()),
            Value::Array(values) => values.iter().for_each(|value| gather(value, words)),
            Value::Object(members) => members.values().for_each(|value| gather(value, words)),
            Value::Null | Value::Bool(_) => {}
        }
    }
    let mut words = Vec::new();
    for (name, value) in payload {
        if !REFERENCES.contains(&name.as_str()) {
            gather(value, &mut words);
        }
    }
    words.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str, text: &str) -> Option<String> {
        Query::read(query).and_then(|query| query.excerpt(text))
    }

    #[test]
    fn all_words_have_to_be_there_in_any_order_and_capitals_make_no_difference() {
        assert_eq!(found("LUIGI dinner", "Dinner at Luigi's").as_deref(), Some("Dinner at Luigi's"));
        assert_eq!(found("dinner friday", "Dinner at Luigi's"), None);
        assert_eq!(found("ÉCLAIR", "deux éclairs").as_deref(), Some("deux éclairs"));
    }

    #[test]
    fn nothing_and_too_much_is_no_query() {
        assert!(Query::read(" \t\n").is_none());
        assert!(Query::read(&"a ".repeat(WORDS)).is_some() && Query::read(&"a ".repeat(WORDS + 1)).is_none());
    }

    #[test]
    fn a_long_text_is_shown_around_the_first_word() {
        let text = format!("{}needle{}", "é".repeat(1_000), "ü".repeat(1_000));
        let shown = found("needle", &text).expect("it is there");
        assert_eq!(shown, format!("…{}needle{}…", "é".repeat(AROUND), "ü".repeat(AROUND - 6)));
    }

    #[test]
    fn a_letter_that_grows_when_it_is_made_small_misplaces_nothing() {
        // The small form of U+0130 is two characters.
        let text = format!("{}needle", "\u{130}".repeat(200));
        assert!(found("needle", &text).is_some_and(|shown| shown.chars().count() <= 2 * AROUND + 2));
    }

    #[test]
    fn members_that_name_what_came_before_have_no_words() {
        let payload = serde_json::json!({ "replaces": "needle", "terms": { "place": "here", "price": 12 } });
        let words = payload.as_object().map(words_of).expect("an object");
        assert!(words.contains("here") && words.contains("12") && !words.contains("needle"), "{words}");
    }
}
