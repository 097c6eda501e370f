#!/bin/sh
# The house's rules, by reading the sources: data flows one way, so an #include never runs back up or sideways; nothing below cmd/ ends the process or
# prints a result; functions that write without knowing how much room there is are not used; every header compiles alone.
set -u
cd "$SOURCE" || exit 1
failed=0
complain() {
    echo "$1"
    failed=1
}

# What each room may include beside itself: the table of core/README.md. A permission that nobody uses is a wall with a hole in it.
arrows=$(awk -F'|' '/^\| room \| may include \|/ {on = 1; next} on && !/^\|/ {on = 0} on && !/^\|-/ {gsub(/[ ,]+/, " ", $3); print $2 $3}' core/README.md)
[ "$(echo "$arrows" | wc -l)" -gt 10 ] || complain "core/README.md: no table of who may include whom"
find cmd core render -name '*.[ch]' | LC_ALL=C sort | tr '\n' '\0' | xargs -0 awk -v arrows="$arrows" '
    function room(path,   part) {
        if (path ~ /^cmd\/runners\//) return "runners"
        if (path ~ /^cmd\//) return "cmd"
        if (split(path, part, "/") > 2) return part[2]
        return "unknown"
    }
    function there(path,   line, got) {
        if (!(path in seen)) { got = (getline line < path); seen[path] = got >= 0; close(path) }
        return seen[path]
    }
    BEGIN {
        n = split(arrows, row, "\n")
        for (i = 1; i <= n; i++) {
            k = split(row[i], to, " ")
            allowed[to[1], to[1]] = used[to[1], to[1]] = 1
            for (j = 2; j <= k; j++) allowed[to[1], to[j]] = 1
        }
        allowed["runners", "runners"] = used["runners", "runners"] = 1
    }
    FNR == 1 { from = room(FILENAME); if (!((from, from) in allowed)) { print FILENAME ": in no room of the house"; bad = 1 } }
    /^[ \t]*#[ \t]*include[ \t]*"/ {
        split($0, part, "\"")
        beside = FILENAME
        sub(/[^\/]*$/, part[2], beside)
        if (from == "runners" && there(beside)) next # programs of their own, which name their own headers
        used[from, room(part[2])] = 1
        if (!there(part[2])) { print FILENAME ": includes \"" part[2] "\", which is no file below the root"; bad = 1 }
        else if (!((from, room(part[2])) in allowed)) {
            print FILENAME ": " from " includes " room(part[2]) " (\"" part[2] "\"): an arrow that the house does not have"
            bad = 1
        }
    }
    END {
        for (arrow in allowed)
            if (!(arrow in used)) { split(arrow, part, SUBSEP); print "core/README.md: " part[1] " may include " part[2] ", which it does not"; bad = 1 }
        exit bad
    }' || failed=1

# A file does not repeat its room'"'"'s name, but for the header that is the room, and its file.
for file in $(find core render cmd/eval -name '*_*.[ch]' | LC_ALL=C sort); do
    name=${file##*/}
    folder=${file%/*}
    case $name in "${folder##*/}"_*) complain "$file: repeats the name of its folder" ;; esac
done

# One name, one meaning.
twice=$(grep -rhoE --include='*.[ch]' '^(struct|enum|union) bx_[a-z0-9_]+ \{' core render cmd | awk '{print $2}' | LC_ALL=C sort | uniq -d)
[ -z "$twice" ] || complain "defined twice: $twice"

# Every link of a README leads somewhere.
for page in $(find . -name '*.md' -not -path './build*' | LC_ALL=C sort); do
    for link in $(grep -oE '\]\([^)# ]+' "$page" | sed 's/^](//' | grep -v '^[a-z]*:'); do
        [ -e "${page%/*}/$link" ] || complain "$page: no file at '$link'"
    done
done

# Comments and strings may say what they like.
code() {
    sed -e 's/"\([^"\\]\|\\.\)*"/""/g' -e 's://.*$::' -e 's:/\*.*\*/::g' "$1" | awk '/\/\*/ {c = 1} !c {print name ":" NR ": " $0} /\*\// {c = 0}' name="$1"
}
banned='(^|[^A-Za-z0-9_.>])(strcpy|strcat|sprintf|vsprintf|strtok|gets|alloca)[[:space:]]*\('
quits='(^|[^A-Za-z0-9_.>])(exit|printf|puts|putchar)[[:space:]]*\(|(^|[^A-Za-z0-9_])stdout([^A-Za-z0-9_]|$)'
for file in $(find cmd core render tests -name '*.[ch]' | LC_ALL=C sort); do
    found=$(code "$file" | grep -E "$banned")
    [ -z "$found" ] || complain "banned function: $found"
done
for file in $(find core render -name '*.[ch]' | LC_ALL=C sort); do
    found=$(code "$file" | grep -E "$quits")
    [ -z "$found" ] || complain "only cmd/ exits and prints: $found"
done

# Every header compiles alone, in each compiler that is there.
flags="-std=gnu11 -D_GNU_SOURCE -I. -Wall -Wextra -Werror -fsyntax-only $(pkg-config --cflags libcurl libarchive sqlite3 libcjson libpng pangocairo cairo libjpeg yaml-0.1 expat libcrypto zlib)"
one=$(mktemp) || exit 1
trap 'rm -f "$one"' EXIT
clang=$(command -v clang || command -v clang-14) || { echo "clang is not here"; clang=; }
for compiler in gcc $clang; do
    for header in $(find cmd core render -name '*.h' | LC_ALL=C sort); do
        echo "#include \"$header\"" >"$one"
        # shellcheck disable=SC2086
        $compiler $flags -x c "$one" || complain "$header does not compile alone ($compiler)"
    done
done
[ $failed = 0 ] && echo "all arrows point one way"
exit $failed
