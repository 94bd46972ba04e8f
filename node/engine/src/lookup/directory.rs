//! Directories, on everybody's side: a node that is to be found asks them to list it, and anybody searches in them.

use std::collections::HashSet;

use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::views::{FoundView, View as _};
use ai2ai_network::VolunteerService;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::directory::{DirectoryRequest, Search, read_found, read_listed};
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::kv;
use libp2p::{Multiaddr, PeerId};
use serde_json::Value;

use crate::call::Call;
use crate::context::{Context, Note, report};
use crate::state::neighbours::Neighbour;

/// Key under which it is stored until when a card of ours is listed.
const LISTED: &str = "listed";
/// Word for how somebody was met who was found in one.
pub(crate) const SOURCE: &str = "directory";

/// Asks directories to list this node's card, where its owner wants to be listed; else to list it no more, where it may be listed
/// still. A directory that never listed us learns nothing of who we are.
pub(crate) async fn enlist(context: Context, directories: Vec<(PeerId, Vec<Multiaddr>)>) {
    let Some(card) = context.own.borrow().card.clone() else { return };
    let request = if context.settings.is_listed {
        let until = card.expires_at();
        report(context.transact(move |txn| Ok(kv::put(txn.tx, LISTED, &until.to_string())?)).await);
        DirectoryRequest::list(&card)
    } else if may_be_listed(&context) {
        DirectoryRequest::unlist(card.did())
    } else {
        return;
    };
    for (peer, addresses) in directories {
        let answer = context.network.ask_service(VolunteerService::Directory, peer, addresses, request.clone()).await;
        let listed = answer.map_err(|error| error.to_string());
        let listed = listed.and_then(|answer| read_listed(&answer).map_err(|refusal| refusal.to_string()));
        match listed {
            Ok(until) => tracing::debug!(directory = %peer, ?until, "listed"),
            Err(why) => tracing::debug!(directory = %peer, %why, "not listed"),
        }
    }
}

/// Returns whether a card that was listed when the owner wanted it has not expired yet.
fn may_be_listed(context: &Context) -> bool {
    let until = context.storage.glance(|tx| Ok(kv::get(tx, LISTED)?)).ok().flatten();
    until.and_then(|text| text.parse::<Timestamp>().ok()).is_some_and(|until| now() < until)
}

/// Searches in every directory that is known. What is found can be added by its name or `did`; it is a claim until then.
///
/// # Errors
/// No directory is known, or none answers, or the search is longer than one reads.
pub(crate) async fn find(call: &Call, search: Search) -> Result<Vec<Value>, Failure> {
    search
        .check()
        .map_err(|_| Failure::new(Exit::Usage, ErrorCode::TooLarge, "that is longer than a directory reads"))?;
    let directories = call.directories.all();
    if directories.is_empty() {
        return Err(Failure::new(Exit::Unreachable, ErrorCode::NoDirectory, "no volunteer with a directory is known")
            .hint("name one in `bootstrap` in config.toml"));
    }
    let mut seen = HashSet::new();
    let mut lines = Vec::new();
    let mut troubles = Vec::new();
    for (peer, addresses) in directories {
        match ask(&call.context, peer, addresses, &search).await {
            Ok(cards) => {
                for card in cards.into_iter().filter(|card| card.did() != call.context.me.did()) {
                    if seen.insert(*card.did()) {
                        lines.push(FoundView::of(&card).line());
                        meet(&call.context, card).await;
                    }
                }
            }
            Err(why) => troubles.push(why),
        }
    }
    match (lines.is_empty(), troubles.pop()) {
        (true, Some(why)) => {
            Err(Failure::new(Exit::Unreachable, ErrorCode::Unreachable, format!("the directory: {why}")))
        }
        (false, _) | (true, None) => Ok(lines),
    }
}

async fn ask(context: &Context, peer: PeerId, addresses: Vec<Multiaddr>, search: &Search) -> Result<Vec<Card>, String> {
    let answer = context.network.ask_service(VolunteerService::Directory, peer, addresses, search.write()).await;
    let answer = answer.map_err(|error| error.to_string())?;
    let search = search.clone();
    let read = tokio::task::spawn_blocking(move || read_found(&answer, &search, now())).await;
    read.map_err(|error| error.to_string())?.map_err(|refusal| refusal.to_string())
}

/// Remembers somebody, so that the owner can add them.
async fn meet(context: &Context, card: Card) {
    let Some(node) = card.nodes().first() else { return };
    let peer = node.peer.clone();
    let addresses = node.addresses.clone();
    let neighbour = Neighbour { card, peer, source: SOURCE.to_owned(), addresses, domain: None, seen_at: now() };
    drop(context.notes.send(Note::Listed(Box::new(neighbour))).await);
}
