//! What an agent asks with. Anything that is not named here is refused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InboxAsk {
    /// Only what is still open; true if left out
    pub(crate) open_only: Option<bool>,
    /// How many at most; 20 if left out, 50 at most
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
    pub(crate) who: String,
    /// What it is about
    pub(crate) subject: String,
    /// One time is a definite offer, several are a choice; RFC 3339 with an offset, such as 2026-02-10T19:00+01:00
    pub(crate) times: Vec<String>,
    /// How long, in minutes
    pub(crate) minutes: Option<u32>,
    /// Where
    pub(crate) place: Option<String>,
    /// The same key and arguments again give the first answer again, and draft nothing new
    pub(crate) idempotency_key: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TextAsk {
    /// A contact, as ai2ai_contacts names them
    pub(crate) who: String,
    /// The words
    pub(crate) text: String,
    /// The same key and arguments again give the first answer again, and draft nothing new
    pub(crate) idempotency_key: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplyAsk {
    /// The conversation's id
    pub(crate) conversation: String,
    /// Words to say
    pub(crate) text: Option<String>,
    /// Take the proposed time at this place; the first is 1
    pub(crate) choose: Option<usize>,
    /// Propose these times instead
    pub(crate) times: Option<Vec<String>>,
    /// Put these terms on the table
    pub(crate) terms: Option<Map<String, Value>>,
    /// Accept the terms that they put on the table
    pub(crate) accept: Option<bool>,
    /// The same key and arguments again give the first answer again, and draft nothing new
    pub(crate) idempotency_key: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProposeAsk {
    /// A contact, as ai2ai_contacts names them
    pub(crate) who: String,
    /// What it is about, such as task.delegate
    pub(crate) intent: String,
    /// What it says. A member `terms` makes it a definite offer
    pub(crate) payload: Map<String, Value>,
    /// The same key and arguments again give the first answer again, and draft nothing new
    pub(crate) idempotency_key: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CancelAsk {
    /// The conversation's id
    pub(crate) conversation: String,
    /// Why; they read it
    pub(crate) reason: Option<String>,
    /// The same key and arguments again give the first answer again, and draft nothing new
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
