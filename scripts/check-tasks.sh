#!/usr/bin/env bash
# Tasks and threads that nobody owns, in the crates of the node, tests left out: `tokio::spawn` and the like. A task belongs to the
# node's Tasks (node/engine/src/tasks.rs), a TaskTracker or a JoinSet that somebody waits for. The few threads are named below.
# Usage: scripts/check-tasks.sh | --self-test
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/code.sh

# Files that start a thread, which somebody joins or which ends by itself at once: "<file> <why>".
THREADS='node/engine/src/storage.rs the store, closed and joined by the node
node/network/src/connections/quic_warmup.rs one handshake in memory
node/demo/src/owners.rs a prompt of the demo'

# "<file>:<line>: <code>" for each task or thread in these files that nothing owns.
spawns_in() {
    code_of "$@" | LC_ALL=C awk -F '\t' '
        $3 ~ /(^|[^A-Za-z_:])(tokio::)?(task::)?spawn(_local)?\(/ && $3 !~ /(\.|fn )spawn(_local)?\(/ ||
        $3 ~ /Handle::current\(\)\.spawn/ || $3 ~ /use tokio::(task::)?(\{.*)?spawn[,;}]/ ||
        $3 ~ /thread::(spawn|Builder)/ { sub(/^[ \t]+/, "", $3); print $1 ":" $2 ": " $3 }'
}

# Those of these lines that are in no file of THREADS, or start no thread there.
not_named() {
    local line
    while IFS= read -r line; do
        [[ $line == *thread::* ]] && grep -q "^${line%%:*} " <<<"$THREADS" && continue
        [[ -z $line ]] || printf '%s\n' "$line"
    done
}

self_test() {
    local folder
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' RETURN
    printf '%s\n' 'fn a() {' '    tokio::spawn(work());' '    tasks.spawn(work());' '    // tokio::spawn(work());' \
        '    tokio::task::spawn(work());' '    std::thread::spawn(work);' '    spawn(work());' '    command.spawn()?;' \
        '    tokio::task::spawn_blocking(work).await;' '}' 'fn spawn(work: Work) {}' \
        '#[cfg(test)]' 'mod tests {' '    fn b() { tokio::spawn(work()); }' '}' >"$folder/a.rs"
    expect "$(spawns_in "$folder/a.rs" | not_named | sed "s|$folder/||g")" \
        $'a.rs:2: tokio::spawn(work());\na.rs:5: tokio::task::spawn(work());\na.rs:6: std::thread::spawn(work);\na.rs:7: spawn(work());'
    expect "$(not_named <<<'node/engine/src/storage.rs:9: std::thread::Builder::new()')" ''
    echo "self-test passed"
}

case ${1:-} in
    '') ;;
    --self-test) self_test; exit ;;
    *) sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2 ;;
esac

mapfile -t files < <(crates | while read -r _ folder; do [[ $folder != node* ]] || files_of "$folder"; done)
found=$(spawns_in "${files[@]}" | not_named)
if [[ -n $found ]]; then
    printf '%s\n' "$found" >&2
    echo "error: nothing owns these tasks: start them by the node's Tasks, or in a JoinSet that is waited for" >&2
    exit 1
fi
echo "every task of the node has an owner (${#files[@]} files)"
