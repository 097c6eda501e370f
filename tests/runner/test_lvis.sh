#!/bin/sh
# test_lvis.sh: a board on LVIS' rule book: by hand, and with the numbers that the LVIS API gave for an oracle case; beside a COCO board of the same file.
. "$SOURCE/tests/runner/lib.sh"
command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
cd "$dir"

# Three classes, one of each frequency. On x1 nobody looked for b or c, and not every a is annotated; on x2 somebody looked for a and found none.
mkdir -p hand/set && cp "$SOURCE/tests/data/shapes/valid/images/valid-001.jpg" hand/set/x1.jpg && cp "$SOURCE/tests/data/shapes/valid/images/valid-005.jpg" hand/set/x2.jpg
cat >hand/set/lvis_v1_val.json <<'END'
{"images": [{"id": 1, "width": 200, "height": 150, "coco_url": "http://x.org/val/x1.jpg", "neg_category_ids": [], "not_exhaustive_category_ids": [1]},
  {"id": 2, "width": 200, "height": 150, "coco_url": "http://x.org/val/x2.jpg", "neg_category_ids": [1], "not_exhaustive_category_ids": []}],
 "categories": [{"id": 1, "name": "a", "frequency": "f"}, {"id": 2, "name": "b", "frequency": "r"}, {"id": 3, "name": "c", "frequency": "c"}],
 "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 40, 40], "area": 1600, "segmentation": []},
  {"id": 2, "image_id": 2, "category_id": 2, "bbox": [60, 60, 40, 40], "area": 1600, "segmentation": []},
  {"id": 3, "image_id": 2, "category_id": 3, "bbox": [110, 60, 40, 40], "area": 1600, "segmentation": []}]}
END
# a: best of all a second a on x1, which counts neither way; then one on x2, wrong; then the right one: precision 1/2. b: best one on x1, where nobody looked:
# gone; then the right one: 1. c: nothing: 0. COCO: a 1/3, b 1/2, c 0.
cat >hand/dt.txt <<'END'
[{"image_id": 1, "category_id": 1, "bbox": [100, 100, 40, 40], "score": 0.9}, {"image_id": 2, "category_id": 1, "bbox": [10, 10, 40, 40], "score": 0.8},
 {"image_id": 1, "category_id": 1, "bbox": [10, 10, 40, 40], "score": 0.7}, {"image_id": 1, "category_id": 2, "bbox": [10, 80, 40, 40], "score": 0.9},
 {"image_id": 2, "category_id": 2, "bbox": [60, 60, 40, 40], "score": 0.6}]
END
boards() { # boards FOLDER TASK: one by each rule book
    mkdir -p $1/models.d && mv $1/dt.txt $1/models.d
    echo "{\"format\": 1, \"name\": \"m\", \"task\": \"$2\", \"backend\": {\"type\": \"predictions\", \"file\": \"dt.txt\"}}" >$1/models.d/m.json
    cat >$1/boxscore.json <<END
{"format": 1, "limits": {"free_disk": 0}, "boards": [
  {"slug": "lvis", "task": "$2", "protocol": "lvis", "test_set": {"path": "set/lvis_v1_val.json", "images": "set"}},
  {"slug": "coco", "task": "$2", "test_set": {"path": "set/lvis_v1_val.json", "images": "set"}}]}
END
    cd $1
}
is() { # is BOARD METRIC VALUE: in the store, to 12 digits
    got=$(sqlite3 boxscore.db "SELECT printf('%.12f', value) FROM metric m JOIN report r ON m.report = r.id JOIN scoring s ON s.id = r.scoring WHERE s.protocol = '$1/1' AND m.name = '$2' AND class = -1")
    [ "$got" = "${3:+$(python3 -c "print('%.12f' % $3)")}" ] || wrong "$1: $2 is '$got', expected $3"
}
boards hand detect
expect 0 "a night" "$BOXSCORE" nightly
is lvis map 0.5
is lvis map_frequent 0.5
is lvis map_rare 1
is lvis map_common 0
is lvis map_small ''
is lvis map_medium 0.5
is coco map 0.277777777777778
is coco map_rare ''
equals "coco/1
lvis/1" "SELECT DISTINCT protocol FROM scoring ORDER BY 1" "two protocols"
grep -q "LVIS’ federated rules" site/b/lvis/index.html || wrong "the page does not name the rule book"
grep -q "rare" site/b/lvis/index.html && ! grep -q '>rare<' site/b/coco/index.html || wrong "the columns by frequency"
expect 0 "from what is kept" "$BOXSCORE" rescore
said "no number moved"
sed -i 's/"protocol": "lvis"/"protocol": "lvis", "max_detections": 100/' boxscore.json
expect 3 "a limit" "$BOXSCORE" run
said "found a limit of detections, expected none: the protocol lvis has sizes, classes and a limit of its own"
sed -i 's/"lvis", "max_detections": 100/"tide"/' boxscore.json
expect 3 "another protocol" "$BOXSCORE" run
said "unknown protocol 'tide', expected coco or lvis"
sed -i 's/"protocol": "tide"/"protocol": "lvis"/' boxscore.json
sed -i 's/, "frequency": "."//g' set/lvis_v1_val.json
expect 3 "no frequencies" "$BOXSCORE" run --force
said "found a category without 'frequency', expected it in an LVIS file"

case=${SHARED:-$SOURCE/../shared}/metrics/cases/lvis_federated
if [ -d "$case" ]; then
    cd "$dir"
    mkdir -p oracle/set
    cp "$case/gt.json" oracle/set/lvis_v1_val.json
    cp "$case/dt.json" oracle/dt.txt
    python3 - oracle/set <<'PY'
import json, os, struct, sys, zlib
def chunk(t, d): return struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d))
for i in json.load(open(sys.argv[1] + "/lvis_v1_val.json"))["images"]:
    w, h = i["width"], i["height"]
    raw = b"".join(b"\0" + bytes([i["id"] * 7 % 256]) * w for _ in range(h))
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 8, 0, 0, 0, 0)) + chunk(b"tEXt", b"id\0%d" % i["id"]) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    open(os.path.join(sys.argv[1], os.path.basename(i.get("file_name") or i["coco_url"])), "wb").write(png)
PY
    boards oracle detect
    expect 0 "a night of the oracle case" "$BOXSCORE" run
    for m in map:AP map_50:AP50 map_75:AP75 map_small:APs map_medium:APm map_large:APl map_rare:APr map_common:APc map_frequent:APf ar_max:AR@300; do
        is lvis ${m%:*} "$(python3 -c "import json, sys; print(repr(json.load(open(sys.argv[1] + '/expected.json'))['lvis']['bbox']['results'][sys.argv[2]]))" "$case" ${m#*:})"
    done
fi
finish
