//! What is said about people: contacts, invites, mandates, cards, and another node of this identity.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::Failure;
use ai2ai_core::error::{CardError, ContactError, InviteError, MandateError, TakenOver};

use super::{failed, refused, usage};

pub(super) fn contact(error: ContactError) -> Failure {
    match error {
        ContactError::OwnIdentity => usage(ErrorCode::OwnIdentity, "that is you"),
        ContactError::NameTaken { name, by } => {
            refused(ErrorCode::NameTaken, format!("{name:?} is already your name for {by}"))
                .hint("give this one another: `ai2ai add WHO --as NAME`")
        }
    }
}

pub(super) fn invite(error: InviteError) -> Failure {
    match error {
        InviteError::Life { most_hours } => {
            usage(ErrorCode::Usage, format!("an invite lasts between 1 and {most_hours} hours"))
        }
        InviteError::TooMany(error) => refused(ErrorCode::TooManyInvites, error.to_string())
            .hint("take them back with `ai2ai invite --cancel`, or wait for one to end"),
        InviteError::NoAddress => {
            failed(ErrorCode::NoAddress, "your node has no address yet that an invite could name")
                .hint("wait a moment, and see `ai2ai status`")
        }
    }
}

pub(super) fn mandate(error: MandateError) -> Failure {
    match error {
        MandateError::TooMany { most } => {
            refused(ErrorCode::OverBudget, format!("{most} mandates are in force already"))
                .hint("take one back first: `ai2ai mandates`, `ai2ai revoke ID`")
        }
        MandateError::Invalid(refusal) => usage(ErrorCode::Usage, refusal.to_string()),
        MandateError::Damaged(id) => failed(ErrorCode::Database, format!("the mandate {id} is damaged")),
    }
}

pub(super) fn card(error: CardError) -> Failure {
    match error {
        CardError::Card(refusal) => Failure::internal(format!("our own card is no good: {refusal}")),
        CardError::Ping(error) => Failure::internal(error),
    }
}

pub(super) fn taken_over(other: TakenOver) -> Failure {
    let TakenOver { peer, at } = other;
    let message = format!("another node of this identity, {peer}, has taken over at {at}");
    failed(ErrorCode::TakenOver, message).hint(
        "Nothing is lost here. If this one is to go on, `ai2ai up --take-over`: the other stops when it sees it. If the other is not \
         yours, your agent's key was stolen: `ai2ai keys rotate --stolen`, then `ai2ai up`.",
    )
}
