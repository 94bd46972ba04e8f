//! What is said when something does not leave, or is not taken back.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::Failure;
use ai2ai_core::error::{ComposeError, DraftKeyError, ResendError, SendError, WithdrawError};
use ai2ai_protocol::conversation::SayError;

use super::{failed, refused, unknown, usage};

pub(super) fn compose(error: ComposeError) -> Failure {
    let malformed = |why: String| usage(ErrorCode::Malformed, why);
    match error {
        ComposeError::Blocked { name } => {
            refused(ErrorCode::Blocked, format!("{name} is blocked")).hint(format!("`ai2ai unblock {name}`"))
        }
        ComposeError::NotApproved => refused(ErrorCode::ApprovalMissing, "terms go out only with the owner's approval"),
        ComposeError::Terms => malformed("terms are a JSON object".to_owned()),
        ComposeError::TermsHash(error) => malformed(format!("terms_hash: {error}")),
        ComposeError::Draft(error) => malformed(error.to_string()),
        ComposeError::Act(refusal) => malformed(refusal.to_string()),
        ComposeError::Conversation { id, why } => {
            let code = match why {
                SayError::Closed(_) => ErrorCode::Closed,
                SayError::Pending => ErrorCode::Busy,
                SayError::NotConfirmed => ErrorCode::NotConfirmed,
                SayError::Cancelled => ErrorCode::Cancelled,
                SayError::StaleTerms | SayError::Replaces | SayError::SameTerms => ErrorCode::StaleTerms,
            };
            refused(code, why.to_string()).hint(format!("look at it: `ai2ai conversation {id}`"))
        }
    }
}

pub(super) fn send(error: SendError) -> Failure {
    let SendError::Policy(reason) = error;
    refused(ErrorCode::Refused, reason.to_string())
}

pub(super) fn draft_key(error: DraftKeyError) -> Failure {
    match error {
        DraftKeyError::Length { most } => {
            usage(ErrorCode::BadKey, format!("an idempotency_key has 1 to {most} characters"))
        }
        DraftKeyError::NoDraft => usage(ErrorCode::BadKey, "only a draft has a key"),
        DraftKeyError::Reused => refused(ErrorCode::KeyReused, "this idempotency_key was used for another draft"),
    }
}

pub(super) fn resend(error: ResendError) -> Failure {
    match error {
        ResendError::NotDead { id, state } => refused(ErrorCode::NotDead, format!("{id} is {state}"))
            .hint("only what `ai2ai dead` lists can be sent again; the rest is tried by itself"),
        ResendError::RefusedForGood { id, conversation, why } => {
            let why = why.as_deref().unwrap_or("no reason given");
            refused(ErrorCode::RefusedForGood, format!("their node refused {id} for good: {why}"))
                .hint(format!("see how it stands, and say something new: `ai2ai conversation {conversation}`"))
        }
        ResendError::Gone(id) => failed(ErrorCode::Gone, format!("the words of {id} are not kept any more")),
        ResendError::NoContact => {
            unknown(ErrorCode::UnknownContact, "they are no contact any more").hint("`ai2ai add` them again")
        }
        ResendError::Closed(id) => refused(ErrorCode::Closed, format!("{id} answers in a conversation that is over"))
            .hint("open a new one: `ai2ai send`, `ask`, `meet` or `propose`"),
    }
}

pub(super) fn withdraw(error: WithdrawError) -> Failure {
    match error {
        WithdrawError::NoDraft { id } => {
            let message = format!("no draft of yours has the id {id:?}; what your human sent is theirs to take back");
            unknown(ErrorCode::UnknownItem, message)
        }
        WithdrawError::Arrived { id, conversation, state } => {
            refused(ErrorCode::Arrived, format!("{id} is with them: it is {state}"))
                .hint(format!("say in the conversation what you think now: `ai2ai reply {conversation}`"))
        }
        WithdrawError::MayHaveArrived { id, conversation } => {
            let message = format!("{id} may have arrived: it was handed over, and nobody has answered yet");
            refused(ErrorCode::MayHaveArrived, message).hint(format!(
                "wait for the answer (`ai2ai outbox`), or say in the conversation what you think now: `ai2ai reply {conversation}`"
            ))
        }
        WithdrawError::UnderWay(id) => refused(ErrorCode::UnderWay, format!("{id} may be leaving at this moment"))
            .hint("try again once `ai2ai outbox` shows a try that did not reach them"),
        WithdrawError::Over { id, state } => {
            refused(ErrorCode::Over, format!("{id} is not on its way any more: it is {state}")).hint("see `ai2ai dead`")
        }
        WithdrawError::SaidAfterIt { id, last } => {
            let message = format!("what you said after {id} waits too, and would be read without it");
            refused(ErrorCode::SaidAfterIt, message).hint(format!("take that back first: `ai2ai withdraw {last}`"))
        }
        WithdrawError::NodesOwn(id) => {
            refused(ErrorCode::NodesOwn, format!("{id} is no message of yours: your node sends it by itself"))
        }
        WithdrawError::OfferArrived => {
            let message = "your offer before it has arrived, and may be confirmed if this rejection does not follow";
            refused(ErrorCode::OfferArrived, message).hint("let it go; then open a new conversation")
        }
    }
}
