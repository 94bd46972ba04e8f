//! The wire of a row: native, or the protocol's original.
//!
//! Rows of both stand in one table. Only the first byte of a row says which it is, and only this node writes that byte: nothing that a
//! peer sends can turn one into the other. Whoever needs a native row asks for the type that only native rows have.

/// A native row, or one of an agent of the protocol's original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wire<N, L> {
    /// AI2AI as its specification has it.
    Native(N),
    /// The protocol's original.
    Legacy(L),
}

impl<N, L> Wire<N, L> {
    /// The native row, if it is one.
    pub fn native(self) -> Option<N> {
        match self {
            Self::Native(row) => Some(row),
            Self::Legacy(_) => None,
        }
    }

    /// The row of the original, if it is one.
    pub fn legacy(self) -> Option<L> {
        match self {
            Self::Native(_) => None,
            Self::Legacy(row) => Some(row),
        }
    }
}
