//! What fuzzing has found worth keeping is read again: the corpus in `tests/fuzz/corpus`, and the examples it began from.

use std::fs;
use std::path::{Path, PathBuf};

use ai2ai_tests::faults;
use ai2ai_tests::fuzz::{TARGETS, run, seeds};
use ai2ai_tests::lab::is_long;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// Names a folder into which the examples are written, a folder for each target, for `scripts/fuzz.sh`.
const SEEDS: &str = "AI2AI_FUZZ_SEEDS";
/// Bytes that the whole corpus may have: it is in the repository.
const CORPUS_BYTES: usize = 700_000;

#[test]
fn what_was_found_by_fuzzing_is_read_without_harm() {
    let mut size = 0;
    for (target, _) in TARGETS {
        let kept = kept(target);
        assert!(!kept.is_empty(), "there is no corpus of {target}; see scripts/fuzz.sh");
        for file in &kept {
            let bytes = fs::read(file).expect("a file of the corpus");
            size += bytes.len();
            reads(target, &bytes, &file.display().to_string());
        }
    }
    assert!(size <= CORPUS_BYTES, "the corpus has {size} bytes; minimise it with scripts/fuzz.sh --minimise");
}

#[test]
fn every_example_is_read_without_harm() {
    let folder = std::env::var_os(SEEDS).map(PathBuf::from);
    for (target, _) in TARGETS {
        let examples = seeds::of(target);
        assert!(!examples.is_empty(), "{target} has no example to begin from");
        for (number, bytes) in examples.iter().enumerate() {
            reads(target, bytes, &format!("example {number}"));
            if let Some(folder) = &folder {
                fs::create_dir_all(folder.join(target)).expect("a folder");
                fs::write(folder.join(target).join(format!("example-{number}")), bytes).expect("an example");
            }
        }
    }
}

/// What libFuzzer does without knowing where it leads: it needs no nightly compiler, and finds what lies near the examples.
#[test]
fn every_example_can_be_damaged_without_harm() {
    let rounds = if is_long() { 1_000 } else { 10 };
    let seed = faults::seed();
    println!("examples damaged by seed {seed}");
    for (target, _) in TARGETS {
        let mut dice = StdRng::seed_from_u64(seed);
        let examples = seeds::of(target);
        for (number, example) in examples.iter().enumerate() {
            for round in 0..rounds {
                let bytes = damaged(example, &examples, &mut dice);
                reads(
                    target,
                    &bytes,
                    &format!("example {number}, damaged {round}: {:?}", String::from_utf8_lossy(&bytes)),
                );
            }
        }
    }
}

/// The example with a few things done to it: bytes changed, left out or said again, or a piece of another example put in.
fn damaged(example: &[u8], others: &[Vec<u8>], dice: &mut StdRng) -> Vec<u8> {
    /// What breaks readers.
    const HARD: [&[u8]; 8] =
        [b"\"", b"[[[[[[[[", b"-0.0e-999", b"\\u0000", b"\\ud800", b"99999999999999999999", b"\xff\xfe", b"\n"];
    let mut bytes = example.to_vec();
    for _ in 0..dice.random_range(1..4) {
        let at = dice.random_range(0..=bytes.len());
        let end = dice.random_range(at..=bytes.len().min(at + 64));
        match dice.random_range(0..6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.random_range(0..8),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
            3 => drop(bytes.splice(at..end, HARD[dice.random_range(0..HARD.len())].iter().copied())),
            4 => {
                let other = &others[dice.random_range(0..others.len())];
                let from = dice.random_range(0..=other.len());
                let to = dice.random_range(from..=other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            _ => bytes.truncate(at),
        }
    }
    bytes
}

/// Names what was read when it does harm.
fn reads(target: &str, bytes: &[u8], name: &str) {
    let read = std::panic::catch_unwind(|| run(target, bytes));
    assert!(read.is_ok(), "{target} fell over {name}");
}

fn kept(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.map(|file| file.path()).filter(|path| path.is_file()).collect()
}
