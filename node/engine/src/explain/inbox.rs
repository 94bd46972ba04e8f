//! What is said when an item is not raised, snoozed or found.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::Failure;
use ai2ai_api::text::when;
use ai2ai_core::error::{DraftStateError, RaiseError, SnoozeError};

use super::{refused, unknown};

pub(super) fn raise(error: RaiseError) -> Failure {
    let RaiseError::Full { most } = error;
    let message = format!("{most} items wait for the owner already; nothing more is put before them");
    refused(ErrorCode::OverBudget, message)
}

pub(super) fn snooze(error: SnoozeError) -> Failure {
    match error {
        SnoozeError::TooSoon(item) => {
            refused(ErrorCode::TooSoon, format!("{item} was not snoozed: that is less than a minute from now"))
        }
        SnoozeError::TooLate { item, end } => {
            let message = format!("{item} was not snoozed: it can only be decided until {}", when(end));
            refused(ErrorCode::TooLate, message).hint("Choose an earlier time, or decide now.")
        }
        SnoozeError::Full { item, most } => {
            refused(ErrorCode::OverBudget, format!("{item} was not snoozed: {most} items are out of sight already"))
        }
    }
}

pub(super) fn draft_state(error: DraftStateError) -> Failure {
    let why = match error {
        DraftStateError::BadId(error) => error.to_string(),
        DraftStateError::Unnamed => "neither an item nor a conversation is named".to_owned(),
        DraftStateError::Absent => "there is no such conversation, and no draft in it".to_owned(),
    };
    unknown(ErrorCode::UnknownItem, format!("that is no draft of yours: {why}"))
}
