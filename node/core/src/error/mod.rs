//! Errors: why an operation ended without its effect, as data. Which sentence, hint and exit code each becomes is said at the border
//! of the node, for every door alike.
//!
//! | file | operations |
//! |---|---|
//! | `lookup` | finding a contact, or a row by the beginning of its id |
//! | `content` | the words of a message, and of a reply |
//! | `inbox` | raising and snoozing items, asking what became of a draft |
//! | `people` | contacts, invites, mandates, cards, the one node of an identity |
//! | `outbound` | composing, drafting under a key, sending again, taking back |
//! | `dialect` | what an agent of another protocol cannot be told |
//! | `owner` | deciding, forgetting, calling off, exporting |

mod content;
mod dialect;
mod inbox;
mod lookup;
mod outbound;
mod owner;
mod people;

use ai2ai_store::StoreError;

pub use content::{ReplyError, WordsError};
pub use dialect::{DialectContactError, DialectError};
pub use inbox::{DraftStateError, RaiseError, SnoozeError};
pub use lookup::{Named, ShownError, UnknownContact, UnknownId, WhyUnknown};
pub use outbound::{ComposeError, DraftKeyError, ResendError, SendError, WithdrawError};
pub use owner::{CancelError, DecideError, ExportError, ForgetError};
pub use people::{CardError, ContactError, InviteError, MandateError, TakenOver};

/// Makes the enum of all refusals, and the conversions from each operation's error to it and to [`Stop`].
macro_rules! refusals {
    ($($(#[$doc:meta])* $variant:ident($error:ty),)*) => {
        /// Refusal of an operation: the error of the room that refused.
        #[derive(Debug)]
        pub enum CoreError {
            $($(#[$doc])* $variant($error),)*
        }

        $(
            impl From<$error> for CoreError {
                fn from(error: $error) -> Self {
                    Self::$variant(error)
                }
            }

            impl From<$error> for Stop {
                fn from(error: $error) -> Self {
                    Self::Refused(error.into())
                }
            }
        )*
    };
}

refusals! {
    /// Calling off an agreement.
    Cancel(CancelError),
    /// Signing a card of ours, or the ping that brings it.
    Card(CardError),
    /// Composing a message.
    Compose(ComposeError),
    /// Adding a contact.
    Contact(ContactError),
    /// Deciding on an item.
    Decide(DecideError),
    /// Saying something to an agent of another protocol.
    Dialect(DialectError),
    /// Adding an agent of another protocol as a contact.
    DialectContact(DialectContactError),
    /// Drafting under a key.
    DraftKey(DraftKeyError),
    /// Asking what became of a draft.
    DraftState(DraftStateError),
    /// Exporting an agreement.
    Export(ExportError),
    /// Forgetting what was said.
    Forget(ForgetError),
    /// Making an invite.
    Invite(InviteError),
    /// A row of ours that cannot be written as JSON.
    Json(serde_json::Error),
    /// Granting, reading or revoking a mandate.
    Mandate(MandateError),
    /// Raising an item.
    Raise(RaiseError),
    /// Replying.
    Reply(ReplyError),
    /// Sending again.
    Resend(ResendError),
    /// Sending for an agent.
    Send(SendError),
    /// Deciding on an item that is not as it was shown.
    Shown(ShownError),
    /// Snoozing an item.
    Snooze(SnoozeError),
    /// Starting a node whose identity another one has taken over.
    TakenOver(TakenOver),
    /// Finding a contact.
    UnknownContact(UnknownContact),
    /// Finding a row by its id.
    UnknownId(UnknownId),
    /// Taking back a message or a draft.
    Withdraw(WithdrawError),
    /// Making the words of a message.
    Words(WordsError),
}

/// Reason why a transaction ended without its effect.
#[derive(Debug)]
pub enum Stop {
    /// Refused, with nothing written: for whoever asked.
    Refused(CoreError),
    /// The database failed: everything that shares the transaction is undone.
    Broken(StoreError),
}

impl From<CoreError> for Stop {
    fn from(error: CoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Broken(error)
    }
}

/// Outcome of a step of a transaction.
pub type Step<T> = Result<T, Stop>;
