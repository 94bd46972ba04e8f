//! Decisions of the owner on what waits for them, and the end of what nobody decides.
//!
//! | file | what is in it |
//! |---|---|
//! | `decide` | an item is approved or rejected, bound to the digest that was shown |
//! | `replies` | the content that an approval or an answer sends |
//! | `expiry` | an item ends undecided |

pub mod decide;
pub mod expiry;
pub mod replies;
