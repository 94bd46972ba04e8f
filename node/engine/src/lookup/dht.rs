//! DHT lookups: people who are looked for in the table of cards: by the owner who adds them by their `did`, and by the node
//! when they are not where they were.

use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_core::inbound;
use ai2ai_core::txn::Step;
use ai2ai_discovery::kademlia;
use ai2ai_discovery::remembered::Server;
use ai2ai_network::NetworkError;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_store::Store;
use ai2ai_store::peers::{self, PeerRow};

use crate::context::{Context, Note, report};
use crate::loop_state::LoopState;
use crate::peers::{card_exchange, card_on_web};
use crate::state::neighbours::Neighbour;

/// Looks somebody up who could not be reached, in the table and on their web server, and tells the event loop what came of it.
pub(crate) async fn watch(context: Context, did: Did) {
    let found = match context.network.find(did).await {
        Ok(Some(card)) => Ok(Some(card)),
        nothing => card_on_web::card_of(&context, did).await.map_or(nothing, |card| Ok(Some(card))),
    };
    drop(context.notes.send(Note::Sought { did, found: found.map(|card| card.map(Box::new)) }).await);
}

/// Finds the card of an identity that the owner typed. It need not be there now: the card is signed by the identity that was meant.
///
/// # Errors
/// Nobody can be asked, or nobody has it.
pub(crate) async fn by_did(context: &Context, did: Did) -> Result<Neighbour, Failure> {
    let card = context.network.find(did).await.map_err(|error| not_asked(&did, &error))?;
    let card = card.ok_or_else(|| {
        Failure::new(
            Exit::Unknown,
            ErrorCode::UnknownContact,
            format!("nobody nearby is {did}, and the DHT has no card of theirs"),
        )
        .hint("do they publish there? `publish` in their config.toml; or ask them for an address or an invite")
    })?;
    let mut met = None;
    for finding in kademlia::findings(&card, now()) {
        if let Ok(answer) = context.network.card(finding.peer, finding.addresses.clone()).await
            && let Ok(neighbour) = card_exchange::shown(&answer.bytes, finding.peer, &finding.addresses, "dht")
            && *neighbour.card.did() == did
        {
            drop(context.notes.send(Note::Met(Box::new(neighbour.clone()))).await);
            met = Some(neighbour);
            break;
        }
    }
    Ok(met.unwrap_or_else(|| absent(card)))
}

fn not_asked(did: &Did, error: &NetworkError) -> Failure {
    if *error == NetworkError::NobodyToAsk {
        let message = format!("{did} is not nearby, and {error}");
        return Failure::new(Exit::Unknown, ErrorCode::UnknownContact, message)
            .hint("name a volunteer under `bootstrap` in config.toml; or ask them for an address or an invite");
    }
    Failure::new(Exit::Failed, ErrorCode::Busy, error.to_string()).hint("try again in a moment")
}

/// Neighbour for somebody who is not there, as their card describes them.
fn absent(card: Card) -> Neighbour {
    let peer = card.nodes().first().map_or_else(String::new, |node| node.peer.clone());
    Neighbour { card, peer, source: "dht".to_owned(), addresses: Vec::new(), domain: None, seen_at: now() }
}

/// Asks for those who are due.
pub(crate) fn seek_next(state: &mut LoopState) {
    for name in state.sought.next(now()) {
        if let Ok(did) = name.parse() {
            state.task(watch(state.context.clone(), did));
        }
    }
}

/// Notes what the table says of somebody who is looked for. A newer card than ours says where they are now.
pub(crate) fn on_sought(state: &mut LoopState, did: Did, found: Result<Option<Box<Card>>, NetworkError>) {
    let Ok(Some(card)) = found else {
        state.sought.failed(&did.to_string(), now(), rand::random());
        return;
    };
    state.sought.answered(&did.to_string(), now(), std::time::Duration::ZERO);
    for finding in kademlia::findings(&card, now()) {
        state.found(&finding);
        state.book.belongs_to(&finding.peer, did);
    }
    let context = state.context.clone();
    state.task(async move { report(context.transact(move |txn| inbound::cards::learn_address(txn, &card)).await) });
}

/// Stores nodes that are to be known after a restart.
pub(crate) fn on_remember(state: &LoopState, servers: Vec<Server>) {
    let row = |server: Server| PeerRow {
        peer: server.peer.to_string(),
        address: server.address.to_string(),
        reached_at: server.reached_at,
    };
    let rows: Vec<PeerRow> = servers.into_iter().map(row).collect();
    let context = state.context.clone();
    state.task(async move { report(context.transact(move |txn| Ok(peers::keep(txn.tx, &rows)?)).await) });
}

/// Reads the nodes that were remembered when the node ran last. What makes no sense is left out.
///
/// # Errors
/// When the database fails.
pub fn remembered(store: &Store) -> Step<Vec<Server>> {
    let server = |row: PeerRow| {
        Some(Server { peer: row.peer.parse().ok()?, address: row.address.parse().ok()?, reached_at: row.reached_at })
    };
    Ok(peers::all(&store.read()?)?.into_iter().filter_map(server).collect())
}
