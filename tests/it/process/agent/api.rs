//! The local HTTP API: each path of its document answers, only the agent's token opens it, and nothing in it decides.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use ai2ai_tests::solo::{Solo, acquainted};
use ai2ai_tests::times::{PATIENCE, wait_for};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

/// A free port, and the settings of an API there.
pub(crate) fn api_settings() -> (u16, String) {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    (free, format!("[api]\nlisten = \"127.0.0.1:{free}\"\n"))
}

/// A program with the agent's token.
pub(crate) struct Api {
    client: Client,
    base: String,
    token: String,
}

impl Api {
    pub(crate) fn of(home: &Solo, port: u16) -> Self {
        Self { client: Client::new(), base: format!("http://127.0.0.1:{port}"), token: token(home, "agent") }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        told(self.request(Method::GET, path).send().await.expect("an answer")).await
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request =
            self.request(Method::POST, path).header("content-type", "application/json").body(body.to_string());
        told(request.send().await.expect("an answer")).await
    }
}

fn token(home: &Solo, role: &str) -> String {
    std::fs::read_to_string(home.home().join(format!("{role}.token"))).expect("a token").trim().to_owned()
}

async fn told(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let bytes = response.bytes().await.expect("a body");
    (status, serde_json::from_slice(&bytes).unwrap_or_else(|_| json!(String::from_utf8_lossy(&bytes))))
}

/// How each operation is tried, and what it answers.
fn tries(conversation: &str) -> Vec<(&'static str, String, Option<Value>, u16)> {
    let sam = json!({ "who": "Sam", "text": "hello" });
    let meeting = json!({ "who": "Sam", "subject": "Lunch", "times": ["2035-02-10T12:00Z"] });
    let proposal = json!({ "who": "Sam", "intent": "task.delegate", "payload": { "subject": "Book a table" } });
    vec![
        ("whoami", String::new(), None, 200),
        ("contacts", String::new(), None, 200),
        ("inbox", "?open_only=false&limit=5".to_owned(), None, 200),
        ("conversation", String::new(), None, 200),
        ("payloads", String::new(), None, 200),
        ("reply", String::new(), Some(json!({ "text": "and bring a friend" })), 200),
        ("cancel", String::new(), Some(json!({ "reason": "He is ill" })), 409),
        ("meet", String::new(), Some(meeting), 200),
        ("send", String::new(), Some(sam.clone()), 200),
        ("ask", String::new(), Some(sam), 200),
        ("propose", String::new(), Some(proposal), 200),
        ("draft", format!("?conversation={conversation}&wait_seconds=0"), None, 200),
        ("withdraw", String::new(), None, 200),
        ("busy", "?from=2035-01-01T00:00Z&until=2035-01-02T00:00Z".to_owned(), None, 404),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_path_of_the_document_answers_as_it_says() {
    let (port, settings) = api_settings();
    let (alex, _sam) = acquainted(("Alex", &settings), ("Sam", ""));
    let api = Api::of(&alex, port);
    let document = Client::new().get(format!("{}/openapi.json", api.base)).send().await.expect("an answer");
    let (status, document) = told(document).await;
    assert_eq!((status, &document["openapi"]), (200, &"3.1.0".into()));
    assert!(alex.types(&["send", "Sam", "hello"]).status.success());
    let conversation = alex.asks(&["conversations"]).remove(0)["id"].as_str().expect("an id").to_owned();
    let (_, drafted) = api.post("/v1/messages", &json!({ "who": "Sam", "text": "to be withdrawn" })).await;
    let item = drafted["item"].as_str().expect("an item").to_owned();

    let mut there = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            there.insert(operation["operationId"].as_str().expect("a name").to_owned());
            let Some((_, query, body, expected)) =
                tries(&conversation).into_iter().find(|(name, ..)| operation["operationId"] == *name)
            else {
                assert_eq!(path, "/v1/events", "{path} is tried");
                continue;
            };
            let filled = path.replace("{conversation}", &conversation).replace("{item}", &item);
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            let mut request = api.request(method, &format!("{filled}{query}"));
            if let Some(body) = body {
                request = request.header("content-type", "application/json").body(body.to_string());
            }
            let (status, answer) = told(request.send().await.expect("an answer")).await;
            assert_eq!(status, expected, "{path}: {answer}");
            if status == 200 {
                follows(&document, &operation["responses"]["200"]["content"]["application/json"]["schema"], &answer);
            } else {
                assert!(answer["error"]["code"].is_string(), "{answer}");
            }
        }
    }
    let tried = tries("").into_iter().map(|(name, ..)| name.to_owned()).chain(["events".to_owned()]);
    assert_eq!(there, tried.collect());
}

/// Whether an answer has what its schema requires, and nothing that it does not name.
fn follows(document: &Value, schema: &Value, answer: &Value) {
    let named = schema["$ref"].as_str().and_then(|reference| document.pointer(reference.strip_prefix('#')?));
    let schema = named.unwrap_or(schema);
    let members = answer.as_object().expect("an object");
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(members.contains_key(name.as_str().expect("a name")), "{name} in {answer}");
    }
    for name in members.keys() {
        assert!(schema["properties"].get(name).is_some(), "{name} is in no schema: {schema}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_agents_token_opens_it_and_no_page_of_the_web_comes_in() {
    let (port, settings) = api_settings();
    let alex = Solo::moves_in("Alex", &settings).is_up();
    let api = Api::of(&alex, port);
    let plain = |path: &str| api.client.get(format!("{}{path}", api.base));
    let owner = token(&alex, "owner");
    for (request, status, code) in [
        (plain("/v1/whoami"), 401, "bad_token"),
        (plain("/v1/whoami").bearer_auth("x".repeat(60)), 401, "bad_token"),
        (plain("/v1/whoami").bearer_auth(&owner), 403, "owner_token"),
        (plain("/v1/events"), 401, "bad_token"),
        (plain("/v1/whoami").header("authorization", format!("Basic {}", api.token)), 401, "bad_token"),
        (api.request(Method::GET, "/v1/whoami?pin=1234"), 400, "malformed"),
        (
            api.request(Method::POST, "/v1/messages").body("{\"who\":\"Sam\",\"text\":\"a\",\"text\":\"b\"}"),
            400,
            "malformed",
        ),
        (api.request(Method::POST, "/v1/messages").body("{}"), 400, "malformed"),
        (api.request(Method::POST, "/v1/messages").body("{\"who\":\"Nobody\",\"text\":\"a\"}"), 404, "unknown_contact"),
        (api.request(Method::GET, "/v1/conversations/..%2f..%2fowner.token"), 404, "unknown_conversation"),
    ] {
        let (told_status, answer) = told(request.send().await.expect("an answer")).await;
        assert_eq!((told_status, &answer["error"]["code"]), (status, &code.into()), "{answer}");
    }
    for (request, status) in [
        (api.request(Method::GET, "/v1/whoami").header("host", "evil.example"), 421),
        (api.request(Method::GET, "/v1/whoami").header("origin", &api.base), 403),
        (api.request(Method::GET, "/v1/whoami").header("sec-fetch-site", "same-origin"), 403),
        (plain("/openapi.json").header("host", "evil.example"), 421),
        (api.request(Method::POST, "/v1/approve").body("{}"), 404),
        (api.request(Method::GET, "/v1/pending"), 404),
        (api.request(Method::POST, "/v1/conversations/x/approve").body("{}"), 404),
        (api.request(Method::PUT, "/v1/messages").body("{}"), 405),
        (api.request(Method::POST, "/v1/messages").body("x".repeat(140_000)), 413),
    ] {
        let (told_status, answer) = told(request.send().await.expect("an answer")).await;
        assert_eq!(told_status, status, "{answer}");
        assert!(answer["did"].is_null());
    }
    let audit = alex.asks(&["audit"]);
    let refused = |code: &str| audit.iter().any(|line| line["what"] == "api" && line["outcome"] == code);
    assert!(refused("bad_token") && refused("owner_token") && refused("foreign_host"), "{audit:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_drafted_waits_and_what_happens_is_streamed() {
    let (port, settings) = api_settings();
    let (alex, sam) = acquainted(("Alex", &settings), ("Sam", ""));
    let api = Api::of(&alex, port);
    let mut events = api.request(Method::GET, "/v1/events").send().await.expect("a stream");
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    let ask = json!({ "who": "Sam", "text": "lunch? zanzibar", "idempotency_key": "1" });
    let (_, drafted) = api.post("/v1/questions", &ask).await;
    assert_eq!(drafted["state"], "pending_approval", "{drafted}");
    let (_, again) = api.post("/v1/questions", &ask).await;
    assert_eq!(drafted, again);
    let (status, other) =
        api.post("/v1/questions", &json!({ "who": "Sam", "text": "x", "idempotency_key": "1" })).await;
    assert_eq!((status, &other["error"]["code"]), (409, &"key_reused".into()));
    assert!(sam.asks(&["pending"]).is_empty(), "nothing was sent");

    let item = alex.asks(&["pending"]).remove(0);
    let id = item["id"].as_str().expect("an id");
    assert!(alex.types(&["approve", id, "--digest", item["digest"].as_str().expect("a digest")]).status.success());
    wait_for("the question", PATIENCE, || sam.asks(&["pending"]).into_iter().next());
    let conversation = drafted["conversation"].as_str().expect("a conversation");
    assert!(sam.types(&["reply", conversation, "gladly, zanzibar"]).status.success());
    let begun = Instant::now();
    let mut heard = String::new();
    while !(heard.contains("event: decided") && heard.contains("event: arrived")) {
        assert!(begun.elapsed() < PATIENCE, "{heard}");
        if let Ok(Ok(Some(chunk))) = tokio::time::timeout(Duration::from_secs(1), events.chunk()).await {
            heard.push_str(&String::from_utf8_lossy(&chunk));
        }
    }
    assert!(heard.contains(conversation) && !heard.contains("zanzibar"), "{heard}");
}
