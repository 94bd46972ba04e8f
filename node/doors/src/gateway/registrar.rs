//! Keeps this node registered with registries of the original, as its owner set: a heartbeat every 30 seconds, else registered anew.

use std::time::Duration;

use ai2ai_discovery::web::endpoint::Endpoint;
use ai2ai_engine::context::Context;
use ai2ai_engine::legacy::web::Web;
use ai2ai_legacy::INTENTS;
use ai2ai_protocol::original::{pem_of_key, text_of};
use serde_json::json;

/// How often a registry hears of us: the documents' figure.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// Goes on until it is aborted. A registry that is away delays nothing but itself.
pub(super) async fn keep_registered(context: Context, endpoint: String, registries: Vec<String>) {
    loop {
        for registry in registries.iter().filter_map(|text| Endpoint::read(text).ok()) {
            if let Err(why) = tell(&context, &endpoint, &registry).await {
                tracing::warn!(registry = registry.text(), why, "a registry was not told");
            }
        }
        tokio::time::sleep(HEARTBEAT).await;
    }
}

async fn tell(context: &Context, endpoint: &str, registry: &Endpoint) -> Result<(), String> {
    let agent = context.me.sender.agent.as_str();
    let web = Web::of(context);
    let alive = text_of(&json!({ "timestamp": ai2ai_api::clock::now() }));
    // An agent's name is lower-case letters, digits, `-`, `_` and `.`: it stands in an address as it is.
    let beat = web.post(&registry.beside(&format!("/agents/{agent}/heartbeat")), alive).await;
    if matches!(beat, Ok((200..=299, _))) {
        return Ok(());
    }
    let key = pem_of_key(&context.shared.originals.identity.public());
    let said = json!({ "id": agent, "endpoint": endpoint, "name": agent, "humanName": context.me.sender.human, "publicKey": key,
        "capabilities": INTENTS, "metadata": {}, "registeredAt": ai2ai_api::clock::now() });
    match web.post(&registry.beside("/agents"), text_of(&said)).await {
        Ok((200..=299, _)) => Ok(()),
        Ok((status, _)) => Err(format!("it answers {status}")),
        Err(error) => Err(error.why),
    }
}
