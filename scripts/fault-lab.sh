#!/usr/bin/env bash
# The fault lab: two real nodes under load while something goes wrong, and the law that must hold afterwards, as a table.
# Usage: scripts/fault-lab.sh [--long] [--seed N] [FAULT]; the long form takes about half an hour, and runs the release build.
# FAULT is how a test's name in tests/it/lab/trouble/faults.rs begins. AI2AI_BIN names a program that is built already.
set -euo pipefail
cd "$(dirname "$0")/.."

fault=
while (($#)); do
    case $1 in
        --long) export AI2AI_LAB_LONG=1 ;;
        --seed) export AI2AI_FAULT_SEED=${2:?--seed needs a number}; shift ;;
        -*) echo "usage: $0 [--long] [--seed N] [FAULT]" >&2; exit 2 ;;
        *) fault=$1 ;;
    esac
    shift
done
export AI2AI_REQUIRE_LAB=1 RUST_BACKTRACE=0

if [[ -n ${AI2AI_LAB_LONG:-} && -z ${AI2AI_BIN:-} ]]; then
    cargo build --locked --release --package ai2ai
    target=$(cargo metadata --locked --no-deps --format-version 1 | grep -o '"target_directory":"[^"]*"' | cut -d'"' -f4)
    export AI2AI_BIN="$target/release/ai2ai"
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
cargo test --locked --workspace --test lab -- --nocapture --test-threads=1 "faults::$fault" 2>&1 | tee "$log" || status=$?

columns='fault|cycles|acknowledged|lost|duplicated|invented|disagreeing|out of order|refused|confirmed|rejected|seconds'
printf '\nseeds: %s\n\n' "$(grep -o 'of seed [0-9]*' "$log" | grep -o '[0-9]*' | sort -un | tr '\n' ' ')"
IFS='|' read -ra name <<<"$columns"
printf '| %-22s | %6s | %12s | %4s | %10s | %8s | %11s | %12s | %7s | %9s | %8s | %7s |\n' "${name[@]}"
printf '|---|---|---|---|---|---|---|---|---|---|---|---|\n'
grep -o 'fault-lab: |.*|$' "$log" | sed 's/^fault-lab: //' | sort -u || true
exit "$status"
