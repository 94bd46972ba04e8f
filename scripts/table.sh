#!/usr/bin/env bash
# The crates as a table: files, lines, largest file, largest function, most methods, most files in a folder, and the share of what is
# in node/. Tests are left out; the lines are those of whole files, comments too.
# Usage: scripts/table.sh
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/code.sh

(($# == 0)) || { sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2; }

# "<name> <folder> <files> <lines> <largest file> <largest function> <most methods> <most files in a folder>"
row() {
    local files all measured
    mapfile -t all < <(files_of "$2")
    ((${#all[@]})) || return 0
    mapfile -t files < <(without_tests "${all[@]}")
    measured=$(measure "${files[@]}")
    printf '%s %s %d %d %d %d %d %d\n' "$1" "$2" "${#files[@]}" \
        "$(awk '$1 == "file" { n += $2 } END { print n + 0 }' <<<"$measured")" \
        "$(awk '$1 == "file" { print $2; exit }' <<<"$measured")" \
        "$(awk '$1 == "fn" { n = $2; exit } END { print n + 0 }' <<<"$measured")" \
        "$(code_of "${files[@]}" | LC_ALL=C awk -f "$lib/methods.awk" | awk '$1 > n { n = $1 } END { print n + 0 }')" \
        "$(printf '%s\n' "${files[@]}" | sed 's|/[^/]*$||' | sort | uniq -c | awk '$1 > n { n = $1 } END { print n }')"
}

crates | while read -r crate folder; do row "$crate" "$folder"; done | awk '
    { line[NR] = $0; if ($2 == "node" || $2 ~ /^node\//) node += $4 }
    END {
        print "| crate | files | lines | largest file | largest function | most methods | most files in a folder | share of node |"
        print "|---|--:|--:|--:|--:|--:|--:|--:|"
        for (i = 1; i <= NR; i++) {
            split(line[i], c, " ")
            share = c[2] == "node" || c[2] ~ /^node\// ? sprintf("%.1f %%", 100 * c[4] / node) : "-"
            printf "| %s | %d | %d | %d | %d | %d | %d | %s |\n", c[1], c[3], c[4], c[5], c[6], c[7], c[8], share
        }
    }'
