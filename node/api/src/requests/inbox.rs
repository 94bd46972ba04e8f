//! Requests about items that wait for the owner.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::request;
use crate::pin::Pin;

request! {
    /// The items that wait for the owner.
    Pending {}
}

request! {
    /// An item, whole.
    Show {
        /// The item.
        id: String,
    }
}

request! {
    /// Approval of an item, as it was shown.
    Approve {
        /// The item.
        id: String,
        /// Digest of what was shown.
        digest: String,
        /// Choice of a proposed time, the first being 1.
        choose: Option<usize>,
        /// Terms of one's own.
        terms: Option<Object>,
        /// Words for the other side.
        reply: Option<String>,
        /// PIN, where one seals the owner's key.
        pin: Option<Pin>,
    }
}

request! {
    /// Rejection of an item.
    Reject {
        /// The item.
        id: String,
        /// Digest of what was shown.
        digest: Option<String>,
        /// Words for the other side.
        reply: Option<String>,
    }
}

request! {
    /// An item out of sight for a while.
    Snooze {
        /// The item.
        id: String,
        /// Moment at which it comes back.
        until: Timestamp,
        /// Digest of what was shown, where something was: what came since is not put out of sight unseen.
        #[serde(default)]
        digest: Option<String>,
    }
}
