//! Requests to a running node: a struct for each verb, and what it is asked with. The list of them is [`crate::command`]'s.
//!
//! Names of people (`who`) are a contact's name, agent name or `did`; ids may be cut to a unique prefix of four characters or more.

mod conversations;
mod delivery;
mod inbox;
mod keys;
mod ledger;
mod node;
pub(crate) mod parts;
mod people;
mod talk;
mod trust;

pub use conversations::{Conversation, Conversations, Export, ExportMeeting, Follow, ForgetConversation, HITS, Search};
pub use delivery::{Carry, Dead, DeadRetry, Outbox, Withdraw};
pub use inbox::{Approve, Pending, Reject, Show, Snooze};
pub use keys::{Backup, ChangePin, RotateKeys};
pub use ledger::{Audit, AuditVerify, Told};
pub use node::{Doctor, Open, Status};
pub use people::{
    Add, Block, CancelInvites, Card, CardOf, Contacts, Find, Forget, Invite, Nearby, Ping, Unblock, VerifyContact,
};
pub use talk::{Ask, Cancel, Draft, Meet, Propose, Reply, Send};

pub use crate::command::Once;
pub use trust::{Mandates, Panic, Regard, Rehearse, Revoke, Trust};

/// Makes a request: a struct that is read strictly, since a member that is not known would be a wish that is not done.
macro_rules! request {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }
    };
}

use request;
