//! A message in custody: a mailbox said that it keeps it, and it is brought directly all the same.

use serde::{Deserialize, Serialize};

use super::{Delivery, Stage, transitions};
use crate::limits::CARD_MAILBOXES;
use crate::time::Timestamp;

/// A mailbox that said that it keeps a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keeper {
    /// Its libp2p peer id.
    pub mailbox: String,
    /// Until when it keeps it, by its own word.
    pub until: Timestamp,
}

impl Delivery {
    /// The mailboxes that said that they keep it.
    #[must_use]
    pub fn keepers(&self) -> &[Keeper] {
        &self.custody
    }

    /// Returns whether this mailbox can be asked to keep it now: it does not already, nobody is trying it, and they did not ask that it
    /// come later.
    #[must_use]
    pub fn can_be_deposited(&self, mailbox: &str, now: Timestamp) -> bool {
        let is_there = self.custody.iter().any(|keeper| keeper.mailbox == mailbox && now < keeper.until);
        !is_there && self.is_free(now)
    }

    /// Returns whether nobody is trying it, and they did not ask that it come later.
    #[must_use]
    pub fn is_free(&self, now: Timestamp) -> bool {
        if let Stage::Waiting { not_before, .. } = self.stage {
            not_before.is_none_or(|not_before| not_before <= now)
        } else {
            self.is_due(now)
        }
    }

    /// A mailbox keeps it. It is brought to them directly as before: a mailbox may not do what it says.
    pub(super) fn deposited(&self, keeper: &Keeper, now: Timestamp, jitter: u64) -> Self {
        let mut next = transitions::failed(self, "", true, now, jitter);
        if next.state().is_over() {
            return next;
        }
        next.custody.retain(|known| known.mailbox != keeper.mailbox);
        if next.custody.len() >= CARD_MAILBOXES {
            next.custody.remove(0);
        }
        next.custody.push(keeper.clone());
        next.with_error(None)
    }
}
