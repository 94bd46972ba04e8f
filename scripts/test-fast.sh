#!/usr/bin/env bash
# The fast tests, for after each change: unit tests of every crate, vectors, stores and the seeded world. No process, no lab, no
# browser, and not the model, which tries millions of states. Builds what has changed, runs, and says how long either took.
# Usage: scripts/test-fast.sh [FILTER…], as for `cargo test`
set -euo pipefail
cd "$(dirname "$0")/.."

# The test binaries beside the crates' own unit tests: those of protocol, of the store (`it`), and the seeded world.
fast=(--lib --bins --test original --test primitives --test vectors --test it --test seeded)

now() { date +%s%N; }
seconds() { awk -v from="$1" -v to="$2" 'BEGIN { printf "%.1f s", (to - from) / 1e9 }'; }

start=$(now)
cargo test --locked --quiet --workspace "${fast[@]}" --no-run
built=$(now)
status=0
cargo test --locked --quiet --workspace "${fast[@]}" -- "$@" || status=$?
echo "built in $(seconds "$start" "$built"), ran in $(seconds "$built" "$(now)")"
exit "$status"
