//! Replies of the node: the objects of `--json`, which the command line also prints for people.
//!
//! Each has a schema name with a number. Changes only add members.

mod agreement;
mod conformance;
mod conversation;
mod inbox;
mod keep;
mod ledger;
mod node;
mod people;
pub mod reply;
mod trust;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use agreement::{AgreementView, CancelledByView, MeetingView, PartyView, VerifyView};
pub use conformance::{ConformanceView, Level};
pub use conversation::{
    CancelledView, ConversationLine, ConversationView, DraftView, HitKind, HitView, MessageView, OutboxView,
    PendingActView, WithdrawnView,
};
pub use inbox::{CANCELLED, DecisionView, ItemView, OpenView, PendingView, RENEWAL, SentView, SnoozedView, UNVERIFIED};
pub use keep::{BackupView, CarriedInView, CarriedOutView, ForgottenView, Made, RestoreView};
pub use ledger::{AuditVerdictView, AuditView, ToldView};
pub use node::{
    ConnectedView, ConnectionView, DhtView, DnsRecordView, DoctorView, EventView, IdentityView, KeptView, KeysView,
    NotifyTestView, StatusView,
};
pub use people::{
    CardOfView, CardView, ContactView, FoundView, InviteView, InvitesCancelledView, NearbyView, PingView, WordsView,
};
pub use trust::{IntentHistory, MandateView, PanicView, RehearsalView, TrustView};

/// An object that a door answers with.
pub trait View: Serialize + DeserializeOwned {
    /// Its name and number.
    const SCHEMA: &'static str;

    /// The object as it is printed, with its `schema`.
    fn line(&self) -> Value {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        if let Value::Object(object) = &mut value {
            object.insert("schema".to_owned(), Self::SCHEMA.into());
        }
        value
    }

    /// The object back from a line.
    ///
    /// # Errors
    /// When the line is of another schema or form: the node and the command line are of different versions.
    fn of_line(line: Value) -> Result<Self, String> {
        match line.get("schema").and_then(Value::as_str) {
            Some(schema) if schema == Self::SCHEMA => {}
            other => return Err(format!("the node answered with {other:?} where {} was expected", Self::SCHEMA)),
        }
        serde_json::from_value(line).map_err(|error| format!("{} from the node: {error}", Self::SCHEMA))
    }
}

macro_rules! view {
    ($(#[$doc:meta])* $name:ident = $schema:literal { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Serialize, Deserialize)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }

        impl View for $name {
            const SCHEMA: &'static str = $schema;
        }
    };
}

pub(crate) use view;
