//! Output of the demo: one line for each thing that happens, with its time since the start.

use std::fmt::Display;
use std::io::Write as _;
use std::time::Instant;

use serde_json::json;

/// Columns for who speaks.
const WHO_COLUMNS: usize = 18;

const HUMAN: &str = "\u{1b}[1;33m";
const AGENT: &str = "\u{1b}[36m";
const NODE: &str = "\u{1b}[2m";
const GOOD: &str = "\u{1b}[1;32m";
const PLAIN: &str = "\u{1b}[0m";

/// Speaker of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who<'a> {
    /// A person, who alone decides.
    Human(&'a str),
    /// A person's agent, which only proposes.
    Agent(&'a str),
    /// One of the parties of a scenario, by its agent.
    Party(&'a str),
    /// The machinery.
    Nodes,
}

impl Display for Who<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Human(name) => f.pad(&format!("[{name}, human]")),
            Self::Agent(name) => f.pad(&format!("[{name}'s agent]")),
            Self::Party(name) => f.pad(&format!("[{name}]")),
            Self::Nodes => f.pad("(nodes)"),
        }
    }
}

/// Screen of the demo: standard output, coloured only on a terminal, or a JSON object per line.
#[derive(Debug)]
pub(super) struct Screen {
    began: Instant,
    json: bool,
}

impl Screen {
    /// A screen whose clock starts now.
    #[must_use]
    pub(super) fn new(json: bool) -> Self {
        Self { began: Instant::now(), json }
    }

    /// Seconds since the start.
    #[must_use]
    pub(super) fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    /// Somebody says or does something.
    pub(super) fn says(&self, who: Who<'_>, what: impl Display) {
        let (colour, human, name) = match who {
            Who::Human(name) => (HUMAN, true, name),
            Who::Agent(name) | Who::Party(name) => (AGENT, false, name),
            Who::Nodes => (NODE, false, "nodes"),
        };
        if self.json {
            let what = what.to_string();
            return print(
                &json!({ "schema": "demo_line/1", "seconds": self.seconds(), "who": name, "human": human, "does": what }),
            );
        }
        print(&format_args!("{:6.2} s  {colour}{who:<WHO_COLUMNS$}{PLAIN} {what}", self.seconds()));
    }

    /// A line of the frame around the story; not for machines.
    pub(super) fn line(&self, text: impl Display) {
        if !self.json {
            print(&text);
        }
    }

    /// Prints the good end: the last line, or the closing object.
    pub(super) fn ends(&self, closing: &serde_json::Value, text: impl Display) {
        if self.json { print(closing) } else { print(&format_args!("{GOOD}{text}{PLAIN}")) }
    }
}

/// A reader who has gone away does not stop the story, which still has homes to remove.
fn print(text: &dyn Display) {
    let _gone = writeln!(anstream::stdout(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_human_is_marked_as_one() {
        assert_eq!(format!("{:<15}|", Who::Human("Alex")), "[Alex, human]  |");
        assert_eq!(format!("{:<15}|", Who::Agent("Alex")), "[Alex's agent] |");
    }
}
