//! Requests of the notifier to the node in which it runs.

use ai2ai_api::exit::Failure;
use ai2ai_api::views::ItemView;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::id::ItemId;
use ai2ai_protocol::time::Timestamp;
use tokio::sync::{mpsc, oneshot};

/// Requests that wait for the node.
pub const REQUESTS: usize = 64;

/// Where the answer to a request goes.
pub type ReplySender<T> = oneshot::Sender<Result<T, Failure>>;

/// An item that waits in sight, as much as the rules need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Its id.
    pub id: ItemId,
    /// What a decision is bound to.
    pub digest: Digest,
}

/// An item that waits, whole.
#[derive(Debug)]
pub struct WaitingItem {
    /// As the owner sees it.
    pub view: ItemView,
    /// Whether an agent of the original brought it: an answer to one needs more than a tap has.
    pub is_original: bool,
}

/// How an item ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemOutcome {
    /// It did not: it is out of sight until then.
    Snoozed(Timestamp),
    /// It was approved.
    Approved,
    /// It was rejected.
    Rejected,
    /// There was nothing to decide, and the owner has seen it.
    Noted,
    /// Its time was over first.
    Expired,
    /// Nothing is known but that it waits no more.
    Gone,
}

/// What a tap decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Approves, with the proposed time of this place, from 1, where one is to be chosen.
    Approve(Option<usize>),
    /// Rejects; notes, where there is nothing to decide.
    Reject,
    /// Puts it out of sight until then.
    Snooze(Timestamp),
}

/// A request to the node.
pub enum NodeRequest {
    /// What waits in sight.
    Waiting(ReplySender<Vec<Waiting>>),
    /// Those of these items that are still there. Nothing is marked as read.
    Items(Vec<ItemId>, ReplySender<Vec<WaitingItem>>),
    /// How an item ended.
    Outcome(ItemId, ReplySender<ItemOutcome>),
    /// Decides an item as it was shown; audited, whether it succeeds or not. The answer says what was done.
    Decide(ItemId, Digest, Decision, ReplySender<&'static str>),
    /// Audits a tap that was refused, with its code.
    Refused(&'static str, ReplySender<()>),
    /// The text that is kept under a name.
    Kept(&'static str, ReplySender<Option<String>>),
    /// Keeps a text under a name. It is made when the request's turn comes, so that of two the later one stays.
    Keep(&'static str, Box<dyn FnOnce() -> String + Send>, ReplySender<()>),
    /// Tells everybody who follows what happens in the node.
    Say(String),
}

/// The node, as the notifier sees it.
#[derive(Debug, Clone)]
pub struct NodeClient {
    requests: mpsc::Sender<NodeRequest>,
    /// Whether a PIN seals the owner's key: then nothing is approved by a tap.
    pub(crate) has_pin: bool,
}

impl NodeClient {
    /// A node whose owner's key is sealed by a PIN or not, and the requests to it.
    #[must_use]
    pub fn new(has_pin: bool) -> (Self, mpsc::Receiver<NodeRequest>) {
        let (requests, inlet) = mpsc::channel(REQUESTS);
        (Self { requests, has_pin }, inlet)
    }

    pub(crate) async fn waiting(&self) -> Result<Vec<Waiting>, Failure> {
        self.ask(NodeRequest::Waiting).await
    }

    pub(crate) async fn items(&self, ids: Vec<ItemId>) -> Result<Vec<WaitingItem>, Failure> {
        self.ask(|reply| NodeRequest::Items(ids, reply)).await
    }

    pub(crate) async fn outcome(&self, id: ItemId) -> Result<ItemOutcome, Failure> {
        self.ask(|reply| NodeRequest::Outcome(id, reply)).await
    }

    pub(crate) async fn decide(&self, id: ItemId, digest: Digest, what: Decision) -> Result<&'static str, Failure> {
        self.ask(|reply| NodeRequest::Decide(id, digest, what, reply)).await
    }

    pub(crate) async fn refused(&self, code: &'static str) -> Result<(), Failure> {
        tracing::warn!(code, "a tap at Telegram was refused");
        self.ask(|reply| NodeRequest::Refused(code, reply)).await
    }

    pub(crate) async fn kept(&self, name: &'static str) -> Result<Option<String>, Failure> {
        self.ask(|reply| NodeRequest::Kept(name, reply)).await
    }

    pub(crate) async fn keep(
        &self,
        name: &'static str,
        text: impl FnOnce() -> String + Send + 'static,
    ) -> Result<(), Failure> {
        self.ask(|reply| NodeRequest::Keep(name, Box::new(text), reply)).await
    }

    pub(crate) async fn say(&self, what: String) {
        if self.requests.send(NodeRequest::Say(what)).await.is_err() {
            tracing::debug!("the node has stopped");
        }
    }

    async fn ask<T>(&self, request: impl FnOnce(ReplySender<T>) -> NodeRequest) -> Result<T, Failure> {
        let stopped = || Failure::internal("the node has stopped");
        let (reply, answer) = oneshot::channel();
        self.requests.send(request(reply)).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}
