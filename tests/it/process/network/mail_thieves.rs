//! Whoever wants somebody else's mail, or wants nobody to have any, meets a real volunteer. The volunteer that lies is in `hostile`.

use ai2ai_protocol::canonical::canonical;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::limits::{BATCH_ENVELOPES, MAILBOX_DEPOSITS_PER_HOUR, MAILBOX_MESSAGES};
use ai2ai_protocol::mailbox::{Collect, Custody, Deposit, GrantedPlace, Handover, MailboxRequest};
use ai2ai_protocol::seal::Sealed;
use ai2ai_tests::rogue::Rogue;
use ai2ai_tests::solo::Solo;
use serde_json::{Value, json};

/// A volunteer that keeps the rules, and where it is.
fn a_volunteer() -> (Solo, (String, String)) {
    let val = Solo::moves_in("Val", "volunteer = true").is_up();
    let place = val.listens().expect("an address");
    (val, place)
}

/// Something that looks like a sealed envelope for somebody.
fn sealed(to: &Did, number: u64) -> Sealed {
    let bytes = number.to_be_bytes().repeat(4);
    let base64 = data_encoding::BASE64.encode(&bytes);
    let value = json!({
        "ai2ai": "0.2", "type": "sealed", "suite": "x25519-hkdf-sha256-aes-256-gcm", "to": to,
        "prekey": "0".repeat(32), "enc": base64, "ciphertext": base64,
    });
    Sealed::read(&value).expect("the form of one")
}

fn many(to: &Did, first: u64, count: u64) -> Vec<Sealed> {
    (first..first + count).map(|number| sealed(to, number)).collect()
}

fn refused(answer: &[u8]) -> Code {
    GrantedPlace::read(answer).expect_err("refused").code
}

fn collect(did: &Did, done: Vec<Digest>, after: u64) -> Vec<u8> {
    Collect { did: *did, done, after }.write()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_collects_what_is_not_theirs() {
    let (mut val, place) = a_volunteer();
    let owner = Rogue::appears(60).await;
    let thief = Rogue::appears(70).await;
    let did = owner.sender.did;
    let claim = owner.claims(&place.0);
    GrantedPlace::read(&owner.asks_mailbox(&place, MailboxRequest::register(&claim)).await).expect("a place");
    let letter = sealed(&did, 1);
    let answer = thief.asks_mailbox(&place, Deposit::write(&did, std::slice::from_ref(&letter))).await;
    assert!(Custody::read(&answer, &place.0, &did).expect("custody").keeps(&letter.digest()));

    assert_eq!(refused(&thief.asks_mailbox(&place, collect(&did, vec![], 0)).await), Code::NoMailbox);
    let erases = collect(&did, vec![letter.digest()], 0);
    assert_eq!(refused(&thief.asks_mailbox(&place, erases).await), Code::NoMailbox);
    let replayed = thief.asks_mailbox(&place, MailboxRequest::register(&claim)).await;
    assert_eq!(refused(&replayed), Code::WrongRecipient, "another node replays the claim");
    let mut forged = thief.claims(&place.0);
    forged.insert("from".to_owned(), claim["from"].clone());
    assert_eq!(refused(&thief.asks_mailbox(&place, MailboxRequest::register(&forged)).await), Code::BadDelegation);

    let (_vic, elsewhere) = a_volunteer();
    let moved = owner.asks_mailbox(&elsewhere, MailboxRequest::register(&claim)).await;
    assert_eq!(refused(&moved), Code::WrongRecipient, "the claim is for another volunteer");
    assert_eq!(refused(&owner.asks_mailbox(&elsewhere, collect(&did, vec![], 0)).await), Code::NoMailbox);

    val.is_killed();
    val.starts();
    let place = val.listens().expect("an address");
    let mine = Handover::read(&owner.asks_mailbox(&place, collect(&did, vec![], 0)).await).expect("a handover");
    assert_eq!(mine.sealed, std::slice::from_ref(&letter), "it is there still, after kill -9");
    let rest = owner.asks_mailbox(&place, collect(&did, vec![letter.digest()], 0)).await;
    assert_eq!(Handover::read(&rest).expect("a handover").sealed, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_deposits_ends_at_its_bounds() {
    let (val, place) = a_volunteer();
    let owner = Rogue::appears(60).await;
    let flood = Rogue::appears(70).await;
    let other = Rogue::appears(80).await;
    let did = owner.sender.did;
    let nobody = other.sender.did;
    let unknown = flood.asks_mailbox(&place, Deposit::write(&nobody, &[sealed(&nobody, 1)])).await;
    assert_eq!(refused(&unknown), Code::NoMailbox, "nothing is kept for whoever did not ask for it");
    GrantedPlace::read(&owner.asks_mailbox(&place, MailboxRequest::register(&owner.claims(&place.0))).await)
        .expect("a place");

    let mut value: Value = serde_json::from_slice(&Deposit::write(&did, &[sealed(&did, 1)])).expect("JSON");
    value["sealed"] = vec![value["sealed"][0].clone(); BATCH_ENVELOPES + 1].into();
    assert_eq!(refused(&flood.asks_mailbox(&place, canonical(&value)).await), Code::TooLarge);

    let mut sent = 0;
    let mut kept = 0;
    let limited = loop {
        let some = many(&did, sent, BATCH_ENVELOPES as u64);
        let answer = flood.asks_mailbox(&place, Deposit::write(&did, &some)).await;
        let Ok(custody) = Custody::read(&answer, &place.0, &did) else { break answer };
        kept += custody.receipts.iter().filter(|one| one.outcome.is_ok()).count() as u64;
        sent += BATCH_ENVELOPES as u64;
    };
    assert_eq!(refused(&limited), Code::RateLimited);
    assert!(limited.windows(13).any(|part| part == b"retry_after_s"));
    assert!(kept <= MAILBOX_DEPOSITS_PER_HOUR && kept > MAILBOX_DEPOSITS_PER_HOUR - 2 * BATCH_ENVELOPES as u64);
    let rest = MAILBOX_MESSAGES - kept + 1;
    let more = many(&did, 1_000_000, rest.min(BATCH_ENVELOPES as u64));
    let mut full = Vec::new();
    for _ in 0..3 {
        let answer = other.asks_mailbox(&place, Deposit::write(&did, &many(&did, 2_000_000, 40))).await;
        full = Custody::read(&answer, &place.0, &did).expect("custody").receipts;
        drop(other.asks_mailbox(&place, Deposit::write(&did, &more)).await);
    }
    let holds = &val.asks(&["status"])[0]["keeps"];
    assert_eq!(holds["messages"], MAILBOX_MESSAGES, "{full:?}");

    // An owner who never lets go of anything gets the same again, in bounded batches, and nobody else pays for it.
    let first = Handover::read(&owner.asks_mailbox(&place, collect(&did, vec![], 0)).await).expect("a handover");
    let again = Handover::read(&owner.asks_mailbox(&place, collect(&did, vec![], 0)).await).expect("a handover");
    assert_eq!((first.sealed.len(), &first), (BATCH_ENVELOPES, &again));
    assert_eq!(first.more, MAILBOX_MESSAGES - BATCH_ENVELOPES as u64);
    let next = owner.asks_mailbox(&place, collect(&did, vec![], first.last)).await;
    assert_ne!(Handover::read(&next).expect("a handover").sealed, first.sealed);
}
