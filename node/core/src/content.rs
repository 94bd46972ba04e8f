//! Content of a message: an envelope that has no id, time or signature yet.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::forget;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::conversation::Side;
use ai2ai_protocol::digest::TermsHash;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::name::{Intent, NameError, is_unseen};
use ai2ai_protocol::terms;
use ai2ai_store::conversations::ConversationRow;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cancel::is_cancel;

/// Content of a message: the act, the topic and the payload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Words {
    /// The act.
    pub kind: Kind,
    /// The topic.
    pub intent: Intent,
    /// The payload.
    pub payload: Object,
    /// The message that it answers.
    pub in_reply_to: Option<MessageId>,
}

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
}

impl Words {
    /// A plain message.
    pub fn message(text: &str) -> Self {
        Self::new(Kind::Message, "message.relay", object([("text", text.into())]))
    }

    /// A question.
    pub fn question(text: &str) -> Self {
        Self::new(Kind::Request, "info.request", object([("text", text.into())]))
    }

    /// A proposal to meet: definite terms for one time, a menu for several.
    ///
    /// # Errors
    /// When there is no time, no subject, or no minute.
    pub fn meeting(
        subject: &str,
        times: &[String],
        minutes: Option<u32>,
        place: Option<&str>,
    ) -> Result<Self, Failure> {
        let (Some(first), more) = (times.first(), times.len() > 1) else {
            return Err(Failure::new(Exit::Usage, ErrorCode::Usage, "a meeting needs at least one --time"));
        };
        let mut payload = object([("subject", said("subject", subject)?.into())]);
        if minutes == Some(0) {
            return Err(Failure::new(Exit::Usage, ErrorCode::Usage, "a meeting lasts a minute at least"));
        }
        if more {
            payload.insert("proposed_times".to_owned(), times.into());
            if let Some(minutes) = minutes {
                payload.insert("minutes".to_owned(), minutes.into());
            }
            if let Some(place) = place {
                payload.insert("place".to_owned(), place.into());
            }
        } else {
            let terms = terms::meeting(subject, first, minutes, place);
            payload.insert("terms".to_owned(), terms.into());
        }
        Ok(Self::new(Kind::Request, "schedule.meeting", payload))
    }

    /// A request of any intent, with any payload.
    ///
    /// # Errors
    /// When the intent is none.
    pub fn proposal(intent: &str, payload: Object) -> Result<Self, Failure> {
        let intent = intent
            .parse()
            .map_err(|error: NameError| Failure::new(Exit::Usage, ErrorCode::Usage, error.to_string()))?;
        let mut payload = payload;
        if payload.contains_key("terms") {
            // The node says which terms they replace, when they are said.
            payload.remove("replaces");
        }
        Ok(Self { kind: Kind::Request, intent, payload, in_reply_to: None })
    }

    /// The end of a conversation.
    pub fn rejection(intent: Intent, reason: Option<&str>, in_reply_to: Option<MessageId>) -> Self {
        let payload = reason.map(|reason| object([("reason", reason.into())])).unwrap_or_default();
        Self { kind: Kind::Reject, intent, payload, in_reply_to }
    }

    /// An answer in this conversation to this message of theirs.
    ///
    /// # Errors
    /// When there is nothing to accept, or no such proposed time.
    pub fn reply(
        reply: &Reply,
        row: &ConversationRow,
        to: Option<(MessageId, &Object)>,
    ) -> Result<Option<Self>, Failure> {
        let mut payload = Object::new();
        let text = reply.text.as_ref().filter(|text| !is_nothing(text));
        if let Some(text) = text {
            payload.insert("text".to_owned(), text.as_str().into());
        }
        let menu = to.map(|(_, payload)| payload);
        let kind = if let Some(terms) = &reply.terms {
            payload.insert("terms".to_owned(), terms.clone().into());
            Kind::Response
        } else if let Some(choice) = reply.choose {
            payload.insert("terms".to_owned(), chosen(choice, menu)?.into());
            Kind::Response
        } else if reply.accept {
            payload.insert("terms_hash".to_owned(), their_terms(row)?.into());
            Kind::Confirm
        } else if !reply.times.is_empty() {
            payload.extend(other_times(&reply.times, menu));
            Kind::Response
        } else if text.is_some() {
            text_kind(&row.intent)
        } else {
            return Ok(None);
        };
        Ok(Some(Self { kind, intent: row.intent.clone(), payload, in_reply_to: to.map(|(id, _)| id) }))
    }

    /// A request to forget what was said.
    pub fn forget(payload: Object) -> Self {
        Self::new(Kind::Inform, forget::INTENT, payload)
    }

    /// The end of what was agreed.
    pub fn cancel(terms: TermsHash, reason: Option<&str>) -> Self {
        let mut payload = object([("terms_hash", terms.to_string().into())]);
        payload.extend(reason.map(|reason| ("reason".to_owned(), reason.into())));
        Self::new(Kind::Inform, terms::CANCEL, payload)
    }

    /// A ping, which says only who sends it, and under which key.
    pub fn ping() -> Self {
        Self::new(Kind::Ping, "node.ping", Object::new())
    }

    /// Receipts that could not be given at once.
    pub fn receipts(payload: Object) -> Self {
        Self::new(Kind::Receipt, "message.relay", payload)
    }

    /// Converts the content for an item to keep.
    pub fn to_object(&self) -> Object {
        match serde_json::to_value(self) {
            Ok(Value::Object(object)) => object,
            _ => Object::new(),
        }
    }

    /// Reads the content back that an item kept.
    pub fn of_object(object: Object) -> Option<Self> {
        serde_json::from_value(Value::Object(object)).ok()
    }

    /// Returns whether sending this commits the owner to terms, or frees them, so that the owner's signed approval goes with
    /// it.
    pub fn commits(&self) -> bool {
        self.kind == Kind::Confirm || self.payload.contains_key("terms") || self.cancels()
    }

    /// Returns whether it cancels an agreement.
    pub fn cancels(&self) -> bool {
        is_cancel(self.kind, &self.intent)
    }

    fn new(kind: Kind, intent: &str, payload: Object) -> Self {
        let intent = intent.parse().expect("our own intents are well-formed");
        Self { kind, intent, payload, in_reply_to: None }
    }
}

/// Checks that a text says something.
///
/// # Errors
/// There is nothing in them that could be read.
pub fn said<'t>(what: &str, text: &'t str) -> Result<&'t str, Failure> {
    let nothing = || Failure::new(Exit::Usage, ErrorCode::Usage, format!("nothing is said: the {what} is empty"));
    Some(text).filter(|text| !is_nothing(text)).ok_or_else(nothing)
}

fn is_nothing(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_unseen(c))
}

/// Plain talk is answered by a message, anything else by a response.
fn text_kind(intent: &Intent) -> Kind {
    if intent.as_str() == "message.relay" { Kind::Message } else { Kind::Response }
}

/// The terms that taking one of the proposed times means.
fn chosen(choice: usize, menu: Option<&Object>) -> Result<Object, Failure> {
    let times = menu.map(times_in).unwrap_or_default();
    let time = choice.checked_sub(1).and_then(|place| times.get(place)).ok_or_else(|| {
        Failure::new(
            Exit::Usage,
            ErrorCode::NoSuchChoice,
            format!("there is no proposed time {choice}; there are {}", times.len()),
        )
        .hint("see them with `ai2ai show ID`")
    })?;
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

fn their_terms(row: &ConversationRow) -> Result<String, Failure> {
    match row.machine.standing() {
        Some(standing) if standing.by == Side::Them => Ok(standing.terms.to_string()),
        Some(_) => Err(Failure::new(
            Exit::Refused,
            ErrorCode::StaleTerms,
            "the terms on the table are your own; the other side has to confirm them",
        )),
        None => Err(Failure::new(Exit::Refused, ErrorCode::StaleTerms, "there are no terms on the table to accept")
            .hint("put terms there with `--terms JSON`, or take a proposed time with `--choose N`")),
    }
}

/// Headline of a payload: what it is about, on one line without unseen characters.
pub fn headline(payload: &Object) -> Option<String> {
    const CHARS: usize = 80;
    let terms = payload.get("terms").and_then(Value::as_object);
    let text = ["subject", "item", "description", "text", "question", "reason"].into_iter().find_map(|name| {
        payload.get(name).or_else(|| terms.and_then(|terms| terms.get(name))).and_then(Value::as_str)
    })?;
    let line: String = text.chars().map(|c| if is_unseen(c) { ' ' } else { c }).take(CHARS).collect();
    Some(line.trim().to_owned()).filter(|line| !line.is_empty())
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Object {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
