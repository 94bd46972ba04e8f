//! Strangers who are only keys: an identity, and what its card says.

use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_protocol::card::{CardDraft, CardNode};
use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::envelope::Sender;
use ai2ai_protocol::key::{AgentKey, OwnerKey};
use ai2ai_protocol::limits::{CARD_LIFE, DELEGATION_LIFE};

/// Since when a stranger's agent may speak for its owner.
const SINCE: Duration = Duration::from_secs(2 * 24 * 3_600);

/// Makes somebody of this name, whose owner's key has this seed, and their agent's the next.
///
/// # Panics
/// When nobody can have that name.
#[must_use]
pub fn stranger(seed: u8, name: &str) -> Sender {
    let owner = OwnerKey::from_seed(&[seed; 32]);
    let key = AgentKey::from_seed(&[seed + 1; 32]);
    let delegation = Delegation::sign(&owner, &key.public(), 1, now() - SINCE, now() + DELEGATION_LIFE);
    let agent = format!("{}-assistant", name.to_lowercase()).parse().expect("an agent's name");
    Sender { agent, human: name.parse().expect("a person's name"), did: owner.did(), key, delegation }
}

/// Their first card, issued now, which names these nodes and nothing else.
#[must_use]
pub fn card_draft(of: &Sender, nodes: Vec<CardNode>) -> CardDraft {
    let issued_at = now().whole_second();
    CardDraft {
        agent: of.agent.clone(),
        human: of.human.clone(),
        sequence: 1,
        issued_at,
        expires_at: issued_at + CARD_LIFE,
        delegation: of.delegation.clone(),
        nodes,
        mailboxes: Vec::new(),
        intents: Vec::new(),
        languages: Vec::new(),
        timezone: None,
    }
}
