//! Errors of the words of a message: whoever speaks can say it otherwise.

use ai2ai_protocol::name::NameError;

/// Words that say nothing, or nothing well-formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WordsError {
    /// A part of the message, of this name, has nothing in it that could be read.
    Empty(String),
    /// A meeting without a time.
    NoTime,
    /// A meeting of no minutes.
    NoMinutes,
    /// A name that is no intent.
    Intent(NameError),
}

/// Reply that does not fit what it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyError {
    /// It says nothing.
    Empty,
    /// Times are proposed, and none of them is chosen.
    ChoiceNeeded {
        /// Number of times that are proposed.
        proposed: usize,
    },
    /// It chooses a time that is not proposed.
    NoSuchTime {
        /// The choice, from 1.
        choice: usize,
        /// Number of times that are proposed.
        proposed: usize,
    },
    /// It chooses one of the times that our own agent proposes: that is for the other side.
    OwnTimes,
    /// It accepts terms, and those that stand are our own.
    OwnTerms,
    /// It accepts terms, and none stand.
    NoTerms,
    /// The other side has said something since the message that it answers.
    Overtaken,
}
