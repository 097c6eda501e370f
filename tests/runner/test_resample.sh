# What the boards show on resampled test sets: made once a report, by the night that made it or the next; of what is shown alone; the bits of `boxscore compare`.
. ./runner/lib.sh
command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }

S=$SOURCE/tests/data/shapes
mkdir -p "$dir/b/models.d"
cd "$dir/b"
set="\"test_set\": {\"path\": \"$S/valid/annotations.json\", \"images\": \"$S/valid/images\"}"
cat >boxscore.json <<END
{"format": 1, "boards": [{"slug": "box", $set}, {"slug": "mask", "task": "segment", $set}, {"slug": "few", "max_detections": 1, $set},
 {"slug": "fine", "iou": [0.5,0.52,0.54,0.56,0.58,0.6,0.62,0.64,0.66,0.68,0.7,0.72,0.74,0.76,0.78,0.8,0.82], $set}],
 "runner_path": ["$BUILD/tests", "$BUILD"], "allow": [{"models": "*", "reason": "a test"}], "limits": {"free_disk": 0}, "threads": 1}
END
shapes one '"--method", "threshold"'
shapes two '"--scale", "0.5"'
model seg poly
sed -i 's/"task": "detect"/"task": "segment"/' models.d/seg.json
rows="SELECT count(*) FROM resamples"

expect 0 "a night that is late already" "$BOXSCORE" run --until 00:00
expect 0 "a night" "$BOXSCORE" run
equals 10 "$rows" "three models on three box boards, one on the mask board"
equals "0" "SELECT count(*) FROM resamples WHERE metrics <> '[]' AND (n <> 1000 OR length(bytes) % 8000 OR length(classes) <> 8 * (SELECT nclasses FROM testset LIMIT 1))" "a thousand each"
equals 3 "SELECT count(*) FROM resamples WHERE metrics = '[]'" "a grid of more thresholds than are kept has none, and is not asked again"
bits() { sql "SELECT hex(bytes), hex(classes) FROM resamples ORDER BY 1, 2" | sha256sum; }
before=$(bits)

sqlite3 boxscore.db "DELETE FROM resamples WHERE report % 2"
expect 0 "the next night" "$BOXSCORE" run
said "3 current"
[ "$(bits)" = "$before" ] || wrong "makes what is missing, the same to the bit, and asks nobody"
sqlite3 boxscore.db "UPDATE resamples SET rule = 0, sum = NULL WHERE report = (SELECT min(report) FROM resamples)"
expect 0 "another night" "$BOXSCORE" run
[ "$(bits)" = "$before" ] || wrong "and again what was made by another rule"
sed -i 's/"threads": 1/"threads": 4/' boxscore.json
expect 0 "all again" "$BOXSCORE" rescore
[ "$(bits)" = "$before" ] || wrong "by four threads, too"

# By `boxscore compare`, which the oracle's cases check.
images=$(sql "SELECT replace(images, 'bx1-images-', '') FROM testset LIMIT 1")
mkdir one two
for m in one two; do
    expect 0 "export $m" "$BOXSCORE" export -b box $m -o $m
done
"$BOXSCORE" compare -g one/gt.json -p one/dt.json -p two/dt.json --seed-digest "$images" --json >compared.json 2>"$dir/out" || wrong "compare"
python3 - <<'END' || wrong "the night's resamples are not those of compare"
import json, sqlite3, struct
c = json.load(open("compared.json"))
db = sqlite3.connect("boxscore.db")
for i, slug in enumerate(("one", "two")):
    names, n, blob = db.execute("""SELECT metrics, n, bytes FROM resamples x JOIN current_report c ON c.report = x.report
        WHERE c.board = 'box' AND c.model = ?""", (slug,)).fetchone()
    names = json.loads(names)
    v = struct.unpack("<%dd" % (n * len(names)), blob)
    for ours, theirs in (("map", "AP"), ("map_50", "AP50"), ("map_75", "AP75"), ("map_medium", "APm")):
        first = c["ab"[i]]["resamples"][theirs]
        k = names.index(ours)
        assert list(v[k * n:k * n + len(first)]) == first, (slug, ours, v[k * n:k * n + 3], first[:3])
END

# Of what a board shows alone.
shapes two '"--scale", "0.6"'
expect 0 "a new version" "$BOXSCORE" run
equals 10 "$rows" "the old one's went"
equals 0 "SELECT count(*) FROM resamples WHERE report NOT IN (SELECT report FROM current_report)" "and the new one's came"
rm models.d/one.json
expect 0 "a model less" "$BOXSCORE" run
equals 10 "$rows" "whose page stays"
expect 0 "gc" "$BOXSCORE" gc --newest 1
equals 10 "$rows" "nothing that is shown goes"
sound "resamples"
finish
