//! One list of hostile texts goes through every door of an agent and of an owner: nothing leaves its fence, no line of a log is broken,
//! and nothing is approved.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use ai2ai_tests::binary::ai2ai;
use ai2ai_tests::corpus::{HOSTILE, MARK, huge, is_plain};
use ai2ai_tests::model_server::ModelServer;
use ai2ai_tests::pages::Pages;
use ai2ai_tests::solo::Solo;
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::{Value, json};

use crate::agent::api::{Api, api_settings};
use crate::agent::mcp::{Model, is_fenced};

/// Writes each event that it is told to a file, and what it is told to its complaints, which the node logs.
const HOOK: &str = "#!/bin/sh\nread -r event\nprintf '%s\\n' \"$event\" >> \"$(dirname \"$0\")/events\"\nprintf '%s' \"$event\" | tail -c 1500 >&2\n";

/// Sam, with every door of an agent open, and Mallory, who sends it all. Each text opens a conversation; then there is a proposal made of them.
struct Scene {
    folder: tempfile::TempDir,
    model: ModelServer,
    sam: Solo,
    mallory: Solo,
    api: Api,
    conversations: Vec<(String, String)>,
}

impl Scene {
    async fn set() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let model = ModelServer::serve().await;
        let hook = folder.path().join("hook");
        std::fs::write(&hook, HOOK).expect("a script");
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o700)).expect("a mode");
        let (port, api) = api_settings();
        let settings =
            format!("{}calls_per_hour = 1000\n{api}[hook]\ncommand = [\"{}\"]\n", model.settings(), hook.display());
        let mallory = Solo::moves_in("Mallory", "").is_up();
        let mut sam = Solo::moves_in("Sam", &settings);
        sam.logs_to(&folder.path().join("log"));
        let sam = sam.is_up();
        mallory.invites(&sam);
        let texts = HOSTILE.iter().map(|(_, text)| (*text).to_owned()).chain([huge()]);
        let mut conversations: Vec<(String, String)> = texts
            .map(|text| {
                let sent = mallory.asks(&["send", "Sam", &text]).remove(0);
                (sent["conversation"].as_str().unwrap_or_else(|| panic!("{sent}")).to_owned(), text)
            })
            .collect();
        let payload = json!({ "subject": HOSTILE[18].1, "place": HOSTILE[9].1, HOSTILE[4].1: HOSTILE[0].1,
            "note": HOSTILE[18].1, "proposed_times": ["2035-02-10T19:00Z", "2035-02-11T19:00Z"] });
        let sent = mallory.asks(&["propose", "Sam", "schedule.meeting", "--payload", &payload.to_string()]).remove(0);
        conversations
            .push((sent["conversation"].as_str().unwrap_or_else(|| panic!("{sent}")).to_owned(), payload.to_string()));
        wait_for("all of it to come", 2 * PATIENCE, || {
            (sam.asks(&["conversations"]).len() >= conversations.len()).then_some(())
        });
        let api = Api::of(&sam, port);
        Self { folder, model, sam, mallory, api, conversations }
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }
}

/// What a person at a terminal reads.
fn printed(home: &Solo, words: &[&str]) -> String {
    let mut command = Command::new(ai2ai());
    command.arg("--home").arg(home.home()).args(["--no-input", "--color", "always"]).args(words);
    let output = command.stdin(Stdio::null()).output().expect("it runs");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_hostile_leaves_its_fence_at_any_door() {
    let scene = Scene::set().await;
    let wanted = scene.conversations.len();
    wait_for("the hook to be told of it all", 3 * PATIENCE, || {
        (scene.read("events").lines().count() >= wanted).then_some(())
    });
    wait_for("the model to be asked about it all", 3 * PATIENCE, || {
        (scene.model.asked().len() >= wanted).then_some(())
    });
    the_terminal_is_plain(&scene);
    the_lines_of_json_are_whole(&scene);
    the_agents_doors_fence_it(&scene).await;
    the_hook_gets_one_line_each(&scene);
    the_prompt_fences_it(&scene);
    the_pages_are_text(&scene);
    the_log_is_whole(&scene);
    nothing_was_decided(&scene);
}

fn the_terminal_is_plain(scene: &Scene) {
    // The only escapes are colours of ours.
    let without_colour = |text: &str| {
        let mut parts = text.split("\u{1b}[");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |plain, part| {
            let (code, rest) = part.split_once('m').unwrap_or_else(|| panic!("an escape that is no colour: {part:?}"));
            assert!(code.chars().all(|c| c.is_ascii_digit() || c == ';'), "{code:?}");
            plain + rest
        })
    };
    for (conversation, _) in &scene.conversations {
        let text = without_colour(&printed(&scene.sam, &["conversation", conversation]));
        assert!(text.contains(MARK) && is_plain(&text), "{text:?}");
    }
    for item in scene.sam.asks(&["pending"]) {
        let text = without_colour(&printed(&scene.sam, &["show", item["id"].as_str().expect("an id")]));
        assert!(is_plain(&text), "{text:?}");
    }
    for words in [&["pending"][..], &["conversations"], &["audit"], &["outbox"], &["contacts"], &["search", MARK]] {
        let text = without_colour(&printed(&scene.sam, words));
        assert!(is_plain(&text), "{text:?}");
    }
    let lines = without_colour(&printed(&scene.sam, &["conversations"]));
    assert!(lines.lines().count() <= scene.conversations.len() + 2, "one line each: {lines}");
}

fn the_lines_of_json_are_whole(scene: &Scene) {
    for (conversation, text) in &scene.conversations {
        let output = scene.sam.types(&["conversation", conversation]);
        let lines: Vec<&[u8]> = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        assert_eq!(lines.len(), 1, "{}", String::from_utf8_lossy(&output.stdout));
        let told: Value = serde_json::from_slice(lines[0]).expect("JSON");
        let payload = &told["messages"][0]["payload"];
        let said = payload["text"].as_str().map_or_else(|| payload.to_string(), str::to_owned);
        assert_eq!(&said, text, "a program gets what was said, as it was said");
    }
    assert_eq!(scene.sam.asks(&["pending"]).len(), scene.conversations.len());
}

async fn the_agents_doors_fence_it(scene: &Scene) {
    let model = Model::of(&scene.sam).await;
    let mut ids = BTreeSet::new();
    for (conversation, text) in &scene.conversations {
        let by_mcp = model.draft("ai2ai_conversation", json!({ "conversation": conversation })).await;
        let (status, by_http) = scene.api.get(&format!("/v1/conversations/{conversation}")).await;
        assert_eq!(status, 200, "{by_http}");
        for seen in [by_mcp, by_http] {
            ids.insert(is_fenced(seen["messages"][0]["said"].as_str().expect("what was said")));
            assert!(is_plain(&seen.to_string()), "{seen}");
        }
        let (_, payloads) = scene.api.get(&format!("/v1/conversations/{conversation}/payloads")).await;
        let payload = &payloads["messages"][0]["payload"];
        let said = payload["text"].as_str().map_or_else(|| payload.to_string(), str::to_owned);
        assert_eq!(&said, text, "{payloads}");
    }
    assert_eq!(ids.len(), 2 * scene.conversations.len(), "each answer has a fence of its own");
    let inbox = model.draft("ai2ai_inbox", json!({ "limit": 50 })).await;
    let (_, listed) = scene.api.get("/v1/conversations?limit=50").await;
    for inbox in [inbox, listed] {
        let lines = inbox["conversations"].as_array().expect("conversations");
        assert_eq!(lines.len(), scene.conversations.len());
        lines.iter().filter_map(|line| line["subject"].as_str()).for_each(|subject| drop(is_fenced(subject)));
        assert!(is_plain(&inbox.to_string()));
    }
}

fn the_hook_gets_one_line_each(scene: &Scene) {
    for line in scene.read("events").lines() {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        assert_eq!((&event["schema"], &event["event"]), (&"hook/1".into(), &"arrived".into()));
    }
}

fn the_prompt_fences_it(scene: &Scene) {
    for asked in scene.model.asked() {
        let messages = asked.body["messages"].as_array().expect("messages");
        let user = messages[1]["content"].as_str().expect("a text");
        let (before, rest) = user.split_once("<untrusted-").expect("an opening");
        let (id, rest) = rest.split_at(16);
        let (inside, after) = rest.split_once(&format!("</untrusted-{id}>")).expect("a closing");
        assert!(inside.contains(MARK) && !before.contains(MARK) && !after.contains(MARK), "{user}");
        assert_eq!((user.matches('<').count(), user.matches('>').count()), (2, 2), "{user}");
        assert!(is_plain(user) && !messages[0]["content"].to_string().contains(MARK));
        assert!(asked.body.get("tools").is_none());
    }
}

/// What they wrote is text on every page: it adds no element of theirs, and loads nothing.
fn the_pages_are_text(scene: &Scene) {
    let opened = scene.sam.asks(&["open"]).remove(0);
    let pages = Pages::by(opened["url"].as_str().unwrap_or_else(|| panic!("{opened}")));
    let items = scene.sam.asks(&["pending"]);
    let items = items.iter().map(|item| format!("/item/{}", item["id"].as_str().expect("an id")));
    let conversations = scene.conversations.iter().map(|(conversation, _)| format!("/conversation/{conversation}"));
    for path in conversations.chain(items).chain(["/".to_owned(), "/conversations".to_owned(), "/outbox".to_owned()]) {
        let reply = pages.get(&path);
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        assert!(reply.head.contains("content-security-policy: default-src 'none'"), "{path}: {}", reply.head);
        assert!(!reply.head.contains("set-cookie: a=b"), "{path}: {}", reply.head);
        assert!(is_plain(&reply.body), "{path}: {}", reply.body);
        assert!(path == "/outbox" || reply.body.contains(MARK), "{path}: {}", reply.body);
        let names = |page: &str| -> BTreeSet<String> {
            let ends = |c: char| !c.is_ascii_alphanumeric();
            page.split('<')
                .skip(1)
                .filter_map(|rest| rest.trim_start_matches('/').split(ends).next())
                .map(str::to_owned)
                .collect()
        };
        let theirs = ["img", "b", "untrusted", "tool_call", "tool", "im_end", "system"];
        let added: Vec<&str> = theirs.into_iter().filter(|name| names(&reply.body).contains(*name)).collect();
        assert!(added.is_empty(), "{path}: {added:?}: {}", reply.body);
        assert_eq!(reply.body.matches("<script").count(), 1, "{path}: {}", reply.body);
    }
}

/// Each line of the log, and of what `up` prints, is one of ours.
fn the_log_is_whole(scene: &Scene) {
    let log = scene.read("log");
    assert!(log.contains("the hook complains"), "the hook repeated it all into the log");
    assert!(log.contains("TRACE") || log.contains("DEBUG"), "all of it is told");
    for line in log.lines() {
        let begins = line.split_whitespace().next().unwrap_or_default();
        assert!(begins.len() > 18 && begins.starts_with("20") && begins.ends_with('Z'), "a broken line: {line:?}");
        assert!(is_plain(line), "{line:?}");
    }
    assert!(!log.contains("\n2026-02-07T03:55:00Z"), "a forged line");
}

fn nothing_was_decided(scene: &Scene) {
    let audit = scene.sam.asks(&["audit"]);
    let decides = |line: &&Value| matches!(line["what"].as_str(), Some("approve" | "reject" | "act" | "trust" | "add"));
    let decided: Vec<&Value> = audit.iter().filter(decides).filter(|line| line["outcome"] == "done").collect();
    assert!(decided.iter().all(|line| line["what"] == "add"), "{decided:?}");
    let items = scene.sam.asks(&["pending"]);
    assert_eq!(items.len(), scene.conversations.len());
    assert!(scene.mallory.asks(&["pending"]).is_empty(), "nothing came back");
}
