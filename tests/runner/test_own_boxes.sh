#!/bin/sh
# test_own_boxes.sh: a segmentation model that sends boxes of its own beside its masks, of quite another size: what the board says by mask
# and by box is what pycocotools says of the exports, small, medium and large as well. $BOXSCORE_PYTHON, or python3, may have it.
. "$SOURCE/tests/runner/lib.sh"
python=
for p in "${BOXSCORE_PYTHON:-}" python3; do
    [ -n "$p" ] && "$p" -c 'import pycocotools' 2>/dev/null && python=$p && break
done
[ -n "$python" ] || { echo "skipped: pycocotools not found"; exit 77; }

board own
shapes=$SOURCE/tests/data/shapes/test
cat >boxscore.json <<END
{"format": 1, "boards": [
  {"slug": "mask", "task": "segment", "geometry": "mask", "test_set": {"path": "$shapes/annotations.json", "images": "$shapes/images"}},
  {"slug": "box", "task": "segment", "geometry": "box", "test_set": {"path": "$shapes/annotations.json", "images": "$shapes/images"}}],
 "allow": [{"models": "*", "reason": "a test"}], "confine": false, "limits": {"free_disk": 0}, "threads": 1}
END
mkdir models.d/own
{
    echo "#!$(command -v "$python")"
    cat <<'END'
import hashlib, json, os, random, sys
truth = json.load(open(os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), "truth.json")))
print(json.dumps({"proto": 1, "ready": True, "task": "segment", "names": truth["names"]}), flush=True)
for line in sys.stdin:
    ask = json.loads(line)
    sha = hashlib.sha256(open(ask["image"], "rb").read()).hexdigest()
    r, found = random.Random(sha), []
    for name, rings in truth["images"][sha]:
        dx, dy = r.gauss(0, 1.5), r.gauss(0, 1.5)
        rings = [[round(v + (dy if i % 2 else dx), 2) for i, v in enumerate(ring)] for ring in rings]
        xs, ys = [v for ring in rings for v in ring[::2]], [v for ring in rings for v in ring[1::2]]
        # Its box is of half the side, or of twice: another class of size, and often another match.
        f = r.choice((0.5, 1, 2))
        x, y, w, h = min(xs), min(ys), f * (max(xs) - min(xs)), f * (max(ys) - min(ys))
        found.append({"class": name, "score": round(r.random(), 3), "box": [x, y, x + w, y + h], "poly": rings})
    print(json.dumps({"id": ask["id"], "predictions": found}), flush=True)
END
} >models.d/own/run.py
chmod +x models.d/own/run.py
"$python" - "$shapes" <<'END'
import hashlib, json, sys
gt = json.load(open(sys.argv[1] + "/annotations.json"))
names = {c["id"]: c["name"] for c in gt["categories"]}
sha = {i["id"]: hashlib.sha256(open(sys.argv[1] + "/images/" + i["file_name"], "rb").read()).hexdigest() for i in gt["images"]}
images = {s: [] for s in sha.values()}
for a in gt["annotations"]:
    if isinstance(a["segmentation"], list):
        images[sha[a["image_id"]]].append([names[a["category_id"]], a["segmentation"]])
json.dump({"names": sorted(names.values()), "images": images}, open("models.d/own/truth.json", "w"))
END
cat >models.d/own.json <<END
{"format": 1, "name": "Own boxes", "task": "segment", "license": "MIT",
 "backend": {"type": "command", "program": "own/run.py", "files": ["own/truth.json"]}}
END
expect 0 "a night" "$BOXSCORE" run
for g in mask box; do
    expect 0 "the export of $g" "$BOXSCORE" export --board $g -o "x-$g" own
    "$BOXSCORE" export --board $g --json >board-$g.json
    expect 0 "pycocotools on $g" "$python" - $g <<'END'
import contextlib, io, json, sys
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
g = sys.argv[1]
shown = json.load(open("board-%s.json" % g))["models"][0]["metrics"]
with contextlib.redirect_stdout(io.StringIO()):
    gt = COCO("x-%s/gt.json" % g)
    e = COCOeval(gt, gt.loadRes("x-%s/dt.json" % g), {"mask": "segm", "box": "bbox"}[g])
    e.evaluate(), e.accumulate(), e.summarize()
names = ("map", "map_50", "map_75", "map_small", "map_medium", "map_large", "ar_1", "ar_10", "ar_100", "ar_small", "ar_medium", "ar_large")
for name, value in zip(names, e.stats):
    assert 0 < value < 1, (name, value)
    assert shown[name] == value, (g, name, shown[name], value)
END
done
finish
