//! Entries that are no seals, or do not open.

use ai2ai_api::exit::Failure;
use ai2ai_protocol::canonical::{Object, canonical};
use ai2ai_protocol::code::Code;
use data_encoding::BASE64;
use serde_json::Value;

use super::{Letter, Shot};
use crate::Kit;
use crate::judge::{Expect, Want};
use crate::stranger::{Stranger, batch, sealed};

pub(crate) const SHOTS: &[Shot] = &[
    Shot {
        check: "an entry that is no object is malformed",
        section: 8,
        make: |_| Ok(one(Value::Null, &[Code::Malformed])),
    },
    Shot {
        check: "a suite that nobody knows is unknown_suite",
        section: 8,
        make: |kit| changed(kit, "suite", "x-wing".into(), &[Code::UnknownSuite]),
    },
    Shot {
        check: "a seal of another version is unsupported_version",
        section: 8,
        make: |kit| changed(kit, "ai2ai", "9.9".into(), &[Code::UnsupportedVersion]),
    },
    Shot {
        check: "a seal for somebody else is wrong_recipient",
        section: 8,
        make: |kit| {
            let other = Stranger::new().did;
            let entry = sealed(&[&canonical(&ping(kit))], other, &kit.prekey)?.object();
            Ok(one(entry.into(), &[Code::WrongRecipient]))
        },
    },
    Shot {
        check: "a ciphertext that was changed is cannot_open",
        section: 8,
        make: |kit| changed(kit, "ciphertext", BASE64.encode(&[7; 64]).into(), &[Code::CannotOpen]),
    },
    Shot {
        check: "an encapsulated key of small order is cannot_open",
        section: 8,
        make: |kit| changed(kit, "enc", BASE64.encode(&[0; 32]).into(), &[Code::CannotOpen]),
    },
    Shot {
        check: "a member that is put into a seal is cannot_open",
        section: 8,
        make: |kit| changed(kit, "x", 1.into(), &[Code::CannotOpen]),
    },
    Shot {
        check: "base64 without its padding is malformed",
        section: 3,
        make: |kit| changed(kit, "enc", BASE64.encode(&[1; 32]).trim_end_matches('=').into(), &[Code::Malformed]),
    },
    Shot {
        check: "a ciphertext of more than 65,552 bytes is too_large",
        section: 8,
        make: |kit| changed(kit, "ciphertext", BASE64.encode(&vec![7; 65_553]).into(), &[Code::TooLarge]),
    },
    Shot {
        check: "one bad entry spoils no other",
        section: 8,
        make: |kit| {
            let bad = Value::from("bad");
            let good = ping(kit);
            let entry = seal(kit, &[&canonical(&good)])?;
            let wants = vec![Want::entry(&bad, &[Code::Malformed]), Want::envelope(&good, Expect::Taken)];
            Ok(Letter { bytes: batch(&[bad, entry]), wants })
        },
    },
    Shot {
        check: "several envelopes under one seal get a receipt each",
        section: 8,
        make: |kit| {
            let first = ping(kit);
            let second = ping(kit);
            let entry = seal(kit, &[&canonical(&first), &canonical(&second)])?;
            let wants = [first, second].map(|one| Want::envelope(&one, Expect::Taken)).to_vec();
            Ok(Letter { bytes: batch(&[entry]), wants })
        },
    },
    Shot {
        check: "a sequence that is cut short is malformed",
        section: 8,
        make: |kit| {
            let cut = [b"\x1e", canonical(&ping(kit)).as_slice()].concat();
            Ok(one(seal(kit, &[&cut])?, &[Code::Malformed]))
        },
    },
    Shot {
        check: "a sequence of 65 envelopes is too_large",
        section: 8,
        make: |kit| {
            let many = b"\x1e{}\n".repeat(65);
            Ok(one(seal(kit, &[&many])?, &[Code::TooLarge]))
        },
    },
];

/// A good ping, as the stranger signs it.
pub(crate) fn ping(kit: &Kit) -> Object {
    kit.stranger.envelope(&kit.did(), |_| {})
}

/// Anything, sealed to the one that is examined.
pub(crate) fn seal(kit: &Kit, texts: &[&[u8]]) -> Result<Value, Failure> {
    Ok(sealed(texts, kit.did(), &kit.prekey)?.object().into())
}

/// A request with one entry, which must be refused under its own digest.
pub(crate) fn one(entry: Value, codes: &'static [Code]) -> Letter {
    let wants = vec![Want::entry(&entry, codes)];
    Letter { bytes: batch(&[entry]), wants }
}

/// A good seal with one member changed afterwards.
fn changed(kit: &Kit, name: &str, value: Value, codes: &'static [Code]) -> Result<Letter, Failure> {
    let mut entry = sealed(&[&canonical(&ping(kit))], kit.did(), &kit.prekey)?.object();
    entry.insert(name.to_owned(), value);
    Ok(one(entry.into(), codes))
}
