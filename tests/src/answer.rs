//! Answer of a command: its exit code, and its `--json` objects.

use serde_json::{Deserializer, Value};

/// Answer of a command.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The command as it was typed, for messages.
    pub typed: String,
    /// The exit code; -1 when a signal ended it.
    pub exit: i32,
    /// The objects on standard output.
    pub lines: Vec<Value>,
    /// Standard output as it was.
    pub stdout: String,
    /// Standard error as it was.
    pub stderr: String,
}

impl Answer {
    /// Reads the output of a command that was run with `--json`.
    ///
    /// # Panics
    /// When standard output holds anything but JSON objects that name their schema.
    #[must_use]
    pub fn read(typed: String, exit: i32, stdout: &[u8], stderr: &[u8]) -> Self {
        let stdout = String::from_utf8_lossy(stdout).into_owned();
        let stderr = String::from_utf8_lossy(stderr).into_owned();
        let lines: Result<Vec<Value>, _> = Deserializer::from_str(&stdout).into_iter().collect();
        let lines =
            lines.unwrap_or_else(|error| panic!("`{typed}` printed what is not JSON ({error}):\n{stdout}\n{stderr}"));
        for line in &lines {
            assert!(line["schema"].is_string(), "`{typed}` printed an object without a schema: {line}");
        }
        Self { typed, exit, lines, stdout, stderr }
    }

    /// The answer of a command that must have been done.
    ///
    /// # Panics
    /// When its exit code is not 0.
    #[must_use]
    pub fn done(self) -> Self {
        assert_eq!(self.exit, 0, "`{}` ended with {}:\n{}{}", self.typed, self.exit, self.stdout, self.stderr);
        self
    }

    /// The answer of a command that must have failed with this exit code; gives its error's code.
    ///
    /// # Panics
    /// When it ended otherwise, or without one error object.
    #[must_use]
    pub fn failed(&self, exit: i32) -> String {
        assert_eq!(
            self.exit, exit,
            "`{}` ended with {}, not {exit}:\n{}{}",
            self.typed, self.exit, self.stdout, self.stderr
        );
        assert_eq!(self.one()["schema"], "error/1", "`{}` failed and printed {}", self.typed, self.stdout);
        assert!(!self.text("message").is_empty(), "`{}` failed and said nothing", self.typed);
        self.text("code")
    }

    /// The one object that was printed.
    ///
    /// # Panics
    /// When there is not exactly one.
    #[must_use]
    pub fn one(&self) -> &Value {
        assert_eq!(
            self.lines.len(),
            1,
            "`{}` printed {} objects:\n{}{}",
            self.typed,
            self.lines.len(),
            self.stdout,
            self.stderr
        );
        &self.lines[0]
    }

    /// A text member of the one object.
    ///
    /// # Panics
    /// When it is absent or no text.
    #[must_use]
    pub fn text(&self, member: &str) -> String {
        let value = &self.one()[member];
        value
            .as_str()
            .unwrap_or_else(|| panic!("`{}`: `{member}` is {value} in {}", self.typed, self.stdout))
            .to_owned()
    }

    /// The first line whose `member` is this text.
    #[must_use]
    pub fn line_where(&self, member: &str, text: &str) -> Option<&Value> {
        self.lines.iter().find(|line| line[member] == text)
    }
}
