//! A node that is to stop, or to begin anew with other keys, while somebody holds a stream of it open: it is gone in seconds, and its
//! store is whole.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use ai2ai_tests::laptop::{Laptop, PIN};
use ai2ai_tests::pages::{Pages, link};
use ai2ai_tests::ports::free_port;
use ai2ai_tests::steps::{conversation, knows};
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::{Value, json};

/// Longest time for a node to stop, whatever is open.
const STOPS_WITHIN: Duration = Duration::from_secs(5);
/// Longest time for a node to be up again after other keys: the client is answered first, and the node starts.
const BEGINS_WITHIN: Duration = Duration::from_secs(5);

/// Something that is held open at a node. The drop of it closes it.
enum Held {
    Nothing,
    Process(Child),
    Stream(#[expect(dead_code, reason = "it only has to stay open")] TcpStream),
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Self::Process(process) = self {
            drop(process.kill());
            drop(process.wait());
        }
    }
}

/// Alex with every door open, one conversation, and a draft that waits.
struct World {
    alex: Laptop,
    _sam: Laptop,
    api: u16,
    conversation: String,
    draft: String,
}

impl World {
    fn new(folder: &Path) -> Self {
        let [mut alex, mut sam] = ["alex", "sam"].map(|name| Laptop::on_loopback(name, folder));
        let api = free_port();
        alex.init();
        alex.sets(&format!("[api]\nlisten = \"127.0.0.1:{api}\"\n[http]\nlisten = \"127.0.0.1:0\"\n"));
        sam.init();
        alex.up();
        sam.up();
        knows(&alex, &sam);
        knows(&sam, &alex);
        let conversation = alex.owner(&["send", "sam", "are you there?"]).done().text("conversation");
        let draft = alex.agent_runs(&["send", "sam", "a draft"]).done().text("item");
        Self { alex, _sam: sam, api, conversation, draft }
    }

    /// The client of a conversation that goes on, once it has read its first line.
    fn follows(&self) -> Child {
        let mut follow = self.alex.command(&["conversation", &self.conversation, "--follow"]);
        let mut process = follow.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().expect("an output")).read_line(&mut line).expect("a line");
        assert!(line.contains(&self.conversation), "{line}");
        process
    }

    fn a_follower(&self) -> Held {
        Held::Process(self.follows())
    }

    /// Nothing is held: whoever followed the conversation went away before.
    fn a_follower_that_went_away(&self) -> Held {
        drop(Held::Process(self.follows()));
        Held::Nothing
    }

    fn a_page(&self) -> Held {
        let pages = Pages::by(&link(&self.alex));
        let head = format!("GET /live HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\n\r\n", pages.address, pages.cookie);
        Held::Stream(opens(&pages.address, &head, "200"))
    }

    fn an_event_stream_of_the_api(&self) -> Held {
        self.of_api("/v1/events")
    }

    /// A request whose answer the API holds back until something changes.
    fn a_request_that_waits(&self) -> Held {
        let address = format!("127.0.0.1:{}", self.api);
        let head = self.head_of_api(&format!("/v1/drafts?item={}&wait_seconds=25", self.draft));
        let mut stream = TcpStream::connect(address).expect("it listens");
        stream.write_all(head.as_bytes()).expect("written");
        Held::Stream(stream)
    }

    fn a_web_socket(&self) -> Held {
        let address = self.alex.status()["http"].as_str().expect("an HTTP face").to_owned();
        let head = format!(
            "GET /ai2ai HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ai2ai.batch.0.2\r\n\r\n"
        );
        Held::Stream(opens(&address, &head, "101"))
    }

    /// A tool call by MCP over HTTP whose answer is held back until something changes.
    fn an_mcp_call_that_waits(&self) -> Held {
        let mut command = self.alex.command(&["mcp", "--http", "127.0.0.1:0"]);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().expect("an output")).read_line(&mut line).expect("a line");
        let told: Value = serde_json::from_str(&line).expect("JSON");
        let url = told["url"].as_str().expect("an address");
        let address = url.trim_start_matches("http://").trim_end_matches("/mcp");
        let arguments = json!({ "item": self.draft, "wait_seconds": 25 });
        let params = json!({ "name": "ai2ai_request_status", "arguments": arguments });
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }).to_string();
        let mut stream = TcpStream::connect(address).expect("it listens");
        write!(
            stream,
            "POST /mcp HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nMCP-Protocol-Version: 2025-06-18\r\n\
             Accept: application/json, text/event-stream\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.agent_token(),
            body.len(),
        )
        .expect("written");
        stream.set_read_timeout(Some(Duration::from_secs(1))).expect("a deadline");
        assert!(stream.read(&mut [0]).is_err(), "the call waits");
        Held::Process(process)
    }

    fn of_api(&self, path: &str) -> Held {
        Held::Stream(opens(&format!("127.0.0.1:{}", self.api), &self.head_of_api(path), "200"))
    }

    fn head_of_api(&self, path: &str) -> String {
        let token = self.agent_token();
        format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: Bearer {token}\r\n\r\n", self.api)
    }

    fn agent_token(&self) -> String {
        std::fs::read_to_string(self.alex.home().join("agent.token")).expect("a token").trim().to_owned()
    }

    /// What was said and what waits are still there.
    fn is_whole(&self) {
        let shown = conversation(&self.alex, &self.conversation);
        assert_eq!(shown["messages"][0]["payload"]["text"], "are you there?", "{shown}");
        let pending = self.alex.owner(&["pending"]).done();
        assert!(pending.lines.iter().any(|item| item["id"] == self.draft.as_str()), "{:?}", pending.lines);
    }

    /// How often the node of Alex began.
    fn beginnings(&self) -> usize {
        self.alex.log().matches("\"identity/1\"").count()
    }

    /// Runs a command that changes keys, and waits until the node has begun anew and answers.
    fn begins_anew_after(&self, words: &[&str], pin: &Path) {
        let before = self.beginnings();
        let done = self.alex.command(words).arg("--pin-file").arg(pin).output().expect("it runs");
        assert_eq!(done.status.code(), Some(0), "{words:?}: {}", String::from_utf8_lossy(&done.stdout));
        wait_for("the node to begin anew", BEGINS_WITHIN, || (self.beginnings() > before).then_some(()));
        self.is_whole();
    }
}

/// Sends a request, and reads the head of an answer with this status; the stream stays open.
fn opens(address: &str, request: &str, status: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a deadline");
    stream.write_all(request.as_bytes()).expect("written");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a head");
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    assert_eq!(head.split(' ').nth(1), Some(status), "{head}");
    stream
}

/// Way to hold something open.
type Way = fn(&World) -> Held;

/// Every way to hold something open at a node.
const WAYS: [(&str, Way); 7] = [
    ("a follower", World::a_follower),
    ("a follower that went away", World::a_follower_that_went_away),
    ("a page", World::a_page),
    ("an event stream of the API", World::an_event_stream_of_the_api),
    ("a request that waits", World::a_request_that_waits),
    ("a WebSocket", World::a_web_socket),
    ("an MCP call that waits", World::an_mcp_call_that_waits),
];

/// Runs a test for each way, and names those that failed.
fn for_each_way(test: impl Fn(Way)) {
    let fails = |way: Way| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| test(way))).is_err();
    let failed: Vec<&str> = WAYS.iter().filter(|(_, way)| fails(*way)).map(|(name, _)| *name).collect();
    assert!(failed.is_empty(), "these hold the node up: {failed:?}");
}

#[test]
fn a_node_stops_within_seconds_whatever_is_open() {
    for_each_way(|way| {
        let folder = tempfile::tempdir().expect("a folder");
        let mut world = World::new(folder.path());
        let held = way(&world);
        assert_eq!(world.alex.terminate(STOPS_WITHIN), Some(0));
        world.alex.up();
        world.is_whole();
        drop(held);
    });
}

#[test]
fn a_node_begins_anew_within_seconds_whatever_is_open() {
    for_each_way(|way| {
        let folder = tempfile::tempdir().expect("a folder");
        let world = World::new(folder.path());
        let old = world.alex.file_with("old-pin", PIN);
        let new = world.alex.file_with("new-pin", "a few words");
        let one = way(&world);
        world.begins_anew_after(&["keys", "rotate"], &old);
        let other = way(&world);
        world.begins_anew_after(&["pin", "--new-pin-file", new.to_str().expect("a path")], &old);
        drop((one, other));
    });
}

#[test]
fn a_node_stops_within_seconds_while_a_web_server_says_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut alex = Laptop::on_loopback("alex", folder.path());
    alex.init();
    alex.sets("[https]\nprivate = true\n");
    alex.up();
    let url = format!("http://{}/ai2ai", silent.local_addr().expect("an address"));
    let held = Held::Process(alex.command(&["add", &url]).stdout(Stdio::null()).spawn().expect("it starts"));
    let (_connection, _) = silent.accept().expect("the node asks there");
    assert_eq!(alex.terminate(STOPS_WITHIN), Some(0));
    let log = alex.log();
    assert!(log.contains("tasks did not end") && log.contains("EventLoop::on_command (1)"), "{log}");
    drop(held);
}
