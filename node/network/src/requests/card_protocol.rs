//! Card protocol `/ai2ai/card/0.2`: one asks for a card and shows its own, the other gives its card.
//!
//! Cards are passed on, not verified: that is the node's work.

use ai2ai_protocol::canonical::{JsonError, Object, canonical, read_object};
use ai2ai_protocol::code::Code;
use ai2ai_protocol::limits::CARD_BYTES;
use serde_json::Value;

/// Bytes of what stands around the card in a request.
const FRAME_BYTES: usize = 256;
/// Bytes of a request for a card.
pub(crate) const REQUEST_BYTES: usize = CARD_BYTES + FRAME_BYTES;
/// Bytes of the answer: a card, or an error.
pub(crate) const ANSWER_BYTES: usize = CARD_BYTES;

/// Asks for a card, and shows `mine` if there is one.
pub(crate) fn request(mine: Option<&[u8]>) -> Vec<u8> {
    let card = mine.unwrap_or(b"null");
    [br#"{"ai2ai":"0.2","type":"card_request","card":"#, card, b"}"].concat()
}

/// The card that a request shows, if it shows one.
pub(crate) fn read_request(bytes: &[u8]) -> Result<Option<Vec<u8>>, Code> {
    let mut object = read_object(bytes, REQUEST_BYTES).map_err(|error| code_of(&error))?;
    check_frame(&object, "card_request")?;
    match object.remove("card") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(card)) => {
            let bytes = canonical(&card);
            if bytes.len() > CARD_BYTES { Err(Code::TooLarge) } else { Ok(Some(bytes)) }
        }
        Some(_) => Err(Code::Malformed),
    }
}

/// The answer of a node that can't give its card.
pub(crate) fn refusal(code: Code) -> Vec<u8> {
    format!(r#"{{"ai2ai":"0.2","type":"error","code":"{code}"}}"#).into_bytes()
}

/// The code by which an answer refuses; `None` when it is none, and so should be a card.
pub(crate) fn read_refusal(answer: &[u8]) -> Option<Code> {
    let object = read_object(answer, ANSWER_BYTES).ok()?;
    check_frame(&object, "error").ok()?;
    let code = object.get("code").cloned().unwrap_or(Value::Null);
    Some(serde_json::from_value(code).unwrap_or(Code::Internal))
}

fn check_frame(object: &Object, kind: &str) -> Result<(), Code> {
    let is = |name: &str, value: &str| object.get(name).and_then(Value::as_str) == Some(value);
    match (is("ai2ai", "0.2"), is("type", kind)) {
        (true, true) => Ok(()),
        (true, false) => Err(Code::Malformed),
        (false, _) => Err(Code::UnsupportedVersion),
    }
}

fn code_of(error: &JsonError) -> Code {
    match error {
        JsonError::TooLarge { .. } => Code::TooLarge,
        JsonError::TooDeep { .. } => Code::TooDeep,
        JsonError::Number { .. } | JsonError::Malformed(_) => Code::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_comes_out_as_it_went_in() {
        let card = br#"{"ai2ai":"0.2","type":"card"}"#;
        assert_eq!(read_request(&request(Some(card))), Ok(Some(card.to_vec())));
        assert_eq!(read_request(&request(None)), Ok(None));
        assert_eq!(read_request(br#"{"ai2ai":"0.2","type":"card_request"}"#), Ok(None));
    }

    #[test]
    fn what_is_no_request_is_refused_with_a_code() {
        let deep = format!(r#"{{"ai2ai":"0.2","type":"card_request","card":{}1{}}}"#, "[".repeat(99), "]".repeat(99));
        for (bytes, code) in [
            ("", Code::Malformed),
            ("null", Code::Malformed),
            ("\u{0}", Code::Malformed),
            (r#"{"ai2ai":"9","type":"card_request"}"#, Code::UnsupportedVersion),
            (r#"{"ai2ai":"0.2","type":"batch"}"#, Code::Malformed),
            (r#"{"ai2ai":"0.2","type":"card_request","card":[]}"#, Code::Malformed),
            (r#"{"ai2ai":"0.2","type":"card_request","card":{},"card":null}"#, Code::Malformed),
            (&deep, Code::TooDeep),
            (&"x".repeat(REQUEST_BYTES + 1), Code::TooLarge),
        ] {
            assert_eq!(read_request(bytes.as_bytes()), Err(code), "{bytes:.60}");
        }
    }

    #[test]
    fn a_card_that_grows_when_written_out_is_still_bounded() {
        let numbers = vec!["1e15"; 3_000].join(",");
        let bytes = format!(r#"{{"ai2ai":"0.2","type":"card_request","card":{{"n":[{numbers}]}}}}"#);
        assert_eq!(read_request(bytes.as_bytes()), Err(Code::TooLarge));
    }

    #[test]
    fn a_refusal_is_told_from_a_card() {
        assert_eq!(read_refusal(&refusal(Code::Busy)), Some(Code::Busy));
        assert_eq!(read_refusal(br#"{"ai2ai":"0.2","type":"error","code":"never heard of"}"#), Some(Code::Internal));
        assert_eq!(read_refusal(br#"{"ai2ai":"0.2","type":"card"}"#), None);
        assert_eq!(read_refusal(b"garbage"), None);
    }
}
