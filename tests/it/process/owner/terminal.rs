//! The full-screen inbox, in a real terminal.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use ai2ai_tests::binary::ai2ai;
use ai2ai_tests::laptop::{Laptop, PIN};
use ai2ai_tests::steps::{comes_to, two_on_loopback, waits_for};
use ai2ai_tests::times::{PATIENCE, wait_for};

/// Somebody in front of a terminal.
struct Sits {
    process: Child,
    seen: Arc<Mutex<String>>,
}

impl Sits {
    /// Types `ai2ai inbox`.
    fn at(owner: &Laptop) -> Self {
        let typed =
            format!("stty rows 40 cols 120; exec '{}' --home '{}' inbox", ai2ai().display(), owner.home().display());
        let mut process = Command::new("/usr/bin/script")
            .args(["-qefc", &typed, "/dev/null"])
            .env("TERM", "xterm-256color")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a terminal");
        let mut output = process.stdout.take().expect("a screen");
        let seen = Arc::new(Mutex::new(String::new()));
        let keeps = Arc::clone(&seen);
        thread::spawn(move || {
            let mut bytes = [0; 4_096];
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                keeps.lock().expect("a screen").push_str(&String::from_utf8_lossy(&bytes[..read]));
            }
        });
        Self { process, seen }
    }

    fn presses(&mut self, keys: &str) {
        let keyboard = self.process.stdin.as_mut().expect("a keyboard");
        keyboard.write_all(keys.as_bytes()).and_then(|()| keyboard.flush()).expect("keys");
    }

    /// Waits for a word that was not on the screen before.
    fn sees(&self, word: &str) {
        wait_for(&format!("{word:?} on the screen"), PATIENCE, || {
            self.seen.lock().expect("a screen").contains(word).then_some(())
        });
    }
}

impl Drop for Sits {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("--- the screen:\n{}\n---", self.seen.lock().expect("a screen"));
        }
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[test]
fn an_offer_is_approved_in_the_full_screen_inbox() {
    let folder = tempfile::tempdir().expect("a folder");
    let (alex, sam) = two_on_loopback(folder.path());
    let talk = alex.owner(&["meet", "sam", "--subject", "Dinner", "--time", "2035-02-10T19:00Z"]);
    let talk = talk.done().text("conversation");
    waits_for(&sam, "incoming");
    let mut screen = Sits::at(&sam);
    screen.sees("Dinner");
    screen.presses("\r");
    screen.sees("Digest");
    screen.presses("a");
    screen.sees("PIN:");
    screen.presses(PIN);
    screen.presses("\r");
    comes_to(&alex, &talk, "confirmed");
    screen.sees("Nothing");
    screen.presses("q");
    let left = wait_for("the terminal to be left", PATIENCE, || screen.process.try_wait().expect("a process"));
    assert!(left.success(), "{left}");
    screen.sees("\u{1b}[?1049l");
}
