//! Notices about envelopes after their receipts: that they were read, or that nobody answered them in time. Told by their recipient
//! in an envelope of kind `receipt`, and bound to each by its digest.
//!
//! It is a courtesy and settles nothing: no act is accepted or refused by it, and nobody is owed one.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::canonical::{Object, to_object};
use crate::digest::Digest;
use crate::envelope::Content;
use crate::id::MessageId;
use crate::json_reader::Members;
use crate::limits::BATCH_ENVELOPES;
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// The news of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It was opened.
    Read,
    /// It waited for its recipient's human, who let its time run out.
    Unanswered,
}

impl News {
    /// Everything that can be told, in the order in which it happens.
    pub const ALL: [Self; 2] = [Self::Read, Self::Unanswered];

    /// The member of the payload that tells it.
    #[must_use]
    pub fn member(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Unanswered => "unanswered",
        }
    }
}

/// The news of one envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The envelope.
    pub id: MessageId,
    /// Its digest.
    pub digest: Digest,
    /// The time at which it was first opened, or its time ran out.
    pub at: Timestamp,
}

/// The payload that tells it, of at most [`BATCH_ENVELOPES`] envelopes.
#[must_use]
pub fn to_payload(what: News, list: &[Notice]) -> Object {
    to_object(&json!({ (what.member()): list }))
}

/// Of which envelopes an envelope of kind `receipt` tells this.
///
/// # Errors
/// [`crate::code::Code::Malformed`] or [`crate::code::Code::TooLarge`] with the place; also when it says nothing of it.
pub fn of_payload(what: News, envelope: &Content) -> Result<Vec<Notice>, Refusal> {
    let payload = Members::of(envelope.payload());
    let list = payload.list(what.member(), BATCH_ENVELOPES, |item| {
        Notice::deserialize(item.value()).map_err(|_| item.malformed("an id, a digest and a time are needed here"))
    });
    list.map_err(|refusal| Refusal { place: format!("/payload{}", refusal.place), ..refusal })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::{alex, darren, now, object};
    use crate::code::Code;
    use crate::envelope::Kind;
    use serde_json::Value;

    fn told(what: News, payload: Object) -> Result<Vec<Notice>, Refusal> {
        let alex = alex();
        let darren = darren();
        let draft = alex.draft(1, &darren, Kind::Receipt, Value::Object(payload));
        of_payload(what, &draft.sign(&alex.sender).expect("a good draft"))
    }

    #[test]
    fn it_is_told_by_id_and_digest_and_one_thing_is_not_taken_for_the_other() {
        let envelope = darren().asks_for_dinner(&alex());
        let notice = Notice { id: envelope.id(), digest: envelope.digest(), at: now() };
        for (what, other) in [(News::Read, News::Unanswered), (News::Unanswered, News::Read)] {
            let payload = to_payload(what, std::slice::from_ref(&notice));
            assert!(told(other, payload.clone()).is_err());
            assert_eq!(told(what, payload), Ok(vec![notice.clone()]));
        }
    }

    #[test]
    fn what_is_no_notice_is_refused_with_its_place() {
        for what in News::ALL {
            let member = what.member();
            let refused =
                |payload| told(what, payload).map_err(|refusal| (refusal.code, refusal.place)).expect_err("refused");
            assert_eq!(refused(Object::new()), (Code::Malformed, format!("/payload/{member}")));
            for entry in [json!(1), json!({}), json!({ "id": "../../x", "digest": "sha256:", "at": now() })] {
                let place = format!("/payload/{member}/0");
                assert_eq!(refused(object(json!({ member: [entry] }))), (Code::Malformed, place));
            }
            let many = json!({ member: vec![0; BATCH_ENVELOPES + 1] });
            assert_eq!(refused(object(many)).0, Code::TooLarge);
        }
    }
}
