#!/bin/sh
# run.sh: every test, with AddressSanitizer and UndefinedBehaviorSanitizer. Installs what the tests need, builds in build-tests/, runs ctest.
# Arguments go to ctest: sh tests/run.sh -R metric
set -eu
cd "$(dirname "$0")/.."
. cmd/packages.sh

need_packages $BUILD_PACKAGES libcmocka-dev python3 python3-jsonschema sqlite3 file chromium
# A Node.js from elsewhere brings its own npm, which Debian's package would not stand beside.
command -v npm >/dev/null || need_packages nodejs npm

build=build-tests
[ -f "$build/Makefile" ] ||
    cmake -S . -B "$build" -G 'Unix Makefiles' -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS=-O1 -DBOXSCORE_TESTS=ON -DBOXSCORE_SANITIZE=ON -DBOXSCORE_WERROR=ON
cmake --build "$build" -j"$(nproc)" -- --no-print-directory

# What comes from PyPI or npm is optional: a test that needs it says "skipped: X not found". Where CI is set, it is installed, and to be skipped is to fail.
if [ -n "${CI:-}" ]; then
    export BOXSCORE_NO_SKIP=1
    need_packages python3-venv
    [ -x "$build/venv/bin/python" ] || python3 -m venv "$build/venv"
    "$build/venv/bin/python" -c 'import pycocotools, jsonschema' 2>/dev/null || "$build/venv/bin/pip" install -q pycocotools numpy jsonschema
fi
if [ -x "$build/venv/bin/python" ]; then
    BOXSCORE_PYTHON=$(pwd)/$build/venv/bin/python
    export BOXSCORE_PYTHON
fi
if [ ! -d "$build/node/node_modules/playwright-core" ]; then
    mkdir -p "$build/node"
    (cd "$build/node" && timeout 120 npm install --silent --no-save --no-audit --no-fund --fetch-retries=1 --fetch-timeout=20000 --prefix . playwright-core axe-core) ||
        echo "npm could not install playwright-core: the browser tests will be skipped"
fi
BOXSCORE_NODE_MODULES=$(pwd)/$build/node/node_modules
export BOXSCORE_NODE_MODULES

ctest --test-dir "$build" --output-on-failure -j"$(nproc)" "$@"
