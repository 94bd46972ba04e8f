//! The reason why a document was refused, and where in it the reason lies.

use std::fmt;

use crate::canonical::JsonError;
use crate::code::Code;

/// A document that is not accepted: the code for the wire, the place for whoever has to mend it.
///
/// Neither the place nor the reason repeats text of the document, so both may be shown and logged as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The code, as it goes back to the sender.
    pub code: Code,
    /// The member, as a JSON pointer (RFC 6901) such as `/to/did`; empty for the document itself.
    pub place: String,
    /// The fault there; empty when the code says it all.
    pub reason: String,
}

impl Refusal {
    /// A refusal at a place, whose code says it all.
    #[must_use]
    pub fn new(code: Code, place: impl Into<String>) -> Self {
        Self { code, place: place.into(), reason: String::new() }
    }

    /// A member that is missing or of the wrong form.
    #[must_use]
    pub fn malformed(place: impl Into<String>, reason: impl fmt::Display) -> Self {
        Self { code: Code::Malformed, place: place.into(), reason: reason.to_string() }
    }

    /// The same refusal, with the reason for whoever has to mend it.
    #[must_use]
    pub fn because(mut self, reason: impl fmt::Display) -> Self {
        self.reason = reason.to_string();
        self
    }
}

impl From<JsonError> for Refusal {
    fn from(error: JsonError) -> Self {
        let code = match error {
            JsonError::TooLarge { .. } => Code::TooLarge,
            JsonError::TooDeep { .. } => Code::TooDeep,
            JsonError::Number { .. } | JsonError::Malformed(_) => Code::Malformed,
        };
        Self::new(code, "").because(error)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.code.fmt(f)?;
        if !self.place.is_empty() {
            write!(f, ": member `{}`", self.place)?;
        }
        if self.reason.is_empty() { Ok(()) } else { write!(f, ": {}", self.reason) }
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_where_and_why() {
        assert_eq!(Refusal::new(Code::WrongRecipient, "/to/did").to_string(), "wrong_recipient: member `/to/did`");
        assert_eq!(Refusal::malformed("/id", "it is missing").to_string(), "malformed: member `/id`: it is missing");
        assert_eq!(Refusal::from(JsonError::Malformed("no JSON".to_owned())).to_string(), "malformed: no JSON");
    }
}
