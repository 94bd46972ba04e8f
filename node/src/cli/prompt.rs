//! Questions to the person at the terminal. They go to standard error, so that standard output stays data.

use std::io::{self, BufRead as _, Write as _};

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};

/// Tells whether an answer is a yes: `y` or `yes`, in any case.
pub(super) fn is_yes(typed: &str) -> bool {
    matches!(typed.to_lowercase().as_str(), "y" | "yes")
}

/// Asks a question and reads one line, without the white space around it.
///
/// # Errors
/// `io` when the terminal can be neither written nor read.
pub(super) fn ask_line(question: &str) -> Result<String, Failure> {
    let mut line = String::new();
    let asked = io::stderr().write_all(question.as_bytes()).and_then(|()| io::stdin().lock().read_line(&mut line));
    asked.map_err(|error| Failure::new(Exit::Failed, ErrorCode::Io, format!("you cannot be asked: {error}")))?;
    Ok(line.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_but_a_yes_is_no() {
        for yes in ["y", "Y", "yes", "YES"] {
            assert!(is_yes(yes), "{yes}");
        }
        for no in ["", "n", "no", "ok", "sure", "not now", "yes please", "1", "approve", "ja"] {
            assert!(!is_yes(no), "{no}");
        }
    }
}
