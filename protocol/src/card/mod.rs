//! The card: the public, signed description of an agent, and of where its nodes and prekeys are.

mod form;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::Serialize;
use serde_json::json;

use crate::canonical::{Object, canonical, read_object, to_object};
use crate::code::Code;
use crate::delegation::Delegation;
use crate::did::Did;
use crate::json_reader::{Members, VERSION};
use crate::key::{AgentKey, Tag};
use crate::limits::{CARD_BYTES, CLOCK_SKEW};
use crate::name::{AgentName, HumanName, Intent};
use crate::refusal::Refusal;
use crate::seal::PublicPrekey;
use crate::time::Timestamp;

/// A card before it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardDraft {
    /// Name of the agent.
    pub agent: AgentName,
    /// Name of its human.
    pub human: HumanName,
    /// Sequence number of the card; higher ones replace lower ones.
    pub sequence: u64,
    /// Now.
    pub issued_at: Timestamp,
    /// From when on it is void; at most [`CARD_LIFE`](crate::limits::CARD_LIFE) after `issued_at`.
    pub expires_at: Timestamp,
    /// The owner's word for the key that signs.
    pub delegation: Delegation,
    /// Nodes of the agent; at most [`CARD_NODES`](crate::limits::CARD_NODES).
    pub nodes: Vec<CardNode>,
    /// Multiaddresses that take sealed envelopes while it is away; at most [`CARD_MAILBOXES`](crate::limits::CARD_MAILBOXES).
    pub mailboxes: Vec<String>,
    /// Intents that it can be asked; at most [`CARD_INTENTS`](crate::limits::CARD_INTENTS).
    pub intents: Vec<Intent>,
    /// BCP 47 tags of the languages it is best spoken to in; at most [`CARD_LANGUAGES`](crate::limits::CARD_LANGUAGES).
    pub languages: Vec<String>,
    /// The IANA name of its human's time zone, if they tell.
    pub timezone: Option<String>,
}

/// A node that an agent lives on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CardNode {
    /// The libp2p `PeerId`, as text.
    pub peer: String,
    /// Multiaddresses to reach it at; at most [`CARD_ADDRESSES`](crate::limits::CARD_ADDRESSES).
    pub addresses: Vec<String>,
    /// Keys to seal to, of suites known here; at most [`CARD_PREKEYS`](crate::limits::CARD_PREKEYS).
    pub prekeys: Vec<PublicPrekey>,
}

/// A card whose form, delegation and signature are good. Whether it is of this time is [`Card::check_current`]'s.
#[derive(Clone, PartialEq, Eq)]
pub struct Card {
    bytes: Vec<u8>,
    object: Object,
    did: Did,
    content: CardDraft,
}

impl CardDraft {
    /// Signs the card with the agent's key.
    ///
    /// # Errors
    /// [`Refusal`] at the member that no reader would accept.
    pub fn sign(&self, key: &AgentKey) -> Result<Card, Refusal> {
        let mut object = to_object(&json!({
            "ai2ai": VERSION,
            "type": "card",
            "did": self.delegation.did(),
            "agent": self.agent,
            "human": self.human,
            "sequence": self.sequence,
            "issued_at": self.issued_at,
            "expires_at": self.expires_at,
            "delegation": self.delegation.object(),
            "nodes": self.nodes,
            "mailboxes": self.mailboxes,
            "intents": self.intents,
            "languages": self.languages,
        }));
        if let Some(zone) = &self.timezone {
            object.insert("timezone".to_owned(), zone.as_str().into());
        }
        key.sign(Tag::Card, &mut object);
        Card::read(&canonical(&object))
    }
}

impl CardNode {
    /// The prekey to seal to at this moment: the one that lasts longest.
    #[must_use]
    pub fn prekey(&self, now: Timestamp) -> Option<&PublicPrekey> {
        self.prekeys.iter().filter(|prekey| now < prekey.not_after()).max_by_key(|prekey| prekey.not_after())
    }
}

impl Card {
    /// Reads a card and checks all of it but the clock.
    ///
    /// # Errors
    /// [`Refusal`] with the first thing that is wrong: [`Code::TooLarge`], [`Code::TooDeep`], [`Code::Malformed`],
    /// [`Code::UnsupportedVersion`], [`Code::LifeTooLong`], [`Code::BadDelegation`], [`Code::BadSignature`].
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        Self::check(bytes.to_vec(), read_object(bytes, CARD_BYTES)?)
    }

    /// Reads a card that stands in another document; its bytes are then its canonical form.
    pub(crate) fn of_object(object: Object) -> Result<Self, Refusal> {
        let bytes = canonical(&object);
        if bytes.len() > CARD_BYTES {
            return Err(Refusal::new(Code::TooLarge, "").because(format_args!("at most {CARD_BYTES} bytes are read")));
        }
        Self::check(bytes, object)
    }

    fn check(bytes: Vec<u8>, object: Object) -> Result<Self, Refusal> {
        let root = Members::of(&object);
        root.check_version()?;
        root.check_type("card")?;
        let did = root.text("did")?;
        let content = form::read_content(&root)?;
        let refused = |reason: &str| root.refused(Code::BadDelegation, "delegation").because(reason);
        content.delegation.lets_speak(&did, content.delegation.key(), content.issued_at).map_err(refused)?;
        let signed = content.delegation.key().check(Tag::Card, &object);
        signed.map_err(|error| root.refused(Code::BadSignature, "signature").because(error))?;
        Ok(Self { bytes, object, did, content })
    }

    /// The card, byte for byte as it was read.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The card as it stands in other documents.
    #[must_use]
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// Returns whose agent it describes.
    #[must_use]
    pub fn did(&self) -> &Did {
        &self.did
    }

    /// Name that the agent goes by.
    #[must_use]
    pub fn agent(&self) -> &AgentName {
        &self.content.agent
    }

    /// Name that its human goes by.
    #[must_use]
    pub fn human(&self) -> &HumanName {
        &self.content.human
    }

    /// Returns which card it is.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.content.sequence
    }

    /// Returns when it was signed.
    #[must_use]
    pub fn issued_at(&self) -> Timestamp {
        self.content.issued_at
    }

    /// From when on it is void.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.content.expires_at
    }

    /// The owner's word for the key that signed it.
    #[must_use]
    pub fn delegation(&self) -> &Delegation {
        &self.content.delegation
    }

    /// Returns where the agent lives.
    #[must_use]
    pub fn nodes(&self) -> &[CardNode] {
        &self.content.nodes
    }

    /// Multiaddresses that take sealed envelopes while it is away.
    #[must_use]
    pub fn mailboxes(&self) -> &[String] {
        &self.content.mailboxes
    }

    /// Returns what it can be asked.
    #[must_use]
    pub fn intents(&self) -> &[Intent] {
        &self.content.intents
    }

    /// The languages it is best spoken to in.
    #[must_use]
    pub fn languages(&self) -> &[String] {
        &self.content.languages
    }

    /// The IANA name of its human's time zone, if they tell.
    #[must_use]
    pub fn timezone(&self) -> Option<&str> {
        self.content.timezone.as_deref()
    }

    /// Checks that it is of this time.
    ///
    /// # Errors
    /// [`Code::NotYetValid`] when it was issued further ahead than clocks differ, [`Code::Expired`] from `expires_at`
    /// on, [`Code::BadDelegation`] when the delegation has ended.
    pub fn check_current(&self, now: Timestamp) -> Result<(), Code> {
        if self.issued_at() > now + CLOCK_SKEW {
            Err(Code::NotYetValid)
        } else if now >= self.expires_at() {
            Err(Code::Expired)
        } else if now >= self.delegation().not_after() {
            Err(Code::BadDelegation)
        } else {
            Ok(())
        }
    }

    /// Returns whether it takes the place of `other`: of the same identity, and under a newer delegation, or under the same one and newer.
    ///
    /// So whoever stole an agent key can't sign a card that no card of the owner's next key takes the place of.
    #[must_use]
    pub fn supersedes(&self, other: &Self) -> bool {
        let rank = |card: &Self| (card.delegation().sequence(), card.sequence());
        self.did == other.did && rank(self) > rank(other)
    }
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Card(#{} of {:?})", self.sequence(), self.did)
    }
}
