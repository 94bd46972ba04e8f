//! Good and bad examples to begin from: the published vectors, and for what has none, a few by hand.

use ai2ai_protocol::bundle::Carried;
use ai2ai_protocol::seal::Sealed;
use data_encoding::BASE64;
use serde_json::{Value, json};

/// The secret of the vectors' recipient.
pub const PREKEY: [u8; 32] = [0xca; 32];
/// Token of the owner's door here.
pub const OWNER_TOKEN: &str = "ai2ai_owner_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// Token of the agent's door here.
pub const AGENT_TOKEN: &str = "ai2ai_agent_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The vectors of each target.
const VECTORS: [(&str, &str); 12] = [
    ("json", include_str!("../../../protocol/vectors/json.json")),
    ("names", include_str!("../../../protocol/vectors/names.json")),
    ("envelope", include_str!("../../../protocol/vectors/envelope.json")),
    ("envelope", include_str!("../../../protocol/vectors/approval.json")),
    ("sealed", include_str!("../../../protocol/vectors/sealed.json")),
    ("batch", include_str!("../../../protocol/vectors/sealed.json")),
    ("card", include_str!("../../../protocol/vectors/card.json")),
    ("receipts", include_str!("../../../protocol/vectors/receipts.json")),
    ("terms", include_str!("../../../protocol/vectors/delegation.json")),
    ("agreement", include_str!("../../../protocol/vectors/agreement.json")),
    ("mailbox", include_str!("../../../protocol/vectors/mailbox.json")),
    ("directory", include_str!("../../../protocol/vectors/directory.json")),
];

/// Returns what a target begins from.
///
/// # Panics
/// When a file of vectors is none.
#[must_use]
pub fn of(target: &str) -> Vec<Vec<u8>> {
    let files = VECTORS.iter().filter(|(name, _)| *name == target);
    let vectors = files.flat_map(|(_, text)| inputs(text));
    vectors.chain(by_hand(target).into_iter().map(Into::into)).collect()
}

fn inputs(file: &str) -> Vec<Vec<u8>> {
    let file: Value = serde_json::from_str(file).expect("a file of vectors");
    let vectors = file["vectors"].as_array().expect("vectors");
    let input = |vector: &Value| match (vector["input"].as_str(), vector["input_base64"].as_str()) {
        (Some(text), _) => Some(text.as_bytes().to_vec()),
        (None, Some(text)) => BASE64.decode(text.as_bytes()).ok(),
        (None, None) => None,
    };
    vectors.iter().filter_map(input).collect()
}

/// Returns what Node.js made for the vectors of the original: the envelopes, and the JSON that it writes anew.
fn of_the_original() -> Vec<String> {
    let file = include_str!("../../../protocol/vectors/original/original.json");
    let file: Value = serde_json::from_str(file).expect("a file of vectors");
    let texts = |list: &str, name: &str| -> Vec<String> {
        let all = file[list].as_array().expect("a list");
        all.iter().filter_map(|vector| vector[name].as_str()).map(str::to_owned).collect()
    };
    let keys = ["key", "opening_public"].map(|name| file[name].as_str().expect("a key").to_owned());
    [texts("envelopes", "body"), texts("stringify", "text"), keys.into()].concat()
}

/// Files of carried envelopes, with one and with all of the vectors' that are for the same recipient.
fn carried() -> Vec<String> {
    let file: Value = serde_json::from_str(include_str!("../../../protocol/vectors/sealed.json")).expect("vectors");
    let inputs = file["vectors"].as_array().expect("vectors").iter().filter_map(|vector| vector["input"].as_str());
    let sealed: Vec<Sealed> = inputs
        .filter_map(|text| serde_json::from_str(text).ok())
        .filter_map(|value: Value| Sealed::read(&value).ok())
        .collect();
    let first = sealed.first().expect("a vector that reads");
    let alike: Vec<Sealed> = sealed.iter().filter(|other| other.to() == first.to()).cloned().collect();
    let written = [Carried::write(first.to(), &alike[..1]), Carried::write(first.to(), &alike)];
    written.map(|bytes| String::from_utf8(bytes).expect("JSON")).into()
}

fn by_hand(target: &str) -> Vec<String> {
    match target {
        "original" => of_the_original(),
        "carried" => carried(),
        "address" => lines(&[
            "ai2ai:join/1?did=did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK&peer=12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN&until=1771000000&at=/ip4/192.0.2.7/udp/4001/quic-v1&at=/dns4/node.example/tcp/4001&secret=BwcHBwcHBwcHBwcHBwcHBw",
            "/ip4/192.0.2.7/udp/4001/quic-v1/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN",
            "/dns4/node.example/tcp/4001/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN",
            "v=ai2ai1 did=did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK addr=/ip4/192.0.2.7/tcp/4001/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN",
            "dnsaddr=/ip6/2001:db8::1/tcp/4001/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN\nendpoint=https://alex.example/a",
        ]),
        "config" => lines(&["", "listen = [\"/ip4/0.0.0.0/tcp/0\"]\nmdns = false\n", "mdns = \"yes\"", "[limits]\n"]),
        "keys" => key_files(),
        "calendar" => lines(&[
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260210T190000Z\nDURATION:PT90M\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU;COUNT=9\nEXDATE:20260217T190000Z\nEND:VEVENT\nEND:VCALENDAR\n",
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART;TZID=Europe/London:20260329T003000\nDTEND;TZID=Europe/London:20260329T023000\nRRULE:FREQ=DAILY;INTERVAL=2;UNTIL=20260401T000000Z\nEND:VEVENT\nBEGIN:VEVENT\nUID:a\nRECURRENCE-ID;TZID=Europe/London:20260331T003000\nDTSTART;VALUE=DATE:20260401\nTRANSP:TRANSPARENT\nEND:VEVENT\nEND:VCALENDAR\n",
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260131T120000\nRRULE:FREQ=MONTHLY;BYMONTHDAY=-1;BYSETPOS=1\nEND:VEVENT\nEND:VCALENDAR\n",
        ]),
        "door" => requests(),
        "store" => lines(&["", "\0\0\u{1}\u{7f}", "\u{1}\0\0\u{1}\u{1}\0\u{1}\u{2}"]),
        "terms" => lines(&[
            r#"{"subject":"Dinner","time":"2026-02-10T19:00Z","minutes":90,"place":"Luigi's"}"#,
            r#"{"did":"did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK","id":"019c3638-f220-7001-8000-000000000001","intents":["schedule.*"],"limits":{"amount":"80","currency":"GBP","hours":{"from":"09:00","offset":"+00:00","until":"22:00"},"per_day":3},"not_after":"2026-03-01T00:00:00Z","not_before":"2026-01-01T00:00:00Z","signature":"","with":"any"}"#,
        ]),
        _ => Vec::new(),
    }
}

fn lines(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// The first letter says which file it is; see [`super::files::keys`].
fn key_files() -> Vec<String> {
    let did = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
    let zeros = |bytes: usize| BASE64.encode(&vec![0; bytes]);
    let sealed = json!({
        "argon2id": { "memory_kib": 64, "passes": 1, "lanes": 1 },
        "salt": zeros(16), "aes_256_gcm_nonce": zeros(12), "ciphertext": zeros(48),
    });
    let of = |key: Value| format!("\u{4}{}", json!({ "kind": "ai2ai owner key 1", "did": did, "key": key }));
    let agent = format!("\u{1}{}", json!({ "kind": "ai2ai agent key 1", "key": zeros(32) }));
    let identity = format!("\u{3}{}", json!({ "human": "Alex", "agent": "alex-assistant", "did": did }));
    vec![of(json!({ "sealed": sealed })), of(json!({ "plain": zeros(32) })), agent, identity]
}

fn requests() -> Vec<String> {
    let commands = [
        json!({ "command": "status" }),
        json!({ "command": "send", "who": "sam", "text": "Hello" }),
        json!({ "command": "reply", "conversation": "019c", "text": null, "terms": { "time": "x" }, "times": [], "choose": null,
            "accept": false, "pin": null }),
        json!({ "command": "approve", "id": "019c", "digest": "sha256:00", "choose": 1, "terms": null, "reply": null,
            "pin": "294 771" }),
        json!({ "command": "dance" }),
    ];
    let tokens = [OWNER_TOKEN, AGENT_TOKEN, "nobody"];
    let pairs = tokens.iter().flat_map(|token| commands.iter().map(move |command| (token, command)));
    pairs.map(|(token, command)| json!({ "token": token, "command": command }).to_string()).collect()
}
