//! The README and the guide tell the truth: what they say to type is typed here, on the laptops that they name.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ai2ai_tests::answer::Answer;
use ai2ai_tests::binary::ai2ai;
use ai2ai_tests::lab::Lab;
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::times::{PATIENCE, wait_for};

/// Lines of the README: what is longer belongs into the guide.
const README_LINES: usize = 250;

/// Commands that are not typed here, and why.
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

/// A command as a page has it.
#[derive(Debug)]
struct Typed {
    /// The person on whose laptop, as a comment before it says.
    laptop: Option<String>,
    line: String,
}

#[test]
fn every_command_of_the_readme_and_the_guide_is_typed_by_a_test() {
    let commands = commands();
    assert!(commands.len() > NOT_HERE.len(), "the pages have commands");
    for typed in &commands {
        let excluded = NOT_HERE.iter().any(|(line, _)| *line == typed.line);
        let runs = typed.line.starts_with("ai2ai ") && typed.laptop.is_some();
        assert!(excluded != runs, "nothing says on which laptop `{}` is to be typed, or why it isn't", typed.line);
    }
    for (line, reason) in NOT_HERE {
        assert!(commands.iter().any(|typed| typed.line == line), "`{line}` is on no page any more ({reason})");
    }
}

#[test]
fn two_laptops_do_what_the_readme_and_the_guide_say() {
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
fn the_guide_lists_the_commands_that_there_are() {
    let help = Command::new(ai2ai()).arg("--help").output().expect("ai2ai runs");
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let there: BTreeSet<&str> =
        names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").collect();
    assert!(there.len() > 10, "{help}");

    let page = read(&guide().join("commands.md"));
    let tables = page.split("\n\n").filter(|part| part.starts_with("| command |"));
    let rows = tables.flat_map(str::lines).filter(|row| row.starts_with("| `"));
    let quoted = rows.filter_map(|row| row.split('|').nth(1)).flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let told: BTreeSet<&str> = quoted.filter_map(|command| command.split_whitespace().next()).collect();
    assert_eq!(told, there, "the tables of guide/commands.md on the left, `ai2ai --help` on the right");
}

#[test]
fn the_readme_is_short_and_the_guide_lists_its_pages() {
    let lines = read(&root().join("README.md")).lines().count();
    assert!(lines <= README_LINES, "the README has {lines} lines, more than {README_LINES}");
    let there: BTreeSet<PathBuf> = markdown_in(&guide()).into_iter().collect();
    let listed: BTreeSet<PathBuf> = pages().into_iter().skip(1).collect();
    assert_eq!(listed, there, "the pages that guide/README.md lists on the left, the files on the right");
}

#[test]
fn every_link_leads_to_a_file_and_its_heading() {
    let docs = root().join("node/docs");
    let places = [guide(), docs.join("images"), docs];
    let mut pages: Vec<PathBuf> = places.iter().flat_map(|folder| markdown_in(folder)).collect();
    pages.push(root().join("README.md"));
    let mut dead = Vec::new();
    for page in pages {
        let text = read(&page);
        for link in links(&text).filter(|link| !link.contains("://")) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let file = if file.is_empty() { page.clone() } else { page.with_file_name("").join(file) };
            if !file.exists() || !(heading.is_empty() || headings(&read(&file)).any(|named| named == heading)) {
                dead.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
}

/// A person at a laptop with the pages open, who copies ids from one answer to the next command.
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

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn guide() -> PathBuf {
    root().join("node/docs/guide")
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn markdown_in(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).expect("a folder of pages").map(|entry| entry.expect("a file").path());
    files.filter(|file| file.extension().is_some_and(|ending| ending == "md")).collect()
}

/// The README, and the guide in the order in which its first page lists the others.
fn pages() -> Vec<PathBuf> {
    let first = guide().join("README.md");
    let text = read(&first);
    let others = links(&text).filter(|link| !link.contains('/')).map(|link| guide().join(link));
    [root().join("README.md"), first.clone()].into_iter().chain(others).collect()
}

/// Where the links of a page lead.
fn links(page: &str) -> impl Iterator<Item = &str> {
    page.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link)
}

/// The headings of a page, as links name them.
fn headings(page: &str) -> impl Iterator<Item = String> {
    let titles = page.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    titles.map(|title| {
        let kept = title.to_lowercase().replace(' ', "-");
        kept.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
    })
}

/// Every command in the fenced `sh` blocks of the pages, in order. A comment names the laptop: `# Alex's laptop`.
fn commands() -> Vec<Typed> {
    pages().iter().flat_map(|page| commands_of(&read(page))).collect()
}

fn commands_of(page: &str) -> Vec<Typed> {
    let mut commands = Vec::new();
    let mut within = false;
    let mut laptop = None;
    for line in page.lines().map(str::trim) {
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
