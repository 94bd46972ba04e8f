//! The people of the vectors, and their keys, which are no secrets.

use ai2ai_protocol::canonical::{Object, canonical};
use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::Sender;
use ai2ai_protocol::key::{AgentKey, OwnerKey, Tag, signed_bytes};
use ai2ai_protocol::seal::Prekey;
use ai2ai_protocol::time::Timestamp;
use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};

/// The time at which everything in the vectors happens.
pub(crate) const NOW: &str = "2026-02-07T03:55:00Z";

/// A person with all their keys.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    human: &'static str,
    agent: &'static str,
    owner: u8,
    agent_key: u8,
    prekey: u8,
}

/// The one who asks for dinner.
pub(crate) const DARREN: Person =
    Person { human: "Darren", agent: "darren-assistant", owner: 1, agent_key: 101, prekey: 201 };
/// The one who is asked.
pub(crate) const ALEX: Person =
    Person { human: "Alex", agent: "alex-assistant", owner: 2, agent_key: 102, prekey: 202 };
/// The impostor.
pub(crate) const MALLORY: Person =
    Person { human: "Mallory", agent: "mallory-assistant", owner: 3, agent_key: 103, prekey: 203 };

impl Person {
    /// Their identity.
    pub(crate) fn did(self) -> Did {
        self.owner().did()
    }

    /// The owner's key.
    pub(crate) fn owner(self) -> OwnerKey {
        OwnerKey::from_seed(&[self.owner; 32])
    }

    /// The prekey that envelopes are sealed to.
    pub(crate) fn prekey(self) -> Prekey {
        Prekey::from_secret([self.prekey; 32])
    }

    /// Their agent, ready to sign.
    pub(crate) fn sender(self) -> Sender {
        let key = AgentKey::from_seed(&[self.agent_key; 32]);
        let (from, until) = (at("2026-01-01T00:00Z"), at("2026-07-01T00:00Z"));
        Sender {
            agent: self.agent.parse().expect("an agent's name"),
            human: self.human.parse().expect("a person's name"),
            did: self.did(),
            delegation: Delegation::sign(&self.owner(), &key.public(), 1, from, until),
            key,
        }
    }

    /// Signs whatever is given with the owner's key.
    pub(crate) fn sign_as_owner(self, tag: Tag, object: &Object) -> Object {
        sign([self.owner; 32], tag, object)
    }

    /// Signs whatever is given with the agent's key, good or not.
    pub(crate) fn sign_as_agent(self, tag: Tag, object: &Object) -> Object {
        sign([self.agent_key; 32], tag, object)
    }
}

/// Signs whatever is given, as any other implementation would.
pub(crate) fn sign(seed: [u8; 32], tag: Tag, object: &Object) -> Object {
    let signature = SigningKey::from_bytes(&seed).sign(&signed_bytes(tag, object));
    with(object, "signature", json!(BASE64.encode(&signature.to_bytes())))
}

/// A moment.
pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// An object with one member changed or put in.
pub(crate) fn with(object: &Object, name: &str, value: Value) -> Object {
    let mut changed = object.clone();
    changed.insert(name.to_owned(), value);
    changed
}

/// An object without one member.
pub(crate) fn without(object: &Object, name: &str) -> Object {
    let mut changed = object.clone();
    changed.remove(name);
    changed
}

/// An object with what stands at a JSON pointer changed.
pub(crate) fn with_at(object: &Object, pointer: &str, value: Value) -> Object {
    let mut changed = Value::Object(object.clone());
    *changed.pointer_mut(pointer).expect("a place in it") = value;
    to_object(changed)
}

/// A JSON value that is an object.
pub(crate) fn to_object(value: Value) -> Object {
    value.as_object().cloned().expect("an object is needed here")
}

/// Bytes of JSON that are an object.
pub(crate) fn object_of(bytes: &[u8]) -> Object {
    to_object(serde_json::from_slice(bytes).expect("JSON"))
}

/// An object as text.
pub(crate) fn text(object: &Object) -> String {
    String::from_utf8(canonical(object)).expect("JSON is UTF-8")
}

/// Returns what is signed for an object, as text.
pub(crate) fn signed_text(tag: Tag, object: &Object) -> String {
    String::from_utf8(signed_bytes(tag, object)).expect("JSON is UTF-8")
}

/// The file of the people themselves.
pub(crate) fn file_text() -> String {
    let people: Vec<Value> = [DARREN, ALEX, MALLORY].into_iter().map(described).collect();
    let about = "The people of all vectors. The seeds are of Ed25519 keys (RFC 8032 §5.1.5), the prekey secrets are \
                 X25519's; both in hexadecimal digits. None of them is a secret.";
    let file = json!({ "about": about, "now": NOW, "people": people });
    serde_json::to_string_pretty(&file).expect("JSON") + "\n"
}

fn described(person: Person) -> Value {
    let sender = person.sender();
    let prekey = person.prekey();
    json!({
        "agent": person.agent,
        "human": person.human,
        "did": person.did(),
        "owner_seed": HEXLOWER.encode(&[person.owner; 32]),
        "agent_seed": HEXLOWER.encode(&[person.agent_key; 32]),
        "agent_key": sender.key.public(),
        "delegation": sender.delegation.object(),
        "prekey_secret": HEXLOWER.encode(&**prekey.secret()),
        "prekey_id": prekey.id(),
        "prekey": prekey.public(at("2026-02-09T03:55:00Z")),
    })
}
