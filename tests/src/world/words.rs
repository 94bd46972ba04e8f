//! Words and decisions of people in the world, and forgeries of them.

use std::time::Duration;

use ai2ai_api::audit::AuditFactor;
use ai2ai_api::exit::Failure;
use ai2ai_api::views::DecisionView;
use ai2ai_core::content::{Reply, Words};
use ai2ai_core::decisions::decide;
use ai2ai_core::lookup::item::native_as_shown;
use ai2ai_core::outbound::compose;
use ai2ai_core::outbound::compose::Said;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::envelope::{Draft, Kind, Recipient, VerifiedEnvelope, verify};
use ai2ai_protocol::id::{ConversationId, ItemId, MessageId};
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::inbox::{self, ItemRow};
use ai2ai_store::wire::Wire;
use ai2ai_store::{contacts, messages};

use super::World;

/// Time for which a draft is valid.
const DAY: Duration = Duration::from_secs(24 * 3_600);

impl World {
    /// Says something to a contact as somebody's owner, in this conversation or a new one.
    ///
    /// # Errors
    /// What the node refuses.
    pub fn says(
        &mut self,
        who: usize,
        other: usize,
        conversation: Option<ConversationId>,
        words: Words,
    ) -> Result<Said, Failure> {
        let did = *self.people[other].me.did();
        let owner = self.people[who].owner();
        self.transact(who, |txn| {
            let contact = contacts::get(txn.view(), &did)?.expect("a contact");
            let conversation = conversation.unwrap_or_else(|| txn.new_conversation());
            compose::say(txn, &contact, conversation, words, Some(&owner))
        })
    }

    /// Returns what waits for somebody's owner.
    pub fn items(&self, who: usize) -> Vec<ItemRow> {
        let items = inbox::all(&self.people[who].store.read().expect("a look")).expect("items");
        items.into_iter().filter_map(Wire::native).collect()
    }

    /// Approves an item as it is, as somebody's owner.
    ///
    /// # Errors
    /// What the node refuses.
    pub fn approves(&mut self, who: usize, item: &ItemRow, reply: &Reply) -> Result<DecisionView, Failure> {
        let owner = self.people[who].owner();
        self.transact(who, |txn| {
            let item = native_as_shown(txn.view(), &item.id.to_string(), Some(&item.digest), txn.now)?;
            decide::approve(txn, &item, reply, None, &owner, &AuditFactor::Pin)
        })
    }

    /// Rejects an item as somebody's owner, as it is.
    ///
    /// # Errors
    /// What the node refuses.
    pub fn rejects(&mut self, who: usize, id: &ItemId, shown: Option<&Digest>) -> Result<DecisionView, Failure> {
        self.transact(who, |txn| {
            let item = native_as_shown(txn.view(), &id.to_string(), shown, txn.now)?;
            decide::reject(txn, &item, None, &AuditFactor::Typed)
        })
    }

    /// The draft of an empty message to somebody, made at this moment and valid for a day; `n` makes its ids.
    pub fn draft(&self, to: usize, n: u8, at: Timestamp) -> Draft {
        Draft {
            id: MessageId::new(at, [n; 10]),
            timestamp: at.whole_second(),
            expires_at: at.whole_second() + DAY,
            to: Recipient { did: *self.people[to].me.did(), agent: None },
            conversation: ConversationId::new(at, [n; 10]),
            in_reply_to: None,
            kind: Kind::Message,
            intent: "message.relay".parse().expect("an intent"),
            payload: Object::new(),
            approval: None,
        }
    }

    /// Returns what comes to somebody if another's agent signs this draft.
    pub fn signed(&self, from: usize, to: usize, draft: Draft) -> VerifiedEnvelope {
        let signed = draft.sign(&self.people[from].me.sender).expect("a good draft");
        verify(signed.bytes(), self.people[to].me.did()).expect("it verifies")
    }

    /// The envelope of a message that one has said to another, as it comes to them.
    pub fn as_said(&self, from: usize, to: usize, id: MessageId) -> VerifiedEnvelope {
        let sender = *self.people[from].me.did();
        let tx = self.people[from].store.read().expect("a look");
        let row = messages::get(&tx, &sender, &id).expect("a look").expect("a message");
        verify(&row.bytes, self.people[to].me.did()).expect("it verifies")
    }
}
