//! Acts, and the approvals and mandates that they need.

use ai2ai_protocol::approval::{Approval, ApprovalOf};
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::conversation::Act;
use ai2ai_protocol::digest::TermsHash;
use ai2ai_protocol::envelope::{Content, Draft, Kind, Recipient, SignedEnvelope, verify_any};
use ai2ai_protocol::key::Tag;
use ai2ai_protocol::limits::ENVELOPE_LIFE_DEFAULT;
use ai2ai_protocol::mandate::{Hours, Mandate, MandateLimits, MandateOf, Spend, With};
use ai2ai_protocol::terms::{self, act_of};
use serde_json::{Value, json};

use super::people::{ALEX, DARREN, MALLORY, NOW, Person, at, signed_text, text, to_object, with, without};
use super::{File, Vector};

/// The vectors.
pub(crate) fn file() -> File {
    let lists =
        [acts(), no_acts(), owners(), not_the_owners(), mandates(), outside_mandates(), cancels(), no_cancels()];
    File {
        about: "SPEC.md §12 and §13. `input` is a verified envelope that puts terms on the table, confirms them (`terms` are \
                those that stand), or does neither: `act` is what it does. Where it binds its sender's human, `by` says how they \
                approved and `signed_bytes` what they signed. What is not taken has the `code` instead."
            .to_owned(),
        vectors: lists.into_iter().flatten().collect(),
    }
}

/// The terms of the dinner.
pub(crate) fn dinner_terms() -> Object {
    terms::meeting("Dinner", "2026-02-10T19:00Z", Some(120), Some("Luigi's"))
}

/// An envelope of the dinner's conversation.
struct Said {
    from: Person,
    to: Person,
    kind: Kind,
    intent: &'static str,
    payload: Value,
    approval: Option<Object>,
}

/// The conversation of the dinner.
const CONVERSATION: &str = "019c3638-f220-7001-8000-000000000007";
/// Darren's offer.
const OFFER: &str = "019c3638-f220-7001-8000-000000000002";
/// Alex's answer to it.
const ANSWER: &str = "019c3638-f220-7001-8000-000000000003";

impl Said {
    fn sign(self) -> SignedEnvelope {
        let answers = self.from.did() == ALEX.did();
        let draft = Draft {
            id: if answers { ANSWER } else { OFFER }.parse().expect("an id"),
            timestamp: at(NOW),
            expires_at: at(NOW) + ENVELOPE_LIFE_DEFAULT,
            to: Recipient { did: self.to.did(), agent: None },
            conversation: CONVERSATION.parse().expect("an id"),
            in_reply_to: answers.then(|| OFFER.parse().expect("an id")),
            kind: self.kind,
            intent: self.intent.parse().expect("an intent"),
            payload: to_object(self.payload),
            approval: self.approval,
        };
        draft.sign(&self.from.sender()).expect("a good draft")
    }
}

/// Returns what Darren approves when he offers the dinner.
fn of_offer() -> ApprovalOf {
    ApprovalOf {
        act: Kind::Request,
        with: ALEX.did(),
        conversation: CONVERSATION.parse().expect("an id"),
        terms: terms::hash(&dinner_terms()),
        at: at(NOW),
    }
}

/// Returns what Alex approves when he confirms it.
fn of_confirm() -> ApprovalOf {
    ApprovalOf { act: Kind::Confirm, with: DARREN.did(), ..of_offer() }
}

/// Darren offers terms.
fn offers(terms: &Object, approval: Option<Object>) -> Said {
    let payload = json!({ "terms": terms, "replaces": null, "text": "Dinner?" });
    Said { from: DARREN, to: ALEX, kind: Kind::Request, intent: "schedule.meeting", payload, approval }
}

/// Alex confirms terms.
fn confirms(terms: TermsHash, approval: Option<Object>) -> Said {
    let payload = json!({ "terms_hash": terms });
    Said { from: ALEX, to: DARREN, kind: Kind::Confirm, intent: "schedule.meeting", payload, approval }
}

/// Darren's offer of the dinner, as he approved it.
pub(crate) fn offer() -> SignedEnvelope {
    offers(&dinner_terms(), Some(Approval::sign(&DARREN.owner(), &of_offer()))).sign()
}

/// Alex's confirm of it, as he approved it.
pub(crate) fn confirm() -> SignedEnvelope {
    confirms(terms::hash(&dinner_terms()), Some(Approval::sign(&ALEX.owner(), &of_confirm()))).sign()
}

/// Returns what somebody approves who calls the dinner off.
fn of_cancel(other: Person) -> ApprovalOf {
    ApprovalOf { act: Kind::Inform, with: other.did(), ..of_offer() }
}

/// Makes the envelope in which somebody calls the dinner off.
fn cancels_as(from: Person, to: Person, payload: Value, approval: Option<Object>) -> Said {
    Said { from, to, kind: Kind::Inform, intent: terms::CANCEL, payload, approval }
}

/// Darren calls the dinner off, as he approved it.
pub(crate) fn cancel() -> SignedEnvelope {
    darren_cancels(Some(Approval::sign(&DARREN.owner(), &of_cancel(ALEX)))).sign()
}

fn darren_cancels(approval: Option<Object>) -> Said {
    let payload = json!({ "terms_hash": of_offer().terms, "reason": "I am ill." });
    cancels_as(DARREN, ALEX, payload, approval)
}

/// A cancel of the dinner that Darren's human never saw.
pub(crate) fn cancel_without_approval() -> SignedEnvelope {
    darren_cancels(None).sign()
}

/// A confirm of the dinner that Alex's human never saw.
pub(crate) fn confirm_without_approval() -> SignedEnvelope {
    confirms(terms::hash(&dinner_terms()), None).sign()
}

fn input(envelope: &Content) -> String {
    String::from_utf8(envelope.bytes().to_vec()).expect("JSON is UTF-8")
}

/// Returns what an envelope does, in a few words.
fn act_text(envelope: &Content) -> String {
    match act_of(envelope).expect("a good act") {
        Act::Talk => "talk".to_owned(),
        Act::Offer { terms, replaces: None } => format!("offer {terms}"),
        Act::Offer { terms, replaces: Some(message) } => format!("offer {terms} instead of {message}"),
        Act::Confirm { terms } => format!("confirm {terms}"),
        Act::Reject => "reject".to_owned(),
        Act::Cancel { terms } => format!("cancel {terms}"),
    }
}

fn approved(name: &str, said: Said) -> Vector {
    let envelope = said.sign();
    verify_any(envelope.bytes()).expect("a good envelope");
    let approval = envelope.approval().expect("an approval");
    let signed = match approval.get("mandate").and_then(Value::as_object) {
        Some(mandate) => signed_text(Tag::Mandate, mandate),
        None => signed_text(Tag::Approval, approval),
    };
    let by = approval["by"].as_str().expect("a text").to_owned();
    about_terms(
        Vector::good(name, input(&envelope), [("act", act_text(&envelope)), ("by", by), ("signed_bytes", signed)]),
        &envelope,
    )
}

fn refused(name: &str, said: Said, code: Code) -> Vector {
    let envelope = said.sign();
    about_terms(Vector::bad(name, input(&envelope), code, ""), &envelope)
}

fn about_terms(vector: Vector, envelope: &Content) -> Vector {
    if envelope.kind() == Kind::Confirm { vector.given("terms", text(&dinner_terms())) } else { vector }
}

fn talk(kind: Kind, payload: Value) -> Said {
    Said { kind, payload, ..offers(&dinner_terms(), None) }
}

fn acts() -> Vec<Vector> {
    let does = |name: &str, said: Said| {
        let envelope = said.sign();
        Vector::good(name, input(&envelope), [("act", act_text(&envelope))])
    };
    vec![
        does("a menu is talk", talk(Kind::Request, json!({ "proposed_times": ["2026-02-10T19:00Z"] }))),
        does("an answer in words is talk", talk(Kind::Response, json!({ "text": "sounds good, confirmed!" }))),
        does("a message is talk", talk(Kind::Message, json!({ "text": "Hello" }))),
        does("a reject needs no approval", talk(Kind::Reject, json!({ "reason": "Not this week." }))),
    ]
}

fn no_acts() -> Vec<Vector> {
    let bad = |name: &str, kind: Kind, payload: Value, code: Code, place: &str| {
        Vector::bad(name, input(&talk(kind, payload).sign()), code, place)
    };
    let terms = dinner_terms();
    let hash = terms::hash(&terms);
    vec![
        bad(
            "terms that don't say what they replace",
            Kind::Request,
            json!({ "terms": terms }),
            Code::Malformed,
            "/payload/replaces",
        ),
        bad(
            "terms that replace a hash",
            Kind::Request,
            json!({ "terms": terms, "replaces": hash }),
            Code::Malformed,
            "/payload/replaces",
        ),
        bad(
            "terms that are a text",
            Kind::Request,
            json!({ "terms": "dinner", "replaces": null }),
            Code::Malformed,
            "/payload/terms",
        ),
        bad(
            "terms that say nothing",
            Kind::Request,
            json!({ "terms": {}, "replaces": null }),
            Code::Malformed,
            "/payload/terms",
        ),
        bad(
            "terms in a message",
            Kind::Message,
            json!({ "terms": terms, "replaces": null }),
            Code::Malformed,
            "/payload/terms",
        ),
        bad("a confirm of nothing", Kind::Confirm, json!({}), Code::Malformed, "/payload/terms_hash"),
        bad(
            "a confirm with terms of its own",
            Kind::Confirm,
            json!({ "terms_hash": hash, "terms": terms }),
            Code::Malformed,
            "/payload/terms",
        ),
        bad(
            "a menu of 33 times",
            Kind::Request,
            json!({ "proposed_times": vec!["2026-02-10T19:00Z"; 33] }),
            Code::TooLarge,
            "/payload/proposed_times",
        ),
        bad(
            "terms of more than 16 KiB",
            Kind::Request,
            json!({ "terms": { "x": "x".repeat(16_384) }, "replaces": null }),
            Code::TooLarge,
            "/payload/terms",
        ),
    ]
}

fn owners() -> Vec<Vector> {
    let counter = terms::meeting("Dinner", "2026-02-10T20:00Z", Some(120), Some("Luigi's"));
    let of_counter = ApprovalOf { act: Kind::Response, with: DARREN.did(), terms: terms::hash(&counter), ..of_offer() };
    let payload = json!({ "terms": counter, "replaces": OFFER });
    let response = Said {
        from: ALEX,
        to: DARREN,
        kind: Kind::Response,
        payload,
        ..offers(&counter, Some(Approval::sign(&ALEX.owner(), &of_counter)))
    };
    vec![
        approved("an offer", offers(&dinner_terms(), Some(Approval::sign(&DARREN.owner(), &of_offer())))),
        approved("a counter-offer", response),
        approved("a confirm", confirms(of_offer().terms, Some(Approval::sign(&ALEX.owner(), &of_confirm())))),
    ]
}

fn not_the_owners() -> Vec<Vector> {
    let bad =
        |name: &str, approval: Object| refused(name, confirms(of_offer().terms, Some(approval)), Code::ApprovalInvalid);
    let of = |of: ApprovalOf| Approval::sign(&ALEX.owner(), &of);
    let good = of(of_confirm());
    let elsewhere = "019c3638-f220-7001-8000-000000000008".parse().expect("an id");
    let other = TermsHash::of(b"other terms");
    let forged = with(&of(ApprovalOf { terms: other, ..of_confirm() }), "terms", json!(of_offer().terms));
    let late = ApprovalOf { at: at("2026-02-07T04:05:01Z"), ..of_confirm() };
    let resigned = |object: &Object| ALEX.sign_as_owner(Tag::Approval, object);
    vec![
        refused("a confirm without an approval", confirms(of_offer().terms, None), Code::ApprovalMissing),
        refused("an offer without an approval", offers(&dinner_terms(), None), Code::ApprovalMissing),
        bad("an approval without a signature", without(&good, "signature")),
        bad("an approval signed by the agent's key", ALEX.sign_as_agent(Tag::Approval, &good)),
        bad("an approval signed as a mandate", ALEX.sign_as_owner(Tag::Mandate, &good)),
        bad("an approval by somebody else", Approval::sign(&MALLORY.owner(), &of_confirm())),
        bad("an approval by somebody else, in Alex's name", MALLORY.sign_as_owner(Tag::Approval, &good)),
        bad("an approval of other terms", of(ApprovalOf { terms: other, ..of_confirm() })),
        bad("an approval of other terms, made to fit", forged),
        bad("an approval from another conversation", of(ApprovalOf { conversation: elsewhere, ..of_confirm() })),
        bad("an approval of an agreement with somebody else", of(ApprovalOf { with: MALLORY.did(), ..of_confirm() })),
        bad("an approval of another act", of(ApprovalOf { act: Kind::Response, ..of_confirm() })),
        bad("an approval later than its envelope", of(late)),
        bad("an approval with a member that nobody knows", resigned(&with(&good, "unless", json!("it rains")))),
        bad("an approval by nobody known", resigned(&with(&good, "by", json!("agent")))),
        bad("an approval that is the other side's", Approval::sign(&DARREN.owner(), &of_offer())),
    ]
}

fn mandate_of() -> MandateOf {
    MandateOf {
        id: "019c3638-f220-7001-8000-000000000009".parse().expect("an id"),
        intents: vec!["schedule.*".parse().expect("a pattern")],
        with: With::Any,
        limits: MandateLimits::default(),
        not_before: at("2026-01-01T00:00Z"),
        not_after: at("2026-03-01T00:00Z"),
    }
}

fn hours(from: &str, until: &str) -> MandateLimits {
    MandateLimits { hours: Some(Hours::new(from, until, "+00:00").expect("hours")), ..MandateLimits::default() }
}

fn spend(amount: &str) -> MandateLimits {
    let spend = Spend { amount: amount.parse().expect("an amount"), currency: "GBP".parse().expect("a currency") };
    MandateLimits { spend: Some(spend), ..MandateLimits::default() }
}

/// Darren's agent offers the dinner under a mandate.
fn under(of: &MandateOf) -> Said {
    let mandate = Mandate::sign(&DARREN.owner(), of).expect("a good mandate");
    offers(&dinner_terms(), Some(Approval::by_mandate(&mandate)))
}

/// Darren's agent offers to buy something under a mandate.
fn buys(of: &MandateOf, price: &str) -> Said {
    let terms = to_object(json!({ "subject": "Flowers", "amount": price, "currency": "GBP" }));
    let mandate = Mandate::sign(&DARREN.owner(), of).expect("a good mandate");
    Said { intent: "commerce.request", ..offers(&terms, Some(Approval::by_mandate(&mandate))) }
}

fn commerce(pattern: &str, limits: MandateLimits) -> MandateOf {
    MandateOf { intents: vec![pattern.parse().expect("a pattern")], limits, ..mandate_of() }
}

fn mandates() -> Vec<Vector> {
    let with_alex = MandateOf { with: With::One(ALEX.did()), ..mandate_of() };
    let evening = MandateOf { limits: hours("18:00", "21:00"), ..mandate_of() };
    let alexs = MandateOf { with: With::One(DARREN.did()), limits: hours("09:00", "24:00"), ..mandate_of() };
    let alexs = Mandate::sign(&ALEX.owner(), &alexs).expect("a good mandate");
    vec![
        approved("an offer under a mandate", under(&mandate_of())),
        approved("under a mandate for one person", under(&with_alex)),
        approved("within its hours", under(&evening)),
        approved("a confirm under a mandate", confirms(of_offer().terms, Some(Approval::by_mandate(&alexs)))),
        approved("a price within its limit", buys(&commerce("commerce.request", spend("80")), "79.99")),
    ]
}

fn outside_mandates() -> Vec<Vector> {
    let outside = |name: &str, said: Said| refused(name, said, Code::OutsideMandate);
    let invalid = |name: &str, mandate: &Object| {
        let approval = to_object(json!({ "by": "mandate", "mandate": mandate }));
        refused(name, offers(&dinner_terms(), Some(approval)), Code::ApprovalInvalid)
    };
    let good = Mandate::sign(&DARREN.owner(), &mandate_of()).expect("a good mandate").object().clone();
    let resigned = |object: &Object| DARREN.sign_as_owner(Tag::Mandate, object);
    let ended = MandateOf { not_after: at(NOW), ..mandate_of() };
    let other = MandateOf { with: With::One(MALLORY.did()), ..mandate_of() };
    let early = MandateOf { limits: hours("09:00", "20:59"), ..mandate_of() };
    let more = with(&dinner_terms(), "dress", json!("black tie"));
    let mandate = Mandate::sign(&DARREN.owner(), &mandate_of()).expect("a good mandate");
    vec![
        outside("after its end", under(&ended)),
        outside("with somebody else", under(&other)),
        outside("of another intent", Said { intent: "task.collaborate", ..under(&mandate_of()) }),
        outside("it goes on after its hours", under(&early)),
        outside("terms that no limit speaks of", offers(&more, Some(Approval::by_mandate(&mandate)))),
        outside("a price above its limit", buys(&commerce("commerce.request", spend("80")), "80.01")),
        outside("a price without a limit", buys(&commerce("commerce.request", hours("00:00", "24:00")), "1")),
        outside("commerce that it does not name in full", buys(&commerce("commerce.*", spend("80")), "1")),
        invalid("a mandate that is forged", &with(&good, "intents", json!(["commerce.*"]))),
        invalid("a mandate that the agent signed", &DARREN.sign_as_agent(Tag::Mandate, &good)),
        invalid("a mandate with a member that nobody knows", &resigned(&with(&good, "unless", json!("it rains")))),
        invalid("a mandate for nothing", &resigned(&with(&good, "intents", json!([])))),
        invalid("a mandate of more than 366 days", &resigned(&with(&good, "not_after", json!("2027-01-02T00:00:01Z")))),
        invalid(
            "somebody else's mandate",
            Mandate::sign(&MALLORY.owner(), &mandate_of()).expect("a good mandate").object(),
        ),
    ]
}

fn cancels() -> Vec<Vector> {
    let alexs = Approval::sign(&ALEX.owner(), &of_cancel(DARREN));
    let bare = json!({ "terms_hash": of_offer().terms });
    let words =
        Said { intent: "schedule.meeting", ..talk(Kind::Inform, json!({ "terms_hash": of_offer().terms })) }.sign();
    vec![
        approved("a cancel", darren_cancels(Some(Approval::sign(&DARREN.owner(), &of_cancel(ALEX))))),
        approved("a cancel without a reason", cancels_as(ALEX, DARREN, bare, Some(alexs))),
        Vector::good("of another intent it is talk", input(&words), [("act", act_text(&words))]),
    ]
}

fn no_cancels() -> Vec<Vector> {
    let bad = |name: &str, of: ApprovalOf| {
        refused(name, darren_cancels(Some(Approval::sign(&DARREN.owner(), &of))), Code::ApprovalInvalid)
    };
    let misshapen = |name: &str, payload: Value, code: Code, place: &str| {
        let approval = Approval::sign(&DARREN.owner(), &of_cancel(ALEX));
        Vector::bad(name, input(&cancels_as(DARREN, ALEX, payload, Some(approval)).sign()), code, place)
    };
    let hash = of_offer().terms;
    let other = TermsHash::of(b"other terms");
    let any = MandateOf { intents: vec![terms::CANCEL.parse().expect("a pattern")], ..mandate_of() };
    let any = Mandate::sign(&DARREN.owner(), &any).expect("a good mandate");
    let as_alex = Approval::sign(&ALEX.owner(), &of_cancel(DARREN));
    vec![
        refused("a cancel without an approval", darren_cancels(None), Code::ApprovalMissing),
        bad("a cancel with the approval of the offer", of_offer()),
        bad("a cancel with an approval of other terms", ApprovalOf { terms: other, ..of_cancel(ALEX) }),
        bad("a cancel with an approval for somebody else", of_cancel(MALLORY)),
        refused("a cancel that the other side approved", darren_cancels(Some(as_alex)), Code::ApprovalInvalid),
        refused("no mandate covers a cancel", darren_cancels(Some(Approval::by_mandate(&any))), Code::OutsideMandate),
        misshapen("a cancel of nothing", json!({ "reason": "I am ill." }), Code::Malformed, "/payload/terms_hash"),
        misshapen(
            "a cancel with terms of its own",
            json!({ "terms_hash": hash, "terms": dinner_terms() }),
            Code::Malformed,
            "/payload/terms",
        ),
        misshapen(
            "a cancel with a reason that is no text",
            json!({ "terms_hash": hash, "reason": 7 }),
            Code::Malformed,
            "/payload/reason",
        ),
        misshapen(
            "a cancel with a reason of 1,001 characters",
            json!({ "terms_hash": hash, "reason": "é".repeat(1_001) }),
            Code::TooLarge,
            "/payload/reason",
        ),
    ]
}
