//! What is said when the words of a message say nothing, or do not fit.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::Failure;
use ai2ai_core::error::{ReplyError, WordsError};

use super::{refused, usage};

pub(super) fn words(error: WordsError) -> Failure {
    let message = match error {
        WordsError::Empty(part) => format!("nothing is said: the {part} is empty"),
        WordsError::NoTime => "a meeting needs at least one --time".to_owned(),
        WordsError::NoMinutes => "a meeting lasts a minute at least".to_owned(),
        WordsError::Intent(error) => error.to_string(),
    };
    usage(ErrorCode::Usage, message)
}

pub(super) fn reply(error: ReplyError) -> Failure {
    match error {
        ReplyError::Empty => usage(ErrorCode::Usage, "a reply needs a text, --terms, --choose or --accept"),
        ReplyError::ChoiceNeeded { proposed } => {
            usage(ErrorCode::ChoiceNeeded, format!("{proposed} times are proposed: which one?"))
                .hint("add `--choose N`, the first being 1; or `--terms JSON` for your own")
        }
        ReplyError::NoSuchTime { choice, proposed } => {
            let message = format!("there is no proposed time {choice}; there are {proposed}");
            usage(ErrorCode::NoSuchChoice, message).hint("see them with `ai2ai show ID`")
        }
        ReplyError::OwnTimes => {
            let message = "the times in it are what your agent proposes: it is the other side that chooses one of them";
            usage(ErrorCode::NoSuchChoice, message)
                .hint("to offer only one of them, write it as your terms: `--terms JSON`")
        }
        ReplyError::OwnTerms => {
            let message = "the terms on the table are your own; the other side has to confirm them";
            refused(ErrorCode::StaleTerms, message)
        }
        ReplyError::NoTerms => refused(ErrorCode::StaleTerms, "there are no terms on the table to accept")
            .hint("put terms there with `--terms JSON`, or take a proposed time with `--choose N`"),
        ReplyError::Overtaken => {
            let message = "nothing was said: they have said something since the message that this answers";
            refused(ErrorCode::Overtaken, message).hint(
                "read the conversation again: `ai2ai conversation ID`; its last message of theirs is the one to answer",
            )
        }
    }
}
