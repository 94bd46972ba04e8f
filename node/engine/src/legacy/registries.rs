//! Registries of the original, and who is listed by them. All of it is their own claim, until the owner adds them by their
//! address.

use ai2ai_api::requests;
use ai2ai_api::views::{FoundView, View as _};
use ai2ai_discovery::web::endpoint::Endpoint;
use ai2ai_legacy::contacts::is_label;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::directory::Search;
use ai2ai_protocol::original::{key_of_pem, parse};
use serde_json::Value;

use crate::call::{Call, Handler, Lines};
use crate::legacy::web::Web;
use crate::lookup::directory;

/// Agents that are taken from one registry.
const FOUND: usize = 100;

impl Handler for requests::Find {
    async fn handle(self, call: &Call) -> Lines {
        let Self { text, name, intent } = self;
        find(call, Search { name, intent, text }).await
    }
}

/// Searches in directories, and in the registries that the owner set. A registry or directory that is away takes nothing from the
/// others.
///
/// # Errors
/// Nothing was found, and the directories say why.
async fn find(call: &Call, search: Search) -> Lines {
    let mut lines = Vec::new();
    for registry in &call.context.shared.originals.registries {
        match ask(&Web::of(&call.context), registry, &search).await {
            Ok(found) => lines.extend(found.into_iter().map(|view| view.line())),
            Err(why) => tracing::warn!(registry = registry.text(), why, "a registry was not searched"),
        }
    }
    match directory::find(call, search).await {
        Ok(mut native) => {
            native.extend(lines);
            Ok(native)
        }
        Err(failure) if lines.is_empty() => Err(failure),
        Err(_) => Ok(lines),
    }
}

async fn ask(web: &Web, registry: &Endpoint, search: &Search) -> Result<Vec<FoundView>, String> {
    let name = search.name.as_deref().or(search.text.as_deref());
    let capability = search.intent.as_ref().map(ToString::to_string);
    let wanted = [("name", name), ("capability", capability.as_deref())];
    let at = registry.beside("/agents").asking(wanted.into_iter().filter_map(|(name, value)| Some((name, value?))));
    let (status, body) = web.get(&at).await.map_err(|error| error.why)?;
    let list = parse(&body).map(|list| list.to_value()).map_err(|error| error.to_string())?;
    let list = list.as_array().filter(|_| status == 200).ok_or_else(|| format!("it answers {status}"))?;
    Ok(list.iter().take(FOUND).filter_map(view).collect())
}

fn view(agent: &Value) -> Option<FoundView> {
    let text = |name: &str| agent.get(name).and_then(Value::as_str).filter(|text| is_label(text)).map(str::to_owned);
    let key = key_of_pem(agent.get("publicKey")?.as_str()?).ok()?;
    let endpoint = Endpoint::read(agent.get("endpoint")?.as_str()?).ok()?;
    let can = agent.get("capabilities").and_then(Value::as_array).into_iter().flatten();
    let intents = can.filter_map(Value::as_str).filter(|text| is_label(text)).take(FOUND).map(str::to_owned);
    Some(FoundView {
        did: Did::new(key),
        agent: text("id")?,
        human: text("humanName").or_else(|| text("name")).unwrap_or_default(),
        intents: intents.collect(),
        verified: false,
        source: "registry".to_owned(),
        endpoint: Some(endpoint.text().to_owned()),
    })
}
