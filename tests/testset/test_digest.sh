#!/bin/sh
# The digests that the program gives are those of the definition (digest.py, which shares no code with it).
set -u
command -v python3 >/dev/null 2>&1 || { echo "skipped: no python3"; exit 77; }
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0

# same <annotations> <images> <what it is>
same() {
    python3 testset/digest.py "$1" "$2" >"$dir/want" || { failed=1; return; }
    "$BOXSCORE" testset show "$1" --images "$2" --task segment --json >"$dir/got" || { failed=1; return; }
    python3 - "$dir/want" "$dir/got" "$3" <<'PY' || failed=1
import json, sys
want, got = (json.load(open(p, encoding="utf-8")) for p in sys.argv[1:3])
bad = [k for k in want if want[k] is not None and want[k] != got["digests"][k]]
for k in bad:
    print("%s: %s digest is %s, by its definition %s" % (sys.argv[3], k, got["digests"][k], want[k]))
print("%s: %s" % (sys.argv[3], "different" if bad else "equal (%s)" % ", ".join(k for k in want if want[k])))
sys.exit(bool(bad))
PY
}

same data/shapes/test/annotations.json data/shapes/test/images "shapes, test"
same data/shapes/train/annotations.json data/shapes/train/images "shapes, train"

# What real files are full of: ids with gaps and out of order, background images, crowds, -0, decimals that are no doubles, names that are not
# ASCII, a missing area, boxes outside the image, annotations mixed over images.
cp image/corpus/plain.png "$dir/one.png"
cp image/corpus/plain.jpg "$dir/two.jpg"
cp image/corpus/exif6.jpg "$dir/Größe.jpg"
cat >"$dir/hand.json" <<'JSON'
{"info": {}, "categories": [{"id": 90, "name": "tooth brush"}, {"id": 3, "name": "Straße"}, {"id": 17, "name": "\u732b"}],
 "images": [{"id": 9007199254740993, "file_name": "two.jpg", "width": 40, "height": 20}, {"id": 0, "file_name": "one.png", "width": 40, "height": 20},
            {"id": 7, "file_name": "Größe.jpg", "width": 20, "height": 40}],
 "annotations": [
  {"id": 5, "image_id": 9007199254740993, "category_id": 3, "bbox": [0.1, 0.2, 10.3, 4.7], "area": 33.333333333333336, "iscrowd": 0},
  {"id": 2, "image_id": 0, "category_id": 90, "bbox": [-0.0, -5, 1e2, 2.5E1], "iscrowd": 0},
  {"id": 9, "image_id": 9007199254740993, "category_id": 17, "bbox": [1, 1, 2, 2], "area": 4, "iscrowd": 1},
  {"id": 1, "image_id": 0, "category_id": 3, "bbox": [3, 3, 0, 0], "area": -0.0, "iscrowd": 0}]}
JSON
same "$dir/hand.json" "$dir" "by hand"

cat >"$dir/masks.json" <<'JSON'
{"categories": [{"id": 1, "name": "a"}],
 "images": [{"id": 1, "file_name": "one.png", "width": 40, "height": 20}, {"id": 2, "file_name": "two.jpg", "width": 40, "height": 20}],
 "annotations": [
  {"id": 1, "image_id": 2, "category_id": 1, "bbox": [0, 0, 1, 1], "area": 1, "iscrowd": 0, "segmentation": {"size": [20, 40], "counts": [0, 1, 799]}},
  {"id": 2, "image_id": 1, "category_id": 1, "bbox": [1, 0, 2, 5], "area": 7, "iscrowd": 1, "segmentation": {"size": [20, 40], "counts": [20, 5, 15, 2, 758]}}]}
JSON
same "$dir/masks.json" "$dir" "masks"

# Equal digest, equal input: what the metric does not see does not change it; what it sees does.
digest() {
    "$BOXSCORE" testset show "$1" --images "$dir" --json | sed -n 's/.*"box": "\(bx1[^"]*\)".*/\1/p'
}
base=$(digest "$dir/hand.json")
change() { # <sed script> <same or other>
    sed "$1" "$dir/hand.json" >"$dir/changed.json"
    cmp -s "$dir/hand.json" "$dir/changed.json" && { echo "'$1' changes nothing"; failed=1; }
    now=$(digest "$dir/changed.json")
    case $2 in
    same) [ "$now" = "$base" ] || { echo "'$1' changed the digest"; failed=1; } ;;
    other) [ -n "$now" ] && [ "$now" != "$base" ] || { echo "'$1' did not change the digest"; failed=1; } ;;
    esac
}
change 's/"info": {}/"info": {"year": 2026}/' same
change 's/"id": 5,/"id": 55,/' same
change 's/-0\.0/0/g' same
change 's/33.333333333333336/33.33333333333333570180911920033395290374755859375/' same
change 's/33.333333333333336/33.33333333333333/' other
change 's/"iscrowd": 1/"iscrowd": 0/' other
change 's/tooth brush/toothbrush/' other
change 's/"image_id": 0, "category_id": 3/"image_id": 7, "category_id": 3/' other
change 's/"id": 17, "name"/"id": 99, "name"/; s/"category_id": 17/"category_id": 99/' other
cp "$dir/one.png" "$dir/kept.png"
printf x >>"$dir/one.png"
[ "$(digest "$dir/hand.json")" != "$base" ] || { echo "another image, the same digest"; failed=1; }
mv "$dir/kept.png" "$dir/renamed.png"
change 's/one.png/renamed.png/' same
exit $failed
