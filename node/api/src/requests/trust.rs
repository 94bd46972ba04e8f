//! Requests about what the agent may do by itself.

use ai2ai_protocol::trust;
use serde::{Deserialize, Serialize};

use super::parts::Grant;
use super::request;
use crate::pin::Pin;

request! {
    /// A trust level for a contact; with a grant, the agent may act within it.
    Trust {
        /// The contact.
        who: String,
        /// Level.
        level: trust::Trust,
        /// What the agent may do by itself.
        #[serde(default)]
        grant: Option<Grant>,
        /// PIN, where one seals the owner's key.
        pin: Option<Pin>,
    }
}

request! {
    /// Dry run of a grant: which past messages it would have let go.
    Rehearse {
        /// The contact.
        who: String,
        /// The grant to try.
        grant: Grant,
    }
}

request! {
    /// How a contact is trusted, and what came of it so far.
    Regard {
        /// The contact.
        who: String,
    }
}

request! {
    /// The mandates that hold.
    Mandates {}
}

request! {
    /// End of a mandate.
    Revoke {
        /// The mandate.
        id: String,
    }
}

request! {
    /// Stop of everything that the agent does by itself, or the end of that stop.
    Panic {
        /// Set to end the stop.
        over: bool,
        /// PIN, where one seals the owner's key.
        pin: Option<Pin>,
    }
}
