//! The store's own bounds.

/// The most rows that one `erase_due` takes away, so that its transaction stays short. Call it again when it took
/// this many.
pub const ERASED_AT_ONCE: usize = 1024;

/// Entries of the audit; of more, the oldest go. One is some 200 bytes.
pub const AUDIT_KEPT: u64 = 1_000_000;

/// Bytes of one row in a copy of the store: more than any row has.
pub const ROW_BYTES: usize = 1024 * 1024;

/// Bytes that must be left on the disk for anything to be written: what the largest group of turns can need, twice.
pub const RESERVE_BYTES: u64 = 32 * 1024 * 1024;

/// Number of looks in a row at which nothing was written, for a store to be quiet.
pub const QUIET_LOOKS: u32 = 5;

/// Rows of a copy that are kept by one commit.
pub(crate) const COPIED_AT_ONCE: usize = 16 * 1024;

/// Bytes of memory for pages of the file, read and written together.
pub(crate) const CACHE_BYTES: usize = 16 * 1024 * 1024;

/// A file up to this many bytes is checked page by page when it is opened, which takes some tenths of a second at
/// most; a larger one only after a crash.
pub(crate) const CHECKED_BYTES: u64 = 64 * 1024 * 1024;

/// A file with fewer bytes than this cannot even hold redb's own header.
pub(crate) const HEADER_BYTES: u64 = 4096;
