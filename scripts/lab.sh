#!/usr/bin/env bash
# A lab of one kind, by hand: real nodes in network namespaces, and what they were measured to do, as a table.
# Usage: scripts/lab.sh nat | mailbox | dns; AI2AI_BIN names a program that is built already.
#   nat   two homes behind routers of several kinds, and volunteers
#   mailbox   two homes that sleep in turn, and volunteers that keep what is sent meanwhile
#   dns   a DNS server, and who is found by it
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in
    nat | mailbox | dns) lab=$1 ;;
    *) echo "usage: $0 nat | mailbox | dns" >&2; exit 2 ;;
esac
export AI2AI_REQUIRE_LAB=1 RUST_BACKTRACE=0

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
cargo test --locked --workspace --test it -- --nocapture --test-threads=1 "$lab::" >"$log" 2>&1 || status=$?
((status == 0)) || cat "$log"
printf '| %-72s | %s\n|---|---|\n' "$lab" 'result |'
grep -oE "^test $lab::[a-z_0-9]+|(^|\.\.\. )$lab: \|.*|\bok$|FAILED$" "$log" | awk -v lab="$lab" '
    /^test / { sub("^test " lab "::", ""); gsub("_", " "); name = $0; next }
    / \|/ { sub(/^.*: \| */, ""); figures = figures (figures == "" ? "" : "; ") $0; next }
    name != "" { printf "| %-72s | %s%s |\n", name, $0, (figures == "" ? "" : ": " figures); name = ""; figures = "" }'
exit "$status"
