//! What is said when a name or an id names nothing.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::Failure;
use ai2ai_core::error::{Named, ShownError, UnknownContact, UnknownId, WhyUnknown};

use super::{refused, unknown};

pub(super) fn contact(error: UnknownContact) -> Failure {
    match error {
        UnknownContact::Nobody { who } => unknown(ErrorCode::UnknownContact, format!("no contact is called {who:?}"))
            .hint("see `ai2ai contacts`; add someone with `ai2ai add`"),
        UnknownContact::Several { who, candidates } => {
            let names: Vec<String> = candidates.iter().map(|(name, did)| format!("{name} ({did})")).collect();
            let message = format!("{who:?} could be {}", names.join(" or "));
            unknown(ErrorCode::AmbiguousContact, message).hint("use the name you gave them, or the did")
        }
    }
}

pub(super) fn id(error: UnknownId) -> Failure {
    let UnknownId { of, id, why } = error;
    let message = match why {
        WhyUnknown::TooShort(characters) => {
            format!("{id:?} is too short for an id; {characters} characters are needed")
        }
        WhyUnknown::NoPrefix => format!("{id:?} is no beginning of an id"),
        WhyUnknown::Several(many) => format!("{id:?} fits {many} {}", plural(of)),
        WhyUnknown::Absent => absent(of, &format!("{id:?}")),
        WhyUnknown::WholeAbsent => absent(of, &id),
    };
    let (code, hint) = match of {
        Named::Conversation => (ErrorCode::UnknownConversation, "see `ai2ai conversations`"),
        Named::Item => (ErrorCode::UnknownItem, "see `ai2ai pending`"),
        Named::Mandate => (ErrorCode::UnknownMandate, "see `ai2ai mandates`"),
        Named::Message | Named::Draft => (ErrorCode::UnknownMessage, "see `ai2ai outbox --all` and `ai2ai dead`"),
    };
    unknown(code, message).hint(hint)
}

fn plural(of: Named) -> &'static str {
    match of {
        Named::Conversation => "conversations",
        Named::Item => "items",
        Named::Mandate => "mandates",
        Named::Message => "messages of yours",
        Named::Draft => "drafts",
    }
}

fn absent(of: Named, id: &str) -> String {
    match of {
        Named::Conversation => format!("there is no conversation {id}"),
        Named::Item => format!("nothing that waits has the id {id}; it may be decided or expired"),
        Named::Mandate => format!("there is no mandate {id}"),
        Named::Message => format!("there is no message {id} of yours"),
        Named::Draft => format!("there is no draft {id}"),
    }
}

pub(super) fn shown(error: ShownError) -> Failure {
    let (code, item, why) = match error {
        ShownError::Expired(item) => (ErrorCode::Expired, item, "it has expired"),
        ShownError::Changed(item) => (ErrorCode::ItemChanged, item, "it has changed since it was shown"),
        ShownError::NotNative(item) => {
            let message = format!("{item} was not decided: an agent of the original brought it");
            return unknown(ErrorCode::UnknownItem, message).hint("see `ai2ai pending`");
        }
    };
    refused(code, format!("{item} was not decided: {why}")).hint(format!("look at it again: `ai2ai show {item}`"))
}
