//! Ping: a round trip to someone: one signed card, asked for and verified.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::requests;
use ai2ai_api::views::{PingView, View as _};
use ai2ai_core::lookup::contact::{contact, find};
use ai2ai_discovery::web::https::Site;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_store::cards;
use ai2ai_store::wire::Wire;

use crate::call::{Call, Handler, Lines};
use crate::commands::status::{HTTPS, connections};
use crate::delivery::attempt::is_worth_another_way;
use crate::delivery::https::shown;
use crate::legacy;

/// Somebody who is meant, and where they may be.
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) did: Did,
    pub(crate) card: Card,
    pub(crate) by_hand: Vec<String>,
}

/// Asks a contact, or someone nearby, for their card.
impl Handler for requests::Ping {
    async fn handle(self, call: &Call) -> Lines {
        let Self { who } = self;
        let of_look = who.clone();
        match call.context.storage.look(move |tx| find(tx, &of_look)).await {
            Ok(Wire::Legacy(row)) => return Ok(vec![legacy::contacts::ping(&call.context, row).await?.line()]),
            Err(failure) if failure.code == ErrorCode::AmbiguousContact => return Err(failure),
            // Somebody nearby may go by this name.
            Ok(Wire::Native(_)) | Err(_) => {}
        }
        let Target { name, did, card, by_hand } = target(call, &who).await?;
        let node = card.nodes().first().ok_or_else(|| unreachable(format!("{name}'s card names no node")))?;
        let peer = node.peer.parse().map_err(|_| unreachable(format!("{name}'s card names no libp2p peer")))?;
        let addresses = node.addresses.iter().chain(&by_hand).filter_map(|text| text.parse().ok()).collect();
        let (fresh, rtt, path) = match call.context.network.card(peer, addresses).await {
            Ok(answer) => {
                let connection = connections(call).into_iter().find(|connection| connection.peer == node.peer);
                let path = connection.map_or_else(|| "closed".to_owned(), |connection| connection.path);
                (verified(&answer.bytes, &name, &did)?, answer.rtt, path)
            }
            Err(error) if is_worth_another_way(&error) && Site::named(&node.addresses).is_some() => {
                let visited = shown::visit(&call.context, &card).await;
                let (_, rtt) = visited.map_err(|why| unreachable(format!("{name} did not answer: {why}; {error}")))?;
                (card, rtt, HTTPS.to_owned())
            }
            Err(error) => return Err(unreachable(format!("{name} did not answer: {error}"))),
        };
        let rtt_ms = rtt.as_secs_f64() * 1_000.0;
        let intents = fresh.intents().iter().map(ToString::to_string).collect();
        Ok(vec![PingView { did, name, rtt_ms, path, intents }.line()])
    }
}

pub(crate) async fn target(call: &Call, who: &str) -> Result<Target, Failure> {
    let name = who.to_owned();
    let known = call.context.storage.look(move |tx| {
        let row = contact(tx, &name)?;
        let card = cards::get(tx, &row.did)?.and_then(|card| Card::read(&card.bytes).ok());
        Ok((row, card))
    });
    match (known.await, call.neighbours.named(who).as_slice()) {
        (Ok((row, Some(card))), _) => Ok(Target { name: row.name, did: row.did, card, by_hand: row.addresses }),
        (Ok((row, None)), _) => {
            Err(unreachable(format!("{} has not shown a card yet, so it is not known where they are", row.name)))
        }
        (Err(_), [one]) => Ok(Target {
            name: one.card.human().to_string(),
            did: *one.card.did(),
            card: one.card.clone(),
            by_hand: one.addresses.clone(),
        }),
        (Err(failure), _) => Err(failure),
    }
}

pub(crate) fn verified(bytes: &[u8], name: &str, did: &Did) -> Result<Card, Failure> {
    let card = Card::read(bytes).map_err(|refusal| {
        Failure::new(Exit::Invalid, ErrorCode::BadCard, format!("{name} showed a card that does not verify: {refusal}"))
    })?;
    if card.did() != did {
        let message = format!("somebody else answers where {name} was: {}", card.did());
        return Err(Failure::new(Exit::Invalid, ErrorCode::WrongIdentity, message));
    }
    Ok(card)
}

fn unreachable(message: String) -> Failure {
    Failure::new(Exit::Unreachable, ErrorCode::Unreachable, message)
        .hint("is their node up, and on this network? `ai2ai doctor` tells about yours")
}
