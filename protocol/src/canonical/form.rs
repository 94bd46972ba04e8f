//! The canonical form (RFC 8785), written straight from JSON values.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::Object;

/// A value that has a canonical form.
pub trait Canonical {
    /// Writes the form after what is there.
    fn write(&self, form: &mut Vec<u8>);
}

impl Canonical for Value {
    fn write(&self, form: &mut Vec<u8>) {
        match self {
            Self::Null => form.extend(b"null"),
            Self::Bool(true) => form.extend(b"true"),
            Self::Bool(false) => form.extend(b"false"),
            Self::Number(number) => write_number(number, form),
            Self::String(text) => text.write(form),
            Self::Array(items) => write_list(b'[', items.iter(), Canonical::write, b']', form),
            Self::Object(object) => object.write(form),
        }
    }
}

impl Canonical for Object {
    fn write(&self, form: &mut Vec<u8>) {
        write_members(self.iter(), form);
    }
}

/// RFC 8785 §3.2.2.2 escapes what serde_json escapes, in the same way.
impl Canonical for str {
    fn write(&self, form: &mut Vec<u8>) {
        serde_json::to_writer(form, self).expect("a text is written to memory");
    }
}

impl Canonical for String {
    fn write(&self, form: &mut Vec<u8>) {
        self.as_str().write(form);
    }
}

/// Writes an object that has these members.
pub(crate) fn write_members<'a>(members: impl Iterator<Item = (&'a String, &'a Value)>, form: &mut Vec<u8>) {
    let mut members: Vec<(&String, &Value)> = members.collect();
    members.sort_by(|(one, _), (other, _)| in_order(one, other));
    let write_member = |(name, value): (&String, &Value), form: &mut Vec<u8>| {
        name.write(form);
        form.push(b':');
        value.write(form);
    };
    write_list(b'{', members.into_iter(), write_member, b'}', form);
}

fn write_list<T>(
    opening: u8,
    items: impl Iterator<Item = T>,
    write: impl Fn(T, &mut Vec<u8>),
    closing: u8,
    form: &mut Vec<u8>,
) {
    form.push(opening);
    for (place, item) in items.enumerate() {
        if place > 0 {
            form.push(b',');
        }
        write(item, form);
    }
    form.push(closing);
}

/// Names are in the order of their UTF-16 code units (RFC 8785 §3.2.3); for ASCII that is the order of bytes.
fn in_order(one: &str, other: &str) -> Ordering {
    if one.is_ascii() && other.is_ascii() { one.cmp(other) } else { one.encode_utf16().cmp(other.encode_utf16()) }
}

/// Integers that a double holds are their digits; for the rest there is ECMAScript's rule, which is not simple.
fn write_number(number: &Number, form: &mut Vec<u8>) {
    const SAFE: u64 = 1 << 53;
    match number.as_i64() {
        Some(whole) if whole.unsigned_abs() <= SAFE => form.extend(whole.to_string().bytes()),
        Some(_) | None => {
            form.extend(serde_json_canonicalizer::to_vec(number).expect("a JSON number is finite"));
        }
    }
}
