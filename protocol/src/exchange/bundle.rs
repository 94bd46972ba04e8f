//! Carried files: sealed envelopes for one recipient that travel by hand. The envelope does not care how it got there.

use serde_json::json;

use crate::batch::{BatchEntry, pack_into};
use crate::canonical::{canonical, read_object};
use crate::code::Code;
use crate::did::Did;
use crate::digest::Digest;
use crate::json_reader::{Members, VERSION};
use crate::limits::{CARRIED_BYTES, CARRIED_SEALS};
use crate::refusal::Refusal;
use crate::seal::Sealed;

/// Bytes of a file with nothing in it, and more.
const FRAME_BYTES: usize = 256;

/// Content of a carried file. It says nothing about whom it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// For whom it is.
    pub to: Did,
    /// The sealed envelopes, from 1 to [`CARRIED_SEALS`], in their order; or why one is none.
    pub sealed: Vec<BatchEntry>,
}

impl Carried {
    /// Returns how many envelopes of these sizes go into one file, from the first on, in order; seal by seal.
    #[must_use]
    pub fn pack(sizes: &[usize]) -> Vec<usize> {
        let mut seals = pack_into(sizes, CARRIED_BYTES - FRAME_BYTES);
        seals.truncate(CARRIED_SEALS);
        seals
    }

    /// The file that carries these seals, made as [`Carried::pack`] says, and at least one.
    #[must_use]
    pub fn write(to: &Did, sealed: &[Sealed]) -> Vec<u8> {
        let sealed: Vec<_> = sealed.iter().map(Sealed::object).collect();
        canonical(&json!({ "ai2ai": VERSION, "type": "carried", "to": to, "sealed": sealed }))
    }

    /// Reads a file, each entry for itself. An entry for somebody else is refused.
    ///
    /// # Errors
    /// [`Refusal`] when the file itself can't be read. Nothing in it then has an effect.
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let object = read_object(bytes, CARRIED_BYTES)?;
        let root = Members::of(&object);
        root.check_version()?;
        root.check_type("carried")?;
        let to: Did = root.text("to")?;
        let sealed = root.list("sealed", CARRIED_SEALS, |item| {
            let named = |refusal: Refusal| (Digest::of(&canonical(item.value())), refusal);
            Ok(match Sealed::read(item.value()) {
                Ok(sealed) if *sealed.to() == to => Ok(sealed),
                Ok(_) => Err(named(item.refused(Code::WrongRecipient))),
                Err(refusal) => Err(named(refusal)),
            })
        })?;
        if sealed.is_empty() {
            return Err(root.malformed("sealed", "at least one is needed here"));
        }
        Ok(Self { to, sealed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::{alex, darren, now};
    use crate::seal::seal;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;
    use serde_json::Value;

    fn dinner() -> Sealed {
        let envelope = darren().asks_for_dinner(&alex());
        seal(&envelope, &alex().prekey.public(now()), &mut StdRng::from_seed([1; 32])).expect("a good prekey")
    }

    fn code(value: &Value) -> Option<Code> {
        Carried::read(&canonical(value)).map_err(|refusal| refusal.code).err()
    }

    #[test]
    fn what_is_written_is_read_and_an_entry_for_somebody_else_spoils_no_other() {
        let to = alex().sender.did;
        let one = dinner();
        let file = Carried::write(&to, &[one.clone(), one.clone()]);
        assert_eq!(Carried::read(&file), Ok(Carried { to, sealed: vec![Ok(one.clone()), Ok(one.clone())] }));
        let theirs = Carried::write(&darren().sender.did, std::slice::from_ref(&one));
        let read = Carried::read(&theirs).expect("a file");
        assert!(matches!(&read.sealed[..], [Err((_, refusal))] if refusal.code == Code::WrongRecipient));
    }

    #[test]
    fn what_is_no_such_file_is_refused_as_a_whole() {
        let to = alex().sender.did;
        let of = |sealed: Value| json!({ "ai2ai": "0.2", "type": "carried", "to": to, "sealed": sealed });
        assert_eq!(code(&of(json!([null]))), None, "each entry is judged for itself");
        assert_eq!(code(&of(json!([]))), Some(Code::Malformed));
        assert_eq!(code(&of(json!(vec![Value::Null; CARRIED_SEALS]))), None);
        assert_eq!(code(&of(json!(vec![Value::Null; CARRIED_SEALS + 1]))), Some(Code::TooLarge));
        assert_eq!(code(&json!({ "ai2ai": "9", "type": "carried" })), Some(Code::UnsupportedVersion));
        assert_eq!(code(&json!({ "ai2ai": "0.2", "type": "batch", "sealed": [1] })), Some(Code::Malformed));
        assert_eq!(code(&json!({ "x": "x".repeat(CARRIED_BYTES) })), Some(Code::TooLarge));
        let whole = Carried::write(&to, &[dinner()]);
        assert!((0..whole.len()).all(|end| Carried::read(&whole[..end]).is_err()), "a part of a file is none");
    }

    #[test]
    fn as_many_as_fit_are_still_read() {
        let packed = Carried::pack(&[crate::limits::ENVELOPE_BYTES - 2; 200]);
        assert!((40..64).contains(&packed.len()) && packed.iter().all(|many| *many == 1), "{packed:?}");
        assert_eq!(Carried::pack(&[900; 100_000]).len(), Carried::pack(&[900; 50_000]).len());
        assert!(Carried::pack(&[]).is_empty());
    }
}
