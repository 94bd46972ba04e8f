//! People are born, have their keys and cards, and come to know each other.

use std::collections::BTreeMap;

use ai2ai_api::settings::{Limits, Privacy};
use ai2ai_core::context::Me;
use ai2ai_core::inbound::admission::admit;
use ai2ai_core::people::contacts::Introduction;
use ai2ai_core::people::own_card;
use ai2ai_core::people::own_card::keyring;
use ai2ai_core::{people, rotation};
use ai2ai_engine::context::Own;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::envelope::Sender;
use ai2ai_protocol::key::{AgentKey, OwnerKey};
use ai2ai_protocol::limits::{DELEGATION_LIFE, ENVELOPE_LIFE};
use ai2ai_store::Store;
use libp2p::identity::Keypair;
use rand::RngExt as _;

use super::{Person, World};

/// Adds a person of this name, with keys and a card.
pub(super) fn is_born(world: &mut World, name: &str) {
    let owner: [u8; 32] = world.dice.random();
    let key = AgentKey::from_seed(&world.dice.random());
    let human = OwnerKey::from_seed(&owner);
    let delegation = Delegation::sign(&human, &key.public(), 1, world.now, world.now + DELEGATION_LIFE);
    let sender = Sender {
        agent: format!("{}-assistant", name.to_lowercase()).parse().expect("an agent's name"),
        human: name.parse().expect("a person's name"),
        did: human.did(),
        key,
        delegation,
    };
    let node_key: [u8; 32] = world.dice.random();
    let node = Keypair::ed25519_from_bytes(node_key).expect("a node key");
    let me = Me {
        sender,
        peer: node.public().to_peer_id().to_string(),
        has_pin: true,
        limits: Limits::default(),
        privacy: Privacy::default(),
    };
    let person = Person {
        name: name.to_owned(),
        me,
        owner,
        store: Store::in_memory(),
        own: Own::default(),
        waiting: BTreeMap::new(),
        asleep: false,
    };
    world.people.push(person);
    let who = world.people.len() - 1;
    world.shows_card(who, Vec::new());
}

impl World {
    /// Gives somebody's agent a new key by its owner's word, and begins their node anew. Returns what a thief of the old key has.
    ///
    /// # Panics
    /// When the node can't begin.
    pub fn renews_key(&mut self, who: usize) -> Sender {
        let key = AgentKey::from_seed(&self.dice.random());
        let person = &mut self.people[who];
        let sequence = person.me.sender.delegation.sequence() + 1;
        let begin = self.now.whole_second() - ENVELOPE_LIFE;
        let delegation = Delegation::sign(&person.owner(), &key.public(), sequence, begin, begin + DELEGATION_LIFE);
        let sender = &mut person.me.sender;
        let old = Sender {
            agent: sender.agent.clone(),
            human: sender.human.clone(),
            did: sender.did,
            key: std::mem::replace(&mut sender.key, key),
            delegation: std::mem::replace(&mut sender.delegation, delegation),
        };
        self.transact(who, rotation::begin).expect("it begins");
        self.shows_card(who, Vec::new());
        old
    }

    /// Makes this peer at these addresses somebody's node, and lets their card say so.
    ///
    /// # Panics
    /// When no card can be made of that.
    pub fn lives_at(&mut self, who: usize, peer: &str, addresses: Vec<String>) {
        peer.clone_into(&mut self.people[who].me.peer);
        self.shows_card(who, addresses);
    }

    /// Makes somebody's card anew, with these addresses.
    fn shows_card(&mut self, who: usize, addresses: Vec<String>) {
        let own = self.transact(who, |txn| {
            let card = own_card::renew(txn, addresses)?;
            Ok(Own { card: Some(card), prekeys: keyring(txn.view())? })
        });
        self.people[who].own = own.expect("a card");
    }

    /// The card that somebody shows.
    pub fn card_of(&self, who: usize) -> Card {
        self.people[who].own.card.clone().expect("a card")
    }

    /// Two people add each other.
    pub fn introduce(&mut self, a: usize, b: usize) {
        for (who, other) in [(a, b), (b, a)] {
            self.adds(who, other);
        }
    }

    /// One adds another, who may not know.
    pub fn adds(&mut self, who: usize, other: usize) {
        let card = self.card_of(other);
        let met = "world".to_owned();
        let introduction = Introduction { card, met, addresses: Vec::new(), domain: None, dnssec: None };
        self.transact(who, move |txn| admit(txn, &introduction, None)).expect("added");
    }

    /// Teaches somebody another's card without making them a contact.
    pub fn sees_card(&mut self, who: usize, other: usize) {
        let card = self.card_of(other);
        self.transact(who, move |txn| people::cards::learn(txn, &card)).expect("learned");
    }
}
