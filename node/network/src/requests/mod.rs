//! Requests of this node on their way out, and of others on their way in.

pub(crate) mod admission;
pub(crate) mod card_protocol;
pub(crate) mod codec;
pub(crate) mod inbound;
pub(crate) mod outbound;
pub(crate) mod per_connection;
pub(crate) mod shaper;
