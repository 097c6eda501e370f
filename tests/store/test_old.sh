# test_old.sh: a database of version 0.1.0 (schema-1/) is opened, migrated and merged: the same numbers, and no model is asked again.
set -u
command -v sqlite3 >/dev/null || { echo "skipped: sqlite3 not found"; exit 77; }
command -v python3 >/dev/null || { echo "skipped: python3 not found"; exit 77; }
here=$SOURCE/tests/store/schema-1
dir=$(mktemp -d)
failures=0
trap 'rm -rf "$dir"' EXIT
wrong() {
    echo "FAILED: $1"
    failures=$((failures + 1))
}
sql() { sqlite3 "$1" "$2"; }
equals() { # EXPECTED DATABASE QUERY WHAT
    got=$(sql "$2" "$3")
    [ "$got" = "$1" ] || wrong "$4: found '$(echo "$got" | head -n 3)', expected '$(echo "$1" | head -n 3)'"
}
# A text of all that schema 1 holds, for files that must stay as they are.
dump() { sqlite3 -readonly "$1" .dump; }

sh "$here/settings.sh" "$here" "$dir"
cd "$dir" || exit 1
gzip -dc "$here/boxscore.db.gz" >boxscore.db
cp boxscore.db old.db
# Right after its last night, whenever the test runs.
BOXSCORE_NOW=$(($(sql old.db "SELECT max(finished) FROM evaluation") + 6000))
export BOXSCORE_NOW

# Everything that 0.1.0 said of its boards is said again; later versions may say more.
cat >same.py <<'END'
import json, sys
old, new = (json.load(open(p)) for p in sys.argv[1:])
def differ(a, b, at):
    if isinstance(a, dict) and isinstance(b, dict):
        return [x for k in a for x in (differ(a[k], b[k], f"{at}.{k}") if k in b else [f"{at}.{k} is gone"])]
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return [x for i, (v, w) in enumerate(zip(a, b)) for x in differ(v, w, f"{at}[{i}]")]
    if isinstance(a, float) and isinstance(b, float) and a == float(f"{b:.15g}"):  # 0.1.0 printed no more digits
        return []
    return [] if a == b else [f"{at}: {a!r}, now {b!r}"]
found = differ(old, new, "")
for line in found[:10]:
    print(line)
sys.exit(bool(found))
END
# While a run holds it, which may be 0.1.0's, a reader leaves it as it is.
if command -v flock >/dev/null; then
    for verb in "board" "export -b box --json" "status" "backup copy.db"; do
        flock boxscore.db.lock "$BOXSCORE" ${verb%% *} -d boxscore.db $(printf %s "$verb" | cut -s -d' ' -f2-) >out 2>&1
        [ $? = 5 ] || wrong "'$verb' of an older database that is held: $(cat out)"
        grep -q "older schema 1.* holds 'boxscore.db'" out || wrong "'$verb' does not say who holds it: $(cat out)"
    done
    cmp boxscore.db old.db || wrong "a reader changed an older database that is held"
fi
for board in box mask; do
    "$BOXSCORE" export -d boxscore.db -b $board --json >$board.new || wrong "export $board"
    python3 same.py "$here/$board.board.json" $board.new || wrong "board '$board' has other numbers than 0.1.0 gave it"
done
equals 9 boxscore.db "PRAGMA user_version" "migrated"
equals "$(sql old.db "SELECT count(*), sum(status = 'ok'), sum(status = 'partial'), count(DISTINCT detections), sum(ndetections) FROM evaluation")" boxscore.db \
    "SELECT count(*), sum(status = 'ok'), sum(status = 'partial'), count(DISTINCT detections), sum(ndetections) FROM evaluations" "evaluations"
old=$(sql old.db "SELECT hex(id), seq, hex(run), slug, hex(version), images, status, reason, started, finished, sittings, images_total, images_failed, host, machine, fingerprint, boxscore, runner, shard, detections, ndetections, latency_ms FROM evaluation ORDER BY seq")
equals "$old" boxscore.db "SELECT hex(id), seq, hex(run), slug, hex(version), images, status, reason, started, finished, sittings, images_total, images_failed, host, machine, fingerprint, boxscore, runner, shard, detections, iif(detections IS NULL, 0, ndetections), latency_ms FROM evaluations ORDER BY seq" "each evaluation"
old=$(sql old.db "SELECT detections, testset, geometry, protocol, hex(score_digest), subset, made, boxscore, m.name, m.class, m.value FROM report r JOIN metric m ON m.report = r.id ORDER BY 1, 2, 3, 4, 5, 6, 9, 10")
equals "$old" boxscore.db "SELECT detections, testset, geometry, protocol, hex(score_digest), subset, made, boxscore, m.name, m.class, m.value FROM reports r JOIN metric m ON m.report = r.id ORDER BY 1, 2, 3, 4, 5, 6, 9, 10" "each number"
equals "good" boxscore.db "SELECT slug FROM evaluations WHERE log LIKE 'loading, as good%'" "what a model printed is kept of its newest evaluation"
equals "10|3" boxscore.db "SELECT count(*), min(geometries) FROM partial WHERE slug = 'slow'" "of two answers about one image the one with the mask stays"
equals "0|box|Boxes|[\"Boxes\"]|coco/1
1|mask|Masks|[\"Masks\"]|coco/1" boxscore.db "SELECT position, slug, title, names, protocol FROM board ORDER BY 1" "the boards"
equals "ok" boxscore.db "PRAGMA integrity_check" "sound"
equals "" boxscore.db "PRAGMA foreign_key_check" "foreign keys"

# Both boards at once: what was well is well on both, and the stopped model goes on where it was.
"$BOXSCORE" run --dry-run --json >due || :
python3 - "$here" <<'END' || wrong "what is due is not what 0.1.0 said"
import json, sys
new = {m["model"]: (m["outcome"], m["reason"]) for m in json.load(open("due"))["models"]}
old = {}
for board in "mask", "box":  # a detection model is none of the mask board's
    old.update({m["model"]: (m["outcome"], m["reason"]) for m in json.load(open(f"{sys.argv[1]}/{board}.due.json"))["models"]})
# Its newest answers were asked for the box board and have masks: that they are scored on the mask board as well needs no run.
assert old["segment"][0] == "current"
old["segment"] = ("to rescore", new["segment"][1])
if new != old:
    print(new, old, sep="\n")
    sys.exit(1)
END
before=$(sql boxscore.db "SELECT count(*) FROM evaluation")
"$BOXSCORE" run -q good dead holes segment file >out 2>&1 || [ $? = 1 ] || wrong "run: $(cat out)"
equals "$before" boxscore.db "SELECT count(*) FROM evaluation" "nothing was run again"
equals "$(sql old.db 'SELECT count(*) + 1 FROM report')" boxscore.db "SELECT count(*) FROM report" "the masks that were there were scored, and nothing else"
"$BOXSCORE" run --json slow >out 2>&1 || wrong "run slow: $(cat out)"
grep -q '"images": 2, "resumed": 10' out || wrong "the stopped model: $(cat out)"
equals "box,mask" boxscore.db "SELECT group_concat(geometry) FROM (SELECT geometry FROM evaluations e JOIN reports r ON r.detections = e.detections WHERE e.slug = 'slow' ORDER BY 1)" "one evaluation, a report for each board"
"$BOXSCORE" rescore --dry-run >out 2>&1 || wrong "rescore: $(cat out)"
# 0.1.0 did not know what Ultralytics would print; no number that it knew is another.
! grep " → " out || wrong "rescore: $(cat out)"
grep -q "number moved; .* numbers of metrics that were not there; " out && grep -q "^good (box): [0-9]* numbers of metrics that the report was made without" out || wrong "rescore, new metrics: $(cat out)"
"$BOXSCORE" rescore --dry-run --json | python3 -c '
import json, sys
r = json.load(sys.stdin)
assert not r["moved"] and r["added"], r
assert all(x["old"] is None and x["new"] is not None and x["metric"].startswith("ul") for x in r["added"]), r["added"]' || wrong "rescore --json, new metrics"
"$BOXSCORE" gc --newest 1 >out 2>&1 || wrong "gc: $(cat out)"
"$BOXSCORE" backup copy.db >out 2>&1 || wrong "backup: $(cat out)"

# A migration that cannot be is none: all of it is one transaction.
cp old.db torn.db
sql torn.db "INSERT INTO image_results VALUES (99999, x'00')"
dump torn.db >torn.before
! "$BOXSCORE" export -d torn.db --json >out 2>&1 || wrong "a broken reference went through"
grep -q "migration 0002" out || wrong "a broken reference: $(cat out)"
dump torn.db >torn.after
cmp -s torn.before torn.after || wrong "a failed migration left something behind"
dump old.db >old.before
for ms in 2 4 6 8 10 14 18 24 30 40; do
    cp old.db killed.db
    timeout -s KILL "0.0$(printf %02d $ms)" "$BOXSCORE" export -d killed.db --json >/dev/null 2>&1
    if [ "$(sql killed.db 'PRAGMA user_version')" = 1 ]; then
        dump killed.db >killed.after
        cmp -s old.before killed.after || wrong "killed after $ms ms: half migrated"
    fi
    [ "$(sql killed.db 'PRAGMA integrity_check')" = ok ] || wrong "killed after $ms ms: damaged"
    "$BOXSCORE" export -d killed.db -b box --json >box.again && python3 same.py "$here/box.board.json" box.again || wrong "killed after $ms ms: other numbers"
    rm -f killed.db*
done

# Another machine is still on 0.1.0: its file is only read.
sha256sum old.db >old.sum
rm -f old.db-shm old.db-wal
"$BOXSCORE" run -q -d other.db good >/dev/null 2>&1 || wrong "another store"
"$BOXSCORE" merge -d other.db old.db >out 2>&1 || wrong "merge: $(cat out)"
sha256sum -c --quiet old.sum || wrong "merge changed the other database"
[ "$(ls old.db*)" = old.db ] || wrong "merge left something behind: $(ls old.db*)"
equals "$((before + 1))" other.db "SELECT count(*) FROM evaluation" "the other's evaluations came in"
[ "$(ls other.db*)" = "other.db
other.db.files
other.db.images
other.db.lock" ] || wrong "merge left something behind: $(ls other.db*)"
equals "" other.db "PRAGMA foreign_key_check" "foreign keys after a merge"
[ "$failures" = 0 ] || { echo "$failures failed"; exit 1; }
echo "all well"
