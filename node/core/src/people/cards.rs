//! Cards of others, of which the newest is kept; and the ping that brings ours.

use ai2ai_protocol::canonical::{Object, canonical};
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::{Draft, Kind, Recipient, SignedEnvelope, VerifiedEnvelope};
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::limits::ENVELOPE_LIFE_DEFAULT;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::cards;
use rand::RngExt as _;
use serde_json::Value;

use crate::context::Me;
use crate::error::CardError;
use crate::txn::{Step, Txn};

/// Intent of a ping that brings nothing but a card.
const INTENT: &str = "node.card";
/// The member of a ping's payload that holds the sender's card.
const MEMBER: &str = "card";

/// Keeps a verified card if it is newer than the one that is kept. A card of an older sequence, or under an older
/// delegation, never replaces one.
///
/// # Errors
/// When the database fails.
pub fn learn(txn: &mut Txn<'_, '_>, card: &Card) -> Step<()> {
    let known = cards::get(txn.tx, card.did())?.map(|row| Card::read(&row.bytes));
    let newer = match known {
        Some(Ok(known)) => card.supersedes(&known),
        Some(Err(_)) | None => true,
    };
    if newer {
        cards::put(txn.tx, card.did(), &cards::CardRow { bytes: card.bytes().to_vec(), received_at: txn.now })?;
    }
    Ok(())
}

/// A ping that brings our card. It is in no outbox: nobody waits for its receipt.
///
/// # Errors
/// Our key may not speak for its owner now.
pub fn ping(me: &Me, to: Did, card: &Card, now: Timestamp) -> Result<SignedEnvelope, CardError> {
    let timestamp = now.whole_second();
    let mut dice = rand::rng();
    let draft = Draft {
        id: MessageId::new(timestamp, dice.random()),
        timestamp,
        expires_at: timestamp + ENVELOPE_LIFE_DEFAULT,
        to: Recipient { did: to, agent: None },
        conversation: ConversationId::new(timestamp, dice.random()),
        in_reply_to: None,
        kind: Kind::Ping,
        intent: INTENT.parse().expect("our own intents are well-formed"),
        payload: Object::from_iter([(MEMBER.to_owned(), Value::Object(card.object().clone()))]),
        approval: None,
    };
    draft.sign(&me.sender).map_err(CardError::Ping)
}

/// The card that a ping brings, if it is a good one of its sender's.
pub(crate) fn of_ping(txn: &Txn<'_, '_>, envelope: &VerifiedEnvelope) -> Option<Card> {
    let card = Card::read(&canonical(envelope.payload().get(MEMBER)?.as_object()?)).ok()?;
    (card.check_current(txn.now).is_ok() && *card.did() == envelope.from().did).then_some(card)
}
