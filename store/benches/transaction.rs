//! Cost of one durable transaction: messages of 2 KiB kept, queued and acknowledged, on the disk of this folder.

use ai2ai_protocol::conversation::{Conversation, Side};
use ai2ai_protocol::delivery::{Delivery, DeliveryEvent};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::receipt::Outcome;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::Store;
use ai2ai_store::conversations::{self, ConversationRow, LastHeard};
use ai2ai_store::messages::{self, MessageRow};
use ai2ai_store::outbox::{self, Envelope, OutboxRow};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const ENVELOPE_BYTES: usize = 2_048;
/// Conversations that are spoken in, in turn.
const CONVERSATIONS: u64 = 64;

fn now() -> Timestamp {
    Timestamp::from_millis(1_770_436_500_000)
}

/// Ten bytes that no other number has, in the order of the numbers.
fn bytes_of(number: u64) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&number.to_be_bytes());
    bytes
}

/// Keeps and queues a message, as `send` does.
fn says(store: &ai2ai_store::Write, number: u64) {
    let us = Did::from_bytes([1; 32]);
    let them = Did::from_bytes([2; 32]);
    let conversation = ConversationId::new(now(), bytes_of(number % CONVERSATIONS));
    let row = ConversationRow {
        id: conversation,
        with: them,
        intent: "message.relay".parse().expect("an intent"),
        subject: Some("hello".to_owned()),
        machine: Conversation::open(Side::Us, now()),
        opened_at: now(),
        touched_at: Timestamp::from_millis(now().as_millis() + i64::try_from(number).unwrap_or(0)),
        messages: number,
        heard: LastHeard::Nothing,
    };
    conversations::put(store, &row).expect("kept");
    let id = MessageId::new(now(), bytes_of(number));
    let envelope = vec![b'x'; ENVELOPE_BYTES];
    let digest = Digest::of(&envelope);
    let message = MessageRow {
        conversation,
        sender: us,
        id,
        side: Side::Us,
        digest,
        at: now(),
        cleared: true,
        bytes: envelope,
        read_at: None,
    };
    messages::append(store, &message).expect("kept");
    let delivery = Delivery::queued(now());
    let envelope = Some(Envelope { digest, kind: Kind::Message });
    let row = OutboxRow { id, to: them, conversation, queued_at: now(), expires_at: now(), delivery, envelope };
    outbox::put(store, &row).expect("queued");
}

/// Takes in the receipt for a message.
fn hears(store: &ai2ai_store::Write, number: u64) {
    let id = MessageId::new(now(), bytes_of(number));
    let row = outbox::get(store, &id).expect("a look").expect("a row");
    let accepted = DeliveryEvent::Receipt { outcome: Outcome::Accepted, retry_after_s: None };
    let delivery = row.delivery.on(&accepted, row.expires_at, now(), 0);
    outbox::put(store, &OutboxRow { delivery, ..row }).expect("settled");
}

fn transactions(criterion: &mut Criterion) {
    let folder = tempfile::tempdir_in(".").expect("a folder on this disk");
    let store = Store::open(&folder.path().join("bench.redb")).expect("a store");
    let mut number = 0;
    let mut group = criterion.benchmark_group("one durable transaction");
    group.sample_size(50);
    for many in [1, 8, 64] {
        group.throughput(Throughput::Elements(many));
        group.bench_function(format!("{many} kept and queued, {many} acknowledged"), |b| {
            b.iter(|| {
                let kept = store.write(|tx| {
                    for _ in 0..many {
                        number += 1;
                        says(tx, number);
                        hears(tx, number);
                    }
                    Ok(())
                });
                kept.expect("durable");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, transactions);
criterion_main!(benches);
