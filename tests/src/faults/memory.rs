//! Memory of a stopped node, read out of its file.

use std::collections::BTreeMap;
use std::path::Path;

use ai2ai_protocol::conversation::{Phase, Side};
use ai2ai_protocol::delivery::State;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::{Digest, TermsHash};
use ai2ai_protocol::envelope::Content;
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::{Store, conversations, messages, outbox};

/// One message in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The message.
    pub id: MessageId,
    /// The side that said it.
    pub side: Side,
    /// Digest of the exact words.
    pub digest: Digest,
    /// Content as a text: no two messages of a load carry the same.
    pub words: String,
}

/// One conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Talk {
    /// Its state.
    pub phase: Phase,
    /// The terms that stand, and the message that put them there.
    pub terms: Option<(TermsHash, MessageId)>,
    /// An act of this side that nobody has answered.
    pub pending: Option<MessageId>,
    /// Messages, in order.
    pub said: Vec<Said>,
}

/// Memory of one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memory {
    /// Its name, for messages.
    pub name: String,
    /// The conversations with the other side.
    pub talks: BTreeMap<ConversationId, Talk>,
    /// State of each message of its own, and why no further.
    pub outbox: BTreeMap<MessageId, (State, String)>,
}

impl Memory {
    /// Reads the file of a stopped node, as of a moment: all that it has with one other.
    ///
    /// # Panics
    /// When it does not open or does not read: then the law is broken already.
    #[must_use]
    pub fn read(name: &str, file: &Path, with: &Did, at: Timestamp) -> Self {
        let store = Store::open(file).expect("what a node has written opens");
        let tx = store.read().expect("a look");
        let rows = conversations::latest(&tx, usize::MAX).expect("conversations");
        let talks = rows.into_iter().filter(|row| row.with == *with).map(|row| {
            let machine = row.machine.at(at);
            let talk = Talk {
                phase: machine.phase(at),
                terms: machine.standing().map(|standing| (standing.terms, standing.message)),
                pending: machine.pending().map(|pending| pending.message),
                said: messages::of(&tx, &row.id).expect("messages").iter().map(said).collect(),
            };
            (row.id, talk)
        });
        let talks = talks.collect();
        let rows = outbox::all(&tx).expect("the outbox").into_iter().filter(|row| row.to == *with);
        let outbox =
            rows.map(|row| (row.id, (row.delivery.state(), row.delivery.last_error().unwrap_or_default().to_owned())));
        let outbox = outbox.collect();
        Self { name: name.to_owned(), talks, outbox }
    }
}

fn said(row: &messages::MessageRow) -> Said {
    let content = Content::of_stored(&row.bytes).expect("a stored envelope reads");
    let words = serde_json::to_string(content.payload()).expect("JSON");
    Said { id: row.id, side: row.side, digest: row.digest, words }
}
