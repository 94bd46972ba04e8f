//! The README's first command, from the outside: what it prints, how it ends, and what it leaves behind.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a demo of two processes may take to be gone once it is told to end.
const GOING: Duration = Duration::from_secs(10);

/// Gives a program a LAN that nothing else is on, and becomes it.
const ON_ITS_OWN_LAN: &str = "ip link set lo up && ip link add lan type bridge && ip addr add 10.77.0.1/24 dev lan \
    && ip link set lan up && exec \"$0\" \"$@\"";

/// The demo, with everything it makes in `tmp`: on a LAN of its own where the machine gives it one, else on this one.
fn demo(tmp: &Path, words: &[&str]) -> Command {
    let program = env!("CARGO_BIN_EXE_ai2ai");
    let apart = ["-Urn", "sh", "-c", ON_ITS_OWN_LAN];
    let can = Command::new("unshare").args(apart).arg("true").stderr(Stdio::null()).status();
    let mut command = if can.is_ok_and(|status| status.success()) {
        let mut command = Command::new("unshare");
        command.args(apart).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.args(words).env("TMPDIR", tmp).env_remove("RUST_LOG").stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the demo speaks UTF-8")
}

fn left_behind(tmp: &Path) -> Vec<PathBuf> {
    fs::read_dir(tmp).expect("a directory").map(|entry| entry.expect("an entry").path()).collect()
}

fn verify(home: &Path, file: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ai2ai"));
    command.arg("--home").arg(home).args(["--json", "verify"]).arg(file).output().expect("verify runs")
}

#[test]
fn two_agents_negotiate_and_two_people_decide() {
    let tmp = tempfile::tempdir().expect("a directory");
    let output = demo(tmp.path(), &["demo"]).output().expect("the demo runs");
    let said = text(&output.stdout);
    let complained = text(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    assert!(!said.contains('\u{1b}'), "no colours where nobody sees them: {said}");

    let mut story = said.lines();
    for part in [
        "Darren's node runs as process",
        "Alex's node runs as process",
        "[Darren, human]    adds Alex as a contact: did:key:z",
        "[Darren's agent]   proposes \"Dinner\" to Alex",
        "[Darren, human]    approves with the PIN: this may be sent",
        "[Alex's agent]     reads Alex's calendar: busy from",
        "[Alex, human]      approves with the PIN, and so signs these terms: sha256:",
        "[Darren's agent]   reads Darren's calendar: still free then",
        "[Darren, human]    approves with the PIN, and so signs these terms: sha256:",
        "Darren holds: confirmed, sha256:",
        "Alex holds: confirmed, sha256:",
        "with one letter of the place changed is refused",
        "Both sides hold the same terms: sha256:",
    ] {
        assert!(story.any(|line| line.contains(part)), "{part:?} does not come in its turn:\n{said}");
    }
    let last = said.lines().last().expect("a last line");
    assert!(last.starts_with("confirmed on both sides, and verified, in "), "{last}");

    let [agreement] = left_behind(tmp.path()).try_into().expect("the agreement and nothing else is left");
    assert!(said.contains(&format!("The agreement: {}", agreement.display())), "{said}");
    assert_eq!(verify(&tmp.path().join("empty"), &agreement).status.code(), Some(0));
    let forged = fs::read_to_string(&agreement).expect("a file").replace("Casa", "Cosa");
    fs::write(&agreement, forged).expect("written");
    assert_eq!(verify(&tmp.path().join("empty"), &agreement).status.code(), Some(8));
}

#[test]
fn for_machines_it_speaks_json_and_nothing_else() {
    let tmp = tempfile::tempdir().expect("a directory");
    let output = demo(tmp.path(), &["--json", "demo", "--keep"]).output().expect("the demo runs");
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", text(&output.stderr));
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let (closing, story) = lines.split_last().expect("lines");
    assert!(story.iter().all(|line| line["schema"] == "demo_line/1"), "{said}");
    assert_eq!(
        (&closing["schema"], &closing["state"], &closing["verified"]),
        (&"demo/1".into(), &"confirmed".into(), &true.into())
    );
    let kept = PathBuf::from(closing["agreement"].as_str().expect("a path"));
    assert_eq!(verify(&tmp.path().join("empty"), &kept).status.code(), Some(0));
    for home in ["darren", "alex"] {
        assert!(kept.with_file_name(home).join("calendar.ics").exists(), "{home}'s home is kept");
    }
}

/// Plays a scenario, and checks that its parts come in their turn; gives what it verified.
fn scenario(name: &str, parts: &[&str]) -> Value {
    let tmp = tempfile::tempdir().expect("a directory");
    let output = demo(tmp.path(), &["demo", name]).output().expect("the demo runs");
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", text(&output.stderr));
    let mut story = said.lines();
    for part in parts {
        assert!(story.any(|line| line.contains(part)), "{part:?} does not come in its turn:\n{said}");
    }
    assert!(said.lines().any(|line| line.contains(", human]")), "people decide: {said}");
    assert_eq!(left_behind(tmp.path()), Vec::<PathBuf>::new());

    let output = demo(tmp.path(), &["--json", "demo", name]).output().expect("the demo runs");
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", text(&output.stderr));
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let closing = lines.last().expect("lines").clone();
    assert_eq!((&closing["schema"], &closing["scenario"]), (&"demo_scenario/1".into(), &name.into()), "{closing}");
    assert_eq!(closing["verified"], true);
    closing["result"].clone()
}

#[test]
fn schedule_two_agents_agree_on_a_time_that_suits_both() {
    let parts = [
        "[Alice]            Requesting meeting: \"Project Sync\"",
        "Proposing 3 available slots",
        "Picking: ",
        "✅ Both agents agreed",
    ];
    assert_eq!(scenario("schedule", &parts)["proposed"], 3);
}

#[test]
fn quotes_the_cheaper_of_two_merchants_is_chosen() {
    let parts = ["[Merchant B]       responding £28", "responding £32", "✅ Buyer selected merchant-b at £28"];
    let result = scenario("quotes", &parts);
    assert_eq!((&result["amount"], &result["quotes"]), (&28.into(), &serde_json::json!([28, 32])));
}

#[test]
fn research_the_report_holds_what_the_specialist_found() {
    let parts = ["Confidence: 0.95", "Report: \"LoRa Technical Brief\"", "✅ Report includes specialist contribution"];
    let result = scenario("research", &parts);
    let report = result["report"].as_str().expect("a report");
    assert!(report.contains("| 7 | 5468 | -125 dBm |") && report.contains("AN1200.22"), "{report}");
}

#[test]
fn delegation_the_work_of_two_comes_back_as_one() {
    let parts = ["[Coordinator]", "delegating to worker", "Subtask complete", "✅ manager ← coordinator ← worker"];
    let result = scenario("delegation", &parts);
    assert_eq!(result["primes"], 2_262);
    assert!(result["by_worker"].as_u64().is_some_and(|primes| primes > 500), "{result}");
}

#[test]
fn sensor_two_readings_are_two() {
    let parts = ["grants a mandate", "Reading #1: 2", "Reading #2: 2", "✅ Two readings, different timestamps"];
    let result = scenario("sensor", &parts);
    let readings = result["readings"].as_array().expect("readings");
    assert!(readings.len() == 2 && readings[0]["celsius"] != readings[1]["celsius"], "{result}");
}

#[test]
fn approval_only_the_human_buys_for_more_than_the_threshold() {
    let parts = [
        "£80 is within £100",
        "⚠️ £500 exceeds £100 threshold",
        "[Approver, human]",
        "👤 Human APPROVED",
        "✅ Approval flow completed",
    ];
    let result = scenario("approval", &parts);
    let by: Vec<&Value> =
        result["bought"].as_array().expect("two").iter().map(|bought| &bought["approved_by"]).collect();
    assert_eq!(by, ["mandate", "owner"]);
}

#[test]
fn group_four_people_find_one_time() {
    let parts = ["Asking Ben about 5 evenings", "One evening suits all four", "✅ All four agreed: Board games"];
    let result = scenario("group", &parts);
    assert_eq!(
        (result["with"].as_array().map(Vec::len), result["conversations"].as_array().map(Vec::len)),
        (Some(4), Some(3))
    );
}

#[test]
fn a_scenario_that_there_is_none_of_is_a_usage_error() {
    for words in [&["demo", "dinner"][..], &["demo", "approval", "--interactive"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_ai2ai")).args(words).output().expect("it runs");
        assert_eq!(output.status.code(), Some(2), "{words:?}");
    }
}

/// A demo that was started, and the processes of its two nodes.
struct Started {
    demo: Child,
    out: BufReader<ChildStdout>,
    nodes: Vec<String>,
}

fn start(tmp: &Path, words: &[&str]) -> Started {
    let mut command = demo(tmp, words);
    let mut demo =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the demo runs");
    let mut out = BufReader::new(demo.stdout.take().expect("its output"));
    let mut nodes = Vec::new();
    while nodes.len() < 2 {
        let mut line = String::new();
        assert!(out.read_line(&mut line).expect("a line") > 0, "the demo ended early");
        let process = line.split_once("runs as process ").and_then(|(_, rest)| rest.split_once(','));
        nodes.extend(process.map(|(process, _)| process.to_owned()));
    }
    Started { demo, out, nodes }
}

impl Started {
    /// Waits for the end, and checks that neither a process nor a home is left.
    fn ends_with(mut self, code: i32, tmp: &Path) {
        let deadline = Instant::now() + GOING;
        while self.demo.try_wait().expect("a child").is_none() {
            assert!(Instant::now() < deadline, "the demo does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
        let output = self.demo.wait_with_output().expect("its end");
        assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
        for node in &self.nodes {
            assert!(!Path::new("/proc").join(node).exists(), "process {node} is still there");
        }
        assert_eq!(left_behind(tmp), Vec::<PathBuf>::new());
    }
}

#[test]
fn whoever_ends_it_early_finds_no_process_and_no_home_left() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let tmp = tempfile::tempdir().expect("a directory");
        let started = start(tmp.path(), &["demo"]);
        let sent = Command::new("kill").args([signal, &started.demo.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
        started.ends_with(130, tmp.path());
    }
}

#[test]
fn the_person_at_the_keyboard_decides_with_their_pin() {
    let tmp = tempfile::tempdir().expect("a directory");
    let mut started = start(tmp.path(), &["demo", "--interactive"]);
    let mut keyboard = started.demo.stdin.take().expect("its input");
    let mut said = Vec::new();
    let mut lines = started.out.by_ref().lines().map_while(Result::ok);
    let pin =
        lines.find_map(|line| Some(line.strip_prefix("Your PIN in this demo is ")?.trim_end_matches('.').to_owned()));
    let wrong_then_right = format!("a\n000000\n3\n{}\n", pin.expect("the PIN is told"));
    keyboard.write_all(wrong_then_right.as_bytes()).expect("typed");
    said.extend(lines);
    assert!(said.iter().any(|line| line.contains("that is not the PIN")), "{said:#?}");
    assert!(said.iter().any(|line| line.contains("[Alex, human]") && line.ends_with("decides: approved")), "{said:#?}");
    assert!(said.last().expect("a last line").starts_with("confirmed on both sides"), "{said:#?}");
    let output = started.demo.wait_with_output().expect("its end");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let [agreement] = left_behind(tmp.path()).try_into().expect("the agreement and nothing else is left");
    let verdict: Value = serde_json::from_slice(&verify(&tmp.path().join("empty"), &agreement).stdout).expect("JSON");
    let told = said.iter().find(|line| line.contains("│ 3  ")).expect("the third time is shown");
    assert!(told.contains(verdict["terms"]["time"].as_str().expect("a time")), "{told} {verdict}");
}

#[test]
fn the_person_at_the_keyboard_can_say_no_and_then_there_is_no_dinner() {
    for (typed, told) in [("r\n", "no dinner: it was rejected"), ("not now\nok\nq\n", "you left"), ("", "you left")] {
        let tmp = tempfile::tempdir().expect("a directory");
        let mut started = start(tmp.path(), &["demo", "--interactive"]);
        let mut keyboard = started.demo.stdin.take().expect("its input");
        keyboard.write_all(typed.as_bytes()).expect("typed");
        drop(keyboard);
        let said: Vec<String> = started.out.by_ref().lines().map_while(Result::ok).collect();
        assert!(said.iter().any(|line| line.starts_with("You are Alex.")), "{said:?}");
        assert!(said.iter().any(|line| line.contains("What do you say?")), "{said:?}");
        let mut complained = String::new();
        std::io::Read::read_to_string(&mut started.demo.stderr.take().expect("its errors"), &mut complained)
            .expect("read");
        assert!(complained.contains(told), "{typed:?}: {complained}");
        started.ends_with(5, tmp.path());
    }
}
