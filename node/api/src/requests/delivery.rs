//! Requests about messages on their way.

use serde::{Deserialize, Serialize};

use super::{parts, request};
use crate::pin::Pin;

request! {
    /// The messages that are on their way.
    Outbox {
        /// Set to list those that have arrived, too.
        #[serde(default)]
        all: bool,
    }
}

request! {
    /// The messages that were given up.
    Dead {}
}

request! {
    /// A dead message, sent again.
    DeadRetry {
        /// The message.
        id: String,
        /// PIN, where one seals the owner's key.
        pin: Option<Pin>,
    }
}

request! {
    /// A message or a draft, taken back before it arrives.
    Withdraw {
        /// The message, or the item of a draft.
        id: String,
    }
}

request! {
    /// Delivery by hand: messages as a file.
    Carry {
        /// Part of the exchange.
        what: parts::Carry,
    }
}
