//! Messages that go by hand: what waits for somebody becomes a file, and a file that was brought is taken in like what arrives.
//!
//! | file | what is in it |
//! |---|---|
//! | `write` | the sender's side: the outbox as a file; it stays in the outbox until the receipts come |
//! | `card` | the sender's card, sealed along, so that two nodes that never connect go on knowing each other's keys |
//!
//! The recipient's side is [`inbound::bundle`](crate::inbound::bundle): the same checks, replay table and order as on the wire.

pub mod card;
pub mod write;

use ai2ai_api::command::Carry;
use ai2ai_api::requests;

use crate::call::{Call, Handler, Lines};
use crate::inbound::bundle;

/// Does what the owner asks about a file.
impl Handler for requests::Carry {
    async fn handle(self, call: &Call) -> Lines {
        let Self { what } = self;
        match what {
            Carry::Out { who } => write::out(call, who).await,
            Carry::In { file } => bundle::take(call, file).await,
            Carry::Card { card, name } => card::add(call, &card, name).await,
        }
    }
}
