//! What waits for somebody becomes a file of sealed envelopes.

use ai2ai_protocol::card::Card;
use ai2ai_protocol::carried::Carried;
use ai2ai_protocol::delivery::Event;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::limits::{CARRIED_BYTES, CARRIED_SEALS};
use ai2ai_protocol::seal::{PublicPrekey, seal_bytes};
use ai2ai_store::{cards, messages, outbox};

use super::card;
use crate::clock::now;
use crate::courier::commands::{Asked, Lines};
use crate::courier::people::contact;
use crate::courier::turn::{Step, Turn};
use crate::exit::{Exit, Failure};
use crate::views::{CarriedOutView, View as _};

/// Messages for one recipient that are looked at: a file of the shortest ones holds no more.
const LOOKED_AT: usize = 4 * CARRIED_SEALS;

/// What goes into a file, in its order.
struct Load {
    envelopes: Vec<Vec<u8>>,
    /// How many of them are receipts and notices.
    receipts: usize,
    /// How many waited too, and had no room.
    more: usize,
}

/// Writes what waits for `who` as a file's text. It stays in the outbox, and is brought by wire too where there is one: it has
/// its effect once.
pub(super) async fn out(asked: &Asked, who: String) -> Lines {
    let reach = &asked.reach;
    let look = reach.storage.look(move |tx| {
        let contact = contact(tx, &who)?;
        let card = cards::get(tx, &contact.did)?.and_then(|row| Card::read(&row.bytes).ok());
        Ok((contact, card))
    });
    let (contact, card) = look.await?;
    let prekey = card.as_ref().and_then(|card| card.nodes().first()?.prekey(now())).cloned();
    let prekey = prekey.ok_or_else(|| no_key(&contact.name))?;
    let did = contact.did;
    let own = reach.own.borrow().card.clone();
    let introduction = own.map(|own| card::ping(&reach.me, did, &own)).transpose()?;
    let load = reach.turn(move |turn| turn.loads(&did)).await?;
    let (receipts, more) = (load.receipts, load.more);
    let messages = load.envelopes.len() - receipts;
    let text = match load.envelopes.len() {
        0 => None,
        _ => {
            let last = introduction.map(|envelope| envelope.bytes().to_vec());
            let envelopes = load.envelopes.into_iter().chain(last).collect();
            let seal = move || write(did, &prekey, envelopes);
            Some(tokio::task::spawn_blocking(seal).await.map_err(Failure::internal)??)
        }
    };
    Ok(vec![CarriedOutView { did, to: contact.name, messages, receipts, more, text }.line()])
}

fn write(to: Did, prekey: &PublicPrekey, envelopes: Vec<Vec<u8>>) -> Result<String, Failure> {
    let sizes: Vec<usize> = envelopes.iter().map(Vec::len).collect();
    let (mut sealed, mut rest) = (Vec::new(), envelopes.as_slice());
    for many in Carried::pack(&sizes) {
        let (these, after) = rest.split_at(many);
        let these: Vec<&[u8]> = these.iter().map(Vec::as_slice).collect();
        sealed.push(seal_bytes(&these, to, prekey, &mut rand::rng()).map_err(Failure::internal)?);
        rest = after;
    }
    String::from_utf8(Carried::write(&to, &sealed)).map_err(Failure::internal)
}

fn no_key(name: &str) -> Failure {
    Failure::new(
        Exit::Failed,
        "no_card",
        format!("nothing can be sealed to {name}: there is no card of theirs that is still good"),
    )
    .hint("get a new one (`ai2ai card -o FILE` on their machine), and: ai2ai add --card FILE")
}

impl Turn<'_, '_> {
    /// What waits for a recipient, as much as one file holds. It is noted as having left before it does, so that nobody takes back
    /// afterwards what somebody carries.
    fn loads(&mut self, to: &Did) -> Step<Load> {
        let (mut chosen, mut envelopes, mut size): (Vec<MessageId>, Vec<Vec<u8>>, usize) = Default::default();
        let rows = outbox::first_to(self.tx, to, LOOKED_AT)?;
        for row in &rows {
            if size > CARRIED_BYTES {
                break;
            }
            if let Some(message) = messages::get(self.tx, self.me.did(), &row.id)? {
                size += message.bytes.len();
                chosen.push(row.id);
                envelopes.push(message.bytes);
            }
        }
        let sizes: Vec<usize> = envelopes.iter().map(Vec::len).collect();
        // One place stays for the card.
        let mut seals = Carried::pack(&sizes);
        let is_full = seals.iter().sum::<usize>() < envelopes.len() || seals.len() == CARRIED_SEALS;
        if is_full {
            seals.pop();
        }
        let many = seals.iter().sum();
        envelopes.truncate(many);
        let mut receipts = 0;
        for id in &chosen[..many] {
            if let Some(row) = outbox::get(self.tx, id)? {
                receipts += usize::from(self.is_nodes_own(&row)?);
                self.progress(row, &Event::Failed { error: "carried by hand, and not acknowledged yet".to_owned() })?;
            }
        }
        Ok(Load { more: rows.len() - many, envelopes, receipts })
    }
}
