//! Effects of a transaction: what the engine does once it is durable.

use ai2ai_api::views::EventView;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;

/// Effect of a transaction, carried out after the commit.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Deliver what waits for this identity.
    Deliver(Did),
    /// Post what waits for this agent of the protocol's original.
    Post(Did),
    /// Tell those who watch the node of this event.
    Tell(EventView),
    /// Keep the card of a stranger who has something waiting for the owner.
    Shown(Box<Card>),
}
