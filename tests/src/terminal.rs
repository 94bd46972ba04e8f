//! A person at a terminal of a laptop: types commands, answers what is asked, and reads what the screen says to type next.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::binary::ai2ai;
use crate::laptop::Laptop;
use crate::times::wait_for;

/// Longest time for a screen to say something.
const PATIENCE: Duration = Duration::from_secs(60);
/// Words of a screen before what is to be typed next.
const NEXT: &str = "Next";

/// A terminal in which one command runs.
pub struct Terminal {
    typed: String,
    keyboard: ChildStdin,
    screen: Arc<Mutex<String>>,
    child: Child,
    /// Length of the part of the screen that was answered already.
    answered: usize,
}

impl Terminal {
    /// Types a command line, whose first word is `ai2ai`, at a terminal of this laptop.
    ///
    /// # Panics
    /// When there is no terminal to be had.
    #[must_use]
    pub fn types(laptop: &Laptop, line: &str) -> Self {
        let line = line.strip_prefix("ai2ai").expect("a command of ours");
        let shell = format!("exec '{}'{line}", ai2ai().display());
        let mut command = laptop.machine().command(Path::new("/usr/bin/env"));
        command.env_clear().env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin").env("TERM", "dumb");
        command.arg(format!("AI2AI_HOME={}", laptop.home().display())).args(["NO_COLOR=1", "TZ=UTC"]);
        command.args(["/usr/bin/script", "-qefc", &shell, "/dev/null"]);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = piped.spawn().expect("a terminal");
        let (keyboard, mut out) = (child.stdin.take().expect("a keyboard"), child.stdout.take().expect("a screen"));
        let screen: Arc<Mutex<String>> = Arc::default();
        let shown = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut bytes = [0; 4_096];
            while let Ok(read @ 1..) = out.read(&mut bytes) {
                let text = String::from_utf8_lossy(&bytes[..read]).replace('\r', "");
                shown.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
            }
        });
        Self { typed: line.trim().to_owned(), keyboard, screen, child, answered: 0 }
    }

    /// All that the screen has shown.
    #[must_use]
    pub fn screen(&self) -> String {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until the screen asks this, and answers.
    ///
    /// # Panics
    /// When it doesn't ask.
    pub fn answers(&mut self, question: &str, answer: &str) {
        let what = format!("`{}` to ask {question:?}", self.typed);
        let from = self.answered;
        self.answered = wait_for(&what, PATIENCE, || {
            let screen = self.screen();
            let asked = screen.get(from..)?.find(question)?;
            Some(from + asked + question.len())
        });
        self.keyboard.write_all(format!("{answer}\n").as_bytes()).expect("typed");
        self.keyboard.flush().expect("typed");
    }

    /// Waits until the command has ended well; gives what the screen showed.
    ///
    /// # Panics
    /// When it ends badly, or not at all.
    #[must_use]
    pub fn ends(mut self) -> String {
        let what = format!("`{}` to end", self.typed);
        let status = wait_for(&what, PATIENCE, || self.child.try_wait().expect("a child"));
        let screen = wait_for("the last of the screen", PATIENCE, || {
            let screen = self.screen();
            (Arc::strong_count(&self.screen) == 1).then_some(screen)
        });
        assert!(status.success(), "`ai2ai {}` ended with {status}:\n{screen}", self.typed);
        screen
    }

    /// Waits until the screen says, from this many letters on, what to type next; gives that, and how much was read.
    ///
    /// # Panics
    /// When it says nothing of the kind.
    #[must_use]
    pub fn says_next(&self, from: usize) -> (String, usize) {
        wait_for(&format!("`{}` to say what is next", self.typed), PATIENCE, || {
            let screen = self.screen();
            let (end, rest) = (screen.rfind('\n')?, screen.get(from..)?);
            let next = next_in(rest.get(..end.saturating_sub(from))?)?;
            Some((next, end))
        })
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The last thing that a screen says to type next, if it says so.
#[must_use]
pub fn next_in(screen: &str) -> Option<String> {
    let line = screen.lines().rfind(|line| line.starts_with(NEXT))?;
    let (_, command) = line.split_once(": ")?;
    command.starts_with("ai2ai ").then(|| command.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_command_of_ours_after_next_is_what_to_type() {
        let next = |screen| next_in(screen);
        assert_eq!(next("a\nNext: ai2ai up\nb").as_deref(), Some("ai2ai up"));
        assert_eq!(next("Next, in a moment: ai2ai nearby\n").as_deref(), Some("ai2ai nearby"));
        assert_eq!(next("Next: rm -rf /\n"), None);
        assert_eq!(next("    Next: ai2ai approve x\n"), None, "their words are indented");
    }
}
