//! Test of a connected program's settings: starts the server as the program will, and asks it for its tools.

use std::process::Stdio;
use std::time::Duration;

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::Command;

/// Time limit of the trial.
const WITHIN: Duration = Duration::from_secs(10);

/// Number of tools that the server lists.
pub(super) async fn tools(server: &Value) -> Result<usize, Failure> {
    let silent = |why: String| {
        Failure::new(Exit::Failed, ErrorCode::NoAnswer, format!("it is set up, and does not answer: {why}"))
            .hint("Look at `ai2ai mcp` and at the file; is the path to ai2ai right?")
    };
    match tokio::time::timeout(WITHIN, asked(server)).await {
        Ok(Ok(tools)) => Ok(tools),
        Ok(Err(error)) => Err(silent(error.to_string())),
        Err(_) => Err(silent(format!("not within {} s", WITHIN.as_secs()))),
    }
}

async fn asked(server: &Value) -> std::io::Result<usize> {
    let program = server["command"].as_str().unwrap_or_default();
    let words = server["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut child = Command::new(program)
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let missing = || std::io::Error::other("it has no input and output");
    let mut input = child.stdin.take().ok_or_else(missing)?;
    let mut lines = BufReader::new(child.stdout.take().ok_or_else(missing)?).lines();
    let hello = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "protocolVersion": "2025-06-18",
        "capabilities": {}, "clientInfo": { "name": "ai2ai", "version": env!("CARGO_PKG_VERSION") } } });
    let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let list = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list" });
    input.write_all(format!("{hello}\n{ready}\n{list}\n").as_bytes()).await?;
    while let Some(line) = lines.next_line().await? {
        let message: Value = serde_json::from_str(&line)?;
        if message["id"] == 2 {
            return Ok(message["result"]["tools"].as_array().map_or(0, Vec::len));
        }
    }
    Err(std::io::Error::other("it ended"))
}
