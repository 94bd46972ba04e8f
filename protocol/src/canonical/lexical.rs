//! Properties that only the text of a JSON document shows: its depth, and whether its numbers survive being doubles.

use super::JsonError;

/// Checks depth and numbers in one pass over bytes that need not be JSON yet.
pub(super) fn check(bytes: &[u8], depth: usize) -> Result<(), JsonError> {
    let mut open = 0_usize;
    let mut place = 0;
    while let Some(&byte) = bytes.get(place) {
        match byte {
            b'"' => place = after_string(bytes, place),
            b'{' | b'[' => {
                open += 1;
                if open > depth {
                    return Err(JsonError::TooDeep { place, depth });
                }
                place += 1;
            }
            b'}' | b']' => {
                open = open.saturating_sub(1);
                place += 1;
            }
            b'-' | b'0'..=b'9' => {
                let end = after_number(bytes, place);
                if !survives(&bytes[place..end]) {
                    return Err(JsonError::Number { place });
                }
                place = end;
            }
            _ => place += 1,
        }
    }
    Ok(())
}

/// The place after the string that begins at `start`, or the end if it is not closed.
fn after_string(bytes: &[u8], start: usize) -> usize {
    let mut place = start + 1;
    while let Some(&byte) = bytes.get(place) {
        match byte {
            b'"' => return place + 1,
            b'\\' => place += 2,
            _ => place += 1,
        }
    }
    bytes.len()
}

/// The place after the run of characters that numbers are written with.
fn after_number(bytes: &[u8], start: usize) -> usize {
    let length =
        bytes[start..].iter().take_while(|b| matches!(b, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')).count();
    start + length
}

/// A decimal of at most this many significant digits comes back from an IEEE double as it was.
const SAFE_DIGITS: usize = 15;
/// Integers up to here are exact in a double (RFC 8259 §6).
const MAX_SAFE_INTEGER: u64 = 9_007_199_254_740_991;
/// The same, as a double.
pub(super) const MAX_SAFE: f64 = 9_007_199_254_740_991.0;

/// Returns whether a double gives this number back as it was written, and its canonical form is read again.
///
/// Nothing beyond 2^53 - 1 is, however it is spelt: `1e20` has a canonical form with 21 digits. Below that, integers
/// are, and other numbers with at most 15 significant digits.
fn survives(number: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(number) else { return false };
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return unsigned.parse().is_ok_and(|n: u64| n <= MAX_SAFE_INTEGER);
    }
    let mantissa = unsigned.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let significant = digits.trim_start_matches('0').trim_end_matches('0');
    let Ok(value) = unsigned.parse::<f64>() else { return false };
    let lost = value < f64::MIN_POSITIVE && !significant.is_empty();
    significant.len() <= SAFE_DIGITS && value <= MAX_SAFE && !lost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_a_double_gives_back() {
        for good in ["0", "-1", "80", "4.50", "0.1", "9e15", "9007199254740991", "123456789012345", "28.00", "1E-300"] {
            assert!(survives(good.as_bytes()), "{good}");
        }
        for bad in [
            "9007199254740992",
            "-9007199254740993",
            "18446744073709551616",
            "0.1000000000000000055511151231257827",
            "1e20",
            "-1e16",
            "1e400",
            "1e-400",
            "1234567890.1234567",
            "1-2",
            "1.2.3",
        ] {
            assert!(!survives(bad.as_bytes()), "{bad}");
        }
    }
}
