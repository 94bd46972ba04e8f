//! The store's twin: the same rooms as plain maps, too simple to be wrong.

use std::collections::BTreeMap;

use ai2ai_protocol::delivery::State;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::{ConversationId, ItemId, MessageId};
use ai2ai_protocol::seal::PrekeyId;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::audit::AuditRow;
use ai2ai_store::cards::CardRow;
use ai2ai_store::contacts::ContactRow;
use ai2ai_store::conversations::ConversationRow;
use ai2ai_store::inbox::ItemRow;
use ai2ai_store::messages::MessageRow;
use ai2ai_store::outbox::OutboxRow;
use ai2ai_store::prekeys::PrekeyRow;
use ai2ai_store::quarantine::HeldRow;
use ai2ai_store::replay::SeenRow;
use ai2ai_store::wire::Wire;
use ai2ai_store::{View, audit, cards, contacts, conversations, inbox, messages, outbox, prekeys, quarantine, replay};

use crate::rows::{at, conversation_id, did, item_id, message_id};

/// Expected content of the store.
#[derive(Debug, Clone, Default)]
pub(crate) struct Twin {
    pub(crate) contacts: BTreeMap<Did, ContactRow>,
    pub(crate) cards: BTreeMap<Did, CardRow>,
    pub(crate) prekeys: BTreeMap<PrekeyId, PrekeyRow>,
    pub(crate) conversations: BTreeMap<ConversationId, ConversationRow>,
    pub(crate) messages: Vec<MessageRow>,
    pub(crate) seen: BTreeMap<(Did, MessageId), SeenRow>,
    /// In the order in which they began to wait.
    pub(crate) outbox: Vec<OutboxRow>,
    pub(crate) inbox: BTreeMap<ItemId, ItemRow>,
    pub(crate) held: BTreeMap<(Did, MessageId), HeldRow>,
    pub(crate) audit: Vec<AuditRow>,
}

/// Bound of the small numbers of [`crate::rows`] in random tests.
pub(crate) const NUMBERS: u8 = 6;
/// More rows than there ever are.
const MANY: usize = 1_000;

/// The entries whose time has come go; how many there were.
pub(crate) fn erase<K: Ord + Clone, V>(map: &mut BTreeMap<K, V>, now: Timestamp, end: fn(&V) -> Timestamp) -> usize {
    let before = map.len();
    map.retain(|_, row| end(row) > now);
    before - map.len()
}

impl Twin {
    /// The messages of a conversation, in order.
    pub(crate) fn said_in(&self, conversation: ConversationId) -> Vec<MessageRow> {
        self.messages.iter().filter(|row| row.conversation == conversation).cloned().collect()
    }

    /// Asks the store everything there is to ask, and expects what the maps say.
    pub(crate) fn agrees_with(&self, tx: &impl View) {
        for n in 0..NUMBERS {
            self.agrees_on_person(tx, did(n));
            self.agrees_on_conversation(tx, conversation_id(n));
            assert_eq!(inbox::get(tx, &item_id(n)).expect("readable"), self.inbox.get(&item_id(n)).cloned());
            let id = PrekeyId::from_bytes([n; 16]);
            assert_eq!(prekeys::get(tx, &id).expect("readable"), self.prekeys.get(&id).cloned());
        }
        self.agrees_on_lists(tx);
        self.agrees_on_outbox(tx);
    }

    fn agrees_on_person(&self, tx: &impl View, who: Did) {
        let contact = self.contacts.get(&who).cloned();
        assert_eq!(contacts::get(tx, &who).expect("readable"), contact);
        if let Some(contact) = contact {
            let shouted = contact.name.to_uppercase();
            assert_eq!(contacts::by_name(tx, &shouted).expect("readable"), Some(Wire::Native(contact)));
        }
        assert_eq!(cards::get(tx, &who).expect("readable"), self.cards.get(&who).cloned());
        let items: Vec<_> = self.inbox.values().filter(|row| row.with == who).cloned().collect();
        assert_eq!(inbox::count_of_contact(tx, &who, usize::MAX).expect("readable"), items.len());
        assert_eq!(inbox::of_contact(tx, &who).expect("readable"), items);
        let mut held: Vec<_> = self.held.values().filter(|row| row.sender == who).cloned().collect();
        held.sort_by_key(|row| row.at);
        assert_eq!(quarantine::count_of(tx, &who).expect("readable"), held.len() as u64);
        assert_eq!(quarantine::of(tx, &who).expect("readable"), held);
        for n in 0..NUMBERS {
            let id = message_id(n);
            let said = self.messages.iter().find(|row| (row.sender, row.id) == (who, id)).cloned();
            assert_eq!(messages::get(tx, &who, &id).expect("readable"), said);
            assert_eq!(replay::get(tx, &who, &id).expect("readable"), self.seen.get(&(who, id)).cloned());
        }
        let mut outgoing = self.waiting();
        outgoing.retain(|row| row.to == who);
        assert_eq!(outbox::to(tx, &who).expect("readable"), outgoing);
        outgoing.truncate(2);
        assert_eq!(outbox::first_to(tx, &who, 2).expect("readable"), outgoing);
    }

    fn agrees_on_conversation(&self, tx: &impl View, id: ConversationId) {
        assert_eq!(conversations::get(tx, &id).expect("readable"), self.conversations.get(&id).cloned());
        let said = self.said_in(id);
        assert_eq!(messages::of(tx, &id).expect("readable"), said);
        let placed: Vec<_> = (1..).zip(said.clone()).skip(1).take(2).collect();
        assert_eq!(messages::after(tx, &id, 1, 2).expect("readable"), placed);
        let cleared: Vec<_> = said.into_iter().filter(|row| row.cleared).collect();
        assert_eq!(messages::cleared_of(tx, &id).expect("readable"), cleared);
        let newest = self.inbox.values().rfind(|row| row.conversation == Some(id)).cloned();
        assert_eq!(inbox::of_conversation(tx, &id).expect("readable"), newest);
    }

    fn agrees_on_lists(&self, tx: &impl View) {
        let mut people: Vec<_> = self.contacts.values().cloned().collect();
        people.sort_by_key(|row| row.name.to_lowercase());
        assert_eq!(contacts::all(tx).expect("readable"), people);

        let newest = self.prekeys.values().max_by_key(|row| (row.erase_at, row.id)).cloned();
        assert_eq!(prekeys::newest(tx).expect("readable"), newest);

        let mut kept: Vec<_> = self.prekeys.values().cloned().collect();
        kept.sort_by_key(|row| (row.erase_at, row.id));
        assert_eq!(prekeys::all(tx).expect("readable"), kept);
        for seconds in 0..NUMBERS {
            let now = at(seconds);
            let over = self.seen.values().any(|row| row.keep_until <= now);
            assert_eq!(replay::has_due(tx, now).expect("readable"), over);
            let over = self.held.values().any(|row| row.expires_at <= now);
            assert_eq!(quarantine::has_due(tx, now).expect("readable"), over);
        }

        let mut talks: Vec<_> = self.conversations.values().cloned().collect();
        let first = conversation_id(1);
        let last = conversation_id(3);
        let some: Vec<_> = self.conversations.range(first..=last).map(|(_, row)| row.clone()).take(2).collect();
        assert_eq!(conversations::range(tx, &first, &last, 2).expect("readable"), some);
        talks.sort_by_key(|row| std::cmp::Reverse((row.touched_at, row.id)));
        assert_eq!(conversations::latest(tx, MANY).expect("readable"), talks);
        if let Some((newest, older)) = talks.split_first() {
            assert_eq!(conversations::before(tx, (newest.touched_at, newest.id), MANY).expect("readable"), older);
            let theirs: Vec<_> = self.conversations.values().filter(|row| row.with == newest.with).cloned().collect();
            assert_eq!(conversations::with(tx, &newest.with, MANY).expect("readable"), theirs);
        }
        talks.truncate(2);
        assert_eq!(conversations::latest(tx, 2).expect("readable"), talks);
        self.agrees_on_open_conversations(tx);

        assert_eq!(inbox::all(tx).expect("readable"), native(self.inbox.values()));
        assert_eq!(inbox::count(tx).expect("readable"), self.inbox.len() as u64);
        assert_eq!(inbox::first(tx, 2).expect("readable"), native(self.inbox.values().take(2)));
        let first = item_id(1);
        let last = item_id(3);
        let some: Vec<_> = self.inbox.range(first..=last).map(|(_, row)| row.clone()).take(2).collect();
        assert_eq!(inbox::range(tx, &first, &last, 2).expect("readable"), native(&some));
        let mut ended: Vec<_> = self.inbox.values().filter(|row| row.expires_at <= at(3)).cloned().collect();
        ended.sort_by_key(|row| (row.expires_at, row.id));
        assert_eq!(inbox::expired(tx, at(3)).expect("readable"), native(&ended));
        assert_eq!(quarantine::count(tx).expect("readable"), self.held.len() as u64);
        assert_eq!(audit::all(tx).expect("readable"), self.audit);
        let newest: Vec<_> = self.audit.iter().rev().take(2).cloned().collect();
        assert_eq!(audit::latest(tx, 2).expect("readable"), newest);
    }

    fn agrees_on_open_conversations(&self, tx: &impl View) {
        let end = |row: &ConversationRow| row.machine.expires_at();
        let mut open: Vec<_> = self.conversations.values().cloned().collect();
        open.retain(|row| !row.machine.phase(at(0)).is_closed());
        open.sort_by_key(|row| (end(row).is_none(), end(row), row.id));
        assert_eq!(conversations::all_open(tx).expect("readable"), open);
        for seconds in 0..NUMBERS {
            let now = at(seconds);
            let over: Vec<_> = open.iter().filter(|row| end(row).is_some_and(|end| end <= now)).cloned().collect();
            assert_eq!(conversations::expired(tx, now, MANY).expect("readable"), over);
        }
    }

    fn waiting(&self) -> Vec<OutboxRow> {
        self.outbox.iter().filter(|row| !row.delivery.state().is_over()).cloned().collect()
    }

    fn agrees_on_outbox(&self, tx: &impl View) {
        let mut waiting = self.waiting();
        waiting.sort_by_key(|row| row.to);
        assert_eq!(outbox::waiting(tx, MANY).expect("readable"), waiting);
        assert_eq!(outbox::count_waiting(tx).expect("readable"), waiting.len() as u64);
        waiting.sort_by_key(|row| (row.delivery.next_attempt_at(), row.id));
        let first = waiting.first().and_then(|row| row.delivery.next_attempt_at());
        assert_eq!(outbox::next_due(tx).expect("readable"), first);
        for seconds in 0..NUMBERS {
            let due: Vec<_> = waiting.iter().filter(|row| row.delivery.is_due(at(seconds))).take(3).cloned().collect();
            assert_eq!(outbox::due(tx, at(seconds), 3).expect("readable"), due);
        }
        let mut all = self.outbox.clone();
        all.sort_by_key(|row| row.id);
        assert_eq!(outbox::all(tx).expect("readable"), all);
        for row in &all {
            assert_eq!(outbox::get(tx, &row.id).expect("readable").as_ref(), Some(row));
        }
        all.retain(|row| matches!(row.delivery.state(), State::Expired | State::Dead));
        assert_eq!(outbox::count_dead(tx).expect("readable"), all.len() as u64);
        assert_eq!(outbox::dead(tx, MANY).expect("readable"), native(&all));
    }
}

/// These rows, as a table gives them that has rows of the original, too.
fn native<'r, N: Clone + 'r, L>(rows: impl IntoIterator<Item = &'r N>) -> Vec<Wire<N, L>> {
    rows.into_iter().cloned().map(Wire::Native).collect()
}
