//! Requests about the owner's keys and their backup.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::request;
use crate::pin::Pin;

request! {
    /// A new key for the agent, and a new delegation.
    RotateKeys {
        /// Set if somebody else may have the old key: tokens are renewed too.
        stolen: bool,
        /// PIN, where one seals the owner's key.
        pin: Option<Pin>,
    }
}

request! {
    /// Another PIN for the owner's key.
    ChangePin {
        /// The PIN that seals the key now.
        old: Option<Pin>,
        /// The PIN that is to seal it.
        new: Pin,
    }
}

request! {
    /// A backup of everything, as one sealed file.
    Backup {
        /// File to write.
        file: PathBuf,
        /// Passphrase that seals it.
        passphrase: Pin,
    }
}
