//! The agreement: two envelopes, two approvals, one hash. One file, checked offline by anyone, with no node.
//!
//! `{"ai2ai":"0.2","type":"agreement","conversation","terms","terms_hash","offer":{…},"confirm":{…},"cards":[…]}`: the
//! offer and the confirm as they were signed, what they say beside them for the reader's eyes, and the cards of the
//! two sides. Every member must say what the envelopes say, and there are no others; the cards may be left out.
//!
//! A valid file shows that the two people approved the same terms, with each other and in one conversation: one of
//! them by an offer, the other by a confirm of it. That the offer had not been withdrawn when the confirm arrived is
//! not in it; that is what the two nodes' conversation and the receipt for the confirm say.
//!
//! Where it was called off, `cancels` has the envelopes that did so. Such a file is valid too: it shows what was agreed,
//! and that it is off. One that was written before does not know.

mod cancels;

use std::fmt;

use serde_json::{Value, json};

use crate::approval::Approval;
use crate::canonical::{Object, canonical, read_collection};
use crate::card::Card;
use crate::code::Code;
use crate::conversation::Act;
use crate::did::Did;
use crate::digest::TermsHash;
use crate::envelope::{VerifiedEnvelope, verify_any, verify_member};
use crate::id::ConversationId;
use crate::json_reader::VERSION;
use crate::limits::{AGREEMENT_BYTES, CLOCK_SKEW};
use crate::refusal::Refusal;
use crate::terms::act_of;
use crate::time::Timestamp;

const MEMBERS: [&str; 9] =
    ["ai2ai", "type", "conversation", "terms", "terms_hash", "offer", "confirm", "cancels", "cards"];
/// Characters of a stranger's text that a problem repeats.
const QUOTED_CHARS: usize = 40;
/// Problems that a report lists.
const PROBLEMS: usize = 32;

/// One side of an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The identity.
    pub did: Did,
    /// Name that the person goes by.
    pub human: String,
    /// Name that the agent goes by.
    pub agent: String,
    /// `offered` or `confirmed`.
    pub role: &'static str,
    /// The approver, and the time; nothing when nobody approved.
    pub approved: Option<Approval>,
    /// The time at which the envelope says it was written.
    pub timestamp: Timestamp,
}

/// One side that has called it off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelledBy {
    /// The identity.
    pub did: Did,
    /// Name that the person goes by.
    pub human: String,
    /// The time at which their owner said so.
    pub at: Timestamp,
    /// The reason, in their words.
    pub reason: Option<String>,
}

/// Result of the check of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgreementReport {
    /// Faults, for the reader. The agreement is valid when there are none.
    pub problems: Vec<String>,
    /// The conversation.
    pub conversation: Option<ConversationId>,
    /// The agreed terms.
    pub terms: Option<Object>,
    /// Its hash.
    pub terms_hash: Option<TermsHash>,
    /// The one who offered, and the one who confirmed.
    pub parties: Vec<Party>,
    /// The sides that have called it off, as far as the file knows.
    pub cancels: Vec<CancelledBy>,
}

impl AgreementReport {
    /// Returns whether everything holds.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.problems.is_empty()
    }

    fn must(&mut self, holds: bool, problem: impl fmt::Display) {
        if !holds && self.problems.len() < PROBLEMS {
            self.problems.push(problem.to_string());
        }
    }
}

/// Writes the file, from the bytes of the two envelopes, and of those that call it off: indented for the reader, or, should that be larger than an
/// agreement may be, as compact as the envelopes were signed.
///
/// # Errors
/// [`Refusal`] when the file would not be a valid agreement.
pub fn write(offer: &[u8], confirm: &[u8], cancels: &[&[u8]], cards: &[&Card]) -> Result<Vec<u8>, Refusal> {
    let head = verify_any(offer)?;
    let terms = head.payload().get("terms").cloned().unwrap_or_default();
    let mut members = vec![
        ("ai2ai", canonical(VERSION)),
        ("type", canonical("agreement")),
        ("conversation", canonical(&head.conversation().to_string())),
        ("terms", canonical(&terms)),
        ("terms_hash", canonical(&TermsHash::of(&canonical(&terms)).to_string())),
        ("offer", offer.to_vec()),
        ("confirm", confirm.to_vec()),
    ];
    let cards: Vec<&[u8]> = cards.iter().map(|card| card.bytes()).collect();
    let list = |entries: &[&[u8]]| [b"[", &entries.join(&b","[..])[..], b"]"].concat();
    members.extend((!cancels.is_empty()).then(|| ("cancels", list(cancels))));
    members.push(("cards", list(&cards)));
    let members: Vec<Vec<u8>> =
        members.into_iter().map(|(name, value)| [canonical(name), value].join(&b": "[..])).collect();
    let file = [b"{\n", &members.join(&b",\n"[..])[..], b"\n}\n"].concat();
    let read = read_collection(&file, AGREEMENT_BYTES)?;
    let file = indented(&read).filter(|text| text.len() <= AGREEMENT_BYTES).unwrap_or(file);
    match verify(&file).problems.first() {
        None => Ok(file),
        Some(problem) => Err(Refusal::malformed("", problem)),
    }
}

/// The members in the order in which a person reads them.
fn indented(file: &Object) -> Option<Vec<u8>> {
    let member = |name: &&str| {
        let value = serde_json::to_string_pretty(file.get(*name)?).ok()?;
        Some(format!("  {}: {}", json!(name), value.replace('\n', "\n  ")))
    };
    let written = MEMBERS.iter().filter(|name| file.contains_key(**name));
    let members: Vec<String> = written.map(member).collect::<Option<_>>()?;
    Some(format!("{{\n{}\n}}\n", members.join(",\n")).into_bytes())
}

/// Checks a file, offline.
#[must_use]
pub fn verify(bytes: &[u8]) -> AgreementReport {
    let mut report = AgreementReport::default();
    match read_collection(bytes, AGREEMENT_BYTES) {
        Err(error) => report.must(false, format_args!("the file is no agreement: {error}")),
        Ok(file) => check_file(&file, &mut report),
    }
    report
}

fn check_file(file: &Object, report: &mut AgreementReport) {
    for name in file.keys().filter(|name| !MEMBERS.contains(&name.as_str())) {
        let name: String = name.chars().take(QUOTED_CHARS).collect();
        report.must(false, format_args!("`{}` does not belong in an agreement", name.escape_default()));
    }
    for (name, value) in [("ai2ai", VERSION), ("type", "agreement")] {
        report.must(text(file, name) == Some(value), format_args!("`{name}` is not {value:?}"));
    }
    let offer = envelope(file, "offer", report);
    let confirm = envelope(file, "confirm", report);
    let Some(offer) = offer else { return };
    let Some(confirm) = confirm else { return };
    check_pair(&offer, &confirm, report);
    check_summary(file, &offer, report);
    if let Some(agreed) = report.terms_hash {
        cancels::check(file, &offer, agreed, report);
    }
    check_cards(file, [offer.from().did, confirm.from().did], report);
}

fn envelope(file: &Object, name: &str, report: &mut AgreementReport) -> Option<VerifiedEnvelope> {
    let Some(Value::Object(object)) = file.get(name) else {
        report.must(false, format_args!("there is no `{name}`"));
        return None;
    };
    let verified = verify_member(object.clone());
    verified.map_err(|refusal| report.must(false, format_args!("the {name} does not verify: {refusal}"))).ok()
}

/// The two envelopes belong together, bind both people to the same terms, and each person approved them.
fn check_pair(offer: &VerifiedEnvelope, confirm: &VerifiedEnvelope, report: &mut AgreementReport) {
    let in_order = offer.timestamp() <= confirm.timestamp() + CLOCK_SKEW;
    report.must(offer.from().did == confirm.to().did, "the confirm is not for whoever offered");
    report.must(offer.to().did == confirm.from().did, "the offer is not for whoever confirmed");
    report.must(offer.from().did != confirm.from().did, "both envelopes are of the same person");
    report.must(offer.conversation() == confirm.conversation(), "the envelopes are of two conversations");
    report.must(in_order, "the confirm is older than the offer");
    let (Ok(Act::Offer { terms: offered, .. }), Ok(Act::Confirm { terms: confirmed })) =
        (act_of(offer), act_of(confirm))
    else {
        report.must(false, "the envelopes are not an offer and a confirm");
        return;
    };
    report.must(offered == confirmed, "what was confirmed is not what was offered");
    let terms = offer.payload().get("terms").and_then(Value::as_object).cloned().unwrap_or_default();
    let sides =
        [(offer, "offered", Approval::check(offer)), (confirm, "confirmed", Approval::check_confirm(confirm, &terms))];
    report.parties.extend(sides.iter().map(|(envelope, role, approved)| party(envelope, role, *approved)));
    for (_, role, approved) in sides {
        if let Err(code) = approved {
            report.must(false, format_args!("the approval of whoever {role} does not hold: {code}"));
        }
    }
    report.conversation = Some(offer.conversation());
    report.terms_hash = Some(offered);
    report.terms = Some(terms);
}

fn party(envelope: &VerifiedEnvelope, role: &'static str, approved: Result<Approval, Code>) -> Party {
    let from = envelope.from();
    Party {
        did: from.did,
        human: from.human.to_string(),
        agent: from.agent.to_string(),
        role,
        approved: approved.ok(),
        timestamp: envelope.timestamp(),
    }
}

/// Checks that what stands beside the envelopes says what they say.
fn check_summary(file: &Object, offer: &VerifiedEnvelope, report: &mut AgreementReport) {
    let hash = report.terms_hash.map(|hash| hash.to_string());
    let conversation = offer.conversation().to_string();
    for (name, same) in [
        ("terms", file.get("terms").map(canonical) == offer.payload().get("terms").map(canonical)),
        ("terms_hash", text(file, "terms_hash") == hash.as_deref()),
        ("conversation", text(file, "conversation") == Some(&conversation)),
    ] {
        report.must(same, format_args!("`{name}` is not what the envelopes say"));
    }
}

fn check_cards(file: &Object, parties: [Did; 2], report: &mut AgreementReport) {
    let cards = match file.get("cards") {
        None => return,
        Some(Value::Array(cards)) => cards,
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            return report.must(false, "`cards` is no list");
        }
    };
    report.must(cards.len() <= parties.len(), "there are more cards than people");
    for card in cards.iter().take(parties.len()) {
        let read = card.as_object().cloned().map(Card::of_object);
        match read {
            Some(Ok(card)) => report.must(parties.contains(card.did()), "there is a card of somebody else"),
            Some(Err(refusal)) => report.must(false, format_args!("a card does not verify: {refusal}")),
            None => report.must(false, "a card is no object"),
        }
    }
}

fn text<'a>(file: &'a Object, name: &str) -> Option<&'a str> {
    file.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests;
