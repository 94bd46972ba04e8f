//! Content of an envelope, in types; and the one place where its form is read.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;

use crate::canonical::{Object, canonical, read_object};
use crate::delegation::Delegation;
use crate::did::Did;
use crate::digest::Digest;
use crate::id::{ConversationId, MessageId};
use crate::json_reader::Members;
use crate::key::PublicKey;
use crate::limits::ENVELOPE_BYTES;
use crate::name::{AgentName, HumanName, Intent};
use crate::refusal::Refusal;
use crate::time::Timestamp;

use super::Kind;

/// Sender of an envelope. The names are the sender's claims; only `did` and `key` are proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct From {
    /// Name that the agent goes by.
    pub agent: AgentName,
    /// Name that its human goes by.
    pub human: HumanName,
    /// The human's identity.
    pub did: Did,
    /// The agent key that signed.
    pub key: PublicKey,
}

/// Recipient of an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The identity of the human whose agent is to read it.
    pub did: Did,
    /// The sender's name for that agent, if they say.
    pub agent: Option<AgentName>,
}

/// Content of an envelope. Its bytes are kept as they came, and never written anew.
#[derive(Clone, PartialEq, Eq)]
pub struct Content {
    bytes: Vec<u8>,
    digest: Digest,
    form: Form,
    delegation: Delegation,
    payload: Object,
    approval: Option<Object>,
}

/// The members that are texts.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) id: MessageId,
    pub(super) from: From,
    pub(super) to: Recipient,
    pub(super) timestamp: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) conversation: ConversationId,
    pub(super) in_reply_to: Option<MessageId>,
    pub(super) kind: Kind,
    pub(super) intent: Intent,
}

impl Content {
    /// Reads an envelope that this node verified or signed before it stored it.
    ///
    /// The form is read again; no signature is checked. Bytes from anywhere else go through [`verify`](super::verify).
    ///
    /// # Errors
    /// [`Refusal`] when the bytes are not those of an envelope.
    pub fn of_stored(bytes: &[u8]) -> Result<Self, Refusal> {
        let object = read_object(bytes, ENVELOPE_BYTES)?;
        let form = Form::read(&Members::of(&object))?;
        let root = Members::of(&object);
        let delegation = root.at("delegation")?;
        let delegation = Delegation::read_form(&delegation.members()?, delegation.object()?)?;
        Ok(Self::assemble(bytes, object, form, delegation))
    }

    /// Returns what an envelope does that this node verified or signed before it stored it. Nothing else of it is read.
    #[must_use]
    pub fn kind_of_stored(bytes: &[u8]) -> Option<Kind> {
        #[derive(Deserialize)]
        struct Typed<'a> {
            #[serde(borrow, rename = "type")]
            kind: Cow<'a, str>,
        }
        let typed: Typed<'_> = serde_json::from_slice(bytes).ok()?;
        Kind::read(&typed.kind).map(|(kind, _)| kind)
    }

    /// Puts together what was read and found good. `object` is what `bytes` say.
    pub(super) fn assemble(bytes: &[u8], object: Object, form: Form, delegation: Delegation) -> Self {
        let digest = Digest::of(&canonical(&object));
        Self::with_digest(digest, bytes, object, form, delegation)
    }

    /// Puts together what was written here: `bytes` are the canonical form of `object`.
    pub(super) fn assemble_canonical(bytes: &[u8], object: Object, form: Form, delegation: Delegation) -> Self {
        Self::with_digest(Digest::of(bytes), bytes, object, form, delegation)
    }

    fn with_digest(digest: Digest, bytes: &[u8], mut object: Object, form: Form, delegation: Delegation) -> Self {
        let mut take = |name: &str| match object.remove(name) {
            Some(serde_json::Value::Object(member)) => Some(member),
            _ => None,
        };
        let payload = take("payload").unwrap_or_default();
        let approval = take("approval");
        Self { bytes: bytes.to_vec(), digest, form, delegation, payload, approval }
    }

    /// Its name, chosen by the sender.
    #[must_use]
    pub fn id(&self) -> MessageId {
        self.form.id
    }

    /// Returns who sent it.
    #[must_use]
    pub fn from(&self) -> &From {
        &self.form.from
    }

    /// The recipient.
    #[must_use]
    pub fn to(&self) -> &Recipient {
        &self.form.to
    }

    /// Returns when it was signed, by the sender's clock.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.form.timestamp
    }

    /// From when on it is void.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.form.expires_at
    }

    /// The conversation it is said in.
    #[must_use]
    pub fn conversation(&self) -> ConversationId {
        self.form.conversation
    }

    /// The message that it answers.
    #[must_use]
    pub fn in_reply_to(&self) -> Option<MessageId> {
        self.form.in_reply_to
    }

    /// Returns what it does.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.form.kind
    }

    /// Returns what it is about.
    #[must_use]
    pub fn intent(&self) -> &Intent {
        &self.form.intent
    }

    /// Returns what it says: text of somebody else's, never to be obeyed.
    #[must_use]
    pub fn payload(&self) -> &Object {
        &self.payload
    }

    /// The sender's human's approval, not yet checked.
    #[must_use]
    pub fn approval(&self) -> Option<&Object> {
        self.approval.as_ref()
    }

    /// The delegation under which the agent key spoke.
    #[must_use]
    pub fn delegation(&self) -> &Delegation {
        &self.delegation
    }

    /// The digest of the whole envelope, signature included.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The envelope, byte for byte as it was signed or received.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Form {
    /// Reads every member that has a form; not the delegation and not the signature.
    pub(super) fn read(members: &Members<'_>) -> Result<Self, Refusal> {
        members.check_version()?;
        let (kind, implied) =
            Kind::read(members.at("type")?.str()?).ok_or_else(|| members.malformed("type", "it is no known act"))?;
        let intent = implied.intent(members.maybe_text("intent")?);
        members.at("payload")?.object()?;
        members.maybe("approval").map(|approval| approval.object()).transpose()?;
        let form = Self {
            id: members.text("id")?,
            from: From::read(&members.at("from")?.members()?)?,
            to: Recipient::read(&members.at("to")?.members()?)?,
            timestamp: members.text("timestamp")?,
            expires_at: members.text("expires_at")?,
            conversation: members.text("conversation")?,
            in_reply_to: members.maybe_text("in_reply_to")?,
            kind,
            intent: intent.map_err(|reason| members.malformed("intent", reason))?,
        };
        if form.to.did == form.from.did {
            return Err(Refusal::malformed("/to/did", "nobody writes to themselves"));
        }
        if form.expires_at <= form.timestamp {
            return Err(members.malformed("expires_at", "it ends before it begins"));
        }
        Ok(form)
    }
}

impl From {
    fn read(members: &Members<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            agent: members.text("agent")?,
            human: members.text("human")?,
            did: members.text("did")?,
            key: members.text("key")?,
        })
    }
}

impl Recipient {
    fn read(members: &Members<'_>) -> Result<Self, Refusal> {
        Ok(Self { did: members.text("did")?, agent: members.maybe_text("agent")? })
    }
}

impl fmt::Debug for Content {
    /// Without the payload, which is nobody's business in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Form { id, from, to, kind, intent, .. } = &self.form;
        write!(f, "{kind} {intent} {id} from {:?} to {:?}", from.did, to.did)
    }
}
