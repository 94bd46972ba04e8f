# What the checks of the code share; sourced, from the top of the repository.
# shellcheck shell=bash

lib=$(dirname "${BASH_SOURCE[0]}")
# A file of other ceilings is for self-tests.
CEILINGS=${CEILINGS:-.ceilings}

# The crates of the workspace, one a line: "<name> <folder>". Those with a lock file of their own are no members of it.
crates() {
    local manifest
    find . -name Cargo.toml -not -path '*/target/*' -not -path './tests/fuzz/*' | sort | while IFS= read -r manifest; do
        awk -v folder="$(dirname "${manifest#./}")" '
            /^\[/ { package = $0 == "[package]" }
            package && /^name *=/ { gsub(/.*= *"|".*/, ""); print $0, folder }' "$manifest"
    done
}

# The Rust files below src of the crate in folder $1. A crate inside another's folder is not below its src.
files_of() { find "$1/src" -name '*.rs' 2>/dev/null | sort; }

# The code of these files without comments, literals and tests, with files left out that are only for tests.
code_of() {
    LC_ALL=C awk -f "$lib/code.awk" "$@" | LC_ALL=C awk -F '\t' '
        $3 ~ /^#test / {
            folder = $1
            if (!sub(/\/(mod|lib|main)\.rs$/, "", folder)) sub(/\.rs$/, "", folder)
            tests[folder "/" substr($3, 7)] = 1; next
        }
        { line[++lines] = $0; of[lines] = $1 }
        function is_test(path,    parts, n, i, at) {
            sub(/\.rs$/, "", path); n = split(path, parts, "/"); at = ""
            for (i = 1; i <= n; i++) { at = at (i > 1 ? "/" : "") parts[i]; if (at in tests) return 1 }
            return 0
        }
        END {
            for (i = 1; i <= lines; i++) {
                if (!(of[i] in known)) known[of[i]] = is_test(of[i])
                if (!known[of[i]]) print line[i]
            }
        }'
}

# Compares the figure $2 with the ceiling of the name $1: more than it fails. A ceiling may only fall; `--lower` writes it down.
within() {
    local most
    most=$(awk -v name="$1" '$1 == name { print $2 }' "$CEILINGS" 2>/dev/null)
    most=${most:-0}
    if (($2 > most)); then
        echo "error: $1: $2, more than $most, its ceiling in $CEILINGS" >&2
        return 1
    fi
    if (($2 < most)) && [[ -n ${LOWER:-} ]]; then
        awk -v name="$1" -v now="$2" '$1 == name { $2 = now } { print }' "$CEILINGS" >"$CEILINGS.new"
        mv "$CEILINGS.new" "$CEILINGS"
        echo "$1: $2; its ceiling was $most, and is lowered"
    elif (($2 < most)); then
        echo "$1: $2 of $most: lower its ceiling in $CEILINGS, or run this again with --lower"
    else
        echo "$1: $2, its ceiling"
    fi
}

# Those of these files that are not only for tests.
without_tests() { code_of "$@" | cut -f 1 | uniq; }

# "file <lines> <path>" and "fn <lines> <path>:<line> <name>", longest first, of these files.
measure() { LC_ALL=C awk -f "$lib/measure.awk" "$@" | sort -k2,2nr -k3,3; }

# Says on the error output what a self-test of $0 found and did not expect, if anything.
expect() {
    diff - <(printf '%s\n' "$2") <<<"$1" >&2 || { echo "error: $0 does not find what it should (< is what it finds)" >&2; return 1; }
}
