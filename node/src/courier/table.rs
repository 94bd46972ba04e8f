//! People who are looked for in the table of cards: by the owner who adds them by their `did`, and by the node when they are not
//! where they were.

use ai2ai_discovery::kademlia;
use ai2ai_discovery::remembered::Server;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_store::peers::{self, PeerRow};
use ai2ai_store::{Store, cards};

use super::dispatch::Courier;
use super::neighbours::Neighbour;
use super::reach::{Note, Reach};
use super::turn::{Step, Turn};
use super::{https, meet, report};
use crate::clock::now;
use crate::exit::{Exit, Failure};
use crate::network::NetworkError;

/// What is kept under a name in the list of those who are looked for.
fn name(did: &Did) -> String {
    did.to_string()
}

/// Looks somebody up who could not be reached, in the table and on their web server, and tells the courier what came of it.
pub(super) async fn watch(reach: Reach, did: Did) {
    let found = match reach.network.find(did).await {
        Ok(Some(card)) => Ok(Some(card)),
        nothing => https::card_of(&reach, did).await.map_or(nothing, |card| Ok(Some(card))),
    };
    drop(reach.notes.send(Note::Sought { did, found: found.map(|card| card.map(Box::new)) }).await);
}

/// Finds the card of an identity that the owner typed. It need not be there now: the card is signed by the identity that was meant.
///
/// # Errors
/// Nobody can be asked, or nobody has it.
pub(super) async fn by_did(reach: &Reach, did: Did) -> Result<Neighbour, Failure> {
    let card = reach.network.find(did).await.map_err(|error| not_asked(&did, &error))?;
    let card = card.ok_or_else(|| {
        Failure::new(
            Exit::Unknown,
            "unknown_contact",
            format!("nobody nearby is {did}, and the DHT has no card of theirs"),
        )
        .hint("do they publish there? `publish` in their config.toml; or ask them for an address or an invite")
    })?;
    let mut met = None;
    for finding in kademlia::findings(&card, now()) {
        if let Ok(answer) = reach.network.card(finding.peer, finding.addresses.clone()).await
            && let Ok(Note::Met(neighbour)) = meet::shown(&answer.bytes, finding.peer, &finding.addresses, "dht")
            && *neighbour.card.did() == did
        {
            drop(reach.notes.send(Note::Met(neighbour.clone())).await);
            met = Some(*neighbour);
            break;
        }
    }
    Ok(met.unwrap_or_else(|| absent(card)))
}

fn not_asked(did: &Did, error: &NetworkError) -> Failure {
    if *error == NetworkError::NobodyToAsk {
        let message = format!("{did} is not nearby, and {error}");
        return Failure::new(Exit::Unknown, "unknown_contact", message)
            .hint("name a volunteer under `bootstrap` in config.toml; or ask them for an address or an invite");
    }
    Failure::new(Exit::Failed, "busy", error.to_string()).hint("try again in a moment")
}

/// Somebody who is not there, as their card describes them.
fn absent(card: Card) -> Neighbour {
    let peer = card.nodes().first().map_or_else(String::new, |node| node.peer.clone());
    Neighbour { card, peer, source: "dht".to_owned(), addresses: Vec::new(), domain: None, seen_at: now() }
}

impl Courier {
    /// They could not be reached: they may have moved, and said so in the table or on their web server.
    pub(super) fn seek(&mut self, did: &Did) {
        self.sought.want(&name(did), now());
    }

    /// They are there.
    pub(super) fn found_again(&mut self, did: &Did) {
        self.sought.forget(&name(did));
    }

    /// Asks for those who are due.
    pub(super) fn seek_next(&mut self) {
        for name in self.sought.next(now()) {
            if let Ok(did) = name.parse() {
                self.task(watch(self.reach.clone(), did));
            }
        }
    }

    /// What the table says of somebody who is looked for. A newer card than ours says where they are now.
    pub(super) fn on_sought(&mut self, did: Did, found: Result<Option<Box<Card>>, NetworkError>) {
        let Ok(Some(card)) = found else {
            self.sought.failed(&name(&did), now(), rand::random());
            return;
        };
        self.sought.answered(&name(&did), now(), std::time::Duration::ZERO);
        for finding in kademlia::findings(&card, now()) {
            self.on_found(&finding);
            self.book.belongs_to(&finding.peer, did);
        }
        let reach = self.reach.clone();
        self.task(async move { report(reach.turn(move |turn| turn.learn_where(&card)).await) });
    }

    /// These nodes are to be known after a restart.
    pub(super) fn on_remember(&self, servers: Vec<Server>) {
        let row = |server: Server| PeerRow {
            peer: server.peer.to_string(),
            address: server.address.to_string(),
            reached_at: server.reached_at,
        };
        let rows: Vec<PeerRow> = servers.into_iter().map(row).collect();
        let reach = self.reach.clone();
        self.task(async move { report(reach.turn(move |turn| Ok(peers::keep(turn.tx, &rows)?)).await) });
    }
}

impl Turn<'_, '_> {
    /// A newer card of somebody, from somebody else: what waits for them is due at once, at the new place.
    pub(super) fn learn_where(&mut self, card: &Card) -> Step<()> {
        let known = cards::get(self.tx, card.did())?.and_then(|row| Card::read(&row.bytes).ok());
        if known.is_none_or(|known| card.supersedes(&known)) {
            self.learn(card)?;
            self.hurry(card.did())?;
        }
        Ok(())
    }
}

/// The nodes that were remembered when the node ran last. What makes no sense is left out.
///
/// # Errors
/// When the database fails.
pub fn remembered(store: &Store) -> Step<Vec<Server>> {
    let server = |row: PeerRow| {
        Some(Server { peer: row.peer.parse().ok()?, address: row.address.parse().ok()?, reached_at: row.reached_at })
    };
    Ok(peers::all(&store.read()?)?.into_iter().filter_map(server).collect())
}
