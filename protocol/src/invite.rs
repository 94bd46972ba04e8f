//! Invites: a secret that makes whoever brings it first a contact, once, until a set time; and how it is brought.
//!
//! Making an invite is the owner's act, so bringing its secret needs no other. The inviter keeps only a digest of the secret:
//! whoever reads their disk can't use it, and looking it up tells nothing by the time that it takes.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use zeroize::ZeroizeOnDrop;

use crate::canonical::{Object, to_object};
use crate::card::Card;
use crate::code::Code;
use crate::did::Did;
use crate::digest::Digest;
use crate::envelope::{Content, Kind};
use crate::json_reader::Members;
use crate::limits::INVITES;
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// Intent of an envelope that brings a secret.
pub const INTENT: &str = "contact.join";
/// Keeps the digest of a secret from being that of anything else.
const TAG: &[u8] = b"ai2ai/0.2/invite\n";

/// The secret of an invite: 128 random bits, written in base64url without padding (22 characters).
#[derive(Clone, PartialEq, Eq, ZeroizeOnDrop)]
pub struct Secret([u8; 16]);

/// A text is no secret of an invite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret of an invite has 22 letters, digits, hyphens and underscores")]
pub struct SecretError;

impl Secret {
    /// The secret that has these random bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The secret as it is written: for the link and the sealed envelope, and nothing else.
    #[must_use]
    pub fn reveal(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    fn digest(&self) -> Digest {
        Digest::of(&[TAG, &self.0].concat())
    }
}

impl FromStr for Secret {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, SecretError> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| SecretError)?;
        bytes.try_into().map(Self).map_err(|_| SecretError)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// One invite, as its inviter keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Invite {
    secret: Digest,
    expires_at: Timestamp,
    /// The name that the owner is going to give to whoever comes.
    name: Option<String>,
    /// The identity that came.
    by: Option<Did>,
}

/// The invites that an owner has made and that are not over: at most [`INVITES`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Invites(Vec<Invite>);

/// Verdict on a secret that was brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redeemed {
    /// It was brought for the first time: they are a contact from now on, under this name if the owner chose one.
    Now(Option<String>),
    /// The same identity brought it before. It changes nothing any more.
    Before,
}

/// There are as many invites as there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{INVITES} invites are open")]
pub struct TooMany;

impl Invites {
    /// Keeps a new invite.
    ///
    /// # Errors
    /// [`TooMany`], and nothing is kept.
    pub fn offer(
        &mut self,
        secret: &Secret,
        name: Option<String>,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), TooMany> {
        self.0.retain(|invite| now < invite.expires_at);
        if self.0.len() >= INVITES {
            return Err(TooMany);
        }
        self.0.push(Invite { secret: secret.digest(), expires_at, name, by: None });
        Ok(())
    }

    /// Takes a secret that `who` brings.
    ///
    /// # Errors
    /// [`Code::InviteInvalid`], and nothing is changed: nobody made it, it is over, or somebody else brought it first. One code
    /// for all, so that the answer tells nothing of the others who were invited.
    pub fn redeem(&mut self, secret: &Secret, who: &Did, now: Timestamp) -> Result<Redeemed, Code> {
        let digest = secret.digest();
        let invite = self.0.iter_mut().find(|invite| invite.secret == digest && now < invite.expires_at);
        let invite = invite.ok_or(Code::InviteInvalid)?;
        match invite.by {
            None => {
                invite.by = Some(*who);
                Ok(Redeemed::Now(invite.name.clone()))
            }
            Some(by) if by == *who => Ok(Redeemed::Before),
            Some(_) => Err(Code::InviteInvalid),
        }
    }

    /// Makes every invite void, and says how many nobody had used.
    pub fn cancel(&mut self, now: Timestamp) -> usize {
        let all = std::mem::take(&mut self.0);
        all.iter().filter(|invite| invite.by.is_none() && now < invite.expires_at).count()
    }
}

/// Payload of somebody who was invited: the secret, and their card, so that they can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// The secret.
    pub secret: Secret,
    /// Their own card.
    pub card: Card,
}

impl Join {
    /// The payload of a `ping` that brings it.
    #[must_use]
    pub fn to_payload(&self) -> Object {
        to_object(&json!({ "invite": self.secret.reveal(), "card": self.card.object() }))
    }

    /// Returns what a `ping` brings; nothing when it is only a ping.
    ///
    /// # Errors
    /// [`Code::Malformed`] when there is no secret or no card in it, or somebody else's; else what [`Card::read`] refuses.
    pub fn of_envelope(envelope: &Content) -> Result<Option<Self>, Refusal> {
        if envelope.kind() != Kind::Ping || !envelope.payload().contains_key("invite") {
            return Ok(None);
        }
        let read = || {
            let payload = Members::of(envelope.payload());
            let secret = payload.text("invite")?;
            let item = payload.at("card")?;
            let card = Card::of_object(item.object()?.clone())
                .map_err(|refusal| Refusal { place: format!("/card{}", refusal.place), ..refusal })?;
            match *card.did() == envelope.from().did {
                true => Ok(Some(Self { secret, card })),
                false => Err(item.malformed("it is somebody else's")),
            }
        };
        read().map_err(|refusal: Refusal| Refusal { place: format!("/payload{}", refusal.place), ..refusal })
    }
}

#[cfg(test)]
mod tests;
