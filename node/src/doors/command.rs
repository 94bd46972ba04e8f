//! What can be asked of a running node, and at which door.

use std::path::PathBuf;

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::name::Intent;
use ai2ai_protocol::time::Timestamp;
use ai2ai_protocol::trust::Trust;
use serde::{Deserialize, Serialize};

use crate::identity::Pin;

/// Which door a command came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The human: may do everything.
    Owner,
    /// The AI: may read what was cleared, draft, ask for status, and withdraw its own.
    Agent,
}

/// What an owner would let the agent do by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// For which intents: `schedule.meeting`, `schedule.*`.
    pub intents: Vec<String>,
    /// Within which limits, as they stand in a mandate (SPEC.md §14).
    pub limits: Object,
    /// For how many days from now.
    pub days: u32,
}

/// What is carried by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Carry {
    /// What waits for somebody is to become a file.
    Out {
        /// Whom it is for.
        who: String,
    },
    /// A file that was brought here.
    In {
        /// The file.
        file: PathBuf,
    },
    /// Somebody's card, byte for byte.
    Card {
        /// The card.
        card: String,
        /// The owner's name for them.
        name: Option<String>,
    },
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
        /// To whom; everybody, where nobody is named.
        who: Option<String>,
    },
    Card {},
    CardOf {
        who: String,
    },
    Doctor {
        /// Whom to try the way to and back with.
        #[serde(default)]
        peer: Option<String>,
    },
}

impl Command {
    /// Whether it drafts: what an agent says waits for its owner.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        matches!(
            self,
            Self::Send { .. }
                | Self::Ask { .. }
                | Self::Meet { .. }
                | Self::Propose { .. }
                | Self::Reply { .. }
                | Self::Cancel { .. }
        )
    }

    /// Whether the agent's door has this command. Everything that decides, pairs, trusts or looks at the owner's items is absent.
    #[must_use]
    pub fn is_for_agents(&self) -> bool {
        match self {
            Self::Status {}
            | Self::Contacts {}
            | Self::Send { .. }
            | Self::Ask { .. }
            | Self::Meet { .. }
            | Self::Propose { .. }
            | Self::Reply { .. }
            | Self::Cancel { .. }
            | Self::Conversations { .. }
            | Self::Conversation { .. }
            | Self::Follow { .. }
            | Self::Outbox { .. }
            | Self::Withdraw { .. }
            | Self::Draft { .. }
            | Self::Card {} => true,
            Self::Once { draft, .. } => draft.is_draft(),
            Self::Nearby {}
            | Self::Find { .. }
            | Self::Add { .. }
            | Self::Invite { .. }
            | Self::CancelInvites {}
            | Self::VerifyContact { .. }
            | Self::Trust { .. }
            | Self::Rehearse { .. }
            | Self::Regard { .. }
            | Self::Mandates {}
            | Self::Revoke { .. }
            | Self::Panic { .. }
            | Self::Block { .. }
            | Self::Unblock { .. }
            | Self::Forget { .. }
            | Self::ForgetConversation { .. }
            | Self::RotateKeys { .. }
            | Self::ChangePin { .. }
            | Self::Backup { .. }
            | Self::Carry { .. }
            | Self::CardOf { .. }
            | Self::Ping { .. }
            | Self::Pending {}
            | Self::Show { .. }
            | Self::Approve { .. }
            | Self::Reject { .. }
            | Self::Snooze { .. }
            | Self::Open {}
            | Self::Export { .. }
            | Self::ExportMeeting { .. }
            | Self::Dead {}
            | Self::DeadRetry { .. }
            | Self::Audit {}
            | Self::AuditVerify { .. }
            | Self::Told { .. }
            | Self::Doctor { .. } => false,
        }
    }
}
