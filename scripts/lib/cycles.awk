# The circles of modules in one crate, from its code (code.awk). A module is a file; a room is a module right below the crate's root.
# Whoever names something depends on the file that defines it: re-exports are looked through, and `mod x;` alone ties nothing.
# Variables: src, the folder of the sources; crate, its name; edges, how many arrows of a circle are printed (0: all).
# Prints the circles, and at the end "files <n>" and "rooms <n>": how many of them are in one.
# Runs on mawk and gawk.

BEGIN { FS = "\t" }

!($1 in module_of) { starts($1) }
{ line_of_code($3) }

END {
    for (f = 1; f <= files; f++) ties(path[f])
    arrows_of_rooms()
    circles("file"); circles("room")
    print "files " in_circle["file"]
    print "rooms " in_circle["room"]
}

# The module of a file: "" is the root, "a::b" another.
function starts(file,    name) {
    path[++files] = file
    name = substr(file, length(src) + 2); sub(/\.rs$/, "", name)
    sub(/(^|\/)mod$/, "", name)
    if (name == "lib") name = ""
    # A crate with a library and a program: the program is a root that nobody can name.
    if (name == "main") name = "main.rs"
    gsub(/\//, "::", name)
    module_of[file] = name
    file_of[name] = file
    statement = ""
}

function line_of_code(text) {
    if (statement == "" && text ~ /^[ \t]*(pub(\([^)]*\))? +)?use /) statement = " "
    if (statement != "") {
        statement = statement text
        if (text ~ /;/) { keeps_use(statement); statement = "" }
        return
    }
    code[$1] = code[$1] text " \n"
    if (match(text, /(^|[^A-Za-z0-9_])(struct|enum|trait|type|union|fn|const|static|mod|macro_rules!) +[A-Za-z_][A-Za-z0-9_]*/)) {
        text = substr(text, RSTART, RLENGTH); sub(/.* /, "", text)
        defines[module_of[$1], text] = 1
    }
}

# A use statement becomes one binding a name.
function keeps_use(text,    is_public) {
    is_public = text ~ /^[ \t]*pub/
    gsub(/[ \t\n]+/, " ", text); sub(/^ *(pub(\([^)]*\))? +)?use +/, "", text); sub(/;.*/, "", text)
    opens(text, "", is_public)
}

# Opens `a::{b, c::d}` with what stands before it.
function opens(text, before, is_public,    brace, depth, i, c, part) {
    gsub(/^ +| +$/, "", text)
    if (text == "") return
    brace = index(text, "{")
    if (!brace) { binds(before text, is_public); return }
    before = before substr(text, 1, brace - 1)
    depth = 0; part = ""
    for (i = brace + 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == "}" && depth == 0) { opens(part, before, is_public); return }
        if (c == "," && depth == 0) { opens(part, before, is_public); part = ""; continue }
        depth += (c == "{") - (c == "}")
        part = part c
    }
}

function binds(full, is_public,    name, at) {
    gsub(/^ +| +$/, "", full)
    name = full
    if (match(full, / as /)) { name = substr(full, RSTART + 4); full = substr(full, 1, RSTART - 1) }
    else sub(/.*::/, "", name)
    if (name == "self") { sub(/::self$/, "", full); name = full; sub(/.*::/, "", name) }
    at = module_of[$1]
    full = absolute(full, at)
    if (full == "") return
    if (name == "*") { sub(/::\*$/, "", full); globs[at] = globs[at] full " "; if (!is_public) uses[$1] = uses[$1] full " "; return }
    if (name != "_") { binding[at, name] = full; if (is_public) exported[$1] = exported[$1] name " " }
    if (!is_public) uses[$1] = uses[$1] full " "
}

# A path as the root sees it, with a mark before it: "::a::b". Empty for another crate's.
function absolute(full, at,    first) {
    first = full; sub(/::.*/, "", first)
    if (first == "crate" || first == crate) { sub(/^[^:]*/, "", full); return full == "" ? "::" : full }
    if (first == "self") { sub(/^self/, "", full); return below(at) full }
    if (first == "super") {
        while (full ~ /^super/) { sub(/^super(::)?/, "", full); at = parent(at) }
        return full == "" ? below(at) : below(at) "::" full
    }
    # In a use statement, a child may be named as it is; whether there is one is known at the end.
    return "?" at "|" full
}
function below(at) { return at == "" || at == "main.rs" ? "" : "::" at }
function parent(at) { if (at !~ /::/) return ""; sub(/::[^:]*$/, "", at); return at }

# The file that defines what a path names, seen from the root; sets `item`.
function definer(full, depth,    parts, n, i, j, at, next_at, rest, from) {
    if (depth > 12) return ""
    if (full ~ /^\?/) {
        from = substr(full, 2); sub(/\|.*/, "", from); sub(/^[^|]*\|/, "", full)
        rest = full; sub(/::.*/, "", rest)
        next_at = (from == "" || from == "main.rs") ? rest : from "::" rest
        if (next_at in file_of) return definer("::" (from == "" || from == "main.rs" ? "" : from "::") full, depth + 1)
        return ""
    }
    sub(/^::/, "", full)
    n = split(full, parts, "::"); at = ""
    for (i = 1; i <= n; i++) {
        next_at = at == "" ? parts[i] : at "::" parts[i]
        if (next_at in file_of) { at = next_at; continue }
        rest = ""
        for (j = i + 1; j <= n; j++) rest = rest "::" parts[j]
        item = parts[i]
        # What a module defines is its own, though a module within it may take the same name from above.
        if ((at, parts[i]) in defines) return file_of[at]
        if ((at, parts[i]) in binding) return definer(binding[at, parts[i]] rest, depth + 1)
        if (!((at, parts[i]) in defines) && (at in globs)) return by_glob(at, parts[i], depth)
        return file_of[at]
    }
    item = parts[n]
    return file_of[at]
}

function by_glob(at, name, depth,    list, n, i, target, found) {
    n = split(globs[at], list, " ")
    for (i = 1; i <= n; i++) {
        target = list[i]
        if (target ~ /^\?/) { sub(/^\?/, "", target); sub(/\|/, "::", target); sub(/^::/, "", target) }
        sub(/^::/, "", target)
        if ((target, name) in defines || (target, name) in binding) { found = definer("::" target "::" name, depth + 1); item = name; return found }
    }
    return file_of[at]
}

# All that the file names.
function ties(file,    list, n, i, at, text, word, first, full) {
    at = module_of[file]
    n = split(uses[file], list, " ")
    for (i = 1; i <= n; i++) tie(file, list[i], 1)
    text = code[file]
    while (match(text, /[A-Za-z_][A-Za-z0-9_]*(::[A-Za-z_][A-Za-z0-9_]*)+/)) {
        full = substr(text, RSTART, RLENGTH); text = substr(text, RSTART + RLENGTH)
        first = full; sub(/::.*/, "", first)
        if (first == "crate" || first == crate || first == "self" || first == "super") tie(file, absolute(full, at), 0)
        else if ((at, first) in binding) { word = full; sub(/^[^:]*/, "", word); tie(file, binding[at, first] word, 0) }
        else tie(file, "?" at "|" full, 0)
    }
    # What is re-exported may be used here, too.
    n = split(exported[file], list, " ")
    for (i = 1; i <= n; i++) if (code[file] ~ ("(^|[^A-Za-z0-9_:])" list[i] "[^A-Za-z0-9_:]")) tie(file, binding[at, list[i]], 0)
}

# Naming a module with `use` ties nothing yet: what is named in it does.
function tie(file, full, by_use,    to) {
    if (full == "") return
    item = ""
    to = definer(full, 0)
    if (to == "" || to == file) return
    if (by_use && names_module(full)) return
    # A module stands in the room of those above it: what it takes from them is within that room.
    if (stands_in(module_of[file], module_of[to])) return
    arrow("file", file, to, item)
}
function stands_in(inner, outer) { return outer == "" || index(inner, outer "::") == 1 }
function names_module(full) {
    if (full ~ /^\?/) { sub(/^\?/, "", full); sub(/\|/, "::", full) }
    sub(/^(main\.rs)?::/, "", full); sub(/^::/, "", full)
    return full in file_of
}

function arrow(kind, from, to, name,    list, n, i) {
    if (!((kind, from, to) in ties_of)) { nexts[kind, from] = nexts[kind, from] to "\n" }
    n = split(name, list, " ")
    for (i = 1; i <= n; i++) if (index(" " ties_of[kind, from, to], " " list[i] " ") == 0) ties_of[kind, from, to] = ties_of[kind, from, to] list[i] " "
}

# The room of a file: what stands first in its module. The root is none.
function room(file,    name) { name = module_of[file]; sub(/::.*/, "", name); return name }
function arrows_of_rooms(    f, list, n, i, from, to) {
    for (f = 1; f <= files; f++) {
        from = room(path[f])
        if (!(from in is_room)) { is_room[from] = 1; rooms[++n_rooms] = from }
        n = split(nexts["file", path[f]], list, "\n")
        for (i = 1; i < n; i++) {
            to = room(list[i])
            if (from != "" && to != "" && from != to) arrow("room", from, to, ties_of["file", path[f], list[i]])
        }
    }
}

# Tarjan.
function circles(kind,    i, n, at_node) {
    index_now = 0; top = 0; in_circle[kind] = 0; split("", number); split("", low); split("", on)
    n = kind == "file" ? files : n_rooms
    for (i = 1; i <= n; i++) {
        at_node = kind == "file" ? path[i] : rooms[i]
        if (!(at_node in number)) visit(kind, at_node)
    }
}
function visit(kind, node,    list, n, i, to, size, members) {
    number[node] = low[node] = ++index_now; stack[++top] = node; on[node] = 1
    n = split(nexts[kind, node], list, "\n")
    for (i = 1; i < n; i++) {
        to = list[i]
        if (!(to in number)) { visit(kind, to); if (low[to] < low[node]) low[node] = low[to] }
        else if (on[to] && number[to] < low[node]) low[node] = number[to]
    }
    if (low[node] != number[node]) return
    size = 0; members = "\n"
    do { to = stack[top--]; on[to] = 0; size++; members = members to "\n" } while (to != node)
    if (size > 1) { in_circle[kind] += size; tells(kind, size, members) }
}

function tells(kind, size, members,    list, n, i, j, m, more, told, left) {
    printf "%s: a circle of %d %ss\n", crate, size, kind
    n = split(members, list, "\n"); told = 0; left = 0
    for (i = 2; i < n; i++) {
        m = split(nexts[kind, list[i]], more, "\n")
        for (j = 1; j < m; j++) {
            if (index(members, "\n" more[j] "\n") == 0) continue
            if (edges && told >= edges) { left++; continue }
            told++
            printf "    %s -> %s: %s\n", short(list[i]), short(more[j]), few(ties_of[kind, list[i], more[j]])
        }
    }
    if (left) printf "    and %d arrows more (--all prints them)\n", left
}
function short(name) { return index(name, src "/") == 1 ? substr(name, length(src) + 2) : name }
function few(names,    list, n, i, text) {
    n = split(names, list, " "); text = ""
    for (i = 1; i <= n && i <= 5; i++) text = text (i > 1 ? ", " : "") list[i]
    return text (n > 5 ? ", …" : "")
}
