//! Everything that a node is and remembers, as one sealed file; and a home made of such a file.
//!
//! | room | what it does |
//! |---|---|
//! | `sealed` | the file's frame: a passphrase, Argon2id, AES-256-GCM in chunks |
//! | `archive` | what is inside: a few small files by fixed names, and every row of the store |
//! | `write` | makes the file from a home |
//! | [`restore`] | makes a home from the file: whole, or not at all |
//!
//! # Always true
//! - A backup appears under its name when it is complete and on the disk, and never in place of another file.
//! - What is read from a backup is believed only after its chunk was opened, and used only after its last one was.
//! - No name in a backup becomes a path: each is one of a few that this program knows.

mod archive;
mod restore;
mod sealed;
#[cfg(test)]
mod tests;
mod write;

pub use restore::{Restored, restore};
pub use write::write;

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::pin::Pin;

/// The fewest characters of a passphrase. A backup can be guessed at for years on other people's machines, so it has
/// to be longer than a PIN.
pub const PASSPHRASE_CHARS: usize = 12;

/// Advice for whoever chooses a passphrase.
pub const PASSPHRASE_ADVICE: &str =
    "Four or more words that nobody would guess. Without it the backup is worth nothing, and nobody can reset it.";

/// Passphrase of a backup: erased from memory when dropped, and never printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passphrase(Pin);

impl Passphrase {
    /// The passphrase that is this text.
    ///
    /// # Errors
    /// `bad_passphrase` when it is shorter than [`PASSPHRASE_CHARS`].
    pub fn new(text: Pin) -> Result<Self, Failure> {
        if text.chars() >= PASSPHRASE_CHARS {
            return Ok(Self(text));
        }
        let message = format!("a passphrase has at least {PASSPHRASE_CHARS} characters");
        Err(Failure::new(Exit::Usage, ErrorCode::BadPassphrase, message).hint(PASSPHRASE_ADVICE))
    }

    fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }
}
