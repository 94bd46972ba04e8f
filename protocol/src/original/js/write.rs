//! `JSON.stringify`, as ECMAScript 2024 §25.5.2 has it, without white space.

use std::char::decode_utf16;
use std::fmt::Write as _;

use super::{Js, JsText};

/// Returns what `JSON.stringify` makes of a value. It is UTF-8, since units without a partner are written as escapes.
#[must_use]
pub fn stringify(value: &Js) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

/// Returns what `JSON.stringify` makes of an object with these members, in this order.
pub(in crate::original) fn stringify_members<'a>(members: impl Iterator<Item = (&'a str, &'a Js)>) -> String {
    let mut text = String::new();
    let members = members.map(|(name, value)| (JsText::from(name), value));
    write_members(members, &mut text);
    text
}

fn write(value: &Js, out: &mut String) {
    match value {
        Js::Null => out.push_str("null"),
        Js::Bool(true) => out.push_str("true"),
        Js::Bool(false) => out.push_str("false"),
        Js::Number(number) => write_number(*number, out),
        Js::Text(text) => write_text(text, out),
        Js::List(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Js::Members(members) => write_members(members.iter(), out),
    }
}

fn write_members<'a>(members: impl Iterator<Item = (JsText, &'a Js)>, out: &mut String) {
    out.push('{');
    for (place, (name, value)) in members.enumerate() {
        if place > 0 {
            out.push(',');
        }
        write_text(&name, out);
        out.push(':');
        write(value, out);
    }
    out.push('}');
}

/// `Number::toString` (§6.1.6.1.20): RFC 8785 took the same spelling over, and minus zero is `0`.
fn write_number(number: f64, out: &mut String) {
    if number == 0.0 {
        out.push('0');
        return;
    }
    let text = serde_json_canonicalizer::to_string(&number);
    out.push_str(&text.unwrap_or_else(|_| "null".to_owned()));
}

/// `QuoteJSONString` (§25.5.2.3).
fn write_text(text: &JsText, out: &mut String) {
    out.push('"');
    for unit in decode_utf16(text.0.iter().copied()) {
        match unit {
            Ok('"') => out.push_str("\\\""),
            Ok('\\') => out.push_str("\\\\"),
            Ok('\u{8}') => out.push_str("\\b"),
            Ok('\t') => out.push_str("\\t"),
            Ok('\n') => out.push_str("\\n"),
            Ok('\u{c}') => out.push_str("\\f"),
            Ok('\r') => out.push_str("\\r"),
            Ok(c) if c < ' ' => write_escape(c as u16, out),
            Ok(c) => out.push(c),
            Err(lone) => write_escape(lone.unpaired_surrogate(), out),
        }
    }
    out.push('"');
}

fn write_escape(unit: u16, out: &mut String) {
    write!(out, "\\u{unit:04x}").expect("a text is written to memory");
}
