#!/usr/bin/env bash
# What an idle node costs: memory, threads and CPU over a minute, cold start to listening, size of the program.
# Linux only. Usage: scripts/measure-idle.sh [SECONDS]; AI2AI_BIN names a program that is built already.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
rounds=9

program=${AI2AI_BIN:-}
if [[ -z $program ]]; then
    cargo build --locked --release --package ai2ai
    target=$(cargo metadata --locked --no-deps --format-version 1 | grep -o '"target_directory":"[^"]*"' | cut -d'"' -f4)
    program="$target/release/ai2ai"
fi

folder=$(mktemp -d)
node=
finish() {
    [[ -z $node ]] || kill -9 "$node" 2>/dev/null || true
    rm -rf "$folder"
}
trap finish EXIT

"$program" --home "$folder/home" --no-input init --human Idle --agent idle-assistant --no-pin >/dev/null 2>&1

# Starts the node, its events going to a pipe, and waits for the first `listening`. Sets `node` and `took_ms`.
start() {
    local from line
    mkfifo "$folder/events"
    from=$(date +%s%N)
    "$program" --home "$folder/home" --json --no-input up >"$folder/events" 2>"$folder/errors" &
    node=$!
    exec 3<"$folder/events"
    while IFS= read -r -t 10 line <&3; do
        [[ $line == *'"listening"'* ]] && break
    done
    took_ms=$((($(date +%s%N) - from) / 1000000))
    rm "$folder/events"
    [[ ${line:-} == *'"listening"'* ]] || { echo "the node did not come to listen:"; cat "$folder/errors"; exit 1; } >&2
}

stop() {
    kill -INT "$node"
    wait "$node" || true
    exec 3<&-
    node=
}

ticks() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"; }
value() { awk -v name="$2:" '$1 == name { print $2 }' "/proc/$1/status"; }
mib() { awk -v kib="$1" 'BEGIN { printf "%.1f MiB", kib / 1024 }'; }

starts=()
for _ in $(seq "$rounds"); do
    start
    starts+=("$took_ms")
    stop
done
median=$(printf '%s\n' "${starts[@]}" | sort -n | sed -n "$(((rounds + 1) / 2))p")

start
sleep 5 # what the start itself costs is not idling
cat <&3 >/dev/null &
before=$(ticks "$node")
sleep "$seconds"
after=$(ticks "$node")
used=$(awk -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" -v s="$seconds" \
    'BEGIN { printf "%.2f s of %d s (%.3f %%)", ticks / hz, s, 100 * ticks / hz / s }')

row() { printf '| %-42s | %s |\n' "$1" "$2"; }
row "memory (RSS) after $((seconds + 5)) s" "$(mib "$(value "$node" VmRSS)"), highest $(mib "$(value "$node" VmHWM)")"
row "threads" "$(value "$node" Threads)"
row "CPU, idle" "$used"
row "cold start, from the command to listening" "$median ms, median of $rounds"
row "size of the program" "$(awk -v n="$(stat -c %s "$program")" 'BEGIN { printf "%.1f MiB", n / 1048576 }')"
stop
