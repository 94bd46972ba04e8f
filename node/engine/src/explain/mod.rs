//! Explanations: the sentence, hint, code and exit of each refusal of the core, the same at every door. Nowhere else has the core's
//! refusals words.
//!
//! There is a file for each one of `ai2ai_core::error`.

mod content;
mod dialect;
mod inbox;
mod lookup;
mod outbound;
mod owner;
mod people;

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_core::error::{CoreError, Stop};
use ai2ai_store::StoreError;

/// Failure that tells whoever asked why their operation ended without its effect.
#[must_use]
pub fn explain(error: impl Into<Stop>) -> Failure {
    match error.into() {
        Stop::Refused(refused) => refusal(refused),
        Stop::Broken(error @ StoreError::Unwritable { .. }) => {
            Failure::new(Exit::Failed, ErrorCode::Unwritable, format!("nothing was changed: {error}"))
                .hint("Make room on that disk, or mend it. The node goes on by itself then.")
        }
        Stop::Broken(error) => Failure::new(Exit::Failed, ErrorCode::Database, format!("the database failed: {error}"))
            .hint("See `ai2ai doctor`. Look whether it was done before you type it again."),
    }
}

/// Failure of an operation that the core refused.
fn refusal(error: CoreError) -> Failure {
    match error {
        CoreError::Cancel(error) => owner::cancel(error),
        CoreError::Card(error) => people::card(error),
        CoreError::Compose(error) => outbound::compose(error),
        CoreError::Contact(error) => people::contact(error),
        CoreError::Decide(error) => owner::decide(error),
        CoreError::Dialect(error) => dialect::dialect(error),
        CoreError::DialectContact(error) => dialect::contact(error),
        CoreError::DraftKey(error) => outbound::draft_key(error),
        CoreError::DraftState(error) => inbox::draft_state(error),
        CoreError::Export(error) => owner::export(error),
        CoreError::Forget(error) => owner::forget(error),
        CoreError::Invite(error) => people::invite(error),
        CoreError::Json(error) => Failure::internal(error),
        CoreError::Mandate(error) => people::mandate(error),
        CoreError::Raise(error) => inbox::raise(error),
        CoreError::Reply(error) => content::reply(error),
        CoreError::Resend(error) => outbound::resend(error),
        CoreError::Send(error) => outbound::send(error),
        CoreError::Shown(error) => lookup::shown(error),
        CoreError::Snooze(error) => inbox::snooze(error),
        CoreError::TakenOver(other) => people::taken_over(other),
        CoreError::UnknownContact(error) => lookup::contact(error),
        CoreError::UnknownId(error) => lookup::id(error),
        CoreError::Withdraw(error) => outbound::withdraw(error),
        CoreError::Words(error) => content::words(error),
    }
}

/// Failure that whoever asked can mend by asking otherwise.
fn usage(code: ErrorCode, message: impl Into<String>) -> Failure {
    Failure::new(Exit::Usage, code, message)
}

/// Failure of something that is not there.
fn unknown(code: ErrorCode, message: impl Into<String>) -> Failure {
    Failure::new(Exit::Unknown, code, message)
}

/// Failure of something that is refused as things stand.
fn refused(code: ErrorCode, message: impl Into<String>) -> Failure {
    Failure::new(Exit::Refused, code, message)
}

/// Failure that whoever asked cannot help.
fn failed(code: ErrorCode, message: impl Into<String>) -> Failure {
    Failure::new(Exit::Failed, code, message)
}
