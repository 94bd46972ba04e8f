//! What a stranger gets to know, and repeats.

use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_protocol::canonical::{Object, canonical};
use ai2ai_protocol::code::Code;
use ai2ai_protocol::receipt::{Outcome, Receipt};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::envelopes::{lives, set};
use super::seals::seal;
use super::{Letter, OnFinding, Shot, must, untried};
use crate::Kit;
use crate::judge::{Expect, Want, judge, read, told};
use crate::report::Verdict;
use crate::stranger::batch;

const HOUR: Duration = Duration::from_secs(3600);
const HASH: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

pub(crate) const SHOTS: &[Shot] = &[
    Shot {
        check: "a stranger's confirm tells them nothing",
        section: 15,
        make: |kit| act(kit, "confirm", json!({ "terms_hash": HASH })),
    },
    Shot {
        check: "a stranger's offer without an approval tells them nothing",
        section: 15,
        make: |kit| act(kit, "request", json!({ "terms": { "subject": "conformance" }, "replaces": null })),
    },
    Shot {
        check: "a secret of no invite is invite_invalid",
        section: 17,
        make: |kit| {
            let secret = BASE64URL_NOPAD.encode(&rand::random::<[u8; 16]>());
            let card = kit.stranger.card(&kit.me);
            let envelope = kit.stranger.envelope(&kit.did(), |draft| {
                set(draft, "intent", "contact.join".into());
                set(draft, "payload", json!({ "invite": secret, "card": card }));
            });
            letter(kit, &[(envelope, Expect::Refused(&[Code::InviteInvalid]))])
        },
    },
    Shot {
        check: "what follows an envelope that has to come again, in its conversation and batch, is busy",
        section: 8,
        make: |kit| {
            let early = kit.stranger.envelope(&kit.did(), |draft| lives(draft, now() + HOUR, HOUR));
            let conversation = early["conversation"].clone();
            let next = kit.stranger.envelope(&kit.did(), |draft| set(draft, "conversation", conversation));
            letter(kit, &[(early, Expect::Refused(&[Code::NotYetValid])), (next, Expect::Refused(&[Code::Busy]))])
        },
    },
];

/// An act of a stranger, which is held whatever it is.
fn act(kit: &Kit, kind: &str, payload: Value) -> Result<Letter, Failure> {
    let envelope = said(kit, kind, payload);
    letter(kit, &[(envelope, Expect::Taken)])
}

fn said(kit: &Kit, kind: &str, payload: Value) -> Object {
    kit.stranger.envelope(&kit.did(), |draft| {
        set(draft, "type", kind.into());
        set(draft, "intent", "schedule.meeting".into());
        set(draft, "payload", payload);
    })
}

/// Envelopes under a seal each, and how they must come off.
pub(crate) fn letter(kit: &Kit, envelopes: &[(Object, Expect)]) -> Result<Letter, Failure> {
    let entries = envelopes.iter().map(|(envelope, _)| seal(kit, &[&canonical(envelope)]));
    let wants = envelopes.iter().map(|(envelope, expect)| Want::envelope(envelope, expect.clone()));
    Ok(Letter { bytes: batch(&entries.collect::<Result<Vec<_>, _>>()?), wants: wants.collect() })
}

/// A repeat, the same id with other content, and a prekey that is gone.
pub(crate) async fn repeats(kit: &mut Kit, note: OnFinding<'_>) -> Result<(), Failure> {
    let message = said(kit, "message", json!({ "text": "This is the conformance kit: please ignore it." }));
    let first = bring(kit, &message).await?;
    let again = bring(kit, &message).await?;
    let verdict = match (&first, &again) {
        (Ok(one), _) if one.outcome == Outcome::Refused(Code::RateLimited) => Verdict::PutOff,
        (Ok(one), _) if one.outcome == Outcome::Refused(Code::Quarantined) => {
            untried("it has no room for one more stranger")
        }
        (Ok(one), _) if matches!(one.outcome, Outcome::Refused(_)) => {
            Verdict::Failed(format!("{}, where held or accepted is due", told(one.outcome)))
        }
        (Ok(one), Ok(other)) if one == other => Verdict::Passed,
        (Ok(_), Ok(_)) => Verdict::Failed("the second receipt is another one".to_owned()),
        (Err(why), _) | (_, Err(why)) => Verdict::Failed(why.clone()),
    };
    let not_taken = Some(verdict.clone()).filter(|verdict| matches!(verdict, Verdict::NotTried(_) | Verdict::PutOff));
    note(must("a repeat gets its first receipt again", 9, verdict));
    let other = kit.stranger.envelope(&kit.did(), |draft| {
        for name in ["id", "conversation", "type", "intent"] {
            set(draft, name, message[name].clone());
        }
        set(draft, "payload", json!({ "text": "something else" }));
    });
    let Letter { bytes, wants } = letter(kit, &[(other, Expect::Refused(&[Code::ReplayedDifferently]))])?;
    let answer = kit.bring(bytes).await;
    let verdict = not_taken.unwrap_or_else(|| judge(answer, &kit.did(), &wants));
    note(must("the same id with another content is replayed_differently", 9, verdict));
    let mut entry = seal(kit, &[&canonical(&message)])?;
    entry["prekey"] = "00000000000000000000000000000000".into();
    let answer = kit.bring(batch(&[entry.clone()])).await;
    let came = read(answer.clone(), &kit.did()).is_ok_and(|receipts| receipts.card().is_some());
    let verdict = match judge(answer, &kit.did(), &[Want::entry(&entry, &[Code::UnknownPrekey])]) {
        Verdict::Passed if !came => Verdict::Failed("no card goes along with it".to_owned()),
        verdict @ (Verdict::Passed | Verdict::Failed(_) | Verdict::NotTried(_) | Verdict::PutOff) => verdict,
    };
    note(must("a prekey that is gone is unknown_prekey, and the card goes along", 8, verdict));
    Ok(())
}

/// The receipt for one envelope.
pub(crate) async fn bring(kit: &mut Kit, envelope: &Object) -> Result<Result<Receipt, String>, Failure> {
    let bytes = batch(&[seal(kit, &[&canonical(envelope)])?]);
    let answer = kit.bring(bytes).await;
    let receipts = read(answer, &kit.did());
    Ok(receipts.and_then(|receipts| receipts.list().first().cloned().ok_or_else(|| "no receipt".to_owned())))
}
