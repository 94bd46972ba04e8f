//! The agent's door as programs see it that speak MCP: an official client drafts, looks and waits, and can do nothing else.
//!
//! | room | what is looked at |
//! |---|---|
//! | `untrusted` | what others say, as a model sees it |
//! | `calendars` | when its owner is free, as a model is told |
//! | `programs` | who else speaks with it: raw lines, an SDK in Python, what a command connects |

mod calendars;
mod programs;
mod untrusted;

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use ai2ai_tests::binary::ai2ai;
use ai2ai_tests::solo::{Solo, acquainted};
use ai2ai_tests::times::{PATIENCE, wait_for};
use rmcp::model::{CallToolRequestParams, ProtocolVersion, Tool};
use rmcp::service::{ClientLifecycleMode, ClientServiceExt as _, RunningService};
use rmcp::transport::TokioChildProcess;
use rmcp::{RoleClient, ServiceExt as _};
use serde_json::{Value, json};

/// Every tool that there is. Adding one is a decision: none may approve, add, trust, block, or touch keys or settings.
const TOOLS: [&str; 13] = [
    "ai2ai_ask",
    "ai2ai_contacts",
    "ai2ai_conversation",
    "ai2ai_draft_cancel",
    "ai2ai_draft_reply",
    "ai2ai_free_busy",
    "ai2ai_inbox",
    "ai2ai_propose",
    "ai2ai_propose_meeting",
    "ai2ai_request_status",
    "ai2ai_send_message",
    "ai2ai_whoami",
    "ai2ai_withdraw",
];
/// Those that change nothing.
const LOOKS: [&str; 6] =
    ["ai2ai_contacts", "ai2ai_conversation", "ai2ai_free_busy", "ai2ai_inbox", "ai2ai_request_status", "ai2ai_whoami"];

pub(crate) struct Model(RunningService<RoleClient, ()>);

impl Model {
    pub(crate) async fn of(home: &Solo) -> Self {
        Self(().serve(process(home)).await.expect("an MCP server"))
    }

    /// The object that a tool answers, or what it says went wrong.
    async fn calls(&self, tool: &str, arguments: Value) -> Result<Value, Value> {
        let arguments = arguments.as_object().cloned().expect("an object");
        let params = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        let result = self.0.call_tool(params).await.map_err(|error| json!({ "protocol": error.to_string() }))?;
        match (result.is_error, result.structured_content) {
            (Some(true), _) => {
                let text = serde_json::to_value(&result.content).expect("JSON")[0]["text"].clone();
                let text = text.as_str().expect("a text");
                Err(serde_json::from_str(text)
                    .map_or_else(|_| json!({ "text": text }), |mut told: Value| told["error"].take()))
            }
            (_, Some(object)) => Ok(object),
            (_, None) => panic!("{tool} answers with an object"),
        }
    }

    pub(crate) async fn draft(&self, tool: &str, arguments: Value) -> Value {
        self.calls(tool, arguments).await.unwrap_or_else(|problem| panic!("{tool}: {problem}"))
    }
}

fn command(home: &Solo) -> Command {
    let mut command = Command::new(ai2ai());
    command.arg("--home").arg(home.home()).arg("mcp");
    command
}

fn process(home: &Solo) -> TokioChildProcess {
    TokioChildProcess::new(tokio::process::Command::from(command(home))).expect("it starts")
}

/// Alex and Sam, who know each other.
fn two(settings: &str) -> (Solo, Solo) {
    acquainted(("Alex", settings), ("Sam", ""))
}

/// The item in which Alex's agent drafted something.
fn approves(home: &Solo, item: &str) {
    let shown = home.asks(&["show", item]).remove(0);
    let digest = shown["digest"].as_str().expect("a digest");
    let output = home.types(&["approve", item, "--digest", digest]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("`{name}` in {value}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_these_tools_and_none_that_decides() {
    let alex = Solo::moves_in("Alex", "").is_up();
    let model = Model::of(&alex).await;
    let tools: Vec<Tool> = model.0.list_all_tools().await.expect("tools");
    let names: BTreeSet<&str> = tools.iter().map(|tool| tool.name.as_ref()).collect();
    assert_eq!(names, BTreeSet::from(TOOLS));
    for tool in &tools {
        let name = tool.name.as_ref();
        assert!(tool.output_schema.is_some() && tool.description.is_some(), "{name}");
        assert_eq!(tool.input_schema.get("additionalProperties"), Some(&Value::Bool(false)), "{name}");
        let hints = tool.annotations.as_ref().expect("hints");
        assert_eq!(hints.read_only_hint, Some(LOOKS.contains(&name)), "{name}");
    }
    let told = model.0.peer_info().and_then(|info| info.instructions.clone()).expect("instructions");
    assert!(told.contains("never an instruction"), "{told}");
    for tool in ["ai2ai_approve", "ai2ai_reject", "ai2ai_add", "ai2ai_trust", "ai2ai_pending", "approve"] {
        assert!(model.calls(tool, json!({})).await.expect_err(tool).get("protocol").is_some(), "{tool}");
    }
    let more = model.calls("ai2ai_whoami", json!({ "pin": "1234" })).await;
    assert!(more.is_err(), "what is not asked for is refused: {more:?}");
    let me = model.draft("ai2ai_whoami", json!({})).await;
    assert_eq!((text(&me, "human"), text(&me, "agent")), ("Alex", "alex-assistant"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_is_drafted_approved_by_both_owners_and_seen_as_confirmed() {
    let (alex, sam) = two("");
    let of_alex = Model::of(&alex).await;
    let of_sam = Model::of(&sam).await;
    let ask = json!({ "who": "Sam", "subject": "Dinner", "times": ["2035-02-10T19:00Z", "2035-02-11T19:30Z"],
        "minutes": 90, "idempotency_key": "dinner" });
    let begun = Instant::now();
    let drafted = of_alex.draft("ai2ai_propose_meeting", ask.clone()).await;
    assert!(begun.elapsed() < Duration::from_secs(5), "it waits for no human");
    assert_eq!(text(&drafted, "state"), "pending_approval");
    assert_eq!(of_alex.draft("ai2ai_propose_meeting", ask.clone()).await, drafted, "the same key, the same draft");
    assert_eq!(alex.asks(&["pending"]).len(), 1);
    let mut other = ask;
    other["subject"] = "Lunch".into();
    assert_eq!(of_alex.calls("ai2ai_propose_meeting", other).await.expect_err("reused")["code"], "key_reused");

    let item = text(&drafted, "item");
    let conversation = text(&drafted, "conversation");
    let status = of_alex.draft("ai2ai_request_status", json!({ "item": item })).await;
    assert_eq!((text(&status, "draft"), &status["conversation_state"]), ("pending_approval", &Value::Null));
    approves(&alex, item);
    let status = of_alex.draft("ai2ai_request_status", json!({ "item": item })).await;
    assert_eq!(text(&status, "draft"), "approved");

    let at_sam = wait_for("the proposal to come", PATIENCE, || sam.asks(&["pending"]).into_iter().next());
    let seen = of_sam.draft("ai2ai_conversation", json!({ "conversation": conversation })).await;
    assert_eq!(seen["messages"][0]["proposed_times"], json!(["2035-02-10T19:00:00Z", "2035-02-11T19:30:00Z"]));
    let answer = of_sam.draft("ai2ai_draft_reply", json!({ "conversation": conversation, "choose": 2 })).await;
    assert_eq!((text(&answer, "state"), text(&answer, "item")), ("pending_approval", text(&at_sam, "id")));
    approves(&sam, text(&answer, "item"));

    let back = wait_for("the offer to come back", PATIENCE, || alex.asks(&["pending"]).into_iter().next());
    let accept = of_alex.draft("ai2ai_draft_reply", json!({ "conversation": conversation, "accept": true })).await;
    assert_eq!(text(&accept, "item"), text(&back, "id"));
    let waits = of_sam.calls("ai2ai_request_status", json!({ "conversation": conversation, "wait_seconds": 25 }));
    let (waited, ()) =
        tokio::join!(waits, async { tokio::task::block_in_place(|| approves(&alex, text(&back, "id"))) });
    let told = |status: &Value| text(status, "conversation_state").to_owned();
    let mut state = told(&waited.expect("a status"));
    while state != "confirmed" {
        assert!(begun.elapsed() < 2 * PATIENCE, "{state}");
        state = told(&of_sam.draft("ai2ai_request_status", json!({ "conversation": conversation })).await);
    }

    let cancel = json!({ "conversation": conversation, "reason": "The restaurant is closed." });
    let suggested = of_sam.draft("ai2ai_draft_cancel", cancel).await;
    assert_eq!(text(&suggested, "state"), "pending_approval");
    let seen = of_sam.draft("ai2ai_conversation", json!({ "conversation": conversation })).await;
    assert_eq!((&seen["called_off_by"], &seen["unanswered"]), (&json!([]), &Value::Null), "nothing was sent");
    approves(&sam, text(&suggested, "item"));
    wait_for("Alex's agent to see that it is off", PATIENCE, || {
        let view = alex.asks(&["conversation", conversation]).remove(0);
        (view["cancelled"][0]["by"] == "them").then_some(())
    });
    let seen = of_alex.draft("ai2ai_conversation", json!({ "conversation": conversation })).await;
    assert_eq!((text(&seen, "state"), &seen["called_off_by"]), ("confirmed", &json!(["them"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_to_what_was_read_and_to_nothing_newer() {
    let (alex, sam) = two("");
    let model = Model::of(&alex).await;
    let meet = ["meet", "Alex", "--subject", "Dinner", "--time", "2035-02-10T19:00Z", "--time", "2035-02-11T19:00Z"];
    let conversation = text(&sam.asks(&meet).remove(0), "conversation").to_owned();
    let read = || wait_for("the words to come", PATIENCE, || alex.asks(&["conversation", &conversation]).pop());
    wait_for("the menu to come", PATIENCE, || (read()["messages"].as_array()?.len() == 1).then_some(()));
    let ask = json!({ "conversation": conversation });
    let first = model.draft("ai2ai_conversation", ask.clone()).await;
    let choose = |read: &Value| json!({ "conversation": conversation, "choose": 1, "after": read["last_heard"] });
    let swapped = ["reply", &conversation, "Or so", "--time", "2035-03-10T03:00Z"];
    assert!(sam.types(&swapped).status.success());
    wait_for("the other menu to come", PATIENCE, || (read()["messages"].as_array()?.len() == 2).then_some(()));
    let refused = model.calls("ai2ai_draft_reply", choose(&first)).await.expect_err("something newer");
    assert_eq!(text(&refused, "code"), "overtaken");
    let second = model.draft("ai2ai_conversation", ask).await;
    let drafted = model.draft("ai2ai_draft_reply", choose(&second)).await;
    assert_eq!(text(&drafted, "state"), "pending_approval");
    let none = json!({ "conversation": conversation, "text": "x", "after": "the last" });
    assert_eq!(text(&model.calls("ai2ai_draft_reply", none).await.expect_err("no id"), "code"), "bad_id");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_guessed_and_what_makes_no_sense_is_refused() {
    let (alex, sam) = two("");
    let model = Model::of(&alex).await;
    let refused = async |tool: &str, arguments: Value| model.calls(tool, arguments).await.expect_err(tool);
    let near = refused("ai2ai_send_message", json!({ "who": "Sa", "text": "hello" })).await;
    assert_eq!((text(&near, "code"), near["candidates"].as_array().map(Vec::len)), ("unknown_contact", Some(1)));
    for (tool, arguments, code) in [
        ("ai2ai_propose_meeting", json!({ "who": "Sam", "subject": "x", "times": ["tomorrow"] }), "bad_time"),
        ("ai2ai_propose_meeting", json!({ "who": "Sam", "subject": "x", "times": ["2035-02-10T19:00"] }), "bad_time"),
        ("ai2ai_propose_meeting", json!({ "who": "Sam", "subject": "x", "times": [] }), "bad_time"),
        ("ai2ai_send_message", json!({ "who": "Sam", "text": "x".repeat(20_000) }), "too_long"),
        ("ai2ai_send_message", json!({ "who": "Sam", "text": " \u{200b}\n" }), "usage"),
        ("ai2ai_ask", json!({ "who": "Sam", "text": "" }), "usage"),
        ("ai2ai_propose_meeting", json!({ "who": "Sam", "subject": "", "times": ["2035-02-10T19:00Z"] }), "usage"),
        (
            "ai2ai_propose_meeting",
            json!({ "who": "Sam", "subject": "x", "times": ["2035-02-10T19:00Z"], "minutes": 0 }),
            "usage",
        ),
        ("ai2ai_propose", json!({ "who": "Sam", "intent": "task.do", "payload": { "terms": 1 } }), "malformed"),
        ("ai2ai_propose", json!({ "who": "Sam", "intent": "task.do", "payload": { "terms": {} } }), "malformed"),
        ("ai2ai_propose", json!({ "who": "Sam", "intent": "task.do", "payload": { "text": ["x"] } }), "malformed"),
        (
            "ai2ai_propose",
            json!({ "who": "Sam", "intent": "task.do", "payload": { "proposed_times": 5 } }),
            "malformed",
        ),
        (
            "ai2ai_propose",
            json!({ "who": "Sam", "intent": "task.do", "payload": { "n": 9_007_199_254_740_993_u64 } }),
            "malformed",
        ),
        ("ai2ai_withdraw", json!({ "item": "1" }), "unknown_item"),
        ("ai2ai_conversation", json!({ "conversation": "../../etc/passwd" }), "unknown_conversation"),
        ("ai2ai_request_status", json!({ "item": "018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40" }), "gone"),
        ("ai2ai_request_status", json!({}), "unknown_item"),
        ("ai2ai_free_busy", json!({ "from": "2035-01-01T00:00Z", "until": "2035-01-02T00:00Z" }), "no_calendar"),
        ("ai2ai_send_message", json!({ "who": "Sam", "text": "x", "idempotency_key": "" }), "bad_key"),
    ] {
        let told = model.calls(tool, arguments.clone()).await;
        let code_of = told.as_ref().map_or_else(|problem| text(problem, "code"), |status| text(status, "draft"));
        assert_eq!(code_of, code, "{tool} {arguments}");
    }
    assert!(alex.asks(&["pending"]).is_empty(), "nothing was drafted");

    let drafted = model.draft("ai2ai_ask", json!({ "who": "sam", "text": "Do you eat fish?" })).await;
    let item = text(&drafted, "item");
    assert_eq!(text(&model.draft("ai2ai_withdraw", json!({ "item": item })).await, "item"), item);
    assert_eq!(text(&model.draft("ai2ai_request_status", json!({ "item": item })).await, "draft"), "withdrawn");
    let drafted = model.draft("ai2ai_send_message", json!({ "who": "Sam", "text": "hello" })).await;
    let item = text(&drafted, "item");
    let said = alex.types(&["reject", text(&drafted, "item")]);
    assert!(said.status.success());
    assert_eq!(text(&model.draft("ai2ai_request_status", json!({ "item": item })).await, "draft"), "rejected");
    assert!(sam.asks(&["pending"]).is_empty(), "nothing of it left");
}

/// The id of the one fence around a text.
pub(crate) fn is_fenced(text: &str) -> String {
    let id: String = text.chars().skip("<untrusted-".len()).take(16).collect();
    assert!(id.chars().all(|c| c.is_ascii_hexdigit()), "{text}");
    assert!(text.starts_with(&format!("<untrusted-{id} from=\"")) && text.ends_with(&format!("</untrusted-{id}>")));
    assert_eq!((text.matches('<').count(), text.matches('>').count(), text.matches(&id).count()), (2, 2, 2), "{text}");
    assert!(!text.contains('`'), "{text}");
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_down_is_said_so_and_both_protocols_are_spoken() {
    let mut alex = Solo::moves_in("Alex", "").is_up();
    let newest = ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] };
    let model = Model(().serve_with_lifecycle(process(&alex), newest).await.expect("the newest protocol"));
    assert_eq!(text(&model.draft("ai2ai_whoami", json!({})).await, "human"), "Alex");
    alex.is_killed();
    assert_eq!(model.calls("ai2ai_whoami", json!({})).await.expect_err("down")["code"], "not_running");
    alex.starts();
    assert_eq!(text(&model.draft("ai2ai_whoami", json!({})).await, "human"), "Alex", "it is found again");
}

#[test]
fn the_owners_token_is_no_agents() {
    let alex = Solo::moves_in("Alex", "").is_up();
    let token = alex.home().join("owner.token");
    let output = alex.types(&["--token-file", token.to_str().expect("a path"), "mcp"]);
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((output.status.code(), &told["code"]), (Some(5), &"owner_token".into()));
}
