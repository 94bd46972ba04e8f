//! Findings of the conformance kit.

use serde::{Deserialize, Serialize};

use super::{View, view};

/// Requirement level of a rule in SPEC.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// A rule whose breach means that the protocol is not spoken.
    Must,
    /// A rule that is broken only for a reason.
    Should,
}

view! {
    /// Finding of the conformance kit in one check.
    ConformanceView = "conformance/1" {
        /// Description of the check.
        check: String,
        /// The section of SPEC.md.
        section: u8,
        /// Requirement level: `MUST` or `SHOULD`.
        level: Level,
        /// `passed`, `failed` or `not_tried`.
        verdict: String,
        /// Observation instead of the expected one, or the reason why it was not tried.
        detail: Option<String>,
    }
}
