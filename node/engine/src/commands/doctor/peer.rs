//! Doctor checks of the way to somebody, and of their way to us: each direction is tried, not guessed.

use std::time::Duration;

use ai2ai_api::doctor::{FAIL, OK, WARN, line};
use ai2ai_api::exit::Failure;
use ai2ai_api::views::DoctorView;
use ai2ai_discovery::web::https::Site;
use ai2ai_network::Connection;
use ai2ai_protocol::card::Card;
use libp2p::{Multiaddr, PeerId};

use crate::call::Call;
use crate::commands::ping::{Target, target, verified};
use crate::context::Context;
use crate::delivery::https::shown;

/// Time that they have to dial us.
const THEY_WITHIN: Duration = Duration::from_secs(15);

/// Tries both directions.
///
/// # Errors
/// Nobody goes by this name, or it is not known where they are.
pub(crate) async fn check(call: &Call, who: &str) -> Result<Vec<DoctorView>, Failure> {
    let Target { name, did, card, by_hand } = target(call, who).await?;
    let Some(node) = card.nodes().first() else {
        return Ok(vec![line(
            "you reach them",
            FAIL,
            format!("{name}'s card names no node"),
            Some(ask_for_more(&name)),
        )]);
    };
    let Ok(peer) = node.peer.parse::<PeerId>() else {
        return Ok(vec![line(
            "you reach them",
            FAIL,
            format!("{name}'s card names no libp2p peer"),
            Some(ask_for_more(&name)),
        )]);
    };
    let addresses: Vec<Multiaddr> =
        node.addresses.iter().chain(&by_hand).filter_map(|text| text.parse().ok()).collect();
    let answer = call.context.network.card(peer, addresses.clone()).await;
    let there = match answer
        .map_err(|error| error.to_string())
        .map(|answer| (verified(&answer.bytes, &name, &did), answer.rtt))
    {
        Ok((Ok(_), rtt)) => {
            let way = way(connection(call, &peer));
            line("you reach them", OK, format!("{name} answers in {:.0} ms, {way}", rtt.as_secs_f64() * 1_000.0), None)
        }
        Ok((Err(failure), _)) => {
            let fix = "do not send anything there; ask them for their did by another way".to_owned();
            return Ok(vec![line("you reach them", FAIL, failure.message, Some(fix))]);
        }
        Err(why) => return Ok(by_https(call, &name, &card, &why).await),
    };
    Ok(vec![there, back(call, &name, peer, addresses).await])
}

/// Checks, where libp2p does not lead, whether HTTPS does, and whether they could answer in that way.
async fn by_https(call: &Call, name: &str, card: &Card, by_libp2p: &str) -> Vec<DoctorView> {
    let there = match shown::visit(&call.context, card).await {
        Ok((site, rtt)) => {
            let ms = rtt.as_secs_f64() * 1_000.0;
            line("you reach them", OK, format!("{name} answers in {ms:.0} ms, by https ({site})"), None)
        }
        Err(why) => {
            let detail = format!("{name} did not answer: {by_libp2p}; by https: {why}");
            return vec![line("you reach them", FAIL, detail, Some(ask_for_more(name)))];
        }
    };
    let back = match &call.context.settings.site {
        Some(site) => of_site(&call.context, "they reach you", site).await,
        None => {
            let fix = "name a web server of yours under `[http] public` in config.toml; until then they answer when libp2p connects";
            line("they reach you", WARN, "not by https: your card names no web server", Some(fix.to_owned()))
        }
    };
    vec![there, back]
}

/// Checks that our own web server passes on to this node.
pub(crate) async fn of_site(context: &Context, check: &str, site: &Site) -> DoctorView {
    match shown::own_site(context, site).await {
        Ok(()) => line(check, OK, format!("{site} shows your card, as seen from here"), None),
        Err(why) => {
            let fix = "does the web server pass /ai2ai and /.well-known/ai2ai.json on to `[http] listen`, and is its certificate good?";
            line(check, WARN, why, Some(fix.to_owned()))
        }
    }
}

/// Lets the connection go and waits for them to make a new one.
async fn back(call: &Call, name: &str, peer: PeerId, addresses: Vec<Multiaddr>) -> DoctorView {
    let check = "they reach you";
    match call.context.network.let_them_dial(peer, addresses, THEY_WITHIN).await {
        Some(connection) if connection.inbound => {
            line(check, OK, format!("{name} dialled this node anew, {}", way(Some(connection))), None)
        }
        Some(_) | None => {
            let fix = "see `reachable` in `ai2ai doctor` here; messages go on over the connection that your node opens"
                .to_owned();
            line(check, WARN, format!("{name} did not dial this node within {} s", THEY_WITHIN.as_secs()), Some(fix))
        }
    }
}

fn connection(call: &Call, peer: &PeerId) -> Option<Connection> {
    call.context.network.connections().into_iter().find(|connection| connection.peer == *peer)
}

fn way(connection: Option<Connection>) -> String {
    match connection {
        Some(Connection { path: ai2ai_network::Path::Relayed, address, .. }) => {
            format!("through a volunteer{}", at(&address))
        }
        Some(Connection { path, address, .. }) => format!("directly by {path}{}", at(&address)),
        None => "over a connection that is closed again".to_owned(),
    }
}

/// Words for where it is; empty where the other side came through a volunteer, whose address it does not show.
fn at(address: &Multiaddr) -> String {
    if address.is_empty() { String::new() } else { format!(" ({address})") }
}

fn ask_for_more(name: &str) -> String {
    format!("is {name}'s node up? have them run `ai2ai doctor`, and yours too")
}
