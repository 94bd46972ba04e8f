//! `JSON.parse`, with bounds; and what two readers would read differently is refused.
//!
//! Unlike JavaScript it refuses a name that stands twice in one object, and a number that no double can come near.

use crate::limits::JSON_DEPTH;

use super::{Js, JsMembers, JsText};

/// These bytes are no JSON that is read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no JSON that all readers read alike")]
pub struct NotJson;

type JsonResult<T> = Result<T, NotJson>;

/// Reads one value of JSON, nested at most [`JSON_DEPTH`] deep, and nothing after it.
///
/// # Errors
/// [`NotJson`].
pub fn read(bytes: &[u8]) -> JsonResult<Js> {
    let text = std::str::from_utf8(bytes).map_err(|_| NotJson)?;
    let mut reader = JsonReader { text, at: 0 };
    let value = reader.value(0)?;
    reader.skip_space();
    if reader.at == text.len() { Ok(value) } else { Err(NotJson) }
}

struct JsonReader<'a> {
    text: &'a str,
    at: usize,
}

impl JsonReader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> JsonResult<u8> {
        let byte = self.peek().ok_or(NotJson)?;
        self.at += 1;
        Ok(byte)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> JsonResult<Js> {
        self.skip_space();
        match self.peek().ok_or(NotJson)? {
            b'{' => self.members(depth + 1),
            b'[' => self.list(depth + 1),
            b'"' => self.string().map(Js::Text),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word("true", Js::Bool(true)),
            b'f' => self.word("false", Js::Bool(false)),
            b'n' => self.word("null", Js::Null),
            _ => Err(NotJson),
        }
    }

    fn word(&mut self, word: &str, means: Js) -> JsonResult<Js> {
        let rest = self.text.get(self.at..).ok_or(NotJson)?;
        if !rest.starts_with(word) {
            return Err(NotJson);
        }
        self.at += word.len();
        Ok(means)
    }

    /// After an opening bracket: whether the closing one follows at once.
    fn opens(&mut self, depth: usize, closing: u8) -> JsonResult<bool> {
        if depth > JSON_DEPTH {
            return Err(NotJson);
        }
        self.at += 1;
        self.skip_space();
        let is_empty = self.peek() == Some(closing);
        self.at += usize::from(is_empty);
        Ok(is_empty)
    }

    /// After an item: whether another one follows.
    fn goes_on(&mut self, closing: u8) -> JsonResult<bool> {
        self.skip_space();
        match self.next()? {
            b',' => Ok(true),
            byte if byte == closing => Ok(false),
            _ => Err(NotJson),
        }
    }

    fn list(&mut self, depth: usize) -> JsonResult<Js> {
        let mut items = Vec::new();
        if self.opens(depth, b']')? {
            return Ok(Js::List(items));
        }
        loop {
            items.push(self.value(depth)?);
            if !self.goes_on(b']')? {
                return Ok(Js::List(items));
            }
        }
    }

    fn members(&mut self, depth: usize) -> JsonResult<Js> {
        let mut members = Vec::new();
        if self.opens(depth, b'}')? {
            return Ok(Js::Members(JsMembers::default()));
        }
        loop {
            self.skip_space();
            let name = self.string()?;
            self.skip_space();
            if self.next()? != b':' {
                return Err(NotJson);
            }
            members.push((name, self.value(depth)?));
            if !self.goes_on(b'}')? {
                return JsMembers::of(members).map(Js::Members).ok_or(NotJson);
            }
        }
    }

    fn digits(&mut self) -> JsonResult<()> {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at > from { Ok(()) } else { Err(NotJson) }
    }

    fn number(&mut self) -> JsonResult<Js> {
        let from = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        let text = self.text.get(from..self.at).ok_or(NotJson)?;
        let number: f64 = text.parse().map_err(|_| NotJson)?;
        if number.is_finite() { Ok(Js::Number(number)) } else { Err(NotJson) }
    }

    fn string(&mut self) -> JsonResult<JsText> {
        if self.next()? != b'"' {
            return Err(NotJson);
        }
        let mut units = Vec::new();
        loop {
            let rest = self.text.get(self.at..).ok_or(NotJson)?;
            let c = rest.chars().next().ok_or(NotJson)?;
            self.at += c.len_utf8();
            match c {
                '"' => return Ok(JsText(units)),
                '\\' => units.push(self.escape()?),
                c if c < ' ' => return Err(NotJson),
                c => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
            }
        }
    }

    fn escape(&mut self) -> JsonResult<u16> {
        let unit = match self.next()? {
            b'"' => b'"',
            b'\\' => b'\\',
            b'/' => b'/',
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => return self.four_digits(),
            _ => return Err(NotJson),
        };
        Ok(u16::from(unit))
    }

    fn four_digits(&mut self) -> JsonResult<u16> {
        let digits = self.text.get(self.at..self.at + 4).ok_or(NotJson)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NotJson);
        }
        self.at += 4;
        u16::from_str_radix(digits, 16).map_err(|_| NotJson)
    }
}
