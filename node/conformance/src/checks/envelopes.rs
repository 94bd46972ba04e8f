//! Envelopes that do not verify, or are not of this time.

use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_protocol::canonical::{Object, canonical};
use ai2ai_protocol::code::Code;
use ai2ai_protocol::key::Tag;
use ai2ai_protocol::time::Timestamp;
use serde_json::Value;

use super::seals::{one, ping, seal};
use super::{Letter, Shot};
use crate::Kit;
use crate::judge::{Expect, Want};
use crate::stranger::{Stranger, batch};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

pub(crate) const SHOTS: &[Shot] = &[
    Shot {
        check: "an envelope with a member that stands twice is malformed",
        section: 2,
        make: |kit| {
            let text = String::from_utf8_lossy(&canonical(&ping(kit))).replacen('{', r#"{"type":"ping","#, 1);
            Ok(one(seal(kit, &[text.as_bytes()])?, &[Code::Malformed]))
        },
    },
    Shot {
        check: "an envelope that nests deeper than 32 is too_deep",
        section: 2,
        make: |kit| {
            let deep = (0..40).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
            signed(kit, |draft| set(draft, "payload", serde_json::json!({ "x": deep })), &[Code::TooDeep])
        },
    },
    Shot {
        check: "an envelope of another version is unsupported_version",
        section: 7,
        make: |kit| with(kit, "ai2ai", "9.9".into(), &[Code::UnsupportedVersion]),
    },
    Shot {
        check: "an act that nobody knows is malformed",
        section: 7,
        make: |kit| with(kit, "type", "beg".into(), &[Code::Malformed]),
    },
    Shot {
        check: "an id that is no UUID is malformed",
        section: 7,
        make: |kit| with(kit, "id", "../../etc".into(), &[Code::Malformed]),
    },
    Shot {
        check: "a time without an offset is malformed",
        section: 3,
        make: |kit| with(kit, "timestamp", "2026-02-07T03:55:00".into(), &[Code::Malformed]),
    },
    Shot {
        check: "a payload that is no object is malformed",
        section: 7,
        make: |kit| with(kit, "payload", "hello".into(), &[Code::Malformed]),
    },
    Shot {
        check: "a name with an invisible character is malformed",
        section: 3,
        make: |kit| signed(kit, |draft| draft["from"]["human"] = "A\u{202e}xel".into(), &[Code::Malformed]),
    },
    Shot {
        check: "an envelope for somebody else is wrong_recipient",
        section: 7,
        make: |kit| with(kit, "to", serde_json::json!({ "did": Stranger::new().did }), &[Code::WrongRecipient]),
    },
    Shot {
        check: "an envelope without a delegation is bad_delegation",
        section: 7,
        make: |kit| with(kit, "delegation", Value::Null, &[Code::BadDelegation]),
    },
    Shot {
        check: "somebody else's delegation is bad_delegation",
        section: 7,
        make: |kit| with(kit, "delegation", Stranger::new().delegation(1).into(), &[Code::BadDelegation]),
    },
    Shot {
        check: "a delegation that was changed is bad_delegation",
        section: 5,
        make: |kit| signed(kit, |draft| draft["delegation"]["sequence"] = 7.into(), &[Code::BadDelegation]),
    },
    Shot {
        check: "in another's name, with one's own key, is bad_delegation",
        section: 7,
        make: |kit| {
            signed(kit, |draft| draft["from"]["did"] = serde_json::json!(Stranger::new().did), &[Code::BadDelegation])
        },
    },
    Shot {
        check: "an unsigned envelope is bad_signature",
        section: 7,
        make: |kit| sent(kit, &kit.stranger.draft(&kit.did(), |_| {}), &[Code::BadSignature]),
    },
    Shot {
        check: "an envelope that was changed is bad_signature",
        section: 7,
        make: |kit| {
            let mut envelope = ping(kit);
            set(&mut envelope, "payload", serde_json::json!({ "x": 1 }));
            sent(kit, &envelope, &[Code::BadSignature])
        },
    },
    Shot {
        check: "a member that was put in is bad_signature",
        section: 4,
        make: |kit| {
            let mut envelope = ping(kit);
            set(&mut envelope, "nobody-knows", true.into());
            sent(kit, &envelope, &[Code::BadSignature])
        },
    },
    Shot {
        check: "a signature by the owner's key is bad_signature",
        section: 4,
        make: |kit| {
            sent(
                kit,
                &kit.stranger.signed_by_owner(Tag::Envelope, kit.stranger.draft(&kit.did(), |_| {})),
                &[Code::BadSignature],
            )
        },
    },
    Shot {
        check: "a signature for another kind of document is bad_signature",
        section: 4,
        make: |kit| {
            sent(kit, &kit.stranger.signed(Tag::Card, kit.stranger.draft(&kit.did(), |_| {})), &[Code::BadSignature])
        },
    },
    Shot {
        check: "a signed member that nobody knows is taken",
        section: 2,
        make: |kit| judged(kit, |draft| set(draft, "nobody-knows", serde_json::json!([1, {}])), Expect::Taken),
    },
    Shot {
        check: "an envelope that is over is expired",
        section: 9,
        make: |kit| judged(kit, |draft| lives(draft, now() - HOUR * 2, HOUR), Expect::Refused(&[Code::Expired])),
    },
    Shot {
        check: "an envelope from the future is not_yet_valid",
        section: 9,
        make: |kit| judged(kit, |draft| lives(draft, now() + HOUR, HOUR), Expect::Refused(&[Code::NotYetValid])),
    },
    Shot {
        check: "an envelope that could outlive the replay table is life_too_long",
        section: 9,
        make: |kit| judged(kit, |draft| lives(draft, now(), DAY * 15), Expect::Refused(&[Code::LifeTooLong])),
    },
];

pub(crate) fn set(document: &mut Object, name: &str, value: Value) {
    document.insert(name.to_owned(), value);
}

pub(crate) fn lives(draft: &mut Object, from: Timestamp, life: Duration) {
    let from = from.whole_second();
    set(draft, "timestamp", serde_json::json!(from));
    set(draft, "expires_at", serde_json::json!(from + life));
}

/// An envelope in which one member is something else, signed as it is then.
fn with(kit: &Kit, name: &str, value: Value, codes: &'static [Code]) -> Result<Letter, Failure> {
    signed(kit, |draft| set(draft, name, value), codes)
}

/// An envelope that was changed before it was signed, and must not be believed.
fn signed(kit: &Kit, change: impl FnOnce(&mut Object), codes: &'static [Code]) -> Result<Letter, Failure> {
    sent(kit, &kit.stranger.envelope(&kit.did(), change), codes)
}

fn sent(kit: &Kit, envelope: &Object, codes: &'static [Code]) -> Result<Letter, Failure> {
    Ok(one(seal(kit, &[&canonical(envelope)])?, codes))
}

/// An envelope that verifies, and how it must come off.
fn judged(kit: &Kit, change: impl FnOnce(&mut Object), expect: Expect) -> Result<Letter, Failure> {
    let envelope = kit.stranger.envelope(&kit.did(), change);
    let entry = seal(kit, &[&canonical(&envelope)])?;
    Ok(Letter { bytes: batch(&[entry]), wants: vec![Want::envelope(&envelope, expect)] })
}
