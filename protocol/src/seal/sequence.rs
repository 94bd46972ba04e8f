//! Several envelopes under one seal: a JSON text sequence (RFC 7464). One alone stands there as it is.
//!
//! A record separator can't stand in a JSON text, so what is sealed can't be read in two ways.

use crate::code::Code;
use crate::limits::{BATCH_ENVELOPES, ENVELOPE_BYTES};

/// Before each text of a sequence.
const RECORD_SEPARATOR: u8 = 0x1e;
/// After each text of a sequence.
const LINE_FEED: u8 = b'\n';

/// Returns how many envelopes of these sizes, from the first on, go under one seal: 64 at most, as many as have room, and at least one.
#[must_use]
pub fn how_many_under_one_seal(sizes: &[usize]) -> usize {
    let totals = sizes.iter().scan(0, |total, size| {
        *total += size + 2;
        Some(*total)
    });
    totals.take(BATCH_ENVELOPES).take_while(|total| *total <= ENVELOPE_BYTES).count().max(1)
}

/// Returns what is sealed: the envelope, or several as a sequence, in their order.
pub(super) fn join(envelopes: &[&[u8]]) -> Vec<u8> {
    if let [one] = envelopes {
        return one.to_vec();
    }
    let mut sequence = Vec::with_capacity(envelopes.iter().map(|text| text.len() + 2).sum());
    for text in envelopes {
        sequence.push(RECORD_SEPARATOR);
        sequence.extend_from_slice(text);
        sequence.push(LINE_FEED);
    }
    sequence
}

/// The envelopes that were sealed, 1 to 64 in their order. Nothing is said of what each of them is.
///
/// # Errors
/// [`Code::Malformed`] when a sequence is cut short or something stands between its texts, [`Code::TooLarge`] when it has more
/// than 64.
pub(super) fn split(opened: &[u8]) -> Result<Vec<&[u8]>, Code> {
    let Some((&RECORD_SEPARATOR, rest)) = opened.split_first() else { return Ok(vec![opened]) };
    let texts = rest.split(|byte| *byte == RECORD_SEPARATOR);
    let texts: Option<Vec<&[u8]>> =
        texts.take(BATCH_ENVELOPES + 1).map(|text| text.strip_suffix(&[LINE_FEED])).collect();
    match texts.ok_or(Code::Malformed)? {
        texts if texts.len() > BATCH_ENVELOPES => Err(Code::TooLarge),
        texts => Ok(texts),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_envelope_stands_as_it_is() {
        assert_eq!(join(&[b"{}"]), b"{}");
        assert_eq!(split(b"{}\n"), Ok(vec![&b"{}\n"[..]]));
        assert_eq!(split(b""), Ok(vec![&b""[..]]));
    }

    #[test]
    fn a_sequence_is_as_rfc_7464_has_it() {
        assert_eq!(join(&[b"{}", b"[1]"]), b"\x1e{}\n\x1e[1]\n");
        assert_eq!(split(b"\x1e{}\n"), Ok(vec![&b"{}"[..]]));
    }

    #[test]
    fn what_is_no_whole_sequence_is_refused() {
        for bad in [&b"\x1e"[..], b"\x1e{}", b"\x1e{}\n\x1e", b"\x1e\x1e{}\n", b"\x1e{}\n\x1e{}\n{}"] {
            assert_eq!(split(bad), Err(Code::Malformed), "{bad:?}");
        }
        assert_eq!(split(b"\x1e{}\n".repeat(64).as_slice()).map(|texts| texts.len()), Ok(64));
        assert_eq!(split(b"\x1e{}\n".repeat(65).as_slice()), Err(Code::TooLarge));
        assert_eq!(split(b"\x1e{}\n".repeat(10_000).as_slice()), Err(Code::TooLarge));
    }

    #[test]
    fn as_many_go_under_one_seal_as_have_room() {
        assert_eq!(how_many_under_one_seal(&[ENVELOPE_BYTES, 1]), 1);
        assert_eq!(how_many_under_one_seal(&[2_300; 100]), 28);
        assert_eq!(how_many_under_one_seal(&[10; 100]), BATCH_ENVELOPES);
    }

    proptest! {
        #[test]
        fn what_is_joined_is_split_again(
            texts in prop::collection::vec(prop::collection::vec(0x20_u8.., 1..200), 1..64),
        ) {
            let texts: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
            let joined = join(&texts);
            prop_assert_eq!(split(&joined), Ok(texts));
        }

        #[test]
        fn nothing_makes_it_panic(bytes: Vec<u8>) {
            drop(split(&bytes));
        }
    }
}
