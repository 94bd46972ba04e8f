//! Moments, as RFC 3339 writes them. The clock itself is elsewhere: every `now` is an argument.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The reason why a text is no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a time is written as RFC 3339 with an offset or Z, such as 2026-02-10T19:00Z or 2026-02-10T19:00:00+01:00")]
pub struct TimeError;

/// A moment: milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment that many milliseconds after 1970, held to the years that RFC 3339 can write.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        const YEAR_9999: i64 = 253_402_207_200_000;
        Self(millis.clamp(0, YEAR_9999))
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// The same moment without its fraction of a second: the form for the wire.
    #[must_use]
    pub fn whole_second(self) -> Self {
        Self(self.0 - self.0.rem_euclid(1_000))
    }

    /// Returns how long after `earlier` this is; zero when it is before.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.0.saturating_add(millis))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.0.saturating_sub(millis))
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    /// Reads RFC 3339 with an offset; seconds may be left out. Fractions beyond a millisecond are dropped.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        if !has_rfc_3339_shape(text) {
            return Err(TimeError);
        }
        let moment: jiff::Timestamp = text.parse().map_err(|_| TimeError)?;
        if moment.as_millisecond() < 0 {
            return Err(TimeError);
        }
        Ok(Self::from_millis(moment.as_millisecond()))
    }
}

/// jiff also reads ISO 8601's other spellings and `[Zone/Names]`; on the wire there is one spelling.
fn has_rfc_3339_shape(text: &str) -> bool {
    let (moment, offset) = match text.strip_suffix('Z') {
        Some(moment) => (moment, "+00:00"),
        None => text.split_at_checked(text.len().saturating_sub(6)).unwrap_or_default(),
    };
    let (second, fraction) = moment.split_once('.').map_or((moment, None), |(second, rest)| (second, Some(rest)));
    let to_the_second = has_shape(second, "0000-00-00T00:00:00") && second[17..] < *"60";
    let good_fraction = fraction.is_none_or(|digits| (1..=9).contains(&digits.len()) && is_digits(digits));
    let good_moment = (to_the_second && good_fraction) || has_shape(moment, "0000-00-00T00:00");
    let good_offset = (has_shape(offset, "+00:00") || has_shape(offset, "-00:00")) && offset[1..3] < *"24";
    good_moment && good_offset
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// Returns whether a text has a digit wherever `shape` has a `0`, and elsewhere what `shape` has.
fn has_shape(text: &str, shape: &str) -> bool {
    let fits = |(byte, shape): (u8, u8)| if shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(fits)
}

impl TryFrom<String> for Timestamp {
    type Error = TimeError;

    fn try_from(text: String) -> Result<Self, TimeError> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(moment: Timestamp) -> String {
        moment.to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(moment) => fmt::Display::fmt(&moment, f),
            Err(_) => write!(f, "{}ms", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(text: &str) -> Option<String> {
        text.parse::<Timestamp>().ok().map(|t| t.to_string())
    }

    #[test]
    fn one_moment_has_one_text_on_our_side() {
        for (text, ours) in [
            ("2026-02-10T19:00Z", "2026-02-10T19:00:00Z"),
            ("2026-02-10T19:00:00+01:00", "2026-02-10T18:00:00Z"),
            ("2026-02-10T19:00:00.250Z", "2026-02-10T19:00:00.25Z"),
            ("2026-02-10T19:00-00:00", "2026-02-10T19:00:00Z"),
            ("2026-02-10T19:00:00.123456789Z", "2026-02-10T19:00:00.123Z"),
            ("2026-02-10T00:30:00+14:00", "2026-02-09T10:30:00Z"),
        ] {
            assert_eq!(reads(text).as_deref(), Some(ours), "{text}");
        }
    }

    #[test]
    fn what_names_no_moment_is_refused() {
        for bad in [
            "",
            "now",
            "2026-02-10",
            "2026-02-10T19:00",
            "2026-02-10 19:00Z",
            "20260210T190000Z",
            "2026-02-30T19:00Z",
            "2026-02-10T25:00Z",
            "2026-02-10T24:00Z",
            "2026-02-10T19:00:60Z",
            "2026-02-10T19:00z",
            "2026-02-10T19:00+01",
            "2026-02-10T19:00+0100",
            "2026-02-10T19:00+01:00:30",
            "2026-02-10T19:00+24:00",
            "2026-02-10T19:00.5Z",
            "2026-02-10T19:00:00.Z",
            "2026-02-10T19:00:00.1234567890Z",
            "é026-02-10T19:00Z",
            "2026-02-10T19:0é:00",
            "2026-02-10T19:00Z[Europe/London]",
            "1969-12-31T23:59:59Z",
        ] {
            assert_eq!(reads(bad), None, "{bad}");
        }
    }

    #[test]
    fn arithmetic_stays_within_the_years_that_can_be_written() {
        let last = Timestamp::from_millis(i64::MAX);
        assert!(last.to_string().starts_with("9999-"));
        assert_eq!(last + Duration::MAX, last);
        assert_eq!((last - Duration::MAX).as_millis(), 0);
        assert_eq!(Timestamp::from_millis(0).since(last), Duration::ZERO);
    }
}
