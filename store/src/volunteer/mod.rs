//! What a volunteer keeps for others: their mail, and the cards that it lists.

pub mod directory;
pub mod mailbox;
