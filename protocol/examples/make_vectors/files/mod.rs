//! The vectors, file by file.

mod agreements;
mod approvals;
mod cards;
mod delegations;
mod directories;
mod envelopes;
mod json;
mod mailboxes;
mod names;
mod people;
mod receipts;
mod seals;
mod vector;

pub(crate) use vector::{File, Vector};

/// Every file: its name, and its text.
#[must_use]
pub(crate) fn all() -> Vec<(&'static str, String)> {
    [
        ("json.json", json::file()),
        ("names.json", names::file()),
        ("delegation.json", delegations::file()),
        ("card.json", cards::file()),
        ("envelope.json", envelopes::file()),
        ("sealed.json", seals::file()),
        ("receipts.json", receipts::file()),
        ("approval.json", approvals::file()),
        ("agreement.json", agreements::file()),
        ("mailbox.json", mailboxes::file()),
        ("directory.json", directories::file()),
    ]
    .into_iter()
    .map(|(name, file)| (name, file.text()))
    .chain([("people.json", people::file_text())])
    .collect()
}
