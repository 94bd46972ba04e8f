//! Words of the audit: what was tried or done, by which factor, and what came of it.

use ai2ai_protocol::id::MandateId;

use crate::error_code::ErrorCode;
use crate::spelled::spelled;

/// Beginning of a word that names a mandate.
const MANDATE: &str = "mandate ";

spelled! {
    /// Act that the audit tells of. The spelling is a contract; any other word is the name of a command or a door.
    AuditAction {
        /// The agent said something by itself.
        Act = "act",
        /// Somebody became a contact.
        Add = "add",
        /// An item was approved.
        Approve = "approve",
        /// A backup was written.
        Backup = "backup",
        /// A contact was blocked.
        Block = "block",
        /// An agreement was called off.
        Cancel = "cancel",
        /// Every open invite was made void.
        CancelInvites = "cancel_invites",
        /// A dead message was sent again.
        DeadRetry = "dead_retry",
        /// An item ended undecided.
        Expire = "expire",
        /// A contact was dropped.
        Forget = "forget",
        /// What a contact asked to forget was erased.
        ForgetAsAsked = "forget_as_asked",
        /// A conversation was erased.
        ForgetConversation = "forget_conversation",
        /// A contact was dropped, and all that was said with them erased.
        ForgetEverything = "forget_everything",
        /// A mandate was granted.
        Grant = "grant",
        /// An invite was made.
        Invite = "invite",
        /// A contact's agent has a new key.
        NewKey = "new_key",
        /// A notice was noted.
        Note = "note",
        /// Every act of the agent was stopped.
        Panic = "panic",
        /// Mandates hold again.
        PanicOver = "panic_over",
        /// The owner's key was sealed with another PIN.
        Pin = "pin",
        /// An item was rejected.
        Reject = "reject",
        /// A contact got another name, since theirs was somebody else's.
        Rename = "rename",
        /// The home was restored from a backup.
        Restore = "restore",
        /// A mandate was taken back.
        Revoke = "revoke",
        /// The agent's key was replaced because it was stolen.
        RevokeKeys = "revoke_keys",
        /// The agent's key was replaced.
        RotateKeys = "rotate_keys",
        /// The owner said something.
        Say = "say",
        /// An item was put out of sight.
        Snooze = "snooze",
        /// Another node of this identity took over.
        TakenOver = "taken_over",
        /// A button was tapped in a messenger.
        Tap = "tap",
        /// The owner's key was to be opened for terms.
        Terms = "terms",
        /// The trust in a contact was set.
        Trust = "trust",
        /// A contact was unblocked.
        Unblock = "unblock",
        /// The words were compared with a contact.
        VerifyContact = "verify_contact",
        /// A message or a draft was taken back.
        Withdraw = "withdraw",
    }
}

spelled! {
    /// Factor of a decision: what stands for the owner's word. The spelling is a contract; any other word names a mandate or a door.
    AuditFactor {
        /// The agent's token, which decides nothing.
        AgentToken = "agent_token",
        /// A newer card.
        Card = "card",
        /// An owner's signature under a new key of their agent's.
        Delegation = "delegation",
        /// The end of a delegation, which was near.
        InTime = "in_time",
        /// An invite that the owner made before.
        Invite = "invite",
        /// The owner's key, which no PIN seals.
        NoPin = "no_pin",
        /// Nothing.
        None = "none",
        /// The passphrase of a backup.
        Passphrase = "passphrase",
        /// The PIN that seals the owner's key.
        Pin = "pin",
        /// A tap at Telegram.
        Telegram = "telegram",
        /// A command at the owner's door.
        Typed = "typed",
    }
}

impl AuditFactor {
    /// The owner's key, which a PIN seals or does not.
    #[must_use]
    pub fn of_owner_key(has_pin: bool) -> Self {
        if has_pin { Self::Pin } else { Self::NoPin }
    }

    /// The mandate under which the agent acted.
    #[must_use]
    pub fn of_mandate(id: &MandateId) -> Self {
        Self::Other(format!("{MANDATE}{id}").into())
    }

    /// Tells whether it names a mandate.
    #[must_use]
    pub fn is_mandate(&self) -> bool {
        self.as_str().starts_with(MANDATE)
    }
}

spelled! {
    /// Outcome of an act. The spelling is a contract; any other word is the code of a refusal, or names a mandate.
    AuditOutcome {
        /// It is done.
        Done = "done",
        /// The other side is asked whether they have it.
        Asked = "asked",
        /// The item ended undecided.
        Expired = "expired",
        /// There was nothing to erase.
        NothingToForget = "nothing to forget",
        /// The node stopped.
        Stopped = "stopped",
    }
}

impl AuditOutcome {
    /// The mandate that was granted or taken back.
    #[must_use]
    pub fn of_mandate(id: &MandateId) -> Self {
        Self::Other(format!("{MANDATE}{id}").into())
    }

    /// Tells whether an item waits no more after it: it was decided, or ended undecided.
    #[must_use]
    pub fn is_end(&self) -> bool {
        matches!(self, Self::Done | Self::Expired)
    }
}

impl From<&ErrorCode> for AuditOutcome {
    /// Refused, for the reason with this code.
    fn from(code: &ErrorCode) -> Self {
        Self::from(code.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contract. A word is added; none is changed.
    const ACTIONS: &str = "act add approve backup block cancel cancel_invites dead_retry expire forget forget_as_asked \
        forget_conversation forget_everything grant invite new_key note panic panic_over pin reject rename restore \
        revoke revoke_keys rotate_keys say snooze taken_over tap terms trust unblock verify_contact withdraw";
    const FACTORS: &str = "agent_token card delegation in_time invite no_pin none passphrase pin telegram typed";
    const OUTCOMES: &str = "done/asked/expired/nothing to forget/stopped";

    #[test]
    fn the_spelling_of_every_word_stays() {
        let actions: Vec<&str> = AuditAction::ALL.iter().map(AuditAction::as_str).collect();
        assert_eq!(actions.join(" "), ACTIONS);
        let factors: Vec<&str> = AuditFactor::ALL.iter().map(AuditFactor::as_str).collect();
        assert_eq!(factors.join(" "), FACTORS);
        let outcomes: Vec<&str> = AuditOutcome::ALL.iter().map(AuditOutcome::as_str).collect();
        assert_eq!(outcomes.join("/"), OUTCOMES);
    }

    #[test]
    fn a_word_of_another_version_is_kept_as_it_came() {
        let newer = AuditAction::from("of_tomorrow");
        assert_eq!(newer, AuditAction::Other("of_tomorrow".into()));
        assert_eq!(serde_json::to_string(&newer).ok().as_deref(), Some("\"of_tomorrow\""));
        let mandate = AuditFactor::of_mandate(&MandateId::from_bytes([7; 16]));
        assert!(mandate.is_mandate() && AuditFactor::from(mandate.as_str()) == mandate);
    }
}
