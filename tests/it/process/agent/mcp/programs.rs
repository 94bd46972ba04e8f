//! The programs that speak with it: raw lines, the SDK in Python, and those that are connected by a command.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use ai2ai_tests::binary::ai2ai;
use ai2ai_tests::solo::Solo;
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::{Value, json};

use super::{TOOLS, approves, command, text, two};

#[test]
fn nothing_but_the_protocol_is_on_standard_output() {
    let alex = Solo::moves_in("Alex", "").is_up();
    let mut server =
        command(&alex).arg("-vvv").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let server = server.as_mut().expect("it starts");
    let mut input = server.stdin.take().expect("an input");
    let output = server.stdout.take().expect("an output");
    let hello = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "protocolVersion": "2025-06-18",
        "capabilities": {}, "clientInfo": { "name": "test", "version": "1" } } });
    let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let call = |id: u32, name: &str| json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": name, "arguments": {} } });
    let huge = format!("{{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"{}\"}}", "x".repeat(1 << 20));
    for line in [hello, initialized, call(2, "ai2ai_whoami")].map(|line| line.to_string()) {
        writeln!(input, "{line}").expect("written");
    }
    for line in ["", "garbage", "{\"jsonrpc\":", "[]", "\u{0}", &huge] {
        drop(writeln!(input, "{line}"));
    }
    let half = r#"{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"ai2ai_ask","arguments":{"who":"Sam","text":"\ud800"}}}"#;
    drop(writeln!(input, "{half}"));
    drop(writeln!(input, "{}", call(9, "ai2ai_contacts")));
    let all = BTreeSet::from([1, 2, 3, 4, 9]);
    let mut answered = BTreeSet::new();
    for line in BufReader::new(output).lines() {
        let line = line.expect("a line");
        let message: Value =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON on standard output: {line}"));
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        answered.extend(message["id"].as_u64());
        if matches!(message["id"].as_u64(), Some(3 | 4)) {
            assert_eq!(message["error"]["code"], -32700, "what nobody can read is answered, too: {line}");
        }
        if answered == all {
            break;
        }
    }
    drop(input);
    assert_eq!(answered, all);
    assert!(server.wait().expect("it ends").success(), "it ends with its client");
}

/// The official SDK of another language, where it is installed: `scripts/mcp-python.sh` sees to that.
#[test]
fn the_python_sdk_drafts_and_sees_what_both_owners_agreed() {
    let Some(python) = std::env::var_os("AI2AI_MCP_PYTHON") else {
        println!("SKIPPED: AI2AI_MCP_PYTHON names no Python with the official SDK; see scripts/mcp-python.sh");
        return;
    };
    let (alex, sam) = two("");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/mcp_client.py");
    let client = Command::new(python).arg(script).arg(ai2ai()).arg(alex.home()).stdout(Stdio::piped()).spawn();
    let mut client = client.expect("Python");
    let mut lines = BufReader::new(client.stdout.take().expect("an output")).lines();
    let mut seen = || -> Value {
        let line = lines.next().expect("a line").expect("a text");
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"))
    };
    let first = seen();
    assert_eq!(first["tools"], json!(TOOLS));
    assert_eq!(first["drafted"]["state"], "pending_approval");
    assert!(first["took"].as_f64().expect("seconds") < 5.0, "it waits for no human: {first}");
    let item = text(&first["drafted"], "item");

    // The command line with the agent's token refuses; the owner's own door doesn't.
    let digest = alex.asks(&["show", item]).remove(0);
    let token = alex.home().join("agent.token");
    let words = ["--token-file", token.to_str().expect("a path"), "approve", item, "--digest", text(&digest, "digest")];
    let refused = alex.types(&words);
    let told: Value = serde_json::from_slice(&refused.stdout).expect("JSON");
    assert_eq!((refused.status.code(), &told["code"]), (Some(5), &"owner_only".into()));
    approves(&alex, item);
    let at_sam = wait_for("the proposal to come", PATIENCE, || sam.asks(&["pending"]).into_iter().next());
    let words = ["approve", text(&at_sam, "id"), "--choose", "2", "--digest", text(&at_sam, "digest")];
    assert!(sam.types(&words).status.success());
    let back = wait_for("the offer to come back", PATIENCE, || alex.asks(&["pending"]).into_iter().next());
    approves(&alex, text(&back, "id"));
    assert_eq!(seen()["status"]["conversation_state"], "confirmed");
    assert!(client.wait().expect("it ends").success());
}

/// `connect-agent` in a folder that is also somebody's home.
fn connects(node: &Solo, folder: &std::path::Path, words: &[&str]) -> (Option<i32>, Value) {
    let mut command = Command::new(ai2ai());
    command.arg("--home").arg(node.home()).args(["--json", "--no-input", "connect-agent"]).args(words);
    let output =
        command.current_dir(folder).env("HOME", folder).env_remove("XDG_CONFIG_HOME").output().expect("it runs");
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
}

#[test]
fn a_program_is_connected_only_after_a_yes_and_then_it_works() {
    let alex = Solo::moves_in("Alex", "").is_up();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(".mcp.json");
    std::fs::write(&file, "{\"mcpServers\": {\"other\": {\"command\": \"x\"}}}").expect("settings");
    let (exit, refused) = connects(&alex, folder.path(), &["claude-code"]);
    assert_eq!((exit, &refused["code"]), (Some(2), &"usage".into()), "nobody can be asked");
    assert!(!std::fs::read_to_string(&file).expect("settings").contains("ai2ai"), "and nothing was changed");

    let (exit, connected) = connects(&alex, folder.path(), &["claude-code", "--yes"]);
    assert_eq!((exit, &connected["tools"]), (Some(0), &TOOLS.len().into()), "{connected}");
    let settings: Value = serde_json::from_slice(&std::fs::read(&file).expect("settings")).expect("JSON");
    assert_eq!(settings["mcpServers"]["other"]["command"], "x");
    let server = &settings["mcpServers"]["ai2ai"];
    assert_eq!(server["args"].as_array().and_then(|words| words.last()), Some(&"mcp".into()), "{server}");
    assert!(!settings.to_string().contains("token"), "no token stands in another program's settings");
    assert_eq!(connects(&alex, folder.path(), &["claude-code"]).0, Some(0), "the second time there is nothing to ask");

    assert_eq!(connects(&alex, folder.path(), &["openclaw", "--yes"]).0, Some(0));
    let page = std::fs::read_to_string(folder.path().join(".openclaw/skills/ai2ai/SKILL.md")).expect("a page");
    assert!(page.starts_with("---\nname: ai2ai\n"));
    let (exit, printed) = connects(&alex, folder.path(), &["generic"]);
    assert_eq!((exit, &printed["mcpServers"]["ai2ai"]), (Some(0), server));
    std::fs::write(&file, "// mine\n{}").expect("settings");
    assert_eq!(connects(&alex, folder.path(), &["claude-code", "--yes"]).1["code"], "settings");
    assert_eq!(
        std::fs::read_to_string(&file).expect("settings"),
        "// mine\n{}",
        "what is not understood is left alone"
    );
}
