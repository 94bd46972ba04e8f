//! The owner's word ahead of time: which intents, with whom, within which limits, until when an agent may commit them.
//!
//! A mandate travels in the approval of what was done under it, so the other side checks it as this side did. It
//! covers only what it understands: terms with a member that no limit speaks of wait for the owner, and a mandate with
//! a member that this version does not know is refused, for it could be a limit.

use std::fmt;
use std::str::FromStr;

use serde_json::{Value, json};

use crate::canonical::{Object, to_object};
use crate::code::Code;
use crate::did::Did;
use crate::id::MandateId;
use crate::json_reader::Members;
use crate::key::{OwnerKey, Tag};
use crate::limits::{MANDATE_INTENTS, MANDATE_LIFE};
use crate::name::Intent;
use crate::refusal::Refusal;
use crate::time::Timestamp;

mod limit;

pub use limit::{Amount, Currency, Hours, LimitError, MandateLimits, Spend};

/// An intent, or all below it: `schedule.meeting`, `schedule.*`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern(String);

/// The reason why a text is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an intent, or all below one: schedule.meeting, schedule.*")]
pub struct PatternError;

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let example = text.strip_suffix(".*").map_or_else(|| text.to_owned(), |above| format!("{above}.x"));
        example.parse::<Intent>().map_err(|_| PatternError)?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// With whom a mandate lets the agent act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum With {
    /// With every contact that is trusted.
    Any,
    /// With one person.
    One(Did),
}

/// A grant of an owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MandateOf {
    /// Its name.
    pub id: MandateId,
    /// For which intents: 1 to [`MANDATE_INTENTS`].
    pub intents: Vec<Pattern>,
    /// With whom.
    pub with: With,
    /// Within which limits.
    pub limits: MandateLimits,
    /// From when on.
    pub not_before: Timestamp,
    /// Until just before when; at most [`MANDATE_LIFE`] later.
    pub not_after: Timestamp,
}

/// A mandate that its owner's key really signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mandate {
    object: Object,
    did: Did,
    of: MandateOf,
}

/// Something that an agent would do under a mandate, or did.
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    /// The intent of the envelope.
    pub intent: &'a Intent,
    /// The recipient.
    pub with: &'a Did,
    /// The terms that it puts on the table or confirms; none for words.
    pub terms: Option<&'a Object>,
    /// The time.
    pub at: Timestamp,
    /// The number of times the mandate was used in the 24 hours before, as far as the one who asks knows.
    pub used: u32,
}

/// The reason why a mandate does not cover something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutsideMandate {
    /// Before or after its time.
    #[error("the mandate does not hold at this time")]
    Time,
    /// With somebody else.
    #[error("the mandate is for somebody else")]
    With,
    /// About something else.
    #[error("the mandate is not for this intent")]
    Intent,
    /// The intent is one that a mandate has to name, with a limit.
    #[error("this intent needs a mandate that names it, and a limit in it")]
    Unnamed,
    /// The terms have a member that no limit speaks of.
    #[error("no mandate covers the member `{0}` of the terms")]
    Member(String),
    /// More money, other money, or money without a limit.
    #[error("the amount is not within the mandate's limit")]
    Amount,
    /// Not within its hours, or at a time that is not definite.
    #[error("the time is not within the mandate's hours")]
    Hours,
    /// Used up for today.
    #[error("the mandate was used as often as it may be in a day")]
    Number,
}

/// Returns whether an intent spends, delegates, introduces or tells personal things: the owner decides it, unless a mandate
/// names exactly this intent, and a limit.
#[must_use]
pub fn is_sensitive(intent: &Intent) -> bool {
    let intent = intent.as_str();
    intent.starts_with("commerce.")
        || ["task.delegate", "social.introduction", "info.share", "info.request"].contains(&intent)
}

impl Mandate {
    /// Signs what the owner grants. An end more than [`MANDATE_LIFE`] after the beginning is brought forward to that.
    ///
    /// # Errors
    /// [`Refusal`] when it names no intent, or too many.
    pub fn sign(owner: &OwnerKey, of: &MandateOf) -> Result<Self, Refusal> {
        let intents: Vec<&str> = of.intents.iter().map(|pattern| pattern.0.as_str()).collect();
        let with = match &of.with {
            With::Any => "any".to_owned(),
            With::One(did) => did.to_string(),
        };
        let mut object = to_object(&json!({
            "id": of.id, "did": owner.did(), "intents": intents, "with": with, "limits": of.limits.to_object(),
            "not_before": of.not_before, "not_after": of.not_after.min(of.not_before + MANDATE_LIFE),
        }));
        owner.sign(Tag::Mandate, &mut object);
        Self::read(&Value::Object(object))
    }

    /// Reads a mandate and checks its form, its length and its owner's signature; not the time.
    ///
    /// # Errors
    /// [`Code::Malformed`] or [`Code::ApprovalInvalid`], with the place.
    pub fn read(value: &Value) -> Result<Self, Refusal> {
        let object = value.as_object().ok_or_else(|| Refusal::malformed("", "an object is needed here"))?;
        let members = Members::of(object);
        only(object, &["id", "did", "intents", "with", "limits", "not_before", "not_after", "signature"])?;
        let of = MandateOf {
            id: members.text("id")?,
            intents: members.list("intents", MANDATE_INTENTS, |item| item.text())?,
            with: read_with(&members)?,
            limits: MandateLimits::read(members.at("limits")?.object()?)?,
            not_before: members.text("not_before")?,
            not_after: members.text("not_after")?,
        };
        if of.intents.is_empty() {
            return Err(members.malformed("intents", "at least one is needed"));
        }
        if of.not_after.since(of.not_before) > MANDATE_LIFE {
            return Err(members.refused(Code::ApprovalInvalid, "not_after").because("longer than a mandate may be"));
        }
        let did: Did = members.text("did")?;
        let signed = did.key().check(Tag::Mandate, object);
        signed.map_err(|error| members.refused(Code::ApprovalInvalid, "signature").because(error))?;
        Ok(Self { object: object.clone(), did, of })
    }

    /// Returns whose word it is.
    #[must_use]
    pub fn did(&self) -> &Did {
        &self.did
    }

    /// Returns what it grants.
    #[must_use]
    pub fn of(&self) -> &MandateOf {
        &self.of
    }

    /// The mandate as it stands in documents.
    #[must_use]
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// Checks whether it covers this.
    ///
    /// # Errors
    /// [`OutsideMandate`] with the first limit that is not kept.
    pub fn covers(&self, what: &Use<'_>) -> Result<(), OutsideMandate> {
        self.of.covers(what)
    }
}

impl MandateOf {
    /// Checks whether what is granted covers this, as the mandate will once it is signed.
    ///
    /// # Errors
    /// [`OutsideMandate`] with the first limit that is not kept.
    pub fn covers(&self, what: &Use<'_>) -> Result<(), OutsideMandate> {
        if what.at < self.not_before || what.at >= self.not_after {
            return Err(OutsideMandate::Time);
        }
        if matches!(self.with, With::One(did) if did != *what.with) {
            return Err(OutsideMandate::With);
        }
        if !self.intents.iter().any(|pattern| what.intent.matches(&pattern.0)) {
            return Err(OutsideMandate::Intent);
        }
        if is_sensitive(what.intent) && !self.names(what.intent) {
            return Err(OutsideMandate::Unnamed);
        }
        self.limits.allow(what)
    }

    /// Returns whether it names exactly this intent, and has a limit.
    fn names(&self, intent: &Intent) -> bool {
        self.limits != MandateLimits::default() && self.intents.iter().any(|pattern| pattern.0 == intent.as_str())
    }
}

fn read_with(members: &Members<'_>) -> Result<With, Refusal> {
    match members.at("with")?.str()? {
        "any" => Ok(With::Any),
        _ => Ok(With::One(members.text("with")?)),
    }
}

/// Refuses an object with a member that is not among these.
pub(crate) fn only(object: &Object, names: &[&str]) -> Result<(), Refusal> {
    match object.keys().find(|name| !names.contains(&name.as_str())) {
        None => Ok(()),
        Some(_) => Err(Refusal::malformed("", format_args!("only these members are read here: {}", names.join(", ")))),
    }
}

#[cfg(test)]
mod tests;
