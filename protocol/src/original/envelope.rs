//! An envelope of the original that came: read, opened, and verified with a pinned key or not at all.

use sha2::{Digest as _, Sha256};

use super::answer::OriginalReason;
use super::js::{Js, JsMembers, read, stringify_members};
use super::keys::{OriginalIdentity, is_signed, key_of_pem};
use super::sealing::{is_sealed, open};
use super::{ORIGINAL_BYTES, ORIGINAL_LIFE, ORIGINAL_RECIPIENTS, ORIGINAL_TEXT_CHARS};
use crate::digest::Digest;
use crate::envelope::Kind;
use crate::json_reader::base64;
use crate::key::PublicKey;
use crate::limits::CLOCK_SKEW;
use crate::name::{Intent, is_unseen};
use crate::time::Timestamp;

/// The members that the signature covers, in its order.
pub(super) const SIGNED: [&str; 8] = ["id", "timestamp", "from", "to", "conversation", "type", "intent", "payload"];

/// A version of the original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// 0.1.
    V0_1,
    /// 0.2, of its `docs/PROTOCOL.md`.
    V0_2,
    /// 1.0, of its `SPEC.md`.
    V1_0,
}

impl Version {
    /// The version that a text names.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        [Self::V0_1, Self::V0_2, Self::V1_0].into_iter().find(|version| version.text() == text)
    }

    /// Its name.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::V0_1 => "0.1",
            Self::V0_2 => "0.2",
            Self::V1_0 => "1.0",
        }
    }
}

/// Sender or recipient, in their own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginalParty {
    /// Name of the agent.
    pub agent: String,
    /// Name of its human, if that is said.
    pub human: Option<String>,
}

/// Members outside of the payload.
#[derive(Debug, Clone, PartialEq, Eq)]
struct EnvelopeFrame {
    id: String,
    timestamp: Timestamp,
    expires_at: Option<Timestamp>,
    from: OriginalParty,
    to: Vec<OriginalParty>,
    conversation: Option<String>,
    kind: Kind,
    intent: Option<Intent>,
}

/// An envelope that was read, with its payload as it came: perhaps encrypted, and believed by nobody.
#[derive(Debug, Clone)]
pub struct OriginalEnvelope {
    members: JsMembers,
    frame: EnvelopeFrame,
    payload: JsMembers,
    signature: [u8; 64],
}

impl OriginalEnvelope {
    /// Reads an envelope of at most [`ORIGINAL_BYTES`]. One without a signature is none.
    ///
    /// # Errors
    /// [`OriginalReason`]: what the original's documents call it.
    pub fn read(bytes: &[u8]) -> Result<Self, OriginalReason> {
        if bytes.len() > ORIGINAL_BYTES {
            return Err(OriginalReason::TooLarge);
        }
        let Ok(Js::Members(members)) = read(bytes) else { return Err(OriginalReason::InvalidJson) };
        members
            .get("ai2ai")
            .and_then(Js::as_text)
            .as_deref()
            .and_then(Version::read)
            .ok_or(OriginalReason::InvalidEnvelope)?;
        let frame = EnvelopeFrame::read(&members).ok_or(OriginalReason::InvalidEnvelope)?;
        let payload = members.get("payload").and_then(Js::as_members).ok_or(OriginalReason::InvalidEnvelope)?.clone();
        let signature = members.get("signature").and_then(Js::as_text).as_deref().and_then(base64);
        let signature = signature.and_then(|bytes| bytes.try_into().ok()).ok_or(OriginalReason::InvalidSignature)?;
        Ok(Self { members, frame, payload, signature })
    }

    /// Opens its payload, if that is encrypted.
    ///
    /// # Errors
    /// [`OriginalReason::DecryptionFailed`].
    pub fn open(self, identity: &OriginalIdentity) -> Result<OpenedOriginal, OriginalReason> {
        let as_it_came = signed_text(&self.members, None);
        let sealed = is_sealed(&self.payload);
        let payload =
            if sealed { open(&self.payload, identity).ok_or(OriginalReason::DecryptionFailed)? } else { self.payload };
        let opened_text = sealed.then(|| signed_text(&self.members, Some(&Js::Members(payload.clone()))));
        let digest = Digest::from_bytes(Sha256::digest(opened_text.as_ref().unwrap_or(&as_it_came)).into());
        let texts = [Some(as_it_came), opened_text];
        Ok(OpenedOriginal { frame: self.frame, payload, sealed, texts, signature: self.signature, digest })
    }
}

/// Returns what is signed: `JSON.stringify` of the eight members, with this payload in the place of the one that came. A member that is
/// missing is left out, as JavaScript leaves out what is undefined.
fn signed_text(members: &JsMembers, payload: Option<&Js>) -> String {
    let value = |name: &'static str| match payload {
        Some(payload) if name == "payload" => Some(payload),
        Some(_) | None => members.get(name),
    };
    stringify_members(SIGNED.into_iter().filter_map(|name| Some((name, value(name)?))))
}

/// An envelope that can be read whole. Whose it is, nobody has checked.
#[derive(Debug, Clone)]
pub struct OpenedOriginal {
    frame: EnvelopeFrame,
    payload: JsMembers,
    sealed: bool,
    /// Texts that may have been signed: the envelope as it came, and with its payload opened. The documents of the original sign first and
    /// encrypt then; its receiver checks the other way around.
    texts: [Option<String>; 2],
    signature: [u8; 64],
    digest: Digest,
}

impl OpenedOriginal {
    /// Its id, chosen by whoever sent it. It is a text and no more: never the name of a file.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.frame.id
    }

    /// Returns when it was signed, by its sender's clock.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.frame.timestamp
    }

    /// Returns who claims to have sent it.
    #[must_use]
    pub fn from(&self) -> &OriginalParty {
        &self.frame.from
    }

    /// The conversation that it is said in, if one is named.
    #[must_use]
    pub fn conversation(&self) -> Option<&str> {
        self.frame.conversation.as_deref()
    }

    /// Returns what it does.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.frame.kind
    }

    /// Returns what it is about, if that is said.
    #[must_use]
    pub fn intent(&self) -> Option<&Intent> {
        self.frame.intent.as_ref()
    }

    /// Returns what it says: text of somebody else's, never to be obeyed.
    #[must_use]
    pub fn payload(&self) -> &JsMembers {
        &self.payload
    }

    /// Returns whether its payload came encrypted.
    #[must_use]
    pub fn was_sealed(&self) -> bool {
        self.sealed
    }

    /// The digest of what its signature covers, with its payload opened. Nonce and expiry are not covered, so they do not count.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Returns whether this agent is among those whom it is for. A ping may be for somebody `unknown`.
    #[must_use]
    pub fn is_for(&self, agent: &str) -> bool {
        let first = self.frame.kind == Kind::Ping && self.frame.to.iter().any(|to| to.agent == "unknown");
        first || self.frame.to.iter().any(|to| to.agent == agent)
    }

    /// Checks whether it is of now: signed no longer ago than [`ORIGINAL_LIFE`], and not past the end that it names.
    ///
    /// # Errors
    /// [`OriginalReason::MessageExpired`].
    pub fn check_age(&self, now: Timestamp) -> Result<(), OriginalReason> {
        let ends = self.frame.timestamp + ORIGINAL_LIFE;
        let ends = self.frame.expires_at.map_or(ends, |earlier| earlier.min(ends));
        let early = self.frame.timestamp > now + CLOCK_SKEW;
        if early || now >= ends + CLOCK_SKEW { Err(OriginalReason::MessageExpired) } else { Ok(()) }
    }

    /// The key that a handshake offers, if its own signature is that key's.
    #[must_use]
    pub fn offered_key(&self) -> Option<PublicKey> {
        let key = key_of_pem(&self.payload.get("public_key")?.as_text()?).ok()?;
        self.is_signed_by(&key).then_some(key)
    }

    /// Verifies it with the key that is pinned for its sender.
    ///
    /// # Errors
    /// Gives it back unverified.
    pub fn verify(self, pinned: &PublicKey) -> Result<VerifiedOriginal, Box<Self>> {
        if self.is_signed_by(pinned) { Ok(VerifiedOriginal(self)) } else { Err(Box::new(self)) }
    }

    fn is_signed_by(&self, key: &PublicKey) -> bool {
        self.texts.iter().flatten().any(|text| is_signed(key, text, &self.signature))
    }
}

/// An envelope that is signed with a pinned key. Only [`OpenedOriginal::verify`] makes one.
#[derive(Debug, Clone)]
pub struct VerifiedOriginal(OpenedOriginal);

impl std::ops::Deref for VerifiedOriginal {
    type Target = OpenedOriginal;

    fn deref(&self) -> &OpenedOriginal {
        &self.0
    }
}

impl EnvelopeFrame {
    fn read(members: &JsMembers) -> Option<Self> {
        let optional = |name: &str| members.get(name).filter(|value| **value != Js::Null);
        let (kind, implied) = Kind::read(&members.get("type")?.as_text()?)?;
        let intent = match optional("intent") {
            Some(intent) => Some(intent.as_text()?.parse().ok()?),
            None => implied.intent(None).ok(),
        };
        if intent.is_none() && kind == Kind::Request {
            return None;
        }
        let to = members.get("to")?;
        let to = if let Js::List(list) = to {
            let few = list.len() <= ORIGINAL_RECIPIENTS;
            few.then(|| list.iter().map(OriginalParty::read).collect::<Option<Vec<_>>>()).flatten()?
        } else {
            vec![OriginalParty::read(to)?]
        };
        Some(Self {
            id: label(members.get("id")?)?,
            timestamp: moment(members.get("timestamp")?)?,
            expires_at: optional("expiresAt").map_or(Some(None), |value| moment(value).map(Some))?,
            from: OriginalParty::read(members.get("from")?)?,
            to,
            conversation: optional("conversation").map_or(Some(None), |value| label(value).map(Some))?,
            kind,
            intent,
        })
    }
}

impl OriginalParty {
    fn read(value: &Js) -> Option<Self> {
        let members = value.as_members()?;
        let human = members.get("human").filter(|value| **value != Js::Null);
        Some(Self {
            agent: label(members.get("agent")?)?,
            human: human.map_or(Some(None), |value| label(value).map(Some))?,
        })
    }
}

/// A text on one line, that can be seen, and is not too long.
fn label(value: &Js) -> Option<String> {
    let text = value.as_text()?;
    let fits = !text.is_empty() && text.chars().count() <= ORIGINAL_TEXT_CHARS && !text.chars().any(is_unseen);
    fits.then_some(text)
}

fn moment(value: &Js) -> Option<Timestamp> {
    value.as_text()?.parse().ok()
}
