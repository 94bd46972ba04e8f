//! A claim: the owner of an identity says to one volunteer, through one node, that its mail is to be kept there.

use serde_json::json;

use crate::canonical::{Object, to_object};
use crate::code::Code;
use crate::delegation::Delegation;
use crate::did::Did;
use crate::envelope::Sender;
use crate::json_reader::{Item, Members, VERSION};
use crate::key::{PublicKey, Tag};
use crate::limits::{CLOCK_SKEW, PEER_CHARS};
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// A claim whose signatures hold. It is good at one volunteer, from one node, for some minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceClaim {
    did: Did,
    delegation: Delegation,
    peer: String,
    mailbox: String,
    timestamp: Timestamp,
}

impl PlaceClaim {
    /// Claims a place for the mail of `from` in the mailbox of the libp2p peer `mailbox`, to be collected by the peer `peer`.
    #[must_use]
    pub fn sign(from: &Sender, peer: &str, mailbox: &str, now: Timestamp) -> Object {
        let mut object = to_object(&json!({
            "ai2ai": VERSION,
            "type": "mailbox_claim",
            "from": { "did": from.did, "key": from.key.public() },
            "delegation": from.delegation.object(),
            "peer": peer,
            "mailbox": mailbox,
            "timestamp": now,
        }));
        from.key.sign(Tag::Claim, &mut object);
        object
    }

    /// Reads a claim and checks its signatures; neither the clock nor for whom it is.
    ///
    /// # Errors
    /// [`Code::Malformed`], [`Code::UnsupportedVersion`], [`Code::BadDelegation`] or [`Code::BadSignature`], with the place.
    pub(super) fn read(item: &Item<'_>) -> Result<Self, Refusal> {
        let object = item.object()?;
        let root = item.members()?;
        root.check_version()?;
        root.check_type("mailbox_claim")?;
        let from = root.at("from")?;
        let from = from.members()?;
        let did: Did = from.text("did")?;
        let key: PublicKey = from.text("key")?;
        let node = peer(&root, "peer")?;
        let mailbox = peer(&root, "mailbox")?;
        let timestamp = root.text("timestamp")?;
        let refused = |reason: &str| root.refused(Code::BadDelegation, "delegation").because(reason);
        let delegation = root.maybe("delegation").ok_or_else(|| refused("it is missing"))?;
        let delegation = Delegation::read_members(&delegation.members()?, delegation.object()?, None)?;
        delegation.lets_speak(&did, &key, timestamp).map_err(refused)?;
        let signed = key.check(Tag::Claim, object);
        signed.map_err(|error| root.refused(Code::BadSignature, "signature").because(error))?;
        Ok(Self { did, delegation, peer: node, mailbox, timestamp })
    }

    /// Checks whether it counts for the volunteer `me`, to which the peer `from` has brought it at this moment.
    ///
    /// # Errors
    /// [`Code::WrongRecipient`] when it is for another volunteer or another node brought it; [`Code::Expired`] or
    /// [`Code::NotYetValid`] when it is further from now than clocks differ.
    pub fn check(&self, me: &str, from: &str, now: Timestamp) -> Result<(), Code> {
        if self.mailbox != me || self.peer != from {
            Err(Code::WrongRecipient)
        } else if now.since(self.timestamp) > CLOCK_SKEW {
            Err(Code::Expired)
        } else if self.timestamp.since(now) > CLOCK_SKEW {
            Err(Code::NotYetValid)
        } else {
            Ok(())
        }
    }

    /// Returns whose mail it is about.
    #[must_use]
    pub fn did(&self) -> &Did {
        &self.did
    }

    /// The owner's word for the agent that signed it.
    #[must_use]
    pub fn delegation(&self) -> &Delegation {
        &self.delegation
    }

    /// The libp2p peer that is to collect.
    #[must_use]
    pub fn peer(&self) -> &str {
        &self.peer
    }

    /// Returns when it was signed.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }
}

/// A libp2p peer id, as it stands in documents.
pub(super) fn peer(members: &Members<'_>, name: &'static str) -> Result<String, Refusal> {
    let item = members.at(name)?;
    let text = item.str()?;
    let is_one = (1..=PEER_CHARS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_one { Ok(text.to_owned()) } else { Err(item.malformed("a libp2p peer id is needed here")) }
}
