//! A node that breaks the rules meets a real one: each try is refused with its code, and changes nothing.

use std::time::Duration;

use ai2ai_protocol::approval::{Approval, ApprovalOf};
use ai2ai_protocol::batch::write_batch;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::envelope::{Content, Draft, Kind};
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::key::OwnerKey;
use ai2ai_protocol::receipt::Outcome;
use ai2ai_protocol::seal::seal;
use ai2ai_protocol::terms;
use ai2ai_tests::rogue::{Rogue, Victim};
use ai2ai_tests::solo::Solo;
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::{Value, json};

fn alex_is_up() -> Solo {
    Solo::moves_in("Alex", "").is_up()
}

fn state_of(alex: &Solo, conversation: ConversationId) -> String {
    let view = alex.asks(&["conversation", &conversation.to_string()]).remove(0);
    view["state"].as_str().expect("a state").to_owned()
}

fn object(value: Value) -> Object {
    value.as_object().cloned().expect("an object")
}

/// Alex has proposed dinner to the rogue, with definite terms.
async fn a_proposal() -> (Solo, Rogue, Victim, Content) {
    let alex = alex_is_up();
    let mut rogue = Rogue::appears(40).await;
    let (peer, address) = alex.listens().expect("an address");
    let victim = rogue.meets(&peer, &address).await;
    let added = alex.asks(&["add", &rogue.address(), "--as", "Mallory"]);
    assert_eq!(added[0]["name"], "Mallory", "{added:?}");
    let sent = alex.asks(&["meet", "Mallory", "--subject", "Dinner", "--time", "2035-02-10T19:00Z"]);
    assert_eq!(sent[0]["schema"], "sent/1", "{sent:?}");
    let offer = rogue.hears().await;
    wait_for("the offer to stand", PATIENCE, || {
        alex.asks(&["conversation", &offer.conversation().to_string()]).first()?["terms_hash"].as_str().map(drop)
    });
    (alex, rogue, victim, offer)
}

fn offered(offer: &Content) -> ai2ai_protocol::digest::TermsHash {
    terms::hash(offer.payload()["terms"].as_object().expect("terms"))
}

fn confirm(rogue: &Rogue, victim: &Victim, offer: &Content) -> Draft {
    let payload = object(json!({ "terms_hash": offered(offer) }));
    rogue.draft(victim, offer.conversation(), Kind::Confirm, payload)
}

/// What the rogue's human would sign for this draft.
fn approval(of: &Draft, victim: &Victim, hash: ai2ai_protocol::digest::TermsHash) -> ApprovalOf {
    ApprovalOf { act: of.kind, with: *victim.card.did(), conversation: of.conversation, terms: hash, at: of.timestamp }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirm_without_its_humans_approval_of_these_terms_is_refused() {
    let (alex, rogue, victim, offer) = a_proposal().await;
    let hash = offered(&offer);
    let other_terms = terms::hash(&object(json!({ "subject": "Dinner", "time": "2035-02-11T19:00Z" })));
    let bare = || confirm(&rogue, &victim, &offer);
    let approved =
        |draft: Draft, of: ApprovalOf, by: &OwnerKey| Draft { approval: Some(Approval::sign(by, &of)), ..draft };
    let honest = approval(&bare(), &victim, hash);
    let another = ConversationId::new(ai2ai_api::clock::now(), [9; 10]);
    let stranger = OwnerKey::from_seed(&[77; 32]);

    let other = Draft { payload: object(json!({ "terms_hash": other_terms })), ..bare() };
    let tries = [
        ("without approval", bare(), Code::ApprovalMissing),
        (
            "of other terms, properly approved",
            approved(other, ApprovalOf { terms: other_terms, ..honest }, &rogue.owner),
            Code::StaleTerms,
        ),
        (
            "approved for other terms",
            approved(bare(), ApprovalOf { terms: other_terms, ..honest }, &rogue.owner),
            Code::ApprovalInvalid,
        ),
        (
            "approved in another conversation",
            approved(bare(), ApprovalOf { conversation: another, ..honest }, &rogue.owner),
            Code::ApprovalInvalid,
        ),
        (
            "approved for another act",
            approved(bare(), ApprovalOf { act: Kind::Response, ..honest }, &rogue.owner),
            Code::ApprovalInvalid,
        ),
        (
            "approved towards somebody else",
            approved(bare(), ApprovalOf { with: rogue.owner.did(), ..honest }, &rogue.owner),
            Code::ApprovalInvalid,
        ),
        ("approved by somebody else", approved(bare(), honest, &stranger), Code::ApprovalInvalid),
    ];
    for (how, draft, code) in tries {
        let receipt = rogue.receipt_for(&victim, &rogue.signs(draft)).await;
        assert_eq!(receipt.outcome, Outcome::Refused(code), "a confirm {how}");
        let told = receipt.state.map(|state| (state.phase, state.terms));
        assert_eq!(told, Some((Phase::Proposed, Some(hash))), "what the sender of a confirm {how} learns");
        assert_eq!(state_of(&alex, offer.conversation()), "proposed", "after a confirm {how}");
    }

    let proper = rogue.signs(approved(bare(), honest, &rogue.owner));
    assert_eq!(rogue.sends(&victim, &proper).await, Outcome::Accepted);
    assert_eq!(state_of(&alex, offer.conversation()), "confirmed");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_gets_its_code_and_changes_nothing() {
    let (alex, rogue, victim, offer) = a_proposal().await;
    let talk = || rogue.draft(&victim, offer.conversation(), Kind::Message, object(json!({ "text": "hello" })));
    let day = Duration::from_secs(24 * 3600);
    let hour = Duration::from_secs(3600);
    let fresh = talk();
    let then = fresh.timestamp - day;
    let later = fresh.timestamp + hour;

    let forged = {
        let signed = rogue.signs(talk());
        let text = String::from_utf8_lossy(signed.bytes()).replace("hello", "jello");
        Content::of_stored(text.as_bytes()).expect("a form")
    };
    let strange = ConversationId::new(ai2ai_api::clock::now(), [5; 10]);
    let answer = Draft { in_reply_to: Some(offer.id()), conversation: strange, ..talk() };
    let tries = [
        (
            "expired",
            (*rogue.signs(Draft { timestamp: then, expires_at: then + hour, ..talk() })).clone(),
            Code::Expired,
        ),
        (
            "from the future",
            (*rogue.signs(Draft { timestamp: later, expires_at: later + day, ..talk() })).clone(),
            Code::NotYetValid,
        ),
        ("changed after it was signed", forged, Code::BadSignature),
        ("in a conversation that is not there", (*rogue.signs(answer)).clone(), Code::UnknownConversation),
    ];
    for (how, envelope, code) in tries {
        assert_eq!(rogue.sends(&victim, &envelope).await, Outcome::Refused(code), "{how}");
    }

    let said = rogue.signs(talk());
    for _ in 0..3 {
        assert_eq!(rogue.sends(&victim, &said).await, Outcome::Accepted, "a repeat gets its first receipt again");
    }
    let same_id = rogue.signs(Draft { id: said.id(), payload: object(json!({ "text": "other" })), ..talk() });
    assert_eq!(rogue.sends(&victim, &same_id).await, Outcome::Refused(Code::ReplayedDifferently));

    for bytes in [
        b"null".to_vec(),
        b"{".to_vec(),
        vec![b'['; 100_000],
        br#"{"ai2ai":"0.2","type":"batch","sealed":[null]}"#.to_vec(),
    ] {
        let receipts = rogue.sends_bytes(&victim, bytes.clone()).await;
        let refused = receipts.is_none_or(|receipts| {
            receipts.list().iter().all(|receipt| matches!(receipt.outcome, Outcome::Refused(_)))
        });
        assert!(refused, "{} bytes", bytes.len());
    }
    let view = alex.asks(&["conversation", &offer.conversation().to_string()]).remove(0);
    let heard: Vec<&Value> =
        view["messages"].as_array().expect("messages").iter().filter(|said| said["side"] == "them").collect();
    assert_eq!(heard.len(), 1, "one message of all that was tried: {heard:?}");
    assert_eq!(heard[0]["id"], said.id().to_string());
}

/// Twenty garbage messages in a friend's name locked the original's friend out. Here they cost whoever brought them.
#[tokio::test(flavor = "multi_thread")]
async fn garbage_is_soon_refused_unopened_and_locks_nobody_else_out() {
    let (alex, rogue, victim, offer) = a_proposal().await;
    let talk =
        || rogue.signs(rogue.draft(&victim, offer.conversation(), Kind::Message, object(json!({ "text": "hi" }))));
    let prekey = victim.card.nodes()[0].prekey(ai2ai_api::clock::now()).expect("a prekey");
    let sealed = seal(&talk(), prekey, &mut rand::rng()).expect("sealed");
    let batch = String::from_utf8(write_batch(&vec![sealed; 64])).expect("JSON");
    let garbage = batch.replace("\"ciphertext\":\"", "\"ciphertext\":\"AAAA");
    let mut codes = Vec::new();
    for _ in 0..4 {
        let receipts = rogue.sends_bytes(&victim, garbage.clone().into_bytes()).await.expect("receipts");
        assert_eq!(receipts.list().len(), 64);
        codes.push((receipts.list()[0].outcome, receipts.list()[0].retry_after_s.is_some()));
    }
    let opened = Outcome::Refused(Code::CannotOpen);
    let unopened = Outcome::Refused(Code::RateLimited);
    assert_eq!(codes, [(opened, false), (opened, false), (unopened, true), (unopened, true)]);
    assert_eq!(rogue.sends(&victim, &talk()).await, unopened, "good or bad, it is not opened now");

    let mut other = Rogue::appears(50).await;
    let (peer, address) = alex.listens().expect("an address");
    let victim = other.meets(&peer, &address).await;
    let added = alex.asks(&["add", &other.address(), "--as", "Friend"]);
    assert_eq!(added[0]["name"], "Friend", "{added:?}");
    let _ = alex.asks(&["meet", "Friend", "--subject", "Dinner", "--time", "2035-02-10T19:00Z"]);
    let offer = other.hears().await;
    let words = other.draft(&victim, offer.conversation(), Kind::Message, object(json!({ "text": "hi" })));
    assert_eq!(other.sends(&victim, &other.signs(words)).await, Outcome::Accepted);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_meant_for_somebody_else_is_refused() {
    let (alex, rogue, victim, offer) = a_proposal().await;
    let other = OwnerKey::from_seed(&[78; 32]).did();
    let mut draft = rogue.draft(&victim, offer.conversation(), Kind::Message, object(json!({ "text": "psst" })));
    draft.to.did = other;
    draft.id = MessageId::new(ai2ai_api::clock::now(), [3; 10]);
    assert_eq!(rogue.sends(&victim, &rogue.signs(draft)).await, Outcome::Refused(Code::WrongRecipient));
    assert_eq!(state_of(&alex, offer.conversation()), "proposed");
}
