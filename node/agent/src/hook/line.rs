//! One line that a hook printed: a draft, or nothing.

use ai2ai_api::door::REQUEST_BYTES;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_protocol::canonical::read_object;
use serde::Deserialize;

use crate::problem::Problem;
use crate::requests::{MeetingAsk, ProposeAsk, ReplyAsk, TextAsk};
use crate::responses::Drafted;
use crate::service::Service;

/// What can be drafted. There is nothing here that decides, adds, trusts or sets anything, and so no line for it.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "draft", rename_all = "snake_case")]
enum HookLine {
    Reply(ReplyAsk),
    Meeting(MeetingAsk),
    Message(TextAsk),
    Question(TextAsk),
    Proposal(ProposeAsk),
}

/// Reads a line strictly, and drafts what it says.
///
/// # Errors
/// `no_draft`, or why the node took no such draft.
pub(super) async fn take(work: &Service, line: &[u8]) -> Result<Drafted, Problem> {
    match read(line)? {
        HookLine::Reply(ask) => work.draft_reply(ask).await,
        HookLine::Meeting(ask) => work.propose_meeting(ask).await,
        HookLine::Message(ask) => work.send_message(ask).await,
        HookLine::Question(ask) => work.ask(ask).await,
        HookLine::Proposal(ask) => work.propose(ask).await,
    }
}

fn read(line: &[u8]) -> Result<HookLine, Problem> {
    let no_draft = |why: String| Problem::new(ErrorCode::NoDraft, why);
    let object = read_object(line, REQUEST_BYTES).map_err(|error| no_draft(error.to_string()))?;
    serde_json::from_value(object.into()).map_err(|error| no_draft(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_draft_is_one() {
        for good in [
            r#"{"draft":"reply","conversation":"018f4b1e","choose":1}"#,
            r#"{"draft":"reply","conversation":"018f4b1e","text":"yes","idempotency_key":"a"}"#,
            r#"{"draft":"meeting","who":"Sam","subject":"Dinner","times":["2035-02-10T19:00Z"]}"#,
            r#"{"draft":"message","who":"Sam","text":"hello"}"#,
            r#"{"draft":"question","who":"Sam","text":"fish?"}"#,
            r#"{"draft":"proposal","who":"Sam","intent":"task.delegate","payload":{}}"#,
        ] {
            assert!(read(good.as_bytes()).is_ok(), "{good}");
        }
        for bad in [
            "",
            "[]",
            "approve",
            r#"{"draft":"approve","item":"018f4b1e"}"#,
            r#"{"command":"approve","id":"018f4b1e","digest":"sha256:00"}"#,
            r#"{"draft":"trust","who":"Sam"}"#,
            r#"{"draft":"reply","conversation":"018f4b1e","choose":1,"pin":"1234"}"#,
            r#"{"draft":"message","who":"Sam","text":"a","text":"b"}"#,
            r#"{"draft":"message","who":"Sam","text":"a"} {"draft":"message","who":"Sam","text":"b"}"#,
            r#"{"draft":["message"],"who":"Sam","text":"hello"}"#,
            "{\"draft\":\"message\",\"who\":\"Sam\",\"text\":\"\u{0}\"}",
        ] {
            assert_eq!(read(bad.as_bytes()).expect_err(bad).code, ErrorCode::NoDraft);
        }
    }
}
