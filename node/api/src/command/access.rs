//! Access rules: which door may give which command.

use super::Command;

/// Access to a command.
#[derive(PartialEq, Eq)]
enum Access {
    /// Nobody but the owner.
    Owner,
    /// The agent too.
    Agent,
    /// The agent too, and what it says so waits for its owner.
    Draft,
}

impl Command {
    /// Tells whether it drafts: what an agent says waits for its owner.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        self.access() == Access::Draft
    }

    /// Tells whether the agent's door has this command. Everything that decides, pairs, trusts or looks at the owner's items is
    /// absent.
    #[must_use]
    pub fn is_for_agents(&self) -> bool {
        match self.access() {
            Access::Agent | Access::Draft => true,
            Access::Owner => false,
        }
    }

    /// Every command is named, so that a new one is nobody's until somebody has said whose it is.
    fn access(&self) -> Access {
        match self {
            Self::Send { .. }
            | Self::Ask { .. }
            | Self::Meet { .. }
            | Self::Propose { .. }
            | Self::Reply { .. }
            | Self::Cancel { .. } => Access::Draft,
            Self::Status {}
            | Self::Contacts {}
            | Self::Conversations { .. }
            | Self::Conversation { .. }
            | Self::Follow { .. }
            | Self::Outbox { .. }
            | Self::Withdraw { .. }
            | Self::Draft { .. }
            | Self::Card {} => Access::Agent,
            Self::Once { draft, .. } if draft.is_draft() => Access::Agent,
            Self::Once { .. }
            | Self::Nearby {}
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
            | Self::Doctor { .. } => Access::Owner,
        }
    }
}
