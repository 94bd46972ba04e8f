//! State of the event loop: what it holds between two events, and what the rooms do to it that it calls.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use ai2ai_api::clock::now;
use ai2ai_discovery::book::Book;
use ai2ai_discovery::finding::Finding;
use ai2ai_discovery::mailboxes::Mailboxes;
use ai2ai_discovery::names::Names;
use ai2ai_discovery::plan::Plan;
use ai2ai_protocol::did::Did;
use libp2p::PeerId;

use crate::context::Context;
use crate::state::directories::Directories;
use crate::state::neighbours::Neighbours;
use crate::state::scheduler::Scheduler;

/// State of the event loop. Nobody else holds it: what a task needs of it is given to the task.
pub(crate) struct LoopState {
    /// The context of the tasks.
    pub(crate) context: Context,
    /// Who is where.
    pub(crate) book: Book,
    /// Which peers are asked for their card, and when.
    pub(crate) plan: Plan,
    /// Names that the owner follows.
    pub(crate) names: Names,
    /// Those who could not be reached, and are looked for in the table of cards.
    pub(crate) sought: Names,
    /// Who was met.
    pub(crate) neighbours: Arc<Neighbours>,
    /// The delivery workers.
    pub(crate) scheduler: Scheduler,
    /// The mailboxes of this node.
    pub(crate) mailboxes: Arc<Mutex<Mailboxes>>,
    /// The directories that were met.
    pub(crate) directories: Arc<Directories>,
    /// When the node started.
    pub(crate) started: Instant,
}

impl LoopState {
    /// The state of a loop that starts: of the libp2p peer `me`, whose mail is kept in these mailboxes.
    pub(crate) fn new(context: Context, me: PeerId, mailboxes: Mailboxes) -> Self {
        Self {
            context,
            book: Book::new(me),
            plan: Plan::new(me),
            names: Names::default(),
            sought: Names::default(),
            neighbours: Arc::default(),
            scheduler: Scheduler::default(),
            mailboxes: Arc::new(Mutex::new(mailboxes)),
            directories: Arc::default(),
            started: Instant::now(),
        }
    }

    /// Spawns a task of the node.
    pub(crate) fn task(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.context.tasks.spawn(work);
    }

    /// Notes where a peer is, and plans to ask it for its card.
    pub(crate) fn found(&mut self, finding: &Finding) {
        self.book.learn(finding);
        self.plan.found(finding.peer, now());
    }

    /// Begins to look for somebody who could not be reached: they may have moved, and said so in the table or on their web server.
    pub(crate) fn seek(&mut self, did: &Did) {
        self.sought.want(&did.to_string(), now());
    }

    /// Ends the search for somebody: they are there.
    pub(crate) fn found_again(&mut self, did: &Did) {
        self.sought.forget(&did.to_string());
    }

    /// Source by which a peer was found; or it came by itself.
    pub(crate) fn source_of(&self, peer: &PeerId) -> &'static str {
        let source = self.book.get(peer).and_then(|entry| entry.sources().first().copied());
        source.map_or("came", ai2ai_discovery::finding::Source::name)
    }
}
