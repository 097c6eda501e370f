#!/bin/sh
# test_lost.sh: a database that was there last night and is gone, or is another one, does not take the site with it.
set -u
. "$SOURCE/tests/runner/lib.sh"
command -v python3 >/dev/null || { echo "skipped: python3 not found"; exit 77; }

board lost
shapes fair
shapes good '"--fill-holes"'
expect 0 "the first night" "$BOXSCORE" nightly -q
ids() { (cd site && find . -type f | sort | xargs sha256sum) | sha256sum; }
first=$(ids)
grep -q '"row small fair ' site/boxscore-site.json || wrong "the manifest does not note the rows"

# Gone: no fresh start, from none of the verbs, and the site stays.
mv boxscore.db kept.db
for verb in nightly run "run --dry-run" status; do
    expect 4 "$verb of a lost database" "$BOXSCORE" $verb
    said "boxscore.db' is gone"
    said "--new"
    [ ! -e boxscore.db ] || wrong "$verb began a new database"
done
: >boxscore.db
expect 4 "a night with an emptied database" "$BOXSCORE" nightly
said "boxscore.db' is gone"
rm boxscore.db
expect 4 "a night with another database that is not there" "$BOXSCORE" nightly -d elsewhere.db
said "elsewhere.db' is gone"
expect 0 "run -d touches no site" "$BOXSCORE" run -q -d elsewhere.db
[ "$(ids)" = "$first" ] || wrong "the site changed"

# Begun anew on purpose: what the site shows is done again. Of a model that fails now, the good numbers would be lost.
model fair exit
expect 4 "a new database that lacks a row" "$BOXSCORE" nightly -q --new
said "'fair' of board 'small'"
said "--allow-removal"
unsaid "'good' of board"
[ "$(ids)" = "$first" ] || wrong "a row was taken away"
expect 4 "and again" "$BOXSCORE" render
expect 0 "taken away on purpose" "$BOXSCORE" render --allow-removal
[ "$(ids)" != "$first" ] || wrong "nothing was published"
expect 0 "once is enough" "$BOXSCORE" render

# With its own database it is as it was; and then nothing that a config does is in the way.
rm -f boxscore.db boxscore.db-wal boxscore.db-shm
mv kept.db boxscore.db
shapes fair
expect 0 "the backup in its place" "$BOXSCORE" nightly -q
rm models.d/fair.json
expect 0 "a config went" "$BOXSCORE" nightly -q
[ -e site/b/small/m/fair.html ] || wrong "its page went"
sed 's/"name": "Shapes good"/"name": "Shapes good", "formerly": ["good"]/' models.d/good.json >models.d/better.json
rm models.d/good.json
expect 0 "a model was renamed" "$BOXSCORE" nightly -q
[ -e site/b/small/m/better.html ] || wrong "the renamed model has no page"
model better exit
expect 1 "a model fails in a new version, and has no numbers under its new class map" "$BOXSCORE" nightly -q
unsaid "knows nothing"

# Nor is one that fails on the board's new images: its numbers on those of then are in the database.
shapes better
expect 0 "it is well again" "$BOXSCORE" nightly -q
cp -r "$SOURCE/tests/data/shapes/valid" "$dir/valid"
sed -i "s|$SOURCE/tests/data/shapes/valid|$dir/valid|g" boxscore.json
printf x >>"$dir/valid/images/valid-001.jpg"
model better exit
expect 1 "a model fails on new images" "$BOXSCORE" nightly -q
unsaid "knows nothing"

# A backup of before the labels were corrected: a night of one model would take the others' numbers away; one of all has them again.
shapes better
expect 0 "well once more" "$BOXSCORE" nightly -q
expect 0 "a backup" "$BOXSCORE" backup before.db
mv boxscore.db after.db
cp "$dir/valid/annotations.json" "$dir/labels.json"
python3 - "$dir/valid/annotations.json" <<'END'
import json, sys
t = json.load(open(sys.argv[1]))
t["annotations"][0]["bbox"][2] += 1
json.dump(t, open(sys.argv[1], "w"))
END
cp after.db boxscore.db
shapes good '"--fill-holes", "--min-size", "6"'
expect 0 "corrected labels, and a version that the backup lacks" "$BOXSCORE" nightly -q --force
first=$(ids)
rm -f boxscore.db boxscore.db-wal boxscore.db-shm
cp before.db boxscore.db
expect 4 "a night of one model over the backup" "$BOXSCORE" nightly -q better
said "'good' of board 'small'"
[ "$(ids)" = "$first" ] || wrong "a row was taken away"
expect 0 "a night of all" "$BOXSCORE" nightly -q
python3 -c 'import json; d = json.load(open("site/data/small.json")); assert sorted(r["slug"] for r in d["models"] if r["ranked"]) == ["better", "good"], d' ||
    wrong "the night of all lacks a row"
finish
