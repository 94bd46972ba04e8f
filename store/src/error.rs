//! What can go wrong in a transaction.

use ai2ai_protocol::did::Did;

/// The reason why a transaction, or something in it, did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no room on the disk, or it can only be read. Nothing was tried, and nothing changed.
    #[error("the store cannot be written: {why}")]
    Unwritable {
        /// The reason.
        why: String,
    },
    /// The disk did not take or give the bytes: it is full, read-only, failing or gone.
    ///
    /// Later transactions fail as [`StoreError::Stopped`], until the store could be opened again.
    #[error("the store's disk failed: {0}; make room or mend it")]
    Disk(#[source] std::io::Error),
    /// An earlier failure closed the store, and it could not be opened again yet. What was committed is safe.
    #[error("the store stopped after a failure of its disk, and goes on when that works again")]
    Stopped,
    /// The file holds something that no version of this program wrote there.
    #[error("the store is damaged ({what}); restore it from a backup")]
    Damaged {
        /// The finding, for a report.
        what: String,
    },
    /// Another contact goes by this name, or by one that differs from it only in capitals.
    #[error("{name:?} is already the name of another contact, {by}")]
    NameTaken {
        /// The name that was asked for.
        name: String,
        /// The contact who has it.
        by: Did,
    },
    /// A native contact has this key already: an agent of the original never takes their place.
    #[error("{did} is a native contact already")]
    NativeContact {
        /// Their identity.
        did: Did,
    },
    /// A message of this sender with this id is stored already.
    #[error("a message with this id from {sender} is stored already")]
    MessageStored {
        /// The sender of the message.
        sender: Did,
    },
    /// A table was asked for while the same transaction still changes it.
    #[error("the table {table:?} is being changed already; this is a mistake in ai2ai, please report it")]
    TableHeld {
        /// Its name in the file.
        table: &'static str,
    },
}

impl From<redb::Error> for StoreError {
    fn from(error: redb::Error) -> Self {
        use redb::Error::{DatabaseClosed, Io, LockPoisoned, PreviousIo, TransactionPoisoned};
        if matches!(error, PreviousIo | DatabaseClosed | LockPoisoned(_) | TransactionPoisoned) {
            Self::Stopped
        } else if let Io(error) = error {
            Self::Disk(error)
        } else {
            // A table that is not there, or not of its type, is in a file that this program did not write.
            Self::Damaged { what: error.to_string() }
        }
    }
}

macro_rules! from_redb {
    ($($error:ident),+) => {
        $(impl From<redb::$error> for StoreError {
            fn from(error: redb::$error) -> Self {
                redb::Error::from(error).into()
            }
        })+
    };
}

from_redb!(StorageError, TableError, TransactionError, CommitError);
