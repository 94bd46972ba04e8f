//! Envelopes from outside: what must be true before one is believed.

use std::ops::Deref;

use crate::canonical::{Object, canonical, read_object};
use crate::code::Code;
use crate::delegation::Delegation;
use crate::did::Did;
use crate::json_reader::Members;
use crate::key::Tag;
use crate::limits::{CLOCK_SKEW, ENVELOPE_BYTES, ENVELOPE_LIFE};
use crate::refusal::Refusal;
use crate::time::Timestamp;

use super::Content;
use super::content::Form;

/// An envelope whose agent key really signed it, under its owner's delegation, for whom it says.
///
/// Verified is not yet wanted: who may say what is the policy's question, and how old it is [`Self::check_life`]'s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedEnvelope(Content);

/// Verifies an envelope that came in for `me`: its form, its addressee, its delegation and its signature.
///
/// No clock is asked: an old envelope verifies as long as its delegation held when it was signed.
///
/// # Errors
/// [`Refusal`] with the first thing that is wrong: [`Code::TooLarge`], [`Code::TooDeep`], [`Code::Malformed`],
/// [`Code::UnsupportedVersion`], [`Code::WrongRecipient`], [`Code::BadDelegation`], [`Code::BadSignature`].
pub fn verify(bytes: &[u8], me: &Did) -> Result<VerifiedEnvelope, Refusal> {
    check(bytes, Some(me), None)
}

/// Verifies like [`verify`], without checking the delegation again when it is the same as `known`.
///
/// # Errors
/// As [`verify`].
pub fn verify_with(bytes: &[u8], me: &Did, known: Option<&Delegation>) -> Result<VerifiedEnvelope, Refusal> {
    check(bytes, Some(me), known)
}

/// Verifies an envelope between any two people, such as one in an agreement.
///
/// # Errors
/// As [`verify`], save [`Code::WrongRecipient`].
pub fn verify_any(bytes: &[u8]) -> Result<VerifiedEnvelope, Refusal> {
    check(bytes, None, None)
}

fn check(bytes: &[u8], me: Option<&Did>, known: Option<&Delegation>) -> Result<VerifiedEnvelope, Refusal> {
    check_object(bytes, read_object(bytes, ENVELOPE_BYTES)?, me, known)
}

/// Verifies an envelope that was read as a member of another document, strictly and within its bounds.
pub(crate) fn verify_member(object: Object) -> Result<VerifiedEnvelope, Refusal> {
    check_object(&canonical(&object), object, None, None)
}

fn check_object(
    bytes: &[u8],
    object: Object,
    me: Option<&Did>,
    known: Option<&Delegation>,
) -> Result<VerifiedEnvelope, Refusal> {
    let form = Form::read(&Members::of(&object))?;
    if me.is_some_and(|me| *me != form.to.did) {
        return Err(Refusal::new(Code::WrongRecipient, "/to/did"));
    }
    let delegation = check_delegation(&object, &form, known)?;
    let signed = form.from.key.check(Tag::Envelope, &object);
    signed.map_err(|error| Refusal::new(Code::BadSignature, "/signature").because(error))?;
    Ok(VerifiedEnvelope(Content::assemble(bytes, object, form, delegation)))
}

/// The delegation that an envelope carries, if it lets the sender's key speak at the envelope's time.
fn check_delegation(object: &Object, form: &Form, known: Option<&Delegation>) -> Result<Delegation, Refusal> {
    let refused = |reason: &str| Refusal::new(Code::BadDelegation, "/delegation").because(reason);
    let root = Members::of(object);
    let item = root.maybe("delegation").ok_or_else(|| refused("it is missing"))?;
    let delegation = Delegation::read_members(&item.members()?, item.object()?, known)?;
    delegation.lets_speak(&form.from.did, &form.from.key, form.timestamp).map_err(refused)?;
    Ok(delegation)
}

impl VerifiedEnvelope {
    /// Checks that it is of this time. Repeats are answered before this is asked.
    ///
    /// # Errors
    /// [`Code::LifeTooLong`] when it could outlive the replay table, [`Code::NotYetValid`] when its time lies further
    /// ahead than clocks differ, [`Code::Expired`] from `expires_at` on.
    pub fn check_life(&self, now: Timestamp) -> Result<(), Code> {
        if self.expires_at().since(self.timestamp()) > ENVELOPE_LIFE {
            Err(Code::LifeTooLong)
        } else if self.timestamp() > now + CLOCK_SKEW {
            Err(Code::NotYetValid)
        } else if now >= self.expires_at() {
            Err(Code::Expired)
        } else {
            Ok(())
        }
    }

    pub(crate) fn into_content(self) -> Content {
        self.0
    }
}

impl Deref for VerifiedEnvelope {
    type Target = Content;

    fn deref(&self) -> &Content {
        &self.0
    }
}
