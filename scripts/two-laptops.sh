#!/usr/bin/env bash
# The two-laptops lab, in its long form and with the release build; prints what was measured as a table.
# Usage: scripts/two-laptops.sh [--short]; AI2AI_BIN names a program that is built already.
set -euo pipefail
cd "$(dirname "$0")/.."

export AI2AI_REQUIRE_LAB=1
[[ ${1:-} == --short ]] || export AI2AI_LAB_LONG=1

if [[ -z ${AI2AI_BIN:-} ]]; then
    cargo build --locked --release --package ai2ai
    target=$(cargo metadata --locked --no-deps --format-version 1 | grep -o '"target_directory":"[^"]*"' | cut -d'"' -f4)
    export AI2AI_BIN="$target/release/ai2ai"
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "running the lab; the long form takes about ten minutes"
status=0
cargo test --locked --package ai2ai-tests --test lab -- --nocapture --test-threads=1 nearby:: asleep:: dinner:: 2>&1 |
    tee "$log" || status=$?

printf '\nfrom up to listing each other, release build, both laptops on this machine:\n'
grep 'lab: ' "$log" | sed 's/.*lab: /  /' || true
exit "$status"
