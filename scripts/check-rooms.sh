#!/usr/bin/env bash
# Rooms that one can look around in: at most 25 methods a type (all its `impl` blocks in its crate), at most 16 files a folder, no
# `let (a, b) = (x, y)`, which is two statements. How many break this is held by .ceilings. Sizes have scripts/check-size.sh.
# Usage: scripts/check-rooms.sh [--lower] | --self-test
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/code.sh

METHODS_MAX=25 FILES_MAX=16

# "<methods> <type> <blocks> <file>" for each type of a crate of these files, most methods first.
methods_in() { code_of "$@" | LC_ALL=C awk -f "$lib/methods.awk" | sort -k1,1nr -k2,2; }

# "<files> <folder>" for each folder below these that has Rust files, most first.
# A crate inside another's folder is found below both, and counted once.
folders_in() {
    find "$@" -name '*.rs' -not -path '*/target/*' -not -path 'tests/fuzz/*' | sort -u | sed 's|/[^/]*$||' |
        sort | uniq -c | awk '{ print $1, $2 }' | sort -k1,1nr -k2,2
}

# Places where a pattern of a tuple is bound to a tuple that is written there.
tuples_in() { code_of "$@" | awk -F '\t' '$3 ~ /^[ \t]*let \(.*\) = \(/ && $3 !~ / else \{$/ { print $1 ":" $2 ":" $3 }'; }

self_test() {
    local folder
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' RETURN
    mkdir "$folder/deep"
    printf '%s\n' 'pub struct One<T>(T);' 'impl<T: Fn() -> u8> One<T> {' '    fn a() {' '        fn inner() {}' '    }' '    pub(crate) async fn b() {}' '}' \
        '#[cfg(test)]' 'impl One {' '    fn c() {}' '}' >"$folder/a.rs"
    printf '%s\n' 'impl fmt::Display for crate::a::One<Two>' 'where' '    u8: Copy,' '{' '    fn fmt() {' \
        '        let (a, b) = (1, 2);' '        let (c, d) = pair();' '        // let (e, f) = (1, 2);' '    }' '}' 'struct Two;' 'impl Two {' '    fn one() {}' '}' >"$folder/deep/b.rs"
    printf '%s\n' 'struct Two;' 'impl Two {' '    fn one() {}' '    const fn two() {}' '}' >"$folder/deep/c.rs"
    expect "$(methods_in "$folder"/*.rs "$folder"/deep/*.rs | sed "s|$folder/||g")" $'3 One 2 a.rs\n2 Two 1 deep/c.rs\n1 Two 1 deep/b.rs'
    expect "$(folders_in "$folder" | sed "s|$folder|top|g")" $'2 top/deep\n1 top'
    expect "$(tuples_in "$folder/deep/b.rs" | sed "s|$folder/||g")" 'deep/b.rs:6:        let (a, b) = (1, 2);'
    echo "self-test passed"
}

for argument in "$@"; do
    case $argument in
        --self-test) self_test; exit ;;
        --lower) LOWER=1 ;;
        *) sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2 ;;
    esac
done

faults=0
# Holds the lines $2, of which none should be, under the ceiling $1, and prints the first of them.
hold() {
    [[ -z $2 ]] || sed -n '1,8p' <<<"$2"
    within "$1" "$(grep -c . <<<"$2" || true)" || faults=$((faults + 1))
}

folders=() sources=()
many=
while read -r crate folder; do
    folders+=("$folder")
    mapfile -t files < <(files_of "$folder")
    ((${#files[@]})) || continue
    sources+=("${files[@]}")
    many+=$(methods_in "${files[@]}" | awk -v most="$METHODS_MAX" -v crate="$crate" \
        '$1 > most { printf "%s::%s has %d methods in %d blocks, more than %d\n", crate, $2, $1, $3, most }')$'\n'
done < <(crates)
full=$(folders_in "${folders[@]}" |
    awk -v most="$FILES_MAX" '$1 > most { printf "%s has %d files, more than %d\n", $2, $1, most }')
hold "rooms/types-over-$METHODS_MAX-methods" "$(grep . <<<"$many" || true)"
hold "rooms/folders-over-$FILES_MAX-files" "$full"
hold rooms/tuple-lets "$(tuples_in "${sources[@]}")"
exit $((faults > 0))
