//! An envelope before it is signed.

use std::ops::Deref;

use serde_json::{Value, json};

use crate::canonical::{JsonError, Object, canonical, read_object, to_object};
use crate::delegation::Delegation;
use crate::did::Did;
use crate::id::{ConversationId, MessageId};
use crate::json_reader::{Members, VERSION};
use crate::key::{AgentKey, Tag};
use crate::limits::{ENVELOPE_BYTES, ENVELOPE_LIFE};
use crate::name::{AgentName, HumanName, Intent};
use crate::refusal::Refusal;
use crate::time::Timestamp;

use super::content::Form;
use super::{Content, Kind, Recipient};

/// Signer: the agent, in the name of its human.
#[derive(Debug)]
pub struct Sender {
    /// Name that the agent goes by.
    pub agent: AgentName,
    /// Name that its human goes by.
    pub human: HumanName,
    /// The human's identity.
    pub did: Did,
    /// The agent's key.
    pub key: AgentKey,
    /// The human's word that this key may speak for them.
    pub delegation: Delegation,
}

/// An envelope before it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its name; never used twice.
    pub id: MessageId,
    /// Now.
    pub timestamp: Timestamp,
    /// From when on it is void; at most [`ENVELOPE_LIFE`] after `timestamp`.
    pub expires_at: Timestamp,
    /// The recipient.
    pub to: Recipient,
    /// The conversation it is said in.
    pub conversation: ConversationId,
    /// The message that it answers.
    pub in_reply_to: Option<MessageId>,
    /// The act.
    pub kind: Kind,
    /// The intent.
    pub intent: Intent,
    /// The payload.
    pub payload: Object,
    /// The human's approval of the terms in it.
    pub approval: Option<Object>,
}

/// The reason why a draft is not signed. Each is for the drafter to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// The payload is too large, too deep, or has a number that a double does not give back.
    #[error("this can't be sent: {0}")]
    Json(#[from] JsonError),
    /// A time that leaves open which moment is meant.
    #[error("`{0}` is no definite moment: write the date, the time and the offset, such as 2026-02-10T19:00+01:00")]
    Time(String),
    /// It would be valid for longer than an envelope may be.
    #[error("an envelope is valid for at most 14 days")]
    LifeTooLong,
    /// The agent key is not, or not now, the one that the owner delegated to.
    #[error("the agent's key may not speak for its owner at this time: {0}")]
    Delegation(&'static str),
    /// It ends before it begins, or is addressed to its own sender.
    #[error("this can't be sent: {0}")]
    Form(#[from] Refusal),
}

/// An envelope that this node signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedEnvelope(Content);

impl Draft {
    /// Signs the envelope in the sender's name.
    ///
    /// # Errors
    /// [`DraftError`] when no strict reader would accept it, or a reader could mistake a time in it.
    pub fn sign(self, sender: &Sender) -> Result<SignedEnvelope, DraftError> {
        check_times(&self.payload)?;
        if self.expires_at.since(self.timestamp) > ENVELOPE_LIFE {
            return Err(DraftError::LifeTooLong);
        }
        let may_speak = sender.delegation.lets_speak(&sender.did, &sender.key.public(), self.timestamp);
        may_speak.map_err(DraftError::Delegation)?;
        let mut object = self.into_object(sender);
        sender.key.sign(Tag::Envelope, &mut object);
        let bytes = canonical(&object);
        let object = read_object(&bytes, ENVELOPE_BYTES)?;
        let form = Form::read(&Members::of(&object))?;
        Ok(SignedEnvelope(Content::assemble_canonical(&bytes, object, form, sender.delegation.clone())))
    }

    fn into_object(self, sender: &Sender) -> Object {
        let mut object = to_object(&json!({
            "ai2ai": VERSION,
            "id": self.id,
            "timestamp": self.timestamp,
            "expires_at": self.expires_at,
            "from": {
                "agent": sender.agent, "human": sender.human, "did": sender.did, "key": sender.key.public(),
            },
            "to": { "did": self.to.did },
            "conversation": self.conversation,
            "type": self.kind,
            "intent": self.intent,
            "delegation": sender.delegation.object(),
        }));
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                object.insert(name.to_owned(), value);
            }
        };
        put("in_reply_to", self.in_reply_to.map(|id| id.to_string().into()));
        put("payload", Some(self.payload.into()));
        put("approval", self.approval.map(Value::Object));
        if let Some(agent) = self.to.agent {
            object["to"]["agent"] = String::from(agent).into();
        }
        object
    }
}

/// Checks `proposed_times`, and the `time` of `terms`: whoever reads them must know which moment is meant.
fn check_times(payload: &Object) -> Result<(), DraftError> {
    let proposed = payload.get("proposed_times").and_then(Value::as_array).into_iter().flatten();
    let agreed = payload.get("terms").and_then(|terms| terms.get("time"));
    for time in proposed.chain(agreed) {
        let definite = time.as_str().is_some_and(|text| text.parse::<Timestamp>().is_ok());
        if !definite {
            return Err(DraftError::Time(time.as_str().map_or_else(|| time.to_string(), str::to_owned)));
        }
    }
    Ok(())
}

impl Deref for SignedEnvelope {
    type Target = Content;

    fn deref(&self) -> &Content {
        &self.0
    }
}
