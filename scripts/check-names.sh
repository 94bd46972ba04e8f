#!/usr/bin/env bash
# Type names (struct, enum, union, trait, type) that the workspace defines more than once, tests left out: how many of all names,
# and where. Fails when their share is above the ceiling in .ceilings, in tenths of a per cent; the aim is 40, which are 4 %.
# Usage: scripts/check-names.sh [--lower] | --self-test
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/code.sh

# "<name> <place>" for each type that is defined in these files. What stands in an `impl` or a function is nobody else's.
types_in() {
    code_of "$@" | LC_ALL=C awk -F '\t' '
        match($3, /^(pub(\([^)]*\))? +)?(unsafe +)?(struct|enum|union|trait|type) +[A-Z][A-Za-z0-9_]*/) {
            name = substr($3, RSTART, RLENGTH); sub(/.* /, "", name)
            print name, $1 ":" $2
        }'
}

# "<names> <names defined more than once>", and before it a line for each of those.
repeated() {
    sort | awk '
        $1 != name { told(); name = $1; times = 0; places = "" }
        { times++; places = places " " $2 }
        function told() {
            if (name == "") return
            all++
            if (times > 1) { more++; printf "%4d  %s:%s\n", times, name, places }
        }
        END { told(); print all + 0, more + 0 }'
}

self_test() {
    local folder
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' RETURN
    printf '%s\n' 'pub struct One;' 'enum Two { A }' '/* struct Three; */' 'impl Iterator for One {' '    type Item = u8;' '}' \
        '#[cfg(test)]' 'mod tests {' 'struct Two;' '}' >"$folder/a.rs"
    printf '%s\n' 'pub(crate) type One<T> = Vec<T>;' 'trait Three {' '    type Item;' '}' '#[cfg(test)]' 'struct Two;' >"$folder/b.rs"
    expect "$(types_in "$folder/a.rs" "$folder/b.rs" | repeated | sed "s|$folder/||g")" $'   2  One: a.rs:1 b.rs:1\n3 1'
    echo "self-test passed"
}

for argument in "$@"; do
    case $argument in
        --self-test) self_test; exit ;;
        --lower) LOWER=1 ;;
        *) sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2 ;;
    esac
done

mapfile -t files < <(crates | while read -r crate folder; do [[ $crate == ai2ai-tests ]] || files_of "$folder"; done)
found=$(types_in "${files[@]}" | repeated)
read -r all more < <(tail -n 1 <<<"$found")
sed '$d' <<<"$found" | sort -k1,1nr -k2,2
share=$((more * 1000 / all))
printf '%d of %d type names are defined more than once: %d.%d %%\n' "$more" "$all" $((share / 10)) $((share % 10))
within names/repeated-permille "$share"
