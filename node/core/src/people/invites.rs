//! Invites, on the inviter's side: made by the owner, and redeemed once, by whoever brings the secret first.

use std::time::Duration;

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_protocol::card::Card;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::envelope::VerifiedEnvelope;
use ai2ai_protocol::invite::{Invites, Join, Redeemed, Secret};
use ai2ai_protocol::limits::{INVITE_LIFE, INVITE_LIFE_DEFAULT};
use ai2ai_protocol::receipt::{Outcome, Receipt};
use ai2ai_protocol::time::Timestamp;
use ai2ai_protocol::trust::Trust;
use ai2ai_store::contacts::ContactRow;
use ai2ai_store::meta;

use crate::audit;
use crate::inbound::replay;
use crate::people::contacts::{self, Introduction};
use crate::txn::{Step, Txn};

/// Key under which the open invites are stored.
const KEPT: &str = "invites";
/// Hours that an invite may last.
const HOURS: u64 = INVITE_LIFE.as_secs() / 3_600;

/// An invite that was made: whoever brings the secret before its end is let in, once.
#[derive(Debug)]
pub struct Offered {
    /// The secret.
    pub secret: Secret,
    /// The end of the invite.
    pub expires_at: Timestamp,
}

/// Lifetime of an invite, where its owner names so many hours.
///
/// # Errors
/// `usage`: no time at all, or more than an invite may last.
pub fn life(hours: Option<u32>) -> Result<Duration, Failure> {
    let life = hours.map_or(INVITE_LIFE_DEFAULT, |hours| Duration::from_secs(3_600 * u64::from(hours)));
    if life.is_zero() || life > INVITE_LIFE {
        let message = format!("an invite lasts between 1 and {HOURS} hours");
        return Err(Failure::new(Exit::Usage, ErrorCode::Usage, message));
    }
    Ok(life)
}

/// Makes an invite that lasts so long. Whoever takes it is called by this name, if there is one.
///
/// # Errors
/// `too_many_invites`; or the database failed.
pub fn offer(txn: &mut Txn<'_, '_>, name: Option<String>, life: Duration) -> Step<Offered> {
    let expires_at = (txn.now + life).whole_second();
    let bytes = txn.secret();
    let secret = Secret::from_bytes(*bytes.first_chunk().expect("a secret of the dice has 32 bytes"));
    let mut invites = invites(txn)?;
    invites.offer(&secret, name, expires_at, txn.now).map_err(|error| {
        Failure::new(Exit::Refused, ErrorCode::TooManyInvites, error.to_string())
            .hint("take them back with `ai2ai invite --cancel`, or wait for one to end")
    })?;
    keep_invites(txn, &invites)?;
    audit::record(txn, "invite", None, None, "typed", "done")?;
    Ok(Offered { secret, expires_at })
}

/// Makes every invite void, and says how many were still open.
///
/// # Errors
/// When the database fails.
pub fn cancel_all(txn: &mut Txn<'_, '_>) -> Step<usize> {
    let mut invites = invites(txn)?;
    let open = invites.cancel(txn.now);
    keep_invites(txn, &invites)?;
    audit::record(txn, "cancel_invites", None, None, "typed", "done")?;
    Ok(open)
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
    let mut invites = invites(txn)?;
    match (invites.redeem(&join.secret, &envelope.from().did, txn.now), contact) {
        (Err(_), _) | (Ok(Redeemed::Before), None) => return Ok(void),
        (Ok(Redeemed::Before), Some(_)) => {}
        (Ok(Redeemed::Now(name)), contact) => {
            add_guest(txn, &join.card, contact, name)?;
            keep_invites(txn, &invites)?;
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
        contacts::learn(txn, card)?;
    } else {
        let name = match contact {
            Some(_) => None,
            None => Some(contacts::free_name(txn, card.did(), name.unwrap_or_else(|| card.human().to_string()))?),
        };
        let addresses = contact.map(|contact| contact.addresses.clone()).unwrap_or_default();
        let introduction =
            Introduction { card: card.clone(), met: "invite".to_owned(), addresses, domain: None, dnssec: None };
        contacts::add_with_factor(txn, &introduction, name, "invite")?;
    }
    let detail = format!("{} ({}) took your invite, and is a contact now", card.human(), card.did());
    txn.tell("joined", detail, Some(*card.did()), None);
    Ok(())
}

fn invites(txn: &Txn<'_, '_>) -> Step<Invites> {
    let text = meta::get(txn.tx, KEPT)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

fn keep_invites(txn: &Txn<'_, '_>, invites: &Invites) -> Step<()> {
    Ok(meta::put(txn.tx, KEPT, &serde_json::to_string(invites).unwrap_or_default())?)
}
