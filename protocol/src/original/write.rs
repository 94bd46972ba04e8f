//! An envelope of the original that leaves: its payload encrypted first where they offer a key, and signed as it goes.

use rand_core::CryptoRng;
use serde_json::Value;

use super::agreement_key::{Agreement, AgreementError};
use super::envelope::{SIGNED, Version};
use super::js::{Js, JsMembers, stringify, stringify_members};
use super::keys::OriginalIdentity;
use super::sealing::seal;
use super::{ORIGINAL_BYTES, ORIGINAL_LIFE};
use crate::canonical::Object;
use crate::digest::Digest;
use crate::envelope::Kind;
use crate::name::Intent;
use crate::time::Timestamp;

/// Content of an envelope of the original that is to be written.
#[derive(Debug, Clone)]
pub struct OriginalDraft<'a> {
    /// The version that they understand.
    pub version: Version,
    /// Its id.
    pub id: String,
    /// The time at which it is signed.
    pub timestamp: Timestamp,
    /// Name of our agent.
    pub agent: &'a str,
    /// Name of our human.
    pub human: &'a str,
    /// Name of their agent.
    pub to: &'a str,
    /// The conversation that it is said in.
    pub conversation: &'a str,
    /// The act.
    pub kind: Kind,
    /// The intent.
    pub intent: Option<&'a Intent>,
    /// The payload.
    pub payload: &'a Object,
}

/// The reason why an envelope can't be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Their key is none that anything can be encrypted to. It is not sent in the clear instead.
    #[error(transparent)]
    Key(#[from] AgreementError),
    /// It has more than [`ORIGINAL_BYTES`].
    #[error("it has more than {ORIGINAL_BYTES} bytes, which is what an agent of the original reads")]
    TooLarge,
}

impl OriginalDraft<'_> {
    /// The bytes to post.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn sign(
        &self,
        identity: &OriginalIdentity,
        to: Option<Agreement>,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, WriteError> {
        let payload = Js::Members(self.payload.into());
        let payload = match to {
            Some(to) => seal(&payload, to, rng)?,
            None => payload,
        };
        let mut members = JsMembers::default();
        let text = |text: &str| Js::Text(text.into());
        members.set("ai2ai", text(self.version.text()));
        members.set("id", text(&self.id));
        members.set("nonce", text(&nonce(&self.id)));
        members.set("timestamp", text(&iso(self.timestamp)));
        members.set("expiresAt", text(&iso(self.timestamp + ORIGINAL_LIFE)));
        members.set("from", Js::from(&serde_json::json!({ "agent": self.agent, "human": self.human })));
        members.set("to", Js::from(&serde_json::json!({ "agent": self.to })));
        members.set("conversation", text(self.conversation));
        members.set("type", text(self.kind.as_str()));
        members.set("intent", self.intent.map_or(Js::Null, |intent| text(intent.as_str())));
        members.set("payload", payload);
        members.set("requires_human_approval", Js::Bool(true));
        let covered = stringify_members(SIGNED.into_iter().filter_map(|name| Some((name, members.get(name)?))));
        members.set("signature", text(&identity.sign(&covered)));
        let bytes = stringify(&Js::Members(members)).into_bytes();
        if bytes.len() > ORIGINAL_BYTES { Err(WriteError::TooLarge) } else { Ok(bytes) }
    }
}

/// Thirty-two hexadecimal digits that an envelope of this id always has: to be told apart from others is what a nonce is for.
fn nonce(id: &str) -> String {
    data_encoding::HEXLOWER.encode(&Digest::of(id.as_bytes()).to_bytes()[..16])
}

/// A moment as `Date.prototype.toISOString` writes it.
fn iso(moment: Timestamp) -> String {
    let second = moment.whole_second().to_string();
    let millis = moment.as_millis().rem_euclid(1_000);
    format!("{}.{millis:03}Z", second.trim_end_matches('Z'))
}

/// A handshake or an answer of ours as text.
#[must_use]
pub fn text_of(value: &Value) -> String {
    stringify(&Js::from(value))
}
