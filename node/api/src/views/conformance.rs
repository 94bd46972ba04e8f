//! What the conformance kit finds.

use serde::{Deserialize, Serialize};

use super::{View, view};

/// How much SPEC.md demands something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Whoever does otherwise does not speak the protocol.
    Must,
    /// Whoever does otherwise has a reason.
    Should,
}

view! {
    /// What the conformance kit found in one check.
    ConformanceView = "conformance/1" {
        /// What was tried.
        check: String,
        /// The section of SPEC.md.
        section: u8,
        /// How much it is demanded: `MUST` or `SHOULD`.
        level: Level,
        /// `passed`, `failed` or `not_tried`.
        verdict: String,
        /// What was there instead, or why it was not tried.
        detail: Option<String>,
    }
}
