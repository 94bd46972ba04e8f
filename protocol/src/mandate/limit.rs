//! The limits in a mandate: how much money, at which hours, how often in a day.

use std::fmt;
use std::str::FromStr;

use serde_json::{Value, json};

use super::{OutsideMandate, Use, only};
use crate::canonical::{Object, to_object};
use crate::json_reader::Members;
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// The limits in a mandate. What is absent is not limited, save that terms with an amount need a limit for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MandateLimits {
    /// Amount each time.
    pub spend: Option<Spend>,
    /// At which hours of the day what is agreed may lie.
    pub hours: Option<Hours>,
    /// Number of times in 24 hours.
    pub per_day: Option<u32>,
}

/// A sum of money, at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spend {
    /// The amount.
    pub amount: Amount,
    /// Of which money.
    pub currency: Currency,
}

/// An amount of money: up to twelve digits before the point, up to four after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(u64);

/// A currency's code of three capital letters (ISO 4217).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency([u8; 3]);

/// Hours of the day: minutes since midnight at a fixed offset from UTC, so that both sides read them alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    from: u16,
    until: u16,
    offset: i16,
}

/// The reason why a text is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// An amount.
    #[error("an amount is written with up to 12 digits, and up to 4 after the point, such as 80 or 79.99")]
    Amount,
    /// A currency.
    #[error("a currency is three capital letters, such as GBP")]
    Currency,
    /// Hours.
    #[error("hours are written from 09:00 until 22:00, the later after the earlier, with an offset such as +01:00")]
    Hours,
}

/// Members of terms that a limit speaks of; any other member is for the owner.
const UNDERSTOOD: [&str; 7] = ["subject", "description", "time", "minutes", "place", "amount", "currency"];
const MINUTES_OF_DAY: u16 = 24 * 60;

impl MandateLimits {
    /// The limits as they stand in a mandate.
    #[must_use]
    pub fn to_object(&self) -> Object {
        let mut object = Object::new();
        if let Some(Spend { amount, currency }) = self.spend {
            object.insert("amount".to_owned(), amount.to_string().into());
            object.insert("currency".to_owned(), currency.to_string().into());
        }
        if let Some(hours) = self.hours {
            object.insert("hours".to_owned(), hours.to_object().into());
        }
        if let Some(per_day) = self.per_day {
            object.insert("per_day".to_owned(), per_day.into());
        }
        object
    }

    /// Reads limits as they stand in a mandate.
    ///
    /// # Errors
    /// [`Refusal`] with the place, for a member that is no limit, too.
    pub fn read(object: &Object) -> Result<Self, Refusal> {
        only(object, &["amount", "currency", "hours", "per_day"])?;
        let members = Members::of(object);
        let spend = match (members.maybe_text("amount")?, members.maybe_text("currency")?) {
            (None, None) => None,
            (Some(amount), Some(currency)) => Some(Spend { amount, currency }),
            (Some(_), None) | (None, Some(_)) => {
                return Err(members.malformed("amount", "an amount and its currency go together"));
            }
        };
        let per_day = members.maybe("per_day").map(|number| number.count()).transpose()?;
        let per_day = per_day.map(u32::try_from).transpose().map_err(|error| members.malformed("per_day", error))?;
        let hours = members.maybe("hours").map(|hours| Hours::read(hours.object()?)).transpose()?;
        Ok(Self { spend, hours, per_day })
    }

    /// Checks whether these limits allow it.
    pub(super) fn allow(&self, what: &Use<'_>) -> Result<(), OutsideMandate> {
        if self.per_day.is_some_and(|most| what.used >= most) {
            return Err(OutsideMandate::Number);
        }
        let Some(terms) = what.terms else { return Ok(()) };
        if let Some(name) = terms.keys().find(|name| !UNDERSTOOD.contains(&name.as_str())) {
            return Err(OutsideMandate::Member(
                name.chars().take(40).filter(|c| !crate::name::is_unseen(*c)).collect(),
            ));
        }
        let priced = terms.contains_key("amount") || terms.contains_key("currency");
        if (priced || what.intent.as_str().starts_with("commerce.")) && !self.affords(terms) {
            return Err(OutsideMandate::Amount);
        }
        match self.hours {
            Some(hours) if !hours.hold(terms) => Err(OutsideMandate::Hours),
            Some(_) | None => Ok(()),
        }
    }

    fn affords(&self, terms: &Object) -> bool {
        let text = |name: &str| match terms.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => None,
        };
        let amount = text("amount").and_then(|text| text.parse::<Amount>().ok());
        let currency = text("currency").and_then(|text| text.parse::<Currency>().ok());
        self.spend.is_some_and(|most| amount.is_some_and(|is| is <= most.amount) && currency == Some(most.currency))
    }
}

impl FromStr for Amount {
    type Err = LimitError;

    fn from_str(text: &str) -> Result<Self, LimitError> {
        const BEFORE: usize = 12;
        const AFTER: usize = 4;
        let (before, after) = text.split_once('.').map_or((text, None), |(before, after)| (before, Some(after)));
        let digits = |part: &str, most| (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(before, BEFORE) || after.is_some_and(|after| !digits(after, AFTER)) {
            return Err(LimitError::Amount);
        }
        let whole = format!("{before}{:0<AFTER$}", after.unwrap_or_default());
        whole.parse().map(Self).map_err(|_| LimitError::Amount)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = self.0 / 10_000;
        let after = self.0 % 10_000;
        match after {
            0 => write!(f, "{before}"),
            _ if after.is_multiple_of(100) => write!(f, "{before}.{:02}", after / 100),
            _ => write!(f, "{before}.{after:04}"),
        }
    }
}

impl FromStr for Currency {
    type Err = LimitError;

    fn from_str(text: &str) -> Result<Self, LimitError> {
        let letters: [u8; 3] = text.as_bytes().try_into().map_err(|_| LimitError::Currency)?;
        if letters.iter().all(u8::is_ascii_uppercase) { Ok(Self(letters)) } else { Err(LimitError::Currency) }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|letter| write!(f, "{}", char::from(*letter)))
    }
}

impl Hours {
    /// From one time of the day until another, later one, at an offset from UTC: `09:00`, `22:00`, `+01:00`.
    ///
    /// # Errors
    /// [`LimitError::Hours`].
    pub fn new(from: &str, until: &str, offset: &str) -> Result<Self, LimitError> {
        let (sign, offset) = match offset.split_at_checked(1) {
            Some(("+", offset)) => (1, offset),
            Some(("-", offset)) => (-1, offset),
            Some(_) | None => return Err(LimitError::Hours),
        };
        let offset = i16::try_from(minutes(offset)?).map_err(|_| LimitError::Hours)?;
        let from = minutes(from)?;
        let until = minutes(until)?;
        if from >= until { Err(LimitError::Hours) } else { Ok(Self { from, until, offset: sign * offset }) }
    }

    fn read(object: &Object) -> Result<Self, Refusal> {
        only(object, &["from", "until", "offset"])?;
        let members = Members::of(object);
        let from = members.at("from")?;
        let until = members.at("until")?;
        let offset = members.at("offset")?;
        Self::new(from.str()?, until.str()?, offset.str()?).map_err(|error| members.malformed("from", error))
    }

    fn to_object(self) -> Object {
        let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let sign = if self.offset < 0 { '-' } else { '+' };
        let offset = format!("{sign}{}", clock(self.offset.unsigned_abs()));
        to_object(&json!({ "from": clock(self.from), "until": clock(self.until), "offset": offset }))
    }

    /// Returns whether what is agreed lies within the hours, from its `time` on for its `minutes`.
    fn hold(self, terms: &Object) -> bool {
        let time = terms.get("time").and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
        let lasts = match terms.get("minutes") {
            None => Some(0),
            Some(minutes) => minutes.as_i64().filter(|minutes| *minutes >= 0),
        };
        let Some(time) = time else { return false };
        let Some(lasts) = lasts else { return false };
        let of_day = (time.as_millis() / 60_000 + i64::from(self.offset)).rem_euclid(i64::from(MINUTES_OF_DAY));
        of_day >= i64::from(self.from) && of_day.saturating_add(lasts) <= i64::from(self.until)
    }
}

/// Minutes since midnight of a time such as `09:30`; the day ends at `24:00`.
fn minutes(text: &str) -> Result<u16, LimitError> {
    let two = |part: &str| (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok());
    let (hours, minutes) = text.split_once(':').ok_or(LimitError::Hours)?;
    match (two(hours).flatten(), two(minutes).flatten()) {
        (Some(hours @ 0..24_u16), Some(minutes @ 0..60_u16)) => Ok(hours * 60 + minutes),
        (Some(24), Some(0)) => Ok(MINUTES_OF_DAY),
        (Some(_) | None, _) => Err(LimitError::Hours),
    }
}
