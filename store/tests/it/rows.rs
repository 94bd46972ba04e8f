//! Rows made of small numbers, so that random ones meet each other often.

use ai2ai_protocol::code::Code;
use ai2ai_protocol::conversation::{Act, Conversation, Phase, Side};
use ai2ai_protocol::delivery::{Delivery, DeliveryEvent};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::{Digest, TermsHash};
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::id::{ConversationId, ItemId, MessageId};
use ai2ai_protocol::receipt::{Outcome, Receipt};
use ai2ai_protocol::seal::PrekeyId;
use ai2ai_protocol::time::Timestamp;
use ai2ai_protocol::trust::Trust;
use ai2ai_store::audit::AuditRow;
use ai2ai_store::cards::CardRow;
use ai2ai_store::contacts::{ContactRow, LegacyContactRow};
use ai2ai_store::conversations::{ConversationRow, LastHeard};
use ai2ai_store::inbox::{ItemKind, ItemRow, LegacyItemRow};
use ai2ai_store::messages::MessageRow;
use ai2ai_store::originals::{OriginalSeenRow, SaidRow, TalkRow};
use ai2ai_store::outbox::{LegacyOutboxRow, OutboxRow};
use ai2ai_store::prekeys::PrekeyRow;
use ai2ai_store::quarantine::HeldRow;
use ai2ai_store::replay::SeenRow;

pub(crate) fn at(seconds: u8) -> Timestamp {
    Timestamp::from_millis(1_770_000_000_250 + i64::from(seconds) * 1_000)
}

pub(crate) fn did(n: u8) -> Did {
    Did::from_bytes([n; 32])
}

pub(crate) fn message_id(n: u8) -> MessageId {
    MessageId::from_bytes([n; 16])
}

pub(crate) fn conversation_id(n: u8) -> ConversationId {
    ConversationId::from_bytes([n; 16])
}

pub(crate) fn item_id(n: u8) -> ItemId {
    ItemId::from_bytes([n; 16])
}

/// Bytes that are no text, with quotes and line feeds in them.
pub(crate) fn document(n: u8) -> Vec<u8> {
    [&[n, 0, 0xff][..], b"{\"quoted\": \"\\n\"}\n", &vec![n; usize::from(n) * 100]].concat()
}

pub(crate) fn contact(n: u8, name: &str, seconds: u8) -> ContactRow {
    ContactRow {
        did: did(n),
        name: name.to_owned(),
        agent: "alex-assistant".parse().expect("a name"),
        human: "Алекс “Lex” O'Neil".parse().expect("a name"),
        trust: Trust::ALL[usize::from(n) % Trust::ALL.len()],
        blocked: n.is_multiple_of(2),
        met: "mdns".to_owned(),
        domain: None,
        addresses: vec!["/ip4/192.168.1.7/udp/4001/quic-v1".to_owned(); usize::from(n) % 3],
        added_at: at(0),
        last_seen: (seconds > 0).then(|| at(seconds)),
        delegation: u64::from(n),
        clock_ahead_s: None,
        compared_at: None,
    }
}

pub(crate) fn card(n: u8, seconds: u8) -> CardRow {
    CardRow { bytes: document(n), received_at: at(seconds) }
}

pub(crate) fn prekey(n: u8, seconds: u8) -> PrekeyRow {
    PrekeyRow { secret: [n; 32].into(), id: PrekeyId::from_bytes([n; 16]), not_after: at(0), erase_at: at(seconds) }
}

/// A conversation: one that waits for the answer to a reject, one that was rejected, one with terms on the table.
pub(crate) fn conversation(n: u8, seconds: u8) -> ConversationRow {
    let new = Conversation::open(Side::Them, at(0));
    let terms = TermsHash::of(b"dinner at seven");
    let offer = Act::Offer { terms, replaces: None };
    let heard = new.hear(message_id(1), &offer, at(seconds), at(0)).expect("it may open with an offer");
    let machine = match n % 3 {
        0 => heard.say(message_id(2), Act::Reject, at(seconds), at(0)).expect("it may be rejected"),
        1 => heard.hear(message_id(2), &Act::Reject, at(seconds), at(0)).expect("they may reject"),
        _ => heard,
    };
    ConversationRow {
        id: conversation_id(n),
        with: did(n),
        intent: "schedule.meeting".parse().expect("an intent"),
        subject: (n > 0).then(|| "Dinner, \"somewhere\"".to_owned()),
        machine,
        opened_at: at(0),
        touched_at: at(seconds),
        messages: u64::from(n),
        heard: LastHeard::Unnoted,
    }
}

pub(crate) fn message(conversation: u8, sender: u8, id: u8, cleared: bool) -> MessageRow {
    let bytes = document(id);
    MessageRow {
        conversation: conversation_id(conversation),
        sender: did(sender),
        id: message_id(id),
        side: if sender == 0 { Side::Us } else { Side::Them },
        digest: Digest::of(&bytes),
        at: at(id),
        cleared,
        read_at: None,
        bytes,
    }
}

pub(crate) fn seen(n: u8, seconds: u8) -> SeenRow {
    let outcome = [Outcome::Accepted, Outcome::Held, Outcome::Refused(Code::Crossed)][usize::from(n) % 3];
    let receipt = Receipt {
        id: Some(message_id(n)),
        digest: Digest::of(&[n]),
        outcome,
        retry_after_s: (n > 3).then_some(30),
        state: (n > 1).then(|| conversation(n, 9).machine.report(at(1))),
        at: at(0),
    };
    SeenRow { digest: Digest::of(&[n]), receipt, keep_until: at(seconds) }
}

pub(crate) fn outgoing(id: u8, to: u8, delivery: Delivery) -> OutboxRow {
    OutboxRow {
        id: message_id(id),
        to: did(to),
        conversation: conversation_id(id),
        queued_at: at(0),
        expires_at: at(200),
        delivery,
        envelope: None,
    }
}

/// A message that waits until then.
pub(crate) fn waits(seconds: u8) -> Delivery {
    Delivery::queued(at(seconds))
}

/// Returns what becomes of a message: it is delivered, refused for good, withdrawn, expires, or is tried and fails.
pub(crate) fn ends(delivery: &Delivery, how: u8) -> Delivery {
    let receipt = |outcome| DeliveryEvent::Receipt { outcome, retry_after_s: None };
    let (event, now) = match how % 5 {
        0 => (receipt(Outcome::Accepted), at(1)),
        1 => (receipt(Outcome::Refused(Code::StaleTerms)), at(1)),
        2 => (DeliveryEvent::Withdrawn, at(1)),
        3 => (DeliveryEvent::Tick, at(250)),
        _ => (DeliveryEvent::Failed { error: "nobody answers".to_owned() }, at(how)),
    };
    delivery.on(&event, at(200), now, u64::from(how) * 1_000)
}

pub(crate) fn item(n: u8, with: u8, conversation: Option<u8>) -> ItemRow {
    let draft = serde_json::json!({ "terms": { "time": "2026-02-10T19:00Z", "guests": 2 } });
    ItemRow {
        id: item_id(n),
        with: did(with),
        conversation: conversation.map(conversation_id),
        kind: [ItemKind::ContactRequest, ItemKind::Incoming, ItemKind::Draft][usize::from(n) % 3],
        intent: (n > 0).then(|| "schedule.meeting".parse().expect("an intent")),
        message: (n > 1).then(|| message_id(n)),
        draft: draft.as_object().filter(|_| n > 2).cloned(),
        summary: "Alex: Dinner?".to_owned(),
        digest: Digest::of(&[n]),
        made_at: at(n),
        expires_at: at(200),
    }
}

pub(crate) fn held(sender: u8, id: u8, arrived: u8, expires: u8) -> HeldRow {
    HeldRow { sender: did(sender), id: message_id(id), bytes: document(id), at: at(arrived), expires_at: at(expires) }
}

pub(crate) fn audit(n: u8) -> AuditRow {
    AuditRow {
        at: at(n),
        what: "approve".to_owned(),
        who: (n > 0).then(|| did(n)),
        item: (n > 1).then(|| item_id(n)),
        factor: "pin".to_owned(),
        outcome: "done".to_owned(),
        message: None,
    }
}

/// A contact whose agent speaks the original.
pub(crate) fn legacy(n: u8, name: &str) -> LegacyContactRow {
    LegacyContactRow {
        did: did(n),
        name: name.to_owned(),
        agent: format!("agent-{n}"),
        human: "Darren".to_owned(),
        endpoint: format!("https://{n}.example/ai2ai"),
        agreement: None,
        version: "1.0".to_owned(),
        blocked: n.is_multiple_of(2),
        added_at: at(n),
        last_seen: Some(at(n)),
    }
}

fn said(n: u8, ours: bool) -> SaidRow {
    SaidRow {
        id: message_id(n),
        ours,
        kind: Kind::Request,
        intent: Some("schedule.meeting".parse().expect("an intent")),
        timestamp: at(n),
        at: at(n),
        payload: [("subject".to_owned(), "Dinner".into())].into_iter().collect(),
        delivery: None,
    }
}

/// A talk with one of those.
pub(crate) fn talk(n: u8, with: u8) -> TalkRow {
    TalkRow {
        id: conversation_id(n),
        named: format!("talk-{n}"),
        with: did(with),
        intent: "schedule.meeting".parse().expect("an intent"),
        subject: Some("Dinner".to_owned()),
        phase: Phase::Proposed,
        accepted: Some("2035-02-10T19:00:00Z".to_owned()),
        said: vec![said(31, false), said(41, true)],
        opened_at: at(3),
        touched_at: at(4),
    }
}

/// Items of the original: what came in from a contact, what nothing proves, a draft that opens a talk, and one of a key that is a
/// native contact, too.
pub(crate) fn legacy_items() -> [LegacyItemRow; 4] {
    [(51, Some(11), Some(21)), (52, None, None), (53, Some(11), Some(23)), (54, Some(1), Some(22))].map(
        |(n, with, talk)| LegacyItemRow {
            id: item_id(n),
            with: with.map(did),
            who: "Darren".to_owned(),
            talk: talk.map(conversation_id),
            came: (n != 53).then(|| said(31, false)),
            draft: (n == 53).then(Default::default),
            opens: (n == 53).then(|| "talk-23".to_owned()),
            summary: "Dinner".to_owned(),
            digest: Digest::of(&[n]),
            made_at: at(5),
            expires_at: at(n),
        },
    )
}

/// Envelopes on their way to agents of the original: one that waits, one that is dead, one for a key that is a native contact, too.
pub(crate) fn legacy_outgoing() -> [LegacyOutboxRow; 3] {
    [(41, 11, waits(6)), (42, 11, ends(&waits(6), 2)), (43, 1, waits(7))].map(|(n, to, delivery)| LegacyOutboxRow {
        id: message_id(n),
        to: did(to),
        talk: conversation_id(21),
        kind: Kind::Request,
        about: Some("Dinner".to_owned()),
        then: None,
        queued_at: at(3),
        expires_at: at(99),
        delivery,
        body: "{\"ai2ai\":\"1.0\"}".to_owned(),
    })
}

/// What an envelope of the original was answered, and its scope.
pub(crate) fn legacy_seen() -> (Digest, OriginalSeenRow) {
    let row = OriginalSeenRow { digest: Digest::of(b"said"), status: 200, body: "taken".into(), keep_until: at(90) };
    (Digest::of(b"scope"), row)
}
