# `boxscore eval` by rules of one's own (limits, sizes, IoU grid, classes, images) against pycocotools with the same Params, bit for bit.
set -u
for p in "${BOXSCORE_PYTHON:-}" python3; do
    [ -n "$p" ] && "$p" -c 'import pycocotools.cocoeval' 2>/dev/null && python=$p && break
done
if [ -z "${python:-}" ]; then
    echo "skipped: pycocotools not found"
    [ -z "${BOXSCORE_NO_SKIP:-}" ] || exit 1
    exit 77
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$python" metric/rules_pycocotools.py "$BOXSCORE" data/shapes/valid/annotations.json "$dir"
