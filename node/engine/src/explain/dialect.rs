//! What is said about agents of the original, which can be told less.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::Failure;
use ai2ai_core::error::DialectError;

use super::{failed, refused, usage};

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
        DialectError::TooManyContacts { most } => full(format!("there are {most} of them already")),
        DialectError::Unverified => {
            refused(ErrorCode::Unverified, "nothing proves who wrote this, so nobody is answered")
                .hint("add them by the address of their agent, and compare the fingerprint: `ai2ai add https://…`")
        }
        DialectError::ChoiceNeeded { proposed } => {
            usage(ErrorCode::ChoiceNeeded, format!("{proposed} times are proposed: which one?"))
                .hint("add `--choose N`, the first being 1; or `--reply TEXT` for words alone")
        }
        DialectError::NameTaken { name } => {
            refused(ErrorCode::NameTaken, format!("{name:?} is already your name for somebody else"))
                .hint("give this one another: `ai2ai add WHO --as NAME`")
        }
        DialectError::OtherKey { endpoint, pinned } => {
            let message = format!("{endpoint} showed another key before, and that one is pinned for {pinned}");
            refused(ErrorCode::OtherKey, message)
                .hint(format!("ask them whether they have a new key; then `ai2ai forget {pinned}` and add them again"))
        }
        DialectError::BadKey(error) => failed(ErrorCode::BadKey, error.to_string()),
        DialectError::Unwritable(error) => refused(ErrorCode::NotSent, error.to_string()),
    }
}
