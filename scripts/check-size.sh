#!/usr/bin/env bash
# The longest files (without their `#[cfg(test)]` parts) and the longest functions. A file has at most 300 lines and a function at
# most 50: how many have more is held by .ceilings.
# Usage: scripts/check-size.sh [--lower] | --self-test
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/code.sh

FILE_MAX=300 FN_MAX=50

self_test() {
    local folder
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' RETURN
    printf '%s\n' 'fn one() {' '    let brace = "}"; // }' '    two();' '}' '#[cfg(test)]' 'mod tests {' '    fn three() {' '    }' '}' >"$folder/a.rs"
    printf '%s\n' 'trait T {' '    fn declared(x: [u8; 2]);' '    fn two() {' '    }' '}' >"$folder/b.rs"
    expect "$(measure "$folder/a.rs" "$folder/b.rs" | sed "s|$folder/||g")" \
        $'file 5 b.rs\nfile 4 a.rs\nfn 4 a.rs:1 one\nfn 2 b.rs:3 two'
    echo "self-test passed"
}

for argument in "$@"; do
    case $argument in
        --self-test) self_test; exit ;;
        --lower) LOWER=1 ;;
        *) sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2 ;;
    esac
done

mapfile -t all < <(crates | while read -r _ folder; do files_of "$folder"; done)
mapfile -t files < <(without_tests "${all[@]}")
measured=$(measure "${files[@]}")
of_kind() { grep "^$1 " <<<"$measured"; }

echo "longest files (lines without tests; at most $FILE_MAX):"
of_kind file | sed -n 1,5p | while read -r _ lines path; do printf '  %5d  %s\n' "$lines" "$path"; done
echo "longest functions (lines; at most $FN_MAX):"
of_kind fn | sed -n 1,5p | while read -r _ lines place name; do printf '  %5d  %s %s\n' "$lines" "$place" "$name"; done
printf '%d files, %d functions; median function %d lines\n' "${#files[@]}" "$(of_kind fn | wc -l)" \
    "$(of_kind fn | awk '{ n[NR] = $2 } END { print n[int((NR + 1) / 2)] }')"

above() { awk -v kind="$1" -v most="$2" '$1 == kind && $2 > most { print "too long: " $3 " " $4 " has " $2 " lines, more than " most }' <<<"$measured"; }
faults=0
for kind in "file $FILE_MAX" "fn $FN_MAX"; do
    too_long=$(above "${kind% *}" "${kind#* }")
    [[ -z $too_long ]] || echo "$too_long"
    within "size/${kind% *}-over-${kind#* }" "$(grep -c . <<<"$too_long" || true)" || faults=$((faults + 1))
done
exit $((faults > 0))
