//! Requests about contacts, and about those who may become one.

use ai2ai_protocol::name::Intent;
use serde::{Deserialize, Serialize};

use super::request;

request! {
    /// Who is found on this network and is no contact yet.
    Nearby {}
}

request! {
    /// Search of the directories of volunteers, and of registries of the original.
    Find {
        /// Words that the card has.
        text: Option<String>,
        /// Name, or its beginning.
        name: Option<String>,
        /// Intent that the agent takes.
        intent: Option<Intent>,
    }
}

request! {
    /// A new contact, by address, domain, invite, `did` or a name that is nearby.
    Add {
        /// Address, domain, invite, `did`, or a name that is nearby.
        who: String,
        /// The owner's name for them.
        name: Option<String>,
    }
}

request! {
    /// A new invite: a link that is good for one person, once.
    Invite {
        /// The owner's name for whoever comes.
        #[serde(default)]
        name: Option<String>,
        /// Life in hours.
        #[serde(default)]
        hours: Option<u32>,
    }
}

request! {
    /// Withdrawal of all open invites.
    CancelInvites {}
}

request! {
    /// Safety words of a contact, and what the owner heard when both read them out.
    VerifyContact {
        /// The contact.
        who: String,
        /// Set if the words are the same on both sides.
        matches: bool,
    }
}

request! {
    /// The contacts, and how each is reached now.
    Contacts {}
}

request! {
    /// A block: the contact is refused from now on.
    Block {
        /// The contact.
        who: String,
    }
}

request! {
    /// The end of a block.
    Unblock {
        /// The contact.
        who: String,
    }
}

request! {
    /// Removal of a contact, or of everything that was said with them.
    Forget {
        /// The contact.
        who: String,
        /// Set to erase what was said, too.
        #[serde(default)]
        everything: bool,
        /// Set to ask the other side to forget it too.
        #[serde(default)]
        ask_them: bool,
        /// Set to erase even where something is under way.
        #[serde(default)]
        unresolved: bool,
    }
}

request! {
    /// A way there and back to a contact, timed.
    Ping {
        /// The contact.
        who: String,
    }
}

request! {
    /// The card of this node, as others see it.
    Card {}
}

request! {
    /// The card of a contact, or of somebody nearby.
    CardOf {
        /// The contact, or somebody nearby.
        who: String,
    }
}
