//! Codes of failures: short names that scripts, agents and other versions depend on.

mod kinds;

use ai2ai_protocol::code::Code;

use crate::spelled::spelled;

spelled! {
    /// Code of a failure. The spelling is a contract: it never changes, and a code is only ever added.
    ErrorCode {
        /// Name that several contacts have.
        AmbiguousContact = "ambiguous_contact",
        /// Approval of something else, by somebody else, or forged.
        ApprovalInvalid = "approval_invalid",
        /// Terms or a confirm without their human's approval.
        ApprovalMissing = "approval_missing",
        /// Message that is with its recipient, and cannot be taken back.
        Arrived = "arrived",
        /// Address that cannot be read.
        BadAddress = "bad_address",
        /// Card that does not verify.
        BadCard = "bad_card",
        /// Settings that cannot be used.
        BadConfig = "bad_config",
        /// Delegation that is missing, not the owner's, not of this time, or replaced.
        BadDelegation = "bad_delegation",
        /// Id that cannot be read.
        BadId = "bad_id",
        /// Invite link that cannot be read.
        BadInvite = "bad_invite",
        /// Key of a draft that cannot be used.
        BadKey = "bad_key",
        /// Passphrase that is too weak.
        BadPassphrase = "bad_passphrase",
        /// PIN that cannot be one.
        BadPin = "bad_pin",
        /// Receipt that does not verify.
        BadReceipt = "bad_receipt",
        /// Signature that is missing or not the agent key's.
        BadSignature = "bad_signature",
        /// Time that cannot be read, or is out of bounds.
        BadTime = "bad_time",
        /// Token that opens no door of this node.
        BadToken = "bad_token",
        /// The contact is blocked.
        Blocked = "blocked",
        /// An act of the recipient's is under way: come again.
        Busy = "busy",
        /// Agreement that is called off already.
        Cancelled = "cancelled",
        /// The seal does not open.
        CannotOpen = "cannot_open",
        /// Several times are proposed, and none was chosen.
        ChoiceNeeded = "choice_needed",
        /// Clock of this machine that is wrong.
        Clock = "clock",
        /// The conversation is closed.
        Closed = "closed",
        /// Acts that crossed: the recipient's terms stand.
        Crossed = "crossed",
        /// The node went away before it had answered.
        CutOff = "cut_off",
        /// Backup that is not as it was written.
        DamagedBackup = "damaged_backup",
        /// Identity that cannot be read.
        DamagedIdentity = "damaged_identity",
        /// The database failed.
        Database = "database",
        /// Home that has a database already.
        DatabaseExists = "database_exists",
        /// The agent's key speaks for its owner no longer.
        DelegationEnded = "delegation_ended",
        /// The demo did not end as it should.
        DemoFailed = "demo_failed",
        /// File that is there already.
        Exists = "exists",
        /// Its time is over.
        Expired = "expired",
        /// Words that are not kept any more.
        Gone = "gone",
        /// Home that has an identity already.
        IdentityExists = "identity_exists",
        /// Another node runs on this home.
        InUse = "in_use",
        /// Failure that is nobody's fault at this door.
        Internal = "internal",
        /// A person interrupted it.
        Interrupted = "interrupted",
        /// Agreement that does not hold.
        Invalid = "invalid",
        /// Secret of no open invite.
        InviteInvalid = "invite_invalid",
        /// File, directory or socket that cannot be used.
        Io = "io",
        /// Item that has changed since it was shown.
        ItemChanged = "item_changed",
        /// Key under which another draft was made.
        KeyReused = "key_reused",
        /// A person left the demo.
        Left = "left",
        /// Life longer than an envelope's may be.
        LifeTooLong = "life_too_long",
        /// File or directory that others may read or change.
        LooseMode = "loose_mode",
        /// Mailbox without room for more.
        MailboxFull = "mailbox_full",
        /// JSON that all readers do not read alike, or a member that is missing or of the wrong form.
        Malformed = "malformed",
        /// Message that was handed over, with no answer yet.
        MayHaveArrived = "may_have_arrived",
        /// Name that the owner gave to another contact already.
        NameTaken = "name_taken",
        /// Backup of a newer version.
        NewerBackup = "newer_backup",
        /// Node without an address that could be named.
        NoAddress = "no_address",
        /// Domain with no agent that can be asked.
        NoAgent = "no_agent",
        /// Agent that is set up and does not answer.
        NoAnswer = "no_answer",
        /// File that is no backup.
        NoBackup = "no_backup",
        /// No calendar is set up, or it cannot be read.
        NoCalendar = "no_calendar",
        /// Contact of whom there is no card that is still good.
        NoCard = "no_card",
        /// No channel of notification is set up.
        NoChannel = "no_channel",
        /// No volunteer with a directory is known.
        NoDirectory = "no_directory",
        /// Line of a hook that is no draft.
        NoDraft = "no_draft",
        /// User without a home directory.
        NoHome = "no_home",
        /// Home without an identity.
        NoIdentity = "no_identity",
        /// Node that does not know invites.
        NoInvites = "no_invites",
        /// Place that is not in this mailbox.
        NoMailbox = "no_mailbox",
        /// Conversation in which no meeting is agreed.
        NoMeeting = "no_meeting",
        /// Node that serves no pages.
        NoPages = "no_pages",
        /// Choice of a time that was not proposed.
        NoSuchChoice = "no_such_choice",
        /// A message that the node made by itself, and nobody takes back.
        NodesOwn = "nodes_own",
        /// Directory, link or device where a file is wanted.
        NotAFile = "not_a_file",
        /// Conversation between others.
        NotAParty = "not_a_party",
        /// A person did not approve.
        NotApproved = "not_approved",
        /// A person did not call it off.
        NotCancelled = "not_cancelled",
        /// A person did not want the change.
        NotChanged = "not_changed",
        /// Conversation in which nothing is agreed.
        NotConfirmed = "not_confirmed",
        /// Message that can still be delivered.
        NotDead = "not_dead",
        /// A person did not want it erased.
        NotErased = "not_erased",
        /// Something that only another command does.
        NotHere = "not_here",
        /// Address that other machines reach, where only this one may.
        NotLoopback = "not_loopback",
        /// Directory that belongs to somebody else.
        NotOurs = "not_ours",
        /// No node runs on this home.
        NotRunning = "not_running",
        /// A person did not want it sent.
        NotSent = "not_sent",
        /// The words are not the same on both sides.
        NotVerified = "not_verified",
        /// Timestamp in the future.
        NotYetValid = "not_yet_valid",
        /// The terms have arrived, and stand.
        OfferArrived = "offer_arrived",
        /// Fingerprint or key that is not the expected one.
        OtherKey = "other_key",
        /// Act that the mandate does not cover.
        OutsideMandate = "outside_mandate",
        /// Message that is not on its way any more.
        Over = "over",
        /// More of something than is kept or allowed.
        OverBudget = "over_budget",
        /// Something came that the reply does not answer.
        Overtaken = "overtaken",
        /// The owner themselves, where somebody else is meant.
        OwnIdentity = "own_identity",
        /// Command that the agent may not give.
        OwnerOnly = "owner_only",
        /// The owner's token, where the agent's is wanted.
        OwnerToken = "owner_token",
        /// The owner's key is sealed, and no PIN came with the command.
        PinNeeded = "pin_needed",
        /// Too many PINs were wrong: the next is not tried yet.
        PinWait = "pin_wait",
        /// Stranger's words for which there is no more room.
        Quarantined = "quarantined",
        /// Too many for now.
        RateLimited = "rate_limited",
        /// The agent of the original refuses.
        Refused = "refused",
        /// Message that the other side will never take.
        RefusedForGood = "refused_for_good",
        /// The other side, or the owner, rejected it.
        Rejected = "rejected",
        /// Id that was seen with another content.
        ReplayedDifferently = "replayed_differently",
        /// Message after which something else was said.
        SaidAfterIt = "said_after_it",
        /// Settings of another program that cannot be changed.
        Settings = "settings",
        /// Domain of an agent that needs no endpoint.
        SpeaksNatively = "speaks_natively",
        /// Item that is not what was shown.
        StaleDigest = "stale_digest",
        /// About terms that do not stand.
        StaleTerms = "stale_terms",
        /// The node is stopping.
        Stopping = "stopping",
        /// Another node of this identity has taken over.
        TakenOver = "taken_over",
        /// JSON nested too deep.
        TooDeep = "too_deep",
        /// More bytes, or more of something, than is read.
        TooLarge = "too_large",
        /// Moment after the end of what it is about.
        TooLate = "too_late",
        /// Text of more characters than are taken.
        TooLong = "too_long",
        /// More open invites than are kept.
        TooManyInvites = "too_many_invites",
        /// Moment that is too close.
        TooSoon = "too_soon",
        /// Message that may be leaving at this moment.
        UnderWay = "under_way",
        /// Name or `did` of no contact.
        UnknownContact = "unknown_contact",
        /// Id of no conversation.
        UnknownConversation = "unknown_conversation",
        /// Domain with no record and no card.
        UnknownDomain = "unknown_domain",
        /// Id of nothing that waits for the owner.
        UnknownItem = "unknown_item",
        /// Id of no mandate.
        UnknownMandate = "unknown_mandate",
        /// Id of no message.
        UnknownMessage = "unknown_message",
        /// Sealed to a prekey that is gone.
        UnknownPrekey = "unknown_prekey",
        /// A sealing suite that this node does not know.
        UnknownSuite = "unknown_suite",
        /// Nobody answers there.
        Unreachable = "unreachable",
        /// Something is under way that erasing would leave unresolved.
        Unresolved = "unresolved",
        /// Something that the other side's software cannot do.
        Unsupported = "unsupported",
        /// Another version of the protocol.
        UnsupportedVersion = "unsupported_version",
        /// Nothing proves who wrote it.
        Unverified = "unverified",
        /// The database takes nothing more: the disk is full or broken.
        Unwritable = "unwritable",
        /// Command line that makes no sense.
        Usage = "usage",
        /// Words for somebody who is not answered.
        WordsWithoutReader = "words_without_reader",
        /// Card of somebody else than was asked for.
        WrongIdentity = "wrong_identity",
        /// Passphrase that does not open the backup.
        WrongPassphrase = "wrong_passphrase",
        /// PIN that does not open the owner's key.
        WrongPin = "wrong_pin",
        /// Addressed to somebody else.
        WrongRecipient = "wrong_recipient",
    }
}

impl From<Code> for ErrorCode {
    /// Codes of the wire keep their spelling.
    fn from(code: Code) -> Self {
        Self::from(code.to_string().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contract. A line is added for a new code; none is changed.
    const SPELLINGS: &str = "ambiguous_contact approval_invalid approval_missing arrived bad_address bad_card bad_config bad_delegation \
        bad_id bad_invite bad_key bad_passphrase bad_pin bad_receipt bad_signature bad_time bad_token blocked busy \
        cancelled cannot_open choice_needed clock closed crossed cut_off damaged_backup damaged_identity database \
        database_exists delegation_ended demo_failed exists expired gone identity_exists in_use internal interrupted \
        invalid invite_invalid io item_changed key_reused left life_too_long loose_mode mailbox_full malformed \
        may_have_arrived name_taken newer_backup no_address no_agent no_answer no_backup no_calendar no_card \
        no_channel no_directory no_draft no_home no_identity no_invites no_mailbox no_meeting no_pages \
        no_such_choice nodes_own not_a_file not_a_party not_approved not_cancelled not_changed not_confirmed \
        not_dead not_erased not_here not_loopback not_ours not_running not_sent not_verified not_yet_valid \
        offer_arrived other_key outside_mandate over over_budget overtaken own_identity owner_only owner_token \
        pin_needed pin_wait quarantined rate_limited refused refused_for_good rejected replayed_differently \
        said_after_it settings speaks_natively stale_digest stale_terms stopping taken_over too_deep too_large \
        too_late too_long too_many_invites too_soon under_way unknown_contact unknown_conversation unknown_domain \
        unknown_item unknown_mandate unknown_message unknown_prekey unknown_suite unreachable unresolved unsupported \
        unsupported_version unverified unwritable usage words_without_reader wrong_identity wrong_passphrase \
        wrong_pin wrong_recipient";

    #[test]
    fn the_spelling_of_every_code_stays() {
        let known: Vec<&str> = ErrorCode::ALL.iter().map(ErrorCode::as_str).collect();
        assert_eq!(known.join(" "), SPELLINGS);
        for code in ErrorCode::ALL {
            assert_eq!(code.as_str().parse().as_ref(), Ok(code));
            assert_eq!(serde_json::to_value(code).ok(), Some(code.as_str().into()));
        }
    }

    #[test]
    fn a_code_of_a_newer_node_is_kept_as_it_came() {
        let newer: ErrorCode = serde_json::from_str("\"of_tomorrow\"").expect("a text");
        assert_eq!(newer, ErrorCode::Other("of_tomorrow".into()));
        assert_eq!(serde_json::to_string(&newer).ok().as_deref(), Some("\"of_tomorrow\""));
    }

    #[test]
    fn codes_of_the_wire_are_known_here() {
        use Code::*;
        for code in [
            Malformed,
            TooLarge,
            TooDeep,
            UnsupportedVersion,
            UnknownSuite,
            UnknownPrekey,
            CannotOpen,
            BadSignature,
            BadDelegation,
            WrongRecipient,
            Expired,
            NotYetValid,
            LifeTooLong,
            ReplayedDifferently,
            Blocked,
            RateLimited,
            Quarantined,
            InviteInvalid,
            UnknownConversation,
            NotAParty,
            Crossed,
            StaleTerms,
            ApprovalMissing,
            ApprovalInvalid,
            OutsideMandate,
            Closed,
            OverBudget,
            Busy,
            NoMailbox,
            MailboxFull,
            Internal,
        ] {
            assert!(ErrorCode::ALL.contains(&ErrorCode::from(code)), "{code}");
        }
    }
}
