//! Effects of a transaction: what the engine does once it is durable.

use ai2ai_api::views::EventView;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;

/// What is to be done after the commit.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Something waits to be delivered to this identity.
    Deliver(Did),
    /// Something happened that a watcher of the node is told.
    Tell(EventView),
    /// A stranger, something of whose waits for the owner, brought their card along.
    Shown(Box<Card>),
}
