//! A batch: what is due to one recipient, sealed to their prekey; and what their receipts say of it.

use std::collections::HashMap;

use ai2ai_core::outbound::due::{Due, packed};
use ai2ai_core::outbound::receipts;
use ai2ai_core::people::{self, clocks};
use ai2ai_core::txn::{Step, Txn};
use ai2ai_protocol::batch::write_batch;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::receipt::{Receipt, Receipts};
use ai2ai_protocol::seal::{PublicPrekey, Sealed, seal_bytes};
use ai2ai_store::contacts;

/// A sealed batch, and which messages are under each of its seals: a receipt for what could not be opened names only the seal.
#[derive(Debug)]
pub struct Batch {
    to: Did,
    sealed: Vec<Sealed>,
    /// The messages under each seal.
    ids: Vec<Vec<MessageId>>,
}

impl Batch {
    /// Seals what is due to the recipient's prekey, as much as fits into one request. Nothing, when nothing can be sealed to it.
    pub fn seal(waiting: &[Due], to: Did, prekey: &PublicPrekey, rng: &mut impl rand::CryptoRng) -> Option<Self> {
        let mut sealed = Vec::new();
        let mut ids = Vec::new();
        let mut rest = waiting;
        for many in packed(waiting) {
            let (these, after) = rest.split_at(many);
            let texts: Vec<&[u8]> = these.iter().map(|due| due.bytes.as_slice()).collect();
            sealed.push(seal_bytes(&texts, to, prekey, rng).ok()?);
            ids.push(these.iter().map(|due| due.id).collect());
            rest = after;
        }
        Some(Self { to, sealed, ids })
    }

    /// The recipient.
    #[must_use]
    pub fn to(&self) -> &Did {
        &self.to
    }

    /// The messages in it.
    pub fn ids(&self) -> impl Iterator<Item = &MessageId> {
        self.ids.iter().flatten()
    }

    /// The request that carries it.
    pub fn bytes(&self) -> Vec<u8> {
        write_batch(&self.sealed)
    }

    /// Takes the receipts in. What has none of its own in the answer is unknown, and comes again.
    ///
    /// A crash may undo it: then everything in the batch is brought once more, and gets the same receipts.
    pub fn settle(&self, txn: &mut Txn<'_, '_>, receipts: &Receipts) -> Step<()> {
        txn.may_be_lost();
        let contact = contacts::get(txn.view(), &self.to)?;
        let newest = contact.as_ref().map_or(0, |contact| contact.delegation);
        if receipts.delegation().sequence() < newest {
            let ids: Vec<MessageId> = self.ids().copied().collect();
            return receipts::failed(txn, &ids, "the receipts are signed by an agent key that was replaced");
        }
        if let Some(contact) = &contact {
            clocks::note(txn, contact, receipts.timestamp())?;
        }
        let named = self.named(receipts.list());
        let mut missing = Vec::new();
        for id in self.ids() {
            let settled = match named.get(id) {
                Some(receipt) => receipts::receipt(txn, &self.to, id, receipt)?,
                None => false,
            };
            if !settled {
                missing.push(*id);
            }
        }
        receipts::failed(txn, &missing, "the recipient gave no receipt for it")?;
        if let Some(card) = receipts.card().filter(|card| *card.did() == self.to) {
            people::cards::learn(txn, card)?;
        }
        Ok(())
    }

    /// Returns whether any of the receipts is for something in it. Others, however well signed, are an answer to something
    /// else.
    #[must_use]
    pub(crate) fn is_answered_by(&self, receipts: &Receipts) -> bool {
        let named = self.named(receipts.list());
        self.ids().any(|id| named.contains_key(id))
    }

    /// The receipt for each message: the one that names it; else that for the seal it is under, which could not be opened.
    fn named<'a>(&self, receipts: &'a [Receipt]) -> HashMap<MessageId, &'a Receipt> {
        let mut named = HashMap::new();
        for receipt in receipts.iter().filter(|receipt| receipt.id.is_none()) {
            let seal = self.sealed.iter().position(|sealed| sealed.digest() == receipt.digest);
            named.extend(seal.iter().flat_map(|place| &self.ids[*place]).map(|id| (*id, receipt)));
        }
        named.extend(receipts.iter().filter_map(|receipt| Some((receipt.id?, receipt))));
        named
    }
}
