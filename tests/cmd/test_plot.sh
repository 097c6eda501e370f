#!/bin/sh
# boxscore plot: what it refuses, and files of both kinds from a small board.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*"; exit 1; }

# expect STATUS TEXT ARGUMENT…
expect() {
    status=$1 text=$2
    shift 2
    got=0
    "$BOXSCORE" plot "$@" >"$work/out" 2>"$work/err" || got=$?
    [ "$got" = "$status" ] || fail "plot $*: exit status $got, expected $status: $(cat "$work/err")"
    grep -q -e "$text" "$work/err" || fail "plot $*: expected '$text', got: $(cat "$work/err")"
    [ ! -s "$work/out" ] || fail "plot $*: wrote on standard output"
}
expect 2 "KIND is missing"
expect 2 "one KIND at a time" latency parameters
expect 2 "did you mean 'latency'" latncy
expect 2 "name it with --model" f1-confidence
expect 2 "takes no --model" latency --model x
expect 2 "must end in .svg or .png" latency -o plot.jpg
expect 2 "exclude each other" latency --database x --settings y
expect 2 "--light and --dark exclude each other" latency --light --dark
expect 4 "no-such.db" latency --database "$work/no-such.db"
expect 3 "no-such.json" latency --settings "$work/no-such.json"

# A board of two prediction files: one is the truth itself, the other has lost a third of it.
data=$SOURCE/tests/data/shapes/test
mkdir -p "$work/models.d"
python=$(command -v python3) || { echo "skipped: no python3 to make prediction files"; exit 77; }
"$python" - "$data/annotations.json" "$work/models.d" <<'PY'
import json, sys
truth = json.load(open(sys.argv[1]))
boxes = [{"image_id": a["image_id"], "category_id": a["category_id"], "bbox": a["bbox"], "score": 0.5 + (i % 50) / 100}
         for i, a in enumerate(truth["annotations"])]
for slug, name, kept in (("all", "All", boxes), ("some", "Some <b>", [b for i, b in enumerate(boxes) if i % 3])):
    json.dump(kept, open(f"{sys.argv[2]}/{slug}-predictions.json.txt", "w"))
    json.dump({"format": 1, "name": name, "task": "detect", "parameters": 1000 * len(slug),
               "backend": {"type": "predictions", "file": f"{slug}-predictions.json.txt"}}, open(f"{sys.argv[2]}/{slug}.json", "w"))
PY
cat >"$work/boxscore.json" <<JSON
{"format": 1, "boards": [{"slug": "shapes", "title": "Shapes", "task": "detect", "geometry": "box",
  "test_set": {"path": "$data/annotations.json", "format": "coco", "images": "$data/images"}}],
 "models": "models.d", "database": "b.db", "site": "site", "allowed": "allowed.json"}
JSON
"$BOXSCORE" run -s "$work/boxscore.json" >"$work/log" 2>&1 || fail "run: $(cat "$work/log")"
plot() { "$BOXSCORE" plot "$@" -s "$work/boxscore.json"; }
expect 3 "no numbers for the plot 'latency'" latency -s "$work/boxscore.json" # prediction files have none
expect 2 "did you mean 'some'" f1-confidence -m sme -s "$work/boxscore.json"
for kind in parameters map-by-size f1-by-size; do
    plot $kind >"$work/1.svg"
    plot $kind -o "$work/2.svg"
    cmp "$work/1.svg" "$work/2.svg" || fail "$kind: not the same twice"
    grep -q 'prefers-color-scheme:dark' "$work/1.svg" || fail "$kind: does not follow the page"
    for scheme in light dark; do
        plot $kind --$scheme >"$work/$scheme.svg"
        ! grep -q '<style\|class=' "$work/$scheme.svg" || fail "$kind: $scheme is not fixed"
        plot $kind --narrow --$scheme -o "$work/$scheme.PNG"
        [ "$(head -c 8 "$work/$scheme.PNG" | od -An -tx1 | tr -d ' \n')" = 89504e470d0a1a0a ] || fail "$kind: no PNG"
    done
    grep -q '#fff' "$work/light.svg" || fail "$kind: light has no white paper"
    grep -q '#11151b' "$work/dark.svg" || fail "$kind: dark has no dark paper"
    ! cmp -s "$work/light.PNG" "$work/dark.PNG" || fail "$kind: dark is as light"
    plot $kind --narrow -o "$work/4.PNG"
    cmp "$work/4.PNG" "$work/light.PNG" || fail "$kind: a PNG is not light"
done
for kind in precision-recall f1-confidence precision-recall-classes; do
    plot $kind -m some | head -c 4 | grep -q '<svg' || fail "$kind: no SVG"
done
# A name that no font has: said with the package that has it, and never drawn as boxes of hex digits.
sed -i 's/"name": "All"/"name": "\\ud80c\\udc00"/' "$work/models.d/all.json"
"$BOXSCORE" run -s "$work/boxscore.json" >"$work/log" 2>&1 || fail "run: $(cat "$work/log")"
for kind in parameters map-by-size; do
    plot $kind >"$work/1.svg" 2>"$work/err"
    grep -q "model 'all': no font here has U+13000 .* plots call it 'all': install fonts-noto-core" "$work/err" || fail "$kind: a missing glyph is not said: $(cat "$work/err")"
    [ "$(wc -l <"$work/err")" = 1 ] || fail "$kind: more is said: $(cat "$work/err")"
done
"$BOXSCORE" render -q -s "$work/boxscore.json" -t "$SOURCE/site-template" 2>"$work/err" || fail "render: $(cat "$work/err")"
[ "$(grep -c 'no font here' "$work/err")" = 1 ] || fail "render: a missing glyph is said other than once: $(cat "$work/err")"
sed -i 's/"name": "[^"]*"/"name": "All"/' "$work/models.d/all.json"
"$BOXSCORE" run -s "$work/boxscore.json" >"$work/log" 2>&1 || fail "run: $(cat "$work/log")"

plot parameters --alt | grep -q 'All 100.0% at' || fail "alt: $(plot parameters --alt)"
plot latency --alt >/dev/null 2>&1 && fail "latency: there should be none"
echo "plots: as expected"
