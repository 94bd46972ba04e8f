# "file <lines> <path>" for every file, its `#[cfg(test)]` parts left out, and "fn <lines> <path>:<line> <name>" for every function
# that is not test code. Runs on mawk and gawk.

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
}
