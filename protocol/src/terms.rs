//! Terms: one JSON object, complete in itself, named by the SHA-256 of its canonical form; and the acts that envelopes
//! do with them.
//!
//! | `type` | `payload` | act |
//! |---|---|---|
//! | `request`, `response` | `terms` (object) and `replaces` (the id of the message that put the standing terms on the table, or `null`) | offer |
//! | `confirm` | `terms_hash`, and no `terms` | confirm |
//! | `reject` | `reason` (text), if any | reject |
//! | `inform` of the intent `agreement.cancel` | `terms_hash`, and `reason` (text), if any | cancel |
//! | `message`, `inform`; `request`, `response` without `terms` | `text`, `proposed_times` (a menu: list of texts), or anything else | talk |
//! | `ping`, `receipt` | | none: they belong to no conversation |

use serde_json::{Value, json};

use crate::canonical::{Object, canonical, to_object};
use crate::code::Code;
use crate::conversation::Act;
use crate::digest::TermsHash;
use crate::envelope::{Content, Kind};
use crate::id::MessageId;
use crate::json_reader::Members;
use crate::limits::{JSON_DEPTH, MENU_TIMES, REASON_CHARS, TERMS_BYTES};
use crate::name::Intent;
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// The intent by which an `inform` calls off what was agreed.
pub const CANCEL: &str = "agreement.cancel";

/// Terms that are an object with something in it, within bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    object: Object,
    hash: TermsHash,
}

/// The reason why an object cannot be put on the table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    /// Nothing in it.
    #[error("terms need at least one member")]
    Empty,
    /// More than [`TERMS_BYTES`].
    #[error("terms have at most {TERMS_BYTES} bytes; these have {0}")]
    TooLarge(usize),
    /// Deeper than they can travel in an envelope.
    #[error("terms nest too deep")]
    TooDeep,
    /// A time that leaves open which moment is meant; where it stands, as a JSON pointer.
    #[error(
        "the time at `{0}` is no definite moment: write the date, the time and the offset, such as 2026-02-10T19:00+01:00"
    )]
    Time(String),
}

impl Terms {
    /// Terms as the other side wrote them. Times in them may be indefinite: see [`unresolved`].
    ///
    /// # Errors
    /// [`TermsError`] save [`TermsError::Time`].
    pub fn read(object: Object) -> Result<Self, TermsError> {
        /// An envelope, its payload, and the terms in it.
        const AROUND: usize = 2;
        if object.is_empty() {
            return Err(TermsError::Empty);
        }
        if members_deep(&object) + AROUND > JSON_DEPTH {
            return Err(TermsError::TooDeep);
        }
        let form = canonical(&object);
        if form.len() > TERMS_BYTES {
            return Err(TermsError::TooLarge(form.len()));
        }
        Ok(Self { hash: TermsHash::of(&form), object })
    }

    /// Terms of our own: each member `time` in them, at any depth, has to be a definite moment.
    ///
    /// # Errors
    /// [`TermsError`] names what to mend.
    pub fn draft(object: Object) -> Result<Self, TermsError> {
        let terms = Self::read(object)?;
        match unresolved(&terms.object).into_iter().next() {
            Some(place) => Err(TermsError::Time(place)),
            None => Ok(terms),
        }
    }

    /// The terms.
    #[must_use]
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// Their name.
    #[must_use]
    pub fn hash(&self) -> TermsHash {
        self.hash
    }
}

/// The name of terms: the SHA-256 of their canonical form.
#[must_use]
pub fn hash(terms: &Object) -> TermsHash {
    TermsHash::of(&canonical(terms))
}

/// Terms for a meeting. `time` is RFC 3339 with an offset, and stays as it is written.
#[must_use]
pub fn meeting(subject: &str, time: &str, minutes: Option<u32>, place: Option<&str>) -> Object {
    let mut terms = to_object(&json!({ "subject": subject, "time": time }));
    if let Some(minutes) = minutes {
        terms.insert("minutes".to_owned(), minutes.into());
    }
    if let Some(place) = place {
        terms.insert("place".to_owned(), place.into());
    }
    terms
}

/// Returns where each member `time` stands, at any depth, that names no definite moment. Places are JSON pointers.
///
/// Such a time is shown as it is written, and never turned into a moment: its offset would be a guess.
#[must_use]
pub fn unresolved(terms: &Object) -> Vec<String> {
    let mut places = Vec::new();
    find_unresolved(terms, "", &mut places);
    places
}

fn find_unresolved(object: &Object, at: &str, places: &mut Vec<String>) {
    for (name, value) in object {
        let place = format!("{at}/{name}");
        let definite = || value.as_str().is_some_and(|text| text.parse::<Timestamp>().is_ok());
        match value {
            Value::Object(inner) => find_unresolved(inner, &place, places),
            Value::Array(list) => {
                for (index, inner) in list.iter().enumerate() {
                    if let Value::Object(inner) = inner {
                        find_unresolved(inner, &format!("{place}/{index}"), places);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                if name == "time" && !definite() {
                    places.push(place);
                }
            }
        }
    }
}

/// Returns how deep the members of an object nest, itself counted.
fn members_deep(object: &Object) -> usize {
    1 + object.values().map(value_deep).max().unwrap_or(0)
}

fn value_deep(value: &Value) -> usize {
    match value {
        Value::Object(object) => members_deep(object),
        Value::Array(list) => 1 + list.iter().map(value_deep).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// The act of an envelope in its conversation.
///
/// # Errors
/// [`Code::Malformed`] or [`Code::TooLarge`], with the place, when its payload has not the form of its type.
pub fn act_of(envelope: &Content) -> Result<Act, Refusal> {
    let payload = Members::of(envelope.payload());
    act_in((envelope.kind(), envelope.intent()), &payload, envelope.payload()).map_err(|refusal| {
        let place = match refusal.place.as_str() {
            "/type" => refusal.place,
            inside => format!("/payload{inside}"),
        };
        Refusal { place, ..refusal }
    })
}

fn act_in((kind, intent): (Kind, &Intent), payload: &Members<'_>, object: &Object) -> Result<Act, Refusal> {
    let has_terms = object.contains_key("terms");
    match kind {
        Kind::Request | Kind::Response if has_terms => {
            check_words(payload)?;
            offer(payload)
        }
        Kind::Message | Kind::Inform | Kind::Confirm | Kind::Reject if has_terms => {
            Err(payload.malformed("terms", "only a request or a response puts terms on the table"))
        }
        Kind::Inform if intent.as_str() == CANCEL => {
            let terms = payload.text("terms_hash")?;
            check_reason(payload)?;
            Ok(Act::Cancel { terms })
        }
        Kind::Request | Kind::Response | Kind::Message | Kind::Inform => {
            check_words(payload)?;
            Ok(Act::Talk)
        }
        Kind::Confirm => Ok(Act::Confirm { terms: payload.text("terms_hash")? }),
        Kind::Reject => {
            check_reason(payload)?;
            Ok(Act::Reject)
        }
        Kind::Ping | Kind::Receipt => Err(Refusal::malformed("/type", "it is no act in a conversation")),
    }
}

fn offer(payload: &Members<'_>) -> Result<Act, Refusal> {
    let terms = payload.at("terms")?;
    let read = Terms::read(terms.object()?.clone()).map_err(|error| match error {
        TermsError::TooLarge(_) => terms.refused(Code::TooLarge).because(error),
        TermsError::TooDeep => terms.refused(Code::TooDeep).because(error),
        TermsError::Empty | TermsError::Time(_) => terms.malformed(error),
    })?;
    payload.at("replaces")?;
    Ok(Act::Offer { terms: read.hash(), replaces: payload.maybe_text::<MessageId>("replaces")? })
}

fn check_reason(payload: &Members<'_>) -> Result<(), Refusal> {
    let reason = payload.maybe("reason").map(|reason| reason.str()).transpose()?.unwrap_or_default();
    if reason.chars().count() > REASON_CHARS { Err(payload.refused(Code::TooLarge, "reason")) } else { Ok(()) }
}

/// The members that every reader shows alike have to be what they are called.
fn check_words(payload: &Members<'_>) -> Result<(), Refusal> {
    payload.maybe("text").map(|text| text.str().map(drop)).transpose()?;
    if let Some(menu) = payload.maybe("proposed_times") {
        menu.list(MENU_TIMES, |time| time.str().map(drop))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
