//! Requests that can't be read, and cards.

use ai2ai_api::exit::Failure;
use ai2ai_api::views::Level;
use ai2ai_protocol::canonical::read_object;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::limits::{BATCH_BYTES, CARD_BYTES};
use ai2ai_protocol::receipt::Outcome;
use serde_json::Value;

use super::{Letter, OnFinding, Shot, must};
use crate::judge::{Want, read};
use crate::report::{CheckResult, Verdict};
use crate::wire::Protocol;
use crate::{CARD_REQUEST, Kit};

pub(crate) const SHOTS: &[Shot] = &[
    Shot { check: "a request that is no JSON is malformed", section: 2, make: |_| as_it_is(b"{\"ai2ai\":", MALFORMED) },
    Shot {
        check: "a member that stands twice is malformed",
        section: 2,
        make: |_| as_it_is(br#"{"ai2ai":"0.2","type":"batch","type":"batch","sealed":[null]}"#, MALFORMED),
    },
    Shot {
        check: "a member that stands twice, once with an escape, is malformed",
        section: 2,
        make: |_| as_it_is(br#"{"ai2ai":"0.2","type":"batch","\u0074ype":"batch","sealed":[null]}"#, MALFORMED),
    },
    Shot {
        check: "something after the value is malformed",
        section: 2,
        make: |_| as_it_is(br#"{"ai2ai":"0.2","type":"batch","sealed":[null]}{}"#, MALFORMED),
    },
    Shot {
        check: "a byte order mark is malformed",
        section: 2,
        make: |_| as_it_is(b"\xef\xbb\xbf{\"ai2ai\":\"0.2\",\"type\":\"batch\",\"sealed\":[null]}", MALFORMED),
    },
    Shot {
        check: "bytes that are no UTF-8 are malformed",
        section: 2,
        make: |_| as_it_is(b"{\"ai2ai\":\"0.2\",\"type\":\"batch\",\"x\":\"\xff\",\"sealed\":[null]}", MALFORMED),
    },
    Shot {
        check: "a surrogate alone is malformed",
        section: 2,
        make: |_| as_it_is(br#"{"ai2ai":"0.2","type":"batch","x":"\ud800","sealed":[null]}"#, MALFORMED),
    },
    Shot {
        check: "a number that no double gives back is malformed",
        section: 2,
        make: |_| as_it_is(br#"{"ai2ai":"0.2","type":"batch","x":9007199254740992,"sealed":[null]}"#, MALFORMED),
    },
    Shot {
        check: "a request that nests deeper than 32 is too_deep",
        section: 2,
        make: |_| {
            let deep = format!(r#"{{"ai2ai":"0.2","type":"batch","sealed":{}1{}}}"#, "[".repeat(40), "]".repeat(40));
            as_it_is(deep.as_bytes(), &[Code::TooDeep])
        },
    },
    Shot {
        check: "a batch of another version is unsupported_version",
        section: 8,
        make: |_| as_it_is(br#"{"ai2ai":"9.9","type":"batch","sealed":[null]}"#, &[Code::UnsupportedVersion]),
    },
    Shot {
        check: "an empty batch is malformed",
        section: 8,
        make: |_| as_it_is(br#"{"ai2ai":"0.2","type":"batch","sealed":[]}"#, MALFORMED),
    },
    Shot {
        check: "a batch of 65 entries is too_large",
        section: 8,
        make: |_| as_it_is(&super::super::stranger::batch(&vec![Value::Null; 65]), &[Code::TooLarge]),
    },
];

const MALFORMED: &[Code] = &[Code::Malformed];

fn as_it_is(bytes: &[u8], codes: &'static [Code]) -> Result<Letter, Failure> {
    Ok(Letter { bytes: bytes.to_vec(), wants: vec![Want::request(bytes, codes)] })
}

/// Cards: the one that is shown, and requests for it.
pub(crate) async fn cards(kit: &mut Kit, note: OnFinding<'_>) {
    let peer = kit.wire.peer.to_string();
    let names = kit.card.nodes().iter().any(|node| node.peer == peer);
    let verdict = if names { Verdict::Passed } else { Verdict::Failed("its card names other nodes only".to_owned()) };
    note(must("the card is good, current, and names the node that shows it", 6, verdict));
    let own = [
        br#"{"ai2ai":"0.2","type":"card_request","card":"#.as_slice(),
        &ai2ai_protocol::canonical::canonical(&kit.stranger.card(&kit.me)),
        b"}",
    ]
    .concat();
    let shown = kit.wire.ask(Protocol::Card, own).await;
    let same = |answer: &Vec<u8>| Card::read(answer).is_ok_and(|card| card.did() == kit.card.did());
    note(must("whoever shows a card gets one", 17, is(shown.as_ref().is_ok_and(same), "no card came back")));
    for (check, request) in BAD_CARD_REQUESTS {
        let answer = kit.wire.ask(Protocol::Card, request.to_vec()).await;
        let is_card = answer.is_ok_and(|answer| Card::read(&answer).is_ok());
        note(must(check, 17, is(!is_card, "it was answered with a card")));
    }
    let version = kit.wire.version().await.unwrap_or_default();
    let verdict = is(version == "ai2ai/0.2", &format!("it says {version:?}"));
    note(CheckResult { check: "identify says ai2ai/0.2", section: 17, level: Level::Should, verdict });
}

const BAD_CARD_REQUESTS: [(&str, &[u8]); 3] = [
    ("a card request that is no JSON gets no card", b"card, please"),
    (
        "a card request with a member that stands twice gets no card",
        br#"{"ai2ai":"0.2","type":"card_request","type":"card_request","card":null}"#,
    ),
    ("a card request of another version gets no card", br#"{"ai2ai":"9.9","type":"card_request","card":null}"#),
];

/// More bytes than may be: nothing of it may be taken, and the node goes on.
pub(crate) async fn oversized(kit: &mut Kit, note: OnFinding<'_>) {
    let answer = kit.bring(vec![b' '; BATCH_BYTES + 1]).await;
    let refused = match answer {
        Err(_) => true,
        Ok(answer) => read(Ok(answer), &kit.did())
            .is_ok_and(|receipts| receipts.list().iter().all(|one| matches!(one.outcome, Outcome::Refused(_)))),
    };
    note(must("a request of more than 1 MiB is not taken", 17, is(refused, "it was taken")));
    let large = [CARD_REQUEST, &vec![b' '; CARD_BYTES + 1024]].concat();
    let answer = kit.wire.ask(Protocol::Card, large).await;
    let is_card =
        answer.is_ok_and(|answer| read_object(&answer, CARD_BYTES).is_ok_and(|card| card.contains_key("did")));
    note(must("a card request that is too long gets no card", 17, is(!is_card, "it was answered with a card")));
    let alive = kit.wire.ask(Protocol::Card, CARD_REQUEST.to_vec()).await;
    note(must("after all that, it still answers", 17, is(alive.is_ok(), "nothing answers any more")));
}

fn is(good: bool, instead: &str) -> Verdict {
    if good { Verdict::Passed } else { Verdict::Failed(instead.to_owned()) }
}
