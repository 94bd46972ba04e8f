//! The people of this crate's tests: Darren and Alex, who want to have dinner, and Mallory, who wants to be them.

use serde_json::json;

use crate::canonical::Object;
use crate::card::{Card, CardDraft, CardNode};
use crate::delegation::Delegation;
use crate::did::Did;
use crate::envelope::{Draft, Kind, Recipient, Sender, SignedEnvelope};
use crate::id::{ConversationId, MessageId};
use crate::key::{AgentKey, OwnerKey};
use crate::limits::{CARD_LIFE, ENVELOPE_LIFE_DEFAULT};
use crate::seal::Prekey;
use crate::time::Timestamp;

/// A person with all their keys.
pub(crate) struct Person {
    pub(crate) owner: OwnerKey,
    pub(crate) sender: Sender,
    pub(crate) prekey: Prekey,
}

/// The time at which the tests play.
pub(crate) const NOW: &str = "2026-02-07T03:55:00Z";

pub(crate) fn darren() -> Person {
    Person::new("Darren", "darren-assistant", 1)
}

pub(crate) fn alex() -> Person {
    Person::new("Alex", "alex-assistant", 2)
}

pub(crate) fn mallory() -> Person {
    Person::new("Mallory", "mallory-assistant", 3)
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

pub(crate) fn now() -> Timestamp {
    at(NOW)
}

/// Returns what `json!` makes, as an object.
pub(crate) fn object(value: serde_json::Value) -> Object {
    value.as_object().cloned().expect("the test needs an object")
}

impl Person {
    fn new(human: &str, agent: &str, seed: u8) -> Self {
        let owner = OwnerKey::from_seed(&[seed; 32]);
        let key = AgentKey::from_seed(&[seed + 100; 32]);
        let delegation = Delegation::sign(&owner, &key.public(), 1, at("2026-01-01T00:00Z"), at("2026-07-01T00:00Z"));
        let sender = Sender {
            agent: agent.parse().expect("an agent's name"),
            human: human.parse().expect("a person's name"),
            did: owner.did(),
            key,
            delegation,
        };
        Self { owner, sender, prekey: Prekey::from_secret([seed + 200; 32]) }
    }

    pub(crate) fn did(&self) -> Did {
        self.owner.did()
    }

    /// This person's `sequence`th card, of a node that is nowhere.
    pub(crate) fn card(&self, sequence: u64) -> Card {
        let draft = CardDraft {
            agent: self.sender.agent.clone(),
            human: self.sender.human.clone(),
            sequence,
            issued_at: now(),
            expires_at: now() + CARD_LIFE,
            delegation: self.sender.delegation.clone(),
            nodes: vec![CardNode { peer: "12D3".to_owned(), addresses: Vec::new(), prekeys: Vec::new() }],
            mailboxes: Vec::new(),
            intents: vec!["schedule.meeting".parse().expect("an intent")],
            languages: vec!["en-GB".to_owned()],
            timezone: None,
        };
        draft.sign(&self.sender.key).expect("a good card")
    }

    /// A draft of the `n`th message of this person, in the one conversation of the tests.
    pub(crate) fn draft(&self, n: u8, to: &Self, kind: Kind, payload: serde_json::Value) -> Draft {
        let own = self.sender.did.to_bytes()[0];
        Draft {
            id: MessageId::new(now(), [own, n, 0, 0, 0, 0, 0, 0, 0, 0]),
            timestamp: now(),
            expires_at: now() + ENVELOPE_LIFE_DEFAULT,
            to: Recipient { did: to.did(), agent: Some(to.sender.agent.clone()) },
            conversation: ConversationId::new(now(), [7; 10]),
            in_reply_to: None,
            kind,
            intent: "schedule.meeting".parse().expect("an intent"),
            payload: object(payload),
            approval: None,
        }
    }

    /// Asks for dinner: the message from the page that this protocol began with.
    pub(crate) fn asks_for_dinner(&self, to: &Self) -> SignedEnvelope {
        let payload = json!({ "subject": "Dinner", "proposed_times": ["2026-02-10T19:00Z"] });
        self.draft(1, to, Kind::Request, payload).sign(&self.sender).expect("a good draft")
    }
}
