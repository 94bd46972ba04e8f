#!/usr/bin/env bash
# All that CI runs besides the tests: form, layers, rooms, dependencies, lints, documentation. Stops at the first that fails.
set -euo pipefail
cd "$(dirname "$0")/.."

step() {
    printf '\n== %s\n' "$*"
    "$@"
}

step cargo fmt --all --check
step scripts/check-shell.sh
for guard in size rooms cycles names tasks msrv; do
    step "scripts/check-$guard.sh" --self-test
    step "scripts/check-$guard.sh"
done
step scripts/check-layers.sh
step scripts/check-deps.sh
step cargo clippy --locked --workspace --all-targets -- -D warnings
RUSTDOCFLAGS="-D warnings" step cargo doc --locked --no-deps --workspace
printf '\nall checks passed\n'
