//! Reads the members of JSON documents into types, and knows the place of whatever is not as it must be.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64;
use serde_json::Value;

use crate::canonical::Object;
use crate::code::Code;
use crate::refusal::Refusal;

/// The version that every document of this protocol names.
pub(crate) const VERSION: &str = "0.2";

/// A place in a document. It is written as text only when a refusal needs it.
#[derive(Clone, Copy)]
enum DocumentPath<'a> {
    Root,
    Name(&'a DocumentPath<'a>, &'static str),
    Index(&'a DocumentPath<'a>, usize),
}

impl fmt::Display for DocumentPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Name(parent, name) => write!(f, "{parent}/{name}"),
            Self::Index(parent, index) => write!(f, "{parent}/{index}"),
        }
    }
}

/// The members of one object.
pub(crate) struct Members<'a> {
    object: &'a Object,
    place: DocumentPath<'a>,
}

/// One value and its place.
pub(crate) struct Item<'a> {
    value: &'a Value,
    place: DocumentPath<'a>,
}

impl<'a> Members<'a> {
    /// The members of the document itself.
    pub(crate) fn of(object: &'a Object) -> Self {
        Self { object, place: DocumentPath::Root }
    }

    /// A member that must be there; `null` is a value of it.
    pub(crate) fn at<'s>(&'s self, name: &'static str) -> Result<Item<'s>, Refusal> {
        let value = self.object.get(name).ok_or_else(|| self.malformed(name, "it is missing"))?;
        Ok(Item { value, place: DocumentPath::Name(&self.place, name) })
    }

    /// A member that may be left out; `null` is the same as leaving it out.
    pub(crate) fn maybe<'s>(&'s self, name: &'static str) -> Option<Item<'s>> {
        let value = self.object.get(name).filter(|value| !value.is_null())?;
        Some(Item { value, place: DocumentPath::Name(&self.place, name) })
    }

    /// A text that must be there, as the type it stands for.
    pub(crate) fn text<T: FromStr<Err: fmt::Display>>(&self, name: &'static str) -> Result<T, Refusal> {
        self.at(name)?.text()
    }

    /// A text that may be left out, as the type it stands for.
    pub(crate) fn maybe_text<T: FromStr<Err: fmt::Display>>(&self, name: &'static str) -> Result<Option<T>, Refusal> {
        self.maybe(name).map(|item| item.text()).transpose()
    }

    /// Bytes that must be there, written in base64 (RFC 4648 §4, with padding).
    pub(crate) fn base64(&self, name: &'static str) -> Result<Vec<u8>, Refusal> {
        let item = self.at(name)?;
        base64(item.str()?).ok_or_else(|| item.malformed("base64 is needed here"))
    }

    /// A list that must be there, of at most `most` entries.
    pub(crate) fn list<T>(
        &self,
        name: &'static str,
        most: usize,
        read: impl FnMut(Item<'_>) -> Result<T, Refusal>,
    ) -> Result<Vec<T>, Refusal> {
        self.at(name)?.list(most, read)
    }

    /// A list that may be left out, of at most `most` entries.
    pub(crate) fn maybe_list<T>(
        &self,
        name: &'static str,
        most: usize,
        read: impl FnMut(Item<'_>) -> Result<T, Refusal>,
    ) -> Result<Vec<T>, Refusal> {
        self.maybe(name).map_or_else(|| Ok(Vec::new()), |item| item.list(most, read))
    }

    /// Checks the version of the protocol, before anything else is read.
    pub(crate) fn check_version(&self) -> Result<(), Refusal> {
        match self.at("ai2ai")?.str()? {
            VERSION => Ok(()),
            _ => Err(self.refused(Code::UnsupportedVersion, "ai2ai").because("this node speaks 0.2")),
        }
    }

    /// Checks that the document is of this kind.
    pub(crate) fn check_type(&self, kind: &str) -> Result<(), Refusal> {
        let item = self.at("type")?;
        if item.str()? == kind { Ok(()) } else { Err(item.malformed(format_args!("`{kind}` is needed here"))) }
    }

    /// A refusal at one of these members.
    pub(crate) fn refused(&self, code: Code, name: &'static str) -> Refusal {
        Refusal::new(code, DocumentPath::Name(&self.place, name).to_string())
    }

    /// One of these members is not as it must be.
    pub(crate) fn malformed(&self, name: &'static str, reason: impl fmt::Display) -> Refusal {
        self.refused(Code::Malformed, name).because(reason)
    }
}

impl<'a> Item<'a> {
    /// An object.
    pub(crate) fn object(&self) -> Result<&'a Object, Refusal> {
        self.value.as_object().ok_or_else(|| self.malformed("an object is needed here"))
    }

    /// The members of an object.
    pub(crate) fn members(&self) -> Result<Members<'a>, Refusal> {
        Ok(Members { object: self.object()?, place: self.place })
    }

    /// A text.
    pub(crate) fn str(&self) -> Result<&'a str, Refusal> {
        self.value.as_str().ok_or_else(|| self.malformed("a text is needed here"))
    }

    /// A text, as the type it stands for.
    pub(crate) fn text<T: FromStr<Err: fmt::Display>>(&self) -> Result<T, Refusal> {
        self.str()?.parse().map_err(|error| self.malformed(error))
    }

    /// A whole number from 0 on.
    pub(crate) fn count(&self) -> Result<u64, Refusal> {
        self.value.as_u64().ok_or_else(|| self.malformed("a whole number from 0 on is needed here"))
    }

    /// The value as it stands.
    pub(crate) fn value(&self) -> &'a Value {
        self.value
    }

    /// A list of at most `most` entries.
    pub(crate) fn list<T>(
        &self,
        most: usize,
        mut read: impl FnMut(Item<'_>) -> Result<T, Refusal>,
    ) -> Result<Vec<T>, Refusal> {
        let values = self.value.as_array().ok_or_else(|| self.malformed("a list is needed here"))?;
        if values.len() > most {
            return Err(self.refused(Code::TooLarge).because(format_args!("at most {most} entries are read")));
        }
        let at = |index| DocumentPath::Index(&self.place, index);
        values.iter().enumerate().map(|(index, value)| read(Item { value, place: at(index) })).collect()
    }

    /// A refusal at this value.
    pub(crate) fn refused(&self, code: Code) -> Refusal {
        Refusal::new(code, self.place.to_string())
    }

    /// This value is not as it must be.
    pub(crate) fn malformed(&self, reason: impl fmt::Display) -> Refusal {
        self.refused(Code::Malformed).because(reason)
    }
}

/// The bytes that a text of base64 stands for. Each has one such text: the decoder alone takes several padded texts in a row
/// for one, so that a signature could be written in two ways.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let is_one = !text.trim_end_matches('=').contains('=');
    if is_one { BASE64.decode(text.as_bytes()).ok() } else { None }
}
