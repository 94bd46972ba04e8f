//! Requests to a mailbox, and its answers.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::key::{NodeKey, Tag};
use ai2ai_protocol::mailbox::{
    Collect, Custody, Deposit, Deposited, GrantedPlace, Handover, MailboxRequest, PlaceClaim,
};
use ai2ai_protocol::service::write_refusal;
use serde_json::{Value, json};

use super::people::{
    ALEX, DARREN, MALLORY, NOW, at, object_of, sign, signed_text, text, to_object, with, with_at, without,
};
use super::seals::{sealed, sealed_to_darren};
use super::{File, Vector};

/// Until when the volunteer keeps what it signs for.
const UNTIL: &str = "2026-02-21T04:15:00Z";

/// The vectors.
pub(crate) fn file() -> File {
    let claims = [claims(), forged_claims(), late_claims()].into_iter().flatten();
    let claims = claims.map(|vector| vector.given("me", val()).given("from", peer(50)));
    let requests = claims.chain(deposits()).chain(collects()).chain(misshapen());
    let custody = [custody(), no_custody()].into_iter().flatten();
    let custody = custody.map(|vector| vector.given("mailbox", val()).given("to", ALEX.did()));
    let answers = custody.chain(places()).chain(handovers());
    File {
        about: "SPEC.md §22. `given.reads` says what `input` is read as: a `request`, a `custody` receipt, the `place` that a claim was \
                answered with, or a `handover`. The volunteer's node key is made of the Ed25519 seed of 32 bytes 28 (hexadecimal), \
                Alex's node key of 32 bytes 32. A claim is read by the volunteer `me` at the time `now`, and was brought by the peer \
                `from`. `sealed` has a line for each entry: its digest, and `ok` or the code of its refusal."
            .to_owned(),
        vectors: requests
            .map(|vector| vector.given("reads", "request"))
            .chain(answers)
            .collect(),
    }
}

fn key(seed: u8) -> NodeKey {
    NodeKey::from_seed(&[seed; 32])
}

fn peer(seed: u8) -> String {
    key(seed).public().to_peer()
}

fn val() -> String {
    peer(40)
}

fn claim() -> Object {
    PlaceClaim::sign(&ALEX.sender(), &peer(50), &val(), at(NOW))
}

fn resigned(object: &Object) -> Object {
    ALEX.sign_as_agent(Tag::Claim, object)
}

fn register(claim: &Object) -> Vec<u8> {
    MailboxRequest::register(claim)
}

fn claims() -> Vec<Vector> {
    let good = |name: &str, claim: &Object, now: &str| {
        let result = [
            ("request", "claim".to_owned()),
            ("did", ALEX.did().to_string()),
            ("signed_bytes", signed_text(Tag::Claim, claim)),
        ];
        Vector::good(name, register(claim), result).given("now", now)
    };
    vec![
        good("a claim", &claim(), NOW),
        good("nine minutes later", &claim(), "2026-02-07T04:04:00Z"),
        good("nine minutes before, by the volunteer's clock", &claim(), "2026-02-07T03:46:00Z"),
        good("with a member that nobody knows", &resigned(&with(&claim(), "note", json!(1))), NOW),
    ]
}

fn forged_claims() -> Vec<Vector> {
    let bad = |name: &str, claim: &Object, code: Code, place: &str| {
        Vector::bad(name, register(claim), code, place).given("now", NOW)
    };
    let mallorys = PlaceClaim::sign(&MALLORY.sender(), &peer(50), &val(), at(NOW));
    let in_alexs_name = MALLORY.sign_as_agent(Tag::Claim, &with_at(&mallorys, "/from/did", json!(ALEX.did())));
    let after = resigned(&with(&claim(), "timestamp", json!("2026-07-01T00:00:00Z")));
    vec![
        bad("unsigned", &without(&claim(), "signature"), Code::BadSignature, "/claim/signature"),
        bad("of another peer", &with(&claim(), "peer", json!(peer(51))), Code::BadSignature, "/claim/signature"),
        bad("in Alex's name", &in_alexs_name, Code::BadDelegation, "/claim/delegation"),
        bad(
            "without a delegation",
            &resigned(&without(&claim(), "delegation")),
            Code::BadDelegation,
            "/claim/delegation",
        ),
        bad("after the delegation", &after, Code::BadDelegation, "/claim/delegation"),
        bad(
            "signed as an envelope",
            &ALEX.sign_as_agent(Tag::Envelope, &claim()),
            Code::BadSignature,
            "/claim/signature",
        ),
        bad(
            "signed by the owner's key",
            &ALEX.sign_as_owner(Tag::Claim, &claim()),
            Code::BadSignature,
            "/claim/signature",
        ),
    ]
}

fn late_claims() -> Vec<Vector> {
    let bad = |name: &str, claim: &Object, now: &str, code: Code| {
        Vector::bad(name, register(claim), code, "").given("now", now)
    };
    let for_another = PlaceClaim::sign(&ALEX.sender(), &peer(50), &peer(41), at(NOW));
    let by_another = PlaceClaim::sign(&ALEX.sender(), &peer(51), &val(), at(NOW));
    vec![
        bad("for another volunteer", &for_another, NOW, Code::WrongRecipient),
        bad("brought by another peer than it names", &by_another, NOW, Code::WrongRecipient),
        bad("eleven minutes later", &claim(), "2026-02-07T04:06:00Z", Code::Expired),
        bad("eleven minutes before", &claim(), "2026-02-07T03:44:00Z", Code::NotYetValid),
    ]
}

fn deposits() -> Vec<Vector> {
    let alexs = sealed(7);
    let darrens = sealed_to_darren();
    let said = |lines: &[(Digest, &str)]| {
        lines.iter().map(|(digest, said)| format!("{digest} {said}")).collect::<Vec<_>>().join("\n")
    };
    let good = |name: &str, input: Vec<u8>, lines: &[(Digest, &str)]| {
        let result = [("request", "deposit".to_owned()), ("to", ALEX.did().to_string()), ("sealed", said(lines))];
        Vector::good(name, input, result)
    };
    let one = object_of(&Deposit::write(&ALEX.did(), std::slice::from_ref(&alexs)));
    let two = Deposit::write(&ALEX.did(), &[sealed(7), sealed(8)]);
    let mixed = with(&one, "sealed", json!([alexs.object(), darrens.object(), { "type": "sealed" }]));
    let nothing = Digest::of(br#"{"type":"sealed"}"#);
    let entries = vec![Value::Object(alexs.object()); 65];
    let bad = |name: &str, sealed: Value, code: Code, place: &str| {
        Vector::bad(name, text(&with(&one, "sealed", sealed)), code, place)
    };
    vec![
        good("one sealed envelope", text(&one).into_bytes(), &[(alexs.digest(), "ok")]),
        good("two sealed envelopes", two, &[(alexs.digest(), "ok"), (sealed(8).digest(), "ok")]),
        good(
            "beside one for somebody else, and what is none",
            text(&mixed).into_bytes(),
            &[(alexs.digest(), "ok"), (darrens.digest(), "wrong_recipient"), (nothing, "malformed")],
        ),
        bad("nothing", json!([]), Code::Malformed, "/sealed"),
        bad("65 sealed envelopes", Value::Array(entries), Code::TooLarge, "/sealed"),
        bad("no list", json!("all of it"), Code::Malformed, "/sealed"),
        Vector::bad("for nobody", text(&without(&one, "to")), Code::Malformed, "/to"),
    ]
}

fn collects() -> Vec<Vector> {
    let ask = |done: Vec<Digest>, after: u64| object_of(&Collect { did: ALEX.did(), done, after }.write());
    let good = |name: &str, done: Vec<Digest>, after: u64| {
        let lines = done.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        let result = [
            ("request", "collect".to_owned()),
            ("did", ALEX.did().to_string()),
            ("done", lines),
            ("after", after.to_string()),
        ];
        Vector::good(name, text(&ask(done, after)), result)
    };
    let none = ask(Vec::new(), 0);
    let many = vec![json!(sealed(7).digest()); 65];
    let bad = |name: &str, object: &Object, code: Code, place: &str| Vector::bad(name, text(object), code, place);
    vec![
        good("everything that waits", Vec::new(), 0),
        good("what came after the seventeenth, with two done", vec![sealed(7).digest(), sealed(8).digest()], 17),
        bad("65 done", &with(&none, "done", Value::Array(many)), Code::TooLarge, "/done"),
        bad("done by a path", &with(&none, "done", json!(["../../mail"])), Code::Malformed, "/done/0"),
        bad("after less than nothing", &with(&none, "after", json!(-1)), Code::Malformed, "/after"),
        bad("whose mail it does not say", &without(&none, "did"), Code::Malformed, "/did"),
    ]
}

fn misshapen() -> Vec<Vector> {
    let collect = object_of(&Collect { did: ALEX.did(), done: Vec::new(), after: 0 }.write());
    let bad = |name: &str, object: &Object, code: Code, place: &str| Vector::bad(name, text(object), code, place);
    vec![
        bad("another version", &with(&collect, "ai2ai", json!("0.3")), Code::UnsupportedVersion, "/ai2ai"),
        bad("no request", &with(&collect, "type", json!("mailbox_erase")), Code::Malformed, "/type"),
        Vector::bad("no object", "[]", Code::Malformed, ""),
    ]
}

fn receipt() -> Object {
    let receipts = [
        Deposited { digest: sealed(7).digest(), outcome: Ok(()) },
        Deposited { digest: sealed(8).digest(), outcome: Err(Code::MailboxFull) },
    ];
    object_of(&Custody::sign(&key(40), ALEX.did(), &receipts, at(NOW), at(UNTIL)))
}

fn signed_by(seed: u8, object: &Object) -> Object {
    sign([seed; 32], Tag::Custody, object)
}

fn custody() -> Vec<Vector> {
    let good = |name: &str, object: &Object| {
        let read = Custody::read(text(object).as_bytes(), &val(), &ALEX.did()).expect("good custody");
        let said: Vec<String> = read.receipts.iter().map(said).collect();
        let result = [
            ("signed_bytes", signed_text(Tag::Custody, object)),
            ("until", read.until.to_string()),
            ("receipts", said.join("\n")),
        ];
        Vector::good(name, text(object), result).given("reads", "custody")
    };
    let unknown = with_at(&receipt(), "/receipts/1/code", json!("on_holiday"));
    vec![
        good("one kept, and one without room", &receipt()),
        good("a code that nobody knows is read as internal", &signed_by(40, &unknown)),
    ]
}

fn said(one: &Deposited) -> String {
    match one.outcome {
        Ok(()) => format!("{} kept", one.digest),
        Err(code) => format!("{} {code}", one.digest),
    }
}

fn no_custody() -> Vec<Vector> {
    let bad = |name: &str, object: &Object, code: Code, place: &str| {
        Vector::bad(name, text(object), code, place).given("reads", "custody")
    };
    let kept = json!({ "digest": sealed(8).digest(), "status": "kept" });
    let elsewhere = signed_by(41, &with(&receipt(), "mailbox", json!(peer(41))));
    let to_darren = signed_by(40, &with(&receipt(), "to", json!(DARREN.did())));
    let refusal = object_of(&write_refusal(Code::RateLimited, Some(60)));
    let many = vec![kept.clone(); 65];
    vec![
        bad("unsigned", &without(&receipt(), "signature"), Code::BadSignature, "/signature"),
        bad(
            "changed to say that all is kept",
            &with_at(&receipt(), "/receipts/1", kept),
            Code::BadSignature,
            "/signature",
        ),
        bad("another volunteer's", &elsewhere, Code::BadSignature, "/mailbox"),
        bad("in this volunteer's name", &signed_by(41, &receipt()), Code::BadSignature, "/signature"),
        bad("for somebody else", &to_darren, Code::BadSignature, "/mailbox"),
        bad(
            "a status that is none",
            &signed_by(40, &with_at(&receipt(), "/receipts/0/status", json!("fine"))),
            Code::Malformed,
            "/receipts/0/status",
        ),
        bad(
            "65 receipts",
            &signed_by(40, &with(&receipt(), "receipts", Value::Array(many))),
            Code::TooLarge,
            "/receipts",
        ),
        bad("a refusal of the whole", &refusal, Code::RateLimited, ""),
    ]
}

fn places() -> Vec<Vector> {
    let granted = GrantedPlace { until: at("2026-03-09T03:55:00Z"), waiting: 3 };
    let object = object_of(&granted.write());
    let result = [("until", granted.until.to_string()), ("waiting", "3".to_owned())];
    let endless = with(&object, "waiting", json!("many"));
    let vectors = vec![
        Vector::good("a place", text(&object), result),
        Vector::bad("no room for one more", write_refusal(Code::MailboxFull, None), Code::MailboxFull, ""),
        Vector::bad("no number", text(&endless), Code::Malformed, "/waiting"),
        Vector::bad("another type", text(&with(&object, "type", json!("custody"))), Code::Malformed, "/type"),
    ];
    vectors.into_iter().map(|vector| vector.given("reads", "place")).collect()
}

fn handovers() -> Vec<Vector> {
    let whole = |object: &Object| text(object).into_bytes();
    let two = [whole(&sealed(7).object()), whole(&sealed(8).object())];
    let handover = object_of(&Handover::write(&two, 17, 2));
    let result = |sealed: String, last: &str, more: &str| {
        [("sealed", sealed), ("last", last.to_owned()), ("more", more.to_owned())]
    };
    let digests = format!("{}\n{}", sealed(7).digest(), sealed(8).digest());
    let junk = with(&handover, "sealed", json!([{ "type": "sealed" }, to_object(json!(sealed(7).object()))]));
    let many = vec![Value::Object(sealed(7).object()); 65];
    let vectors = vec![
        Vector::good("two sealed envelopes, and two more", text(&handover), result(digests, "17", "2")),
        Vector::good("nothing", Handover::write(&[], 0, 0), result(String::new(), "0", "0")),
        Vector::good("what is none is left out", text(&junk), result(sealed(7).digest().to_string(), "17", "2")),
        Vector::bad(
            "65 sealed envelopes",
            text(&with(&handover, "sealed", Value::Array(many))),
            Code::TooLarge,
            "/sealed",
        ),
        Vector::bad("nobody's mail", write_refusal(Code::NoMailbox, None), Code::NoMailbox, ""),
        Vector::bad("no number", text(&with(&handover, "last", json!(1.5))), Code::Malformed, "/last"),
    ];
    vectors.into_iter().map(|vector| vector.given("reads", "handover")).collect()
}
