//! Attacks of a stranger on the table: forged, older, expired, misfit and oversized cards, and too many of them.

use std::time::{Duration, Instant};

use ai2ai_protocol::card::{Card, CardDraft, CardNode};
use ai2ai_protocol::code::Code;
use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::key::{AgentKey, OwnerKey};
use ai2ai_protocol::limits::{CARD_BYTES, CARD_LIFE};
use ai2ai_protocol::time::Timestamp;
use libp2p::PeerId;
use libp2p::kad::store::RecordStore as _;
use libp2p::kad::{Record, RecordKey};

use super::search::CardSearch;
use super::{Block, Misfit, Shelf, findings, key, read};

/// 2026-02-07.
fn now() -> Timestamp {
    Timestamp::from_millis(1_770_436_800_000)
}

fn owner(number: u32) -> OwnerKey {
    let mut seed = [9; 32];
    seed[..4].copy_from_slice(&number.to_be_bytes());
    OwnerKey::from_seed(&seed)
}

/// The card of somebody, by its number, under the delegation of another number, issued then.
fn card_at(person: u32, sequence: u64, delegation: u64, issued_at: Timestamp) -> Card {
    let owner = owner(person);
    let agent = AgentKey::from_seed(&[7; 32]);
    let year = Duration::from_secs(300 * 24 * 3600);
    let draft = CardDraft {
        agent: "alex-assistant".parse().expect("a name"),
        human: "Alex".parse().expect("a name"),
        sequence,
        issued_at,
        expires_at: issued_at + CARD_LIFE,
        delegation: Delegation::sign(&owner, &agent.public(), delegation, issued_at - CARD_LIFE, issued_at + year),
        nodes: vec![CardNode {
            peer: "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN".to_owned(),
            addresses: vec!["/ip4/203.0.113.7/tcp/4001".to_owned(), "/ip4/127.0.0.1/tcp/22".to_owned()],
            prekeys: Vec::new(),
        }],
        mailboxes: Vec::new(),
        intents: Vec::new(),
        languages: Vec::new(),
        timezone: None,
    };
    draft.sign(&agent).expect("a card")
}

fn card(person: u32, sequence: u64) -> Card {
    card_at(person, sequence, 1, now())
}

fn record(card: &Card) -> Record {
    Record::new(key(card.did()), card.bytes().to_vec())
}

fn home(number: u8) -> Block {
    Block::V4([203, 0, number])
}

/// A shelf, and somebody who puts things on it.
fn shelf() -> (Shelf, impl Fn(&mut Shelf, &Record) -> Result<(), Misfit>) {
    let moment = Instant::now();
    (Shelf::new(PeerId::random()), move |shelf, record| shelf.admit(record, home(1), now(), moment))
}

#[test]
fn only_a_card_that_verifies_fits_its_key_and_is_of_this_time_is_kept() {
    let (mut shelf, put) = shelf();
    let good = card(1, 5);
    let mut forged = good.bytes().to_vec();
    let at = forged.windows(14).position(|part| part == b"alex-assistant").expect("the agent's name");
    forged[at] = b'b';
    let fits = key(good.did());
    let put_value = |shelf: &mut Shelf, key: &RecordKey, value: Vec<u8>| put(shelf, &Record::new(key.clone(), value));

    assert!(matches!(put_value(&mut shelf, &fits, forged), Err(Misfit::NoCard(why)) if why.code == Code::BadSignature));
    assert!(matches!(put_value(&mut shelf, &fits, b"null".to_vec()), Err(Misfit::NoCard(_))));
    assert_eq!(put_value(&mut shelf, &fits, vec![b' '; CARD_BYTES + 1]), Err(Misfit::TooLarge));
    assert_eq!(put_value(&mut shelf, &key(card(2, 1).did()), good.bytes().to_vec()), Err(Misfit::OtherKey));
    assert_eq!(put_value(&mut shelf, &RecordKey::new(b"x"), good.bytes().to_vec()), Err(Misfit::OtherKey));
    let expired = card_at(1, 9, 1, now() - CARD_LIFE);
    assert_eq!(put(&mut shelf, &record(&expired)), Err(Misfit::Untimely(Code::Expired)));
    let early = card_at(1, 9, 1, now() + CARD_LIFE);
    assert_eq!(put(&mut shelf, &record(&early)), Err(Misfit::Untimely(Code::NotYetValid)));
    assert!(shelf.is_empty());
    assert_eq!(put(&mut shelf, &record(&good)), Ok(()));
    assert_eq!(shelf.get(&fits).map(|kept| kept.value.clone()), Some(good.bytes().to_vec()));
}

#[test]
fn an_older_card_never_takes_the_place_of_a_newer_one() {
    let (mut shelf, put) = shelf();
    assert_eq!(put(&mut shelf, &record(&card_at(1, 5, 2, now()))), Ok(()));
    for (sequence, delegation) in [(4, 2), (5, 2), (6, 1)] {
        let older = card_at(1, sequence, delegation, now() - Duration::from_secs(60));
        assert_eq!(put(&mut shelf, &record(&older)), Err(Misfit::NotNewer), "{sequence} under {delegation}");
    }
    assert_eq!(put(&mut shelf, &record(&card_at(1, 6, 2, now()))), Ok(()));
    assert_eq!(put(&mut shelf, &record(&card_at(1, 1, 3, now()))), Ok(()), "the owner's next agent key");
    assert_eq!(shelf.len(), 1);
}

#[test]
fn what_has_expired_is_given_up_and_what_was_not_admitted_gets_in_by_no_other_door() {
    let (mut shelf, put) = shelf();
    assert_eq!(put(&mut shelf, &record(&card(1, 1))), Ok(()));
    assert!(shelf.put(record(&card(2, 1))).is_err());
    shelf.put(record(&card(1, 1))).expect("it is here already");
    let expires = shelf.get(&key(card(1, 1).did())).and_then(|kept| kept.expires);
    assert!(expires.is_some_and(|at| at <= Instant::now() + CARD_LIFE), "whoever put it has no say in its life");
    shelf.forget_expired(now() + CARD_LIFE - Duration::from_secs(1));
    assert_eq!(shelf.records().count(), 1);
    shelf.forget_expired(now() + CARD_LIFE);
    assert_eq!(shelf.records().count(), 0);
}

#[test]
fn nobody_else_says_what_our_own_card_is() {
    let (mut shelf, put) = shelf();
    shelf.keep_own(&card(1, 5), now(), Instant::now());
    assert_eq!(put(&mut shelf, &record(&card(1, 6))), Err(Misfit::NotNewer));
    shelf.keep_own(&card(1, 7), now(), Instant::now());
    assert_eq!(shelf.get(&key(card(1, 1).did())).map(|kept| kept.value.clone()), Some(card(1, 7).bytes().to_vec()));
}

/// Puts cards of new people on the shelf from one block, as slowly as its rate asks for; how many were taken.
fn flood(shelf: &mut Shelf, block: Block, people: std::ops::Range<u32>, now: &mut Timestamp) -> usize {
    let mut taken = 0;
    for person in people {
        let card = card_at(person, 1, 1, *now);
        taken += usize::from(shelf.admit(&record(&card), block, *now, Instant::now()).is_ok());
        *now = *now + Duration::from_millis(250);
    }
    taken
}

#[test]
fn who_comes_too_often_is_not_even_looked_at() {
    let (mut shelf, put) = shelf();
    let last = (0..500).map(|person| put(&mut shelf, &record(&card(person, 1)))).last();
    assert_eq!(last, Some(Err(Misfit::TooMany)));
    assert!(shelf.len() < 150, "{}", shelf.len());
    let other = shelf.admit(&record(&card(1_000, 1)), home(2), now(), Instant::now());
    assert_eq!(other, Ok(()), "others are served");
}

#[test]
fn a_flood_from_one_place_makes_room_for_others_and_pushes_nobody_out() {
    const ROOM: u32 = 400;
    let mut shelf = Shelf::new(PeerId::random());
    let mut now = now();
    shelf.room = ROOM as usize;
    let honest = 300;
    for person in 0..honest {
        let block = Block::V4([198, 51, u8::try_from(person % 250).expect("a byte")]);
        let card = card_at(person, 1, 1, now);
        assert_eq!(shelf.admit(&record(&card), block, now, Instant::now()), Ok(()));
    }
    flood(&mut shelf, home(1), 10_000..10_000 + ROOM, &mut now);
    assert_eq!(shelf.len(), shelf.room);
    let is_here = |shelf: &Shelf, person: u32| shelf.get(&key(&owner(person).did())).is_some();
    assert!((0..honest).all(|person| is_here(&shelf, person)), "none of the others gave way");
    let newcomer = card_at(5_000, 1, 1, now);
    assert_eq!(shelf.admit(&record(&newcomer), home(2), now, Instant::now()), Ok(()));
    assert!(is_here(&shelf, 5_000) && shelf.len() == shelf.room);
    assert!((0..honest).all(|person| is_here(&shelf, person)), "the flood made room");
}

#[test]
fn the_newest_of_what_was_heard_counts_and_forgeries_count_for_nothing() {
    let mut search = CardSearch::new(owner(1).did());
    let mut forged = record(&card(1, 99));
    forged.value.truncate(forged.value.len() - 1);
    for _ in 0..10 {
        assert!(!search.hear(Some(PeerId::random()), &forged, now()), "forgeries are not enough");
    }
    assert!(!search.hear(Some(PeerId::random()), &record(&card(2, 99)), now()), "nor is somebody else's card");
    let old = PeerId::random();
    for _ in 0..10 {
        assert!(!search.hear(Some(old), &record(&card(1, 3)), now()), "one node alone is never enough");
    }
    assert!(!search.hear(Some(PeerId::random()), &record(&card(1, 5)), now()));
    assert!(search.hear(Some(PeerId::random()), &record(&card(1, 4)), now()));
    assert_eq!(search.newest(), Some(card(1, 5)));
}

#[test]
fn a_found_card_can_not_send_us_to_ourselves() {
    let places: Vec<String> =
        findings(&card(1, 1), now()).iter().flat_map(|finding| &finding.addresses).map(ToString::to_string).collect();
    assert_eq!(places, ["/ip4/203.0.113.7/tcp/4001"]);
}

#[test]
fn a_block_is_what_one_party_has_whole() {
    let block = |text: &str| Block::of(&text.parse().expect("an address"));
    assert_eq!(block("/ip4/203.0.113.7/tcp/1"), block("/ip4/203.0.113.200/udp/9/quic-v1"));
    assert_ne!(block("/ip4/203.0.113.7/tcp/1"), block("/ip4/203.0.114.7/tcp/1"));
    assert_eq!(block("/ip6/2001:db8:7::1/tcp/1"), block("/ip6/2001:db8:7:ffff::2/tcp/1"));
    assert_eq!(block("/ip6/::ffff:203.0.113.7/tcp/1"), block("/ip4/203.0.113.7/tcp/1"));
    assert_eq!(block("/memory/7"), Block::Other);
}

#[test]
fn reading_is_the_same_on_the_way_out() {
    let good = card(1, 5);
    assert_eq!(read(&key(good.did()), good.bytes(), now()), Ok(good.clone()));
    assert_eq!(read(&key(good.did()), good.bytes(), now() + CARD_LIFE), Err(Misfit::Untimely(Code::Expired)));
}

#[test]
fn a_key_is_the_digest_of_a_did_and_of_nothing_else() {
    let did = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp".parse().expect("a did");
    let hex: String = key(&did).to_vec().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "1113a1f0b9f1f5baf91ad16f4f67ef899d31ad56aef736c888bd3b1c4d38868f");
    assert_ne!(key(&did), key(&owner(1).did()));
}
