//! The owner's word that an agent key may speak for them, for a time.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::canonical::{Object, to_object};
use crate::code::Code;
use crate::did::Did;
use crate::json_reader::Members;
use crate::key::{OwnerKey, PublicKey, Tag};
use crate::limits::DELEGATION_LIFE;
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// A delegation that its owner's key really signed. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Delegation(Arc<DelegationContent>);

#[derive(PartialEq, Eq)]
struct DelegationContent {
    object: Object,
    did: Did,
    key: PublicKey,
    sequence: u64,
    not_before: Timestamp,
    not_after: Timestamp,
}

impl Delegation {
    /// Lets `key` speak for the owner from `not_before` until just before `not_after`.
    ///
    /// A higher `sequence` replaces every lower one of the same owner, wherever it was seen. An end more than
    /// [`DELEGATION_LIFE`] after the beginning is brought forward to that.
    #[must_use]
    pub fn sign(owner: &OwnerKey, key: &PublicKey, sequence: u64, not_before: Timestamp, not_after: Timestamp) -> Self {
        let not_after = not_after.min(not_before + DELEGATION_LIFE);
        let did = owner.did();
        let key = *key;
        let mut object = to_object(&json!({
            "did": did, "key": key, "sequence": sequence, "not_before": not_before, "not_after": not_after,
        }));
        owner.sign(Tag::Delegation, &mut object);
        Self(Arc::new(DelegationContent { object, did, key, sequence, not_before, not_after }))
    }

    /// Reads a delegation and checks its form, its length and its owner's signature; not the time.
    ///
    /// # Errors
    /// [`Code::Malformed`] with the place of the member, else [`Code::BadDelegation`].
    pub fn read(value: &Value) -> Result<Self, Refusal> {
        let object = value.as_object().ok_or_else(|| Refusal::malformed("", "an object is needed here"))?;
        Self::read_members(&Members::of(object), object, None)
    }

    /// Reads a delegation inside another document. One that is the same as `known` is not checked again.
    pub(crate) fn read_members(members: &Members<'_>, object: &Object, known: Option<&Self>) -> Result<Self, Refusal> {
        if let Some(known) = known.filter(|known| known.object() == object) {
            return Ok(known.clone());
        }
        let delegation = Self::read_form(members, object)?;
        let signed = delegation.did().key().check(Tag::Delegation, object);
        signed.map_err(|error| members.refused(Code::BadDelegation, "signature").because(error))?;
        Ok(delegation)
    }

    /// Reads a delegation whose signature was checked when it first came.
    pub(crate) fn read_form(members: &Members<'_>, object: &Object) -> Result<Self, Refusal> {
        let content = DelegationContent {
            did: members.text("did")?,
            key: members.text("key")?,
            sequence: members.at("sequence")?.count()?,
            not_before: members.text("not_before")?,
            not_after: members.text("not_after")?,
            object: object.clone(),
        };
        if content.not_after.since(content.not_before) > DELEGATION_LIFE {
            return Err(members.refused(Code::BadDelegation, "not_after").because("longer than a delegation may be"));
        }
        Ok(Self(Arc::new(content)))
    }

    /// Returns whose word it is.
    #[must_use]
    pub fn did(&self) -> &Did {
        &self.0.did
    }

    /// The agent key that may speak for them.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.0.key
    }

    /// Returns which of the owner's delegations it is; higher ones replace lower ones.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.0.sequence
    }

    /// From when on it holds.
    #[must_use]
    pub fn not_before(&self) -> Timestamp {
        self.0.not_before
    }

    /// From when on it holds no more.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.0.not_after
    }

    /// Returns whether it holds at this moment.
    #[must_use]
    pub fn covers(&self, at: Timestamp) -> bool {
        self.0.not_before <= at && at < self.0.not_after
    }

    /// The delegation as it stands in documents.
    #[must_use]
    pub fn object(&self) -> &Object {
        &self.0.object
    }

    /// Checks whether it is the one under which `key` speaks for `did` at this moment.
    pub(crate) fn lets_speak(&self, did: &Did, key: &PublicKey, at: Timestamp) -> Result<(), &'static str> {
        if self.did() != did {
            Err("it is of another owner")
        } else if self.key() != key {
            Err("it is for another agent key")
        } else if !self.covers(at) {
            Err("it does not hold at that time")
        } else {
            Ok(())
        }
    }
}

impl fmt::Debug for Delegation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DelegationContent { did, key, sequence, not_before, not_after, .. } = &*self.0;
        write!(f, "Delegation(#{sequence} of {did:?} to {key:?}, {not_before} to {not_after})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::{at, darren, mallory, now};
    use crate::key::AgentKey;
    use std::time::Duration;

    fn changed(delegation: &Delegation, name: &str, value: Value) -> Result<Delegation, Refusal> {
        let mut object = delegation.object().clone();
        object.insert(name.to_owned(), value);
        Delegation::read(&object.into())
    }

    #[test]
    fn what_the_owner_signed_is_read_again() {
        let delegation = darren().sender.delegation;
        let read = Delegation::read(&delegation.object().clone().into()).expect("a good delegation");
        assert_eq!(read, delegation);
        assert_eq!((read.did(), read.key()), (&darren().did(), &darren().sender.key.public()));
        assert!(read.covers(now()));
    }

    #[test]
    fn it_holds_from_its_first_moment_until_just_before_its_last() {
        let delegation = darren().sender.delegation;
        assert!(delegation.covers(delegation.not_before()));
        assert!(!delegation.covers(delegation.not_before() - Duration::from_millis(1)));
        assert!(delegation.covers(delegation.not_after() - Duration::from_millis(1)));
        assert!(!delegation.covers(delegation.not_after()));
    }

    #[test]
    fn nobody_else_can_make_or_change_one() {
        let darren = darren();
        let mallory = mallory();
        let good = &darren.sender.delegation;
        for (name, value) in [
            ("key", json!(mallory.sender.key.public())),
            ("did", json!(mallory.did())),
            ("sequence", json!(9)),
            ("not_before", json!("2025-12-31T23:59:59Z")),
            ("not_after", json!("2026-07-01T00:00:01Z")),
            ("note", json!("not signed")),
            ("signature", json!("AAAA")),
            ("signature", Value::Null),
        ] {
            let refusal = changed(good, name, value).expect_err(name);
            assert_eq!((refusal.code, refusal.place.as_str()), (Code::BadDelegation, "/signature"), "{name}");
        }
    }

    #[test]
    fn a_member_of_the_wrong_form_is_named() {
        let good = darren().sender.delegation;
        for (name, value) in [
            ("key", json!("z6Mk")),
            ("did", json!(null)),
            ("sequence", json!(-1)),
            ("sequence", json!(1.5)),
            ("sequence", json!("1")),
            ("not_after", json!("2026-07-01T00:00")),
        ] {
            let refusal = changed(&good, name, value).expect_err(name);
            assert_eq!((refusal.code, refusal.place), (Code::Malformed, format!("/{name}")));
        }
        assert_eq!(Delegation::read(&json!([])).map_err(|refusal| refusal.code), Err(Code::Malformed));
    }

    #[test]
    fn it_lasts_at_most_a_year() {
        let person = darren();
        let long = Delegation::sign(&person.owner, &person.sender.key.public(), 1, now(), at("2036-01-01T00:00Z"));
        assert_eq!(long.not_after(), now() + DELEGATION_LIFE);
        let mut forever = long.object().clone();
        forever.insert("not_after".to_owned(), json!("2036-01-01T00:00:00Z"));
        person.owner.sign(Tag::Delegation, &mut forever);
        let refusal = Delegation::read(&forever.into()).expect_err("too long");
        assert_eq!((refusal.code, refusal.place.as_str()), (Code::BadDelegation, "/not_after"));
    }

    #[test]
    fn an_agent_key_cannot_delegate_in_its_owners_name() {
        let person = darren();
        let agent = AgentKey::from_seed(&person.sender.key.seed());
        let mut object = person.sender.delegation.object().clone();
        object.insert("sequence".to_owned(), json!(2));
        agent.sign(Tag::Delegation, &mut object);
        assert_eq!(Delegation::read(&object.into()).map_err(|refusal| refusal.code), Err(Code::BadDelegation));
    }
}
