#!/usr/bin/env bash
# Fuzzes each target for a while (60 seconds where nobody says), from the kept corpus and the published vectors; stops at the
# first input that does harm, which is then in tests/fuzz/artifacts. With --minimise nothing is run; the corpus is cut down to
# what reaches something that nothing smaller reaches. Needs `cargo install cargo-fuzz`; a nightly compiler is taken where there is one.
# Usage: scripts/fuzz.sh [--minimise] [SECONDS] [TARGET…]
set -euo pipefail
cd "$(dirname "$0")/.."

minimise=
if [[ ${1:-} == --minimise ]]; then
    minimise=1
    shift
fi
seconds=60
if [[ ${1:-} =~ ^[0-9]+$ ]]; then
    seconds=$1
    shift
fi
targets=("$@")
if ((${#targets[@]} == 0)); then
    mapfile -t targets < <(sed -n '/^\[\[bin/{n;s/^name = "\(.*\)"$/\1/p}' tests/fuzz/Cargo.toml)
fi

seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
AI2AI_FUZZ_SEEDS=$seeds cargo test --locked --quiet --workspace --test seeded fuzz::every_example >/dev/null

# The same versions of everything as in the workspace.
cp Cargo.lock tests/fuzz/Cargo.lock
# libFuzzer's counters are an unstable flag of the compiler, which a stable one takes only when it is told to.
if rustup toolchain list 2>/dev/null | grep -q '^nightly'; then export RUSTUP_TOOLCHAIN=nightly; else export RUSTC_BOOTSTRAP=1; fi
# All of it is safe Rust: an address sanitiser would only make it slow.
fuzz() { cargo fuzz "$1" --fuzz-dir tests/fuzz --sanitizer none "${@:2}"; }
fuzz build

for target in "${targets[@]}"; do
    corpus="tests/fuzz/corpus/$target"
    mkdir -p "$corpus"
    printf '\n== %s\n' "$target"
    if [[ -n $minimise ]]; then
        # libFuzzer merges the smallest first.
        merged=$(mktemp -d)
        fuzz run "$target" "$merged" "$corpus" "$seeds/$target" -- -merge=1 -max_len=16384
        rm -rf "$corpus"
        mv "$merged" "$corpus"
        chmod 755 "$corpus"
    else
        fuzz run "$target" "$corpus" "$seeds/$target" -- -max_total_time="$seconds" -max_len=16384 -timeout=20 -rss_limit_mb=4096
    fi
done
