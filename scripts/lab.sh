#!/usr/bin/env bash
# A lab of one kind, by hand: real nodes in network namespaces, and what they were measured to do, as a table.
# Usage: scripts/lab.sh nat | mailbox | dns | dht | table | roam | doctor | hostile; AI2AI_BIN names a program that is built already.
#   nat     two homes behind routers of several kinds, and volunteers
#   mailbox two homes that sleep in turn, and volunteers that keep what is sent meanwhile
#   dns     a DNS server, and who is found by it
#   dht     who is found by their did alone, and when they have moved
#   table   25 to 200 nodes of the DHT in one process: messages per lookup (AI2AI_LAB_LONG=1 for all sizes)
#   roam    a laptop whose cable, address, network and VPN come and go, and that sleeps for seconds, hours and days
#   doctor  what the doctor says on each machine of a small internet
#   hostile volunteers that withhold, alter and repeat what they relay, and lie about what they keep; nodes of the DHT that lie
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in
    nat | mailbox | dns | dht | table | roam | doctor | hostile) lab=$1 ;;
    *) echo "usage: $0 nat | mailbox | dns | dht | table | roam | doctor | hostile" >&2; exit 2 ;;
esac
export AI2AI_REQUIRE_LAB=1 RUST_BACKTRACE=0

# The DNS server is on loopback, and needs no namespace.
binary=lab
[[ $lab == dns ]] && binary=process

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
cargo test --locked --workspace --test "$binary" -- --nocapture --test-threads=1 "::$lab::" >"$log" 2>&1 || status=$?
((status == 0)) || cat "$log"
printf '| %-72s | %s\n|---|---|\n' "$lab" 'result |'
grep -oE "^test [a-z]+::$lab::[a-z_0-9:]+|(^|\.\.\. )$lab: \|.*|\bok$|FAILED$" "$log" | awk -v lab="$lab" '
    /^test / { sub("^test [a-z]+::" lab "::", ""); gsub("::", ": "); gsub("_", " "); name = $0; next }
    / \|/ { sub(/^.*: \| */, ""); figures = figures (figures == "" ? "" : "; ") $0; next }
    name != "" { printf "| %-72s | %s%s |\n", name, $0, (figures == "" ? "" : ": " figures); name = ""; figures = "" }'
exit "$status"
