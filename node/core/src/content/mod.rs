//! Content of a message: an envelope that has no id, time or signature yet.
//!
//! | file | what is in it |
//! |---|---|
//! | `words` | the act, the topic and the payload |
//! | `reply` | what an owner or an agent answers, and the words that it comes to |
//! | `headline` | what a message is about, in a line |

mod headline;
mod reply;
mod words;

pub use headline::headline;
pub(crate) use headline::headline_of_cancel;
pub use reply::{Reply, times_in};
pub use words::{Words, is_cancel, said};
