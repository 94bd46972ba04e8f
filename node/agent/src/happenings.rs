//! What an agent is told as it happens: that something changed in a conversation, and in which. What was said it reads at its door.

use ai2ai_api::event_name::EventName;
use ai2ai_api::views::{EventView, View};
use ai2ai_protocol::id::ConversationId;
use ai2ai_protocol::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// What happened in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A contact said something, and the agent may read it.
    Arrived,
    /// Its state changed by their receipt.
    Changed,
    /// The owner decided what waited in it.
    Decided,
}

/// Something that happened, thin: who is told it learns nothing that was said.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct HappenedView {
    /// What
    pub event: What,
    /// In which conversation
    #[schemars(with = "String")]
    pub conversation: ConversationId,
    /// When
    #[schemars(with = "String")]
    pub at: Timestamp,
}

impl View for HappenedView {
    const SCHEMA: &'static str = "happened/1";
}

impl HappenedView {
    /// What of an event of the node is for its agent: nothing about strangers, who have no conversation.
    fn of(event: &EventView) -> Option<Self> {
        const TOLD: [(EventName, What); 3] = [
            (EventName::Arrived, What::Arrived),
            (EventName::Conversation, What::Changed),
            (EventName::Decided, What::Decided),
        ];
        let what = TOLD.iter().find(|(name, _)| *name == event.event)?.1;
        Some(Self { event: what, conversation: event.conversation?, at: event.at })
    }
}

/// Where an agent can listen to what happens.
#[derive(Debug, Clone)]
pub struct Happenings(broadcast::Sender<EventView>);

/// Somebody who listens.
#[derive(Debug)]
pub struct Listener(broadcast::Receiver<EventView>);

/// What a listener hears.
#[derive(Debug, Clone)]
pub enum Received {
    /// Something happened.
    Happened(HappenedView),
    /// So many events of the node passed while it did not listen; some may have been for it.
    Missed(u64),
}

impl Happenings {
    /// What happens in the node that tells its watchers so.
    #[must_use]
    pub fn new(watchers: broadcast::Sender<EventView>) -> Self {
        Self(watchers)
    }

    /// Listens from now on.
    #[must_use]
    pub fn listen(&self) -> Listener {
        Listener(self.0.subscribe())
    }
}

impl Listener {
    /// The next thing that happens; nothing once the node stops.
    pub async fn next(&mut self) -> Option<Received> {
        loop {
            match self.0.recv().await {
                Ok(event) => match HappenedView::of(&event) {
                    Some(happened) => return Some(Received::Happened(happened)),
                    None => continue,
                },
                Err(RecvError::Lagged(missed)) => return Some(Received::Missed(missed)),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, conversation: Option<ConversationId>) -> EventView {
        let at = "2026-02-07T03:55:00Z".parse().expect("a time");
        EventView { at, event: name.into(), detail: "a stranger's words".to_owned(), did: None, conversation }
    }

    #[tokio::test]
    async fn an_agent_hears_of_conversations_and_of_nothing_else() {
        let id = ConversationId::new("2026-02-07T03:55:00Z".parse().expect("a time"), [7; 10]);
        let (watchers, _kept) = broadcast::channel(8);
        let mut listener = Happenings::new(watchers.clone()).listen();
        for quiet in [("pending", Some(id)), ("found", None), ("arrived", None), ("decided", None), ("connected", None)]
        {
            watchers.send(event(quiet.0, quiet.1)).expect("heard");
        }
        watchers.send(event("arrived", Some(id))).expect("heard");
        drop(watchers);
        let Some(Received::Happened(happened)) = listener.next().await else { panic!("something was heard") };
        assert_eq!((happened.event, happened.conversation), (What::Arrived, id));
        assert!(!happened.line().to_string().contains("stranger"));
        assert!(listener.next().await.is_none());
    }
}
