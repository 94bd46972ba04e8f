//! Kinds of codes, for whoever treats all of a kind alike.

use super::ErrorCode;

impl ErrorCode {
    /// Tells whether it names something that the node does not know.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.as_str().starts_with("unknown_")
    }

    /// Tells whether it names something that cannot be read or used.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        self.as_str().starts_with("bad_")
    }

    /// Tells whether the failure is that of a PIN which is absent, wrong or has to wait.
    #[must_use]
    pub fn is_about_pin(&self) -> bool {
        matches!(self, Self::PinNeeded | Self::PinWait | Self::WrongPin)
    }
}
