//! Promises to the users: the only thing that the law holds the nodes to.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ai2ai_protocol::id::{ConversationId, MessageId};

/// A message that a user was told is queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// The node that told it: 0 or 1.
    pub side: usize,
    /// The user's voice that said it. A voice says one thing after the other.
    pub voice: usize,
    /// The message.
    pub id: MessageId,
    /// Its conversation.
    pub conversation: ConversationId,
}

/// Everything that was told, in the order in which it was.
#[derive(Debug, Default)]
pub struct Ledger {
    told: Mutex<Vec<Told>>,
    surprises: Mutex<Vec<String>>,
}

impl Ledger {
    /// Notes what a user was told.
    pub fn tell(&self, told: Told) {
        lock(&self.told).push(told);
    }

    /// Notes a failure that no fault explains.
    pub fn surprise(&self, what: String) {
        lock(&self.surprises).push(what);
    }

    /// Returns what was told.
    #[must_use]
    pub fn told(&self) -> Vec<Told> {
        lock(&self.told).clone()
    }

    /// The failures that no fault explains.
    #[must_use]
    pub fn surprises(&self) -> Vec<String> {
        lock(&self.surprises).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
