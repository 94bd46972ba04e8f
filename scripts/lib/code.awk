# The code of Rust files, line by line, without comments, tests, and what is inside of strings and character literals:
# "<path><tab><line><tab><code>". A module that is only for tests is named as "<path><tab><line><tab>#test <name>".
# Runs on mawk and gawk.

FNR == 1 { state = "code"; comment = 0; braces = 0; round = 0; test = 0; test_braces = -1; declares = "" }

{
    rest = $0; out = ""
    if (state == "code" && !test && rest ~ /^[ \t]*#\[(cfg\((all\()?test[,)]|(tokio::)?test[\](])/) {
        test = FNR; test_braces = -1; declares = ""; round = 0
    }
    while (rest != "") {
        if (state == "code") rest = code(rest)
        else if (state == "comment") rest = in_comment(rest)
        else if (state == "string") rest = in_string(rest)
        else rest = in_raw_string(rest)
    }
    sub(/[ \t]+$/, "", out)
    if (out != "") print FILENAME "\t" FNR "\t" out
}

# Text that is code, kept or left out.
function keep(text) {
    if (!test) { out = out text; return }
    if (test_braces < 0 && match(text, /(^|[ \t])mod [a-z_0-9]+/)) { declares = substr(text, RSTART, RLENGTH); sub(/.*mod /, "", declares) }
}

# Code up to the next character that matters; returns what follows it.
function code(text,    at, mark, before) {
    if (match(text, /[bc]?r#*"|\/\/|\/\*|["\047{}()\[\];]/) == 0) { keep(text); return "" }
    at = RSTART; before = substr(text, 1, at - 1); mark = substr(text, at, RLENGTH)
    keep(before)
    if (mark ~ /r#*"$/ && before ~ /[A-Za-z0-9_]$/) { keep(substr(mark, 1, length(mark) - 1)); at = at + RLENGTH - 1; mark = "\"" }
    text = substr(text, at + length(mark))
    if (mark == "//") return ""
    if (mark == "/*") { state = "comment"; comment = 1; return text }
    if (mark == "\"") { state = "string"; keep("\"\""); return text }
    if (mark ~ /"$/) { state = "raw"; hashes = mark; gsub(/[^#]/, "", hashes); keep("\"\""); return text }
    if (mark == "\047") return after_quote(text)
    punctuation(mark)
    return text
}

# A character literal is left out; a lifetime is only its quote.
function after_quote(text) {
    if (match(text, /^\\[^\n]([^\047]*)\047/) || match(text, /^[^\047\\][\200-\277]*\047/)) { keep("\047\047"); return substr(text, RSTART + RLENGTH) }
    keep("\047")
    return text
}

function punctuation(mark) {
    if (mark == "(" || mark == "[") round++
    else if (mark == ")" || mark == "]") round--
    if (mark == "{" && test && test_braces < 0) test_braces = braces
    if (mark == "{") braces++
    if (mark == "}") braces--
    if (test && mark == ";" && test_braces < 0 && round == 0) {
        if (declares != "") print FILENAME "\t" FNR "\t#test " declares
        test = 0; return
    }
    if (test && mark == "}" && test_braces == braces) { test = 0; return }
    if (!test) out = out mark
}

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
