//! Strangers: what they sent waits, bounded and unread by any agent, until the owner accepts or refuses them.

use ai2ai_protocol::code::Code;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::{Kind, VerifiedEnvelope, verify};
use ai2ai_protocol::policy::Clearance;
use ai2ai_protocol::receipt::{self, Outcome, Receipt};
use ai2ai_store::contacts::ContactRow;
use ai2ai_store::held::{self, HeldRow};
use ai2ai_store::inbox;

use super::turn::{Step, Turn};
use super::words::Words;

/// Envelopes that one stranger can have waiting.
const HELD_PER_STRANGER: u64 = 3;
/// Envelopes that all strangers together can have waiting.
const HELD_TOTAL: u64 = 200;

/// Who sees what is held. A blocked sender is answered just as a stranger is, by the same code, so that no answer tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// A stranger's words wait for the owner.
    ToOwner,
    /// A blocked sender's words wait for their end.
    ToNobody,
}

impl Turn<'_, '_> {
    /// Puts a stranger's envelope where only the owner sees it, if there is room.
    pub(super) fn hold(&mut self, envelope: &VerifiedEnvelope, shown: Shown) -> Step<Receipt> {
        let sender = envelope.from().did;
        if matches!(envelope.kind(), Kind::Ping | Kind::Receipt) {
            if shown == Shown::ToOwner {
                self.stranger_shows(envelope)?;
            }
            return Ok(self.held_receipt(envelope));
        }
        let full = held::count_of(self.tx, &sender)? >= HELD_PER_STRANGER || held::count(self.tx)? >= HELD_TOTAL;
        if full || !self.count_of_stranger()? {
            return Ok(self.answer(envelope, Outcome::Refused(Code::Quarantined), None));
        }
        let row = HeldRow {
            sender,
            id: envelope.id(),
            bytes: envelope.bytes().to_vec(),
            at: self.now,
            expires_at: envelope.expires_at(),
        };
        held::put(self.tx, &row)?;
        if shown == Shown::ToOwner {
            self.raise_contact_request(envelope)?;
        }
        let receipt = self.held_receipt(envelope);
        self.remember(envelope, &receipt)?;
        Ok(receipt)
    }

    /// Keeps an eye on the card that a stranger brings, so that they can be answered once they are let in; only of those who have
    /// something waiting here, who are few.
    fn stranger_shows(&mut self, envelope: &VerifiedEnvelope) -> Step<()> {
        if held::count_of(self.tx, &envelope.from().did)? > 0
            && let Some(card) = self.card_of_ping(envelope)
        {
            self.shown(card);
        }
        Ok(())
    }

    /// Lets in what a new contact sent while they were a stranger, and tells them what became of it.
    pub(super) fn release(&mut self, contact: &ContactRow) -> Step<()> {
        for item in inbox::of_contact(self.tx, &contact.did)? {
            if item.kind == inbox::ItemKind::ContactRequest {
                inbox::remove(self.tx, &item.id)?;
            }
        }
        let waiting = held::of(self.tx, &contact.did)?;
        held::remove_of(self.tx, &contact.did)?;
        let (mut receipts, now) = (Vec::new(), self.now);
        for row in waiting.iter().filter(|row| row.expires_at > now) {
            let Ok(envelope) = verify(&row.bytes, self.me.did()) else { continue };
            receipts.push(self.accept(&envelope, contact, Clearance::by_owner())?);
        }
        if receipts.is_empty() {
            return Ok(());
        }
        let words = Words::receipts(receipt::to_payload(&receipts));
        let conversation = self.new_conversation();
        self.post(contact, conversation, words)?;
        Ok(())
    }

    /// Throws away what a stranger sent. They are told nothing.
    pub(super) fn turn_away(&mut self, stranger: &Did) -> Step<()> {
        held::remove_of(self.tx, stranger)?;
        Ok(())
    }
}
