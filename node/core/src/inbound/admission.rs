//! Admission: a stranger becomes a contact, by the owner's word or by an invite, and what they sent before is let in.

use ai2ai_api::audit::AuditFactor;
use ai2ai_api::event_name::EventName;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::envelope::{VerifiedEnvelope, verify};
use ai2ai_protocol::invite::{Join, Redeemed};
use ai2ai_protocol::policy::Clearance;
use ai2ai_protocol::receipt::{self, Outcome, Receipt};
use ai2ai_protocol::trust::Trust;
use ai2ai_store::contacts::ContactRow;
use ai2ai_store::{inbox, quarantine};

use crate::content::Words;
use crate::inbound::{accept, replay};
use crate::outbound::compose;
use crate::people::contacts::{self, Introduction};
use crate::people::{cards, invites};
use crate::txn::{Step, Txn};

/// Makes someone a contact at level *known*, under the owner's name for them, and lets in what they sent before.
///
/// # Errors
/// `name_taken` or `own_identity`; or the database failed.
pub fn admit(txn: &mut Txn<'_, '_>, introduction: &Introduction, name: Option<String>) -> Step<ContactRow> {
    admit_with_factor(txn, introduction, name, &AuditFactor::Typed)
}

fn admit_with_factor(
    txn: &mut Txn<'_, '_>,
    introduction: &Introduction,
    name: Option<String>,
    factor: &AuditFactor,
) -> Step<ContactRow> {
    let row = contacts::add(txn, introduction, name, factor)?;
    release(txn, &row)?;
    Ok(row)
}

/// Takes in what somebody brings who says that they were invited. Nothing is kept of a secret that is none.
///
/// # Errors
/// When the database fails.
pub(crate) fn redeem(
    txn: &mut Txn<'_, '_>,
    envelope: &VerifiedEnvelope,
    contact: Option<&ContactRow>,
    join: &Join,
) -> Step<Receipt> {
    let void = replay::answer(txn, envelope, Outcome::Refused(Code::InviteInvalid), None);
    if let Err(code) = join.card.check_current(txn.now) {
        return Ok(replay::answer(txn, envelope, Outcome::Refused(code), None));
    }
    if contact.is_some_and(|contact| contact.blocked) {
        return Ok(void);
    }
    let mut open = invites::invites(txn)?;
    match (open.redeem(&join.secret, &envelope.from().did, txn.now), contact) {
        (Err(_), _) | (Ok(Redeemed::Before), None) => return Ok(void),
        (Ok(Redeemed::Before), Some(_)) => {}
        (Ok(Redeemed::Now(name)), contact) => {
            add_guest(txn, &join.card, contact, name)?;
            invites::keep_invites(txn, &open)?;
        }
    }
    let receipt = replay::answer(txn, envelope, Outcome::Accepted, None);
    replay::remember(txn, envelope, &receipt)?;
    Ok(receipt)
}

/// Makes whoever was invited a contact. Whom the owner knows already stays as the owner has them.
fn add_guest(txn: &mut Txn<'_, '_>, card: &Card, contact: Option<&ContactRow>, name: Option<String>) -> Step<()> {
    let is_known = contact.is_some_and(|contact| contact.trust != Trust::None);
    if is_known {
        cards::learn(txn, card)?;
    } else {
        let name = match contact {
            Some(_) => None,
            None => Some(contacts::free_name(txn, card.did(), name.unwrap_or_else(|| card.human().to_string()))?),
        };
        let addresses = contact.map(|contact| contact.addresses.clone()).unwrap_or_default();
        let introduction =
            Introduction { card: card.clone(), met: "invite".to_owned(), addresses, domain: None, dnssec: None };
        admit_with_factor(txn, &introduction, name, &AuditFactor::Invite)?;
    }
    let detail = format!("{} ({}) took your invite, and is a contact now", card.human(), card.did());
    txn.tell(EventName::Joined, detail, Some(*card.did()), None);
    Ok(())
}

/// Lets in what a new contact sent while they were a stranger, and tells them what became of it.
fn release(txn: &mut Txn<'_, '_>, contact: &ContactRow) -> Step<()> {
    for item in inbox::of_contact(txn.tx, &contact.did)? {
        if item.kind == inbox::ItemKind::ContactRequest {
            inbox::remove(txn.tx, &item.id)?;
        }
    }
    let waiting = quarantine::of(txn.tx, &contact.did)?;
    quarantine::remove_of(txn.tx, &contact.did)?;
    let mut receipts = Vec::new();
    let now = txn.now;
    for row in waiting.iter().filter(|row| row.expires_at > now) {
        let Ok(envelope) = verify(&row.bytes, txn.me.did()) else { continue };
        receipts.push(accept::accept(txn, &envelope, contact, Clearance::by_owner())?);
    }
    if receipts.is_empty() {
        return Ok(());
    }
    let words = Words::receipts(receipt::to_payload(&receipts));
    let conversation = txn.new_conversation();
    compose::post(txn, contact, conversation, words)?;
    Ok(())
}
