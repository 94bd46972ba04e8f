//! Output of a command: data on standard output, messages to the person on standard error.

use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::text::{clean, table};
use ai2ai_api::views::View;
use ai2ai_api::views::reply::{Answered, Listed, Reply};
use ai2ai_protocol::name::is_unseen;
use serde_json::{Value, json};

/// End of a command before its time.
#[derive(Debug)]
pub(super) enum CommandError {
    /// A failure, to be printed.
    Failed(Failure),
    /// The reader of the output has gone.
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
        Self::Failed(Failure::new(Exit::Failed, ErrorCode::Io, format!("the answer cannot be written: {error}")))
    }
}

/// Result of a command: its exit code, or the error that ended it.
pub(super) type CommandResult = Result<Exit, CommandError>;

/// Output of a command.
#[derive(Debug)]
pub(super) struct Output {
    /// JSON instead of text for people.
    pub(super) json: bool,
}

impl Output {
    pub(super) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints a line of data for people. The caller has cleaned text of others.
    #[expect(clippy::unused_self, reason = "writing is the output's")]
    pub(super) fn line(&mut self, text: impl Display) -> io::Result<()> {
        writeln!(anstream::stdout().lock(), "{text}")
    }

    /// Prints an object as one line of JSON.
    #[expect(clippy::unused_self, reason = "writing is the output's")]
    pub(super) fn object(&mut self, value: &Value) -> io::Result<()> {
        writeln!(io::stdout().lock(), "{}", visible(&value.to_string()))
    }

    /// Prints bytes as they stand, such as those of a file.
    #[expect(clippy::unused_self, reason = "writing is the output's")]
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        out.flush()
    }

    /// Prints a message to the person at the terminal, on standard error; not for scripts.
    #[expect(clippy::unused_self, reason = "writing is the output's")]
    pub(super) fn note(&self, text: impl Display) {
        if let Err(error) = writeln!(anstream::stderr().lock(), "{text}") {
            tracing::debug!(%error, "nobody reads the message");
        }
    }

    /// Suggests the command to type next, on standard error. Silent with `--json`.
    pub(super) fn next(&self, command: impl Display) {
        self.next_when("", command);
    }

    /// The same for a later moment: `when` is text such as `, once they have answered`.
    pub(super) fn next_when(&self, when: &str, command: impl Display) {
        if !self.json {
            self.note(format_args!("Next{when}: {command}"));
        }
    }

    /// Prints the node's reply: as it came with `--json`, else each view by `human`.
    pub(super) fn answer<T: Listed>(
        &mut self,
        answered: Answered<T>,
        mut human: impl FnMut(&mut Self, T::View) -> io::Result<()>,
    ) -> Result<(), CommandError> {
        for line in answered.into_lines() {
            if self.json {
                self.object(&line)?;
            } else {
                human(self, T::View::of_line(line).map_err(Failure::internal)?)?;
            }
        }
        Ok(())
    }

    /// Prints the node's reply: as it came with `--json`, else whole by `human`.
    pub(super) fn answer_whole<T: Reply>(
        &mut self,
        answered: Answered<T>,
        human: impl FnOnce(&mut Self, T) -> io::Result<()>,
    ) -> Result<(), CommandError> {
        if self.json {
            for line in answered.lines() {
                self.object(line)?;
            }
            return Ok(());
        }
        Ok(human(self, answered.read()?)?)
    }

    /// Prints views as rows of a table, or as lines of JSON. `none` goes to standard error when there are none.
    pub(super) fn rows<V: View>(
        &mut self,
        answered: Answered<Vec<V>>,
        headings: &[&str],
        none: &str,
        row: impl Fn(V) -> Vec<String>,
    ) -> Result<(), CommandError> {
        if self.json {
            return self.answer(answered, |_, _| Ok(()));
        }
        if answered.lines().is_empty() {
            self.note(none);
            return Ok(());
        }
        let cells: Vec<Vec<String>> = answered.read()?.into_iter().map(row).collect();
        for line in table(headings, &cells) {
            self.line(line)?;
        }
        Ok(())
    }

    /// Prints a failure, and gives the exit code for it.
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

/// The name if it can be typed at any shell, else the `did`. Others choose their names, and no shell must obey them.
pub(super) fn typeable<'a>(name: &'a str, did: &'a str) -> &'a str {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if is_plain && name.starts_with(|c: char| c.is_ascii_alphanumeric()) { name } else { did }
}

/// Writes a new file and flushes it to the disk. An existing file is never replaced.
pub(super) fn write_new(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let write = || {
        let mut new = OpenOptions::new().write(true).create_new(true).open(file)?;
        new.write_all(bytes)?;
        new.sync_all()
    };
    write().map_err(|error| Failure::file("write", file, &error))
}

/// JSON with control and invisible characters escaped. It means the same.
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
