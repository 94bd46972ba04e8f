//! A batch: what is due to one recipient, sealed to their prekey; and what their receipts say of it.

use ai2ai_protocol::batch::{how_many_fit, write_batch};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::receipt::{Receipt, Receipts};
use ai2ai_protocol::seal::{PublicPrekey, Sealed, seal_bytes};
use ai2ai_store::contacts;

use super::settle::Due;
use super::turn::{Step, Turn};

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
        Self::of(to, seal_all(waiting, to, prekey, rng))
    }

    /// A batch of these, as many of the first as fit into one request.
    pub(super) fn of(to: Did, sealed: Vec<(MessageId, Sealed)>) -> Self {
        let (mut ids, mut sealed): (Vec<MessageId>, Vec<Sealed>) = sealed.into_iter().unzip();
        let fit = how_many_fit(&sealed);
        sealed.truncate(fit);
        ids.truncate(fit);
        Self { to, sealed, ids }
    }

    /// Leaves out what is not to go after all.
    pub(super) fn keep(&mut self, goes: impl Fn(&MessageId) -> bool) {
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

/// Seals what is due. What cannot be sealed is left out: then nothing can, for it is their key that is none.
pub(super) fn seal_all(
    waiting: &[Due],
    to: Did,
    prekey: &PublicPrekey,
    rng: &mut impl rand::CryptoRng,
) -> Vec<(MessageId, Sealed)> {
    let one = |due: &Due, rng: &mut _| Some((due.id, seal_bytes(&due.bytes, to, prekey, rng).ok()?));
    waiting.iter().filter_map(|due| one(due, rng)).collect()
}
