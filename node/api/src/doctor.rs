//! Lines of the doctor, and how bad each can be.

use crate::views::DoctorView;

/// Everything works.
pub const OK: &str = "OK";
/// It works, and could be better.
pub const WARN: &str = "WARN";
/// It does not work.
pub const FAIL: &str = "FAIL";

/// One line of the doctor's.
#[must_use]
pub fn line(check: &str, status: &str, detail: impl Into<String>, fix: Option<String>) -> DoctorView {
    DoctorView { check: check.to_owned(), status: status.to_owned(), detail: detail.into(), fix }
}
