//! What an agent asks with. Anything that is not named here is refused.

use ai2ai_api::door::KEY_CHARS;
use ai2ai_protocol::limits::{MENU_TIMES, REASON_CHARS};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::work::{LINE_CHARS, LISTED, TEXT_CHARS, WAITS};

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InboxAsk {
    /// Only what is still open; true if left out
    pub(crate) open_only: Option<bool>,
    /// How many at most; 20 if left out, 50 at most
    #[schemars(range(min = 1, max = LISTED))]
    pub(crate) limit: Option<usize>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConversationAsk {
    /// The conversation's id, whole or its first characters
    pub(crate) conversation: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MeetingAsk {
    /// A contact, as ai2ai_contacts names them
    #[schemars(length(min = 1))]
    pub(crate) who: String,
    /// What it is about
    #[schemars(length(min = 1, max = LINE_CHARS))]
    pub(crate) subject: String,
    /// One time is a definite offer, several are a choice; RFC 3339 with an offset, such as 2026-02-10T19:00+01:00
    #[schemars(length(min = 1, max = MENU_TIMES))]
    pub(crate) times: Vec<String>,
    /// How long, in minutes
    #[schemars(range(min = 1))]
    pub(crate) minutes: Option<u32>,
    /// Where
    #[schemars(length(max = LINE_CHARS))]
    pub(crate) place: Option<String>,
    /// The same key and arguments again give the first answer again, and draft nothing new
    #[schemars(length(min = 1, max = KEY_CHARS))]
    pub(crate) idempotency_key: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TextAsk {
    /// A contact, as ai2ai_contacts names them
    #[schemars(length(min = 1))]
    pub(crate) who: String,
    /// The words
    #[schemars(length(min = 1, max = TEXT_CHARS))]
    pub(crate) text: String,
    /// The same key and arguments again give the first answer again, and draft nothing new
    #[schemars(length(min = 1, max = KEY_CHARS))]
    pub(crate) idempotency_key: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplyAsk {
    /// The conversation's id
    pub(crate) conversation: String,
    /// Words to say
    #[schemars(length(max = TEXT_CHARS))]
    pub(crate) text: Option<String>,
    /// Take the proposed time at this place; the first is 1
    #[schemars(range(min = 1))]
    pub(crate) choose: Option<usize>,
    /// Propose these times instead
    #[schemars(length(min = 1, max = MENU_TIMES))]
    pub(crate) times: Option<Vec<String>>,
    /// Put these terms on the table
    pub(crate) terms: Option<Map<String, Value>>,
    /// Accept the terms that they put on the table
    pub(crate) accept: Option<bool>,
    /// The last message of theirs that you have read, as ai2ai_conversation names it in `last_heard`: if they have said something since, nothing is drafted. Give it with `choose` and `accept`
    pub(crate) after: Option<String>,
    /// The same key and arguments again give the first answer again, and draft nothing new
    #[schemars(length(min = 1, max = KEY_CHARS))]
    pub(crate) idempotency_key: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProposeAsk {
    /// A contact, as ai2ai_contacts names them
    #[schemars(length(min = 1))]
    pub(crate) who: String,
    /// What it is about, such as task.delegate
    pub(crate) intent: String,
    /// What it says. A member `terms` makes it a definite offer
    pub(crate) payload: Map<String, Value>,
    /// The same key and arguments again give the first answer again, and draft nothing new
    #[schemars(length(min = 1, max = KEY_CHARS))]
    pub(crate) idempotency_key: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CancelAsk {
    /// The conversation's id
    pub(crate) conversation: String,
    /// Why; they read it
    #[schemars(length(max = REASON_CHARS))]
    pub(crate) reason: Option<String>,
    /// The same key and arguments again give the first answer again, and draft nothing new
    #[schemars(length(min = 1, max = KEY_CHARS))]
    pub(crate) idempotency_key: Option<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatusAsk {
    /// The id of a draft
    pub(crate) item: Option<String>,
    /// The whole id of a conversation
    pub(crate) conversation: Option<String>,
    /// Wait so many seconds for a change; 0 if left out, 25 at most
    #[schemars(range(max = WAITS.as_secs()))]
    pub(crate) wait_seconds: Option<u64>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WithdrawAsk {
    /// The id of a draft of yours
    pub(crate) item: String,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FreeBusyAsk {
    /// From when; RFC 3339 with an offset
    pub(crate) from: String,
    /// Until when; 31 days after `from` at most
    pub(crate) until: String,
}
