//! What an answer to a batch must say, and whether it does.

use ai2ai_protocol::canonical::{Object, canonical};
use ai2ai_protocol::code::Code;
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::receipt::{Outcome, Receipt, Receipts};
use serde_json::Value;

use super::report::Verdict;

/// How an entry or an envelope must come off.
#[derive(Debug, Clone)]
pub(crate) enum Expect {
    /// Refused, with one of these codes.
    Refused(&'static [Code]),
    /// Taken: held as a stranger's, which tells nothing, or accepted.
    Taken,
    /// Accepted, with the conversation in this state.
    Accepted(Phase),
    /// Refused with this code, and the conversation is in this state.
    RefusedIn(Code, Phase),
}

/// What a receipt must be about, and say.
#[derive(Debug, Clone)]
pub(crate) struct Want {
    digest: Digest,
    id: Option<Value>,
    sent_at: Option<Value>,
    expect: Expect,
}

impl Want {
    /// The receipt for an envelope that verifies.
    pub(crate) fn envelope(envelope: &Object, expect: Expect) -> Self {
        let member = |name: &str| envelope.get(name).cloned();
        Self { digest: Digest::of(&canonical(envelope)), id: member("id"), sent_at: member("timestamp"), expect }
    }

    /// The receipt for what was not believed, under the digest of the entry that it came in.
    pub(crate) fn entry(entry: &Value, codes: &'static [Code]) -> Self {
        Self { digest: Digest::of(&canonical(entry)), id: None, sent_at: None, expect: Expect::Refused(codes) }
    }

    /// The one receipt for a request that can't be read.
    pub(crate) fn request(bytes: &[u8], codes: &'static [Code]) -> Self {
        Self { digest: Digest::of(bytes), id: None, sent_at: None, expect: Expect::Refused(codes) }
    }
}

/// Judges an answer. What was refused because too much was asked before was not tried.
pub(crate) fn judge(answer: Result<Vec<u8>, String>, from: &Did, wants: &[Want]) -> Verdict {
    match read(answer, from).and_then(|receipts| all(receipts.list(), wants)) {
        Ok(verdict) => verdict,
        Err(instead) => Verdict::Failed(instead),
    }
}

/// The receipts in an answer, which has to be signed as §10 says.
pub(crate) fn read(answer: Result<Vec<u8>, String>, from: &Did) -> Result<Receipts, String> {
    let answer = answer.map_err(|why| format!("no answer: {why}"))?;
    Receipts::read(&answer, from).map_err(|refusal| format!("the answer is not to be believed: {refusal}"))
}

fn all(list: &[Receipt], wants: &[Want]) -> Result<Verdict, String> {
    if list.iter().any(|receipt| receipt.outcome == Outcome::Refused(Code::RateLimited)) {
        return Ok(Verdict::PutOff);
    }
    if list.len() != wants.len() {
        return Err(format!("{} receipts where {} are due", list.len(), wants.len()));
    }
    list.iter().zip(wants).try_for_each(|(receipt, want)| one(receipt, want))?;
    Ok(Verdict::Passed)
}

fn one(receipt: &Receipt, want: &Want) -> Result<(), String> {
    if receipt.digest != want.digest {
        return Err(format!("a receipt for {}, which is something else", receipt.digest));
    }
    if receipt.id.map(|id| Value::from(id.to_string())) != want.id {
        return Err("the receipt's id is another's, missing, or of what is not believed".to_owned());
    }
    let outcome = receipt.outcome;
    let phase = receipt.state.map(|state| state.phase);
    let is_good = match (&want.expect, outcome) {
        (Expect::Refused(codes), Outcome::Refused(code)) => codes.contains(&code),
        (Expect::Taken, Outcome::Held) => return tells_nothing(receipt, want),
        (Expect::Taken, Outcome::Accepted | Outcome::Refused(Code::Quarantined)) => true,
        (Expect::Accepted(state), Outcome::Accepted) => phase == Some(*state),
        (Expect::RefusedIn(wanted, state), Outcome::Refused(code)) => code == *wanted && phase == Some(*state),
        (
            Expect::Refused(_) | Expect::Taken | Expect::Accepted(_) | Expect::RefusedIn(..),
            Outcome::Accepted | Outcome::Held | Outcome::Refused(_),
        ) => false,
    };
    let phase = phase.map_or_else(String::new, |phase| format!(", {phase}"));
    if is_good { Ok(()) } else { Err(format!("{}{phase}, where {} is due", told(outcome), due(&want.expect))) }
}

/// §15: to a stranger, held tells nothing, not even when it came.
fn tells_nothing(receipt: &Receipt, want: &Want) -> Result<(), String> {
    if receipt.state.is_some() {
        return Err("a stranger is told how a conversation stands".to_owned());
    }
    let at = serde_json::to_value(receipt.at).ok();
    if at == want.sent_at { Ok(()) } else { Err("a stranger is told when it was decided".to_owned()) }
}

/// An outcome, in words.
pub(crate) fn told(outcome: Outcome) -> String {
    match outcome {
        Outcome::Accepted => "accepted".to_owned(),
        Outcome::Held => "held".to_owned(),
        Outcome::Refused(code) => format!("refused as {code}"),
    }
}

fn due(expect: &Expect) -> String {
    match expect {
        Expect::Refused(codes) => codes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "),
        Expect::Taken => "held or accepted".to_owned(),
        Expect::Accepted(phase) => format!("accepted, {phase}"),
        Expect::RefusedIn(code, phase) => format!("{code}, {phase}"),
    }
}
