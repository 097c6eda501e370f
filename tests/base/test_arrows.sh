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

# room <path>: which room a file is in.
room() {
    case $1 in
    cmd/runners/*) echo runners ;;
    cmd/*) echo cmd ;;
    core/*/*) r=${1#core/} && echo "${r%%/*}" ;;
    core/registry* | core/spdx* | core/settings*) echo registry ;;
    core/runner*) echo runner ;;
    render/template*) echo template ;;
    render/publish*) echo publish ;;
    render/chart* | render/overlay*) echo chart ;;
    render/view* | render/site*) echo view ;;
    *) echo unknown ;;
    esac
}

# allowed <room>: what it may include beside itself. As in CMakeLists.txt, where the same arrows are the libraries linked.
allowed() {
    case $1 in
    base | runners) echo "" ;;
    data) echo "base" ;;
    image | metric | store | registry) echo "base data" ;;
    testset | backend) echo "base data image" ;;
    runner) echo "base data image testset registry backend metric store" ;;
    template | publish) echo "base" ;;
    chart) echo "base data image" ;;
    view) echo "base data image store registry template publish chart" ;;
    cmd) echo "base data image testset registry backend metric store runner template publish chart view" ;;
    esac
}

for file in $(find cmd core render -name '*.[ch]' | LC_ALL=C sort); do
    from=$(room "$file")
    [ "$from" = unknown ] && complain "$file: in no room of the house"
    for header in $(sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$file"); do
        # The runners are programs of their own, and name their own headers.
        [ "$from" = runners ] && [ -f "${file%/*}/$header" ] && continue
        [ -f "$header" ] || { complain "$file: includes \"$header\", which is no file below the root"; continue; }
        to=$(room "$header")
        [ "$to" = "$from" ] && continue
        case " $(allowed "$from") " in
        *" $to "*) ;;
        *) complain "$file: $from includes $to (\"$header\"): an arrow that the house does not have" ;;
        esac
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
