//! The first time, on two machines: from nothing to a confirmed dinner, and nothing is typed but what the screens say.

use std::path::PathBuf;
use std::process::Command;

use ai2ai_tests::binary::ai2ai;
use ai2ai_tests::lab::Lab;
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::terminal::{Terminal, next_in};
use ai2ai_tests::times::{PATIENCE, wait_for};

const PIN: &str = "246813";
/// The most that either person may have to type and to decide, so that it does not creep up.
const COMMANDS: usize = 10;
const DECISIONS: usize = 4;

/// Somebody who has never seen the program, at a laptop.
struct Newcomer {
    name: &'static str,
    laptop: Laptop,
    up: Option<Terminal>,
    read: usize,
    commands: Vec<String>,
    decisions: usize,
}

impl Newcomer {
    fn new(lab: &mut Lab, name: &'static str) -> Self {
        Self { name, laptop: lab.laptop(name), up: None, read: 0, commands: Vec::new(), decisions: 0 }
    }

    fn sits_down(&mut self, line: &str) -> Terminal {
        println!("{}$ {line}", self.name);
        self.commands.push(line.to_owned());
        Terminal::types(&self.laptop, line)
    }

    /// Types what the last screen said, which needs no answer; gives the screen.
    fn types(&mut self, line: &str) -> String {
        self.sits_down(line).ends()
    }

    /// What the screen says to type next.
    fn next(&self, screen: &str) -> String {
        next_in(screen).unwrap_or_else(|| panic!("{} does not know what to type after:\n{screen}", self.name))
    }

    /// From the help page to a node that runs: their name and a PIN of their own are all that they think of.
    fn moves_in(&mut self) -> String {
        let help = Command::new(ai2ai()).arg("--help").output().expect("the help page");
        let help = String::from_utf8_lossy(&help.stdout).into_owned();
        let first =
            help.lines().find_map(|line| Some(line.trim().split_once("  ")?.0).filter(|line| line.contains(" init ")));
        let init = first.expect("the help page says how to begin").replace("Alex", self.name);
        let mut terminal = self.sits_down(&init);
        self.decisions += 1;
        terminal.answers("New PIN: ", PIN);
        terminal.answers("Again: ", PIN);
        let up = self.next(&terminal.ends());
        assert_eq!(up, "ai2ai up");
        let terminal = self.sits_down(&up);
        let (next, read) = terminal.says_next(0);
        (self.up, self.read) = (Some(terminal), read);
        next
    }

    /// Waits until the screen of the node says that something is to be done.
    fn is_called(&mut self) -> String {
        let (next, read) = self.up.as_ref().expect("a node").says_next(self.read);
        self.read = read;
        next
    }

    /// From `pending` by what it says to a decision; gives what the last screen said.
    fn decides(&mut self, pending: &str) -> String {
        assert_eq!(pending, "ai2ai pending");
        let list = wait_for("something to wait", PATIENCE, || {
            let screen = self.types(pending);
            next_in(&screen).map(|_| screen)
        });
        let shown = self.types(&self.next(&list));
        let mut terminal = self.sits_down(&self.next(&shown));
        self.decisions += 1;
        terminal.answers("Approve this? [y/N] ", "y");
        terminal.answers("PIN: ", PIN);
        terminal.ends()
    }
}

#[test]
fn two_people_who_type_only_what_the_screens_say_come_to_a_confirmed_dinner() {
    if !PathBuf::from("/usr/bin/script").exists() {
        println!("SKIPPED first time: no `script` to make a terminal with");
        assert!(std::env::var("AI2AI_REQUIRE_LAB").as_deref() != Ok("1"), "install util-linux's `script`");
        return;
    }
    let Some(mut lab) = Lab::open() else { return };
    let mut alex = Newcomer::new(&mut lab, "alex");
    let mut sam = Newcomer::new(&mut lab, "sam");
    sam.moves_in();
    let nearby = alex.moves_in();
    let found = wait_for("somebody nearby", PATIENCE, || {
        let screen = alex.types(&nearby);
        alex.next(&screen).starts_with("ai2ai add ").then_some(screen)
    });
    let added = alex.types(&alex.next(&found));
    let mut meet = alex.sits_down(&alex.next(&added));
    alex.decisions += 1;
    meet.answers("PIN: ", PIN);
    let proposed = meet.ends();
    let look = alex.next(&proposed);
    assert!(look.starts_with("ai2ai conversation "), "{proposed}");

    // A stranger first: Sam lets Alex in, and then finds the dinner.
    let called = sam.is_called();
    let let_in = sam.decides(&called);
    let decided = sam.decides(&sam.next(&let_in));
    let conversation = sam.next(&decided);
    let confirmed = wait_for("the dinner to be confirmed at Sam's", PATIENCE, || {
        let screen = sam.types(&conversation);
        screen.contains("It is confirmed.").then_some(screen)
    });
    assert!(sam.next(&confirmed).starts_with("ai2ai export "), "{confirmed}");
    let theirs = wait_for("the dinner to be confirmed at Alex's", PATIENCE, || {
        let screen = alex.types(&look);
        screen.contains("It is confirmed.").then_some(screen)
    });
    assert!(theirs.contains("Dinner"), "{theirs}");
    for person in [&alex, &sam] {
        // Whoever looks twice has typed one command, twice.
        let mut commands = person.commands.clone();
        commands.dedup();
        println!(
            "first time: {} typed {} commands and decided {} times",
            person.name,
            commands.len(),
            person.decisions
        );
        assert!(commands.len() <= COMMANDS && person.decisions <= DECISIONS, "{commands:?}");
    }
}
