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

# What each room may include beside itself: as in CMakeLists.txt, where the same arrows are the libraries linked.
arrows='
base
runners
data base
image base data
metric base data
store base data
registry base data
testset base data image
backend base data image
runner base data image testset registry backend metric store
template base
publish base
chart base data image
view base data image store registry template publish chart
cmd base data image testset registry backend metric store runner template publish chart view'
find cmd core render -name '*.[ch]' | LC_ALL=C sort | tr '\n' '\0' | xargs -0 awk -v arrows="$arrows" '
    function room(path,   part) {
        if (path ~ /^cmd\/runners\//) return "runners"
        if (path ~ /^cmd\//) return "cmd"
        if (path ~ /^core\/[^\/]*\//) { split(path, part, "/"); return part[2] }
        if (path ~ /^core\/(registry|spdx|settings)/) return "registry"
        if (path ~ /^core\/runner/) return "runner"
        if (path ~ /^render\/template/) return "template"
        if (path ~ /^render\/publish/) return "publish"
        if (path ~ /^render\/(chart|overlay)/) return "chart"
        if (path ~ /^render\/(view|site)/) return "view"
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
            for (j = 1; j <= k; j++) allowed[to[1], to[j]] = 1
        }
    }
    FNR == 1 { from = room(FILENAME); if (!((from, from) in allowed)) { print FILENAME ": in no room of the house"; bad = 1 } }
    /^[ \t]*#[ \t]*include[ \t]*"/ {
        split($0, part, "\"")
        beside = FILENAME
        sub(/[^\/]*$/, part[2], beside)
        if (from == "runners" && there(beside)) next # programs of their own, which name their own headers
        if (!there(part[2])) { print FILENAME ": includes \"" part[2] "\", which is no file below the root"; bad = 1 }
        else if (!((from, room(part[2])) in allowed)) {
            print FILENAME ": " from " includes " room(part[2]) " (\"" part[2] "\"): an arrow that the house does not have"
            bad = 1
        }
    }
    END { exit bad }' || failed=1

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
flags="-std=gnu11 -D_GNU_SOURCE -I. -Wall -Wextra -Werror -fsyntax-only $(pkg-config --cflags sqlite3 libcjson libpng pangocairo cairo libjpeg yaml-0.1 expat libcrypto zlib)"
one=$(mktemp) || exit 1
trap 'rm -f "$one"' EXIT
for compiler in gcc clang; do
    command -v $compiler >/dev/null 2>&1 || { echo "$compiler is not here"; continue; }
    for header in $(find cmd core render -name '*.h' | LC_ALL=C sort); do
        echo "#include \"$header\"" >"$one"
        # shellcheck disable=SC2086
        $compiler $flags -x c "$one" || complain "$header does not compile alone ($compiler)"
    done
done
[ $failed = 0 ] && echo "all arrows point one way"
exit $failed
