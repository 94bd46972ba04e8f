//! Contacts among agents of the original: asked who they are at their address, and pinned by key.

use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::views::PingView;
use ai2ai_discovery::web::endpoint::Endpoint;
use ai2ai_legacy::INTENTS;
use ai2ai_legacy::contacts::{self, Claim, is_label};
use ai2ai_protocol::canonical::{Object, canonical};
use ai2ai_protocol::card::Card;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::key::PublicKey;
use ai2ai_protocol::original::{Agreement, Fingerprint, OriginalDraft, Version, handshake, key_of_pem, object_of};
use ai2ai_store::contacts::LegacyContactRow;
use serde_json::Value;

use crate::context::Context;
use crate::legacy::web::{NoAnswer, Web};

/// Asks whoever answers at an address who they are, and pins their key. `who` may end in `#` and the fingerprint that their owner
/// read out: then no other key is taken.
///
/// Whoever has a domain and speaks natively is not added in this way, unless the fingerprint says that it is meant so: nothing that they
/// approve could be proven.
///
/// # Errors
/// No answer, no key, another key than the fingerprint's, or than the one that is pinned already; or a native node.
pub(crate) async fn add(context: &Context, who: &str, name: Option<String>) -> Result<LegacyContactRow, Failure> {
    let (address, fingerprint) = match who.split_once('#') {
        Some((address, text)) => (address, Some(text.parse::<Fingerprint>())),
        None => (who, None),
    };
    let fingerprint =
        fingerprint.transpose().map_err(|error| Failure::new(Exit::Usage, ErrorCode::Usage, error.to_string()))?;
    let endpoint = read_endpoint(address)?;
    let said = ask(context, &endpoint).await?;
    if let (true, None, Some(domain)) = (said.is_native, &fingerprint, endpoint.domain()) {
        let message =
            format!("{domain} speaks AI2AI itself, and not only the original, in which nothing can be proven");
        return Err(Failure::new(Exit::Usage, ErrorCode::SpeaksNatively, message).hint(format!("ai2ai add {domain}")));
    }
    if fingerprint.is_some_and(|wanted| wanted != Fingerprint::of(&said.key)) {
        let message = format!("whoever answers at {} has another key: {}", endpoint.text(), Fingerprint::of(&said.key));
        return Err(Failure::new(Exit::Invalid, ErrorCode::OtherKey, message)
            .hint("nobody was added; ask them for their fingerprint again"));
    }
    context.transact(move |txn| contacts::add(txn, &said, endpoint.text(), name)).await
}

async fn ask(context: &Context, endpoint: &Endpoint) -> Result<Claim, Failure> {
    let web = Web::of(context);
    let known = web.get(&endpoint.beside(ai2ai_discovery::web::well_known::PATH)).await;
    let known =
        known.ok().filter(|(status, _)| *status == 200).and_then(|(_, body)| object_of(&body)).unwrap_or_default();
    let agent = text(&known, "agent").unwrap_or_else(|| "unknown".to_owned());
    let (status, body) =
        web.post(endpoint, handshake_to(context, &agent)?).await.map_err(|error| silent(endpoint, &error))?;
    let answer = object_of(&body).unwrap_or_default();
    let payload = answer.get("payload").and_then(Value::as_object).cloned().unwrap_or_default();
    let keys = [payload.get("public_key"), known.get("publicKey")];
    let keys: Vec<PublicKey> = keys.into_iter().flatten().filter_map(|pem| key_of_pem(pem.as_str()?).ok()).collect();
    let problem = |message: String| Failure::new(Exit::Failed, ErrorCode::NoAgent, message);
    let key = match keys.as_slice() {
        [one] => *one,
        [one, other] if one == other => *one,
        [_, ..] => return Err(problem(format!("{} names two different keys as its own", endpoint.text()))),
        [] => {
            let message = format!("{} answers {status}, and shows no Ed25519 key in PEM", endpoint.text());
            return Err(problem(message).hint(
                "is it the address of an agent that speaks AI2AI's original, such as https://alex.example/ai2ai?",
            ));
        }
    };
    let agent = text(&known, "agent").or_else(|| text(&answer, "agent"));
    let agent = agent.ok_or_else(|| problem(format!("{} does not say what its agent is called", endpoint.text())))?;
    let human = text(&known, "human").or_else(|| text(&answer, "human")).unwrap_or_else(|| agent.clone());
    let agreement = text_of(&payload, "x25519_public_key").filter(|key| Agreement::read(key).is_ok());
    let versions = payload.get("protocol_versions").and_then(Value::as_array).cloned().unwrap_or_default();
    let named = versions.iter().chain(known.get("ai2ai")).filter_map(|version| Version::read(version.as_str()?));
    let version = named.max().unwrap_or(Version::V1_0);
    let is_native = known.get("card").is_some_and(|card| Card::read(&canonical(card)).is_ok());
    Ok(Claim { key, agent, human, agreement, version, is_native })
}

fn silent(endpoint: &Endpoint, error: &NoAnswer) -> Failure {
    Failure::new(
        Exit::Unreachable,
        ErrorCode::Unreachable,
        format!("{} does not answer: {}", endpoint.text(), error.why),
    )
}

/// A handshake of ours.
fn handshake_to(context: &Context, to: &str) -> Result<String, Failure> {
    let identity = &context.shared.originals.identity;
    let payload = handshake(identity, &INTENTS).as_object().cloned().unwrap_or_default();
    let now = now();
    let draft = OriginalDraft {
        version: Version::V1_0,
        id: ai2ai_protocol::id::MessageId::new(now, rand::random()).to_string(),
        timestamp: now,
        agent: context.me.sender.agent.as_str(),
        human: context.me.sender.human.as_str(),
        to,
        conversation: &ai2ai_protocol::id::ConversationId::new(now, rand::random()).to_string(),
        kind: Kind::Ping,
        intent: None,
        payload: &payload,
    };
    let bytes = draft.sign(identity, None, &mut rand::rng()).map_err(Failure::internal)?;
    String::from_utf8(bytes).map_err(Failure::internal)
}

fn text_of(object: &Object, name: &str) -> Option<String> {
    object.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// A name that can be shown on one line.
fn text(object: &Object, name: &str) -> Option<String> {
    text_of(object, name).filter(|text| is_label(text))
}

/// Tries whether they answer a handshake, and how fast; and whether the key is still the pinned one.
///
/// # Errors
/// No answer, or another key.
pub(crate) async fn ping(context: &Context, row: LegacyContactRow) -> Result<PingView, Failure> {
    let endpoint = read_endpoint(&row.endpoint)?;
    let begun = std::time::Instant::now();
    let said = ask(context, &endpoint).await?;
    if said.key != *row.did.key() {
        let message = format!("whoever answers at {} shows another key than the pinned one", row.endpoint);
        return Err(Failure::new(Exit::Invalid, ErrorCode::OtherKey, message)
            .hint("the pinned key stays; ask them what happened"));
    }
    let rtt_ms = begun.elapsed().as_secs_f64() * 1_000.0;
    let path = row.endpoint.split(':').next().unwrap_or_default().to_owned();
    Ok(PingView { did: row.did, name: row.name, rtt_ms, path, intents: Vec::new() })
}

fn read_endpoint(text: &str) -> Result<Endpoint, Failure> {
    Endpoint::read(text).map_err(|error| Failure::new(Exit::Usage, ErrorCode::Usage, error.to_string()))
}
