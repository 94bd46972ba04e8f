//! Yesterday's bytes: the published vectors mean what they meant, and the program that made them makes them again.

#[path = "../examples/make_vectors/files/mod.rs"]
mod files;

use std::collections::BTreeMap;

use ai2ai_protocol::agreement;
use ai2ai_protocol::approval::Approval;
use ai2ai_protocol::batch::read_batch;
use ai2ai_protocol::canonical::{Object, canonical, read_value};
use ai2ai_protocol::card::Card;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::conversation::Act;
use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::directory::{self, read_found, read_listed};
use ai2ai_protocol::envelope::{verify, verify_any};
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::key::{Tag, signed_bytes};
use ai2ai_protocol::limits::ENVELOPE_BYTES;
use ai2ai_protocol::mailbox::{self, Custody, GrantedPlace, Handover};
use ai2ai_protocol::name::{AgentName, HumanName, Intent};
use ai2ai_protocol::receipt::{Outcome, Receipts};
use ai2ai_protocol::refusal::Refusal;
use ai2ai_protocol::seal::{Prekey, Sealed};
use ai2ai_protocol::terms::act_of;
use ai2ai_protocol::time::Timestamp;
use data_encoding::{BASE64, HEXLOWER};

use files::{File, Vector};

/// The code's outcome for an input.
type Found = Result<Vec<(&'static str, String)>, Refusal>;

/// The published files, as they are in the repository.
const PUBLISHED: [(&str, &str); 12] = [
    ("json.json", include_str!("../vectors/json.json")),
    ("names.json", include_str!("../vectors/names.json")),
    ("delegation.json", include_str!("../vectors/delegation.json")),
    ("card.json", include_str!("../vectors/card.json")),
    ("envelope.json", include_str!("../vectors/envelope.json")),
    ("sealed.json", include_str!("../vectors/sealed.json")),
    ("receipts.json", include_str!("../vectors/receipts.json")),
    ("approval.json", include_str!("../vectors/approval.json")),
    ("agreement.json", include_str!("../vectors/agreement.json")),
    ("mailbox.json", include_str!("../vectors/mailbox.json")),
    ("directory.json", include_str!("../vectors/directory.json")),
    ("people.json", include_str!("../vectors/people.json")),
];

#[test]
fn the_program_makes_the_published_files_byte_for_byte() {
    let made = files::all();
    assert_eq!(made.len(), PUBLISHED.len());
    for (name, text) in made {
        let published = PUBLISHED.iter().find(|(published, _)| *published == name).expect("a published file").1;
        assert!(text == published, "{name} is not what the program makes");
    }
}

/// Runs one file's vectors through what this crate makes of their inputs.
fn run(file: &str, judge: fn(&Vector, &[u8]) -> Found) {
    let text = PUBLISHED.iter().find(|(name, _)| *name == file).expect("a published file").1;
    let File { vectors, .. } = serde_json::from_str(text).expect("a file of vectors");
    assert!(!vectors.is_empty());
    for vector in vectors {
        let input = match (&vector.input, &vector.input_base64) {
            (Some(text), None) => text.clone().into_bytes(),
            (None, Some(base64)) => BASE64.decode(base64.as_bytes()).expect("base64"),
            _ => panic!("{}: a vector has one input", vector.name),
        };
        let found: BTreeMap<String, String> = match judge(&vector, &input) {
            Ok(found) => found.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            Err(refusal) => [("code".to_owned(), refusal.code.to_string()), ("place".to_owned(), refusal.place)].into(),
        };
        assert_eq!(found, vector.result, "{file}: {}", vector.name);
    }
}

fn late(code: Code) -> Refusal {
    Refusal::new(code, "")
}

/// The object that an input is; the judges that need it have read it before.
fn object_of(input: &[u8]) -> Object {
    serde_json::from_slice(input).expect("an object")
}

fn signed_text(tag: Tag, input: &[u8]) -> String {
    String::from_utf8(signed_bytes(tag, &object_of(input))).expect("JSON is UTF-8")
}

fn digest_of(input: &[u8]) -> String {
    Digest::of(&canonical(&object_of(input))).to_string()
}

fn did(vector: &Vector, name: &str) -> Did {
    vector.given[name].parse().expect("an identity")
}

#[test]
fn json_is_read_as_published() {
    run("json.json", |_, input| {
        let form = canonical(&read_value(input, ENVELOPE_BYTES)?);
        let digest = Digest::of(&form).to_string();
        Ok(vec![("canonical", String::from_utf8(form).expect("JSON is UTF-8")), ("digest", digest)])
    });
}

#[test]
fn names_are_read_as_published() {
    run("names.json", |vector, input| {
        let text = std::str::from_utf8(input).expect("a text");
        let same = |written: String| vec![("text", written)];
        let read = match vector.given["kind"].as_str() {
            "did" => text.parse().map(|did: Did| vec![("public_key", HEXLOWER.encode(&did.to_bytes()))]).ok(),
            "time" => text.parse().map(|time: Timestamp| vec![("millis", time.as_millis().to_string())]).ok(),
            "id" => text.parse().map(|id: MessageId| same(id.to_string())).ok(),
            "digest" => text.parse().map(|digest: Digest| same(digest.to_string())).ok(),
            "agent" => text.parse().map(|name: AgentName| same(name.to_string())).ok(),
            "human" => text.parse().map(|name: HumanName| same(name.to_string())).ok(),
            "intent" => text.parse().map(|intent: Intent| same(intent.to_string())).ok(),
            kind => panic!("{kind} is no kind of text"),
        };
        read.ok_or_else(|| late(Code::Malformed))
    });
}

#[test]
fn delegations_are_read_as_published() {
    run("delegation.json", |_, input| {
        Delegation::read(&read_value(input, ENVELOPE_BYTES)?)?;
        Ok(vec![("signed_bytes", signed_text(Tag::Delegation, input)), ("digest", digest_of(input))])
    });
}

#[test]
fn cards_are_read_as_published() {
    run("card.json", |vector, input| {
        let card = Card::read(input)?;
        if let Some(now) = vector.given.get("now") {
            card.check_current(now.parse().expect("a time")).map_err(late)?;
        }
        let prekeys = card.nodes().iter().flat_map(|node| &node.prekeys).map(|prekey| prekey.id().to_string());
        let prekeys = prekeys.collect::<Vec<_>>().join(" ");
        Ok(vec![("signed_bytes", signed_text(Tag::Card, input)), ("digest", digest_of(input)), ("prekeys", prekeys)])
    });
}

#[test]
fn envelopes_are_verified_as_published() {
    run("envelope.json", |vector, input| {
        let read = verify(input, &did(vector, "me"))?;
        if let Some(now) = vector.given.get("now") {
            read.check_life(now.parse().expect("a time")).map_err(late)?;
        }
        Ok(vec![
            ("signed_bytes", signed_text(Tag::Envelope, input)),
            ("digest", read.digest().to_string()),
            ("type", read.kind().to_string()),
            ("intent", read.intent().to_string()),
        ])
    });
}

/// A line for each entry: its digest, and what is wrong with it.
fn entries(entries: Vec<Result<Sealed, (Digest, Refusal)>>) -> String {
    let said = |entry: Result<Sealed, (Digest, Refusal)>| match entry {
        Ok(sealed) => format!("{} ok", sealed.digest()),
        Err((digest, refusal)) => format!("{digest} {}", refusal.code),
    };
    lines(entries.into_iter().map(said))
}

fn lines(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join("\n")
}

#[test]
fn seals_are_opened_as_published() {
    run("sealed.json", |vector, input| {
        if vector.given.contains_key("batch") {
            return Ok(vec![("sealed", entries(read_batch(input)?))]);
        }
        let secret = HEXLOWER.decode(vector.given["prekey_secret"].as_bytes()).expect("hexadecimal digits");
        let prekey = Prekey::from_secret(secret.try_into().expect("32 bytes"));
        let sealed = Sealed::read(&read_value(input, ENVELOPE_BYTES)?)?;
        let opened = sealed.open(&prekey).map_err(late)?;
        let opened = String::from_utf8(opened.join(&b'\n')).expect("JSON is UTF-8");
        Ok(vec![("opened", opened), ("digest", sealed.digest().to_string())])
    });
}

#[test]
fn receipts_are_believed_as_published() {
    run("receipts.json", |vector, input| {
        let said = |outcome: Outcome| match outcome {
            Outcome::Accepted => "accepted".to_owned(),
            Outcome::Held => "held".to_owned(),
            Outcome::Refused(code) => code.to_string(),
        };
        let read = Receipts::read(input, &did(vector, "from"))?;
        let outcomes: Vec<String> = read.list().iter().map(|receipt| said(receipt.outcome)).collect();
        Ok(vec![("signed_bytes", signed_text(Tag::Receipts, input)), ("outcomes", outcomes.join("\n"))])
    });
}

fn act_text(act: &Act) -> String {
    match act {
        Act::Talk => "talk".to_owned(),
        Act::Offer { terms, replaces: None } => format!("offer {terms}"),
        Act::Offer { terms, replaces: Some(message) } => format!("offer {terms} instead of {message}"),
        Act::Confirm { terms } => format!("confirm {terms}"),
        Act::Reject => "reject".to_owned(),
        Act::Cancel { terms } => format!("cancel {terms}"),
    }
}

#[test]
fn acts_and_approvals_are_taken_as_published() {
    run("approval.json", |vector, input| {
        let envelope = verify_any(input)?;
        let act = act_of(&envelope)?;
        let mut found = vec![("act", act_text(&act))];
        let approved = match (&act, vector.given.get("terms")) {
            (Act::Talk | Act::Reject, _) => return Ok(found),
            (Act::Confirm { .. }, Some(terms)) => {
                Approval::check_confirm(&envelope, &object_of(terms.as_bytes())).map_err(late)?
            }
            (Act::Offer { .. } | Act::Confirm { .. } | Act::Cancel { .. }, _) => {
                Approval::check(&envelope).map_err(late)?
            }
        };
        let approval = envelope.approval().expect("it was checked");
        let signed = match approval.get("mandate").and_then(|mandate| mandate.as_object()) {
            Some(mandate) => signed_bytes(Tag::Mandate, mandate),
            None => signed_bytes(Tag::Approval, approval),
        };
        found.push(("by", approved.by.as_str().to_owned()));
        found.push(("signed_bytes", String::from_utf8(signed).expect("JSON is UTF-8")));
        Ok(found)
    });
}

#[test]
fn agreements_are_checked_as_published() {
    run("agreement.json", |_, input| {
        let report = agreement::verify(input);
        let mut found = vec![("valid", report.is_valid().to_string())];
        if report.is_valid() {
            found.push(("terms_hash", report.terms_hash.expect("a valid agreement has terms").to_string()));
        }
        Ok(found)
    });
}

#[test]
fn mailboxes_are_asked_and_answer_as_published() {
    run("mailbox.json", |vector, input| match vector.given["reads"].as_str() {
        "request" => match mailbox::MailboxRequest::read(input)? {
            mailbox::MailboxRequest::Claim(claim) => {
                let now = vector.given["now"].parse().expect("a time");
                claim.check(&vector.given["me"], &vector.given["from"], now).map_err(late)?;
                let claimed = object_of(input)["claim"].to_string();
                let signed = signed_text(Tag::Claim, claimed.as_bytes());
                Ok(vec![("request", "claim".to_owned()), ("did", claim.did().to_string()), ("signed_bytes", signed)])
            }
            mailbox::MailboxRequest::Deposit(deposit) => {
                let to = deposit.to.to_string();
                let sealed = entries(deposit.sealed);
                Ok(vec![("request", "deposit".to_owned()), ("to", to), ("sealed", sealed)])
            }
            mailbox::MailboxRequest::Collect(collect) => Ok(vec![
                ("request", "collect".to_owned()),
                ("did", collect.did.to_string()),
                ("done", lines(collect.done.iter().map(ToString::to_string))),
                ("after", collect.after.to_string()),
            ]),
        },
        "custody" => {
            let custody = Custody::read(input, &vector.given["mailbox"], &did(vector, "to"))?;
            let said = custody.receipts.iter().map(|one| match one.outcome {
                Ok(()) => format!("{} kept", one.digest),
                Err(code) => format!("{} {code}", one.digest),
            });
            let signed = signed_text(Tag::Custody, input);
            Ok(vec![("signed_bytes", signed), ("until", custody.until.to_string()), ("receipts", lines(said))])
        }
        "place" => {
            let granted = GrantedPlace::read(input)?;
            Ok(vec![("until", granted.until.to_string()), ("waiting", granted.waiting.to_string())])
        }
        "handover" => {
            let handover = Handover::read(input)?;
            let digests = lines(handover.sealed.iter().map(|sealed| sealed.digest().to_string()));
            let last = handover.last.to_string();
            let more = handover.more.to_string();
            Ok(vec![("sealed", digests), ("last", last), ("more", more)])
        }
        other => panic!("{other} is nothing that is read"),
    });
}

#[test]
fn directories_are_asked_and_answer_as_published() {
    run("directory.json", |vector, input| match vector.given["reads"].as_str() {
        "request" => Ok(match directory::DirectoryRequest::read(input)? {
            directory::DirectoryRequest::List(card) => vec![
                ("request", "list".to_owned()),
                ("did", card.did().to_string()),
                ("sequence", card.sequence().to_string()),
            ],
            directory::DirectoryRequest::Unlist(did) => {
                vec![("request", "unlist".to_owned()), ("did", did.to_string())]
            }
            directory::DirectoryRequest::Search(search) => {
                let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
                vec![
                    ("request", "search".to_owned()),
                    ("name", or_none(search.name)),
                    ("intent", or_none(search.intent.map(|intent| intent.to_string()))),
                    ("text", or_none(search.text)),
                ]
            }
        }),
        "listed" => Ok(vec![("until", read_listed(input)?.map_or_else(|| "-".to_owned(), |until| until.to_string()))]),
        "cards" => {
            let asked = directory::DirectoryRequest::read(vector.given["search"].as_bytes()).expect("a search");
            let directory::DirectoryRequest::Search(search) = asked else { panic!("a search is given") };
            let now = vector.given["now"].parse().expect("a time");
            let cards = read_found(input, &search, now)?;
            Ok(vec![("cards", lines(cards.iter().map(|card| card.did().to_string())))])
        }
        other => panic!("{other} is nothing that is read"),
    });
}
