//! Reasons why bytes are not read as JSON.

/// The reason why bytes are not JSON that all readers read alike. Places count bytes from the start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// More bytes than the kind of document may have.
    #[error("{size} bytes, and at most {limit} are read")]
    TooLarge {
        /// The number found.
        size: usize,
        /// The greatest number.
        limit: usize,
    },
    /// Objects and lists nested too deep.
    #[error("nested deeper than {depth} at byte {place}")]
    TooDeep {
        /// The place where it becomes too deep.
        place: usize,
        /// The greatest depth.
        depth: usize,
    },
    /// A number that an IEEE double does not give back as written.
    #[error("the number at byte {place} does not survive as an IEEE double; write it as a string")]
    Number {
        /// The place where it begins.
        place: usize,
    },
    /// No JSON at all, a duplicate member name, or not an object where one is needed.
    #[error("{0}")]
    Malformed(String),
}
