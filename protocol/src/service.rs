//! Common form of a volunteer's services: how one says that it does not do what it was asked, and how that is read.

use serde_json::json;

use crate::canonical::{Object, canonical, read_object};
use crate::code::Code;
use crate::json_reader::{Members, VERSION};
use crate::refusal::Refusal;

/// The answer of a mailbox or directory that does not do what it was asked.
#[must_use]
pub fn write_refusal(code: Code, retry_after_s: Option<u32>) -> Vec<u8> {
    let mut object = json!({ "ai2ai": VERSION, "type": "error", "code": code });
    if let Some(seconds) = retry_after_s {
        object["retry_after_s"] = seconds.into();
    }
    canonical(&object)
}

/// An answer of this kind, of at most so many bytes; a refusal is given as one.
pub(crate) fn answer(bytes: &[u8], most: usize, kind: &str) -> Result<Object, Refusal> {
    let object = read_object(bytes, most)?;
    let root = Members::of(&object);
    root.check_version()?;
    if root.at("type")?.str()? == "error" {
        let code = root.at("code")?.value().clone();
        return Err(Refusal::new(serde_json::from_value(code).unwrap_or(Code::Internal), ""));
    }
    root.check_type(kind)?;
    Ok(object)
}
