//! Vectors: an input each, and the outcome that every implementation has to have.

use std::collections::BTreeMap;

use ai2ai_protocol::code::Code;
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

/// One file of vectors.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct File {
    /// Subject of the vectors, and the meaning of their members.
    pub(crate) about: String,
    /// The vectors.
    pub(crate) vectors: Vec<Vector>,
}

/// An input, and what every implementation has to make of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Vector {
    /// The point that it shows.
    pub(crate) name: String,
    /// Knowledge of the reader beside the input.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) given: BTreeMap<String, String>,
    /// The input, where it is a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<String>,
    /// The input, where it is no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) input_base64: Option<String>,
    /// The outcome; or the `code` of the refusal, and the `place` that this implementation names.
    pub(crate) result: BTreeMap<String, String>,
}

impl Vector {
    /// A vector whose input is good.
    pub(crate) fn good<const N: usize>(name: &str, input: impl Into<Vec<u8>>, result: [(&str, String); N]) -> Self {
        let (text, bytes) = match String::from_utf8(input.into()) {
            Ok(text) => (Some(text), None),
            Err(error) => (None, Some(BASE64.encode(error.as_bytes()))),
        };
        let result = result.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { name: name.to_owned(), given: BTreeMap::new(), input: text, input_base64: bytes, result }
    }

    /// A vector whose input is refused.
    pub(crate) fn bad(name: &str, input: impl Into<Vec<u8>>, code: Code, place: &str) -> Self {
        Self::good(name, input, [("code", code.to_string()), ("place", place.to_owned())])
    }

    /// The same vector, with something that the reader knows.
    pub(crate) fn given(mut self, name: &str, value: impl ToString) -> Self {
        self.given.insert(name.to_owned(), value.to_string());
        self
    }
}

impl File {
    /// The file, as it is published.
    pub(crate) fn text(&self) -> String {
        serde_json::to_string_pretty(self).expect("texts are JSON") + "\n"
    }
}
