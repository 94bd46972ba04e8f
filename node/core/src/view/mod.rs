//! Views: rows of the store as the answers of `ai2ai-api`.
//!
//! | file | what is in it |
//! |---|---|
//! | `item` | an item, whole or in a line, with what deciding it does |
//! | `conversation` | conversations and agreements |
//! | `disclosures` | what was told to whom |
//! | `rows` | contacts, messages, the audit and the outbox |
//! | `search` | what holds the owner's words |

pub mod conversation;
pub mod disclosures;
pub mod item;
pub mod rows;
pub mod search;
