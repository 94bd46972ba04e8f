//! That envelopes were read: told by their recipient in an envelope of kind `receipt`, and bound to each by its digest.
//!
//! It is a courtesy and settles nothing: no act is accepted or refused by it, and nobody is owed one.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::canonical::{Object, to_object};
use crate::digest::Digest;
use crate::envelope::Content;
use crate::id::MessageId;
use crate::limits::BATCH_ENVELOPES;
use crate::members::Members;
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// That one envelope was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// The envelope.
    pub id: MessageId,
    /// Its digest.
    pub digest: Digest,
    /// When it was first opened.
    pub at: Timestamp,
}

/// The payload that tells it, of at most [`BATCH_ENVELOPES`] envelopes.
#[must_use]
pub fn to_payload(list: &[Read]) -> Object {
    to_object(&json!({ "read": list }))
}

/// What an envelope of kind `receipt` says was read.
///
/// # Errors
/// [`crate::code::Code::Malformed`] or [`crate::code::Code::TooLarge`] with the place; also when it says nothing of it.
pub fn of_payload(envelope: &Content) -> Result<Vec<Read>, Refusal> {
    let payload = Members::of(envelope.payload());
    let read = payload.list("read", BATCH_ENVELOPES, |item| {
        Read::deserialize(item.value()).map_err(|_| item.malformed("an id, a digest and a time are needed here"))
    });
    read.map_err(|refusal| Refusal { place: format!("/payload{}", refusal.place), ..refusal })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::{alex, darren, now, object};
    use crate::code::Code;
    use crate::envelope::Kind;
    use serde_json::Value;

    fn told(payload: Object) -> Result<Vec<Read>, Refusal> {
        let (alex, darren) = (alex(), darren());
        let draft = alex.draft(1, &darren, Kind::Receipt, Value::Object(payload));
        of_payload(&draft.sign(&alex.sender).expect("a good draft"))
    }

    #[test]
    fn what_was_read_is_told_by_id_and_digest() {
        let envelope = darren().asks_for_dinner(&alex());
        let read = Read { id: envelope.id(), digest: envelope.digest(), at: now() };
        assert_eq!(told(to_payload(std::slice::from_ref(&read))), Ok(vec![read]));
    }

    #[test]
    fn what_is_no_notice_is_refused_with_its_place() {
        let refused = |payload| told(payload).map_err(|refusal| (refusal.code, refusal.place)).expect_err("refused");
        assert_eq!(refused(Object::new()), (Code::Malformed, "/payload/read".to_owned()));
        for entry in [json!(1), json!({}), json!({ "id": "../../x", "digest": "sha256:", "at": now() })] {
            assert_eq!(refused(object(json!({ "read": [entry] }))), (Code::Malformed, "/payload/read/0".to_owned()));
        }
        let many = json!({ "read": vec![0; BATCH_ENVELOPES + 1] });
        assert_eq!(refused(object(many)).0, Code::TooLarge);
    }
}
