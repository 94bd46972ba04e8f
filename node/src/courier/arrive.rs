//! A verified envelope arrives: repeated, held, refused, or accepted with its effect. Each has its receipt.

use ai2ai_protocol::approval::Approval;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::conversation::{Act, Conversation, Report, Side};
use ai2ai_protocol::envelope::{Kind, VerifiedEnvelope};
use ai2ai_protocol::invite::Join;
use ai2ai_protocol::policy::{self, Arrival};
use ai2ai_protocol::receipt::{Outcome, Receipt};
use ai2ai_protocol::terms::act_of;
use ai2ai_store::contacts::{self, ContactRow};
use ai2ai_store::conversations::{self, ConversationRow, Heard};
use ai2ai_store::inbox;
use ai2ai_store::messages::{self, MessageRow};
use ai2ai_store::seen::{self, SeenRow};

use super::quarantine::Shown;
use super::show::standing_terms;
use super::turn::{Step, Turn};
use super::words::headline;

/// After how many seconds somebody is to come again who has too many items waiting for the owner.
const ITEMS_AGAIN_S: u32 = 900;

/// What an act does to its conversation, once it is found fit.
struct Fit {
    row: ConversationRow,
    act: Act,
}

impl Turn<'_, '_> {
    /// Takes in an envelope and gives its receipt. A repeat gets its first receipt, before its age is judged.
    pub fn arrive(&mut self, envelope: &VerifiedEnvelope) -> Step<Receipt> {
        let sender = envelope.from().did;
        if let Some(seen) = seen::get(self.tx, &sender, &envelope.id())? {
            return Ok(if seen.digest == envelope.digest() {
                seen.receipt
            } else {
                self.answer(envelope, Outcome::Refused(Code::ReplayedDifferently), None)
            });
        }
        let contact = contacts::get(self.tx, &sender)?;
        if let Some(receipt) = self.too_often(envelope, contact.as_ref())? {
            return Ok(receipt);
        }
        if let Err(code) = envelope.check_life(self.now) {
            return self.refuse_for_age(envelope, contact.as_ref(), code);
        }
        if contact.as_ref().is_some_and(|contact| envelope.delegation().sequence() < contact.delegation) {
            return Ok(self.answer(envelope, Outcome::Refused(Code::BadDelegation), None));
        }
        match Join::of_envelope(envelope) {
            Ok(Some(join)) => return self.redeem(envelope, contact.as_ref(), &join),
            Ok(None) => {}
            Err(refusal) => return Ok(self.answer(envelope, Outcome::Refused(refusal.code), None)),
        }
        match policy::arrives(&policy::Standing::of(contact.as_ref().map(|row| (row.trust, row.blocked)))) {
            Arrival::Quarantine => self.hold(envelope, Shown::ToOwner),
            Arrival::Drop => self.hold(envelope, Shown::ToNobody),
            Arrival::Accept(clearance) => match contact {
                Some(contact) => self.accept(envelope, &contact, clearance),
                None => self.hold(envelope, Shown::ToOwner),
            },
        }
    }

    /// The refusal of a contact's envelope that is one too many for now. Strangers are counted where they are held.
    fn too_often(&mut self, envelope: &VerifiedEnvelope, contact: Option<&ContactRow>) -> Step<Option<Receipt>> {
        let standing = policy::Standing::of(contact.map(|row| (row.trust, row.blocked)));
        let (Some(contact), Arrival::Accept(_)) = (contact, policy::arrives(&standing)) else { return Ok(None) };
        let counted = self.count_of_contact(contact, envelope.bytes().len())?;
        Ok(counted.err().map(|again_in| Receipt {
            retry_after_s: Some(again_in),
            ..self.answer(envelope, Outcome::Refused(Code::RateLimited), None)
        }))
    }

    /// Asks an envelope to come again, because one before it has to. A repeat gets its first receipt even so.
    pub(super) fn not_yet(&mut self, envelope: &VerifiedEnvelope) -> Step<Receipt> {
        match seen::get(self.tx, &envelope.from().did, &envelope.id())? {
            Some(_) => self.arrive(envelope),
            None => Ok(self.answer(envelope, Outcome::Refused(Code::Busy), None)),
        }
    }

    /// Refuses what came too late or too early. A contact's that came too late stays refused however the clock is turned, so
    /// that both sides settle on the same end; nobody else is told or kept anything.
    fn refuse_for_age(
        &mut self,
        envelope: &VerifiedEnvelope,
        contact: Option<&ContactRow>,
        code: Code,
    ) -> Step<Receipt> {
        let standing = policy::Standing::of(contact.map(|row| (row.trust, row.blocked)));
        match (policy::arrives(&standing), contact) {
            (Arrival::Accept(_), Some(contact)) => {
                if code == Code::NotYetValid {
                    self.note_clock(contact, envelope.timestamp())?;
                }
                self.refuse_contact(envelope, code)
            }
            (Arrival::Accept(_) | Arrival::Quarantine | Arrival::Drop, _) => {
                Ok(self.answer(envelope, Outcome::Refused(code), None))
            }
        }
    }

    /// Refuses a contact's envelope, and says how their conversation stands. What is refused for good stays refused.
    fn refuse_contact(&mut self, envelope: &VerifiedEnvelope, code: Code) -> Step<Receipt> {
        let found = conversations::get(self.tx, &envelope.conversation())?;
        let state = match found.filter(|row| row.with == envelope.from().did) {
            Some(row) => {
                let row = self.up_to_date(row)?;
                self.tells_of_our_rejection(&row)?;
                Some(row.machine.report(self.now))
            }
            None => None,
        };
        let retry_after_s = (code == Code::RateLimited).then_some(ITEMS_AGAIN_S);
        let receipt = Receipt { retry_after_s, ..self.answer(envelope, Outcome::Refused(code), state) };
        if !code.is_passing() {
            self.remember(envelope, &receipt)?;
        }
        Ok(receipt)
    }

    /// Gives a contact's envelope its effect, or the refusal that its conversation has for it.
    pub(super) fn accept(
        &mut self,
        envelope: &VerifiedEnvelope,
        contact: &ContactRow,
        clearance: policy::Clearance,
    ) -> Step<Receipt> {
        self.note_delegation(contact, envelope.delegation().sequence())?;
        let state = match envelope.kind() {
            Kind::Ping => {
                self.card_in(envelope)?;
                None
            }
            Kind::Receipt => {
                self.late_receipts(envelope)?;
                None
            }
            Kind::Message | Kind::Request | Kind::Response | Kind::Confirm | Kind::Reject | Kind::Inform => {
                match self.fit(envelope)? {
                    Ok(fit) => {
                        let report = fit.row.machine.report(self.now);
                        self.take_effect(envelope, contact, fit, clearance)?;
                        Some(report)
                    }
                    Err(code) => return self.refuse_contact(envelope, code),
                }
            }
        };
        let receipt = self.answer(envelope, Outcome::Accepted, state);
        self.remember(envelope, &receipt)?;
        Ok(receipt)
    }

    /// Asks everything that can refuse an act. A contact who has too much waiting is asked to come again.
    fn fit(&mut self, envelope: &VerifiedEnvelope) -> Step<Result<Fit, Code>> {
        let found = match conversations::get(self.tx, &envelope.conversation())? {
            Some(row) => Some(self.up_to_date(row)?),
            None => None,
        };
        let standing = match &found {
            Some(row) if row.with == envelope.from().did => standing_terms(self.tx, self.me.did(), row)?,
            Some(_) | None => None,
        };
        let most = self.me.limits.items_per_contact;
        if found.is_none() && inbox::count_of_contact(self.tx, &envelope.from().did, most)? >= most {
            return Ok(Err(Code::RateLimited));
        }
        Ok(self.fits(envelope, found, standing))
    }

    /// A conversation that has expired is stored so before anybody is told, so that no clock turned back revives it.
    fn up_to_date(&mut self, row: ConversationRow) -> Step<ConversationRow> {
        let machine = row.machine.at(self.now);
        if machine == row.machine {
            return Ok(row);
        }
        let row = ConversationRow { machine, touched_at: self.now, ..row };
        conversations::put(self.tx, &row)?;
        Ok(row)
    }

    fn fits(
        &self,
        envelope: &VerifiedEnvelope,
        found: Option<ConversationRow>,
        standing: Option<Object>,
    ) -> Result<Fit, Code> {
        let act = act_of(envelope).map_err(|refusal| refusal.code)?;
        match (&act, &standing) {
            (Act::Confirm { .. }, Some(terms)) => Approval::check_confirm(envelope, terms).map(drop)?,
            (Act::Offer { .. } | Act::Confirm { .. } | Act::Cancel { .. }, _) => Approval::check(envelope).map(drop)?,
            (Act::Talk | Act::Reject, _) => {}
        }
        let row = match found {
            Some(row) if row.with != envelope.from().did => return Err(Code::NotAParty),
            Some(row) => row,
            None if opens(envelope, &act) => self.opened_by_them(envelope),
            None => return Err(Code::UnknownConversation),
        };
        self.me.limits.budget().check(&act, row.messages, row.opened_at, self.now)?;
        let machine = row.machine.hear(envelope.id(), &act, envelope.expires_at(), self.now)?;
        let (messages, heard) = (row.messages + 1, Heard::Last(envelope.id()));
        Ok(Fit { row: ConversationRow { machine, touched_at: self.now, messages, heard, ..row }, act })
    }

    fn opened_by_them(&self, envelope: &VerifiedEnvelope) -> ConversationRow {
        ConversationRow {
            id: envelope.conversation(),
            with: envelope.from().did,
            intent: envelope.intent().clone(),
            subject: headline(envelope.payload()),
            machine: Conversation::open(Side::Them, self.now),
            opened_at: self.now,
            touched_at: self.now,
            messages: 0,
            heard: Heard::Nothing,
        }
    }

    fn take_effect(
        &mut self,
        envelope: &VerifiedEnvelope,
        contact: &ContactRow,
        fit: Fit,
        clearance: policy::Clearance,
    ) -> Step<()> {
        let Fit { row, act } = fit;
        conversations::put(self.tx, &row)?;
        let cleared = envelope.clone().clear(clearance);
        messages::append(
            self.tx,
            &MessageRow {
                conversation: row.id,
                sender: contact.did,
                id: cleared.id(),
                side: Side::Them,
                digest: cleared.digest(),
                at: self.now,
                cleared: true,
                read_at: None,
                bytes: cleared.bytes().to_vec(),
            },
        )?;
        if let Some(answered) = envelope.in_reply_to() {
            self.answered(&contact.did, &answered)?;
        }
        match act {
            Act::Confirm { .. } | Act::Reject => self.settle_item(&row)?,
            Act::Talk | Act::Offer { .. } => self.raise_incoming(envelope, contact, &row)?,
            Act::Cancel { .. } => self.raise_called_off(envelope, contact, &row)?,
        }
        let phase = row.machine.phase(self.now);
        let says = if matches!(act, Act::Cancel { .. }) { "cancel" } else { envelope.kind().as_str() };
        let detail = format!("{} says {says} in {} ({}): {phase}", contact.name, row.id, row.intent);
        self.tell("arrived", detail, Some(contact.did), Some(row.id));
        Ok(())
    }

    pub(super) fn remember(&mut self, envelope: &VerifiedEnvelope, receipt: &Receipt) -> Step<()> {
        let row = SeenRow {
            digest: envelope.digest(),
            receipt: receipt.clone(),
            keep_until: envelope.expires_at() + ai2ai_protocol::limits::SEEN_KEPT,
        };
        Ok(seen::put(self.tx, &envelope.from().did, &envelope.id(), &row)?)
    }

    pub(super) fn answer(&self, envelope: &VerifiedEnvelope, outcome: Outcome, state: Option<Report>) -> Receipt {
        Receipt {
            id: Some(envelope.id()),
            digest: envelope.digest(),
            outcome,
            retry_after_s: None,
            state,
            at: self.now,
        }
    }

    /// What a stranger and a blocked sender are told alike: that it came. Its time says nothing either.
    pub(super) fn held_receipt(&self, envelope: &VerifiedEnvelope) -> Receipt {
        Receipt { at: envelope.timestamp(), ..self.answer(envelope, Outcome::Held, None) }
    }
}

/// Whether an envelope may open a conversation: it is no answer, and settles nothing.
fn opens(envelope: &VerifiedEnvelope, act: &Act) -> bool {
    let may = matches!(envelope.kind(), Kind::Request | Kind::Message | Kind::Inform) && !act.closes();
    may && envelope.in_reply_to().is_none()
}
