#!/usr/bin/env bash
# Circles of modules inside each crate, by `use` and by paths in the code, tests left out: of files, and of rooms, which are the
# modules right below a crate's root. Fails when more are in one than .ceilings allows; a crate that it does not name has none.
# Usage: scripts/check-cycles.sh [--all] [--lower] [CRATE…] | --self-test
#   --all    every arrow of a circle, and not only the first of them
#   --lower  writes down a ceiling that has become too high
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/code.sh

# The circles of the crate $1 with its sources below the folder $2, at most $3 arrows each (0: all).
circles_of() {
    local files
    mapfile -t files < <(files_of "$2")
    code_of "${files[@]}" | LC_ALL=C awk -v src="$2/src" -v crate="${1//-/_}" -v edges="$3" -f "$lib/cycles.awk"
}

self_test() {
    local folder found
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' RETURN
    mkdir -p "$folder/src/deep"
    write() { cat >"$folder/src/$1"; }
    write lib.rs <<<$'pub use one::One;\nmod one;\nmod two;\nmod three;\nmod deep;\nmod apart;\nmod tests_only;'
    # From one to two by a module's name, from two to one by a re-export of the root.
    # An inner module that takes a name from its file hides nothing of it.
    write one.rs <<<$'use crate::deep::{self, inner::Inner as Other};\npub struct One(Other);\nfn f() { deep::call(); }\nmod inner {\n    use super::One;\n}'
    write two.rs <<<$'use super::One;\npub fn two(_: One) {}'
    write three.rs <<<$'use crate::one;\npub fn three() { one::One; } // crate::two::two'
    write deep/mod.rs <<<$'pub mod inner;\npub fn call() { crate::two::two("crate::three::three") }'
    write deep/inner.rs <<<$'pub struct Inner;'
    # What is only named by tests, comments and texts ties nothing.
    write apart.rs <<<$'pub fn apart() {}\n#[cfg(test)]\nmod tests {\n    use crate::tests_only;\n}'
    write tests_only.rs <<<$'pub use crate::apart::apart as again;\nfn f() { again() }'
    found=$(circles_of probe "$folder" 0)
    expect "$(sort <<<"$found")" "    deep -> two: two
    deep/mod.rs -> two.rs: two
    one -> deep: Inner, call
    one.rs -> deep/mod.rs: call
    two -> one: One
    two.rs -> one.rs: One
files 3
probe: a circle of 3 files
probe: a circle of 3 rooms
rooms 3"
    echo "self-test passed"
}

edges=8 only=" "
for argument in "$@"; do
    case $argument in
        --self-test) self_test; exit ;;
        --all) edges=0 ;;
        --lower) LOWER=1 ;;
        -*) sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2 ;;
        *) only+="$argument " ;;
    esac
done

faults=0
while read -r crate folder; do
    # The tests' own helpers are tests.
    [[ $crate == ai2ai-tests ]] && continue
    [[ $only == " " || $only == *" $crate "* ]] || continue
    found=$(circles_of "$crate" "$folder" "$edges")
    grep -v -E '^(files|rooms) [0-9]+$' <<<"$found" || true
    for kind in files rooms; do
        within "circles/$crate/$kind" "$(awk -v kind="$kind" '$1 == kind { print $2 }' <<<"$found")" || faults=$((faults + 1))
    done
done < <(crates)
exit $((faults > 0))
