//! The part of a file that says that it was called off: the envelopes in which one side, or each, did so.

use serde_json::Value;

use super::{AgreementReport, CancelledBy};
use crate::approval::Approval;
use crate::canonical::Object;
use crate::code::Code;
use crate::conversation::Act;
use crate::digest::TermsHash;
use crate::envelope::{VerifiedEnvelope, verify_member};
use crate::terms::act_of;

/// Number of sides that can call it off.
const SIDES: usize = 2;

/// Each is a cancel of the agreed terms, from one side to the other, approved by its owner; and none is there twice.
pub(super) fn check(file: &Object, offer: &VerifiedEnvelope, agreed: TermsHash, report: &mut AgreementReport) {
    let list = match file.get("cancels") {
        None => return,
        Some(Value::Array(list)) => list,
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            return report.must(false, "`cancels` is no list");
        }
    };
    report.must(list.len() <= SIDES, "it is called off more often than there are people");
    for one in list.iter().take(SIDES) {
        let Some(object) = one.as_object().cloned() else {
            report.must(false, "a cancel is no object");
            continue;
        };
        match verify_member(object) {
            Ok(cancel) => check_one(&cancel, offer, agreed, report),
            Err(refusal) => report.must(false, format_args!("a cancel does not verify: {refusal}")),
        }
    }
}

fn check_one(cancel: &VerifiedEnvelope, offer: &VerifiedEnvelope, agreed: TermsHash, report: &mut AgreementReport) {
    let from = cancel.from().did;
    let (one, other) = (offer.from().did, offer.to().did);
    let between = [(one, other), (other, one)].contains(&(from, cancel.to().did));
    report.must(between, "a cancel is between others");
    report.must(cancel.conversation() == offer.conversation(), "a cancel is of another conversation");
    report.must(report.cancels.iter().all(|known| known.did != from), "the same person calls it off twice");
    let act = act_of(cancel).ok();
    report.must(act == Some(Act::Cancel { terms: agreed }), "a cancel is not of these terms");
    match Approval::check(cancel) {
        Ok(approved) => report.cancels.push(CancelledBy {
            did: from,
            human: cancel.from().human.to_string(),
            at: approved.at,
            reason: cancel.payload().get("reason").and_then(Value::as_str).map(str::to_owned),
        }),
        Err(Code::Malformed) => {}
        Err(code) => report.must(false, format_args!("the approval of a cancel does not hold: {code}")),
    }
}
