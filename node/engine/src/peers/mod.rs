//! Peers: nodes that are near or connected, and the cards that say whose they are.
//!
//! | file | what is in it |
//! |---|---|
//! | `presence` | peers come and go |
//! | `card_exchange` | a card is asked for and checked |
//! | `card_on_web` | a card that a web server shows |
//! | `own_card` | our card is renewed and shown |
//! | `takeover` | another node of our identity |
//! | `mailboxes` | our places at volunteers |

pub mod card_exchange;
pub mod card_on_web;
pub mod mailboxes;
pub mod own_card;
pub mod presence;
pub mod takeover;
