//! Requests about conversations.

use serde::{Deserialize, Serialize};

use super::request;

/// Hits that a search lists.
pub const HITS: usize = 100;

request! {
    /// The conversations, the latest first.
    Conversations {
        /// The conversation below which the list goes on.
        #[serde(default)]
        before: Option<String>,
    }
}

request! {
    /// Messages, agreements and contacts that hold the words of a text, the newest first.
    Search {
        /// The words; all of them have to be there.
        text: String,
    }
}

request! {
    /// A conversation, whole.
    Conversation {
        /// The conversation.
        id: String,
    }
}

request! {
    /// A conversation as it goes on: whole at first, and again after each change. Its answer is a stream.
    Follow {
        /// The conversation.
        id: String,
    }
}

request! {
    /// The agreement of a conversation, as a file that anybody can check.
    Export {
        /// The conversation.
        id: String,
    }
}

request! {
    /// The meeting of a conversation, as a calendar file.
    ExportMeeting {
        /// The conversation.
        id: String,
    }
}

request! {
    /// Erasure of a conversation.
    ForgetConversation {
        /// The conversation.
        id: String,
        /// Set to ask the other side to forget it too.
        ask_them: bool,
        /// Set to erase even where something is under way.
        unresolved: bool,
    }
}
