//! How often a model is asked: in an hour, and about one conversation. Each try counts, so that no fault and no talkative contact runs up a bill.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use ai2ai_protocol::id::ConversationId;

use super::model::ModelError;

/// Calls about one conversation, while the node runs.
pub(super) const CALLS_PER_CONVERSATION: u32 = 24;
/// Conversations whose calls are remembered; then they are counted anew, and only the hour bounds them.
const CONVERSATIONS: usize = 4_096;
const HOUR: Duration = Duration::from_secs(3_600);

/// What is left.
#[derive(Debug)]
pub(super) struct TokenBudget {
    per_hour: usize,
    calls: VecDeque<Instant>,
    of: HashMap<ConversationId, u32>,
}

impl TokenBudget {
    pub(super) fn new(per_hour: u32) -> Self {
        Self { per_hour: per_hour as usize, calls: VecDeque::new(), of: HashMap::new() }
    }

    /// Takes one call about this conversation.
    ///
    /// # Errors
    /// [`ModelError::Spent`].
    pub(super) fn take(&mut self, conversation: ConversationId, now: Instant) -> Result<(), ModelError> {
        while self.calls.front().is_some_and(|call| now.duration_since(*call) >= HOUR) {
            self.calls.pop_front();
        }
        if self.calls.len() >= self.per_hour {
            return Err(ModelError::Spent("in this hour"));
        }
        if self.of.len() >= CONVERSATIONS && !self.of.contains_key(&conversation) {
            self.of.clear();
        }
        let calls = self.of.entry(conversation).or_default();
        if *calls >= CALLS_PER_CONVERSATION {
            return Err(ModelError::Spent("about this conversation"));
        }
        *calls += 1;
        self.calls.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation(n: u8) -> ConversationId {
        ConversationId::new("2026-02-07T03:55:00Z".parse().expect("a time"), [n; 10])
    }

    #[test]
    fn an_hour_and_a_conversation_have_their_ends() {
        let mut budget = TokenBudget::new(3);
        let now = Instant::now();
        assert_eq!((0..5).filter(|n| budget.take(conversation(*n), now).is_ok()).count(), 3);
        assert!(budget.take(conversation(9), now + HOUR).is_ok(), "the next hour");
        let mut budget = TokenBudget::new(1_000);
        let taken = (0..100).filter(|_| budget.take(conversation(1), now).is_ok()).count();
        assert_eq!(taken, CALLS_PER_CONVERSATION as usize);
        assert!(budget.take(conversation(2), now).is_ok(), "another one");
    }
}
