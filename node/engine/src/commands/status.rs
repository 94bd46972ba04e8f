//! The commands about the state of the node and of people near it: they look at the network as well as the store.

use ai2ai_api::clock::now;
use ai2ai_api::command::Role;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::requests;
use ai2ai_api::views::{ConnectionView, DhtView, KeptView, StatusView, View};
use ai2ai_core::people::{mailboxes, mandates};
use ai2ai_discovery::web::https::Site;
use ai2ai_network::TableStanding;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::contacts::{self, AnyContact, ContactRow};
use ai2ai_store::{cards, inbox, outbox};
use serde_json::Value;

use crate::call::{Call, Handler, Lines};
use crate::commands::contacts::contact_view;

/// Path of a connection by which batches are posted.
pub(crate) const HTTPS: &str = "https";

/// State of the node.
impl Handler for requests::Status {
    async fn handle(self, call: &Call) -> Lines {
        let context = &call.context;
        let stored = StoredState::look(call).await?;
        let added = |did: &Did| stored.contacts.iter().any(|row| row.did == *did);
        let me = &context.me;
        let connections = match call.role {
            Role::Owner => ways(call).await?,
            Role::Agent => Vec::new(),
        };
        let view = StatusView {
            running: true,
            did: *me.did(),
            agent: me.sender.agent.to_string(),
            human: me.sender.human.to_string(),
            peer: me.peer.clone(),
            listen: context
                .network
                .listen_addresses()
                .iter()
                .map(|address| format!("{address}/p2p/{}", me.peer))
                .collect(),
            http: context.shared.originals.listens.get().map(ToString::to_string),
            https: context.settings.site.as_ref().map(ToString::to_string),
            reachable: context.network.outside().reachable.to_string(),
            dht: dht(context.network.table()),
            nearby: call.neighbours.all().filter(|known| !added(known.card.did())).count(),
            pending: stored.pending,
            outbox: stored.waiting,
            dead: stored.dead,
            connections,
            mailboxes: stored.mailboxes,
            keeps: stored.keeps,
            approval: if me.has_pin { "pin" } else { "none" }.to_owned(),
            uptime_s: call.uptime.as_secs(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            stopped_since: stored.stopped_since,
        };
        Ok(vec![view.line()])
    }
}

/// What the store has to say of the node's state.
struct StoredState {
    contacts: Vec<ContactRow>,
    pending: usize,
    waiting: u64,
    dead: u64,
    stopped_since: Option<Timestamp>,
    mailboxes: Vec<String>,
    keeps: Option<KeptView>,
}

impl StoredState {
    async fn look(call: &Call) -> Result<Self, Failure> {
        let is_volunteer = call.context.settings.is_volunteer;
        let look = call.context.storage.look(move |tx| {
            let now = now();
            let pending = inbox::count(tx)? + inbox::count_legacy(tx)?;
            let pending = usize::try_from(pending).unwrap_or(usize::MAX);
            let pending = pending.saturating_sub(inbox::expired(tx, now)?.len());
            Ok(Self {
                contacts: contacts::all(tx)?,
                pending,
                waiting: outbox::count_waiting(tx)?,
                dead: outbox::count_dead(tx)?,
                stopped_since: mandates::stopped(tx)?,
                mailboxes: mailboxes::of_card(tx, now)?,
                keeps: mailboxes::kept_here(tx, is_volunteer)?,
            })
        });
        look.await
    }
}

fn dht(standing: TableStanding) -> DhtView {
    let TableStanding { servers, serves, kept, is_published } = standing;
    DhtView { nodes: servers, published: is_published, serves, kept }
}

/// Lists the connections, and the way of each.
async fn ways(call: &Call) -> Result<Vec<ConnectionView>, Failure> {
    let mut live = by_their_cards(call, connections(call)).await?;
    live.extend(by_https(call, &live).await?);
    Ok(live)
}

/// Adds contacts by the cards that are kept: one who was dialled for a message, and not met since this node started, is known
/// by the card that is kept of them: it names their node.
async fn by_their_cards(call: &Call, mut live: Vec<ConnectionView>) -> Result<Vec<ConnectionView>, Failure> {
    if live.iter().all(|connection| connection.did.is_some()) {
        return Ok(live);
    }
    let look = call.context.storage.look(move |tx| {
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

pub(crate) fn connections(call: &Call) -> Vec<ConnectionView> {
    let live = call.context.network.connections().into_iter().map(|connection| {
        let peer = connection.peer.to_string();
        let did = call.neighbours.at(&peer).map(|known| *known.card.did());
        ConnectionView { peer, did, path: connection.path.to_string(), address: connection.address.to_string() }
    });
    live.collect()
}

/// Those who were last reached by HTTPS, and are not connected otherwise.
async fn by_https(call: &Call, live: &[ConnectionView]) -> Result<Vec<ConnectionView>, Failure> {
    let all: Vec<(Did, Site)> = call.context.by_https().all().map(|(did, site)| (*did, site.clone())).collect();
    let look = call.context.storage.look(move |tx| {
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

/// Lists who is found, and not yet added.
impl Handler for requests::Nearby {
    async fn handle(self, call: &Call) -> Lines {
        let added = call.context.storage.look(|tx| Ok(contacts::all(tx)?)).await?;
        let strangers = call.neighbours.all().filter(|known| !added.iter().any(|row| row.did == *known.card.did()));
        Ok(strangers.map(|known| known.view().line()).collect())
    }
}

/// The contacts, and how each is connected now.
impl Handler for requests::Contacts {
    async fn handle(self, call: &Call) -> Lines {
        let rows = call.context.storage.look(|tx| Ok(contacts::everyone(tx)?)).await?;
        let live = ways(call).await?;
        let path = |did: &Did| {
            live.iter().find(|connection| connection.did == Some(*did)).map(|connection| connection.path.clone())
        };
        let line = |row: AnyContact| {
            let path = path(row.did());
            contact_view(row, path).line()
        };
        Ok(rows.into_iter().map(line).collect())
    }
}

/// Our own card, as we show it.
impl Handler for requests::Card {
    async fn handle(self, call: &Call) -> Lines {
        let card = call.context.own_card().ok_or_else(|| {
            Failure::new(Exit::Failed, ErrorCode::NoCard, "there is no card before the node has an address")
        })?;
        let value: Value = serde_json::from_slice(card.bytes()).map_err(Failure::internal)?;
        let mut line = serde_json::json!({ "schema": "card/1" });
        line["card"] = value;
        Ok(vec![line])
    }
}
