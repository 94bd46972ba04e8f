//! The human's word: an approval of exactly these terms, in this conversation, with this person, for this act.
//!
//! Whoever puts terms on the table, confirms them, or calls off what was agreed sends one along, and the receiving side checks it. By the owner:
//! `{"by":"owner","did","act","with","conversation","terms","at","signature"}`, signed by the owner key. By a mandate:
//! `{"by":"mandate","mandate":{…}}`; that is bound to the act by the envelope's own signature, which covers it. No mandate
//! covers calling off: only the owner does that.

use serde_json::{Value, json};

use crate::canonical::{Object, to_object};
use crate::code::Code;
use crate::conversation::Act;
use crate::did::Did;
use crate::digest::TermsHash;
use crate::envelope::{Content, Kind};
use crate::id::{ConversationId, MandateId};
use crate::json_reader::Members;
use crate::key::{OwnerKey, Tag};
use crate::limits::CLOCK_SKEW;
use crate::mandate::{Mandate, Use, only};
use crate::refusal::Refusal;
use crate::terms::{self, act_of};
use crate::time::Timestamp;

/// The matter that an owner approves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApprovalOf {
    /// The act: the `type` of the envelope that carries the approval.
    pub act: Kind,
    /// The other person.
    pub with: Did,
    /// The conversation.
    pub conversation: ConversationId,
    /// The terms.
    pub terms: TermsHash,
    /// The time.
    pub at: Timestamp,
}

/// An approval that was checked against the envelope that carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Approval {
    /// The one who approved.
    pub by: ApprovedBy,
    /// The terms.
    pub terms: TermsHash,
    /// The time: the owner's moment, or for a mandate that of the envelope.
    pub at: Timestamp,
}

/// The approver of an act: the human themselves, or their rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovedBy {
    /// The human, this once.
    Owner,
    /// The human, ahead of time, by this mandate.
    Mandate(MandateId),
}

impl ApprovedBy {
    /// `owner` or `mandate`, as approvals write it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Mandate(_) => "mandate",
        }
    }
}

impl Approval {
    /// The owner approves: the member `approval` of the envelope that this is for.
    #[must_use]
    pub fn sign(owner: &OwnerKey, of: &ApprovalOf) -> Object {
        let mut object = to_object(&json!({
            "by": "owner", "did": owner.did(), "act": of.act, "with": of.with, "conversation": of.conversation,
            "terms": of.terms, "at": of.at,
        }));
        owner.sign(Tag::Approval, &mut object);
        object
    }

    /// The owner's mandate approves: the member `approval` of an envelope that the mandate covers.
    #[must_use]
    pub fn by_mandate(mandate: &Mandate) -> Object {
        to_object(&json!({ "by": "mandate", "mandate": mandate.object() }))
    }

    /// Checks the approval of an envelope that puts terms on the table, confirms them or calls them off.
    ///
    /// A confirm names its terms only by their hash, so one by mandate needs [`Self::check_confirm`].
    ///
    /// # Errors
    /// [`Code::ApprovalMissing`], [`Code::ApprovalInvalid`] when it is forged, somebody else's or for something else,
    /// [`Code::OutsideMandate`]; [`Code::Malformed`] for an envelope that binds nobody, and needs none.
    pub fn check(envelope: &Content) -> Result<Self, Code> {
        Self::check_about(envelope, envelope.payload().get("terms").and_then(Value::as_object))
    }

    /// Checks the approval of a confirm of these terms: those that stand.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn check_confirm(envelope: &Content, terms: &Object) -> Result<Self, Code> {
        Self::check_about(envelope, Some(terms))
    }

    fn check_about(envelope: &Content, terms: Option<&Object>) -> Result<Self, Code> {
        let act = act_of(envelope).map_err(|refusal| refusal.code)?;
        let hash = act.binds().ok_or(Code::Malformed)?;
        let terms = terms.filter(|_| !matches!(act, Act::Cancel { .. }));
        let approval = envelope.approval().ok_or(Code::ApprovalMissing)?;
        match approval.get("by").and_then(Value::as_str) {
            Some("owner") => check_owners(approval, envelope, hash),
            Some("mandate") => check_mandates(approval, envelope, hash, terms),
            Some(_) | None => Err(Code::ApprovalInvalid),
        }
    }
}

fn check_owners(approval: &Object, envelope: &Content, terms: TermsHash) -> Result<Approval, Code> {
    let of = read(approval).map_err(|_| Code::ApprovalInvalid)?;
    let did = envelope.from().did;
    let meant = ApprovalOf {
        act: envelope.kind(),
        with: envelope.to().did,
        conversation: envelope.conversation(),
        terms,
        at: of.at,
    };
    let in_time = of.at <= envelope.timestamp() + CLOCK_SKEW;
    if of != meant || !in_time || approval.get("did").and_then(Value::as_str) != Some(&did.to_string()) {
        return Err(Code::ApprovalInvalid);
    }
    did.key().check(Tag::Approval, approval).map_err(|_| Code::ApprovalInvalid)?;
    Ok(Approval { by: ApprovedBy::Owner, terms, at: of.at })
}

fn read(approval: &Object) -> Result<ApprovalOf, Refusal> {
    only(approval, &["by", "did", "act", "with", "conversation", "terms", "at", "signature"])?;
    let members = Members::of(approval);
    let act = members.at("act")?;
    let act: &str = act.str()?;
    let binding =
        [Kind::Request, Kind::Response, Kind::Confirm, Kind::Inform].into_iter().find(|kind| kind.as_str() == act);
    Ok(ApprovalOf {
        act: binding.ok_or_else(|| members.malformed("act", "no approval is needed for it"))?,
        with: members.text("with")?,
        conversation: members.text("conversation")?,
        terms: members.text("terms")?,
        at: members.text("at")?,
    })
}

/// Checks the limits of a mandate, except how often it was used today, which only its owner's node knows.
fn check_mandates(
    approval: &Object,
    envelope: &Content,
    hash: TermsHash,
    terms: Option<&Object>,
) -> Result<Approval, Code> {
    only(approval, &["by", "mandate"]).map_err(|_| Code::ApprovalInvalid)?;
    let mandate = approval.get("mandate").ok_or(Code::ApprovalInvalid)?;
    let mandate = Mandate::read(mandate).map_err(|_| Code::ApprovalInvalid)?;
    if *mandate.did() != envelope.from().did {
        return Err(Code::ApprovalInvalid);
    }
    let terms = terms.filter(|terms| terms::hash(terms) == hash).ok_or(Code::OutsideMandate)?;
    let intent = envelope.intent();
    let with = &envelope.to().did;
    let at = envelope.timestamp();
    let what = Use { intent, with, terms: Some(terms), at, used: 0 };
    mandate.covers(&what).map_err(|_| Code::OutsideMandate)?;
    Ok(Approval { by: ApprovedBy::Mandate(mandate.of().id), terms: hash, at })
}

#[cfg(test)]
mod tests;
