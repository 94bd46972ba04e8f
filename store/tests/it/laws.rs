//! Laws: whatever is done in whatever order, the store answers as its twin of plain maps does.

use ai2ai_store::wire::Wire;
use ai2ai_store::{
    Keep, Store, StoreError, Write, audit, cards, contacts, conversations, inbox, messages, outbox, prekeys,
    quarantine, replay,
};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::rows::{self, at, conversation_id, did, item_id, message_id};
use crate::twin::{NUMBERS, Twin, erase};

/// Something that the node may do in a transaction.
#[derive(Debug, Clone)]
enum Deed {
    People(People),
    Talk(Talk),
    Owner(Owner),
}

/// Something about the people and their keys.
#[derive(Debug, Clone)]
enum People {
    PutContact { who: u8, name: &'static str, seconds: u8 },
    RemoveContact(u8),
    PutCard { who: u8, seconds: u8 },
    RemoveCard(u8),
    PutPrekey { key: u8, seconds: u8 },
    ErasePrekeys(u8),
}

/// Something about what is said and heard.
#[derive(Debug, Clone)]
enum Talk {
    PutConversation { id: u8, seconds: u8 },
    Say { conversation: u8, sender: u8, id: u8, cleared: bool },
    Clear { sender: u8, id: u8, cleared: bool },
    Answer { sender: u8, id: u8, answer: u8, seconds: u8 },
    EraseAnswers(u8),
    Queue { id: u8, to: u8, seconds: u8 },
    Progress { id: u8, how: u8 },
    RemoveOutgoing(u8),
    Forget(u8),
}

/// Something about what waits for the owner, and what the owner did.
#[derive(Debug, Clone)]
enum Owner {
    PutItem { id: u8, with: u8, conversation: Option<u8> },
    RemoveItem(u8),
    Hold { sender: u8, id: u8, arrived: u8, expires: u8 },
    ReleaseHeld(u8),
    EraseHeld(u8),
    Audit(u8),
}

/// Ending of a transaction.
#[derive(Debug, Clone, Copy)]
enum End {
    Commit,
    Drop,
    CommitAndReopen,
}

fn n() -> std::ops::Range<u8> {
    0..NUMBERS
}

fn any_deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        1 => any_about_people().prop_map(Deed::People),
        2 => any_about_talk().prop_map(Deed::Talk),
        1 => any_about_the_owner().prop_map(Deed::Owner),
    ]
}

fn any_about_people() -> impl Strategy<Value = People> {
    let name = prop::sample::select(vec!["Alex", "alex", "ALEX", "Zoë", "ZOË", "Bo", ""]);
    prop_oneof![
        (n(), name, n()).prop_map(|(who, name, seconds)| People::PutContact { who, name, seconds }),
        n().prop_map(People::RemoveContact),
        (n(), n()).prop_map(|(who, seconds)| People::PutCard { who, seconds }),
        n().prop_map(People::RemoveCard),
        (n(), n()).prop_map(|(key, seconds)| People::PutPrekey { key, seconds }),
        n().prop_map(People::ErasePrekeys),
    ]
}

fn any_about_talk() -> impl Strategy<Value = Talk> {
    prop_oneof![
        1 => (n(), 1..NUMBERS).prop_map(|(id, seconds)| Talk::PutConversation { id, seconds }),
        1 => (n(), n(), n(), any::<bool>()).prop_map(|(conversation, sender, id, cleared)| Talk::Say {
            conversation,
            sender,
            id,
            cleared
        }),
        1 => (n(), n(), any::<bool>()).prop_map(|(sender, id, cleared)| Talk::Clear { sender, id, cleared }),
        1 => (n(), n(), n(), n()).prop_map(|(sender, id, answer, seconds)| Talk::Answer { sender, id, answer, seconds }),
        1 => n().prop_map(Talk::EraseAnswers),
        3 => (n(), 0..2_u8, n()).prop_map(|(id, to, seconds)| Talk::Queue { id, to, seconds }),
        3 => (n(), n()).prop_map(|(id, how)| Talk::Progress { id, how }),
        1 => n().prop_map(Talk::RemoveOutgoing),
        1 => n().prop_map(Talk::Forget),
    ]
}

fn any_about_the_owner() -> impl Strategy<Value = Owner> {
    prop_oneof![
        (n(), n(), prop::option::of(n())).prop_map(|(id, with, conversation)| Owner::PutItem {
            id,
            with,
            conversation
        }),
        n().prop_map(Owner::RemoveItem),
        // Arrival follows the id, so that the order among equals need not be told apart.
        (n(), n(), n()).prop_map(|(sender, id, expires)| Owner::Hold { sender, id, arrived: NUMBERS - id, expires }),
        n().prop_map(Owner::ReleaseHeld),
        n().prop_map(Owner::EraseHeld),
        n().prop_map(Owner::Audit),
    ]
}

fn any_end() -> impl Strategy<Value = End> {
    prop_oneof![3 => Just(End::Commit), 1 => Just(End::Drop), 1 => Just(End::CommitAndReopen)]
}

/// Does the same in the store and in its twin; both answer the same.
fn carry_out(deed: &Deed, tx: &Write, twin: &mut Twin) -> Result<(), StoreError> {
    match deed {
        Deed::People(deed) => about_people(deed, tx, twin),
        Deed::Talk(deed) => about_talk(deed, tx, twin),
        Deed::Owner(deed) => about_the_owner(deed, tx, twin),
    }
}

fn about_people(deed: &People, tx: &Write, twin: &mut Twin) -> Result<(), StoreError> {
    match *deed {
        People::PutContact { who, name, seconds } => put_contact(tx, twin, who, name, seconds)?,
        People::RemoveContact(who) => {
            assert_eq!(contacts::remove(tx, &did(who))?.and_then(Wire::native), twin.contacts.remove(&did(who)));
        }
        People::PutCard { who, seconds } => {
            cards::put(tx, &did(who), &rows::card(who, seconds))?;
            twin.cards.insert(did(who), rows::card(who, seconds));
        }
        People::RemoveCard(who) => {
            assert_eq!(cards::remove(tx, &did(who))?, twin.cards.remove(&did(who)).is_some());
        }
        People::PutPrekey { key, seconds } => {
            let row = rows::prekey(key, seconds);
            prekeys::put(tx, &row)?;
            twin.prekeys.insert(row.id, row);
        }
        People::ErasePrekeys(now) => {
            let erased = erase(&mut twin.prekeys, at(now), |row| row.erase_at);
            assert_eq!(prekeys::erase_due(tx, at(now))?, erased);
        }
    }
    Ok(())
}

fn about_talk(deed: &Talk, tx: &Write, twin: &mut Twin) -> Result<(), StoreError> {
    match *deed {
        Talk::PutConversation { id, seconds } => {
            let row = rows::conversation(id, seconds);
            conversations::put(tx, &row)?;
            twin.conversations.insert(row.id, row);
        }
        Talk::Say { conversation, sender, id, cleared } => {
            say(tx, twin, &rows::message(conversation, sender, id, cleared))?;
        }
        Talk::Clear { sender, id, cleared } => {
            let sender = did(sender);
            let id = message_id(id);
            let row = twin.messages.iter_mut().find(|row| (row.sender, row.id) == (sender, id));
            assert_eq!(messages::set_cleared(tx, &sender, &id, cleared)?, row.is_some());
            if let Some(row) = row {
                row.cleared = cleared;
            }
        }
        Talk::Answer { sender, id, answer, seconds } => {
            let row = rows::seen(answer, seconds);
            replay::put(tx, &did(sender), &message_id(id), &row)?;
            twin.seen.insert((did(sender), message_id(id)), row);
        }
        Talk::EraseAnswers(now) => {
            let erased = erase(&mut twin.seen, at(now), |row| row.keep_until);
            assert_eq!(replay::erase_due(tx, at(now))?, erased);
        }
        Talk::Queue { id, to, seconds } => {
            send(tx, twin, rows::outgoing(id, to, rows::waits(seconds)))?;
        }
        Talk::Progress { id, how } => {
            if let Some(row) = twin.outbox.iter().find(|row| row.id == message_id(id)).cloned() {
                let delivery = rows::ends(&row.delivery, how);
                send(tx, twin, outbox::OutboxRow { delivery, ..row })?;
            }
        }
        Talk::RemoveOutgoing(id) => {
            let place = twin.outbox.iter().position(|row| row.id == message_id(id));
            let row = place.map(|place| twin.outbox.remove(place));
            assert_eq!(outbox::remove(tx, &message_id(id))?.and_then(Wire::native), row);
        }
        Talk::Forget(id) => {
            let id = conversation_id(id);
            let said: Vec<_> = twin.said_in(id).iter().map(|row| (row.sender, row.id)).collect();
            twin.messages.retain(|row| row.conversation != id);
            assert_eq!(messages::remove_of(tx, &id)?, said);
            assert_eq!(conversations::remove(tx, &id)?, twin.conversations.remove(&id));
        }
    }
    Ok(())
}

fn about_the_owner(deed: &Owner, tx: &Write, twin: &mut Twin) -> Result<(), StoreError> {
    match *deed {
        Owner::PutItem { id, with, conversation } => {
            let row = rows::item(id, with, conversation);
            inbox::put(tx, &row)?;
            twin.inbox.insert(row.id, row);
        }
        Owner::RemoveItem(id) => {
            assert_eq!(inbox::remove(tx, &item_id(id))?.and_then(Wire::native), twin.inbox.remove(&item_id(id)));
        }
        Owner::Hold { sender, id, arrived, expires } => {
            let row = rows::held(sender, id, arrived, expires);
            quarantine::put(tx, &row)?;
            twin.held.insert((row.sender, row.id), row);
        }
        Owner::ReleaseHeld(who) => {
            let before = twin.held.len();
            twin.held.retain(|(sender, _), _| *sender != did(who));
            assert_eq!(quarantine::remove_of(tx, &did(who))?, (before - twin.held.len()) as u64);
        }
        Owner::EraseHeld(now) => {
            let erased = erase(&mut twin.held, at(now), |row| row.expires_at);
            assert_eq!(quarantine::erase_due(tx, at(now))?, erased);
        }
        Owner::Audit(n) => {
            twin.audit.push(rows::audit(n));
            assert_eq!(audit::append(tx, &rows::audit(n))?, twin.audit.len() as u64);
        }
    }
    Ok(())
}

fn put_contact(tx: &Write, twin: &mut Twin, who: u8, name: &str, seconds: u8) -> Result<(), StoreError> {
    let row = rows::contact(who, name, seconds);
    let taken =
        |other: &&contacts::ContactRow| other.did != row.did && other.name.to_lowercase() == row.name.to_lowercase();
    if let Some(other) = twin.contacts.values().find(taken) {
        let error = contacts::put(tx, &row).expect_err("the name is taken");
        assert!(matches!(error, StoreError::NameTaken { by, .. } if by == other.did), "{error}");
    } else {
        contacts::put(tx, &row)?;
        twin.contacts.insert(row.did, row);
    }
    Ok(())
}

fn say(tx: &Write, twin: &mut Twin, row: &messages::MessageRow) -> Result<(), StoreError> {
    if twin.messages.iter().any(|said| (said.sender, said.id) == (row.sender, row.id)) {
        let error = messages::append(tx, row).expect_err("it was said");
        assert!(matches!(error, StoreError::MessageStored { .. }), "{error}");
    } else {
        let place = messages::append(tx, row)?;
        twin.messages.push(row.clone());
        assert_eq!(place, twin.said_in(row.conversation).len() as u64);
    }
    Ok(())
}

/// A row keeps its place while it waits for the same recipient; else it goes to the end.
fn send(tx: &Write, twin: &mut Twin, row: outbox::OutboxRow) -> Result<(), StoreError> {
    outbox::put(tx, &row)?;
    match twin.outbox.iter().position(|old| old.id == row.id) {
        Some(place) if twin.outbox[place].to == row.to && !twin.outbox[place].delivery.state().is_over() => {
            twin.outbox[place] = row;
        }
        Some(place) => {
            twin.outbox.remove(place);
            twin.outbox.push(row);
        }
        None => twin.outbox.push(row),
    }
    Ok(())
}

/// A night: what is done in it, and how it ends.
type Night = (Vec<Deed>, End);

fn any_nights() -> impl Strategy<Value = Vec<Night>> {
    prop::collection::vec((prop::collection::vec(any_deed(), 0..24), any_end()), 1..6)
}

/// Does it all, and asks everything after each night. `reopen` closes the store and opens it again.
fn live_through(nights: &[Night], mut store: Store, reopen: impl Fn(Store) -> Store) {
    let mut twin = Twin::default();
    for (deeds, end) in nights {
        let keep = if let End::Drop = end { Keep::Nothing } else { Keep::OnDisk };
        let done = store.write_keeping(|tx| {
            let mut after = twin.clone();
            for deed in deeds {
                carry_out(deed, tx, &mut after)?;
            }
            after.agrees_with(tx);
            twin.agrees_with(&store.read()?);
            Ok::<_, StoreError>((after, keep))
        });
        let after = done.expect("done");
        if keep == Keep::OnDisk {
            twin = after;
        }
        if let End::CommitAndReopen = end {
            store = reopen(store);
        }
        twin.agrees_with(&store.read().expect("a view"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn in_memory_the_store_answers_as_plain_maps_do(nights in any_nights()) {
        live_through(&nights, Store::in_memory(), |store| store);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn in_a_file_the_store_answers_as_plain_maps_do(nights in any_nights()) {
        let home = TempDir::new().expect("a directory");
        let path = home.path().join("store.redb");
        live_through(&nights, Store::open(&path).expect("a new store"), |store| {
            drop(store);
            Store::open(&path).expect("opens")
        });
    }
}
