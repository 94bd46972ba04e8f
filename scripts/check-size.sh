#!/usr/bin/env bash
# The longest files (without their `#[cfg(test)]` parts) and the longest functions.
# Budget: a file of 300 lines and a function of 50; a file above 500 lines fails.
set -euo pipefail
cd "$(dirname "$0")/.."

FILE_WARN=300 FILE_MAX=500 FN_WARN=50

# Prints "file <lines> <path>" for every file and "fn <lines> <path>:<line> <name>" for every function that is not test code.
measure() {
    LC_ALL=C awk '
    function file_done() { if (path != "") print "file", FNR_last - test_lines, path }
    FNR == 1 {
        file_done(); path = FILENAME
        state = "code"; comment = 0; hashes = ""; braces = 0; round = 0; test_lines = 0
        test_from = 0; test_braces = -1; open_fns = 0; waiting = 0
    }
    {
        FNR_last = FNR; rest = $0
        if (state == "code" && !test_from && rest ~ /^[ \t]*#\[cfg\((all\()?test[,)]/) { test_from = FNR; test_braces = -1 }
        while (rest != "") {
            if (state == "code") rest = code(rest)
            else if (state == "comment") rest = in_comment(rest)
            else if (state == "string") rest = in_string(rest)
            else rest = in_raw_string(rest)
        }
    }
    END { file_done() }

    # Code up to the next character that matters; returns what follows it.
    function code(text,    before, at) {
        if (match(text, /[bc]?r#*"|\/\/|\/\*|["\047{}()\[\];]/) == 0) { look_for_fn(text); return "" }
        at = RSTART; before = substr(text, 1, at - 1); mark = substr(text, at, RLENGTH)
        look_for_fn(before)
        if (mark ~ /r#*"$/ && before ~ /[A-Za-z0-9_]$/) { mark = "\""; at = at + RLENGTH - 1 }
        text = substr(text, at + length(mark))
        if (mark == "//") return ""
        if (mark == "/*") { state = "comment"; comment = 1; return text }
        if (mark == "\"") { state = "string"; return text }
        if (mark ~ /"$/) { state = "raw"; hashes = mark; gsub(/[^#]/, "", hashes); return text }
        if (mark == "\047") return after_quote(text)
        punctuation(mark)
        return text
    }
    # A character literal is skipped; a lifetime is only its quote.
    function after_quote(text) {
        if (match(text, /^\\[^\n]([^\047]*)\047/) || match(text, /^[^\047\\][\200-\277]*\047/)) return substr(text, RLENGTH + 1)
        return text
    }
    function look_for_fn(text) {
        if (match(text, /(^|[^A-Za-z0-9_])fn +[A-Za-z_][A-Za-z0-9_]*/)) {
            waiting = FNR; waiting_round = round; waiting_name = substr(text, RSTART, RLENGTH); sub(/.*fn +/, "", waiting_name)
        }
    }
    function punctuation(mark) {
        if (mark == "(" || mark == "[") round++
        else if (mark == ")" || mark == "]") round--
        else if (mark == ";") {
            if (waiting && round == waiting_round) waiting = 0
            if (test_from && test_braces < 0 && round == 0) end_of_test()
        } else if (mark == "{") {
            if (test_from && test_braces < 0) test_braces = braces
            if (waiting) { open_fns++; fn_from[open_fns] = waiting; fn_name[open_fns] = waiting_name; fn_braces[open_fns] = braces; waiting = 0 }
            braces++
        } else if (mark == "}") {
            braces--
            if (open_fns && fn_braces[open_fns] == braces) {
                if (!test_from) print "fn", FNR - fn_from[open_fns] + 1, path ":" fn_from[open_fns], fn_name[open_fns]
                open_fns--
            }
            if (test_from && test_braces == braces) end_of_test()
        }
    }
    function end_of_test() { test_lines += FNR - test_from + 1; test_from = 0; test_braces = -1 }
    function in_comment(text) {
        if (match(text, /\/\*|\*\//) == 0) return ""
        comment += (substr(text, RSTART, 2) == "/*") ? 1 : -1
        if (comment == 0) state = "code"
        return substr(text, RSTART + 2)
    }
    function in_string(text) {
        if (match(text, /\\.|"/) == 0) return ""
        if (substr(text, RSTART, 1) == "\"") state = "code"
        return substr(text, RSTART + RLENGTH)
    }
    function in_raw_string(text,    at) {
        at = index(text, "\"" hashes)
        if (at == 0) return ""
        state = "code"
        return substr(text, at + 1 + length(hashes))
    }' "$@"
}

# Files that a `#[cfg(test)] mod name;` names are test code as a whole.
is_test_file() {
    local file=$1 name parent
    name=$(basename "$file" .rs)
    parent=$(dirname "$file")
    for declared_in in "$parent/mod.rs" "$parent/lib.rs" "$parent/main.rs" "$parent.rs"; do
        [[ -f $declared_in ]] && grep -A1 -F '#[cfg(test)]' "$declared_in" | grep -Eq "^[[:space:]]*(pub(\([a-z]+\))? )?mod $name;" && return 0
    done
    return 1
}

files=()
while IFS= read -r file; do
    is_test_file "$file" || files+=("$file")
done < <(find protocol/src store/src discovery/src node/src node/*/src tests/src -name '*.rs' | sort)

measured=$(measure "${files[@]}")
by_size() { grep "^$1 " <<<"$measured" | sort -k2,2nr -k3,3; }

echo "longest files (lines without tests; budget $FILE_WARN, never above $FILE_MAX):"
by_size file | sed -n 1,5p | while read -r _ lines path; do printf '  %5d  %s\n' "$lines" "$path"; done
echo "longest functions (lines; budget $FN_WARN):"
by_size fn | sed -n 1,5p | while read -r _ lines place name; do printf '  %5d  %s %s\n' "$lines" "$place" "$name"; done
printf '%d files, %d functions; median function %d lines\n' "${#files[@]}" "$(by_size fn | wc -l)" \
    "$(by_size fn | awk '{ n[NR] = $2 } END { print n[int((NR + 1) / 2)] }')"

by_size file | while read -r _ lines path; do
    ((lines > FILE_WARN && lines <= FILE_MAX)) && echo "warning: $path has $lines lines, more than $FILE_WARN"
    :
done
by_size fn | while read -r _ lines place name; do
    ((lines > FN_WARN)) && echo "warning: $place $name has $lines lines, more than $FN_WARN"
    :
done
too_long=$(by_size file | awk -v max="$FILE_MAX" '$2 > max { print "error: " $3 " has " $2 " lines, more than " max }')
if [[ -n $too_long ]]; then
    echo "$too_long" >&2
    exit 1
fi
