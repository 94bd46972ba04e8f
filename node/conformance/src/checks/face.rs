//! §24: the HTTP face, from outside.

use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_discovery::web;
use ai2ai_discovery::web::well_known::PATH as WELL_KNOWN;
use ai2ai_protocol::canonical::canonical;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::limits::BATCH_BYTES;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Url};
use serde_json::{Value, json};

use super::strangers::letter;
use super::{Letter, OnFinding, must, untried};
use crate::Kit;
use crate::judge::{Expect, Want, judge};
use crate::report::Verdict;

/// How long an answer is waited for.
const WITHIN: Duration = Duration::from_secs(25);
/// Bytes of an answer that are read.
const ANSWER_BYTES: usize = 256 * 1024;
/// Content type of a batch.
const BATCH: &str = "application/ai2ai-batch+json";
/// Content type of the receipts that answer it.
const RECEIPTS: &str = "application/ai2ai-receipts+json";
/// Where batches are posted.
const PATH: &str = "/ai2ai";
const JSON: &str = "application/json";

const BY_POST: &str = "a batch by POST is answered with its receipts";
const UNREADABLE: &str = "a batch by POST that can't be read is answered with one refusal";
const OTHER_KIND: &str = "another content type is 415";
const TOO_LARGE: &str = "a batch by POST of more than 1 MiB is 413";
const PAGES: &str = "what a web page sends is 403";
const NO_CORS: &str = "no answer lets a web page read it";
const HEALTH: &str = "health says online";
const DOCUMENT: &str = "the document at .well-known holds the card";
const NO_JSON: &str = "an envelope of the original that is no JSON is 400";
const UNSIGNED: &str = "an envelope of the original without a signature is 403";
const ALL: [&str; 10] =
    [BY_POST, UNREADABLE, OTHER_KIND, TOO_LARGE, PAGES, NO_CORS, HEALTH, DOCUMENT, NO_JSON, UNSIGNED];

/// What came.
struct HttpAnswer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// The face, and who asks.
struct Face {
    client: Client,
    at: Url,
}

impl Face {
    async fn asks(
        &self,
        method: Method,
        path: &str,
        headers: &[(HeaderName, &'static str)],
        body: Vec<u8>,
    ) -> Result<HttpAnswer, String> {
        let url = self.at.join(path).map_err(|error| error.to_string())?;
        let mut request = self.client.request(method, url).body(body);
        for (name, value) in headers {
            request = request.header(name, HeaderValue::from_static(value));
        }
        let answer = request.send().await.map_err(|error| web::reason(&error))?;
        let status = answer.status().as_u16();
        let headers = answer.headers().clone();
        let body = web::body(answer, ANSWER_BYTES).await.map_err(|error| web::reason(&error))?;
        Ok(HttpAnswer { status, headers, body: body.ok_or("its answer has no end")? })
    }

    async fn posts(&self, kind: &'static str, body: Vec<u8>) -> Result<HttpAnswer, String> {
        self.asks(Method::POST, PATH, &[(CONTENT_TYPE, kind)], body).await
    }

    async fn gets(&self, path: &str, headers: &[(HeaderName, &'static str)]) -> Result<HttpAnswer, String> {
        self.asks(Method::GET, path, headers, Vec::new()).await
    }
}

/// Everything, at this address.
pub(crate) async fn try_all(kit: &Kit, http: Option<Url>, note: OnFinding<'_>) -> Result<(), Failure> {
    let Some(at) = http else {
        ALL.into_iter().for_each(|check| note(must(check, 24, untried("say where its HTTP face is: --http URL"))));
        return Ok(());
    };
    // A server may close after an answer, at the moment when the next question comes: each has a connection of its own.
    let client =
        Client::builder().redirect(Policy::none()).no_proxy().timeout(WITHIN).pool_max_idle_per_host(0).build();
    let face = Face { client: client.map_err(|error| Failure::internal(web::reason(&error)))?, at };
    of_batches(kit, &face, note).await?;
    of_documents(kit, &face, note).await;
    of_the_original(kit, &face, note).await;
    Ok(())
}

async fn of_batches(kit: &Kit, face: &Face, note: OnFinding<'_>) -> Result<(), Failure> {
    let ping = kit.stranger.envelope(&kit.did(), |_| ());
    let Letter { bytes, wants } = letter(kit, &[(ping, Expect::Taken)])?;
    let answer = face.posts(BATCH, bytes.clone()).await;
    note(must(BY_POST, 24, receipts(kit, answer, &wants)));
    let nonsense = b"nonsense".to_vec();
    let wants = [Want::request(&nonsense, &[Code::Malformed])];
    let answer = face.posts(BATCH, nonsense).await;
    note(must(UNREADABLE, 24, receipts(kit, answer, &wants)));
    note(must(OTHER_KIND, 24, is_status(face.posts("text/plain", bytes.clone()).await, 415)));
    note(must(TOO_LARGE, 24, is_status(face.posts(BATCH, vec![b' '; BATCH_BYTES + 1]).await, 413)));
    let mut verdict = Verdict::Passed;
    for (name, value) in [("origin", "https://conformance.invalid"), ("sec-fetch-site", "same-origin")] {
        let headers = [(CONTENT_TYPE, BATCH), (HeaderName::from_static(name), value)];
        if verdict == Verdict::Passed {
            verdict = is_status(face.asks(Method::POST, PATH, &headers, bytes.clone()).await, 403);
        }
    }
    note(must(PAGES, 24, verdict));
    Ok(())
}

async fn of_documents(kit: &Kit, face: &Face, note: OnFinding<'_>) {
    let health = face.gets("/ai2ai/health", &[]).await;
    let cors =
        health.as_ref().map(|answer| answer.headers.keys().find(|name| name.as_str().starts_with("access-control-")));
    note(must(
        NO_CORS,
        24,
        match cors {
            Ok(None) => Verdict::Passed,
            Ok(Some(name)) => Verdict::Failed(format!("there is {name}")),
            Err(why) => Verdict::Failed(format!("no answer: {why}")),
        },
    ));
    let online = |body: &Value| body["status"] == "online" && body["protocol"] == "ai2ai";
    note(must(HEALTH, 24, says(health, online)));
    let ours = |body: &Value| Card::read(&canonical(&body["card"])).is_ok_and(|card| *card.did() == kit.did());
    note(must(DOCUMENT, 24, says(face.gets(WELL_KNOWN, &[]).await, ours)));
}

async fn of_the_original(kit: &Kit, face: &Face, note: OnFinding<'_>) {
    note(must(NO_JSON, 24, is_status(face.posts(JSON, b"nonsense".to_vec()).await, 400)));
    let unsigned = json!({
        "ai2ai": "1.0", "id": format!("conformance-{}", rand::random::<u64>()), "timestamp": now(),
        "from": { "agent": "conformance-kit", "human": "Conformance kit" }, "to": { "agent": kit.card.agent() },
        "conversation": format!("conformance-{}", rand::random::<u64>()), "type": "request", "intent": "message.relay",
        "payload": { "message": "This is the conformance kit: please ignore it." },
    });
    note(must(UNSIGNED, 24, is_status(face.posts(JSON, unsigned.to_string().into_bytes()).await, 403)));
}

fn receipts(kit: &Kit, answer: Result<HttpAnswer, String>, wants: &[Want]) -> Verdict {
    match answer {
        Ok(answer) if answer.status == 429 => Verdict::PutOff,
        Ok(answer) if answer.status != 200 => Verdict::Failed(format!("{}, where 200 is due", answer.status)),
        Ok(answer) if answer.headers.get(CONTENT_TYPE).is_none_or(|kind| kind != RECEIPTS) => {
            Verdict::Failed(format!("its content type is not {RECEIPTS}"))
        }
        Ok(answer) => judge(Ok(answer.body), &kit.did(), wants),
        Err(why) => judge(Err(why), &kit.did(), wants),
    }
}

fn is_status(answer: Result<HttpAnswer, String>, due: u16) -> Verdict {
    match answer {
        Ok(answer) if answer.status == due => Verdict::Passed,
        Ok(answer) if answer.status == 429 => Verdict::PutOff,
        Ok(answer) => Verdict::Failed(format!("{}, where {due} is due", answer.status)),
        Err(why) => Verdict::Failed(format!("no answer: {why}")),
    }
}

fn says(answer: Result<HttpAnswer, String>, is_good: impl Fn(&Value) -> bool) -> Verdict {
    match answer {
        Ok(answer) if answer.status == 429 => Verdict::PutOff,
        Ok(answer) => match serde_json::from_slice::<Value>(&answer.body) {
            Ok(body) if answer.status == 200 && is_good(&body) => Verdict::Passed,
            Ok(_) | Err(_) => Verdict::Failed(format!("{}, and not what it should be", answer.status)),
        },
        Err(why) => Verdict::Failed(format!("no answer: {why}")),
    }
}
