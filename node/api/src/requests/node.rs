//! Requests about the node itself.

use serde::{Deserialize, Serialize};

use super::request;

request! {
    /// The node: who it is, where it listens, whom it reaches.
    Status {}
}

request! {
    /// Checks of everything that has to work.
    Doctor {
        /// Contact with whom the way there and back is tried.
        #[serde(default)]
        peer: Option<String>,
    }
}

request! {
    /// The address of the owner's pages, with a ticket that opens them once.
    Open {}
}
