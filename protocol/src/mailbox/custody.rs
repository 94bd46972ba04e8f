//! A custody receipt: a volunteer signs what it keeps. It proves that it said so, and nothing about delivery.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::claim::peer;
use crate::canonical::{canonical, to_object};
use crate::code::Code;
use crate::did::Did;
use crate::digest::Digest;
use crate::json_reader::{Item, Members, VERSION};
use crate::key::{NodeKey, PublicKey, Tag};
use crate::limits::{BATCH_ENVELOPES, MAILBOX_ANSWER_BYTES};
use crate::refusal::Refusal;
use crate::service::answer;
use crate::time::Timestamp;

/// The outcome of one sealed envelope of a deposit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deposited {
    /// The digest of the sealed envelope.
    pub digest: Digest,
    /// The outcome: kept, or the reason why not.
    pub outcome: Result<(), Code>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CustodyStatus {
    Kept,
    Refused,
}

/// A volunteer's signed word about one deposit.
#[derive(Clone, PartialEq, Eq)]
pub struct Custody {
    /// The volunteer's libp2p peer id.
    pub mailbox: String,
    /// For whom it keeps them.
    pub to: Did,
    /// The time at which it said so, by its clock.
    pub at: Timestamp,
    /// Until when it keeps them, unless they are collected before.
    pub until: Timestamp,
    /// The outcome of each envelope, in the order of the deposit.
    pub receipts: Vec<Deposited>,
}

impl Custody {
    /// Signs the receipt with the node key of the volunteer, whose peer id is named in it.
    #[must_use]
    pub fn sign(key: &NodeKey, to: Did, receipts: &[Deposited], at: Timestamp, until: Timestamp) -> Vec<u8> {
        let receipts: Vec<_> = receipts.iter().map(written).collect();
        let mut object = to_object(&json!({
            "ai2ai": VERSION,
            "type": "custody",
            "mailbox": key.public().to_peer(),
            "to": to,
            "at": at,
            "until": until,
            "receipts": receipts,
        }));
        key.sign(Tag::Custody, &mut object);
        canonical(&object)
    }

    /// Reads what the volunteer of the peer id `mailbox` answered to a deposit for `to`.
    ///
    /// # Errors
    /// [`Refusal`]: what it refuses the whole deposit with, or why its answer is not to be believed.
    pub fn read(bytes: &[u8], mailbox: &str, to: &Did) -> Result<Self, Refusal> {
        let object = answer(bytes, MAILBOX_ANSWER_BYTES, "custody")?;
        let root = Members::of(&object);
        let by: String = peer(&root, "mailbox")?;
        let whose: Did = root.text("to")?;
        let at = root.text("at")?;
        let until = root.text("until")?;
        let receipts = root.list("receipts", BATCH_ENVELOPES, |item| read_deposited(&item))?;
        if by != mailbox || whose != *to {
            return Err(root.refused(Code::BadSignature, "mailbox").because("it is about something else"));
        }
        let key = PublicKey::of_peer(&by).ok_or_else(|| root.malformed("mailbox", "an Ed25519 key is needed here"))?;
        let signed = key.check(Tag::Custody, &object);
        signed.map_err(|error| root.refused(Code::BadSignature, "signature").because(error))?;
        Ok(Self { mailbox: by, to: whose, at, until, receipts })
    }

    /// Returns whether it says that this very sealed envelope is kept.
    #[must_use]
    pub fn keeps(&self, digest: &Digest) -> bool {
        self.receipts.iter().any(|one| one.digest == *digest && one.outcome.is_ok())
    }
}

fn written(one: &Deposited) -> serde_json::Value {
    match one.outcome {
        Ok(()) => json!({ "digest": one.digest, "status": CustodyStatus::Kept }),
        Err(code) => json!({ "digest": one.digest, "status": CustodyStatus::Refused, "code": code }),
    }
}

fn read_deposited(item: &Item<'_>) -> Result<Deposited, Refusal> {
    let one = item.members()?;
    let digest = one.text("digest")?;
    let status = one.at("status")?;
    let status = CustodyStatus::deserialize(status.value()).map_err(|_| status.malformed("`kept` or `refused`"))?;
    let outcome = match status {
        CustodyStatus::Kept => Ok(()),
        CustodyStatus::Refused => {
            let code = one.at("code")?.value().clone();
            Err(serde_json::from_value(code).unwrap_or(Code::Internal))
        }
    };
    Ok(Deposited { digest, outcome })
}

impl fmt::Debug for Custody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Custody({} entries for {:?} by {})", self.receipts.len(), self.to, self.mailbox)
    }
}
