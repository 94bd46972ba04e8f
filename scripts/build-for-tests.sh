#!/usr/bin/env bash
# Builds the `ai2ai` that journeys run, and tells cargo-nextest where it is. Only nextest runs this (.config/nextest.toml): under
# `cargo test`, the tests build it themselves.
set -euo pipefail
cd "$(dirname "$0")/.."

[[ -n ${NEXTEST_ENV:-} ]] || { echo "error: this is a setup script of cargo-nextest" >&2; exit 2; }
if [[ -z ${AI2AI_BIN:-} ]]; then
    # As the tests were built, so that nothing is compiled a second time.
    cargo build --quiet --locked --workspace --bins --tests
    target=$(cargo metadata --locked --no-deps --format-version 1 | grep -o '"target_directory":"[^"]*"' | cut -d'"' -f4)
    AI2AI_BIN=$target/debug/ai2ai
fi
echo "AI2AI_BIN=$AI2AI_BIN" >>"$NEXTEST_ENV"
