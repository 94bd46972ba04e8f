//! The systemd unit starts what there is, and leaves it no more than it needs.

use std::path::Path;
use std::process::{Command, Output};

use ai2ai_tests::binary::ai2ai;

/// How exposed `systemd-analyze security` may find it, in tenths of its points from 0 to 10.
const EXPOSED: &str = "20";
/// What keeps a node that was taken over from everything but its network and its folder.
const WALLS: [&str; 6] = [
    "CapabilityBoundingSet=",
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "MemoryDenyWriteExecute=yes",
    "SystemCallFilter=@system-service",
];

fn unit() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/ai2ai.service");
    std::fs::read_to_string(path).expect("the unit")
}

fn analyze(arguments: &[&str], unit: &Path) -> Option<Output> {
    Command::new("systemd-analyze").args(arguments).arg(unit).output().ok()
}

#[test]
fn what_the_unit_starts_is_a_command_that_there_is() {
    let unit = unit();
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("a command");
    let words: Vec<&str> = start.split_whitespace().skip(1).collect();
    let help = Command::new(ai2ai()).args(&words).arg("--help").output().expect("it runs");
    assert!(help.status.success(), "{start}: {}", String::from_utf8_lossy(&help.stderr));
    let home = words.iter().position(|word| *word == "--home").and_then(|at| words.get(at + 1)).expect("a home");
    let folder = unit.lines().find_map(|line| line.strip_prefix("StateDirectory=")).expect("a folder");
    assert_eq!(*home, format!("/var/lib/{folder}"), "it may write there and nowhere else");
    for wall in WALLS {
        assert!(unit.lines().any(|line| line == wall), "{wall}");
    }
}

#[test]
fn systemd_understands_the_unit_and_finds_it_little_exposed() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ai2ai.service");
    let here = unit().replace("/usr/local/bin/ai2ai", &ai2ai().display().to_string());
    std::fs::write(&file, here).expect("written");
    let Some(verified) = analyze(&["verify"], &file) else {
        println!("SKIPPED: there is no systemd-analyze here");
        return;
    };
    let told = String::from_utf8_lossy(&verified.stderr).into_owned();
    assert!(verified.status.success() && !told.contains("ai2ai.service:"), "{told}");
    let exposed = analyze(&["security", "--offline=true", "--threshold", EXPOSED], &file).expect("it ran before");
    assert!(exposed.status.success(), "{}", String::from_utf8_lossy(&exposed.stdout));
}
