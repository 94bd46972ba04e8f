//! Attacks on a mailbox, and their outcome.

use std::time::Duration;

use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::*;
use crate::canonical::Object;
use crate::cast::{Person, alex, at, darren, mallory, now};
use crate::code::Code;
use crate::delegation::Delegation;
use crate::digest::Digest;
use crate::key::{AgentKey, NodeKey, Tag};
use crate::limits::{CLOCK_SKEW, ENVELOPE_BYTES, MAILBOX_BYTES, MAILBOX_MESSAGES, MAILBOX_PLACE};
use crate::seal::{Sealed, seal, seal_bytes};
use crate::service::write_refusal;

fn volunteer() -> NodeKey {
    NodeKey::from_seed(&[40; 32])
}

fn val() -> String {
    volunteer().public().to_peer()
}

fn node_of(seed: u8) -> String {
    NodeKey::from_seed(&[seed; 32]).public().to_peer()
}

fn claim_of(person: &Person, changed: impl FnOnce(&mut Object)) -> Object {
    let mut claim = PlaceClaim::sign(&person.sender, &node_of(1), &val(), now());
    changed(&mut claim);
    claim
}

fn read_claim(claim: &Object) -> Result<PlaceClaim, Code> {
    match MailboxRequest::read(&MailboxRequest::register(claim)).map_err(|refusal| refusal.code)? {
        MailboxRequest::Claim(claim) => Ok(*claim),
        other @ (MailboxRequest::Deposit(_) | MailboxRequest::Collect(_)) => panic!("a claim, not {other:?}"),
    }
}

fn dinner() -> Sealed {
    let envelope = darren().asks_for_dinner(&alex());
    seal(&envelope, &alex().prekey.public(now()), &mut StdRng::from_seed([1; 32])).expect("a good prekey")
}

fn code_of<T: std::fmt::Debug>(result: Result<T, Refusal>) -> Code {
    result.expect_err("refused").code
}

#[test]
fn a_claim_counts_at_one_volunteer_from_one_node_and_for_minutes() {
    let claim = read_claim(&claim_of(&alex(), |_| {})).expect("a good claim");
    assert_eq!((claim.did(), claim.peer()), (&alex().did(), node_of(1).as_str()));
    assert_eq!(claim.check(&val(), &node_of(1), now()), Ok(()));
    assert_eq!(claim.check(&node_of(41), &node_of(1), now()), Err(Code::WrongRecipient), "another volunteer");
    assert_eq!(claim.check(&val(), &node_of(2), now()), Err(Code::WrongRecipient), "another node");
    let skew = CLOCK_SKEW;
    let a_bit = Duration::from_millis(1);
    assert_eq!(claim.check(&val(), &node_of(1), now() + skew), Ok(()));
    assert_eq!(claim.check(&val(), &node_of(1), now() + skew + a_bit), Err(Code::Expired));
    let early = read_claim(&PlaceClaim::sign(&alex().sender, &node_of(1), &val(), now() + skew + a_bit)).expect("good");
    assert_eq!(early.check(&val(), &node_of(1), now()), Err(Code::NotYetValid));
}

#[test]
fn nobody_claims_for_somebody_else() {
    let of_mallory = json!({ "did": alex().did(), "key": mallory().sender.key.public() });
    let resigned = |changed: &dyn Fn(&mut Object)| {
        claim_of(&alex(), |claim| {
            changed(claim);
            mallory().sender.key.sign(Tag::Claim, claim);
        })
    };
    let stolen = resigned(&|claim| drop(claim.insert("from".to_owned(), of_mallory.clone())));
    assert_eq!(read_claim(&stolen), Err(Code::BadDelegation));
    let own_word = resigned(&|claim| {
        claim.insert("from".to_owned(), of_mallory.clone());
        claim.insert("delegation".to_owned(), mallory().sender.delegation.object().clone().into());
    });
    assert_eq!(read_claim(&own_word), Err(Code::BadDelegation));
    assert_eq!(read_claim(&resigned(&|_| {})), Err(Code::BadSignature));
    let no_word = resigned(&|claim| drop(claim.remove("delegation")));
    assert_eq!(read_claim(&no_word), Err(Code::BadDelegation));
    let moved = claim_of(&alex(), |claim| drop(claim.insert("mailbox".to_owned(), node_of(41).into())));
    assert_eq!(read_claim(&moved), Err(Code::BadSignature));
    let unsigned = claim_of(&alex(), |claim| drop(claim.remove("signature")));
    assert_eq!(read_claim(&unsigned), Err(Code::BadSignature));
    let card_like = claim_of(&alex(), |claim| alex().sender.key.sign(Tag::Card, claim));
    assert_eq!(read_claim(&card_like), Err(Code::BadSignature), "a signature for another kind of document");
}

#[test]
fn a_key_that_was_replaced_takes_no_place_and_neither_does_an_older_claim() {
    let claimed = |person: &Person, when| read_claim(&PlaceClaim::sign(&person.sender, &node_of(1), &val(), when));
    let claim = claimed(&alex(), now()).expect("a good claim");
    let place = Place::claimed(&claim, None, now()).expect("a place");
    assert_eq!((place.until, place.is_of(&node_of(1), now())), (now() + MAILBOX_PLACE, true));
    assert!(!place.is_of(&node_of(2), now()) && !place.is_of(&node_of(1), place.until));
    assert_eq!(Place::claimed(&claim, Some(&place), now()).as_ref(), Ok(&place), "a repeat changes nothing");
    let older = claimed(&alex(), now() + Duration::from_secs(1)).expect("a good claim");
    let newer = Place::claimed(&older, Some(&place), now()).expect("a newer claim");
    assert_eq!(Place::claimed(&claim, Some(&newer), now()), Err(PlaceError::Older));

    let mut renewed = alex();
    renewed.sender.key = AgentKey::from_seed(&[77; 32]);
    let key = renewed.sender.key.public();
    renewed.sender.delegation =
        Delegation::sign(&renewed.owner, &key, 2, at("2026-01-01T00:00Z"), at("2026-07-01T00:00Z"));
    let of_new_key = claimed(&renewed, now()).expect("a good claim");
    let place = Place::claimed(&of_new_key, Some(&place), now()).expect("a place");
    let of_thief = claimed(&alex(), now() + Duration::from_secs(5)).expect("well signed");
    assert_eq!(Place::claimed(&of_thief, Some(&place), now()), Err(PlaceError::Replaced));
}

#[test]
fn a_deposit_is_for_one_recipient_and_each_entry_is_judged_for_itself() {
    let good = dinner();
    let other = seal_bytes(&[b"x"], mallory().did(), &alex().prekey.public(now()), &mut StdRng::from_seed([2; 32]));
    let other = other.expect("sealed");
    let bytes = Deposit::write(&alex().did(), &[good.clone(), other.clone()]);
    let Ok(MailboxRequest::Deposit(deposit)) = MailboxRequest::read(&bytes) else { panic!("a deposit") };
    assert_eq!(deposit.sealed[0].as_ref(), Ok(&good));
    let (digest, refusal) = deposit.sealed[1].clone().expect_err("for somebody else");
    assert_eq!((digest, refusal.code), (other.digest(), Code::WrongRecipient));
    assert_eq!(code_of(MailboxRequest::read(&Deposit::write(&alex().did(), &[]))), Code::Malformed);
}

#[test]
fn what_is_no_request_is_refused_with_a_code() {
    let many: Vec<Value> = (0..=BATCH_ENVELOPES).map(|_| Value::Null).collect();
    let collect = |done: Value| json!({ "ai2ai": "0.2", "type": "mailbox_collect", "did": alex().did(), "done": done, "after": 0 });
    let digests: Vec<String> = (0..=BATCH_ENVELOPES).map(|n| Digest::of(&n.to_be_bytes()).to_string()).collect();
    for (value, code) in [
        (json!(null), Code::Malformed),
        (json!({ "ai2ai": "9", "type": "mailbox_collect" }), Code::UnsupportedVersion),
        (json!({ "ai2ai": "0.2", "type": "batch", "sealed": [] }), Code::Malformed),
        (json!({ "ai2ai": "0.2", "type": "mailbox_register", "claim": 1 }), Code::Malformed),
        (json!({ "ai2ai": "0.2", "type": "mailbox_deposit", "to": "me", "sealed": [] }), Code::Malformed),
        (json!({ "ai2ai": "0.2", "type": "mailbox_deposit", "to": alex().did(), "sealed": many }), Code::TooLarge),
        (collect(json!(["sha256:12"])), Code::Malformed),
        (collect(json!(digests)), Code::TooLarge),
        (json!("x".repeat(BATCH_BYTES)), Code::TooLarge),
    ] {
        assert_eq!(code_of(MailboxRequest::read(&canonical(&value))), code, "{value:.80}");
    }
}

#[test]
fn custody_is_bound_to_the_volunteer_the_recipient_and_the_bytes() {
    let kept = dinner().digest();
    let full = Digest::of(b"another");
    let receipts =
        [Deposited { digest: kept, outcome: Ok(()) }, Deposited { digest: full, outcome: Err(Code::MailboxFull) }];
    let signed = Custody::sign(&volunteer(), alex().did(), &receipts, now(), until(now()));
    let custody = Custody::read(&signed, &val(), &alex().did()).expect("a good receipt");
    assert_eq!(custody.receipts, receipts);
    assert!(custody.keeps(&kept) && !custody.keeps(&full) && !custody.keeps(&Digest::of(b"altered")));
    assert_eq!(code_of(Custody::read(&signed, &node_of(41), &alex().did())), Code::BadSignature);
    assert_eq!(code_of(Custody::read(&signed, &val(), &mallory().did())), Code::BadSignature);
    let text = String::from_utf8(signed).expect("JSON");
    let altered = text.replace(&full.to_string(), &Digest::of(b"never kept").to_string());
    assert_eq!(code_of(Custody::read(altered.as_bytes(), &val(), &alex().did())), Code::BadSignature);
    let by_other = Custody::sign(&NodeKey::from_seed(&[41; 32]), alex().did(), &receipts, now(), now());
    let pretended = String::from_utf8(by_other).expect("JSON").replace(&node_of(41), &val());
    assert_eq!(code_of(Custody::read(pretended.as_bytes(), &val(), &alex().did())), Code::BadSignature);
}

#[test]
fn answers_are_read_as_they_were_written_and_refusals_are_told_from_them() {
    let granted = GrantedPlace { until: until(now()), waiting: 3 };
    assert_eq!(GrantedPlace::read(&granted.write()), Ok(granted));
    let sealed = dinner();
    let bytes = canonical(&sealed.object());
    let handover = Handover::read(&Handover::write(&[bytes.clone(), b"7".to_vec(), bytes], 9, 2)).expect("a handover");
    assert_eq!(handover, Handover { sealed: vec![sealed.clone(), sealed], last: 9, more: 2 });
    let none = Handover::read(&Handover::write(&[], 0, 0)).expect("a handover");
    assert_eq!(none.sealed, []);
    for refused in [write_refusal(Code::NoMailbox, None), write_refusal(Code::NoMailbox, Some(60))] {
        assert_eq!(code_of(GrantedPlace::read(&refused)), Code::NoMailbox);
        assert_eq!(code_of(Handover::read(&refused)), Code::NoMailbox);
        assert_eq!(code_of(Custody::read(&refused, &val(), &alex().did())), Code::NoMailbox);
    }
    let newer = br#"{"ai2ai":"0.2","type":"error","code":"never heard of"}"#;
    assert_eq!(code_of(GrantedPlace::read(newer)), Code::Internal);
}

#[test]
fn as_many_as_fit_into_a_deposit_or_a_handover_are_read_again() {
    let prekey = alex().prekey.public(now());
    let one =
        seal_bytes(&[&[b'x'; ENVELOPE_BYTES]], alex().did(), &prekey, &mut StdRng::from_seed([3; 32])).expect("sealed");
    let many = vec![one.clone(); BATCH_ENVELOPES];
    let fit = Deposit::how_many_fit(&many);
    assert!((2..BATCH_ENVELOPES).contains(&fit), "{fit}");
    assert!(MailboxRequest::read(&Deposit::write(&alex().did(), &many[..fit])).is_ok());
    let bytes = canonical(&one.object());
    let fit = Handover::how_many_fit(std::iter::repeat_n(bytes.len(), BATCH_ENVELOPES));
    let handover = Handover::write(&vec![bytes; fit], u64::from(u32::MAX), u64::from(u32::MAX));
    assert_eq!(Handover::read(&handover).expect("a handover").sealed.len(), fit);
}

proptest! {
    /// Whatever is deposited in whatever order and taken out again, nobody has more waiting than the bounds say, and the count is
    /// that of what is there.
    #[test]
    fn no_order_of_deposits_and_collections_goes_beyond_the_bounds(
        steps in prop::collection::vec((0_usize..3, 1_u64..200_000, any::<bool>()), 1..400),
    ) {
        let mut waiting: [Vec<u64>; 3] = [vec![], vec![], vec![]];
        let mut of = [HeldMail::default(); 3];
        let mut all = HeldMail::default();
        for (who, size, collects) in steps {
            if collects && let Some(size) = waiting[who].pop() {
                (of[who], all) = (of[who].without(size), all.without(size));
            } else if has_room(of[who], all, size) {
                waiting[who].push(size);
                (of[who], all) = (of[who].with(size), all.with(size));
            } else {
                prop_assert!(of[who].bytes + size > MAILBOX_BYTES || of[who].messages == MAILBOX_MESSAGES);
            }
            prop_assert!(of[who].messages <= MAILBOX_MESSAGES && of[who].bytes <= MAILBOX_BYTES);
            prop_assert_eq!(of[who].bytes, waiting[who].iter().sum::<u64>());
            prop_assert_eq!(all.messages, waiting.iter().map(|list| list.len() as u64).sum::<u64>());
        }
    }

    /// No bytes make a reader panic.
    #[test]
    fn any_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        drop(MailboxRequest::read(&bytes));
        drop(GrantedPlace::read(&bytes));
        drop(Handover::read(&bytes));
        drop(Custody::read(&bytes, &val(), &alex().did()));
    }
}
