//! Replies: what an owner or an agent wants to answer, and the words that it comes to.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::conversation::Side;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::name::Intent;
use ai2ai_protocol::terms;
use ai2ai_store::conversations::ConversationRow;
use serde_json::Value;

use crate::content::words::{Words, is_nothing};
use crate::error::ReplyError;

/// Reply of an owner or an agent in a conversation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reply {
    /// Text of the reply.
    pub text: Option<String>,
    /// Terms to put on the table.
    pub terms: Option<Object>,
    /// Other times to propose.
    pub times: Vec<String>,
    /// The place, from 1, of the proposed time to take.
    pub choose: Option<usize>,
    /// Accept the terms that the other side put on the table.
    pub accept: bool,
    /// The last message of theirs that this answers; nothing, where it answers whatever that is.
    pub after: Option<MessageId>,
}

impl Reply {
    /// Returns whether it puts terms on the table or accepts some.
    pub fn commits(&self) -> bool {
        self.accept || self.terms.is_some() || self.choose.is_some()
    }

    /// Words of the reply, in this conversation and to this message of theirs; none where it says nothing.
    ///
    /// # Errors
    /// When there is nothing to accept, or no such proposed time.
    pub fn words(&self, row: &ConversationRow, to: Option<(MessageId, &Object)>) -> Result<Option<Words>, ReplyError> {
        let mut payload = Object::new();
        let text = self.text.as_ref().filter(|text| !is_nothing(text));
        if let Some(text) = text {
            payload.insert("text".to_owned(), text.as_str().into());
        }
        let menu = to.map(|(_, payload)| payload);
        let kind = if let Some(terms) = &self.terms {
            payload.insert("terms".to_owned(), terms.clone().into());
            Kind::Response
        } else if let Some(choice) = self.choose {
            payload.insert("terms".to_owned(), chosen(choice, menu)?.into());
            Kind::Response
        } else if self.accept {
            payload.insert("terms_hash".to_owned(), their_terms(row)?.into());
            Kind::Confirm
        } else if !self.times.is_empty() {
            payload.extend(other_times(&self.times, menu));
            Kind::Response
        } else if text.is_some() {
            text_kind(&row.intent)
        } else {
            return Ok(None);
        };
        Ok(Some(Words { kind, intent: row.intent.clone(), payload, in_reply_to: to.map(|(id, _)| id) }))
    }
}

/// Plain talk is answered by a message, anything else by a response.
fn text_kind(intent: &Intent) -> Kind {
    if intent.as_str() == "message.relay" { Kind::Message } else { Kind::Response }
}

/// The terms that taking one of the proposed times means.
fn chosen(choice: usize, menu: Option<&Object>) -> Result<Object, ReplyError> {
    let times = menu.map(times_in).unwrap_or_default();
    let time = choice.checked_sub(1).and_then(|place| times.get(place));
    let time = time.ok_or(ReplyError::NoSuchTime { choice, proposed: times.len() })?;
    let text = |name: &str| menu.and_then(|menu| menu.get(name)).and_then(Value::as_str);
    let minutes = menu.and_then(|menu| menu.get("minutes")).and_then(Value::as_u64);
    let minutes = minutes.and_then(|minutes| u32::try_from(minutes).ok());
    Ok(terms::meeting(text("subject").unwrap_or("Meeting"), time, minutes, text("place")))
}

/// A menu of other times; what the meeting is about stays as they said it.
fn other_times(times: &[String], about: Option<&Object>) -> Object {
    let terms = about.and_then(|about| about.get("terms")).and_then(Value::as_object);
    let said = |name: &str| about.and_then(|about| about.get(name)).or_else(|| terms.and_then(|terms| terms.get(name)));
    let kept =
        ["subject", "minutes", "place"].into_iter().filter_map(|name| Some((name.to_owned(), said(name)?.clone())));
    let menu = ("proposed_times".to_owned(), times.into());
    kept.chain([menu]).collect()
}

/// The times of a menu.
pub fn times_in(payload: &Object) -> Vec<String> {
    let times = payload.get("proposed_times").and_then(Value::as_array);
    times.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn their_terms(row: &ConversationRow) -> Result<String, ReplyError> {
    match row.machine.standing() {
        Some(standing) if standing.by == Side::Them => Ok(standing.terms.to_string()),
        Some(_) => Err(ReplyError::OwnTerms),
        None => Err(ReplyError::NoTerms),
    }
}
