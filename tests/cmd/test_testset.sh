#!/bin/sh
# boxscore testset: what it prints, its exit statuses, and names that mean harm.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0
shapes=data/shapes

# says <status> <text> <arguments…>: exit status, and the text in stdout or stderr.
says() {
    status=$1 text=$2
    shift 2
    "$BOXSCORE" testset "$@" >"$dir/out" 2>"$dir/err"
    got=$?
    [ $got = "$status" ] || { echo "testset $*: exit status $got, expected $status: $(head -c 300 "$dir/err")"; failed=1; }
    grep -qF -- "$text" "$dir/out" "$dir/err" || { echo "testset $*: does not say '$text':"; cat "$dir/out" "$dir/err"; failed=1; }
}

says 0 "60 (5 with nothing in them), 160 x 120 to 640 x 480 pixels" show $shapes/test
says 0 "408 (5 crowds, 0 ignored), with masks" show $shapes/test/annotations.json
says 0 "9 images are stored turned or mirrored" show $shapes
says 0 "obb     bx1-obb-" show $shapes/test-obb --task obb
says 0 "mask    bx1-mask-" show $shapes/test-seg -t segment
says 0 "box digest: equal" diff $shapes/test $shapes/test/annotations.json
says 1 "at most 0.5 pixels apart" diff $shapes/test $shapes/test/voc
says 1 "images only in the first" diff $shapes/test $shapes/train
says 2 "expected 'show PATH', 'diff PATH PATH' or 'fetch SOURCE'" show
says 2 "expected 'show PATH', 'diff PATH PATH' or 'fetch SOURCE'" look $shapes
says 2 "task 'boxes', expected detect, segment or obb" show $shapes --task boxes
says 2 "split 'tset', expected test, val or train" show $shapes --split tset
says 0 "training split: models have seen these images" show $shapes --split train
says 2 "VOC offset 2, expected 0 or 1" show $shapes/test/voc --voc-offset 2
says 3 "is not there" show "$dir/nothing"
says 3 "found neither data.yaml" show "$dir"

"$BOXSCORE" testset show $shapes/test --json >"$dir/show.json" && "$BOXSCORE" testset diff $shapes/test $shapes --json >"$dir/diff.json"
if command -v python3 >/dev/null 2>&1; then
    python3 - "$dir" <<'PY' || failed=1
import json, sys
show, diff = (json.load(open(sys.argv[1] + n)) for n in ("/show.json", "/diff.json"))
assert show["images"] == 60 and sum(c["annotations"] for c in show["classes"]) == show["annotations"] == 408
assert [c["name"] for c in show["classes"]] == ["disc", "ring", "square", "triangle", "star"]
assert not diff["equal"] and diff["annotations"]["only_first"] == 5 and diff["boxes"]["largest"] < 0.002
PY
fi

# A class that would clear the screen and fake a line.
mkdir -p "$dir/set"
cp image/corpus/plain.png "$dir/set/a.png"
printf '{"images": [{"id": 1, "file_name": "a.png", "width": 40, "height": 20}], "categories": [{"id": 1, "name": "x\\u001b[2J\\nfake"}], "annotations": []}' \
    >"$dir/set/annotations.json"
"$BOXSCORE" testset show "$dir/set" >"$dir/out" 2>&1
if grep -q "$(printf '\033')" "$dir/out" || grep -q '^fake' "$dir/out"; then
    echo "control characters of a class name reached the terminal"
    failed=1
fi
exit $failed
