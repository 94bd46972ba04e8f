//! Twelve words that two people read to each other, to know that each has the other's real key.

use bip39::Language;
use sha2::{Digest as _, Sha256};

use crate::did::Did;

/// Number of words. With 11 bits each they are out of reach of a search for keys that give the same ones.
pub const WORDS: usize = 12;
/// Keeps the digest from being that of anything else.
const TAG: &[u8] = b"ai2ai/0.2/words\n";
/// Bits that one of 2,048 words stands for.
const BITS: usize = 11;

/// The words for these two, the same whoever asks: the first 132 bits of the SHA-256 of a tag and both keys, the lower one
/// first, eleven by eleven, as words of the English list of BIP-39.
#[must_use]
pub fn of(one: &Did, other: &Did) -> [&'static str; WORDS] {
    let (low, high) = if one <= other { (one, other) } else { (other, one) };
    let digest: [u8; 32] =
        Sha256::new().chain_update(TAG).chain_update(low.to_bytes()).chain_update(high.to_bytes()).finalize().into();
    let bit = |place: usize| usize::from(digest[place / 8] >> (7 - place % 8) & 1);
    let list = Language::English.word_list();
    std::array::from_fn(|word| list[(0..BITS).fold(0, |number, at| number << 1 | bit(word * BITS + at))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::{alex, darren, mallory};
    use std::collections::BTreeSet;

    #[test]
    fn both_sides_see_the_same_words_and_they_never_change() {
        let words = of(&darren().did(), &alex().did());
        assert_eq!(words, of(&alex().did(), &darren().did()));
        // Computed apart from this code, by a few lines of Python and the published list.
        assert_eq!(words.join(" "), "usual moral artefact dice arch layer cram vibrant scrub grant calm stool");
    }

    #[test]
    fn somebody_in_between_has_other_words_with_each() {
        let real = of(&darren().did(), &alex().did());
        let forged = of(&darren().did(), &mallory().did());
        assert!(real.iter().zip(forged).filter(|(one, other)| **one == *other).count() < 3);
    }

    #[test]
    fn every_bit_of_a_key_counts() {
        let other = Did::from_bytes([0x55; 32]);
        let all: BTreeSet<_> = (0..256)
            .map(|bit| {
                let mut bytes = [0xaa; 32];
                bytes[bit / 8] ^= 1 << (bit % 8);
                of(&Did::from_bytes(bytes), &other)
            })
            .collect();
        assert_eq!(all.len(), 256);
    }

    #[test]
    fn the_list_is_the_published_one() {
        let list = Language::English.word_list();
        assert_eq!((list.len(), list[0], list[2_047]), (1 << BITS, "abandon", "zoo"));
        let digest = crate::digest::Digest::of((list.join("\n") + "\n").as_bytes());
        // Of `bip-0039/english.txt` in the repository of the BIPs.
        assert_eq!(digest.to_string(), "sha256:2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda");
    }
}
