//! The names that people and agents go by. They are labels, never identities.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::limits::{AGENT_NAME_CHARS, HUMAN_NAME_CHARS, INTENT_CHARS};

/// The reason why a text is no name of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// For an agent.
    #[error(
        "an agent's name has 1 to 64 lower-case letters, digits, `-`, `_` and `.`, and begins with a letter or digit"
    )]
    Agent,
    /// For a person.
    #[error(
        "a person's name has 1 to 128 characters, none of them invisible or a line break, and no space at its ends"
    )]
    Human,
    /// For an intent.
    #[error(
        "an intent is two or more words with dots between, such as schedule.meeting, of at most 64 lower-case letters, digits, `-` and `_`"
    )]
    Intent,
}

fn is_slug(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_'
}

fn is_agent_name(text: &str) -> bool {
    text.len() <= AGENT_NAME_CHARS
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text.chars().all(|c| is_slug(c) || c == '.')
}

fn is_human_name(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= HUMAN_NAME_CHARS && text.trim() == text && !text.chars().any(is_unseen)
}

fn is_intent(text: &str) -> bool {
    text.len() <= INTENT_CHARS
        && text.split('.').count() >= 2
        && text.split('.').all(|word| !word.is_empty() && word.chars().all(is_slug))
}

/// Characters that a reader does not see, or that change how others are seen: controls, direction marks, joiners,
/// line separators, tags. Such text could make one name look like another.
#[must_use]
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

macro_rules! name {
    ($name:ident, $check:ident, $error:ident, $what:literal) => {
        #[doc = $what]
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::try_from(text.to_owned())
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                if $check(&text) { Ok(Self(text)) } else { Err(NameError::$error) }
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }
    };
}

name!(AgentName, is_agent_name, Agent, "What an agent is called, such as `alex-assistant`.");
name!(HumanName, is_human_name, Human, "What a person is called, such as `Alex`.");
name!(
    Intent,
    is_intent,
    Intent,
    "What a message is about, such as `schedule.meeting`; names not known here are handed to the agent."
);

impl Intent {
    /// Returns whether this is the intent `pattern`, or one below it when the pattern ends in `.*`.
    #[must_use]
    pub fn matches(&self, pattern: &str) -> bool {
        match pattern.strip_suffix('*') {
            Some(prefix) if prefix.ends_with('.') => self.0.starts_with(prefix),
            _ => self.0 == pattern,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_a_reader_can_tell_apart() {
        for good in ["alex-assistant", "a", "node.7", "7"] {
            assert!(good.parse::<AgentName>().is_ok(), "{good}");
        }
        for bad in ["", "Alex", "-x", "a b", "../x", "аlex", "a\n", &"x".repeat(65)] {
            assert_eq!(bad.parse::<AgentName>(), Err(NameError::Agent), "{bad}");
        }
        for good in ["Alex", "Zoë van der Berg", "李雷", "O'Neil"] {
            assert!(good.parse::<HumanName>().is_ok(), "{good}");
        }
        for bad in ["", " Alex", "Alex\n", "A\u{202e}xelA", "Al\u{200b}ex", &"x".repeat(129)] {
            assert_eq!(bad.parse::<HumanName>(), Err(NameError::Human), "{bad}");
        }
    }

    #[test]
    fn a_pattern_covers_an_intent_and_what_is_below_it() {
        let meeting: Intent = "schedule.meeting".parse().expect("an intent");
        for covers in ["schedule.meeting", "schedule.*"] {
            assert!(meeting.matches(covers), "{covers}");
        }
        for other in ["schedule", "schedule*", "*", "sched.*", "schedule.call", ".*"] {
            assert!(!meeting.matches(other), "{other}");
        }
        for bad in ["schedule", "Schedule.meeting", "a..b", ".a", "a. b", "../x"] {
            assert_eq!(bad.parse::<Intent>(), Err(NameError::Intent), "{bad}");
        }
    }
}
