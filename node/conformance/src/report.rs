//! What was found of an implementation: each check, what SPEC.md demands, and how it went.

use ai2ai_api::views::Level;

/// How a check went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As SPEC.md says.
    Passed,
    /// Otherwise; what was there instead.
    Failed(String),
    /// It could not be tried; why.
    NotTried(String),
    /// It asks to come again later: nothing is known until it is tried once more.
    PutOff,
}

/// One check, and how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckResult {
    /// What was tried, in a few words that do not change.
    pub check: &'static str,
    /// The section of SPEC.md.
    pub section: u8,
    /// How much it is demanded.
    pub level: Level,
    /// How it went.
    pub verdict: Verdict,
}

impl CheckResult {
    /// Whether this makes the implementation none of the protocol.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        self.level == Level::Must && matches!(self.verdict, Verdict::Failed(_))
    }
}
