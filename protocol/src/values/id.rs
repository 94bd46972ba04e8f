//! Names for messages and conversations: UUIDs in their one canonical text form (RFC 9562 §4).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::time::Timestamp;

/// The reason why a text is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is a UUID in lower case with hyphens, such as 018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40")]
pub struct IdError;

/// A UUID from its one accepted text form, so that no two texts name the same id.
fn canonical_uuid(text: &str) -> Result<Uuid, IdError> {
    let uuid = Uuid::try_parse(text).map_err(|_| IdError)?;
    let mut form = [0; uuid::fmt::Hyphenated::LENGTH];
    if uuid.hyphenated().encode_lower(&mut form) == text { Ok(uuid) } else { Err(IdError) }
}

macro_rules! id {
    ($name:ident, $what:literal) => {
        #[doc = $what]
        ///
        /// Ids that this node makes are UUIDv7, so they sort by time and fill the store in order.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; 16]);

        impl $name {
            /// A new UUIDv7 from the time and ten random bytes.
            #[must_use]
            pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
                let millis = u64::try_from(now.as_millis()).unwrap_or(0);
                Self(Builder::from_unix_timestamp_millis(millis, &random).into_uuid().into_bytes())
            }

            /// Returns when it was made, if it is a UUIDv7 (RFC 9562 §5.7): its first 48 bits are milliseconds since 1970.
            #[must_use]
            pub fn made_at(self) -> Timestamp {
                let [a, b, c, d, e, f, ..] = self.0;
                Timestamp::from_millis(i64::from_be_bytes([0, 0, a, b, c, d, e, f]))
            }

            /// The id that has these 16 bytes.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes, in the order in which ids sort.
            #[must_use]
            pub fn to_bytes(self) -> [u8; 16] {
                self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                canonical_uuid(text).map(|uuid| Self(uuid.into_bytes()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                Uuid::from_bytes(self.0).hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

id!(MessageId, "The name of one envelope, chosen by its sender; it is also the nonce of the replay table.");
id!(ConversationId, "The name of one conversation, chosen by whoever opened it.");
id!(MandateId, "The name of one mandate, chosen by the owner who signed it.");
id!(ItemId, "The name of one item that waits for the owner; it never leaves the node.");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_text_names_an_id() {
        let text = "018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40";
        assert_eq!(text.parse::<MessageId>().map(|id| id.to_string()), Ok(text.to_owned()));
        for bad in ["", "../../x", &text.to_uppercase(), &text.replace('-', ""), &format!("{{{text}}}")] {
            assert_eq!(bad.parse::<MessageId>(), Err(IdError), "{bad}");
        }
    }

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let early = MessageId::new(Timestamp::from_millis(1_000), [255; 10]);
        let late = MessageId::new(Timestamp::from_millis(1_001), [0; 10]);
        assert!(early < late);
        assert_eq!((early.made_at().as_millis(), late.made_at().as_millis()), (1_000, 1_001));
    }
}
