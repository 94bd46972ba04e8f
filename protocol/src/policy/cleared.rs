//! Envelopes that may reach an agent.

use std::ops::Deref;

use super::Clearance;
use crate::envelope::{Content, VerifiedEnvelope};

/// An envelope that the policy or the owner let through: the only form in which the agent's door takes one.
///
/// Verifying is not enough to make one:
///
/// ```compile_fail,E0451
/// use ai2ai_protocol::envelope::{ClearedEnvelope, VerifiedEnvelope};
/// use ai2ai_protocol::policy::{AgentMay, Clearance};
/// fn smuggle(envelope: VerifiedEnvelope) -> ClearedEnvelope {
///     envelope.clear(Clearance { agent_may: AgentMay::Act })
/// }
/// ```
///
/// ```compile_fail,E0308
/// use ai2ai_protocol::envelope::{ClearedEnvelope, VerifiedEnvelope};
/// fn smuggle(envelope: VerifiedEnvelope) -> ClearedEnvelope {
///     envelope
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClearedEnvelope(Content);

impl VerifiedEnvelope {
    /// Lets it through to the agent, by a verdict of the policy or a decision of the owner.
    #[must_use]
    pub fn clear(self, _: Clearance) -> ClearedEnvelope {
        ClearedEnvelope(self.into_content())
    }
}

impl Deref for ClearedEnvelope {
    type Target = Content;

    fn deref(&self) -> &Content {
        &self.0
    }
}
