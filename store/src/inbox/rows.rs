//! Rows of the inbox.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::id::{ConversationId, ItemId, MessageId};
use ai2ai_protocol::name::Intent;
use ai2ai_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::originals::SaidRow;
use crate::rows::wire::Wire;

/// Kind of an item: the owner's decision that it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// The decision whether a stranger becomes a contact.
    ContactRequest,
    /// The decision what to answer to something that came in.
    Incoming,
    /// The decision whether something that the agent drafted is sent.
    Draft,
    /// The decision whether the agent's key, whose delegation ends soon, is renewed.
    Renewal,
}

/// Stored form of a kind: a renewal as a draft that is one. A program that knows no renewals so shows a draft that it can only
/// reject, and reads everything else that waits.
#[derive(Serialize, Deserialize)]
struct KeptKind {
    kind: ItemKind,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    renews: bool,
}

mod kept_kind {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::{ItemKind, KeptKind};

    pub(super) fn serialize<S: Serializer>(kind: &ItemKind, serializer: S) -> Result<S::Ok, S::Error> {
        let renews = *kind == ItemKind::Renewal;
        KeptKind { kind: if renews { ItemKind::Draft } else { *kind }, renews }.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ItemKind, D::Error> {
        let kept = KeptKind::deserialize(deserializer)?;
        Ok(if kept.renews { ItemKind::Renewal } else { kept.kind })
    }
}

/// One native item that waits for the owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemRow {
    /// Its name, by which the owner decides on it.
    pub id: ItemId,
    /// With whom it has to do.
    pub with: Did,
    /// In which conversation, if in one.
    pub conversation: Option<ConversationId>,
    /// The decision that is asked for.
    #[serde(flatten, with = "kept_kind")]
    pub kind: ItemKind,
    /// The intent, if that is known.
    pub intent: Option<Intent>,
    /// The message that is to be answered.
    pub message: Option<MessageId>,
    /// The draft that would be sent.
    pub draft: Option<Object>,
    /// It in a line, for a list.
    pub summary: String,
    /// The digest of what is shown; a decision has to name it.
    pub digest: Digest,
    /// Since when it waits.
    pub made_at: Timestamp,
    /// Until when it can be decided.
    pub expires_at: Timestamp,
}

/// One item that an agent of the original brought, or that a draft to one is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LegacyItemRow {
    /// Its name.
    pub id: ItemId,
    /// The contact; nobody, where nothing proves who wrote it.
    pub with: Option<Did>,
    /// Their claim of who they are, in one line.
    pub who: String,
    /// The talk; none, where nothing proves who wrote it.
    pub talk: Option<ConversationId>,
    /// The message that came in; nothing for a draft of the agent's.
    pub came: Option<SaidRow>,
    /// The message that an agent suggests to send.
    pub draft: Option<Object>,
    /// Name of the talk in the envelopes, where sending the draft opens it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens: Option<String>,
    /// One line of it.
    pub summary: String,
    /// Digest that an approval is bound to.
    pub digest: Digest,
    /// The time at which it came to be.
    pub made_at: Timestamp,
    /// Until when it can be decided.
    pub expires_at: Timestamp,
}

/// An item, on whichever wire.
pub type AnyItem = Wire<ItemRow, LegacyItemRow>;

impl AnyItem {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> ItemId {
        match self {
            Self::Native(row) => row.id,
            Self::Legacy(row) => row.id,
        }
    }

    /// The digest that a decision has to name.
    #[must_use]
    pub fn digest(&self) -> Digest {
        match self {
            Self::Native(row) => row.digest,
            Self::Legacy(row) => row.digest,
        }
    }

    /// Until when it can be decided.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        match self {
            Self::Native(row) => row.expires_at,
            Self::Legacy(row) => row.expires_at,
        }
    }

    /// With whom it has to do; nobody, where nothing proves who wrote it.
    #[must_use]
    pub fn with(&self) -> Option<Did> {
        match self {
            Self::Native(row) => Some(row.with),
            Self::Legacy(row) => row.with,
        }
    }

    /// In which conversation or talk, if in one.
    #[must_use]
    pub fn conversation(&self) -> Option<ConversationId> {
        match self {
            Self::Native(row) => row.conversation,
            Self::Legacy(row) => row.talk,
        }
    }

    /// It in a line, for a list.
    #[must_use]
    pub fn summary(&self) -> &str {
        match self {
            Self::Native(row) => &row.summary,
            Self::Legacy(row) => &row.summary,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn row(kind: ItemKind) -> ItemRow {
        let made_at = Timestamp::from_millis(1_770_000_000_000);
        let at = made_at + std::time::Duration::from_secs(60);
        ItemRow {
            id: ItemId::new(at, [7; 10]),
            with: ai2ai_protocol::key::OwnerKey::from_seed(&[7; 32]).did(),
            conversation: None,
            kind,
            intent: None,
            message: None,
            draft: None,
            summary: "a line".to_owned(),
            digest: Digest::of(b"shown"),
            made_at,
            expires_at: at,
        }
    }

    #[test]
    fn a_renewal_is_kept_so_that_an_older_program_reads_a_draft() {
        for kind in [ItemKind::ContactRequest, ItemKind::Incoming, ItemKind::Draft] {
            let kept: Value = serde_json::to_value(row(kind)).expect("JSON");
            assert_eq!((&kept["kind"], kept.get("renews")), (&json!(kind), None), "as it always was kept");
            assert_eq!(serde_json::from_value::<ItemRow>(kept).expect("a row"), row(kind));
        }
        let kept: Value = serde_json::to_value(row(ItemKind::Renewal)).expect("JSON");
        assert_eq!((&kept["kind"], &kept["renews"]), (&json!("draft"), &json!(true)));
        assert_eq!(serde_json::from_value::<ItemRow>(kept).expect("a row").kind, ItemKind::Renewal);
    }
}
