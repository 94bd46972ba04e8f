//! Requests to a mailbox: to claim a place, to deposit, to collect.

use serde_json::json;

use super::claim::PlaceClaim;
use crate::batch::{BatchEntry, how_many_beside};
use crate::canonical::{Object, canonical, read_object};
use crate::code::Code;
use crate::did::Did;
use crate::digest::Digest;
use crate::json_reader::{Members, VERSION};
use crate::limits::{BATCH_BYTES, BATCH_ENVELOPES};
use crate::refusal::Refusal;
use crate::seal::Sealed;

/// Bytes of a deposit with nothing in it, and more.
const FRAME_BYTES: usize = 256;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailboxRequest {
    /// Keep my mail.
    Claim(Box<PlaceClaim>),
    /// Keep this for somebody.
    Deposit(Deposit),
    /// Give me my mail.
    Collect(Collect),
}

/// Sealed envelopes for one recipient. It says nothing about whom they are from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deposit {
    /// The recipient.
    pub to: Did,
    /// The envelopes, from 1 to [`BATCH_ENVELOPES`]; or why one is none.
    pub sealed: Vec<BatchEntry>,
}

/// Asks for what waits, and lets go of what has been taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collect {
    /// Owner of the mail.
    pub did: Did,
    /// Envelopes that are no longer needed there, at most [`BATCH_ENVELOPES`].
    pub done: Vec<Digest>,
    /// Only what came after this place in the order of arrival; 0 for the oldest.
    pub after: u64,
}

impl MailboxRequest {
    /// Reads a request, each entry of a deposit for itself. A claim's signatures are checked.
    ///
    /// # Errors
    /// [`Refusal`] with the first thing that is wrong.
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let object = read_object(bytes, BATCH_BYTES)?;
        let root = Members::of(&object);
        root.check_version()?;
        let kind = root.at("type")?;
        match kind.str()? {
            "mailbox_register" => Ok(Self::Claim(Box::new(PlaceClaim::read(&root.at("claim")?)?))),
            "mailbox_deposit" => Deposit::read(&root).map(Self::Deposit),
            "mailbox_collect" => Collect::read(&root).map(Self::Collect),
            _ => Err(kind.malformed("no request of a mailbox")),
        }
    }

    /// The request that brings a claim.
    #[must_use]
    pub fn register(claim: &Object) -> Vec<u8> {
        canonical(&json!({ "ai2ai": VERSION, "type": "mailbox_register", "claim": claim }))
    }
}

impl Deposit {
    /// Returns how many of these, from the first on, fit into one deposit.
    #[must_use]
    pub fn how_many_fit(sealed: &[Sealed]) -> usize {
        how_many_beside(FRAME_BYTES, sealed.iter().map(Sealed::size))
    }

    /// The request that deposits these for `to`: as many as [`Deposit::how_many_fit`], and at least one.
    #[must_use]
    pub fn write(to: &Did, sealed: &[Sealed]) -> Vec<u8> {
        let sealed: Vec<Object> = sealed.iter().map(Sealed::object).collect();
        canonical(&json!({ "ai2ai": VERSION, "type": "mailbox_deposit", "to": to, "sealed": sealed }))
    }

    fn read(root: &Members<'_>) -> Result<Self, Refusal> {
        let to: Did = root.text("to")?;
        let sealed = root.list("sealed", BATCH_ENVELOPES, |item| {
            let digest = |refusal: Refusal| (Digest::of(&canonical(item.value())), refusal);
            let other = || digest(item.refused(Code::WrongRecipient));
            let sealed = Sealed::read(item.value()).map_err(digest);
            Ok(sealed.and_then(|sealed| if *sealed.to() == to { Ok(sealed) } else { Err(other()) }))
        })?;
        if sealed.is_empty() {
            return Err(root.malformed("sealed", "at least one is needed here"));
        }
        Ok(Self { to, sealed })
    }
}

impl Collect {
    /// The request.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let Self { did, done, after } = self;
        canonical(&json!({ "ai2ai": VERSION, "type": "mailbox_collect", "did": did, "done": done, "after": after }))
    }

    fn read(root: &Members<'_>) -> Result<Self, Refusal> {
        let done = root.list("done", BATCH_ENVELOPES, |item| item.text())?;
        Ok(Self { did: root.text("did")?, done, after: root.at("after")?.count()? })
    }
}
