//! Peers: nodes that are near or connected, and the cards that say whose they are.
//!
//! | file | what is in it |
//! |---|---|
//! | `presence` | peers come and go |
//! | `card_exchange` | a card is asked for and checked |
//! | `own_card` | our card is renewed and shown |
//! | `takeover` | another node of our identity |
//! | `volunteers`, `mailboxes` | what is asked of volunteers; our places at them |

pub mod card_exchange;
pub mod mailboxes;
pub mod own_card;
pub mod presence;
pub mod takeover;
pub mod volunteers;
