//! The mailbox: a volunteer that keeps sealed envelopes for somebody who is away, and sees whom they are for, and no more.
//!
//! A recipient *claims* a place, anybody *deposits*, and the node that claimed *collects*. What a volunteer says is believed for
//! nothing but this: that it said so. A sender keeps its message until the recipient's own receipt comes.

mod claim;
mod custody;
mod place;
mod request;
#[cfg(test)]
mod tests;

use serde_json::json;

use crate::batch::how_many_beside;
use crate::canonical::canonical;
use crate::json_reader::{Members, VERSION};
use crate::limits::{BATCH_BYTES, BATCH_ENVELOPES, MAILBOX_ANSWER_BYTES};
use crate::refusal::Refusal;
use crate::seal::Sealed;
use crate::service::answer;
use crate::time::Timestamp;

pub use claim::PlaceClaim;
pub use custody::{Custody, Deposited};
pub use place::{HeldMail, Place, PlaceError, has_room, until};
pub use request::{Collect, Deposit, MailboxRequest};

/// Bytes of a handover with nothing in it, and more.
const FRAME_BYTES: usize = 256;

/// A mailbox's answer to whoever claimed a place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantedPlace {
    /// Until when the place lasts, unless it is claimed again.
    pub until: Timestamp,
    /// Number of envelopes that wait in it.
    pub waiting: u64,
}

impl GrantedPlace {
    /// The answer to a claim.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let Self { until, waiting } = self;
        canonical(&json!({ "ai2ai": VERSION, "type": "mailbox_place", "until": until, "waiting": waiting }))
    }

    /// Reads the answer to a claim.
    ///
    /// # Errors
    /// [`Refusal`]: what the mailbox refuses with, or why this is no answer.
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let object = answer(bytes, MAILBOX_ANSWER_BYTES, "mailbox_place")?;
        let root = Members::of(&object);
        Ok(Self { until: root.text("until")?, waiting: root.at("waiting")?.count()? })
    }
}

/// Envelopes that a mailbox hands over: the oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    /// The envelopes, from 0 to [`BATCH_ENVELOPES`].
    pub sealed: Vec<Sealed>,
    /// The place of the last one in the order of arrival; what comes after it is asked for by this number.
    pub last: u64,
    /// Number of envelopes after these.
    pub more: u64,
}

impl Handover {
    /// Returns how many of the envelopes of these sizes, from the first on, fit into one answer.
    #[must_use]
    pub fn how_many_fit(sizes: impl Iterator<Item = usize>) -> usize {
        how_many_beside(FRAME_BYTES, sizes)
    }

    /// The answer to a [`Collect`], of sealed envelopes in their canonical form: as many as [`Handover::how_many_fit`].
    #[must_use]
    pub fn write(sealed: &[Vec<u8>], last: u64, more: u64) -> Vec<u8> {
        let mut bytes = format!(r#"{{"ai2ai":"{VERSION}","last":{last},"more":{more},"sealed":["#).into_bytes();
        bytes.extend(sealed.join(&b','));
        bytes.extend(br#"],"type":"mailbox_batch"}"#);
        bytes
    }

    /// Reads what a mailbox hands over. What is no sealed envelope is left out: a volunteer kept none that was not.
    ///
    /// # Errors
    /// As for [`GrantedPlace::read`].
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let object = answer(bytes, BATCH_BYTES, "mailbox_batch")?;
        let root = Members::of(&object);
        let sealed = root.list("sealed", BATCH_ENVELOPES, |item| Ok(Sealed::read(item.value()).ok()))?;
        let last = root.at("last")?.count()?;
        let more = root.at("more")?.count()?;
        Ok(Self { sealed: sealed.into_iter().flatten().collect(), last, more })
    }
}
