//! The README tells the truth: what it says to type is typed here, on the laptops that it names.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use ai2ai_tests::answer::Answer;
use ai2ai_tests::binary::ai2ai;
use ai2ai_tests::lab::Lab;
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::times::{PATIENCE, wait_for};

/// What is not typed here, and why.
const NOT_HERE: [(&str, &str); 18] = [
    ("cargo run --release -- demo", "a release build; the demo has a test of its own beside it"),
    ("cargo test --workspace", "this test is part of it"),
    ("cargo install --locked --path node", "it would put a program into the tester's home"),
    ("scripts/interop.sh", "it runs these tests"),
    ("scripts/mcp-python.sh --test", "it installs the SDK from the internet; `.ci/run` does so before the tests"),
    ("scripts/check.sh", "CI runs it beside the tests"),
    ("scripts/two-laptops.sh", "it runs these tests"),
    ("scripts/lab.sh nat", "it runs these tests"),
    ("scripts/lab.sh mailbox", "it runs these tests"),
    ("scripts/lab.sh roam", "it runs these tests"),
    ("scripts/lab.sh hostile", "it runs these tests"),
    ("scripts/bench.sh --short", "it takes a release build, and a machine that does nothing else"),
    ("cargo bench --package ai2ai-protocol --package ai2ai-store", "it takes minutes"),
    ("scripts/measure-idle.sh", "it takes a minute and a release build"),
    ("scripts/fault-lab.sh", "it runs these tests"),
    ("scripts/fault-lab.sh --long --seed 7", "it takes half an hour"),
    ("scripts/fuzz.sh 120", "it needs cargo-fuzz, and half an hour"),
    ("scripts/fuzz.sh --minimise", "it needs cargo-fuzz"),
];

/// A command as the README has it.
#[derive(Debug)]
struct Typed {
    /// The person on whose laptop, as a comment before it says.
    laptop: Option<String>,
    line: String,
}

#[test]
fn every_command_of_the_readme_is_typed_by_a_test() {
    let commands = commands();
    assert!(commands.len() > NOT_HERE.len(), "the README has commands");
    for typed in &commands {
        let excluded = NOT_HERE.iter().any(|(line, _)| *line == typed.line);
        let runs = typed.line.starts_with("ai2ai ") && typed.laptop.is_some();
        assert!(excluded != runs, "nothing says on which laptop `{}` is to be typed, or why it isn't", typed.line);
    }
    for (line, reason) in NOT_HERE {
        assert!(commands.iter().any(|typed| typed.line == line), "`{line}` is not in the README any more ({reason})");
    }
}

#[test]
fn the_first_five_minutes_go_as_the_readme_says() {
    let Some(mut lab) = Lab::open() else { return };
    let mut desks: HashMap<String, Desk> = HashMap::new();
    // What one gives to the other by another way.
    let mut given: HashMap<&'static str, String> = HashMap::new();
    for typed in commands() {
        let Some(person) = typed.laptop else { continue };
        let desk = desks.entry(person.clone()).or_insert_with(|| Desk::new(lab.laptop(&person.to_lowercase())));
        desk.copied.extend(given.clone());
        desk.types(&typed.line);
        given.extend(desk.copied.get("LINK").map(|link| ("LINK", link.clone())));
    }
    assert_eq!(desks.len(), 2, "two laptops");
}

#[test]
fn the_readme_lists_the_commands_that_there_are() {
    let help = Command::new(ai2ai()).arg("--help").output().expect("ai2ai runs");
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let there: BTreeSet<&str> =
        names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").collect();
    assert!(there.len() > 10, "{help}");

    let readme = readme();
    let section =
        readme.lines().skip_while(|line| *line != "## Commands").skip(1).take_while(|line| !line.starts_with("## "));
    let cells = section.filter(|line| line.starts_with("| `")).filter_map(|row| row.split('|').nth(1));
    let quoted = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let told: BTreeSet<&str> = quoted.filter_map(|command| command.split_whitespace().next()).collect();
    assert_eq!(told, there, "the README's table on the left, `ai2ai --help` on the right");
}

/// Somebody at a laptop with the README open, who copies ids from one answer to the next command.
struct Desk {
    laptop: Laptop,
    folder: PathBuf,
    copied: HashMap<&'static str, String>,
}

impl Desk {
    fn new(laptop: Laptop) -> Self {
        let folder = laptop.home().with_extension("desk");
        fs::create_dir_all(&folder).expect("a folder to work in");
        Self { laptop, folder, copied: HashMap::new() }
    }

    fn types(&mut self, line: &str) {
        let words: Vec<String> = split(line).iter().skip(1).map(|word| self.filled(word)).collect();
        let digest = self.filled("DIGEST");
        let mut arguments: Vec<&str> = words.iter().map(String::as_str).collect();
        match arguments[0] {
            "up" => return self.laptop.up(),
            // Without a terminal the digest of what was shown is needed; at a terminal, what was shown is asked about.
            "approve" => arguments.extend(["--digest", &digest]),
            _ => {}
        }
        let answer = wait_for(&format!("`{line}` to show what is awaited"), PATIENCE, || {
            let answer = self.runs(&arguments);
            is_awaited(arguments[0], &answer).then_some(answer)
        });
        self.copies(arguments[0], &answer);
    }

    fn runs(&self, arguments: &[&str]) -> Answer {
        let mut command = self.laptop.command(arguments);
        let output = command
            .arg("--pin-file")
            .arg(self.laptop.pin_file())
            .current_dir(&self.folder)
            .output()
            .expect("ai2ai runs");
        let exit = output.status.code().unwrap_or(-1);
        Answer::read(format!("ai2ai {}", arguments.join(" ")), exit, &output.stdout, &output.stderr).done()
    }

    fn copies(&mut self, command: &str, answer: &Answer) {
        let copied = match command {
            "pending" => [("ITEM", "id"), ("DIGEST", "digest")].as_slice(),
            "show" => [("DIGEST", "digest")].as_slice(),
            "conversations" => [("CONVERSATION", "id")].as_slice(),
            "invite" => [("LINK", "link")].as_slice(),
            _ => [].as_slice(),
        };
        for (placeholder, member) in copied {
            let text = answer.lines[0][member].as_str().unwrap_or_else(|| panic!("`{member}` in {}", answer.stdout));
            self.copied.insert(placeholder, text.to_owned());
        }
    }

    fn filled(&self, word: &str) -> String {
        self.copied.get(word).cloned().unwrap_or_else(|| word.to_owned())
    }
}

/// Whether somebody who reads along would go on, and not look once more.
fn is_awaited(command: &str, answer: &Answer) -> bool {
    match command {
        "nearby" | "pending" => !answer.lines.is_empty(),
        "conversation" => answer.text("state") == "confirmed",
        _ => true,
    }
}

fn readme() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    fs::read_to_string(path).expect("the README")
}

/// Every command in the README's fenced `sh` blocks, in order. A comment names the laptop: `# Alex's laptop`.
fn commands() -> Vec<Typed> {
    let (mut commands, mut within, mut laptop) = (Vec::new(), false, None);
    for line in readme().lines().map(str::trim) {
        match line {
            "```sh" => (within, laptop) = (true, None),
            "```" => within = false,
            _ if !within || line.is_empty() => {}
            _ => match line.strip_prefix("# ") {
                Some(comment) => laptop = comment.strip_suffix("'s laptop").map(str::to_owned),
                None => commands.push(Typed { laptop: laptop.clone(), line: line.to_owned() }),
            },
        }
    }
    commands
}

/// The words of a command line; double quotes hold words together.
fn split(line: &str) -> Vec<String> {
    let parts = line.split('"').enumerate();
    let words = parts.flat_map(|(number, part)| {
        if number % 2 == 1 { vec![part.to_owned()] } else { part.split_whitespace().map(str::to_owned).collect() }
    });
    words.collect()
}
