//! Commands that a running node takes: the one list of its verbs, with the door and the reply of each.

mod access;
mod once;
#[cfg(test)]
mod tests;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::requests;
use crate::views::reply::{CarriedReply, ForgottenReply, Reply, TrustReply};
use crate::views::*;

pub use crate::requests::parts::{Carry, Grant};
pub use access::Access;
pub use once::Once;

/// Role of a client, by the door it came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The human: may do everything.
    Owner,
    /// The AI: may read what was cleared, draft, ask for status, and withdraw its own.
    Agent,
}

/// A verb: what it is asked with, what it is answered with, and who may ask.
pub trait Request: Serialize + DeserializeOwned + Into<Command> {
    /// The answer.
    type Reply: Reply;
    /// Name of the verb, as it stands in a request.
    const NAME: &'static str;
    /// The door that has it.
    const ACCESS: Access;
}

/// Gives the one list of verbs to a macro: the name of each on the wire, its request, the door that has it, and its reply. The
/// engine makes its match of it: a verb that nobody does there does not compile.
#[macro_export]
macro_rules! for_each_verb {
    ($callback:ident) => {
        $callback! {
            "status" Status: Agent => StatusView,
            "nearby" Nearby: Owner => Vec<NearbyView>,
            "find" Find: Owner => Vec<FoundView>,
            "add" Add: Owner => ContactView,
            "invite" Invite: Owner => InviteView,
            "cancel_invites" CancelInvites: Owner => InvitesCancelledView,
            "verify_contact" VerifyContact: Owner => WordsView,
            "contacts" Contacts: Agent => Vec<ContactView>,
            "trust" Trust: Owner => TrustReply,
            "rehearse" Rehearse: Owner => Vec<RehearsalView>,
            "regard" Regard: Owner => TrustView,
            "mandates" Mandates: Owner => Vec<MandateView>,
            "revoke" Revoke: Owner => MandateView,
            "panic" Panic: Owner => PanicView,
            "block" Block: Owner => ContactView,
            "unblock" Unblock: Owner => ContactView,
            "forget" Forget: Owner => ForgottenReply,
            "forget_conversation" ForgetConversation: Owner => ForgottenView,
            "rotate_keys" RotateKeys: Owner => KeysView,
            "change_pin" ChangePin: Owner => KeysView,
            "backup" Backup: Owner => BackupView,
            "carry" Carry: Owner => CarriedReply,
            "ping" Ping: Owner => PingView,
            "send" Send: Draft => SentView,
            "ask" Ask: Draft => SentView,
            "meet" Meet: Draft => SentView,
            "propose" Propose: Draft => SentView,
            "reply" Reply: Draft => SentView,
            "cancel" Cancel: Draft => SentView,
            "pending" Pending: Owner => Vec<PendingView>,
            "show" Show: Owner => ItemView,
            "approve" Approve: Owner => DecisionView,
            "reject" Reject: Owner => DecisionView,
            "snooze" Snooze: Owner => SnoozedView,
            "open" Open: Owner => OpenView,
            "conversations" Conversations: Agent => Vec<ConversationLine>,
            "search" Search: Owner => Vec<HitView>,
            "conversation" Conversation: Agent => ConversationView,
            "follow" Follow: Agent => ConversationView,
            "export" Export: Owner => AgreementView,
            "export_meeting" ExportMeeting: Owner => MeetingView,
            "outbox" Outbox: Agent => Vec<OutboxView>,
            "dead" Dead: Owner => Vec<OutboxView>,
            "dead_retry" DeadRetry: Owner => SentView,
            "withdraw" Withdraw: Agent => WithdrawnView,
            "once" Once: Owner => SentView,
            "draft" Draft: Agent => DraftView,
            "audit" Audit: Owner => Vec<AuditView>,
            "audit_verify" AuditVerify: Owner => AuditVerdictView,
            "told" Told: Owner => Vec<ToldView>,
            "card" Card: Agent => CardView,
            "card_of" CardOf: Owner => CardOfView,
            "doctor" Doctor: Owner => Vec<DoctorView>,
        }
    };
}

/// Makes, of the one list of verbs, the enum of the wire and the access table.
macro_rules! verbs {
    ($($name:literal $verb:ident: $access:ident => $reply:ty,)*) => {
        /// A command for the running node: one of all requests, with the verb's name beside its members.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(tag = "command")]
        pub enum Command {
            $(
                #[doc = concat!("Verb `", $name, "`.")]
                #[serde(rename = $name)]
                $verb(requests::$verb),
            )*
        }

        $(
            impl Request for requests::$verb {
                type Reply = $reply;
                const NAME: &'static str = $name;
                const ACCESS: Access = Access::$access;
            }

            impl From<requests::$verb> for Command {
                fn from(request: requests::$verb) -> Self {
                    Self::$verb(request)
                }
            }
        )*

        impl Command {
            /// Names of all verbs, in the order of the list.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// Name of the verb.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$verb(_) => $name,)* }
            }

            /// Access of the verb in the list.
            fn listed_access(&self) -> Access {
                match self { $(Self::$verb(_) => Access::$access,)* }
            }
        }
    };
}

for_each_verb!(verbs);
