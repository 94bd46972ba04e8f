//! How the node is, and who is there: the commands that look at the network as well as the store.

use ai2ai_api::clock::now;
use ai2ai_api::command::Role;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::views::{ConnectionView, DhtView, StatusView, View};
use ai2ai_core::people::{mailboxes, mandates};
use ai2ai_core::view::rows::contact_view;
use ai2ai_discovery::https::Site;
use ai2ai_network::Standing;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_store::{cards, contacts, inbox, outbox};
use serde_json::Value;

use crate::commands::{Asked, own_card};

/// How it is called where batches are posted.
pub(crate) const HTTPS: &str = "https";

type Lines = Result<Vec<Value>, Failure>;

/// How the node is.
pub(crate) async fn status(asked: &Asked) -> Lines {
    let context = &asked.context;
    let is_volunteer = context.settings.is_volunteer;
    let (contacts, pending, waiting, dead, stopped_since, (mailboxes, keeps)) = context
        .storage
        .look(move |tx| {
            let now = now();
            let waiting = outbox::count_waiting(tx)?;
            let dead = outbox::count_dead(tx)?;
            let pending = usize::try_from(inbox::count(tx)?).unwrap_or(usize::MAX);
            let pending = pending.saturating_sub(inbox::expired(tx, now)?.len());
            let pending = pending + ai2ai_legacy::waiting(tx, now)?;
            let mail = (mailboxes::of_card(tx, now)?, mailboxes::kept_here(tx, is_volunteer)?);
            Ok((contacts::all(tx)?, pending, waiting, dead, mandates::stopped(tx)?, mail))
        })
        .await?;
    let added = |did: &Did| contacts.iter().any(|row| row.did == *did);
    let me = &context.me;
    let connections = match asked.role {
        Role::Owner => ways(asked).await?,
        Role::Agent => Vec::new(),
    };
    let view = StatusView {
        running: true,
        did: *me.did(),
        agent: me.sender.agent.to_string(),
        human: me.sender.human.to_string(),
        peer: me.peer.clone(),
        listen: context.network.listen_addresses().iter().map(|address| format!("{address}/p2p/{}", me.peer)).collect(),
        http: context.shared.originals.listens.get().map(ToString::to_string),
        https: context.settings.site.as_ref().map(ToString::to_string),
        reachable: context.network.outside().reachable.to_string(),
        dht: dht(context.network.table()),
        nearby: asked.neighbours.all().filter(|known| !added(known.card.did())).count(),
        pending,
        outbox: waiting,
        dead,
        connections,
        mailboxes,
        keeps,
        approval: if me.has_pin { "pin" } else { "none" }.to_owned(),
        uptime_s: asked.uptime.as_secs(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        stopped_since,
    };
    Ok(vec![view.line()])
}

fn dht(standing: Standing) -> DhtView {
    let Standing { servers, serves, kept, is_published } = standing;
    DhtView { nodes: servers, published: is_published, serves, kept }
}

/// How whoever is reached is reached.
async fn ways(asked: &Asked) -> Result<Vec<ConnectionView>, Failure> {
    let mut live = by_their_cards(asked, connections(asked)).await?;
    live.extend(by_https(asked, &live).await?);
    Ok(live)
}

/// A contact who was dialled for a message, and not met since this node started, is known by the card that is kept of them: it names
/// their node.
async fn by_their_cards(asked: &Asked, mut live: Vec<ConnectionView>) -> Result<Vec<ConnectionView>, Failure> {
    if live.iter().all(|connection| connection.did.is_some()) {
        return Ok(live);
    }
    let look = asked.context.storage.look(move |tx| {
        for contact in contacts::all(tx)? {
            let card = cards::get(tx, &contact.did)?.and_then(|row| Card::read(&row.bytes).ok());
            let peers: Vec<&str> = card.iter().flat_map(Card::nodes).map(|node| node.peer.as_str()).collect();
            for connection in &mut live {
                if peers.contains(&connection.peer.as_str()) {
                    connection.did.get_or_insert(contact.did);
                }
            }
        }
        Ok(live)
    });
    look.await
}

pub(crate) fn connections(asked: &Asked) -> Vec<ConnectionView> {
    let live = asked.context.network.connections().into_iter().map(|connection| {
        let peer = connection.peer.to_string();
        let did = asked.neighbours.at(&peer).map(|known| *known.card.did());
        ConnectionView { peer, did, path: connection.path.to_string(), address: connection.address.to_string() }
    });
    live.collect()
}

/// Those who were last reached by HTTPS, and are not connected otherwise.
async fn by_https(asked: &Asked, live: &[ConnectionView]) -> Result<Vec<ConnectionView>, Failure> {
    let all: Vec<(Did, Site)> = asked.context.by_https().all().map(|(did, site)| (*did, site.clone())).collect();
    let look = asked.context.storage.look(move |tx| {
        let mut views = Vec::with_capacity(all.len());
        for (did, site) in all {
            let card = cards::get(tx, &did)?.and_then(|row| Card::read(&row.bytes).ok());
            let peer = card.as_ref().and_then(|card| card.nodes().first()).map(|node| node.peer.clone());
            let did = Some(did);
            let path = HTTPS.to_owned();
            let address = site.address().to_string();
            views.push(ConnectionView { peer: peer.unwrap_or_default(), did, path, address });
        }
        Ok(views)
    });
    let views = look.await?.into_iter();
    Ok(views.filter(|view| !live.iter().any(|one| one.peer == view.peer || one.did == view.did)).collect())
}

/// Who is found, and not yet added.
pub(crate) async fn nearby(asked: &Asked) -> Lines {
    let added = asked.context.storage.look(|tx| Ok(contacts::all(tx)?)).await?;
    let strangers = asked.neighbours.all().filter(|known| !added.iter().any(|row| row.did == *known.card.did()));
    Ok(strangers.map(|known| known.view().line()).collect())
}

/// The contacts, and how each is connected now.
pub(crate) async fn contacts(asked: &Asked) -> Lines {
    let rows = asked.context.storage.look(|tx| Ok(contacts::all(tx)?)).await?;
    let live = ways(asked).await?;
    let path = |did: &Did| {
        live.iter().find(|connection| connection.did == Some(*did)).map(|connection| connection.path.clone())
    };
    Ok(rows
        .into_iter()
        .map(|row| {
            let path = path(&row.did);
            contact_view(row, path).line()
        })
        .collect())
}

/// Our own card, as we show it.
pub(crate) fn card(asked: &Asked) -> Lines {
    let card = own_card(&asked.context)
        .ok_or_else(|| Failure::new(Exit::Failed, "no_card", "there is no card before the node has an address"))?;
    let value: Value = serde_json::from_slice(card.bytes()).map_err(Failure::internal)?;
    let mut line = serde_json::json!({ "schema": "card/1" });
    line["card"] = value;
    Ok(vec![line])
}
