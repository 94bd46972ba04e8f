//! Costs of the pieces of one message: a text of 1 KiB from Darren to Alex.

use std::hint::black_box;

use ai2ai_protocol::canonical::{canonical, read_object};
use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::envelope::{Draft, Kind, Recipient, Sender, verify, verify_with};
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::key::{AgentKey, OwnerKey};
use ai2ai_protocol::limits::{ENVELOPE_BYTES, ENVELOPE_LIFE_DEFAULT};
use ai2ai_protocol::policy::{Leaving, SenderStanding, arrives, leaves};
use ai2ai_protocol::seal::{Prekey, seal};
use ai2ai_protocol::time::Timestamp;
use ai2ai_protocol::trust::Trust;
use criterion::{Criterion, criterion_group, criterion_main};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::json;

const TEXT_BYTES: usize = 1_024;

fn now() -> Timestamp {
    Timestamp::from_millis(1_770_436_500_000)
}

fn person(human: &str, seed: u8) -> Sender {
    let owner = OwnerKey::from_seed(&[seed; 32]);
    let key = AgentKey::from_seed(&[seed + 100; 32]);
    Sender {
        agent: "an-assistant".parse().expect("an agent's name"),
        human: human.parse().expect("a person's name"),
        did: owner.did(),
        delegation: Delegation::sign(&owner, &key.public(), 1, now(), now() + ENVELOPE_LIFE_DEFAULT),
        key,
    }
}

fn draft(to: &Sender) -> Draft {
    let payload = json!({ "text": "x".repeat(TEXT_BYTES) });
    Draft {
        id: MessageId::new(now(), [1; 10]),
        timestamp: now(),
        expires_at: now() + ENVELOPE_LIFE_DEFAULT,
        to: Recipient { did: to.did, agent: Some(to.agent.clone()) },
        conversation: ConversationId::new(now(), [7; 10]),
        in_reply_to: None,
        kind: Kind::Message,
        intent: "message.relay".parse().expect("an intent"),
        payload: payload.as_object().cloned().expect("an object"),
        approval: None,
    }
}

fn pieces(criterion: &mut Criterion) {
    let darren = person("Darren", 1);
    let alex = person("Alex", 2);
    let signed = draft(&alex).sign(&darren).expect("a good draft");
    let object = read_object(signed.bytes(), ENVELOPE_BYTES).expect("strict JSON");
    let prekey = Prekey::from_secret([9; 32]);
    let public = prekey.public(now() + ENVELOPE_LIFE_DEFAULT);
    let mut dice = StdRng::from_seed([3; 32]);
    let sealed = seal(&signed, &public, &mut dice).expect("a good prekey");

    criterion.bench_function("read strictly", |b| b.iter(|| read_object(black_box(signed.bytes()), ENVELOPE_BYTES)));
    criterion.bench_function("canonical form", |b| b.iter(|| canonical(black_box(&object))));
    criterion.bench_function("sign", |b| b.iter_batched(|| draft(&alex), |draft| draft.sign(&darren), SMALL));
    criterion.bench_function("seal", |b| b.iter(|| seal(black_box(&signed), &public, &mut dice)));
    criterion.bench_function("open", |b| b.iter(|| black_box(&sealed).open(&prekey)));
    criterion.bench_function("verify", |b| b.iter(|| verify(black_box(signed.bytes()), &alex.did)));
    let known = Some(&darren.delegation);
    criterion.bench_function("verify, the delegation being known", |b| {
        b.iter(|| verify_with(black_box(signed.bytes()), &alex.did, known));
    });
}

const SMALL: criterion::BatchSize = criterion::BatchSize::SmallInput;

fn policy(criterion: &mut Criterion) {
    let standing = SenderStanding::of(Some((Trust::Known, false)));
    criterion.bench_function("policy: arrives", |b| b.iter(|| arrives(black_box(&standing))));
    let with = person("Alex", 2).did;
    let intent = "message.relay".parse().expect("an intent");
    let leaving = Leaving {
        trust: Trust::Known,
        intent: &intent,
        kind: Kind::Message,
        terms: None,
        mandates: &[],
        with: &with,
        now: now(),
    };
    criterion.bench_function("policy: leaves", |b| b.iter(|| leaves(black_box(&leaving))));
}

criterion_group!(benches, pieces, policy);
criterion_main!(benches);
