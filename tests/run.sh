#!/bin/sh
# run.sh: every test. Installs what the tests need, builds and runs, part after part:
#
#   format        the layout of the sources, by Debian 12's clang-format
#   sanitizers    every test, with AddressSanitizer and UndefinedBehaviorSanitizer, in build-tests/
#   release       what computes, as users run it, in build-tests-release/
#   clang         the program and the fuzz targets built by clang; what runs threads under ThreadSanitizer, in build-tests-clang/
#   ratio         how many times pycocotools' time a Release eval takes
#
# and, only when asked for, `fuzz [SECONDS [NAME...]]`: fuzz.sh.
#
# One part: sh tests/run.sh PART [ctest's arguments]. Arguments alone go to the sanitizers' ctest: sh tests/run.sh -R metric
set -eu
cd "$(dirname "$0")/.."
. cmd/packages.sh
build=build-tests
jobs=$(nproc)

# tree FOLDER TARGET [options of cmake]: configure once, build TARGET.
tree() {
    folder=$1 target=$2
    shift 2
    [ -f "$folder/Makefile" ] || cmake -S . -B "$folder" -G 'Unix Makefiles' -DBOXSCORE_TESTS=ON -DBOXSCORE_WERROR=ON "$@"
    cmake --build "$folder" -j"$jobs" --target "$target" -- --no-print-directory
}

# What comes from PyPI or npm is optional: a test that needs it says "skipped: X not found". Where CI is set, it is installed, and to be skipped is to fail.
python() {
    if [ -n "${CI:-}" ]; then
        export BOXSCORE_NO_SKIP=1
        need_packages python3-venv
        [ -x "$build/venv/bin/python" ] || python3 -m venv "$build/venv"
        "$build/venv/bin/python" -c 'import pycocotools, jsonschema, PIL, onnxruntime' 2>/dev/null || "$build/venv/bin/pip" install -q pycocotools numpy jsonschema pillow onnxruntime
    fi
    if [ -x "$build/venv/bin/python" ]; then
        BOXSCORE_PYTHON=$(pwd)/$build/venv/bin/python
        export BOXSCORE_PYTHON
    fi
}
node() {
    # A Node.js from elsewhere brings its own npm, which Debian's package would not stand beside.
    command -v npm >/dev/null || need_packages nodejs npm
    if [ ! -d "$build/node/node_modules/playwright-core" ]; then
        mkdir -p "$build/node"
        (cd "$build/node" && timeout 120 npm install --silent --no-save --no-audit --no-fund --fetch-retries=1 --fetch-timeout=20000 --prefix . playwright-core axe-core) ||
            echo "npm could not install playwright-core: the browser tests will be skipped"
    fi
    BOXSCORE_NODE_MODULES=$(pwd)/$build/node/node_modules
    export BOXSCORE_NODE_MODULES
}

part_format() {
    need_packages clang-format-14
    find cmd core render tests -name '*.[ch]' | LC_ALL=C sort | xargs clang-format-14 --dry-run --Werror
}
part_sanitizers() {
    need_packages $BUILD_PACKAGES libcmocka-dev python3 python3-jsonschema sqlite3 file chromium
    node
    python
    tree "$build" all -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS=-O1 -DBOXSCORE_SANITIZE=ON
    ctest --test-dir "$build" --output-on-failure -j"$jobs" "$@"
}
part_release() {
    need_packages $BUILD_PACKAGES libcmocka-dev python3 sqlite3
    python
    tree "$build-release" tests_release -DCMAKE_BUILD_TYPE=Release
    ctest --test-dir "$build-release" --output-on-failure -j"$jobs" -L release "$@"
}
part_clang() {
    need_packages $BUILD_PACKAGES libcmocka-dev python3 clang libclang-rt-14-dev
    python
    tree "$build-clang" tests_threads -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS=-O1 -DBOXSCORE_THREADS=ON
    # ThreadSanitizer knows where a kernel maps things, and not every kernel's randomness keeps to that.
    still=
    ! setarch -R true 2>/dev/null || still="setarch -R"
    TSAN_OPTIONS=halt_on_error=1 $still ctest --test-dir "$build-clang" --output-on-failure -j"$jobs" -L threads "$@"
}
part_ratio() {
    need_packages $BUILD_PACKAGES libcmocka-dev python3
    python
    tree "$build-release" boxscore -DCMAKE_BUILD_TYPE=Release
    BOXSCORE=$(pwd)/$build-release/boxscore sh tests/bench/ratio.sh "$@" || { [ $? = 77 ] && [ -z "${BOXSCORE_NO_SKIP:-}" ]; }
}

case ${1:-} in
fuzz)
    shift
    exec sh tests/fuzz.sh "$@"
    ;;
format | sanitizers | release | clang | ratio)
    part=$1
    shift
    "part_$part" "$@"
    ;;
?*) part_sanitizers "$@" ;;
*)
    for part in format sanitizers release clang ratio; do
        began=$(date +%s)
        "part_$part"
        echo "== $part: $(($(date +%s) - began)) s"
    done
    ;;
esac
