//! The one place where JSON is read or written: strict reading, and the canonical form of RFC 8785 (JCS).
//!
//! What two readers could read differently is refused before any canonical form is made: duplicate member names,
//! numbers that a double does not give back as written, lone surrogates, bytes that are no UTF-8.

mod error;
mod form;
mod lexical;
#[cfg(test)]
mod properties;
mod strict;

use serde::Serialize;

pub use error::JsonError;
pub use form::Canonical;
pub(crate) use form::write_members;
pub(crate) use strict::read_collection;
pub use strict::{read_object, read_value};

/// A JSON object.
pub type Object = serde_json::Map<String, serde_json::Value>;

/// The RFC 8785 form of a value.
///
/// Equal values have equal bytes, whoever wrote them and however.
#[must_use]
pub fn canonical<T: Canonical + ?Sized>(value: &T) -> Vec<u8> {
    let mut form = Vec::new();
    value.write(&mut form);
    form
}

/// A document of ours as a JSON object.
pub(crate) fn to_object<T: Serialize>(document: &T) -> Object {
    match serde_json::to_value(document) {
        Ok(serde_json::Value::Object(object)) => object,
        _ => unreachable!("documents are structs with text, number and list members"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8785 §3.2.2 and §3.2.3, its own examples.
    #[test]
    fn the_rfc_examples_have_the_rfcs_bytes() {
        let text = r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#;
        let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let expected = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
        assert_eq!(String::from_utf8(canonical(&value)).as_deref(), Ok(expected));

        let order = r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#;
        let value: serde_json::Value = serde_json::from_str(order).expect("JSON");
        let names: Vec<String> = String::from_utf8(canonical(&value))
            .expect("UTF-8")
            .split("\":\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap_or_default().to_owned())
            .collect();
        let expected = [
            "Carriage Return",
            "One",
            "Control",
            "Latin Small Letter O With Diaeresis",
            "Euro Sign",
            "Emoji: Grinning Face",
            "Hebrew Letter Dalet With Dagesh",
        ];
        assert_eq!(names, expected);
    }
}
