//! Transaction of a decision: one moment, one write transaction of the store, and the effects that follow once it is durable.

use ai2ai_api::event_name::EventName;
use ai2ai_api::views::EventView;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::{ConversationId, ItemId, MessageId};
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::{Write, kv};
use rand::RngExt as _;
use rand::rngs::StdRng;

use crate::context::Me;
pub use crate::error::{Step, Stop};
use crate::event::Effect;

/// Transaction of one decision: whatever the core decides, it decides on one of these, and with nothing else.
///
/// It shares the store's transaction with others. So it checks first and writes last: a refusal leaves nothing written, and a
/// [`StoreError`](ai2ai_store::StoreError) undoes the whole group. `'a` is the life of this one, `'t` that of the store's.
pub struct Txn<'a, 't> {
    /// This node.
    pub me: &'a Me,
    /// Transaction of the store, which it shares with others.
    pub tx: &'a Write<'t>,
    /// Moment at which it decides.
    pub now: Timestamp,
    dice: &'a mut StdRng,
    effects: Vec<Effect>,
    durability: Durability,
}

/// Moment by which the rows of a transaction are on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// A moment later: were they lost, they would only be learnt again.
    Soon,
    /// Before anybody is told of them.
    Now,
}

impl<'a, 't> Txn<'a, 't> {
    /// Creates a transaction at this moment, with this source of randomness.
    pub fn new(me: &'a Me, tx: &'a Write<'t>, now: Timestamp, dice: &'a mut StdRng) -> Self {
        Self { me, tx, now, dice, effects: Vec::new(), durability: Durability::Now }
    }

    /// Moment by which its rows are on the disk.
    #[must_use]
    pub fn durability(&self) -> Durability {
        self.durability
    }

    /// Allows its rows to be lost in a crash, as they would be learnt again, unless something in it has to
    /// last.
    pub fn may_be_lost(&mut self) {
        self.durability = Durability::Soon;
    }

    /// Has its rows on the disk before anybody is told of them.
    pub(crate) fn has_to_last(&mut self) {
        self.durability = Durability::Now;
    }

    /// Takes the effects, to be carried out once the transaction is durable.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Returns the transaction, to look at.
    #[must_use]
    pub fn view(&self) -> &Write<'t> {
        self.tx
    }

    /// Makes the id of a new message.
    pub fn new_message(&mut self) -> MessageId {
        MessageId::new(self.now, self.dice.random())
    }

    /// Makes the id of a new conversation.
    pub fn new_conversation(&mut self) -> ConversationId {
        ConversationId::new(self.now, self.dice.random())
    }

    /// Makes the id of a new item.
    pub fn new_item(&mut self) -> ItemId {
        ItemId::new(self.now, self.dice.random())
    }

    /// Draws bytes that nobody can foretell.
    pub fn random(&mut self) -> [u8; 10] {
        self.dice.random()
    }

    /// Draws a number, for jitter.
    pub fn roll(&mut self) -> u64 {
        self.dice.random()
    }

    /// Draws a secret, which is erased when it is dropped.
    pub fn secret(&mut self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.dice.random())
    }

    /// Adds the effect that delivers what waits for this identity, once.
    pub fn deliver(&mut self, to: Did) {
        let is_same = |effect: &Effect| matches!(effect, Effect::Deliver(did) if *did == to);
        if !self.effects.iter().any(is_same) {
            self.effects.push(Effect::Deliver(to));
        }
    }

    /// Adds the effect that posts what waits for this agent of the protocol's original.
    pub fn post(&mut self, to: Did) {
        self.effects.push(Effect::Post(to));
    }

    /// Adds the effect that keeps a stranger's card, for whoever lets them in.
    pub fn shown(&mut self, card: Card) {
        self.effects.push(Effect::Shown(Box::new(card)));
    }

    /// Adds the effect that tells watchers of an event.
    pub fn tell(&mut self, event: EventName, detail: String, did: Option<Did>, conversation: Option<ConversationId>) {
        let event = EventView { at: self.now, event, detail, did, conversation };
        self.effects.push(Effect::Tell(event));
    }
}

/// Stores a text under this key, over a restart.
///
/// # Errors
/// When the database fails.
pub fn keep_text(txn: &mut Txn<'_, '_>, name: &str, text: &str) -> Step<()> {
    Ok(kv::put(txn.tx, name, text)?)
}
