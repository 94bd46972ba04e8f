//! Levels of an owner's trust in a contact.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Level of an owner's trust in a contact. Only the owner raises it; higher levels compare as greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Level 0: a stranger. What they send is a contact request, and no agent sees it.
    None,
    /// Level 1: the owner accepted them. The agent may read what they send, and draft.
    Known,
    /// Level 2: the agent may act towards them by itself, within a mandate.
    Trusted,
}

impl Trust {
    /// Every level, from the lowest up.
    pub const ALL: [Self; 3] = [Self::None, Self::Known, Self::Trusted];

    /// The level as a number: 0, 1 or 2.
    #[must_use]
    pub fn level(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Known => 1,
            Self::Trusted => 2,
        }
    }

    /// The word for it, as people type and read it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Known => "known",
            Self::Trusted => "trusted",
        }
    }
}

/// The reason why a text is no level of trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a level of trust is none, known or trusted (or 0, 1, 2)")]
pub struct TrustError;

impl std::str::FromStr for Trust {
    type Err = TrustError;

    fn from_str(text: &str) -> Result<Self, TrustError> {
        match text {
            "none" | "0" => Ok(Self::None),
            "known" | "1" => Ok(Self::Known),
            "trusted" | "2" => Ok(Self::Trusted),
            _ => Err(TrustError),
        }
    }
}

impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_read_by_its_word_and_by_its_number() {
        for trust in Trust::ALL {
            assert_eq!(trust.as_str().parse(), Ok(trust));
            assert_eq!(trust.level().to_string().parse(), Ok(trust));
            assert_eq!(serde_json::to_value(trust).ok(), Some(trust.as_str().into()));
        }
        for bad in ["", "3", "Known", "full", "-1"] {
            assert_eq!(bad.parse::<Trust>(), Err(TrustError), "{bad}");
        }
    }

    #[test]
    fn levels_are_ordered() {
        assert!(Trust::None < Trust::Known && Trust::Known < Trust::Trusted);
    }
}
