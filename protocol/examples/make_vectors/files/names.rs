//! The forms of single texts: identities, keys, ids, times, names.

use ai2ai_protocol::code::Code;
use data_encoding::HEXLOWER;

use super::people::{ALEX, at};
use super::{File, Vector};

/// The vectors.
pub(crate) fn file() -> File {
    let dids = DIDS.iter().map(|did| of("did", did, did_result));
    let own = of("did", &ALEX.did().to_string(), did_result);
    let times = TIMES.iter().map(|time| of("time", time, |text| [("millis", at(text).as_millis().to_string())]));
    let plain = PLAIN.iter().map(|(kind, text)| of(kind, text, |text| [("text", text.to_owned())]));
    let bad = BAD
        .iter()
        .map(|(kind, text)| Vector::bad(&format!("no {kind}"), *text, Code::Malformed, "").given("kind", kind));
    File {
        about: "SPEC.md §3. `input` is one text, and `kind` what is to be read from it. For a `did`, `public_key` is \
                the Ed25519 key in hexadecimal digits; for a `time`, `millis` is the milliseconds since 1970."
            .to_owned(),
        vectors: dids.chain([own]).chain(times).chain(plain).chain(bad).collect(),
    }
}

fn of(kind: &str, text: &str, result: impl Fn(&str) -> [(&'static str, String); 1]) -> Vector {
    Vector::good(&format!("a {kind}"), text, result(text)).given("kind", kind)
}

fn did_result(text: &str) -> [(&'static str, String); 1] {
    let did: ai2ai_protocol::did::Did = text.parse().expect("an identity");
    [("public_key", HEXLOWER.encode(&did.to_bytes()))]
}

/// The example of the did:key method, and that of RFC 8032 §7.1, test 1.
const DIDS: [&str; 2] = [
    "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
    "did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw",
];

const TIMES: [&str; 10] = [
    "2026-02-10T19:00Z",
    "2026-02-10T19:00:00Z",
    "2026-02-10T20:00+01:00",
    "2026-02-10T19:00:00-00:00",
    "2026-02-10T19:00:00.25Z",
    "2026-02-10T19:00:00.123456789Z",
    "2026-02-10T00:30:00+14:00",
    "2026-02-10T19:00+23:59",
    "2028-02-29T00:00Z",
    "1970-01-01T00:00Z",
];

const PLAIN: [(&str, &str); 9] = [
    ("id", "018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40"),
    ("digest", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("agent", "alex-assistant"),
    ("agent", "node.7_b"),
    ("human", "Zoë van der Berg"),
    ("human", "李雷"),
    ("intent", "schedule.meeting"),
    ("intent", "a.b_c.d-7"),
    ("intent", "commerce.offer"),
];

const BAD: [(&str, &str); 56] = [
    ("did", ""),
    ("did", "did:web:alex.example"),
    ("did", "did:key:z6Mk"),
    ("did", "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"),
    ("did", "did:key:u6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"),
    ("did", "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK#key"),
    ("did", "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK0"),
    ("did", "did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc"),
    ("did", "DID:KEY:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"),
    ("time", ""),
    ("time", "now"),
    ("time", "2026-02-10"),
    ("time", "2026-02-10T19:00"),
    ("time", "2026-02-10T19:00:00"),
    ("time", "2026-02-10 19:00Z"),
    ("time", "2026-02-10t19:00z"),
    ("time", "20260210T190000Z"),
    ("time", "2026-02-10T19Z"),
    ("time", "2026-02-10T19:00+01"),
    ("time", "2026-02-10T19:00+0100"),
    ("time", "2026-02-10T19:00+01:00:30"),
    ("time", "2026-02-10T19:00+24:00"),
    ("time", "2026-02-10T24:00Z"),
    ("time", "2026-02-10T19:60Z"),
    ("time", "2026-02-10T19:00:60Z"),
    ("time", "2026-02-30T19:00Z"),
    ("time", "2026-02-29T19:00Z"),
    ("time", "2026-02-10T19:00.5Z"),
    ("time", "2026-02-10T19:00:00,5Z"),
    ("time", "2026-02-10T19:00:00.Z"),
    ("time", "2026-02-10T19:00:00.1234567890Z"),
    ("time", "2026-02-10T19:00Z[Europe/London]"),
    ("time", "1969-12-31T23:59:59Z"),
    ("time", "1970-01-01T00:00+01:00"),
    ("id", ""),
    ("id", "../../x"),
    ("id", "018F4B1E-7A3C-7C5D-9A21-5B7C1D2E3F40"),
    ("id", "018f4b1e7a3c7c5d9a215b7c1d2e3f40"),
    ("id", "{018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40}"),
    ("id", "urn:uuid:018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40"),
    ("digest", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("digest", "sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"),
    ("digest", "sha256:e3b0c442"),
    ("agent", ""),
    ("agent", "Alex"),
    ("agent", "-alex"),
    ("agent", "../x"),
    ("agent", "\u{430}lex"),
    ("human", ""),
    ("human", " Alex"),
    ("human", "Alex\n"),
    ("human", "A\u{202e}xelA"),
    ("human", "Al\u{200b}ex"),
    ("intent", "schedule"),
    ("intent", "Schedule.meeting"),
    ("intent", "a..b"),
];
