//! Bytes and rows: a value is one byte with the version of its form, and then JSON.
//!
//! Rows that carry a document keep it after the JSON, byte for byte: the length of the JSON as four big-endian bytes
//! stands before it. Rows that are changed often keep what they stand under in their indexes before the JSON, in a
//! fixed number of bytes: a change finds the old entries without reading the JSON.
//!
//! A row of the protocol's original, in a table where native ones stand, has a form of its own.

pub mod wire;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::StoreError;
use crate::rows::wire::Wire;

/// The version of every row's form.
const FORM: u8 = 1;
/// The form of a row of the original, where the table has native ones.
const LEGACY: u8 = 2;
/// The bytes that say how long the JSON before a document is.
const LENGTH: usize = 4;

/// A row that carries a document. Its JSON leaves the document out.
pub(crate) trait DocumentRow: Serialize + DeserializeOwned {
    /// The document.
    fn document(&self) -> &[u8];
    /// The same row with this document.
    fn carrying(self, document: Vec<u8>) -> Self;
}

/// The bytes of a row.
pub(crate) fn encode<R: Serialize>(row: &R) -> Vec<u8> {
    let mut bytes = vec![FORM];
    write_json(&mut bytes, row);
    bytes
}

/// The row that these bytes are. `table` is where they stood, for the error.
pub(crate) fn decode<R: DeserializeOwned>(table: &str, bytes: &[u8]) -> Result<R, StoreError> {
    read_json(table, form_1(table, bytes)?)
}

/// The bytes of a row of the original.
pub(crate) fn encode_legacy<R: Serialize>(row: &R) -> Vec<u8> {
    let mut bytes = vec![LEGACY];
    write_json(&mut bytes, row);
    bytes
}

/// The row that these bytes are, on whichever wire it is.
pub(crate) fn decode_wire<N: DeserializeOwned, L: DeserializeOwned>(
    table: &str,
    bytes: &[u8],
) -> Result<Wire<N, L>, StoreError> {
    decode_keyed_wire::<0, _, _>(table, bytes)
}

/// The row of the original that these bytes are.
pub(crate) fn decode_legacy<L: DeserializeOwned>(table: &str, bytes: &[u8]) -> Result<L, StoreError> {
    match form_of(table, bytes)? {
        (Form::Legacy, json) => read_json(table, json),
        (Form::Native, _) => Err(unknown_form(table, FORM)),
    }
}

/// Returns whether these bytes are a row of the original.
pub(crate) fn is_legacy(bytes: &[u8]) -> bool {
    bytes.first() == Some(&LEGACY)
}

/// The bytes of a row and its document.
pub(crate) fn encode_carrier<R: DocumentRow>(row: &R) -> Vec<u8> {
    let mut bytes = vec![FORM, 0, 0, 0, 0];
    write_json(&mut bytes, row);
    let json = u32::try_from(bytes.len() - 1 - LENGTH).expect("a row without its document is small");
    bytes[1..=LENGTH].copy_from_slice(&json.to_be_bytes());
    bytes.extend_from_slice(row.document());
    bytes
}

/// The row that these bytes are, with its document.
pub(crate) fn decode_carrier<R: DocumentRow>(table: &str, bytes: &[u8]) -> Result<R, StoreError> {
    let (json, document) = split_carrier(table, bytes)?;
    Ok(read_json::<R>(table, json)?.carrying(document.to_vec()))
}

/// Some of the members of a row that carries a document, which is not read.
pub(crate) fn decode_part<P: DeserializeOwned>(table: &str, bytes: &[u8]) -> Result<P, StoreError> {
    read_json(table, split_carrier(table, bytes)?.0)
}

fn split_carrier<'b>(table: &str, bytes: &'b [u8]) -> Result<(&'b [u8], &'b [u8]), StoreError> {
    let (length, rest) = form_1(table, bytes)?.split_first_chunk::<LENGTH>().ok_or_else(|| cut_short(table))?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| cut_short(table))?;
    rest.split_at_checked(length).ok_or_else(|| cut_short(table))
}

/// The error for an index that names a row which is not there.
pub(crate) fn dangling(table: &str) -> StoreError {
    StoreError::Damaged { what: format!("an index names a row of {table} that is not there") }
}

/// The bytes of a row, with `keys` before its JSON.
pub(crate) fn encode_keyed<const W: usize, R: Serialize>(keys: &[u8; W], row: &R) -> Vec<u8> {
    let mut bytes = vec![FORM];
    bytes.extend_from_slice(keys);
    write_json(&mut bytes, row);
    bytes
}

/// The bytes of a row of the original, with `keys` before its JSON.
pub(crate) fn encode_keyed_legacy<const W: usize, R: Serialize>(keys: &[u8; W], row: &R) -> Vec<u8> {
    let mut bytes = vec![LEGACY];
    bytes.extend_from_slice(keys);
    write_json(&mut bytes, row);
    bytes
}

/// Returns what stands before the JSON of a row, on whichever wire it is.
pub(crate) fn keys_of<const W: usize>(table: &str, bytes: &[u8]) -> Result<[u8; W], StoreError> {
    form_of(table, bytes)?.1.first_chunk().copied().ok_or_else(|| cut_short(table))
}

/// The row behind `W` bytes of keys.
pub(crate) fn decode_keyed<const W: usize, R: DeserializeOwned>(table: &str, bytes: &[u8]) -> Result<R, StoreError> {
    read_json(table, form_1(table, bytes)?.get(W..).ok_or_else(|| cut_short(table))?)
}

/// The row behind `W` bytes of keys, on whichever wire it is.
pub(crate) fn decode_keyed_wire<const W: usize, N: DeserializeOwned, L: DeserializeOwned>(
    table: &str,
    bytes: &[u8],
) -> Result<Wire<N, L>, StoreError> {
    let (form, rest) = form_of(table, bytes)?;
    let json = rest.get(W..).ok_or_else(|| cut_short(table))?;
    Ok(match form {
        Form::Native => Wire::Native(read_json(table, json)?),
        Form::Legacy => Wire::Legacy(read_json(table, json)?),
    })
}

/// The form of an identity in rows: 64 hexadecimal digits, which are read and written far faster than base58.
pub(crate) mod hex {
    use ai2ai_protocol::did::Did;
    use data_encoding::HEXLOWER;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(did: &Did, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&HEXLOWER.encode(&did.to_bytes()))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Did, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(D::Error::custom)?;
        Ok(Did::from_bytes(bytes.try_into().map_err(|_| D::Error::custom("an identity has 32 bytes"))?))
    }
}

fn write_json<R: Serialize>(bytes: &mut Vec<u8>, row: &R) {
    serde_json::to_writer(bytes, row).expect("rows are structs of texts, numbers and lists");
}

fn read_json<R: DeserializeOwned>(table: &str, json: &[u8]) -> Result<R, StoreError> {
    serde_json::from_slice(json)
        .map_err(|error| StoreError::Damaged { what: format!("a row of {table} does not read: {error}") })
}

/// The JSON of a row that has neither keys nor a document before or after it.
pub(crate) fn json_of<'b>(table: &str, bytes: &'b [u8]) -> Result<&'b [u8], StoreError> {
    form_1(table, bytes)
}

fn form_1<'b>(table: &str, bytes: &'b [u8]) -> Result<&'b [u8], StoreError> {
    match form_of(table, bytes)? {
        (Form::Native, rest) => Ok(rest),
        (Form::Legacy, _) => Err(unknown_form(table, LEGACY)),
    }
}

enum Form {
    Native,
    Legacy,
}

fn form_of<'b>(table: &str, bytes: &'b [u8]) -> Result<(Form, &'b [u8]), StoreError> {
    match bytes.split_first() {
        Some((&FORM, rest)) => Ok((Form::Native, rest)),
        Some((&LEGACY, rest)) => Ok((Form::Legacy, rest)),
        Some((form, _)) => Err(unknown_form(table, *form)),
        None => Err(cut_short(table)),
    }
}

fn unknown_form(table: &str, form: u8) -> StoreError {
    StoreError::Damaged { what: format!("a row of {table} has the unknown form {form}") }
}

fn cut_short(table: &str) -> StoreError {
    StoreError::Damaged { what: format!("a row of {table} is cut short") }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
    struct Note {
        by: String,
        #[serde(skip)]
        document: Vec<u8>,
    }

    impl DocumentRow for Note {
        fn document(&self) -> &[u8] {
            &self.document
        }

        fn carrying(self, document: Vec<u8>) -> Self {
            Self { document, ..self }
        }
    }

    fn note() -> Note {
        Note { by: "Alex".to_owned(), document: b"{\"any\": \xff\x00 bytes".to_vec() }
    }

    #[test]
    fn a_document_comes_back_byte_for_byte() {
        assert_eq!(decode_carrier::<Note>("notes", &encode_carrier(&note())).expect("readable"), note());
    }

    #[test]
    fn a_row_begins_with_its_form() {
        assert_eq!(encode(&"x"), b"\x01\"x\"");
        assert_eq!(decode::<String>("texts", b"\x01\"x\"").expect("readable"), "x");
    }

    #[test]
    fn bytes_that_are_no_row_are_an_error_that_names_the_table() {
        let whole = encode_carrier(&note());
        let json_only = whole.len() - note().document.len();
        for length in 0..json_only {
            decode_carrier::<Note>("notes", &whole[..length]).expect_err("cut short");
        }
        for bad in [&b""[..], b"\x01", b"\x02\"x\"", b"\x01\"x", b"\x01\xff\xff\xff\xff{}"] {
            let error = decode::<String>("texts", bad).expect_err("no row").to_string();
            assert!(error.contains("texts"), "{error}");
            decode_carrier::<Note>("notes", bad).expect_err("no row");
        }
    }
}
