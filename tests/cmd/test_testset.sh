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
says 2 "expected 'show PATH', 'lint PATH', 'diff PATH PATH', or one of fetch, manifest, contamination and draw" show
says 2 "expected 'show PATH', 'lint PATH', 'diff PATH PATH', or one of fetch, manifest, contamination and draw" look $shapes
says 2 "task 'boxes', expected detect, segment or obb" show $shapes --task boxes
says 2 "split 'tset', expected test, val or train" show $shapes --split tset
says 0 "training split: models have seen these images" show $shapes --split train
says 0 "the split 'val' was asked for: a file has no splits" show $shapes/test/annotations.json --split val
says 0 "the split 'train' was asked for: what is there is 'test', and is read" show $shapes/test --split train
says 0 "the split 'train' was asked for: nothing there says what is of it, all is read" show $shapes/test/voc --split train
says 0 "training split: models have seen these images" show $shapes/test/voc --split train
says 0 "split        test" show $shapes
says 0 '"split": "test"' show $shapes --json
says 0 "is said of Pascal VOC alone" show $shapes/test/annotations.json --voc-offset 0
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
# Histograms, counted again from the file itself.
coco = json.load(open("data/shapes/test/annotations.json"))
size = {i["id"]: i["width"] * i["height"] for i in coco["images"]}
objects = [a for a in coco["annotations"] if not a["iscrowd"]]
values = {"side": [a["area"] ** .5 for a in objects], "share": [a["area"] / size[a["image_id"]] for a in objects], "aspect": [a["bbox"][2] / a["bbox"][3] for a in objects],
          "objects": [sum(a["image_id"] == i for a in objects) for i in size], "longer_side": [max(i["width"], i["height"]) for i in coco["images"]]}
for key, v in values.items():
    bins = show["histograms"][key]
    assert [b["n"] for b in bins] == [sum(b["from"] <= x and (b["below"] is None or x < b["below"]) for x in v) for b in bins], (key, bins)
    assert [b["below"] for b in bins[:-1]] == [b["from"] for b in bins[1:]] and bins[0]["from"] == 0
assert {2 ** 5, 96} <= {b["from"] for b in show["histograms"]["side"]}
assert sum(i["n"] for i in show["histograms"]["sizes"]) == 60 and show["histograms"]["sizes"][0]["n"] == 5
assert not diff["equal"] and diff["annotations"]["only_first"] == 5 and diff["boxes"]["largest"] < 0.002
PY
fi

# The same as text: as wide as it may be, and nothing where there is nothing.
says 0 "  objects by side (the root of their area, in pixels)" show $shapes/test
longest() { COLUMNS=$1 "$BOXSCORE" testset show $shapes/test | grep '#$' | awk '{ if (length($0) > n) n = length($0) } END { print n }'; }
[ "$(longest 70) $(longest 80) $(longest 5000) $(longest 3)" = "70 80 101 80" ] || { echo "show: lines of $(longest 70), $(longest 80), $(longest 5000) and $(longest 3) columns"; failed=1; }
mkdir -p "$dir/one"
cp image/corpus/plain.png "$dir/one/a.png"
one='"images": [{"id": 1, "file_name": "a.png", "width": 40, "height": 20}], "categories": [{"id": 1, "name": "x"}]'
echo "{$one, \"annotations\": []}" >"$dir/one/annotations.json"
says 0 "    40 x 20                   1  100.0%  #" show "$dir/one"
grep -q "objects by" "$dir/out" && { echo "show: histograms of no objects"; failed=1; }
echo "{$one, \"annotations\": [{\"id\": 1, \"image_id\": 1, \"category_id\": 1, \"bbox\": [0, 0, 32, 0], \"area\": 0}, {\"id\": 2, \"image_id\": 1, \"category_id\": 1, \"bbox\": [0, 0, 32, 32]}]}" >"$dir/one/annotations.json"
says 0 "    32 to 64                  1   50.0%  #" show "$dir/one"
says 0 "    about square              1  100.0%  #" show "$dir/one"
says 0 "    >= 50%                    1   50.0%  #" show "$dir/one"

# Where it is from: what COCO says of itself, whatever that is; the operator's word goes before it.
about() { echo "{\"info\": $1, \"licenses\": $2, $one, \"annotations\": []}" >"$dir/one/annotations.json"; }
about '{"description": "Hats", "url": "https://example.com/hats", "year": 2026}' '[{"id": 1, "name": "CC BY 4.0"}, {"id": 2, "name": "CC BY-SA 4.0", "url": ""}]'
says 0 "  origin       https://example.com/hats; licence CC BY 4.0, CC BY-SA 4.0" show "$dir/one"
about '{"description": "Hats"}' '[]'
says 0 "  origin       Hats; licence not stated" show "$dir/one"
about '"text"' '{"name": "no list"}'
says 0 "40 x 20" show "$dir/one"
grep -q origin "$dir/out" && { echo "show: an origin out of nothing: $(grep origin "$dir/out")"; failed=1; }
about '{"url": "\u001b[2Jx", "description": 7}' '[3, {"name": null}, {"name": "MIT"}]'
says 0 "  origin       licence MIT" show "$dir/one"
printf '{"format": 1, "boards": [{"slug": "b", "title": "B", "test_set": {"path": "one", "license": "CC0-1.0", "origin": "our own"}}]}' >"$dir/boxscore.json"
(cd "$dir" && "$BOXSCORE" testset show one/annotations.json --json) | grep -qF '"page": "our own", "license": "CC0-1.0"' || { echo "show: the settings' words do not count"; failed=1; }
(cd "$dir" && "$BOXSCORE" testset show ./one) | grep -qF '  origin       our own; licence CC0-1.0' || { echo "show: the settings' words do not count"; failed=1; }
rm "$dir/boxscore.json"

# What lint says: severity, place, what was done, and its exit status. The set has one of each fault.
lint="$dir/lint"
mkdir -p "$lint/images" "$lint/labels"
for name in a b c d e gone broken; do { cat image/corpus/plain.png; echo $name; } >"$lint/images/$name.png"; done
cat image/corpus/exif6.jpg >"$lint/images/turned.jpg"
cp "$lint/images/a.png" "$lint/images/twin.png"
rm "$lint/images/gone.png"
head -c 20 image/corpus/plain.png >"$lint/images/broken.png"
printf 'test: list.txt\nnames: [cat, dog, owl]\n' >"$lint/data.yaml"
(cd "$lint" && ls images/* | sed 's|^|./|' >list.txt)
printf '0 0.5 0.5 0.2 0.2\n0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.2 0.2\n' >"$lint/labels/a.txt"
printf '0 0.5 0.5 0.2 0\n\n0 1.5 0.5 0.2 0.2\n0 0.98 0.5 0.2 0.2\n' >"$lint/labels/b.txt"
printf '0 0.5 0.5 0.2 0.2\n0 0.1 0.1 0.9 0.1 0.9 0.9\n' >"$lint/labels/c.txt"
printf '0 0.5 0.5 0.001 0.001\n' >"$lint/labels/d.txt"
echo '0 0.5 0.5 0.2 0.2' >"$lint/labels/stray.txt"
says 1 "error: 1 image is broken: a board refuses it" lint "$lint"
for said in "  broken.png: " "error: 1 box lies wholly outside its image: kept" "  labels/b.txt:3: annotation" "warning: 1 box has no area" "  labels/b.txt:1" \
    "warning: 1 box reaches more than a pixel beyond" "  labels/b.txt:4: annotation" "warning: 1 line repeats another of its file: kept" "  labels/a.txt:2" "warning: 1 annotation has the box of one of another class: kept" \
    "  labels/a.txt:3: annotation" "warning: 1 file mixes boxes" "  labels/c.txt" "warning: 1 box is smaller than a pixel" "  labels/d.txt:1: annotation" "1 label file has no image in this split: left out" \
    "  labels/stray.txt" "is byte for byte the same as another: kept" "'a.png' and 'twin.png'" "note: 1 class is never used" "  data.yaml: class 'owl'" "  data.yaml: class 'dog': in 1 image" \
    "note: 1 image carries an EXIF orientation" "  turned.jpg" "2 errors, "; do
    grep -qF -- "$said" "$dir/out" || { echo "lint: does not say '$said':"; cat "$dir/out"; failed=1; }
done
"$BOXSCORE" testset lint "$lint" --json >"$dir/lint.json"
[ $? = 1 ] || { echo "lint --json: not 1"; failed=1; }
if command -v python3 >/dev/null 2>&1; then
    python3 - "$dir/lint.json" <<'PY' || failed=1
import json, sys
j = json.load(open(sys.argv[1]))
assert j["format"] == 1 and j["errors"] == 2 and j["errors"] + j["warnings"] + j["notes"] == len(j["findings"]), j
away = [f for f in j["findings"] if "wholly outside" in f["text"]][0]
assert away["severity"] == "error" and away["count"] == 1 and away["done"] and away["places"][0]["file"] == "labels/b.txt" and away["places"][0]["line"] == 3, away
PY
fi
! command -v python3 >/dev/null 2>&1 || python3 cmd/faults.py "$dir/faults" || failed=1
# Warnings alone are 0, and 1 where they are asked for; a set that cannot be read is a finding, one that is not there is not.
says 0 "0 errors" lint $shapes/test
says 1 "0 errors" lint $shapes/valid/annotations.json --strict
says 3 "is not there" lint "$dir/nothing"
printf 'names: [a]\ntest: images\n' >"$lint/data.yaml"
printf '0 0.5 0.5 x 0.2\n' >"$lint/labels/a.txt"
says 1 "a.txt:1: found 'x', expected a number (column 11)" lint "$lint"
# COCO: an image that is not there does not hide the others' faults.
mkdir -p "$dir/coco"
cp "$lint/images/a.png" "$dir/coco/a.png"
printf '{"images": [{"id": 1, "file_name": "a.png", "width": 40, "height": 20}, {"id": 2, "file_name": "b.png", "width": 40, "height": 20}, {"id": 3, "file_name": "c.png", "width": 9, "height": 9}],
"categories": [{"id": 1, "name": "cat"}], "annotations": [\n{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5], "area": 25, "iscrowd": 0},
{"id": 7, "image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5], "area": 25, "iscrowd": 0},\n{"id": 8, "image_id": 9, "category_id": 1, "bbox": [50, 1, 5, 5], "area": 25, "iscrowd": 0}]}' \
    >"$dir/coco/annotations.json"
cp "$lint/images/b.png" "$dir/coco/c.png"
says 1 "error: 1 image is not there, or cannot be read: a board refuses it" lint "$dir/coco"
for said in "error: 1 image has another size than is annotated" "  c.png" "warning: 1 annotation repeats another of its image: kept" "  annotations.json:4: annotation 7 in a.png, cat" "  annotations.json:5: annotations[2]" "  b.png: annotations.json:1" "  annotations.json:2: class 'cat'" \
    "1 annotation of an image or a category that the file does not list"; do
    grep -qF -- "$said" "$dir/out" || { echo "lint of COCO: does not say '$said':"; cat "$dir/out"; failed=1; }
done

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

# Which images are among others: by folders, splits and manifests; hashes are kept, and none of it depends on that.
XDG_CACHE_HOME=$dir/cache
export XDG_CACHE_HOME
says 2 "expected one test set and --against" contamination $shapes/test
says 2 "expected one PATH" manifest
says 1 "test-001.png  ~  $shapes/train: images/train-006.jpg (0.99)" contamination $shapes/test --against $shapes/train
says 3 "is not there" manifest "$dir/nothing"
# One of them was made of one of the others: brighter, smaller, and compressed.
says 1 "1 is among 12 others: 0 byte for byte, 1 as the same picture" contamination $shapes/test --against $shapes/train
says 1 "60 byte for byte" contamination $shapes/test --against $shapes/test/images
"$BOXSCORE" testset manifest $shapes/test/images --title "the test" >"$dir/m.jsonl" || failed=1
head -1 "$dir/m.jsonl" | grep -qF '"images": 60, "title": "the test"' || { echo "manifest: its head is $(head -1 "$dir/m.jsonl")"; failed=1; }
! grep -q '"name"' "$dir/m.jsonl" || { echo "manifest: it tells names that nobody asked for"; failed=1; }
[ "$("$BOXSCORE" testset manifest $shapes/test/images --names | grep -c '"name"')" = 60 ] || { echo "manifest --names: no names"; failed=1; }
says 1 "60 byte for byte" contamination $shapes/test --against "$dir/m.jsonl"
says 1 '"contaminated": 60, "exact": 60, "pictures": 0' contamination $shapes/test --against "$dir/m.jsonl" --json --cache ''
[ -s "$dir/cache/boxscore/hashes" ] && [ -s "$dir/cache/boxscore/thumbs" ] || { echo "contamination: no hashes are kept"; failed=1; }
printf 'rubbish' >"$dir/cache/boxscore/hashes"
says 0 '"hash": "dct256x2/1"' manifest $shapes/test/images
sed 's/"sha256": "./"sha256": "0/' "$dir/m.jsonl" >"$dir/others.jsonl" # the pictures alone
says 1 "as the same picture" contamination $shapes/test --against "$dir/others.jsonl"
sed '2s/"hash": "/"hash": "z/' "$dir/m.jsonl" >"$dir/bad.jsonl"
says 3 "bad.jsonl', line 2" contamination $shapes/test --against "$dir/bad.jsonl"

# Labels drawn: the same twice, another choice with another seed, and what cannot be decoded is named and costs nothing else.
says 2 "expected N (1 to 10000)" draw 0 $shapes/test --output "$dir/drawn"
says 2 "expected N (1 to 10000)" draw 3 $shapes/test
says 0 "6 of 60 images drawn" draw 6 $shapes/test-seg --task segment --output "$dir/drawn"
says 0 "6 of 60 images drawn" draw 6 $shapes/test-seg --task segment --output "$dir/again"
says 0 "6 of 60 images drawn" draw 6 $shapes/test-obb --task obb --output "$dir/other" --seed 1
diff -r "$dir/drawn" "$dir/again" || failed=1
[ "$(ls "$dir/drawn" | wc -l)" = 6 ] && [ "$(ls "$dir/drawn")" != "$(ls "$dir/other")" ] || { echo "draw: it drew $(ls "$dir/drawn" "$dir/other")"; failed=1; }
mkdir -p "$dir/few/images" "$dir/few/labels"
echo thing >"$dir/few/classes.txt"
cp $shapes/test/images/test-001.png "$dir/few/images/good.png"
head -c 2000 $shapes/test/images/test-001.png >"$dir/few/images/short.png"
# Two pixels: a grey TIFF of 16 bits, a lossless WebP.
printf 'II*\0\014\0\0\0\377\022\200\376\010\0\0\1\3\0\1\0\0\0\2\0\0\0\1\1\3\0\1\0\0\0\1\0\0\0\2\1\3\0\1\0\0\0\020\0\0\0\6\1\3\0\1\0\0\0\1\0\0\0\21\1\4\0\1\0\0\0\010\0\0\0\25\1\3\0\1\0\0\0\1\0\0\0\26\1\3\0\1\0\0\0\1\0\0\0\27\1\4\0\1\0\0\0\4\0\0\0\0\0\0\0' >"$dir/few/images/air.tif"
printf 'RIFF\072\0\0\0WEBPVP8L\056\0\0\0\057\001\100\0\020\037\040\026\114\366\346\017\234\206\220\200\040\372\077\230\220\200\040\371\277\230\200\204\360\134\226\013\214\175\251\022\112\002\004\100\121\106\042\372\037\014' >"$dir/few/images/web.webp"
for name in good short air web; do echo "0 0.5 0.5 0.2 0.2" >"$dir/few/labels/$name.txt"; done
says 1 "image 'short.png'" draw 9 "$dir/few" --output "$dir/part"
says 1 "3 of 4 images drawn" draw 9 "$dir/few" --output "$dir/part"
exit $failed
