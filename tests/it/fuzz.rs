//! What fuzzing has found worth keeping is read again: the corpus in `tests/fuzz/corpus`, and the examples it began from.

use std::fs;
use std::path::{Path, PathBuf};

use ai2ai_tests::fuzz::{TARGETS, run, seeds};

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
