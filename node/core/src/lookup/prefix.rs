//! Prefixes of ids: what a person types instead of a whole one.

use std::str::FromStr;

use crate::error::WhyUnknown;

/// Characters that the beginning of an id has at least.
pub const SHORTEST: usize = 4;
/// Candidates that are counted when an id is ambiguous.
pub const CANDIDATES: usize = 10;

/// The lowest and the highest id that begin with this text.
///
/// # Errors
/// It is too short, or no id begins so.
pub fn range<T: FromStr>(prefix: &str) -> Result<(T, T), WhyUnknown> {
    const LOWEST: &str = "00000000-0000-0000-0000-000000000000";
    const HIGHEST: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";
    let filled = |rest: &str| format!("{prefix}{}", rest.get(prefix.len()..)?).parse::<T>().ok();
    if prefix.len() < SHORTEST {
        return Err(WhyUnknown::TooShort(SHORTEST));
    }
    match (filled(LOWEST), filled(HIGHEST)) {
        (Some(first), Some(last)) => Ok((first, last)),
        (_, _) => Err(WhyUnknown::NoPrefix),
    }
}

/// The row that a prefix names: the only one of those that it fits.
///
/// # Errors
/// It fits none, or several.
pub fn only<T>(mut matches: Vec<T>) -> Result<T, WhyUnknown> {
    match (matches.pop(), matches.len()) {
        (Some(row), 0) => Ok(row),
        (Some(_), more) => Err(WhyUnknown::Several(more + 1)),
        (None, _) => Err(WhyUnknown::Absent),
    }
}
