#!/bin/sh
# quickstart.sh: from a fresh checkout on Debian 12 to a leaderboard site. Installs what is missing, builds, evaluates the shipped models on the
# shipped test set, renders the site and says where it is. Run it again whenever you like: what is done is not done twice.
set -eu
cd "$(dirname "$0")/.."
. cmd/packages.sh

need_packages $BUILD_PACKAGES

build=build
mkdir -p "$build"
quietly() {
    "$@" >"$build/build.log" 2>&1 || { cat "$build/build.log" >&2; echo "boxscore: '$*' failed; its output is above" >&2; exit 4; }
}
if [ ! -f "$build/Makefile" ]; then
    echo "building in $build/"
    quietly cmake -S . -B "$build" -G 'Unix Makefiles' -DCMAKE_BUILD_TYPE=Release
fi
quietly cmake --build "$build" -j"$(nproc)"

# A model that fails (status 1) still leaves a site to look at.
status=0
"$build/boxscore" nightly --settings cmd/quickstart.json || status=$?
[ "$status" -le 1 ] || exit "$status"
# A network waits for ONNX Runtime, which Debian 12 has no package of; that alone is no failure.
if "$build/boxscore" check --settings cmd/quickstart.json 2>/dev/null | grep -q 'ONNX Runtime was not found'; then
    echo "optional: shapes-net is a network and needs ONNX Runtime: 'apt-get install python3-venv; python3 -m venv $build/venv && $build/venv/bin/pip install onnxruntime', then this again"
    ! "$build/boxscore" status --settings cmd/quickstart.json | grep -q '^last run.*, 0 failed' || status=0
fi

echo
"$build/boxscore" board --settings cmd/quickstart.json --top 6
echo
echo "the site: $(pwd)/$build/board/site/index.html"
exit "$status"
