//! JSON as JavaScript has it: texts of UTF-16 units, members in JavaScript's order, and the one text that `JSON.stringify` makes.
//!
//! The original signs what `JSON.stringify` gives, so whoever checks a signature has to write what JavaScript would have written.

#[cfg(test)]
mod properties;
mod read;
mod write;

use std::collections::BTreeSet;

use serde_json::{Number, Value};

pub use read::{NotJson, read};
pub use write::stringify;
pub(super) use write::stringify_members;

use crate::canonical::Object;

/// A text of JavaScript: UTF-16 units, which need not pair up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct JsText(pub(super) Vec<u16>);

impl JsText {
    /// The text, if it is one that can be written in UTF-8.
    #[must_use]
    pub fn to_utf8(&self) -> Option<String> {
        String::from_utf16(&self.0).ok()
    }

    /// The text with U+FFFD for each unit that has no partner: to be shown, never to be compared.
    #[must_use]
    pub fn to_lossy(&self) -> String {
        String::from_utf16_lossy(&self.0)
    }

    /// Returns whether it says this.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.0.iter().copied().eq(text.encode_utf16())
    }

    /// The number that this name is to JavaScript, which puts such members first: 0 to 2³² − 2, in its one spelling.
    fn as_index(&self) -> Option<u32> {
        const DIGITS: usize = 10;
        let is_one = self.0 == [u16::from(b'0')] || self.0.first() != Some(&u16::from(b'0'));
        if self.0.is_empty() || self.0.len() > DIGITS || !is_one {
            return None;
        }
        let digits = self.0.iter().map(|unit| char::from_u32(u32::from(*unit)).and_then(|c| c.to_digit(10)));
        let number = digits.into_iter().try_fold(0_u64, |sum, digit| Some(sum * 10 + u64::from(digit?)))?;
        u32::try_from(number).ok().filter(|index| *index < u32::MAX)
    }
}

impl From<&str> for JsText {
    fn from(text: &str) -> Self {
        Self(text.encode_utf16().collect())
    }
}

/// A value of JavaScript that JSON can say. Its numbers are finite.
#[derive(Debug, Clone, PartialEq)]
pub enum Js {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number: a finite IEEE 754 double.
    Number(f64),
    /// A text.
    Text(JsText),
    /// A list.
    List(Vec<Js>),
    /// An object.
    Members(JsMembers),
}

/// The members of an object, in the order in which JavaScript goes through them; no name stands twice.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JsMembers {
    /// Those whose names are numbers to JavaScript; smallest first.
    numbered: Vec<(u32, Js)>,
    /// The others, as they were put in.
    named: Vec<(JsText, Js)>,
}

impl JsMembers {
    /// An object with these members, unless a name stands twice.
    pub(super) fn of(members: Vec<(JsText, Js)>) -> Option<Self> {
        let mut numbered = Vec::new();
        let mut named = Vec::new();
        for (name, value) in members {
            match name.as_index() {
                Some(index) => numbered.push((index, value)),
                None => named.push((name, value)),
            }
        }
        numbered.sort_by_key(|(index, _)| *index);
        let repeated = numbered.windows(2).any(|pair| pair[0].0 == pair[1].0);
        let names: BTreeSet<&JsText> = named.iter().map(|(name, _)| name).collect();
        if repeated || names.len() < named.len() { None } else { Some(Self { numbered, named }) }
    }

    /// The member of this name, which is no number.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Js> {
        self.named.iter().find_map(|(named, value)| named.is(name).then_some(value))
    }

    /// Puts another value in the place of a member that is there, or at the end.
    pub(super) fn set(&mut self, name: &str, value: Js) {
        match self.named.iter_mut().find(|(named, _)| named.is(name)) {
            Some((_, old)) => *old = value,
            None => self.named.push((name.into(), value)),
        }
    }

    /// Every member, in JavaScript's order.
    fn iter(&self) -> impl Iterator<Item = (JsText, &Js)> {
        let numbered = self.numbered.iter().map(|(index, value)| (JsText::from(index.to_string().as_str()), value));
        numbered.chain(self.named.iter().map(|(name, value)| (name.clone(), value)))
    }

    /// As an object of ours: texts are shown [lossily](JsText::to_lossy), and names that look alike then are one.
    #[must_use]
    pub fn to_object(&self) -> Object {
        self.iter().map(|(name, value)| (name.to_lossy(), value.to_value())).collect()
    }
}

impl Js {
    /// The members, if it is an object.
    #[must_use]
    pub fn as_members(&self) -> Option<&JsMembers> {
        if let Self::Members(members) = self { Some(members) } else { None }
    }

    /// The text, if it is one that UTF-8 can write.
    #[must_use]
    pub fn as_text(&self) -> Option<String> {
        if let Self::Text(text) = self { text.to_utf8() } else { None }
    }

    /// As a value of ours, to be shown and stored.
    #[must_use]
    pub fn to_value(&self) -> Value {
        const SAFE: f64 = 9_007_199_254_740_991.0;
        match self {
            Self::Null => Value::Null,
            Self::Bool(is) => Value::Bool(*is),
            #[expect(clippy::cast_possible_truncation, reason = "it is whole, and within 2^53")]
            Self::Number(number) if number.fract() == 0.0 && number.abs() <= SAFE => Value::from(*number as i64),
            Self::Number(number) => Number::from_f64(*number).map_or(Value::Null, Value::Number),
            Self::Text(text) => Value::String(text.to_lossy()),
            Self::List(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Self::Members(members) => Value::Object(members.to_object()),
        }
    }
}

impl From<&Value> for Js {
    /// A value of ours as JavaScript would read it.
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(is) => Self::Bool(*is),
            Value::Number(number) => Self::Number(number.as_f64().unwrap_or(0.0)),
            Value::String(text) => Self::Text(text.as_str().into()),
            Value::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            Value::Object(object) => Self::Members(object.into()),
        }
    }
}

impl From<&Object> for JsMembers {
    fn from(object: &Object) -> Self {
        let members = object.iter().map(|(name, value)| (name.as_str().into(), value.into()));
        Self::of(members.collect()).unwrap_or_else(|| unreachable!("the names of an object are unique"))
    }
}
