//! Strict reading: one text, one meaning, and a bound on everything.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{JsonError, Object, lexical};
use crate::limits::JSON_DEPTH;

/// Reads one JSON value of at most `limit` bytes, and nothing after it.
///
/// # Errors
/// [`JsonError`] names what is wrong and where.
pub fn read_value(bytes: &[u8], limit: usize) -> Result<Value, JsonError> {
    read(bytes, limit, JSON_DEPTH)
}

/// Reads one JSON object that holds other documents as its members, each as deep as a document may be.
pub(crate) fn read_collection(bytes: &[u8], limit: usize) -> Result<Object, JsonError> {
    object(read(bytes, limit, JSON_DEPTH + 2)?)
}

fn read(bytes: &[u8], limit: usize, depth: usize) -> Result<Value, JsonError> {
    if bytes.len() > limit {
        return Err(JsonError::TooLarge { size: bytes.len(), limit });
    }
    lexical::check(bytes, depth)?;
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict.deserialize(&mut reader).map_err(malformed)?;
    reader.end().map_err(malformed)?;
    Ok(value)
}

/// Reads one JSON object of at most `limit` bytes, and nothing after it.
///
/// # Errors
/// [`JsonError`] names what is wrong and where.
pub fn read_object(bytes: &[u8], limit: usize) -> Result<Object, JsonError> {
    object(read_value(bytes, limit)?)
}

fn object(value: Value) -> Result<Object, JsonError> {
    match value {
        Value::Object(object) => Ok(object),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(JsonError::Malformed("a JSON object is needed here".to_owned()))
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is the shape that map_err wants")]
fn malformed(error: serde_json::Error) -> JsonError {
    JsonError::Malformed(error.to_string())
}

/// Reads any value, and refuses duplicate member names at every depth.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    /// `90.0` and `9e1` are the integer 90, as they are in the canonical form.
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        let whole = value.fract() == 0.0 && value.abs() <= lexical::MAX_SAFE;
        #[expect(clippy::cast_possible_truncation, reason = "it is whole, and within 2^53")]
        Ok(if whole { Value::from(value as i64) } else { Value::from(value) })
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Object::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(Self)?;
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a member name that stands twice in one object"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(text: &str) -> Result<Value, JsonError> {
        read_value(text.as_bytes(), 1_000)
    }

    #[test]
    fn json_is_read() {
        for good in ["null", "{}", "[]", r#"{"a":[1,-2,3.5,"x",true,false,null]}"#, " {\"a\" : {} } ", "\"😀\""] {
            assert_eq!(reads(good).ok(), serde_json::from_str(good).ok(), "{good}");
        }
    }

    #[test]
    fn what_readers_could_read_differently_is_refused() {
        for bad in [
            "",
            "{",
            "{}{}",
            "{} x",
            "nul",
            "[1,]",
            "{'a':1}",
            "\u{feff}{}",
            "NaN",
            "01",
            "+1",
            r#""\ud800""#,
            r#"{"a":1,"a":1}"#,
            r#"{"x":[{"b":{},"b":[]}]}"#,
            r#"{"a":1,"\u0061":2}"#,
            "9007199254740993",
        ] {
            assert!(reads(bad).is_err(), "{bad}");
        }
        assert!(read_value(b"\"\xff\"", 100).is_err());
        assert!(read_value(b"\xc3", 100).is_err());
    }

    #[test]
    fn one_number_has_one_value_however_it_is_written() {
        for (text, number) in [("90.0", 90), ("9e1", 90), ("-0.0", 0), ("-0", 0), ("-1.50e2", -150)] {
            assert_eq!(reads(text), Ok(number.into()), "{text}");
        }
        assert_eq!(reads("0.5"), Ok(0.5.into()));
    }

    #[test]
    fn size_and_depth_have_bounds_that_are_named() {
        let long = format!("\"{}\"", "x".repeat(999));
        assert_eq!(reads(&long), Err(JsonError::TooLarge { size: 1_001, limit: 1_000 }));
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(reads(&nested(JSON_DEPTH)).is_ok());
        assert_eq!(reads(&nested(JSON_DEPTH + 1)), Err(JsonError::TooDeep { place: JSON_DEPTH, depth: JSON_DEPTH }));
        assert!(read_value("[".repeat(1_000_000).as_bytes(), usize::MAX).is_err());
    }

    #[test]
    fn only_an_object_is_an_object() {
        for bad in ["null", "[]", "1", "\"x\""] {
            assert!(matches!(read_object(bad.as_bytes(), 100), Err(JsonError::Malformed(_))), "{bad}");
        }
    }
}
