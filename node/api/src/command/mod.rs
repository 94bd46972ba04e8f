//! Commands that a running node takes, and the door for each.

mod access;
mod parts;

use std::path::PathBuf;

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::name::Intent;
use ai2ai_protocol::time::Timestamp;
use ai2ai_protocol::trust::Trust;
use serde::{Deserialize, Serialize};

use crate::pin::Pin;

pub use parts::{Carry, Grant};

/// Role of a client, by the door it came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The human: may do everything.
    Owner,
    /// The AI: may read what was cleared, draft, ask for status, and withdraw its own.
    Agent,
}

/// A command for the running node. Names of people (`who`) are a contact's name, agent name or `did`; ids may be cut to a unique
/// prefix of four characters or more.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the command line documents each word")]
pub enum Command {
    Status {},
    Nearby {},
    Find {
        text: Option<String>,
        name: Option<String>,
        intent: Option<Intent>,
    },
    Add {
        who: String,
        name: Option<String>,
    },
    Invite {
        #[serde(default)]
        name: Option<String>,
        #[serde(default)]
        hours: Option<u32>,
    },
    CancelInvites {},
    VerifyContact {
        who: String,
        matches: bool,
    },
    Contacts {},
    Trust {
        who: String,
        level: Trust,
        #[serde(default)]
        grant: Option<Grant>,
        pin: Option<Pin>,
    },
    Rehearse {
        who: String,
        grant: Grant,
    },
    Regard {
        who: String,
    },
    Mandates {},
    Revoke {
        id: String,
    },
    Panic {
        over: bool,
        pin: Option<Pin>,
    },
    Block {
        who: String,
    },
    Unblock {
        who: String,
    },
    Forget {
        who: String,
        #[serde(default)]
        everything: bool,
        #[serde(default)]
        ask_them: bool,
        #[serde(default)]
        unresolved: bool,
    },
    ForgetConversation {
        id: String,
        ask_them: bool,
        unresolved: bool,
    },
    RotateKeys {
        stolen: bool,
        pin: Option<Pin>,
    },
    ChangePin {
        old: Option<Pin>,
        new: Pin,
    },
    Backup {
        file: PathBuf,
        passphrase: Pin,
    },
    Carry {
        what: Carry,
    },
    Ping {
        who: String,
    },
    Send {
        who: String,
        text: String,
    },
    Ask {
        who: String,
        question: String,
    },
    Meet {
        who: String,
        subject: String,
        times: Vec<String>,
        minutes: Option<u32>,
        place: Option<String>,
        pin: Option<Pin>,
    },
    Propose {
        who: String,
        intent: String,
        payload: Object,
        pin: Option<Pin>,
    },
    Reply {
        conversation: String,
        text: Option<String>,
        terms: Option<Object>,
        times: Vec<String>,
        choose: Option<usize>,
        accept: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<MessageId>,
        pin: Option<Pin>,
    },
    Cancel {
        conversation: String,
        reason: Option<String>,
        pin: Option<Pin>,
    },
    Pending {},
    Show {
        id: String,
    },
    Approve {
        id: String,
        digest: String,
        choose: Option<usize>,
        terms: Option<Object>,
        reply: Option<String>,
        pin: Option<Pin>,
    },
    Reject {
        id: String,
        digest: Option<String>,
        reply: Option<String>,
    },
    Snooze {
        id: String,
        until: Timestamp,
        /// Of what was shown, where something was: what came since is not put out of sight unseen.
        #[serde(default)]
        digest: Option<String>,
    },
    Open {},
    Conversations {
        #[serde(default)]
        before: Option<String>,
    },
    Conversation {
        id: String,
    },
    Follow {
        id: String,
    },
    Export {
        id: String,
    },
    ExportMeeting {
        id: String,
    },
    Outbox {
        #[serde(default)]
        all: bool,
    },
    Dead {},
    DeadRetry {
        id: String,
        pin: Option<Pin>,
    },
    Withdraw {
        id: String,
    },
    /// A draft that is made once under this key, whoever asks again.
    Once {
        key: String,
        draft: Box<Command>,
    },
    Draft {
        item: Option<String>,
        conversation: Option<String>,
    },
    Audit {},
    AuditVerify {
        /// A head that was kept.
        head: Option<String>,
    },
    Told {
        /// The recipient; everybody, where nobody is named.
        who: Option<String>,
    },
    Card {},
    CardOf {
        who: String,
    },
    Doctor {
        /// Contact with whom the way there and back is tried.
        #[serde(default)]
        peer: Option<String>,
    },
}
