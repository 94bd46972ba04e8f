# "<methods> <type> <files>" for each type of a crate, from its code (code.awk): all its `impl` blocks, those of traits too. A type
# of a name that the crate defines more than once is the one of the same file, else of the nearest folder above.
# Runs on mawk and gawk.

BEGIN { FS = "\t" }

$1 != file { file = $1; depth = 0; header = ""; inside = 0 }

{
    text = $3
    if (depth == 0 && match(text, /^(pub(\([^)]*\))? +)?(struct|enum|union|trait|type) +[A-Z][A-Za-z0-9_]*/)) {
        name = substr(text, RSTART, RLENGTH); sub(/.* /, "", name)
        defined[name, file] = 1; homes[name] = homes[name] file " "
    }
    if (depth == 0 && header == "" && text ~ /^(unsafe +)?impl([ <]|$)/) header = " "
    if (header != "") header = header " " text
    if (header != "" && index(text, "{")) { inside = 1; type = type_of(header); header = "" }
    else if (inside && depth == 1 && text ~ /^[ \t]*(pub(\([^)]*\))? +)?((const|async|unsafe) +)*fn /) count[file, type]++
    opened = gsub(/\{/, "{", text); closed = gsub(/\}/, "}", text)
    depth += opened - closed
    if (depth == 0) inside = 0
}

# The name in `impl<…> Trait<…> for path::Type<…> where …`.
function type_of(header,    i, c, angle, flat) {
    sub(/\{.*/, "", header); sub(/^ *(unsafe +)?impl/, "", header)
    gsub(/->/, "", header)
    angle = 0; flat = ""
    for (i = 1; i <= length(header); i++) {
        c = substr(header, i, 1)
        if (c == "<") angle++
        else if (c == ">") angle--
        else if (angle == 0) flat = flat c
    }
    sub(/ where .*/, "", flat); sub(/^.* for /, "", flat); gsub(/[ \t&]/, "", flat); sub(/^\047[a-z_]+/, "", flat); sub(/.*::/, "", flat)
    return flat
}

function home(name, file,    folder, list, n, i) {
    if ((name, file) in defined) return file
    n = split(homes[name], list, " ")
    if (n == 1) return list[1]
    for (folder = file; sub(/\/[^\/]*$/, "", folder);) for (i = 1; i <= n; i++) if (index(list[i], folder "/") == 1) return list[i]
    return ""
}

END {
    for (key in count) {
        split(key, part, SUBSEP)
        at = part[2] " " home(part[2], part[1])
        methods[at] += count[key]; blocks[at]++
    }
    for (at in methods) { split(at, part, " "); printf "%d %s %d %s\n", methods[at], part[1], blocks[at], (part[2] == "" ? "-" : part[2]) }
}
