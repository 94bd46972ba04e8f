#!/usr/bin/env bash
# All that CI runs besides the tests: form, lints, layers, sizes, documentation. Stops at the first that fails.
set -euo pipefail
cd "$(dirname "$0")/.."

step() {
    printf '\n== %s\n' "$*"
    "$@"
}

step cargo fmt --all --check
step scripts/check-layers.sh
step scripts/check-size.sh
step cargo clippy --locked --workspace --all-targets -- -D warnings
RUSTDOCFLAGS="-D warnings" step cargo doc --locked --no-deps --workspace
printf '\nall checks passed\n'
