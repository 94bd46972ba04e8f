//! Requests to a directory, and its answers.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::directory::{DirectoryRequest, Search, read_found, write_found, write_listed};
use ai2ai_protocol::service::write_refusal;
use serde_json::{Value, json};

use super::cards::card;
use super::people::{ALEX, DARREN, MALLORY, NOW, at, object_of, text, with, with_at, without};
use super::{File, Vector};

/// The vectors.
pub(crate) fn file() -> File {
    let requests = [listings(), searches(), misshapen()].into_iter().flatten();
    File {
        about: "SPEC.md §23. `given.reads` says what `input` is read as: a `request`, the answer `listed`, or the answer `cards` to the \
                search `given.search` at the time `now`. `cards` has a line for each card that is believed: whose it is."
            .to_owned(),
        vectors: requests.map(|vector| vector.given("reads", "request")).chain(listed()).chain(found()).collect(),
    }
}

fn listings() -> Vec<Vector> {
    let list = object_of(&DirectoryRequest::list(&card(ALEX, 42)));
    let forged = with_at(&list, "/card/human", json!("Somebody Famous"));
    let mallorys = with_at(&list, "/card/did", json!(MALLORY.did()));
    let unlist = object_of(&DirectoryRequest::unlist(&ALEX.did()));
    let result = [("request", "list".to_owned()), ("did", ALEX.did().to_string()), ("sequence", "42".to_owned())];
    vec![
        Vector::good("list my card", text(&list), result),
        Vector::bad("a card that was changed", text(&forged), Code::BadSignature, "/signature"),
        Vector::bad("a card in somebody else's name", text(&mallorys), Code::BadDelegation, "/delegation"),
        Vector::bad("without a card", text(&without(&list, "card")), Code::Malformed, "/card"),
        Vector::good(
            "list me no more",
            text(&unlist),
            [("request", "unlist".to_owned()), ("did", ALEX.did().to_string())],
        ),
        Vector::bad("list nobody no more", text(&without(&unlist, "did")), Code::Malformed, "/did"),
    ]
}

fn search(name: Option<&str>, intent: Option<&str>, text: Option<&str>) -> Search {
    let owned = |text: &str| text.to_owned();
    let intent = intent.map(|intent| intent.parse().expect("an intent"));
    Search { name: name.map(owned), intent, text: text.map(owned) }
}

fn searches() -> Vec<Vector> {
    let good = |name: &str, search: &Search| {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let result = [
            ("request", "search".to_owned()),
            ("name", or_none(search.name.clone())),
            ("intent", or_none(search.intent.as_ref().map(ToString::to_string))),
            ("text", or_none(search.text.clone())),
        ];
        Vector::good(name, search.write(), result)
    };
    let all = object_of(&search(None, None, None).write());
    let bad = |name: &str, member: &str, value: Value, code: Code, place: &str| {
        Vector::bad(name, text(&with(&all, member, value)), code, place)
    };
    let left_out = Vector {
        input: Some(text(&["name", "intent", "text"].iter().fold(all.clone(), |rest, name| without(&rest, name)))),
        ..good("with everything left out", &search(None, None, None))
    };
    vec![
        good("everybody", &search(None, None, None)),
        left_out,
        good("by name", &search(Some("Alex"), None, None)),
        good("by intent and words", &search(None, Some("schedule.meeting"), Some("alex en"))),
        good("by a name of 128 characters", &search(Some(&"ä".repeat(128)), None, None)),
        bad("by a name of 129 characters", "name", json!("ä".repeat(129)), Code::TooLarge, ""),
        bad("by nine words", "text", json!("a b c d e f g h i"), Code::TooLarge, ""),
        bad("by a number", "name", json!(7), Code::Malformed, "/name"),
        bad("by what is no intent", "intent", json!("Anything at all"), Code::Malformed, "/intent"),
    ]
}

fn misshapen() -> Vec<Vector> {
    let all = object_of(&search(None, None, None).write());
    let bad = |name: &str, object: &Object, code: Code, place: &str| Vector::bad(name, text(object), code, place);
    vec![
        bad("another version", &with(&all, "ai2ai", json!("0.3")), Code::UnsupportedVersion, "/ai2ai"),
        bad("no request", &with(&all, "type", json!("directory_erase")), Code::Malformed, "/type"),
        Vector::bad("no object", "null", Code::Malformed, ""),
    ]
}

fn listed() -> Vec<Vector> {
    let until = at("2026-02-14T03:55:00Z");
    let vectors = vec![
        Vector::good("listed", write_listed(Some(until)), [("until", until.to_string())]),
        Vector::good("listed no more", write_listed(None), [("until", "-".to_owned())]),
        Vector::bad("refused", write_refusal(Code::WrongRecipient, None), Code::WrongRecipient, ""),
    ];
    vectors.into_iter().map(|vector| vector.given("reads", "listed")).collect()
}

fn found() -> Vec<Vector> {
    let alex = card(ALEX, 42);
    let darren = card(DARREN, 7);
    let forged = with(alex.object(), "human", json!("Somebody Famous"));
    let all = search(None, None, None);
    let good = |name: &str, cards: &[Vec<u8>], search: &Search, now: &str| {
        let input = write_found(cards);
        let believed = read_found(&input, search, at(now)).expect("an answer");
        let dids: Vec<String> = believed.iter().map(|card| card.did().to_string()).collect();
        let asked = String::from_utf8(search.write()).expect("JSON is UTF-8");
        Vector::good(name, input, [("cards", dids.join("\n"))]).given("search", asked).given("now", now)
    };
    let both = [alex.bytes().to_vec(), darren.bytes().to_vec()];
    let beside_lies = [text(&forged).into_bytes(), b"{}".to_vec(), alex.bytes().to_vec()];
    let many = json!({ "ai2ai": "0.2", "type": "directory_cards", "cards": vec![alex.object(); 17] });
    let asked = String::from_utf8(all.write()).expect("JSON is UTF-8");
    let bad = |name: &str, input: Vec<u8>, code: Code, place: &str| {
        Vector::bad(name, input, code, place).given("search", &asked).given("now", NOW)
    };
    let vectors = vec![
        good("two cards", &both, &all, NOW),
        good("one that fits, and one that does not", &both, &search(Some("alex"), None, None), NOW),
        good("beside one that was changed, and what is none", &beside_lies, &all, NOW),
        good("after they have expired", &both, &all, "2027-02-07T03:55:00Z"),
        good("nobody", &[], &all, NOW),
        bad("17 cards", many.to_string().into_bytes(), Code::TooLarge, "/cards"),
        bad("refused", write_refusal(Code::RateLimited, Some(30)), Code::RateLimited, ""),
    ];
    vectors.into_iter().map(|vector| vector.given("reads", "cards")).collect()
}
