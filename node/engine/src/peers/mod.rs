//! TODO-DOC engine/peers

pub mod card_exchange;
pub mod known;
pub mod mailboxes;
pub mod own_card;
pub mod presence;
pub mod takeover;
pub mod volunteers;
