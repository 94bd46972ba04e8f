//! MCP over HTTP: both generations of the protocol, only on this machine, only with the agent's token, and from no web page.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use ai2ai_tests::binary::ai2ai;
use ai2ai_tests::solo::{Solo, acquainted};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

/// `ai2ai mcp --http`, until it is dropped.
struct Server {
    process: Child,
    url: String,
    token: String,
}

impl Server {
    fn of(home: &Solo) -> Self {
        let mut command = Command::new(ai2ai());
        command.arg("--home").arg(home.home()).args(["--json", "mcp", "--http", "127.0.0.1:0"]);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("an output")).read_line(&mut line).expect("a line");
        let told: Value = serde_json::from_str(&line).expect("JSON");
        let token = std::fs::read_to_string(home.home().join("agent.token")).expect("a token").trim().to_owned();
        Self { process, url: told["url"].as_str().expect("an address").to_owned(), token }
    }

    fn post(&self, message: &Value) -> RequestBuilder {
        let request = Client::new().post(&self.url).header("content-type", "application/json");
        request.header("accept", "application/json, text/event-stream").body(message.to_string())
    }

    async fn asks(&self, version: &str, message: Value) -> Value {
        let name = message["params"]["name"].as_str().unwrap_or_default().to_owned();
        let method = message["method"].as_str().expect("a method").to_owned();
        let mut request = self.post(&message).bearer_auth(&self.token).header("mcp-protocol-version", version);
        if version > "2026" {
            request = request.header("mcp-method", method).header("mcp-name", name);
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        assert!(status.is_success(), "{status} {text}");
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn message(id: u32, method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

#[tokio::test(flavor = "multi_thread")]
async fn both_generations_of_the_protocol_are_spoken_and_a_key_counts_in_every_process() {
    let (mut alex, _sam) = acquainted(("Alex", ""), ("Sam", ""));
    let one = Server::of(&alex);
    let other = Server::of(&alex);
    let old = "2025-06-18";
    let hello = json!({ "protocolVersion": old, "capabilities": {}, "clientInfo": { "name": "test", "version": "1" } });
    let told = one.asks(old, message(1, "initialize", hello)).await;
    assert_eq!(told["result"]["protocolVersion"], old, "{told}");
    let tools = one.asks(old, message(2, "tools/list", json!({}))).await;
    assert_eq!(tools["result"]["tools"].as_array().map(Vec::len), Some(13));
    let ask = json!({ "who": "Sam", "text": "hello", "idempotency_key": "hello" });
    let call = |id| message(id, "tools/call", json!({ "name": "ai2ai_send_message", "arguments": ask }));
    let drafted = one.asks(old, call(3)).await["result"]["structuredContent"].clone();
    assert_eq!(drafted["state"], "pending_approval", "{drafted}");
    assert_eq!(
        other.asks(old, call(1)).await["result"]["structuredContent"],
        drafted,
        "another process, the same draft"
    );

    alex.is_killed();
    alex.starts();
    assert_eq!(one.asks(old, call(5)).await["result"]["structuredContent"], drafted, "and after a restart");

    let new = "2026-07-28";
    let meta = json!({ "io.modelcontextprotocol/protocolVersion": new, "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" } });
    let params = json!({ "name": "ai2ai_whoami", "arguments": {}, "_meta": meta });
    let me = one.asks(new, message(4, "tools/call", params)).await;
    assert_eq!(me["result"]["structuredContent"]["human"], "Alex", "{me}");
    assert_eq!(alex.asks(&["pending"]).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_without_the_token_and_no_page_comes_in() {
    let alex = Solo::moves_in("Alex", "").is_up();
    let server = Server::of(&alex);
    let list = message(1, "tools/list", json!({}));
    let with = || server.post(&list).bearer_auth(&server.token);
    let owner = std::fs::read_to_string(alex.home().join("owner.token")).expect("a token");
    let origin = server.url.trim_end_matches("/mcp").to_owned();
    for (request, status) in [
        (server.post(&list), 401),
        (server.post(&list).bearer_auth("x".repeat(60)), 401),
        (server.post(&list).bearer_auth(owner.trim()), 401),
        (with().header("origin", "http://evil.example"), 403),
        (with().header("origin", origin), 403),
        (with().header("host", "evil.example"), 421),
        (with().body("x".repeat(140_000)), 413),
        (with(), 200),
    ] {
        let answer = request.send().await.expect("an answer");
        let told = answer.status().as_u16();
        let text = answer.text().await.unwrap_or_default();
        assert_eq!(told, status, "{text}");
    }
    let outside = alex.types(&["mcp", "--http", "0.0.0.0:0"]);
    let told: Value = serde_json::from_slice(&outside.stdout).expect("JSON");
    assert_eq!((outside.status.code(), &told["code"]), (Some(2), &"not_loopback".into()));
}
