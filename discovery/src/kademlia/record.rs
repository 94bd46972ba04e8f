//! Rules for what may be kept in the table, and what may be believed that comes out of it (pure).

use ai2ai_protocol::card::Card;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::limits::CARD_BYTES;
use ai2ai_protocol::refusal::Refusal;
use ai2ai_protocol::time::Timestamp;
use libp2p::kad::RecordKey;

use super::key;

/// The reason why a record is worth nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Longer than a card may be.
    #[error("a card has at most {CARD_BYTES} bytes")]
    TooLarge,
    /// No card, or one that does not verify.
    #[error("no card: {0}")]
    NoCard(Refusal),
    /// A card of somebody else than its key says.
    #[error("the card does not fit its key")]
    OtherKey,
    /// A card that is not of this time.
    #[error("not of this time: {0}")]
    Untimely(Code),
    /// The kept record is as new, or newer.
    #[error("not newer than what is kept")]
    NotNewer,
    /// Too many come from there.
    #[error("too many at once from there")]
    TooMany,
    /// There is no room for more from there.
    #[error("no room for more from there")]
    NoRoom,
}

/// Reads a record: the card, if it verifies, fits its key and is of this time. Whether it is the newest is another question.
///
/// # Errors
/// [`Misfit`]: it is neither kept nor believed.
pub fn read(kept_under: &RecordKey, bytes: &[u8], now: Timestamp) -> Result<Card, Misfit> {
    if bytes.len() > CARD_BYTES {
        return Err(Misfit::TooLarge);
    }
    let card = Card::read(bytes).map_err(Misfit::NoCard)?;
    if key(card.did()) != *kept_under {
        return Err(Misfit::OtherKey);
    }
    card.check_current(now).map_err(Misfit::Untimely)?;
    Ok(card)
}
