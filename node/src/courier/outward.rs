//! What waits for one recipient goes out: sealed to their prekey, a batch at a time, until nothing is due.

use ai2ai_protocol::batch::{how_many_fit, write_batch};
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::limits::BATCH_ENVELOPES;
use ai2ai_protocol::receipt::{Receipt, Receipts};
use ai2ai_protocol::seal::{PublicPrekey, Sealed, seal};
use ai2ai_store::{cards, contacts};
use libp2p::{Multiaddr, PeerId};

use super::reach::{Note, Reach};
use super::settle::{Due, due};
use super::turn::{Step, Turn};
use crate::clock::now;
use crate::exit::Failure;
use crate::network::Fate;

/// Where a recipient is, and what opens for them.
struct Route {
    peer: PeerId,
    addresses: Vec<Multiaddr>,
    prekey: PublicPrekey,
}

/// A sealed batch, and which message each of its envelopes is: a receipt for what could not be opened names only the seal.
#[derive(Debug)]
pub struct Batch {
    to: Did,
    sealed: Vec<Sealed>,
    ids: Vec<MessageId>,
}

impl Batch {
    /// Seals what is due to the recipient's prekey, as much as fits into one request.
    pub fn seal(waiting: &[Due], to: Did, prekey: &PublicPrekey, rng: &mut impl rand::CryptoRng) -> Self {
        let (mut sealed, mut ids) = (Vec::new(), Vec::new());
        for due in waiting {
            if let Ok(one) = seal(&due.content, prekey, rng) {
                sealed.push(one);
                ids.push(due.id);
            }
        }
        let fit = how_many_fit(&sealed);
        sealed.truncate(fit);
        ids.truncate(fit);
        Self { to, sealed, ids }
    }

    /// Leaves out what is not to go after all.
    fn keep(&mut self, goes: impl Fn(&MessageId) -> bool) {
        let (ids, sealed) = (std::mem::take(&mut self.ids), std::mem::take(&mut self.sealed));
        (self.ids, self.sealed) = ids.into_iter().zip(sealed).filter(|(id, _)| goes(id)).unzip();
    }

    /// For whom it is.
    #[must_use]
    pub fn to(&self) -> &Did {
        &self.to
    }

    /// The messages in it.
    #[must_use]
    pub fn ids(&self) -> &[MessageId] {
        &self.ids
    }

    /// The request that carries it.
    pub fn bytes(&self) -> Vec<u8> {
        write_batch(&self.sealed)
    }

    /// Takes the receipts in. What has none of its own in the answer is unknown, and comes again.
    pub fn settle(&self, turn: &mut Turn<'_>, receipts: &Receipts) -> Step<()> {
        let contact = contacts::get(turn.view(), &self.to)?;
        let newest = contact.as_ref().map_or(0, |contact| contact.delegation);
        if receipts.delegation().sequence() < newest {
            return turn.failed(&self.ids, "the receipts are signed by an agent key that was replaced");
        }
        if let Some(contact) = &contact {
            turn.note_clock(contact, receipts.timestamp())?;
        }
        let mut missing = self.ids.clone();
        for (receipt, id) in self.named(receipts.list()) {
            if turn.receipt(&self.to, &id, receipt)? {
                missing.retain(|waiting| *waiting != id);
            }
        }
        turn.failed(&missing, "the recipient gave no receipt for it")?;
        if let Some(card) = receipts.card().filter(|card| *card.did() == self.to) {
            turn.learn(card)?;
        }
        Ok(())
    }

    /// Which message each receipt is for: by its id, or by the digest of the seal that could not be opened.
    fn named<'a>(&self, receipts: &'a [Receipt]) -> Vec<(&'a Receipt, MessageId)> {
        let of_seal = |receipt: &Receipt| {
            let place = self.sealed.iter().position(|sealed| sealed.digest() == receipt.digest)?;
            self.ids.get(place).copied()
        };
        let id = |receipt: &Receipt| receipt.id.filter(|id| self.ids.contains(id)).or_else(|| of_seal(receipt));
        receipts.iter().filter_map(|receipt| Some((receipt, id(receipt)?))).collect()
    }
}

/// Runs the lane to a recipient until nothing is due, then says that it has ended.
pub(super) async fn run(reach: Reach, to: Did, found: Vec<Multiaddr>) {
    loop {
        match step(&reach, to, &found).await {
            Ok(true) => {}
            Ok(false) => break,
            Err(failure) => {
                tracing::warn!(%to, %failure, "delivery stopped for now");
                break;
            }
        }
    }
    drop(reach.notes.send(Note::LaneEnded(to)).await);
}

/// Brings one batch. Whether there may be more.
async fn step(reach: &Reach, to: Did, found: &[Multiaddr]) -> Result<bool, Failure> {
    let me = *reach.me.did();
    let waiting = reach.storage.look(move |tx| due(tx, &me, &to, now(), BATCH_ENVELOPES)).await?;
    if waiting.is_empty() {
        return Ok(false);
    }
    let ids: Vec<MessageId> = waiting.iter().map(|due| due.id).collect();
    let route = match route(reach, to, found).await? {
        Ok(route) => route,
        Err(why) => return unreached(reach, ids, why).await,
    };
    let (peer, addresses) = (route.peer, route.addresses.clone());
    let stays: Vec<MessageId> = waiting.iter().filter(|due| due.stays).map(|due| due.id).collect();
    let sealing = move || Batch::seal(&waiting, to, &route.prekey, &mut rand::rng());
    let batch = tokio::task::spawn_blocking(sealing).await.map_err(Failure::internal)?;
    let batch = noted(reach, batch, &stays).await?;
    if batch.ids.is_empty() {
        return unreached(reach, ids, "it cannot be sealed to the key in their card".to_owned()).await;
    }
    let answer = match reach.network.deliver(peer, addresses, batch.bytes()).await {
        Ok(answer) => answer,
        Err(error) if error.fate() == Fate::NotSent => return unreached(reach, batch.ids, error.to_string()).await,
        Err(error) => return failed(reach, batch.ids, error.to_string()).await,
    };
    match Receipts::read(&answer, &to) {
        Ok(receipts) => reach.turn(move |turn| batch.settle(turn, &receipts)).await.map(|()| true),
        Err(refusal) => failed(reach, batch.ids, refusal.to_string()).await,
    }
}

/// The batch, once each attempt in it is noted that has to be: else nobody could say after a crash whether it left.
async fn noted(reach: &Reach, mut batch: Batch, stays: &[MessageId]) -> Result<Batch, Failure> {
    let ids: Vec<MessageId> = batch.ids.iter().filter(|id| stays.contains(id)).copied().collect();
    if !ids.is_empty() {
        let go = reach.turn(move |turn| turn.attempted(&ids)).await?;
        batch.keep(|id| !stays.contains(id) || go.contains(id));
    }
    Ok(batch)
}

async fn unreached(reach: &Reach, ids: Vec<MessageId>, why: String) -> Result<bool, Failure> {
    reach.turn(move |turn| turn.unreached(&ids, &why)).await?;
    Ok(false)
}

async fn failed(reach: &Reach, ids: Vec<MessageId>, why: String) -> Result<bool, Failure> {
    reach.turn(move |turn| turn.failed(&ids, &why)).await?;
    Ok(false)
}

/// Where to bring it, out of the newest card and what was found; or why there is no way.
async fn route(reach: &Reach, to: Did, found: &[Multiaddr]) -> Result<Result<Route, String>, Failure> {
    let (card, contact) = reach.storage.look(move |tx| Ok((cards::get(tx, &to)?, contacts::get(tx, &to)?))).await?;
    let Some(card) = card.and_then(|row| Card::read(&row.bytes).ok()) else {
        return Ok(Err("they have not shown a card yet".to_owned()));
    };
    let Some(node) = card.nodes().first() else { return Ok(Err("their card names no node".to_owned())) };
    let Ok(peer) = node.peer.parse() else { return Ok(Err("their card names no libp2p peer".to_owned())) };
    let Some(prekey) = node.prekey(now()) else {
        return Ok(Err("the key in their card has run out; a newer card is needed".to_owned()));
    };
    let by_hand = contact.map(|row| row.addresses).unwrap_or_default();
    let texts = node.addresses.iter().chain(&by_hand);
    let mut addresses: Vec<Multiaddr> = found.to_vec();
    addresses.extend(texts.filter_map(|text| text.parse().ok()));
    addresses.dedup();
    Ok(Ok(Route { peer, addresses, prekey: prekey.clone() }))
}
