//! Two nodes introduce themselves: each shows its signed card, and it counts only if it names the peer that showed it.

use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_discovery::{by_hand, mdns};
use ai2ai_network::{CardAnswer, NetworkError};
use ai2ai_protocol::card::Card;
use ai2ai_store::{cards, contacts};
use libp2p::{Multiaddr, PeerId};

use crate::context::{Context, Note};
use crate::state::neighbours::Neighbour;

/// Asks a peer for its card, and tells the event loop what came of it.
///
/// Ours is shown to contacts, to whoever is heard on this network and to whoever came here. Others are asked first: a volunteer
/// that serves us need not know more than our peer id.
pub(crate) async fn introduce(context: Context, peer: PeerId, addresses: Vec<Multiaddr>, source: &'static str) {
    let note = ask(&context, peer, &addresses, source).await.unwrap_or_else(|why| {
        tracing::debug!(%peer, %why, "no card");
        Note::NoCard(peer)
    });
    drop(context.notes.send(note).await);
}

async fn ask(context: &Context, peer: PeerId, addresses: &[Multiaddr], source: &'static str) -> Result<Note, String> {
    let is_near = source == mdns::SOURCE.name() || has_come(context, peer);
    if !is_near && !is_of_contact(context, peer).await {
        let answer = context.network.card_unseen(peer, addresses.to_vec()).await;
        let met = noted(answer, peer, addresses, source)?;
        let is_volunteer = context.network.serves(peer).await != Some(false);
        if is_volunteer || !matches!(met, Note::Met(_)) {
            return Ok(met);
        }
    }
    noted(context.network.card(peer, addresses.to_vec()).await, peer, addresses, source)
}

fn noted(
    answer: Result<CardAnswer, NetworkError>,
    peer: PeerId,
    addresses: &[Multiaddr],
    source: &'static str,
) -> Result<Note, String> {
    match answer {
        Ok(answer) => shown(&answer.bytes, peer, addresses, source).map(|neighbour| Note::Met(Box::new(neighbour))),
        Err(NetworkError::NotAi2ai { .. }) => Ok(Note::NoAgent(peer)),
        Err(error) => Err(error.to_string()),
    }
}

/// Returns whether the peer is connected because it dialled us, and serves nobody.
fn has_come(context: &Context, peer: PeerId) -> bool {
    let connections = context.network.connections();
    let connection = connections.iter().find(|connection| connection.peer == peer);
    connection.is_some_and(|connection| connection.inbound && connection.serves == Some(false))
}

/// Returns whether the card of a contact names this peer.
async fn is_of_contact(context: &Context, peer: PeerId) -> bool {
    let peer = peer.to_string();
    let look = context.storage.look(move |tx| {
        for contact in contacts::all(tx)? {
            let card = cards::get(tx, &contact.did)?.and_then(|row| Card::read(&row.bytes).ok());
            if card.is_some_and(|card| card.nodes().iter().any(|node| node.peer == peer)) {
                return Ok(true);
            }
        }
        Ok(false)
    });
    look.await.unwrap_or_else(|failure| {
        tracing::error!(%failure, "the contacts could not be looked at");
        false
    })
}

/// Checks a card that a peer showed.
pub(crate) fn shown(
    bytes: &[u8],
    peer: PeerId,
    addresses: &[Multiaddr],
    source: &'static str,
) -> Result<Neighbour, String> {
    let card = Card::read(bytes).map_err(|refusal| refusal.to_string())?;
    card.check_current(now()).map_err(|code| code.to_string())?;
    let peer = peer.to_string();
    if !card.nodes().iter().any(|node| node.peer == peer) {
        return Err("the card names another peer".to_owned());
    }
    let addresses = addresses.iter().map(ToString::to_string).collect();
    Ok(Neighbour { card, peer, source: source.to_owned(), addresses, domain: None, seen_at: now() })
}

/// Meets whoever answers at a multiaddress that the owner typed.
///
/// # Errors
/// No multiaddress with a peer in it, nobody there, or no card that verifies.
pub(crate) async fn by_hand(context: &Context, text: &str) -> Result<Neighbour, Failure> {
    let finding = by_hand::read(text, now())
        .map_err(|error| Failure::new(Exit::Usage, ErrorCode::BadAddress, error.to_string()))?;
    let answer = context.network.card(finding.peer, finding.addresses.clone()).await.map_err(|error| {
        Failure::new(Exit::Unreachable, ErrorCode::Unreachable, error.to_string())
            .hint("is their node up? `ai2ai status` on their machine lists its addresses")
    })?;
    match shown(&answer.bytes, finding.peer, &finding.addresses, "by_hand") {
        Ok(neighbour) => {
            drop(context.notes.send(Note::Met(Box::new(neighbour.clone()))).await);
            Ok(neighbour)
        }
        Err(why) => Err(Failure::new(
            Exit::Invalid,
            ErrorCode::BadCard,
            format!("what answers there shows no card that verifies: {why}"),
        )),
    }
}
