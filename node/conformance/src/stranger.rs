//! A throw-away identity, and the documents that it signs: good ones, and such as no honest node would make.

use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_protocol::canonical::{Object, canonical};
use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::key::{AgentKey, OwnerKey, Tag, signed_bytes};
use ai2ai_protocol::limits::{CARD_LIFE, DELEGATION_LIFE, ENVELOPE_LIFE_DEFAULT};
use ai2ai_protocol::seal::{Prekey, PublicPrekey, Sealed, seal_bytes};
use data_encoding::BASE64;
use libp2p::identity::Keypair;
use serde_json::{Value, json};

/// Days before now on which a delegation begins, so that clocks that differ do not matter.
const BEFORE: std::time::Duration = std::time::Duration::from_secs(2 * 24 * 3600);

/// Who examines.
pub(crate) struct Stranger {
    owner: [u8; 32],
    agent: [u8; 32],
    /// Its identity.
    pub(crate) did: Did,
}

impl Stranger {
    /// Somebody whom nobody has ever met.
    pub(crate) fn new() -> Self {
        let owner: [u8; 32] = rand::random();
        let agent: [u8; 32] = rand::random();
        Self { owner, agent, did: OwnerKey::from_seed(&owner).did() }
    }

    /// The agent's key.
    pub(crate) fn agent_key(&self) -> AgentKey {
        AgentKey::from_seed(&self.agent)
    }

    /// The owner's key.
    pub(crate) fn owner_key(&self) -> OwnerKey {
        OwnerKey::from_seed(&self.owner)
    }

    /// The delegation that it speaks under.
    pub(crate) fn delegation(&self, sequence: u64) -> Object {
        let owner = self.owner_key();
        let from = now() - BEFORE;
        Delegation::sign(&owner, &self.agent_key().public(), sequence, from, from + DELEGATION_LIFE).object().clone()
    }

    /// An envelope that is not signed yet: a ping, unless `with` changes that.
    pub(crate) fn draft(&self, to: &Did, with: impl FnOnce(&mut Object)) -> Object {
        let timestamp = now().whole_second();
        let draft = json!({
            "ai2ai": "0.2", "id": MessageId::new(now(), rand::random()), "timestamp": timestamp,
            "expires_at": timestamp + ENVELOPE_LIFE_DEFAULT,
            "from": {
                "agent": "conformance-kit", "human": "Conformance kit", "did": self.did, "key": self.agent_key().public(),
            },
            "to": { "did": to }, "conversation": ConversationId::new(now(), rand::random()),
            "type": "ping", "intent": "node.ping", "payload": {}, "delegation": self.delegation(1),
        });
        let mut object = object(draft);
        with(&mut object);
        object
    }

    /// An envelope, signed as it is to be.
    pub(crate) fn envelope(&self, to: &Did, with: impl FnOnce(&mut Object)) -> Object {
        self.signed(Tag::Envelope, self.draft(to, with))
    }

    /// A document with the agent's signature under a tag.
    pub(crate) fn signed(&self, tag: Tag, document: Object) -> Object {
        signed_by(self.agent, tag, document)
    }

    /// A document with the owner's signature under a tag.
    pub(crate) fn signed_by_owner(&self, tag: Tag, document: Object) -> Object {
        signed_by(self.owner, tag, document)
    }

    /// A name of its human's that no other card has.
    pub(crate) fn human(&self) -> String {
        let did = self.did.to_string();
        format!("Conformance kit {}", &did[did.len() - 8..])
    }

    /// Its card, on a node that listens nowhere.
    pub(crate) fn card(&self, peer: &str) -> Object {
        self.card_of(peer, 1)
    }

    /// The same, with this sequence.
    pub(crate) fn card_of(&self, peer: &str, sequence: u64) -> Object {
        let issued_at = now().whole_second();
        let prekey = Prekey::from_secret(rand::random());
        let card = json!({
            "ai2ai": "0.2", "type": "card", "did": self.did, "agent": "conformance-kit", "human": self.human(),
            "sequence": sequence, "intents": ["message.relay"], "issued_at": issued_at, "expires_at": issued_at + CARD_LIFE,
            "delegation": self.delegation(1),
            "nodes": [{ "peer": peer, "addresses": [], "prekeys": [prekey.public(issued_at + CARD_LIFE)] }],
        });
        self.signed(Tag::Card, object(card))
    }
}

fn signed_by(seed: [u8; 32], tag: Tag, mut document: Object) -> Object {
    if let Ok(pair) = Keypair::ed25519_from_bytes(seed)
        && let Ok(signature) = pair.sign(&signed_bytes(tag, &document))
    {
        document.insert("signature".to_owned(), BASE64.encode(&signature).into());
    }
    document
}

/// The members of a document that was written here.
pub(crate) fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Object::new(),
    }
}

/// Any bytes under a seal.
///
/// # Errors
/// When the prekey is no key.
pub(crate) fn sealed(plaintexts: &[&[u8]], to: Did, prekey: &PublicPrekey) -> Result<Sealed, Failure> {
    seal_bytes(plaintexts, to, prekey, &mut rand::rng()).map_err(Failure::internal)
}

/// A request with these entries.
pub(crate) fn batch(entries: &[Value]) -> Vec<u8> {
    canonical(&json!({ "ai2ai": "0.2", "type": "batch", "sealed": entries }))
}
