//! Prefixes of ids: what a person types instead of a whole one.

use std::str::FromStr;

/// Characters that the beginning of an id has at least.
pub const SHORTEST: usize = 4;
/// Candidates that are counted when an id is ambiguous.
pub const CANDIDATES: usize = 10;

/// The lowest and the highest id that begin with this text.
pub fn range<T: FromStr>(prefix: &str) -> Option<(T, T)> {
    const LOWEST: &str = "00000000-0000-0000-0000-000000000000";
    const HIGHEST: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";
    let filled = |rest: &str| format!("{prefix}{}", rest.get(prefix.len()..)?).parse::<T>().ok();
    Some((filled(LOWEST)?, filled(HIGHEST)?))
}
