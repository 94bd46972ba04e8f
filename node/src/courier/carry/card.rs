//! Cards that come by hand: as a file that the owner adds, or in a ping of a contact.

use ai2ai_protocol::canonical::{Object, canonical};
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::{Draft, Kind, Recipient, SignedEnvelope, VerifiedEnvelope};
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::limits::ENVELOPE_LIFE_DEFAULT;
use ai2ai_store::cards;
use rand::RngExt as _;
use serde_json::{Value, json};

use crate::clock::now;
use crate::courier::commands::{Asked, Lines};
use crate::courier::people::{Meeting, contact};
use crate::courier::show;
use crate::courier::turn::{Me, Step, Turn};
use crate::exit::{Exit, Failure};
use crate::views::View as _;

/// What a ping is about that brings nothing but a card.
const INTENT: &str = "node.card";
/// The member of a ping's payload that holds the sender's card.
const MEMBER: &str = "card";

/// Makes whoever signed this card a contact.
pub(super) async fn add(asked: &Asked, text: &str, name: Option<String>) -> Lines {
    let bad = |why: String| Failure::new(Exit::Invalid, "bad_card", format!("this is no card that verifies: {why}"));
    let card = Card::read(text.as_bytes()).map_err(|refusal| bad(refusal.to_string()))?;
    card.check_current(now())
        .map_err(|code| bad(code.to_string()).hint("ask them for a new one: ai2ai card -o FILE"))?;
    let meeting = Meeting { card, met: "card".to_owned(), addresses: Vec::new(), domain: None, dnssec: None };
    let row = asked.reach.turn(move |turn| turn.add(&meeting, name)).await?;
    Ok(vec![show::contact_view(row, None).line()])
}

/// The card of a contact, or of somebody nearby.
pub(in crate::courier) async fn card_of(asked: &Asked, who: String) -> Lines {
    let card = match asked.neighbours.named(&who).as_slice() {
        [one] => Some(one.card.clone()),
        [] | [..] => None,
    };
    let card = match card {
        Some(card) => card,
        None => {
            let look = asked.reach.storage.look(move |tx| {
                let contact = contact(tx, &who)?;
                Ok((cards::get(tx, &contact.did)?.and_then(|row| Card::read(&row.bytes).ok()), contact.name))
            });
            let (card, name) = look.await?;
            card.ok_or_else(|| Failure::new(Exit::Failed, "no_card", format!("{name} has not shown a card yet")))?
        }
    };
    Ok(vec![json!({ "schema": "card_of/1", "card": card.object() })])
}

/// A ping that brings our card. It is in no outbox: nobody waits for its receipt.
pub(in crate::courier) fn ping(me: &Me, to: Did, card: &Card) -> Result<SignedEnvelope, Failure> {
    let (timestamp, mut dice) = (now().whole_second(), rand::rng());
    let draft = Draft {
        id: MessageId::new(timestamp, dice.random()),
        timestamp,
        expires_at: timestamp + ENVELOPE_LIFE_DEFAULT,
        to: Recipient { did: to, agent: None },
        conversation: ConversationId::new(timestamp, dice.random()),
        in_reply_to: None,
        kind: Kind::Ping,
        intent: INTENT.parse().map_err(Failure::internal)?,
        payload: Object::from_iter([(MEMBER.to_owned(), Value::Object(card.object().clone()))]),
        approval: None,
    };
    draft.sign(&me.sender).map_err(Failure::internal)
}

impl Turn<'_, '_> {
    /// Learns the card that a contact's ping brings, if it is a good one of theirs. Any other is nothing.
    pub(in crate::courier) fn card_in(&mut self, envelope: &VerifiedEnvelope) -> Step<()> {
        match self.card_of_ping(envelope) {
            Some(card) => self.learn(&card),
            None => Ok(()),
        }
    }

    /// The card that a ping brings, if it is a good one of its sender's.
    pub(in crate::courier) fn card_of_ping(&self, envelope: &VerifiedEnvelope) -> Option<Card> {
        let card = Card::read(&canonical(envelope.payload().get(MEMBER)?.as_object()?)).ok()?;
        (card.check_current(self.now).is_ok() && *card.did() == envelope.from().did).then_some(card)
    }
}
