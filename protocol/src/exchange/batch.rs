//! Batches: what one request carries, from 1 to 64 envelopes under one seal or several.

use serde_json::json;

use crate::canonical::{canonical, read_object};
use crate::digest::Digest;
use crate::json_reader::{Members, VERSION};
use crate::limits::{BATCH_BYTES, BATCH_ENVELOPES};
use crate::refusal::Refusal;
use crate::seal::{Sealed, TAG_BYTES, how_many_under_one_seal};

/// One entry of a batch: a sealed envelope, or why it is none and the digest by which its receipt names it.
pub type BatchEntry = Result<Sealed, (Digest, Refusal)>;

/// Bytes of a batch with nothing in it; each seal adds its own size and a comma.
const FRAME_BYTES: usize = r#"{"ai2ai":"0.2","sealed":[],"type":"batch"}"#.len();
/// More bytes than a seal takes beside its ciphertext in base64.
const SEAL_FRAME_BYTES: usize = 512;

/// Returns how many envelopes of these sizes go into one batch, from the first on, in order; seal by seal. None is zero.
#[must_use]
pub fn pack(sizes: &[usize]) -> Vec<usize> {
    pack_into(&sizes[..sizes.len().min(BATCH_ENVELOPES)], BATCH_BYTES - FRAME_BYTES)
}

/// Returns how many of these sizes, from the first on, go into so many bytes; seal by seal.
pub(crate) fn pack_into(sizes: &[usize], mut room: usize) -> Vec<usize> {
    let mut seals = Vec::new();
    let mut rest = sizes;
    while !rest.is_empty() {
        let many = how_many_under_one_seal(rest);
        let plain: usize = rest[..many].iter().map(|size| size + 2).sum();
        let sealed = SEAL_FRAME_BYTES + (plain + TAG_BYTES).div_ceil(3) * 4;
        if sealed > room {
            break;
        }
        (room, rest) = (room - sealed, &rest[many..]);
        seals.push(many);
    }
    seals
}

/// Returns how many of these sizes, from the first on, fit into one request beside a frame of so many bytes.
#[must_use]
pub(crate) fn how_many_beside(frame: usize, sizes: impl Iterator<Item = usize>) -> usize {
    let sizes = sizes.scan(frame, |total, size| {
        *total += size + 1;
        Some(*total)
    });
    sizes.take(BATCH_ENVELOPES).take_while(|total| *total <= BATCH_BYTES).count()
}

/// Writes the request that carries these seals, made as [`pack`] says, and at least one.
#[must_use]
pub fn write_batch(sealed: &[Sealed]) -> Vec<u8> {
    let sealed: Vec<_> = sealed.iter().map(Sealed::object).collect();
    canonical(&json!({ "ai2ai": VERSION, "type": "batch", "sealed": sealed }))
}

/// Reads a batch, each entry for itself.
///
/// # Errors
/// [`Refusal`] when the batch itself can't be read. Nothing in it then has an effect, and the answer is one receipt,
/// which names the digest of the request's bytes.
pub fn read_batch(bytes: &[u8]) -> Result<Vec<BatchEntry>, Refusal> {
    let object = read_object(bytes, BATCH_BYTES)?;
    let root = Members::of(&object);
    root.check_version()?;
    root.check_type("batch")?;
    let list = root.list("sealed", BATCH_ENVELOPES, |item| {
        let value = item.value();
        Ok(Sealed::read(value).map_err(|refusal| (Digest::of(&canonical(value)), refusal)))
    })?;
    if list.is_empty() { Err(root.malformed("sealed", "at least one is needed here")) } else { Ok(list) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::canonical;
    use crate::cast::{alex, darren, now};
    use crate::code::Code;
    use crate::envelope::{Kind, SignedEnvelope};
    use crate::limits::ENVELOPE_BYTES;
    use crate::seal::seal;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;
    use serde_json::Value;

    fn sealed(envelope: &SignedEnvelope) -> Sealed {
        seal(envelope, &alex().prekey.public(now()), &mut StdRng::from_seed([1; 32])).expect("a good prekey")
    }

    fn dinner() -> Sealed {
        sealed(&darren().asks_for_dinner(&alex()))
    }

    fn code(value: &Value) -> Option<Code> {
        read_batch(&canonical(value)).map_err(|refusal| refusal.code).err()
    }

    #[test]
    fn what_is_written_is_read_in_its_order() {
        let ping = darren().draft(2, &alex(), Kind::Ping, json!({}));
        let dinner = dinner();
        let ping = sealed(&ping.sign(&darren().sender).expect("a good draft"));
        let batch = read_batch(&write_batch(&[dinner.clone(), ping.clone()])).expect("a good batch");
        assert_eq!(batch, [Ok(dinner), Ok(ping)]);
    }

    #[test]
    fn one_bad_envelope_spoils_no_other() {
        let bad = json!({ "ai2ai": "0.2", "type": "sealed", "suite": "x-wing" });
        let text = canonical(&json!({
            "ai2ai": "0.2", "type": "batch", "sealed": [bad, dinner().object(), null],
        }));
        let batch = read_batch(&text).expect("a good batch");
        let (digest, refusal) = batch[0].clone().expect_err("an unknown suite");
        assert_eq!((digest, refusal.code), (Digest::of(&canonical(&bad)), Code::UnknownSuite));
        assert_eq!(batch[1], Ok(dinner()));
        assert_eq!(batch[2].clone().map_err(|(_, refusal)| refusal.code), Err(Code::Malformed));
    }

    #[test]
    fn a_batch_holds_from_1_to_64() {
        let of = |n: usize| json!({ "ai2ai": "0.2", "type": "batch", "sealed": vec![dinner().object(); n] });
        assert_eq!(code(&of(0)), Some(Code::Malformed));
        assert_eq!(code(&of(1)), None);
        assert_eq!(code(&of(BATCH_ENVELOPES)), None);
        assert_eq!(code(&of(BATCH_ENVELOPES + 1)), Some(Code::TooLarge));
        assert_eq!(pack(&[2_300; BATCH_ENVELOPES + 9]), [28, 28, 8]);
    }

    #[test]
    fn as_many_as_fit_are_still_read() {
        let text = json!({ "text": "x".repeat(ENVELOPE_BYTES - 2_000) });
        let large = darren().draft(3, &alex(), Kind::Message, text).sign(&darren().sender).expect("a draft");
        let packed = pack(&[large.bytes().len(); 20]);
        let fit = packed.len();
        assert!((10..20).contains(&fit) && packed.iter().all(|many| *many == 1));
        let many = vec![sealed(&large); fit];
        let written = write_batch(&many[..fit]);
        assert!(written.len() <= BATCH_BYTES);
        assert!(read_batch(&written).is_ok());
        assert_eq!(code(&json!({ "x": "x".repeat(BATCH_BYTES) })), Some(Code::TooLarge));
    }

    #[test]
    fn what_is_no_batch_is_refused_as_a_whole() {
        for (value, expected) in [
            (json!(null), Code::Malformed),
            (json!({}), Code::Malformed),
            (json!({ "ai2ai": "1", "type": "batch", "sealed": [1] }), Code::UnsupportedVersion),
            (json!({ "ai2ai": "0.2", "type": "card", "sealed": [1] }), Code::Malformed),
            (json!({ "ai2ai": "0.2", "type": "batch", "sealed": {} }), Code::Malformed),
        ] {
            assert_eq!(code(&value), Some(expected), "{value}");
        }
    }
}
