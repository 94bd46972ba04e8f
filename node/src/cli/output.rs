//! What a command prints: data on standard output, talk on standard error.

use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::text::{clean, table};
use ai2ai_api::views::View;
use ai2ai_protocol::name::is_unseen;
use serde_json::{Value, json};

/// Why a command goes no further.
#[derive(Debug)]
pub(super) enum CommandError {
    /// It failed.
    Failed(Failure),
    /// Whoever read the output has read enough.
    BrokenPipe,
}

impl From<Failure> for CommandError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::BrokenPipe;
        }
        Self::Failed(Failure::new(Exit::Failed, "io", format!("the answer cannot be written: {error}")))
    }
}

/// How a command ends.
pub(super) type CommandResult = Result<Exit, CommandError>;

/// Where a command writes.
#[derive(Debug)]
pub(super) struct Output {
    /// Whether it speaks JSON.
    pub(super) json: bool,
}

impl Output {
    pub(super) fn new(json: bool) -> Self {
        Self { json }
    }

    /// A line of data for people. The caller has cleaned what is not ours.
    #[expect(clippy::unused_self, reason = "writing is the output's")]
    pub(super) fn line(&mut self, text: impl Display) -> io::Result<()> {
        writeln!(anstream::stdout().lock(), "{text}")
    }

    /// An object of data.
    #[expect(clippy::unused_self, reason = "writing is the output's")]
    pub(super) fn object(&mut self, value: &Value) -> io::Result<()> {
        writeln!(io::stdout().lock(), "{}", visible(&value.to_string()))
    }

    /// Text as it stands, such as a file's.
    #[expect(clippy::unused_self, reason = "writing is the output's")]
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        out.flush()
    }

    /// Talk: for the person at the terminal, not for a script.
    #[expect(clippy::unused_self, reason = "writing is the output's")]
    pub(super) fn note(&self, text: impl Display) {
        if let Err(error) = writeln!(anstream::stderr().lock(), "{text}") {
            tracing::debug!(%error, "nobody reads the talk");
        }
    }

    /// What to type now: talk, for a person who does this for the first time.
    pub(super) fn next(&self, command: impl Display) {
        self.next_when("", command);
    }

    /// The same, for a moment that is yet to come, such as `, once they have answered`.
    pub(super) fn next_when(&self, when: &str, command: impl Display) {
        if !self.json {
            self.note(format_args!("Next{when}: {command}"));
        }
    }

    /// The node's answer: as it came in JSON, or each view as `human` tells it.
    pub(super) fn answer<V: View>(
        &mut self,
        lines: Vec<Value>,
        mut human: impl FnMut(&mut Self, V) -> io::Result<()>,
    ) -> Result<(), CommandError> {
        for line in lines {
            if self.json {
                self.object(&line)?;
            } else {
                human(self, V::of_line(line).map_err(Failure::internal)?)?;
            }
        }
        Ok(())
    }

    /// Each line of an answer, whose lines are of several schemas.
    pub(super) fn answer_each(
        &mut self,
        lines: Vec<Value>,
        mut human: impl FnMut(&mut Self, Value) -> io::Result<()>,
    ) -> Result<(), CommandError> {
        for line in lines {
            if self.json {
                self.object(&line)?;
            } else {
                human(self, line)?;
            }
        }
        Ok(())
    }

    /// Views as rows of a table, or as lines of JSON. `none` goes to standard error when there are none.
    pub(super) fn rows<V: View>(
        &mut self,
        lines: Vec<Value>,
        headings: &[&str],
        none: &str,
        row: impl Fn(V) -> Vec<String>,
    ) -> Result<(), CommandError> {
        if self.json {
            return self.answer(lines, |_, _: V| Ok(()));
        }
        if lines.is_empty() {
            self.note(none);
            return Ok(());
        }
        let views: Result<Vec<V>, String> = lines.into_iter().map(V::of_line).collect();
        let cells: Vec<Vec<String>> = views.map_err(Failure::internal)?.into_iter().map(row).collect();
        for line in table(headings, &cells) {
            self.line(line)?;
        }
        Ok(())
    }

    /// What went wrong, and the exit that says so.
    pub(super) fn failure(&mut self, failure: &Failure) -> Exit {
        if self.json {
            let Failure { code, message, hint, exit: _ } = failure;
            let line = json!({"schema": "error/1", "code": code, "message": message, "hint": hint});
            if let Err(error) = self.object(&line) {
                tracing::debug!(%error, "nobody reads the failure");
            }
            return failure.exit;
        }
        let cleaned = |text: &str| text.lines().map(clean).collect::<Vec<_>>().join("\n");
        self.note(format_args!("\x1b[31merror:\x1b[0m {}", cleaned(&failure.message)));
        if let Some(hint) = &failure.hint {
            self.note(cleaned(hint));
        }
        failure.exit
    }
}

/// A name as it can be typed at any shell; else the `did`. Names are what others call themselves, and no shell is to obey them.
pub(super) fn typeable<'a>(name: &'a str, did: &'a str) -> &'a str {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if is_plain && name.starts_with(|c: char| c.is_ascii_alphanumeric()) { name } else { did }
}

/// What is exported never takes the place of another file.
pub(super) fn write_new(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let write = || {
        let mut new = OpenOptions::new().write(true).create_new(true).open(file)?;
        new.write_all(bytes)?;
        new.sync_all()
    };
    write().map_err(|error| Failure::file("write", file, &error))
}

/// JSON without characters that a terminal would obey or a reader not see: they are escaped, and mean the same.
fn visible(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if is_unseen(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_for_a_terminal_hides_nothing_and_means_the_same() {
        let value = json!({"name": "A\u{202e}xel\u{1b}[2J\u{e0041}", "seen": "åé😀"});
        let text = visible(&value.to_string());
        assert!(!text.chars().any(is_unseen), "{text}");
        assert!(text.contains("åé😀"));
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), value);
    }
}
