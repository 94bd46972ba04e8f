//! The agreement: two envelopes, two approvals, one hash. One file, checked offline by anyone, with no node.
//!
//! The file holds the offer and the confirm as they were signed, the terms beside them for the reader's eyes, and the cards of
//! the two sides. Every member must say what the envelopes say, and there are no others.

use serde_json::{Value, json};

use crate::approval::Approval;
use crate::canonical::{Object, canonical, read_object, read_value};
use crate::card::Card;
use crate::conversation::Act;
use crate::did::Did;
use crate::digest::TermsHash;
use crate::envelope::{VerifiedEnvelope, verify_any};
use crate::id::ConversationId;
use crate::limits::{AGREEMENT_BYTES, CARD_BYTES, ENVELOPE_BYTES};
use crate::members::VERSION;
use crate::refusal::Refusal;
use crate::terms::act_of;
use crate::time::Timestamp;

const MEMBERS: [&str; 8] = ["ai2ai", "type", "conversation", "terms", "terms_hash", "offer", "confirm", "cards"];

/// One side of an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The identity.
    pub did: Did,
    /// What the person calls themselves.
    pub human: String,
    /// What the agent calls itself.
    pub agent: String,
    /// `offered` or `confirmed`.
    pub role: &'static str,
    /// Who approved, and when; nothing when nobody did.
    pub approved: Option<Approval>,
    /// When the envelope says it was written.
    pub timestamp: Timestamp,
}

/// What the check of a file found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgreementReport {
    /// What does not hold, for the reader. The agreement is valid when there is nothing.
    pub problems: Vec<String>,
    /// The conversation.
    pub conversation: Option<ConversationId>,
    /// What was agreed.
    pub terms: Option<Object>,
    /// Its hash.
    pub terms_hash: Option<TermsHash>,
    /// The one who offered, and the one who confirmed.
    pub parties: Vec<Party>,
}

impl AgreementReport {
    /// Whether everything holds.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Writes the file, from the bytes of the two envelopes.
///
/// # Errors
/// [`Refusal`] when the bytes are not an offer, and a confirm of it, that verify.
pub fn write(offer: &[u8], confirm: &[u8], cards: &[&Card]) -> Result<Vec<u8>, Refusal> {
    let (offered, confirmed) = (verify_any(offer)?, verify_any(confirm)?);
    let terms = offered.payload().get("terms").cloned().unwrap_or_default();
    let value = |bytes: &[u8], limit| read_value(bytes, limit).map_err(Refusal::from);
    let cards: Vec<Value> = cards.iter().map(|card| value(card.bytes(), CARD_BYTES)).collect::<Result<_, _>>()?;
    let file = json!({
        "ai2ai": VERSION, "type": "agreement", "conversation": confirmed.conversation(),
        "terms": terms, "terms_hash": TermsHash::of(&canonical(&terms)),
        "offer": value(offer, ENVELOPE_BYTES)?, "confirm": value(confirm, ENVELOPE_BYTES)?, "cards": cards,
    });
    let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
    text.push('\n');
    Ok(text.into_bytes())
}

/// Checks a file, offline.
#[must_use]
pub fn verify(bytes: &[u8]) -> AgreementReport {
    let mut report = AgreementReport::default();
    match read_object(bytes, AGREEMENT_BYTES) {
        Err(error) => report.problems.push(format!("the file is no agreement: {error}")),
        Ok(file) => check_file(&file, &mut report),
    }
    report
}

fn check_file(file: &Object, report: &mut AgreementReport) {
    for name in file.keys().filter(|name| !MEMBERS.contains(&name.as_str())) {
        report.problems.push(format!("`{}` does not belong in an agreement", name.escape_debug()));
    }
    for (name, value) in [("ai2ai", VERSION), ("type", "agreement")] {
        if file.get(name).and_then(Value::as_str) != Some(value) {
            report.problems.push(format!("`{name}` is not {value:?}"));
        }
    }
    let offer = envelope(file, "offer", report);
    let confirm = envelope(file, "confirm", report);
    let (Some(offer), Some(confirm)) = (offer, confirm) else { return };
    check_pair(&offer, &confirm, report);
    check_summary(file, &offer, report);
    check_cards(file, [offer.from().did, confirm.from().did], report);
}

fn envelope(file: &Object, name: &str, report: &mut AgreementReport) -> Option<VerifiedEnvelope> {
    let found = file.get(name).map(|value| verify_any(&canonical(value)));
    match found {
        Some(Ok(envelope)) => Some(envelope),
        Some(Err(refusal)) => {
            report.problems.push(format!("the {name} does not verify: {refusal}"));
            None
        }
        None => {
            report.problems.push(format!("there is no `{name}`"));
            None
        }
    }
}

/// The two envelopes belong together, bind both people to the same terms, and each person approved them.
fn check_pair(offer: &VerifiedEnvelope, confirm: &VerifiedEnvelope, report: &mut AgreementReport) {
    let mut must = |holds: bool, problem: &str| {
        if !holds {
            report.problems.push(problem.to_owned());
        }
    };
    must(offer.from().did == confirm.to().did, "the confirm is not for whoever offered");
    must(offer.to().did == confirm.from().did, "the offer is not for whoever confirmed");
    must(offer.from().did != confirm.from().did, "both envelopes are of the same person");
    must(offer.conversation() == confirm.conversation(), "the envelopes are of two conversations");
    let terms = offer.payload().get("terms").and_then(|terms| terms.as_object().cloned());
    let acts = (act_of(offer), act_of(confirm));
    let (Ok(Act::Offer { terms: offered, .. }), Ok(Act::Confirm { terms: confirmed })) = &acts else {
        report.problems.push("the envelopes are not an offer and a confirm".to_owned());
        return;
    };
    must(offered == confirmed, "what was confirmed is not what was offered");
    report.conversation = Some(confirm.conversation());
    report.terms_hash = Some(*offered);
    report.terms.clone_from(&terms);
    for (envelope, act, role) in [(offer, &acts.0, "offered"), (confirm, &acts.1, "confirmed")] {
        let Ok(act) = act else { continue };
        let approved = match (&terms, act) {
            (Some(terms), Act::Confirm { .. }) => Approval::check_confirm(envelope, terms),
            _ => Approval::check(envelope),
        };
        if let Err(code) = approved {
            report.problems.push(format!("the approval of whoever {role} does not hold: {code}"));
        }
        report.parties.push(Party {
            did: envelope.from().did,
            human: envelope.from().human.to_string(),
            agent: envelope.from().agent.to_string(),
            role,
            approved: approved.ok(),
            timestamp: envelope.timestamp(),
        });
    }
}

/// What stands beside the envelopes says what they say.
fn check_summary(file: &Object, offer: &VerifiedEnvelope, report: &mut AgreementReport) {
    let same = [
        ("terms", file.get("terms") == offer.payload().get("terms")),
        ("terms_hash", text(file, "terms_hash") == report.terms_hash.map(|hash| hash.to_string())),
        ("conversation", text(file, "conversation") == report.conversation.map(|id| id.to_string())),
    ];
    for (name, _) in same.iter().filter(|(_, same)| !same) {
        report.problems.push(format!("`{name}` is not what the envelopes say"));
    }
}

fn check_cards(file: &Object, parties: [Did; 2], report: &mut AgreementReport) {
    let cards = match file.get("cards") {
        None => return,
        Some(Value::Array(cards)) => cards,
        Some(_) => return report.problems.push("`cards` is no list".to_owned()),
    };
    for card in cards {
        match Card::read(&canonical(card)) {
            Ok(card) if parties.contains(card.did()) => {}
            Ok(_) => report.problems.push("there is a card of somebody else".to_owned()),
            Err(refusal) => report.problems.push(format!("a card does not verify: {refusal}")),
        }
    }
}

fn text(file: &Object, name: &str) -> Option<String> {
    file.get(name).and_then(Value::as_str).map(str::to_owned)
}
