//! What is said about agents of the original, which can be told less.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::Failure;
use ai2ai_core::error::{DialectContactError, DialectError};

use super::{failed, refused, unknown, usage};

pub(super) fn dialect(error: DialectError) -> Failure {
    let full = |message: String| refused(ErrorCode::OverBudget, message);
    match error {
        DialectError::Blocked { name } => refused(ErrorCode::Blocked, format!("{name} is blocked")),
        DialectError::Closed { conversation, phase } => {
            refused(ErrorCode::Closed, format!("{conversation} is {phase}"))
        }
        DialectError::ConversationFull => full("this conversation is full".to_owned()),
        DialectError::TooManyConversations { most } => {
            full(format!("there are {most} conversations with agents of the original already"))
                .hint("`ai2ai forget` whom you need no more")
        }
        DialectError::TooManyOutgoing { most } => {
            full(format!("{most} messages to agents of the original are on their way already"))
                .hint("see `ai2ai outbox` and `ai2ai dead`")
        }
        DialectError::NoCancel(conversation) => {
            let message = format!(
                "{conversation} was not called off: agents of the original know no way to call off what was agreed"
            );
            refused(ErrorCode::Unsupported, message)
                .hint(format!("tell them in words: `ai2ai reply {conversation} \"…\"`"))
        }
        DialectError::NoContact => unknown(ErrorCode::UnknownContact, "they are no contact any more"),
        DialectError::Unverified => {
            refused(ErrorCode::Unverified, "nothing proves who wrote this, so nobody is answered")
                .hint("add them by the address of their agent, and compare the fingerprint: `ai2ai add https://…`")
        }
        DialectError::ChoiceNeeded { proposed } => {
            usage(ErrorCode::ChoiceNeeded, format!("{proposed} times are proposed: which one?"))
                .hint("add `--choose N`, the first being 1; or `--reply TEXT` for words alone")
        }
        DialectError::BadKey(error) => failed(ErrorCode::BadKey, error.to_string()),
        DialectError::Unwritable(error) => refused(ErrorCode::NotSent, error.to_string()),
    }
}

pub(super) fn contact(error: DialectContactError) -> Failure {
    match error {
        DialectContactError::TooMany { most } => {
            refused(ErrorCode::OverBudget, format!("there are {most} of them already"))
        }
        DialectContactError::OwnKey => usage(ErrorCode::OwnIdentity, "that is your own key"),
        DialectContactError::SpeaksNatively { name } => {
            let message = format!("the key that it shows is that of {name}, who speaks AI2AI itself");
            refused(ErrorCode::SpeaksNatively, message).hint("nobody was added, and that contact is as it was")
        }
        DialectContactError::NameTaken { name } => {
            refused(ErrorCode::NameTaken, format!("{name:?} is already your name for somebody else"))
                .hint("give this one another: `ai2ai add WHO --as NAME`")
        }
        DialectContactError::OtherKey { endpoint, pinned } => {
            let message = format!("{endpoint} showed another key before, and that one is pinned for {pinned}");
            refused(ErrorCode::OtherKey, message)
                .hint(format!("ask them whether they have a new key; then `ai2ai forget {pinned}` and add them again"))
        }
    }
}
