//! The protocol's original, as it speaks over HTTP: envelopes of its versions 0.1, 0.2 and 1.0.
//!
//! `DarrenEdwards111/ai2ai-protocol` describes them in its README, `docs/PROTOCOL.md` (0.2) and `SPEC.md` (1.0). Its signature covers
//! `JSON.stringify` of eight members; what lies outside of it (nonce, expiry, approval) is believed by nobody here.
//! What is read becomes an [`OriginalEnvelope`], opened an [`OpenedOriginal`], and only a pinned key makes it a [`VerifiedOriginal`].

mod agreement_key;
mod answer;
mod envelope;
mod js;
mod keys;
mod sealing;
mod write;

pub use agreement_key::{Agreement, AgreementError};
pub use answer::{OriginalAnswer, OriginalReason, TheirAnswer, handshake, object_of};
pub use envelope::{OpenedOriginal, OriginalEnvelope, OriginalParty, VerifiedOriginal, Version};
pub use js::{Js, JsMembers, JsText, NotJson, read as parse, stringify};
pub use keys::{Fingerprint, FingerprintError, OriginalIdentity, PemError, key_of_pem, pem_of_key};
pub use sealing::is_sealed;
pub use write::{OriginalDraft, WriteError, text_of};

/// Bytes of one envelope of the original, as JSON: its 100 KB.
pub const ORIGINAL_BYTES: usize = 100 * 1024;
/// Time after its signed time for which an envelope of the original is taken; no signature covers a later end.
pub const ORIGINAL_LIFE: std::time::Duration = std::time::Duration::from_secs(24 * 3600);
/// Characters of a name, an id or an intent in an envelope of the original.
pub const ORIGINAL_TEXT_CHARS: usize = 128;
/// Recipients of one envelope of the original.
pub const ORIGINAL_RECIPIENTS: usize = 16;
