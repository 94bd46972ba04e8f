//! Requests of an agent. Anything that is not named here is refused.

#![expect(missing_docs, reason = "a doc comment on one of these becomes a part of its schema, which others read")]

use std::time::Duration;

use ai2ai_api::door::KEY_CHARS;
use ai2ai_protocol::limits::{MENU_TIMES, REASON_CHARS};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Conversations that are listed.
pub(crate) const LISTED: usize = 50;
/// How long a call waits at most: clients give up after a minute.
pub(crate) const WAITS: Duration = Duration::from_secs(25);
/// Characters of words that are drafted.
pub(crate) const TEXT_CHARS: usize = 10_000;
/// Characters of a subject or a place.
pub(crate) const LINE_CHARS: usize = 200;

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InboxAsk {
    /// Only what is still open; true if left out
    pub open_only: Option<bool>,
    /// How many at most; 20 if left out, 50 at most
    #[schemars(range(min = 1, max = LISTED))]
    pub limit: Option<usize>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationAsk {
    /// The conversation's id, whole or its first characters
    pub conversation: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeetingAsk {
    /// A contact, as ai2ai_contacts names them
    #[schemars(length(min = 1))]
    pub who: String,
    /// What it is about
    #[schemars(length(min = 1, max = LINE_CHARS))]
    pub subject: String,
    /// One time is a definite offer, several are a choice; RFC 3339 with an offset, such as 2026-02-10T19:00+01:00
    #[schemars(length(min = 1, max = MENU_TIMES))]
    pub times: Vec<String>,
    /// How long, in minutes
    #[schemars(range(min = 1))]
    pub minutes: Option<u32>,
    /// Where
    #[schemars(length(max = LINE_CHARS))]
    pub place: Option<String>,
    /// The same key and arguments again give the first answer again, and draft nothing new
    #[schemars(length(min = 1, max = KEY_CHARS))]
    pub idempotency_key: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextAsk {
    /// A contact, as ai2ai_contacts names them
    #[schemars(length(min = 1))]
    pub who: String,
    /// The words
    #[schemars(length(min = 1, max = TEXT_CHARS))]
    pub text: String,
    /// The same key and arguments again give the first answer again, and draft nothing new
    #[schemars(length(min = 1, max = KEY_CHARS))]
    pub idempotency_key: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplyAsk {
    /// The conversation's id
    pub conversation: String,
    /// Words to say
    #[schemars(length(max = TEXT_CHARS))]
    pub text: Option<String>,
    /// Take the proposed time at this place; the first is 1
    #[schemars(range(min = 1))]
    pub choose: Option<usize>,
    /// Propose these times instead
    #[schemars(length(min = 1, max = MENU_TIMES))]
    pub times: Option<Vec<String>>,
    /// Put these terms on the table
    pub terms: Option<Map<String, Value>>,
    /// Accept the terms that they put on the table
    pub accept: Option<bool>,
    /// The last message of theirs that you have read, as ai2ai_conversation names it in `last_heard`: if they have said something since, nothing is drafted. Give it with `choose` and `accept`
    pub after: Option<String>,
    /// The same key and arguments again give the first answer again, and draft nothing new
    #[schemars(length(min = 1, max = KEY_CHARS))]
    pub idempotency_key: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposeAsk {
    /// A contact, as ai2ai_contacts names them
    #[schemars(length(min = 1))]
    pub who: String,
    /// What it is about, such as task.delegate
    pub intent: String,
    /// What it says. A member `terms` makes it a definite offer
    pub payload: Map<String, Value>,
    /// The same key and arguments again give the first answer again, and draft nothing new
    #[schemars(length(min = 1, max = KEY_CHARS))]
    pub idempotency_key: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelAsk {
    /// The conversation's id
    pub conversation: String,
    /// Why; they read it
    #[schemars(length(max = REASON_CHARS))]
    pub reason: Option<String>,
    /// The same key and arguments again give the first answer again, and draft nothing new
    #[schemars(length(min = 1, max = KEY_CHARS))]
    pub idempotency_key: Option<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusAsk {
    /// The id of a draft
    pub item: Option<String>,
    /// The whole id of a conversation
    pub conversation: Option<String>,
    /// Wait so many seconds for a change; 0 if left out, 25 at most
    #[schemars(range(max = WAITS.as_secs()))]
    pub wait_seconds: Option<u64>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawAsk {
    /// The id of a draft of yours
    pub item: String,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FreeBusyAsk {
    /// From when; RFC 3339 with an offset
    pub from: String,
    /// Until when; 31 days after `from` at most
    pub until: String,
}
