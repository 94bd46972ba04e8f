//! The real binary, as a script or a newcomer would run it, where no node is needed or a stand-in answers for it.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Output, Stdio};
use std::time::Duration;

use ai2ai_api::command::{Command, Role};
use ai2ai_api::door::{Answer, DoorEvent, QUEUE};
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::views::{PendingView, View as _};
use ai2ai_doors::SocketDoor;
use ai2ai_home::lock::HomeLock;
use ai2ai_home::paths::Paths;
use ai2ai_home::tokens;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(60);
const ITEM: &str = "018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40";

/// A directory for one story: a home that may or may not be made yet.
struct Home {
    dir: tempfile::TempDir,
}

/// How a command ended.
struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Ended {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self { code: output.status.code().expect("no signal"), out: text(output.stdout), err: text(output.stderr) }
    }

    fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }

    /// The one object that was printed.
    fn object(&self) -> Value {
        let mut lines = self.lines();
        assert_eq!(lines.len(), 1, "{}", self.out);
        lines.remove(0)
    }

    fn fails_with(&self, exit: Exit, code: &str) {
        assert_eq!(self.code, exit as i32, "{}{}", self.out, self.err);
        let error = self.object();
        assert_eq!((&error["schema"], &error["code"]), (&json!("error/1"), &json!(code)), "{error}");
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()));
        assert_eq!(self.err, "", "with --json there is no talk about it");
    }
}

impl Home {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a directory") }
    }

    fn with_identity(pin: Option<&str>) -> Self {
        let home = Self::new();
        let made = match pin {
            Some(pin) => home.types(&["init", "--human", "Alice"], &format!("{pin}\n")),
            None => home.runs(&["init", "--human", "Alice", "--no-pin"]),
        };
        assert_eq!(made.code, 0, "{}", made.err);
        home
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    fn paths(&self) -> Paths {
        Paths::in_home(&self.path()).expect("paths")
    }

    /// The program with nothing of this machine's settings.
    fn process(&self, args: &[&str]) -> Process {
        let mut process = Process::new(env!("CARGO_BIN_EXE_ai2ai"));
        process.env_clear().env("HOME", self.dir.path()).arg("--home").arg(self.path()).args(args);
        process.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        process
    }

    fn runs(&self, args: &[&str]) -> Ended {
        Ended::of(self.process(args).output().expect("it runs"))
    }

    fn types(&self, args: &[&str], input: &str) -> Ended {
        types(self.process(args), input)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.dir.path().join(name);
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a mode");
        path.display().to_string()
    }
}

fn types(mut process: Process, input: &str) -> Ended {
    let mut child = process.stdin(Stdio::piped()).spawn().expect("it runs");
    let mut stdin = child.stdin.take().expect("its input");
    // A command that wants no input may be gone before it is written.
    drop(stdin.write_all(input.as_bytes()));
    drop(stdin);
    Ended::of(child.wait_with_output().expect("it ends"))
}

#[test]
fn init_makes_an_identity_and_says_who_it_is() {
    let home = Home::new();
    let pin = home.file("pin", "2468\n");
    let made = home.runs(&["--json", "init", "--human", "Alex Smith", "--pin-file", &pin]);
    assert_eq!(made.code, 0, "{}", made.err);
    let view = made.object();
    assert_eq!(view["schema"], "identity/1");
    assert_eq!(view["agent"], "alex-smith-assistant");
    assert!(view["did"].as_str().is_some_and(|did| did.starts_with("did:key:z6Mk")), "{view}");
    assert!(view["peer"].as_str().is_some_and(|peer| peer.starts_with("12D3KooW")), "{view}");
    let owner_key = fs::read_to_string(home.paths().owner_key).expect("a key");
    assert!(owner_key.contains("argon2id") && !owner_key.contains("2468"), "{owner_key}");
}

#[test]
fn init_takes_the_pin_from_standard_input_or_a_clear_no() {
    let sealed = Home::with_identity(Some("2468"));
    assert!(fs::read_to_string(sealed.paths().owner_key).expect("a key").contains("sealed"));
    let plain = Home::with_identity(None);
    assert!(fs::read_to_string(plain.paths().owner_key).expect("a key").contains("plain"));

    let home = Home::new();
    home.runs(&["--json", "init", "--human", "A"]).fails_with(Exit::Refused, "pin_needed");
    home.runs(&["--json", "--no-input", "init", "--human", "A"]).fails_with(Exit::Refused, "pin_needed");
    let short = home.file("pin", "123\n");
    home.runs(&["--json", "init", "--human", "A", "--pin-file", &short]).fails_with(Exit::Usage, "bad_pin");
    home.runs(&["--json", "init", "--human", "A", "--no-pin", "--pin-file", &short]).fails_with(Exit::Usage, "usage");
    assert!(!home.paths().identity.exists());
}

#[test]
fn init_twice_changes_nothing() {
    let home = Home::with_identity(None);
    let before = fs::read(home.paths().owner_key).expect("a key");
    home.runs(&["--json", "init", "--human", "Mallory", "--no-pin"]).fails_with(Exit::Failed, "identity_exists");
    assert_eq!(fs::read(home.paths().owner_key).expect("a key"), before);
}

#[test]
fn what_makes_no_sense_is_a_usage_error_in_words_and_in_json() {
    let home = Home::new();
    for args in [
        &["frobnicate"][..],
        &[],
        &["--frobnicate", "status"],
        &["send", "bob"],
        &["init"],
        &["init", "--human", "A\u{202e}"],
        &["init", "--human", "Alex", "--agent", "Not A Slug"],
        &["trust", "bob", "completely"],
        &["meet", "bob", "--subject", "Dinner", "--time", "2026-02-10T19:00"],
        &["meet", "bob", "--subject", "Dinner"],
        &["propose", "bob", "schedule.call", "--payload", "{\"a\":1,\"a\":2}"],
        &["propose", "bob", "schedule.call", "--payload", "[]"],
        &["reply", ITEM, "--accept", "--choose", "1"],
        &["approve", ITEM, "--digest", "sha256:short"],
        &["approve", ITEM, "--choose", "1", "--terms", "{}"],
        &["completions", "cmd.exe"],
    ] {
        let ended = home.runs(args);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{args:?}: {}", ended.err);
        assert!(!ended.err.is_empty(), "{args:?}");
        let mut in_json = args.to_vec();
        in_json.push("--json");
        home.runs(&in_json).fails_with(Exit::Usage, "usage");
    }
}

#[test]
fn help_is_there_with_an_example_for_every_command() {
    let home = Home::new();
    let help = home.runs(&["--help"]);
    assert_eq!(help.code, 0);
    assert!(help.out.contains("First steps:"), "{}", help.out);
    assert_eq!(home.runs(&["--version"]).code, 0);
    for command in ["init", "up", "approve", "meet", "verify", "doctor", "demo"] {
        let help = home.runs(&[command, "--help"]);
        assert_eq!(help.code, 0);
        assert!(help.out.contains("Example"), "{command}: {}", help.out);
    }
}

#[test]
fn without_an_identity_or_without_a_node_it_says_what_to_do() {
    let home = Home::new();
    for command in [&["status"][..], &["pending"], &["send", "bob", "hi"], &["up"]] {
        let mut args = vec!["--json"];
        args.extend(command);
        home.runs(&args).fails_with(Exit::Failed, "no_identity");
    }
    let words = home.runs(&["status"]);
    assert!(words.err.contains("ai2ai init"), "{}", words.err);
    assert!(!home.path().exists(), "a mistyped --home leaves nothing behind");

    let home = Home::with_identity(None);
    let digest = format!("sha256:{}", "0".repeat(64));
    for command in [
        &["status"][..],
        &["nearby"],
        &["contacts"],
        &["send", "bob", "hi"],
        &["pending"],
        &["show", ITEM],
        &["approve", ITEM, "--digest", &digest],
        &["conversation", ITEM, "--follow"],
        &["outbox"],
    ] {
        let mut args = vec!["--json"];
        args.extend(command);
        home.runs(&args).fails_with(Exit::NotRunning, "not_running");
    }
    let words = home.runs(&["status"]);
    assert_eq!((words.code, words.out.as_str()), (4, ""));
    assert!(words.err.contains("ai2ai up"), "{}", words.err);
}

#[test]
fn verify_needs_nothing_and_believes_nothing() {
    let home = Home::new();
    let deep = "[".repeat(100_000);
    let large = " ".repeat(600 * 1_024);
    for garbage in ["", "null", "{}", "hello", "\u{1b}[2J", "{\"ai2ai\":\"0.2\",\"type\":\"agreement\"}", &deep, &large]
    {
        let file = home.file("agreement.json", garbage);
        let verdict = home.runs(&["--json", "verify", &file]);
        assert_eq!(verdict.code, Exit::Invalid as i32, "{}", verdict.err);
        let view = verdict.object();
        assert_eq!((&view["schema"], &view["valid"]), (&json!("verify/1"), &json!(false)));
        assert!(view["problems"].as_array().is_some_and(|problems| !problems.is_empty()), "{view}");
        let words = home.runs(&["verify", &file]);
        assert_eq!(words.code, Exit::Invalid as i32);
        assert!(words.out.contains("NOT VALID") && !words.out.contains('\u{1b}'), "{}", words.out);
    }
    assert_eq!(home.types(&["verify", "-"], "{}").code, Exit::Invalid as i32);
    home.runs(&["--json", "verify", "/no/such/file"]).fails_with(Exit::Failed, "io");
    assert!(!home.path().exists(), "looking made no home");
}

#[test]
fn a_reader_who_has_read_enough_is_no_error() {
    let home = Home::new();
    for args in [&["completions", "zsh"][..], &["--help"], &["--json", "doctor"]] {
        let mut child = home.process(args).spawn().expect("it runs");
        drop(child.stdout.take());
        let ended = Ended::of(child.wait_with_output().expect("it ends"));
        assert!(!ended.err.contains("panicked"), "{args:?}: {}", ended.err);
        assert!([0, 1].contains(&ended.code), "{args:?}: {}", ended.code);
    }
}

#[test]
fn completions_are_written_for_every_shell() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = home.runs(&["completions", shell]);
        assert_eq!(script.code, 0, "{}", script.err);
        assert!(script.out.contains("approve"), "{shell}");
    }
}

#[test]
fn doctor_works_with_the_node_down() {
    let home = Home::new();
    let sick = home.runs(&["--json", "doctor"]);
    assert_eq!(sick.code, 1, "{}", sick.err);
    assert!(sick.lines().iter().any(|check| check["check"] == "identity" && check["status"] == "FAIL"));

    let home = Home::with_identity(Some("2468"));
    let well = home.runs(&["--json", "doctor"]);
    assert_eq!(well.code, 0, "{}{}", well.out, well.err);
    let status =
        |name: &str| well.lines().iter().find(|check| check["check"] == name).map(|check| check["status"].clone());
    assert_eq!(status("approval"), Some(json!("OK")));
    assert_eq!(status("node"), Some(json!("WARN")));
    assert!(well.lines().iter().all(|check| check["schema"] == "doctor/1"));
}

#[test]
fn a_second_node_on_the_same_home_says_so_and_exits() {
    let home = Home::with_identity(None);
    let _first = HomeLock::take(&home.paths()).expect("the lock");
    home.runs(&["--json", "up"]).fails_with(Exit::Failed, "in_use");
}

#[test]
fn a_setting_that_is_misspelt_stops_the_node_before_it_starts() {
    let home = Home::with_identity(None);
    fs::write(home.paths().config_file, "lisen = []\n").expect("written");
    home.runs(&["--json", "up"]).fails_with(Exit::Failed, "bad_config");
}

#[test]
fn without_a_home_the_xdg_directories_are_used() {
    let home = Home::new();
    let base = home.dir.path();
    let mut process = Process::new(env!("CARGO_BIN_EXE_ai2ai"));
    process.env_clear().env("HOME", base).env("XDG_CONFIG_HOME", base.join("c")).env("XDG_DATA_HOME", base.join("d"));
    process.args(["init", "--human", "Alice", "--no-pin"]).stdin(Stdio::null());
    let made = Ended::of(process.output().expect("it runs"));
    assert_eq!(made.code, 0, "{}", made.err);
    for file in ["c/ai2ai/config.toml", "d/ai2ai/identity/owner.key", "d/ai2ai/agent.token"] {
        assert!(base.join(file).exists(), "{file}");
    }

    let mut process = Process::new(env!("CARGO_BIN_EXE_ai2ai"));
    process.env_clear().env("HOME", base).env("AI2AI_HOME", base.join("moved"));
    process.args(["init", "--human", "Alice", "--no-pin"]).stdin(Stdio::null());
    assert_eq!(Ended::of(process.output().expect("it runs")).code, 0);
    assert!(base.join("moved/identity/owner.key").exists());
}

/// A stand-in for a node: it hears what comes through the door.
struct StandIn {
    _lock: HomeLock,
    _door: SocketDoor,
    events: mpsc::Receiver<DoorEvent>,
}

impl StandIn {
    fn of(home: &Home) -> Self {
        let paths = home.paths();
        let lock = HomeLock::take(&paths).expect("the lock");
        let (node, events) = mpsc::channel(QUEUE);
        let door = SocketDoor::open(&lock, tokens::read_both(&paths).expect("tokens"), node).expect("a door");
        Self { _lock: lock, _door: door, events }
    }

    async fn hears(&mut self) -> DoorEvent {
        timeout(SOON, self.events.recv()).await.expect("in time").expect("an event")
    }

    /// Hears one command, and answers it.
    async fn answers(&mut self, answer: Answer) -> (Role, Command) {
        match self.hears().await {
            DoorEvent::Command((role, command, reply)) => {
                reply.send(answer).expect("someone waits");
                (role, command)
            }
            DoorEvent::Refused { command, code, .. } => panic!("{command} was refused: {code}"),
        }
    }
}

fn spawned(process: Process, input: &'static str) -> tokio::task::JoinHandle<Ended> {
    tokio::task::spawn_blocking(move || types(process, input))
}

fn digest() -> String {
    format!("sha256:{}", "0".repeat(64))
}

fn decision() -> Value {
    json!({"schema": "decision/1", "id": ITEM, "decision": "approved", "conversation": null, "state": null, "message": null})
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_agents_token_the_owners_commands_are_refused_with_exit_5() {
    let home = Home::with_identity(Some("2468"));
    let mut node = StandIn::of(&home);
    let token = home.paths().agent_token;
    for args in [&["pending"][..], &["approve", ITEM, "--digest", &digest()], &["trust", "bob", "trusted"], &["doctor"]]
    {
        let mut all = vec!["--json"];
        all.extend(args);
        let mut process = home.process(&all);
        process.env("AI2AI_TOKEN_FILE", &token);
        let ended = spawned(process, "").await.expect("it ends");
        ended.fails_with(Exit::Refused, "owner_only");
        match node.hears().await {
            DoorEvent::Refused { role, command, .. } => {
                assert_eq!((role, command.as_str()), (Some(Role::Agent), args[0]))
            }
            DoorEvent::Command((_, command, _)) => panic!("the node heard {command:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn approving_sends_the_digest_that_was_shown_and_the_pin() {
    let home = Home::with_identity(Some("2468"));
    let mut node = StandIn::of(&home);
    let approving = spawned(home.process(&["--json", "approve", ITEM, "--digest", &digest()]), "2468\n");
    let (role, approved) = node.answers(Answer::Lines(vec![decision()])).await;
    assert_eq!(role, Role::Owner);
    let approved = serde_json::to_value(&approved).expect("JSON");
    assert_eq!((&approved["id"], &approved["digest"]), (&json!(ITEM), &json!(digest())));
    assert_eq!(approved["pin"], "2468");
    let ended = approving.await.expect("it ends");
    assert_eq!((ended.code, ended.object()["decision"].clone()), (0, json!("approved")), "{}", ended.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_can_be_asked_the_digest_is_needed() {
    let home = Home::with_identity(Some("2468"));
    let mut node = StandIn::of(&home);
    let ended = spawned(home.process(&["--json", "approve", ITEM]), "y\n2468\n").await.expect("it ends");
    ended.fails_with(Exit::Usage, "usage");
    assert!(node.events.try_recv().is_err(), "the node was not even asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pin_is_asked_for_only_when_the_node_needs_it() {
    let home = Home::with_identity(Some("2468"));
    let mut node = StandIn::of(&home);
    let meet = ["--json", "meet", "bob", "--subject", "Dinner", "--time", "2026-02-10T19:00Z"];
    let meeting = spawned(home.process(&meet), "2468\n");
    let needed = Failure::new(Exit::Refused, ErrorCode::PinNeeded, "this needs your PIN");
    let (_, first) = node.answers(Answer::Failed(needed)).await;
    let (_, second) =
        node.answers(Answer::Failed(Failure::new(Exit::Refused, ErrorCode::WrongPin, "that is not the PIN"))).await;
    let pin = |command: &Command| serde_json::to_value(command).expect("JSON")["pin"].clone();
    assert_eq!((pin(&first), pin(&second)), (Value::Null, json!("2468")));
    meeting.await.expect("it ends").fails_with(Exit::Refused, "wrong_pin");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_wrote_cannot_draw_on_the_screen() {
    let home = Home::with_identity(None);
    let mut node = StandIn::of(&home);
    let evil = "Bob\u{1b}[2J\u{202e}\u{9b}2J\nitem  approved";
    let view = json!({
        "schema": "pending/1", "id": ITEM, "conversation": null, "kind": "contact_request", "who": evil, "intent": null,
        "summary": evil, "digest": digest(), "expires_at": "2026-02-09T03:55:00Z"
    });
    PendingView::of_line(view.clone()).expect("an item");
    for args in [&["--color", "always", "pending"][..], &["--json", "pending"]] {
        let listing = spawned(home.process(args), "");
        node.answers(Answer::Lines(vec![view.clone()])).await;
        let ended = listing.await.expect("it ends");
        assert_eq!(ended.code, 0, "{}", ended.err);
        assert_eq!(ended.out.lines().count(), if args.contains(&"--json") { 1 } else { 2 }, "{}", ended.out);
        let plain = ended.out.replace("\u{1b}[2m", "").replace("\u{1b}[0m", "");
        assert!(!plain.chars().any(|c| c != '\n' && ai2ai_protocol::name::is_unseen(c)), "{plain:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exported_agreement_takes_no_other_files_place() {
    let home = Home::with_identity(None);
    let mut node = StandIn::of(&home);
    let view = json!({"schema": "agreement_file/1", "conversation": ITEM, "terms_hash": digest(), "text": "{}\n"});
    let there = home.file("there.json", "mine");
    for (file, code) in [(there.as_str(), 1), (&home.dir.path().join("new.json").display().to_string(), 0)] {
        let exporting = spawned(home.process(&["export", ITEM, "-o", file]), "");
        node.answers(Answer::Lines(vec![view.clone()])).await;
        assert_eq!(exporting.await.expect("it ends").code, code, "{file}");
    }
    assert_eq!(fs::read_to_string(Path::new(&there)).expect("still there"), "mine");
}
