//! What is said when an owner's decision is not made, or something is not forgotten, called off or exported.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::Failure;
use ai2ai_core::error::{CancelError, DecideError, ExportError, ForgetError};
use ai2ai_protocol::conversation::Phase;

use super::{failed, refused, unknown, usage};

pub(super) fn decide(error: DecideError) -> Failure {
    match error {
        DecideError::NoReader { item, admits } => {
            let message = format!("{item} was not decided: nothing is sent by that, so nobody would read your words");
            let hint = if admits {
                "let them in first; then write to them: `ai2ai send`"
            } else {
                "decide it without `--reply`, `--choose` and `--terms`"
            };
            usage(ErrorCode::WordsWithoutReader, message).hint(hint)
        }
        DecideError::NoContact => unknown(ErrorCode::UnknownContact, "they are no contact any more")
            .hint("`ai2ai reject` the item, or `ai2ai add` them again"),
        DecideError::NoCard => {
            let message = "they have not shown a card yet, so nothing could be sent to them";
            failed(ErrorCode::NoCard, message).hint("try again when they are connected: see `ai2ai nearby`")
        }
        DecideError::NeedsKeys(item) => {
            let message = format!("{item} is not decided by this way: it renews your agent's key");
            refused(ErrorCode::NotHere, message).hint("ai2ai keys rotate")
        }
    }
}

pub(super) fn forget(error: ForgetError) -> Failure {
    const UNRESOLVED: &str = "Nothing was erased. Wait, or erase it all the same: `ai2ai forget … --unresolved`";
    match error {
        ForgetError::Unanswered(conversation) => {
            let message = format!("your last act in {conversation} is not answered yet: they may have accepted it");
            refused(ErrorCode::Unresolved, message).hint(UNRESOLVED)
        }
        ForgetError::UnderWay(conversation) => {
            let message = format!("something of yours in {conversation} is still on its way");
            refused(ErrorCode::Unresolved, message).hint(UNRESOLVED)
        }
        ForgetError::TooMany { with, most } => {
            refused(ErrorCode::OverBudget, format!("you have more than {most} conversations with them"))
                .hint(format!("Nothing was erased. To erase them all: ai2ai forget {with} --everything"))
        }
        ForgetError::NobodyToAsk => unknown(ErrorCode::UnknownContact, "they are no contact, so they cannot be asked")
            .hint("Nothing was erased. Leave out --ask-them."),
    }
}

pub(super) fn cancel(error: CancelError) -> Failure {
    match error {
        CancelError::NotConfirmed { conversation, phase } => {
            let message = format!("{conversation} was not called off: it is {phase}, and nothing is agreed in it");
            let hint = match phase {
                Phase::Proposed | Phase::Negotiating => "`ai2ai pending` has what you can reject in it",
                Phase::Confirmed | Phase::Rejected | Phase::Expired => "there is nothing left to do",
            };
            refused(ErrorCode::NotConfirmed, message).hint(hint)
        }
        CancelError::Cancelled { conversation, by } => {
            let who = by.map_or_else(|| "you have".to_owned(), |name| format!("{name} has"));
            let message = format!("{who} called off {conversation} already; there is nothing left to do");
            refused(ErrorCode::Cancelled, message)
                .hint(format!("see how it stands: `ai2ai conversation {conversation}`"))
        }
    }
}

pub(super) fn export(error: ExportError) -> Failure {
    match error {
        ExportError::NotConfirmed(conversation) => {
            let message = format!("{conversation} is not confirmed, so there is no agreement to export");
            failed(ErrorCode::NotConfirmed, message)
        }
        ExportError::NoMeeting(conversation) => {
            let message = format!("{conversation} has no time that you have approved, so there is no event to export");
            failed(ErrorCode::NoMeeting, message)
        }
        ExportError::Incomplete => {
            failed(ErrorCode::Database, "a message of the agreement is missing from the database")
        }
        ExportError::Invalid { why, of } => Failure::internal(format!("{why} for {of}")),
    }
}
