#!/bin/sh
# How many times as long pycocotools takes: fails below 200, or where a bit of AP or AR differs. ratio.sh [BOXSCORE [LEAST]]; BOXSCORE: a Release binary. The Python
# named by BOXSCORE_PYTHON, or python3, has pycocotools; without it the check is skipped.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
boxscore=${1:-${BOXSCORE:-$here/../../build/boxscore}}
[ -x "$boxscore" ] || { echo "skipped: no program at $boxscore"; exit 77; }
for python in ${BOXSCORE_PYTHON:-} python3; do
    "$python" -c 'import pycocotools' 2>/dev/null && exec "$python" "$here/ratio.py" "$boxscore" "${2:-200}"
done
echo "skipped: no Python with pycocotools"
exit 77
