//! Errors of finding what a person or a program calls by a name or an id: whoever asked typed it.

use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::ItemId;

/// Name that is no contact's, or more than one's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnknownContact {
    /// Nobody has it.
    Nobody {
        /// What was typed.
        who: String,
    },
    /// Several have it.
    Several {
        /// What was typed.
        who: String,
        /// The owner's name and the identity of each of them.
        candidates: Vec<(String, Did)>,
    },
}

/// Kind of row that an id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A conversation.
    Conversation,
    /// An item that waits for the owner.
    Item,
    /// A mandate.
    Mandate,
    /// A message of ours.
    Message,
    /// A draft of the agent's.
    Draft,
}

/// Reason why an id names nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyUnknown {
    /// It is shorter than so many characters.
    TooShort(usize),
    /// No id begins so.
    NoPrefix,
    /// So many ids begin so, as far as they were counted.
    Several(usize),
    /// No row's id begins so.
    Absent,
    /// No row has this whole id.
    WholeAbsent,
}

/// Id, or beginning of one, that names no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownId {
    /// Kind of row that was looked for.
    pub of: Named,
    /// What was typed.
    pub id: String,
    /// Reason why it names none.
    pub why: WhyUnknown,
}

impl UnknownId {
    /// This id names no row of this kind, for this reason.
    #[must_use]
    pub fn new(of: Named, id: &str, why: WhyUnknown) -> Self {
        Self { of, id: id.to_owned(), why }
    }
}

/// Item that cannot be decided as it was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShownError {
    /// It has expired.
    Expired(ItemId),
    /// It has changed since it was shown.
    Changed(ItemId),
    /// An agent of another protocol brought it, and it is to be decided as a native one.
    NotNative(ItemId),
}
