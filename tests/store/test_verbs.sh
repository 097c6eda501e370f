#!/bin/sh
# test_verbs.sh: status, export, merge, gc, backup and rescore on a board of prediction files, as a user types them.
set -u
command -v python3 >/dev/null || { echo "skipped: python3 not found"; exit 77; }
command -v sqlite3 >/dev/null || { echo "skipped: sqlite3 not found"; exit 77; }
python=python3
for p in "${BOXSCORE_PYTHON:-}" python3; do
    [ -n "$p" ] && "$p" -c 'import pycocotools' 2>/dev/null && python=$p && break
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
failures=0

fail() { echo "FAILED: $*"; failures=$((failures + 1)); }
# says STATUS WORDS COMMAND…: it ends with this status, and what it prints on either stream has these words
says() {
    want=$1 words=$2
    shift 2
    "$@" >out 2>&1
    got=$?
    [ $got -eq "$want" ] || { fail "'$*' ended with $got, expected $want"; cat out; }
    grep -qF -- "$words" out || { fail "'$*' does not say '$words'"; cat out; }
}
sql() { sqlite3 -cmd 'PRAGMA foreign_keys = ON' "$1" "$2"; }

# Models that look at the truth with bad eyes, so that the numbers are like real ones: moved, missed, doubled, confused and invented boxes; ids of no category
# and, in "mapped", the model's own class names.
mkdir models.d
python3 - "$SOURCE/tests/data/shapes/test/annotations.json" <<'END'
import json, random, sys
gt = json.load(open(sys.argv[1]))
ids = [c["id"] for c in gt["categories"]]
for slug, seed, sigma in (("good", 1, 2.0), ("fair", 2, 5.0), ("mapped", 3, 3.0)):
    r, out = random.Random(seed), []
    for a in gt["annotations"]:
        for _ in range(r.choice((0, 1, 1, 1, 2))):
            box = [round(v + r.gauss(0, sigma), 3) for v in a["bbox"]]
            box[2], box[3] = max(box[2], 1), max(box[3], 1)
            category = a["category_id"] if r.random() < 0.9 else r.choice(ids)
            out.append({"image_id": a["image_id"], "category_id": category, "bbox": box, "score": round(r.random(), 2)})
    for i in gt["images"]:
        out.append({"image_id": i["id"], "category_id": r.choice(ids + ([] if slug == "mapped" else [99])), "bbox": [1, 1, r.randint(1, 200), 50], "score": 0.3})
    r.shuffle(out)
    json.dump(out, open("models.d/%s.preds.json" % slug, "w"))
    config = {"format": 1, "name": slug.title(), "task": "detect", "operating_confidence": 0.5, "backend": {"type": "predictions", "file": slug + ".preds.json"}}
    if slug == "mapped":
        config["backend"]["categories"] = {str(i): "model-%d" % i for i in ids}
        config["class_map"] = {"model-%d" % c["id"]: c["name"] if c["name"] != "star" else None for c in gt["categories"]}
    json.dump(config, open("models.d/%s.json" % slug, "w"))
END
mkdir whole a b
# Prediction files are read from the configs' folder, so they may not look like configs.
for s in good fair mapped; do mv models.d/$s.preds.json models.d/$s.predictions; sed -i "s/$s.preds.json/$s.predictions/" models.d/$s.json; done
for d in whole a b; do
    cat >$d/boxscore.json <<END
{"format": 1, "boards": [{"slug": "shapes", "test_set": {"path": "$SOURCE/tests/data/shapes/test/annotations.json", "images": "$SOURCE/tests/data/shapes/test/images"}}],
 "models": "../models.d", "limits": {"free_disk": 0}, "threads": 1}
END
done
db=whole/boxscore.db

# status before and after
says 0 "not there yet" "$BOXSCORE" status -s whole/boxscore.json
says 0 "3 due" "$BOXSCORE" status -s whole/boxscore.json
says 4 "boxscore run" "$BOXSCORE" gc -s whole/boxscore.json
[ -e whole/boxscore.db ] && fail "a verb made a database"
says 0 "3 evaluated" "$BOXSCORE" run -s whole/boxscore.json
says 0 "3: 3 current" "$BOXSCORE" status -s whole/boxscore.json
"$BOXSCORE" status -s whole/boxscore.json --json | python3 -c '
import json, sys
s = json.load(sys.stdin)
assert s["exists"] and s["locked_by"] is None and s["last_run"]["outcome"] == "complete" and s["plan_problem"] is None, s
assert [(m["model"], m["state"], m["due"]) for m in s["models"]] == [("fair", "current", False), ("good", "current", False), ("mapped", "current", False)], s' ||
    fail "status --json"

# export: pycocotools gives the board's numbers
for slug in good fair mapped; do
    says 0 "gt.json, dt.json, numbers.json: '$slug'" "$BOXSCORE" export -d $db -o "x-$slug" $slug
    "$python" - "x-$slug" <<'END'
import contextlib, io, json, os, sys
folder = sys.argv[1]
numbers = {(n["metric"], n["class"]): n["value"] for n in json.load(open(folder + "/numbers.json"))["numbers"]}
gt, dt = json.load(open(folder + "/gt.json")), json.load(open(folder + "/dt.json"))
for key in ("images", "annotations", "categories"):
    assert [x["id"] for x in gt[key]] == list(range(1, len(gt[key]) + 1)), key
assert dt and all(set(d) == {"image_id", "category_id", "bbox", "score"} for d in dt)
assert 0.1 < numbers["map", None] < 0.9, numbers["map", None]
try:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
except ImportError:
    print("skipped: pycocotools not found")
    sys.exit(1 if os.environ.get("BOXSCORE_NO_SKIP") else 0)
with contextlib.redirect_stdout(io.StringIO()):
    coco = COCO(folder + "/gt.json")
    e = COCOeval(coco, coco.loadRes(folder + "/dt.json"), "bbox")
    e.evaluate(), e.accumulate(), e.summarize()
names = ("map", "map_50", "map_75", "map_small", "map_medium", "map_large", "ar_1", "ar_10", "ar_100", "ar_small", "ar_medium", "ar_large")
for name, value in zip(names, e.stats):
    assert numbers.get((name, None), -1.0) == value, (folder, name, numbers.get((name, None)), value)
for k, c in enumerate(gt["categories"]):
    p = e.eval["precision"][:, :, k, 0, -1]
    value = p[p > -1].mean() if (p > -1).any() else -1.0
    assert numbers.get(("map", c["name"]), -1.0) == value, (folder, c["name"], value)
print(folder, "the same 12 numbers and", len(gt["categories"]), "per class")
END
    [ $? -eq 0 ] || fail "export of $slug"
done
id=$(sql $db "SELECT lower(hex(id)) FROM evaluations WHERE slug = 'good'")
says 0 "'good'" "$BOXSCORE" export -d $db -o x-id "$(printf %.8s "$id")"
cmp -s x-id/dt.json x-good/dt.json || fail "an evaluation by its id is another one than by its slug"
says 2 "neither a model nor an evaluation" "$BOXSCORE" export -d $db nobody
says 2 "expected one EVALUATION" "$BOXSCORE" export -d $db
says 2 "no board 'other'" "$BOXSCORE" export -d $db --board other good
"$BOXSCORE" export -d $db --csv | python3 -c 'import csv, sys; r = list(csv.DictReader(sys.stdin)); assert [x["slug"] for x in r] == ["good", "mapped", "fair"] and float(r[0]["map"]) > 0.1, r' || fail "export --csv"
"$BOXSCORE" export -d $db --json | python3 -c 'import json, sys; d = json.load(sys.stdin); assert d["board"] == "shapes", d' || fail "export --json"

# A board with rules of its own, beside one whose class has another name: what is exported is what counts, and numbers.json says how.
mkdir -p rules/models.d
cp models.d/mapped.predictions rules/models.d/
python3 - "$SOURCE/tests/data/shapes/test" <<'END'
import json, sys
gt = json.load(open(sys.argv[1] + "/annotations.json"))
open("rules/some.txt", "w").write("\n".join(i["file_name"] for i in gt["images"][1::2]))
m = json.load(open("models.d/mapped.json"))
m["class_map"] = {k: "puck" if v == "square" else v for k, v in m["class_map"].items()}
json.dump(m, open("rules/models.d/mapped.json", "w"))
for c in gt["categories"]:
    c["name"] = "puck" if c["name"] == "square" else c["name"]
json.dump(gt, open("rules/puck.json", "w"))
where = {"path": "puck.json", "images": sys.argv[1] + "/images"}
strict = {"slug": "strict", "test_set": dict(where, path=sys.argv[1] + "/annotations.json"), "iou": [0.6, 0.8], "max_detections": 3,
          "classes": ["disc", "ring"], "image_subset": "some.txt", "sizes": [{"name": "tiny", "max": 900}, {"name": "rest", "min": 900}]}
json.dump({"format": 1, "boards": [strict, {"slug": "puck", "test_set": where}], "models": "models.d", "limits": {"free_disk": 0}, "threads": 1},
          open("rules/boxscore.json", "w"))
END
says 0 "1 evaluated" "$BOXSCORE" run -s rules/boxscore.json
says 0 "'mapped'" "$BOXSCORE" export -s rules/boxscore.json -b puck -o x-puck mapped
says 0 "this board has rules of its own (3 detections" "$BOXSCORE" export -s rules/boxscore.json -b strict -o x-strict mapped
grep -qF "mAP 60,80 0." out || { fail "export names another mAP than the board's"; cat out; }
"$python" - x-strict rules/some.txt <<'END'
import contextlib, io, json, os, sys
folder = sys.argv[1]
exported = json.load(open(folder + "/numbers.json"))
numbers, params = {(n["metric"], n["class"]): n["value"] for n in exported["numbers"]}, exported["params"]
gt, dt = json.load(open(folder + "/gt.json")), json.load(open(folder + "/dt.json"))
assert sorted(i["file_name"] for i in gt["images"]) == sorted(open(sys.argv[2]).read().split()), gt["images"]
assert [c["name"] for c in gt["categories"]] == ["disc", "ring"], gt["categories"]
for record in gt["annotations"] + dt:
    assert record["image_id"] <= len(gt["images"]) and record["category_id"] in [c["id"] for c in gt["categories"]], record
assert params == {"maxDets": [1, 3], "iouThrs": [0.6, 0.8], "areaRng": [[0, 1e10], [0, 900], [900, 1e10]], "areaRngLbl": ["all", "tiny", "rest"]}, params
try:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
except ImportError:
    print("skipped: pycocotools not found")
    sys.exit(1 if os.environ.get("BOXSCORE_NO_SKIP") else 0)
with contextlib.redirect_stdout(io.StringIO()):
    coco = COCO(folder + "/gt.json")
    e = COCOeval(coco, coco.loadRes(folder + "/dt.json"), "bbox")
    for key, value in params.items():
        setattr(e.params, key, value)
    e.evaluate(), e.accumulate()
def mean(p):
    return p[p > -1].mean() if (p > -1).any() else -1.0
precision, recall = e.eval["precision"], e.eval["recall"]
expected = {("map", None): mean(precision[:, :, :, 0, -1]), ("ar_max", None): mean(recall[:, :, 0, -1])}
for size in (1, 2):
    expected["map_size_%d" % size, None] = mean(precision[:, :, :, size, -1])
    expected["ar_size_%d" % size, None] = mean(recall[:, :, size, -1])
for k, c in enumerate(gt["categories"]):
    expected["map", c["name"]] = mean(precision[:, :, k, 0, -1])
assert 0.05 < expected["map", None] < 0.95, expected
for key, value in expected.items():
    assert numbers.get(key, -1.0) == value, (key, numbers.get(key), value)
END
[ $? -eq 0 ] || fail "export of a board with rules of its own"

# rescore: what moved is said, and put right; then nothing moves
says 0 "3 reports scored again, no number moved; nothing was written" "$BOXSCORE" rescore -d $db -n
sql $db "UPDATE metric SET value = value + 0.25 WHERE name = 'map' AND class = -1 AND report = (SELECT report FROM current_report WHERE model = 'fair');
    UPDATE report SET whole = NULL, sum = NULL"
old=$(sql $db "SELECT round(map, 6) FROM leaderboard WHERE model = 'fair'")
says 0 "1 number moved in 1 of them; nothing was written" "$BOXSCORE" rescore -d $db -n
[ "$(sql $db "SELECT round(map, 6) FROM leaderboard WHERE model = 'fair'")" = "$old" ] || fail "rescore -n wrote"
says 0 "fair: mAP 50:95 0." "$BOXSCORE" rescore -d $db
says 0 "no number moved" "$BOXSCORE" rescore -d $db
sql $db "DELETE FROM report WHERE id = (SELECT report FROM current_report WHERE model = 'good')"
says 0 "good: a new report" "$BOXSCORE" rescore -d $db
[ "$(sql $db "SELECT outcome || exit_status FROM run WHERE verb = 'rescore' ORDER BY seq DESC LIMIT 1")" = complete0 ] || fail "rescore is no run of its own"
cp $db broken.db
sql broken.db "UPDATE detections_block SET bytes = substr(bytes, 1, 50) WHERE digest = (SELECT detections FROM evaluations WHERE slug = 'fair')"
says 1 "fair (evaluation of" "$BOXSCORE" rescore -d broken.db
says 4 "are damaged" "$BOXSCORE" status --verify -d broken.db
says 4 "are damaged" "$BOXSCORE" backup -d broken.db copy-of-broken.db
[ ! -e copy-of-broken.db ] || fail "a damaged copy was called a backup"
says 1 "2 reports scored again, no number moved; 1 could not be made again" "$BOXSCORE" rescore -d broken.db

# merge: two machines, a part of the models each
says 0 "evaluated" "$BOXSCORE" run -s a/boxscore.json good
says 0 "evaluated" "$BOXSCORE" run -s b/boxscore.json fair mapped
says 0 "1 run, 2 models, 2 evaluations, 2 sets of detections, 2 reports added" "$BOXSCORE" merge -s a/boxscore.json b/boxscore.db
says 0 "nothing new" "$BOXSCORE" merge -s a/boxscore.json b/boxscore.db
board="SELECT model, map, map_50, map_75, map_small, map_medium, map_large, f1 FROM leaderboard"
[ "$(sql a/boxscore.db "$board")" = "$(sql $db "$board")" ] || fail "two halves do not make the whole board"
says 0 "3 current" "$BOXSCORE" run -s a/boxscore.json
says 2 "is the database itself" "$BOXSCORE" merge -s a/boxscore.json a/boxscore.db
echo "a diary" >diary.txt
says 4 "not a SQLite database" "$BOXSCORE" merge -s a/boxscore.json diary.txt

# gc, backup, and the lock
says 0 "nothing to remove" "$BOXSCORE" gc -s whole/boxscore.json
says 0 "copy.db: " "$BOXSCORE" backup -d $db copy.db
[ "$(sql copy.db "$board")" = "$(sql $db "$board")" ] || fail "the backup is another board"
says 2 "expected one FILE" "$BOXSCORE" backup -d $db
exec 9>>"$db.lock"
if command -v flock >/dev/null && flock -n 9; then
    for verb in gc rescore "merge b/boxscore.db"; do
        says 5 "holds '$db'" "$BOXSCORE" ${verb%% *} -d $db $(printf %s "$verb" | cut -s -d' ' -f2)
    done
    says 0 "lock" "$BOXSCORE" status -d $db
    says 0 "no number moved" "$BOXSCORE" rescore -n -d $db
    says 0 "copy.db" "$BOXSCORE" backup -d $db copy.db
fi
exec 9>&-

# Back at its version before, a model is shown by the evaluation of that one, and so exported.
cp models.d/fair.predictions first.predictions
sed -i 's/"score": 0.3}/"score": 0.31}/g' models.d/fair.predictions
says 0 "1 evaluated" "$BOXSCORE" run -s whole/boxscore.json
says 0 "'fair'" "$BOXSCORE" export -d $db -o x-other fair
! cmp -s x-other/dt.json x-fair/dt.json || fail "other predictions are exported as the first ones"
cp first.predictions models.d/fair.predictions
says 0 "3 current" "$BOXSCORE" run -s whole/boxscore.json
says 0 "'fair'" "$BOXSCORE" export -d $db -o x-back fair
cmp -s x-back/dt.json x-fair/dt.json && cmp -s x-back/numbers.json x-fair/numbers.json || fail "exported is another version than the board shows"

# a model that fails is told with its reason and its last good numbers
sed -i 's/"score": 0.3/"score": "high"/' models.d/fair.predictions
sed -i 's/good.predictions/gone.predictions/' models.d/good.json
"$BOXSCORE" run -s whole/boxscore.json >/dev/null 2>&1
[ $? -eq 1 ] || fail "a night with failures does not end with 1"
says 0 "failed 1 time in a row" "$BOXSCORE" status -s whole/boxscore.json
says 0 "last complete" "$BOXSCORE" status -s whole/boxscore.json
says 0 "invalid: " "$BOXSCORE" status -s whole/boxscore.json
sql $db "PRAGMA integrity_check" | grep -qx ok || fail "integrity"
[ $failures -eq 0 ] && echo "all well"
exit $((failures > 0))
