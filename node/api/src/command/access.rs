//! Access rules: which door may give which command.

use super::{Command, Once};

/// Access to a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nobody but the owner.
    Owner,
    /// The agent too.
    Agent,
    /// The agent too, and what it says so waits for its owner.
    Draft,
}

impl Command {
    /// Tells whether it drafts: what an agent says waits for its owner.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        self.access() == Access::Draft
    }

    /// Tells whether the agent's door has this command. Everything that decides, pairs, trusts or looks at the owner's items is
    /// absent.
    #[must_use]
    pub fn is_for_agents(&self) -> bool {
        match self.access() {
            Access::Agent | Access::Draft => true,
            Access::Owner => false,
        }
    }

    /// As the list of verbs has it; a key opens the agent's door for a draft, and for nothing else.
    fn access(&self) -> Access {
        if let Self::Once(Once { draft, .. }) = self
            && draft.is_draft()
        {
            return Access::Agent;
        }
        self.listed_access()
    }
}
