//! Identity and settings of this node, as far as decisions need them.

use ai2ai_api::settings::{Limits, Privacy};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::Sender;

/// Identity and settings of this node.
#[derive(Debug)]
pub struct Me {
    /// The identity, the agent key and its delegation: what signs envelopes, receipts and cards.
    pub sender: Sender,
    /// The libp2p peer id, as the card names it.
    pub peer: String,
    /// The owner key is sealed with a PIN.
    pub has_pin: bool,
    /// Limits on what others send.
    pub limits: Limits,
    /// Notices that others get about the owner.
    pub privacy: Privacy,
}

impl Me {
    /// The identity.
    #[must_use]
    pub fn did(&self) -> &Did {
        &self.sender.did
    }
}
