//! Who wants to be found lists themselves in a volunteer's directory; who asks gets cards, and whatever else somebody puts there
//! comes to nothing.

use std::time::Instant;

use ai2ai_protocol::canonical::canonical;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::directory::{DirectoryRequest, Search, read_found, read_listed};
use ai2ai_protocol::limits::DIRECTORY_ASKS_PER_MINUTE;
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::rogue::{Rogue, Tale};
use ai2ai_tests::solo::Solo;
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::json;

fn a_volunteer() -> (Solo, (String, String)) {
    let val = Solo::moves_in("Val", "volunteer = true").is_up();
    let place = val.listens().expect("an address");
    (val, place)
}

fn person(folder: &std::path::Path, name: &str, address: &str, settings: &str) -> Laptop {
    let mut laptop = Laptop::on_loopback(name, folder);
    laptop.init();
    laptop.sets(&format!("bootstrap = [{address:?}]\n{settings}"));
    laptop.up();
    laptop
}

fn found(who: &Laptop, words: &[&str]) -> Vec<String> {
    let answer = who.owner(&[&["find"], words].concat());
    let lines = answer.lines.iter().filter(|line| line["schema"] == "found/1");
    lines.map(|line| line["did"].as_str().expect("a did").to_owned()).collect()
}

#[test]
fn who_wants_to_be_found_is_found_by_name_intent_and_text_and_can_be_added() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_val, (peer, address)) = a_volunteer();
    let at = format!("{address}/p2p/{peer}");
    let sam = person(folder.path(), "sam", &at, "publish = [\"directory\"]");
    let alex = person(folder.path(), "alex", &at, "");
    wait_for("sam to be listed", PATIENCE, || (found(&alex, &["sam"]) == [sam.did()]).then_some(()));
    for words in [&["--name", "SAM"][..], &["--intent", "schedule.meeting"], &["sam assistant MEETING"], &[]] {
        assert_eq!(found(&alex, words), [sam.did()], "{words:?}");
    }
    for words in [&["--name", "sa"][..], &["--intent", "commerce.offer"], &["sam dentist"], &["alex"]] {
        assert_eq!(found(&alex, words), [""; 0], "{words:?}");
    }
    let line = alex.owner(&["find", "sam"]).done().one().clone();
    assert_eq!((&line["verified"], &line["human"]), (&json!(false), &json!("sam")));
    let added = alex.owner(&["add", sam.agent()]).done();
    assert_eq!(added.text("did"), sam.did());
    let _ = alex.owner(&["send", "sam", "I found you"]).done();
    wait_for("the message to arrive", PATIENCE, || (alex.status()["outbox"] == 0).then_some(()));
    let long = "x".repeat(129);
    assert_eq!(alex.owner(&["find", &long]).exit, 2, "too long");
    let agent = alex.agent_runs(&["find", "sam"]);
    assert_eq!(agent.exit, 5, "an agent does not look for people");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_lists_somebody_else_or_an_old_card_and_a_flood_ends() {
    let (_val, place) = a_volunteer();
    let owner = Rogue::appears(60).await;
    let thief = Rogue::appears(70).await;
    let code = |answer: &[u8]| read_listed(answer).expect_err("refused").code;
    let by_name = |name: &str| Search { name: Some(name.to_owned()), ..Search::default() };
    let first = owner.card_numbered(1);
    let second = owner.card_numbered(2);

    let stolen = thief.asks_directory(&place, DirectoryRequest::list(&second)).await;
    assert_eq!(code(&stolen), Code::WrongRecipient, "only the node itself lists its card");
    let mut forged = second.object().clone();
    forged.insert("human".to_owned(), "Somebody Famous".into());
    let forged = canonical(&json!({ "ai2ai": "0.2", "type": "directory_list", "card": forged }));
    assert_eq!(code(&owner.asks_directory(&place, forged).await), Code::BadSignature);
    assert!(
        read_listed(&owner.asks_directory(&place, DirectoryRequest::list(&second)).await).expect("listed").is_some()
    );
    assert_eq!(code(&owner.asks_directory(&place, DirectoryRequest::list(&first)).await), Code::Expired, "an old card");
    let unlisted = thief.asks_directory(&place, DirectoryRequest::unlist(second.did())).await;
    assert_eq!(read_listed(&unlisted), Ok(None), "it tells nobody who is listed");
    let answer = thief.asks_directory(&place, by_name("Mallory").write()).await;
    let cards = read_found(&answer, &by_name("Mallory"), ai2ai_api::clock::now()).expect("cards");
    assert_eq!(cards, std::slice::from_ref(&second));
    let huge = Search { text: Some("a ".repeat(5_000)), ..Search::default() };
    assert_eq!(code(&thief.asks_directory(&place, huge.write()).await), Code::TooLarge);

    let mut answered = 0;
    let start = Instant::now();
    let last = loop {
        let answer = thief.asks_directory(&place, by_name("nobody").write()).await;
        if read_listed(&answer).expect_err("no listing").code == Code::RateLimited {
            break answer;
        }
        answered += 1;
    };
    assert!(answered <= DIRECTORY_ASKS_PER_MINUTE + start.elapsed().as_secs() + 1, "{answered}");
    assert!(last.windows(13).any(|part| part == b"retry_after_s"));
    assert_eq!(read_listed(&owner.asks_directory(&place, DirectoryRequest::unlist(second.did())).await), Ok(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_lies_is_believed_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let liar = Rogue::volunteers(110).await;
    let address = liar.address();
    let tells = tokio::spawn(liar.tells_tales(Tale::ForgedOldAndOthers));
    let alex = person(folder.path(), "alex", &address, "");
    wait_for("the liar to be known", PATIENCE, || (alex.owner(&["find", "--name", "Mallory"]).exit == 0).then_some(()));
    assert_eq!(found(&alex, &["--name", "Mallory"]).len(), 1, "one of its cards is true, and is found");
    assert_eq!(found(&alex, &["--name", "Somebody Famous"]), [""; 0], "a forged one is not");
    assert_eq!(found(&alex, &["dentist"]), [""; 0], "what was not asked for is left out");
    tells.abort();
}
