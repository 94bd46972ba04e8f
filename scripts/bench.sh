#!/usr/bin/env bash
# What a message costs: two real nodes of this machine, one message at a time and 64 in flight; and, in the same run, the bare parts
# that it is made of. Prints a table; with --json FILE the figures go there, too. Linux only.
#
# Usage: scripts/bench.sh [--short] [--messages N] [--seconds N] [--rounds N] [--transport tcp|quic] [--json FILE]
# The long form sends 100,000 messages, some minutes; --short sends 5,000. AI2AI_BIN names a program that is built already.
set -euo pipefail
cd "$(dirname "$0")/.."

arguments=()
for argument in "$@"; do
    case $argument in
        --short) arguments+=(--messages 5000 --seconds 5 --rounds 300) ;;
        *) arguments+=("$argument") ;;
    esac
done

# Both are built in one go, so that their dependencies are built once.
cargo build --locked --release --workspace --bins --example bench
target=$(cargo metadata --locked --no-deps --format-version 1 | grep -o '"target_directory":"[^"]*"' | cut -d'"' -f4)
export AI2AI_BIN=${AI2AI_BIN:-$target/release/ai2ai}
exec "$target/release/examples/bench" "${arguments[@]}"
