//! Lookup: where somebody is, by a source that the owner named or that the node knows.
//!
//! | file | what is in it |
//! |---|---|
//! | `dns` | domains, and what they say about their owner |
//! | `dht` | the distributed table of cards |
//! | `directory` | directories of volunteers |
//! | `invite` | links that lead to an inviter |
//! | `volunteers` | what is asked of a volunteer that comes into sight |

pub mod dht;
pub mod directory;
pub mod dns;
pub mod invite;
pub mod volunteers;
