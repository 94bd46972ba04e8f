//! Requests about what was decided and what was told.

use serde::{Deserialize, Serialize};

use super::request;

request! {
    /// The latest entries of the audit.
    Audit {}
}

request! {
    /// Check of the whole audit chain.
    AuditVerify {
        /// A head that was kept.
        head: Option<String>,
    }
}

request! {
    /// What was told to a contact, or to everybody.
    Told {
        /// The recipient; everybody, where nobody is named.
        who: Option<String>,
    }
}
