# Several boards: who is asked how often, what each board shows, one site of them all, and the verbs' --board.
. ./runner/lib.sh

S=$SOURCE/tests/data/shapes
set_of() { printf '"test_set": {"path": "%s/%s/annotations.json", "i_know": true, "images": "%s/%s/images"}' "$S" "$1" "$S" "$1"; }
mkdir -p "$dir/b/models.d" "$dir/log"
cd "$dir/b"
settings() { # settings BOARDS: with everything allowed
    cat >boxscore.json <<END
{"format": 1, "boards": [$1], "template": "$SOURCE/site-template", "runner_path": ["$BUILD/tests", "$BUILD"],
 "allow": [{"models": "*", "reason": "a test"}], "limits": {"free_disk": 0}, "threads": 1, "confine": {"read": ["$BUILD/tests"], "devices": ["$dir/log"]}}
END
}
box="{\"slug\": \"box\", \"title\": \"Boxes\", \"names\": \"Shapes valid\", $(set_of valid)}"
mask="{\"slug\": \"mask\", \"title\": \"Masks\", \"task\": \"segment\", $(set_of valid)}"
few="{\"slug\": \"few\", \"title\": \"Few\", \"max_detections\": 1, $(set_of valid)}"
other="{\"slug\": \"other\", \"title\": \"Other images\", $(set_of train)}"

# A program that counts what it is asked.
mkdir -p models.d/bin
cat >models.d/bin/count.sh <<END
#!/bin/sh
exec tee -a "$dir/log/asked" | "$BUILD/tests/fake_runner" "\$@"
END
chmod +x models.d/bin/count.sh
counting() { # counting SLUG TASK MODE [MORE]
    cat >"models.d/$1.json" <<END
{"format": 1, "name": "Model $1", "task": "$2", "class_map": {"cat": "disc", "dog": "ring"}, ${4:-}
 "reported": [{"test_set": "shapes VALID", "metric": "map_50", "value": 0.5}, {"test_set": "elsewhere", "metric": "map", "value": 0.9}],
 "backend": {"type": "command", "program": "bin/count.sh", "args": ["$3"]}}
END
}
asked() { [ "$(grep -c '"image"' "$dir/log/asked" 2>/dev/null)" = "$1" ] || wrong "$2: asked $(grep -c '"image"' "$dir/log/asked") times, expected $1"; }

counting both segment poly
settings "$box, $mask"
expect 0 "a mask and a box board" "$BOXSCORE" run
said "2 boards: 1 model, 1 evaluated"
asked 12 "a segment model on two boards"
equals 1 "SELECT count(*) FROM evaluation" "one evaluation"
equals "box mask" "SELECT group_concat(geometry, ' ') FROM (SELECT geometry FROM reports ORDER BY 1)" "and a report a board"

settings "$box, $mask, $few"
expect 0 "what a third board asks for" "$BOXSCORE" run --dry-run
said "to rescore: labels, class map, operating confidence or a board's rules changed, or a board is new"
expect 0 "a third board on the same images" "$BOXSCORE" run
said "1 scored again"
asked 12 "it is not asked again"
equals "coco/1 coco/1 coco/1;dets=1" "SELECT group_concat(protocol, ' ') FROM (SELECT protocol FROM reports ORDER BY protocol)" "its rules are in the report's key"

settings "$box, $mask, $few, $other"
counting two detect ok '"boards": ["few", "other"],'
expect 0 "what is due" "$BOXSCORE" run --dry-run
said "both (other): due: never evaluated"
said "two (few): due: never evaluated"
said "4 boards: 2 models, 3 due, 1 current"
expect 0 "one board of another set" "$BOXSCORE" run --board other
said "other: 2 models, 2 evaluated"
asked 36 "both are asked about the other images alone"
equals "box mask few other" "SELECT group_concat(slug, ' ') FROM (SELECT slug FROM board WHERE position >= 0 ORDER BY position)" "the other boards stay"
expect 0 "the night" "$BOXSCORE" nightly --json
said '"boards": ["box", "mask", "few", "other"]'
asked 48 "the rest is asked"
expect 0 "nothing more" "$BOXSCORE" nightly
said "4 boards: 2 models, nothing is due"
asked 48 "nobody is asked"

expect 0 "the boards" "$BOXSCORE" board
said "Boxes (box): box; mAP"
said "Masks (mask): mask; mAP"
said "Few (few): box, 1 detection; mAP"
said "Other images (other): box; mAP"
expect 0 "one of them" "$BOXSCORE" board --board few
said "Few (few): box, 1 detection; mAP"
unsaid "Boxes"
said "Model two"
expect 0 "a board that a config does not name" "$BOXSCORE" board --board box
unsaid "Model two"
expect 2 "a board that is not there" "$BOXSCORE" board --board fwe
said "did you mean 'few'?"
expect 2 "a model that is not on it" "$BOXSCORE" run --board box two
said "takes no part in the board 'box'"
nights=$(sql "SELECT count(*) FROM run")
expect 2 "one that is, and one that is not" "$BOXSCORE" run --board box both two --force
asked 48 "a mistake of the user's is told before anybody is asked"
equals "$nights" "SELECT count(*) FROM run" "nor is it a night"
expect 0 "status of one" "$BOXSCORE" status --board mask
said "both"
unsaid "two"
expect 0 "status of all" "$BOXSCORE" status
said "2: 2 current"
expect 2 "a plot of which?" "$BOXSCORE" plot latency
said "has 4 boards, expected --board and one of 'box', 'mask', 'few', 'other'"
expect 2 "an export of which?" "$BOXSCORE" export --csv
said "expected --board"
expect 0 "an export" "$BOXSCORE" export --json --board few
said '"protocol":'
said 'coco/1;dets=1'
settings "$box, $mask, $few, $other, {\"slug\": \"fresh\", $(set_of valid)}"
for verb in board status "plot latency" "export --csv" "render --output $dir/fresh"; do
    expect 3 "$verb of a board that no night has made" "$BOXSCORE" $verb --board fresh
    said "has no board 'fresh' yet: 'boxscore run' makes it"
done
settings "$box, $mask, $few, $other"
sqlite3 boxscore.db "UPDATE metric SET value = value + 0.25 WHERE name = 'map' AND class = -1; UPDATE report SET whole = NULL, sum = NULL"
expect 0 "what moved, and where" "$BOXSCORE" rescore --dry-run
for where in "both (box)" "both (mask)" "both (few)" "two (few)" "two (other)"; do said "$where: mAP 50:95 "; done
expect 0 "the same for programs" "$BOXSCORE" rescore --json
said '"board": "few", "geometry": "box", "protocol": "coco/1;dets=1", "test_set": "bx1-box-'
expect 0 "check" "$BOXSCORE" check
said "models.d/both.json: ok: 'Model both', segment, no license stated, command 'bin/count.sh'; on box, mask, few, other"
said "command 'bin/count.sh'; on few, other"
counting wrong detect ok '"boards": ["fwe"],'
expect 3 "check of a board that is not there" "$BOXSCORE" check
said "'boards': there is no board 'fwe', did you mean 'few'?"
expect 1 "the night says so too, and goes on" "$BOXSCORE" run
said "wrong: failed: 'boards': there is no board 'fwe'"
rm models.d/wrong.json

expect 0 "rescore" "$BOXSCORE" rescore
equals "few other" "SELECT group_concat(board, ' ') FROM (SELECT DISTINCT b.slug AS board FROM reports r JOIN evaluations e USING (detections) JOIN board b ON b.testset = r.testset AND b.protocol = r.protocol
    WHERE e.slug = 'two' ORDER BY b.slug)" "is for no board that the config does not name"
counting two detect ok
expect 0 "a config that names no boards any more" "$BOXSCORE" run
equals "box few other" "SELECT group_concat(board, ' ') FROM (SELECT board FROM current_report WHERE model = 'two' ORDER BY board)" "is on every one that fits"
counting two detect ok '"boards": ["few", "other"],'
expect 0 "and names them again" "$BOXSCORE" run
equals "few other" "SELECT group_concat(board, ' ') FROM (SELECT board FROM leaderboard WHERE model = 'two' ORDER BY board)" "is on these alone"
asked 48 "neither asks anybody"

cp -r site "$dir/before"
for where in "" "--site site" "--output ./models.d/../site"; do
    expect 2 "a site of one board in place of all ($where)" "$BOXSCORE" render --board few $where
    said "--site"
done
diff -r site "$dir/before" >/dev/null || wrong "the site of all boards was touched"
expect 0 "and beside it" "$BOXSCORE" render --board few --site "$dir/alone"
for page in site/b/few/m/both.html "$dir/alone/b/few/m/both.html"; do # what a page says to run, runs
    grep -o 'boxscore export [^<]*' "$page" >"$dir/command" || wrong "$page shows no command"
    sed "s|^boxscore|\"$BOXSCORE\"|; s|--output [^ ]*|--output \"$dir/exported\"|" "$dir/command" | sh >"$dir/out" 2>&1 || wrong "the command on $page"
done

for page in index.html b/box/index.html b/mask/m/both.html b/few/m/two.html b/other/plots.html runs/index.html methodology.html data/few.csv data/other/both.json; do
    [ -s "site/$page" ] || wrong "the site has no $page"
done
[ ! -e site/b/box/m/two.html ] || wrong "a model has a page on a board that it is not on"
has() { grep -qF -- "$2" "site/$1" || wrong "$1 does not have '$2'"; }
has index.html '<a href="b/mask/index.html"><bdi>Masks</bdi></a>'
has index.html '1 detection'
has index.html 'These boards are older than they should be'
has b/few/index.html 'This board is older than it should be'
has b/box/m/both.html '<a href="../../../b/mask/m/both.html"><bdi>Masks</bdi></a>'
has b/box/m/both.html 'What its authors report'
! grep -qF 'What its authors report' site/b/mask/m/both.html || wrong "a number reported for another test set stands on the page"
has b/few/m/two.html ' --output two --board few'
has b/few/index.html '<a href="../../index.html">All boards</a>'
has methodology.html '<bdi>1 detection</bdi>; the rest is COCO’s'

rm models.d/two.json
settings "$box"
expect 0 "one board again" "$BOXSCORE" nightly
asked 48 "nobody is asked"
has index.html 'Boxes</bdi>: which detector is best?'
has b/mask/index.html 'Retired: this is no longer one of this site’s boards. Its last numbers are of '
has b/mask/m/both.html 'no longer one of this site’s boards'
[ -s site/data/mask.csv ] || wrong "the data of a board that is gone are gone"
! grep -q 'b/mask' site/index.html site/methodology.html || wrong "a board that the settings no longer have is listed"
model after poly
sed -i 's/"detect"/"segment"/' models.d/after.json
expect 0 "a model that came after it was gone" "$BOXSCORE" nightly
has b/box/m/after.html 'Model after'
has b/mask/m/both.html 'no longer one of this site’s boards'
[ ! -e site/b/mask/m/after.html ] || wrong "a board that is gone has a new model"
rm models.d/after.json
settings "$box, $mask"
expect 0 "and back" "$BOXSCORE" nightly
said "nothing is due"
! grep -q 'no longer one of' site/b/mask/index.html || wrong "a board that is back is called retired"
cp models.d/both.json "$dir/both.json"
counting both segment poly '"boards": ["box"],'
expect 0 "a model that names one board alone" "$BOXSCORE" nightly
has b/mask/m/both.html 'Retired: it takes part in this board no more, its numbers stay.'
! grep -q 'm/both.html' site/b/mask/index.html || wrong "a model that left the board is listed on it"
cp "$dir/both.json" models.d/both.json
expect 0 "and is on both again" "$BOXSCORE" nightly
has b/mask/index.html 'm/both.html'
asked 48 "its history was kept"

counting late detect ok
settings "$box"
expect 0 "a model that is allowed" "$BOXSCORE" run
settings "$other, $box"
sed -i 's/"models": "\*"/"models": "nobody"/' boxscore.json
expect 1 "and is no more, when it is due on other images" "$BOXSCORE" run late
said "late (other): not run"
equals "1" "SELECT count(*) FROM model WHERE slug = 'late' AND blocked IS NOT NULL" "is blocked, whatever it is elsewhere"
expect 0 "a board where it is current" "$BOXSCORE" run --board box late
equals "1" "SELECT count(*) FROM model WHERE slug = 'late' AND blocked IS NOT NULL" "says nothing about the others"
settings "$other, $box"
expect 0 "allowed again" "$BOXSCORE" run late
equals "0" "SELECT count(*) FROM model WHERE slug = 'late' AND blocked IS NOT NULL" "is not blocked"
rm models.d/late.json

# A board that a config names, among others, is no more.
counting both segment poly '"boards": ["box", "mask"],'
counting boxes detect ok
settings "$box"
expect 0 "one board of two" "$BOXSCORE" nightly
said "there is no board 'mask'"
expect 0 "it is ranked on the other" "$BOXSCORE" board
said "Model both"
unsaid "failed"
expect 0 "a warning" "$BOXSCORE" check
said "there is no board 'mask'"

# A model that could never be on a board is not on it because its config is wrong.
sed -i 's/"dog": "ring"/"dog": "no such class"/' models.d/boxes.json
counting both segment poly
settings "$box, $mask"
expect 1 "a config that is wrong" "$BOXSCORE" nightly
expect 0 "boxes" "$BOXSCORE" board --board box
said "no such class"
expect 0 "masks" "$BOXSCORE" board --board mask
unsaid "no such class"

# A board of nothing, and one whose test set cannot be read: each is its own error, the others have their night and the site is made.
counting boxes detect ok
void="{\"slug\": \"void\", \"title\": \"Void\", \"classes\": [\"disc\"], \"image_subset\": \"nothing.txt\", $(set_of valid)}"
sqlite3 :memory: "SELECT json_extract(i.value, '\$.file_name') FROM json_each(readfile('$S/valid/annotations.json'), '\$.images') i WHERE NOT EXISTS (SELECT 1
    FROM json_each(readfile('$S/valid/annotations.json'), '\$.annotations') a WHERE json_extract(a.value, '\$.image_id') = json_extract(i.value, '\$.id')
    AND json_extract(a.value, '\$.category_id') = 1) LIMIT 1" >nothing.txt
cp "$S/valid/annotations.json" own.json
own="{\"slug\": \"own\", \"title\": \"Own\", \"test_set\": {\"path\": \"own.json\", \"images\": \"$S/train/images/../../valid/images\"}}"
settings "$own, $box, $void"
expect 3 "check" "$BOXSCORE" check
said "board 'void': there is nothing to score: of the test set's 85 objects none is of its 1 of 5 classes on its 1 of 12 images"
expect 3 "a board of nothing" "$BOXSCORE" nightly
said "board 'void': there is nothing to score"
said "1 of 3 boards could not be read"
has b/own/index.html 'Model boxes'
[ ! -e site/b/void ] || wrong "a board of nothing has a page"
settings "$own, $box"
expect 0 "without it" "$BOXSCORE" nightly
counting fresh detect ok
echo 'no JSON' >own.json
expect 3 "check of a test set that cannot be read" "$BOXSCORE" check
said "board 'own': test set: "
said "ok: 'Model fresh'"
expect 3 "what is due" "$BOXSCORE" run --dry-run
said "fresh (box): due: never evaluated"
expect 0 "its state" "$BOXSCORE" status
said "board 'own': test set: "
said "fresh     due: never evaluated (box)"
expect 3 "a night" "$BOXSCORE" nightly
said "board 'own': test set: "
equals "both boxes fresh" "SELECT group_concat(model, ' ') FROM (SELECT model FROM leaderboard WHERE board = 'box' ORDER BY model)" "the other board has its night"
equals "3" "SELECT exit_status FROM run ORDER BY seq DESC LIMIT 1" "the run says how it ended"
equals "own,box" "SELECT group_concat(slug) FROM (SELECT slug FROM board WHERE position >= 0 ORDER BY position)" "both are still there"
has b/box/index.html 'Model fresh'
has b/own/index.html 'Model boxes'
has b/own/index.html 'could not read this board'
! grep -q 'could not read' site/b/box/index.html || wrong "the other board says that it could not be read"
expect 3 "that board alone" "$BOXSCORE" run --board own
settings "$own"
expect 3 "a board alone that cannot be read" "$BOXSCORE" nightly
unsaid "nothing is due"
has index.html 'could not read this board'
expect 0 "the state of all boards that cannot be read" "$BOXSCORE" status
[ "$(grep -c 'cannot be said' "$dir/out")" = 1 ] || wrong "it is said more than once"
expect 0 "rescore needs no test set" "$BOXSCORE" rescore
cp "$S/valid/annotations.json" own.json
settings "$own, $box"
expect 0 "readable again" "$BOXSCORE" nightly
! grep -q 'could not read' site/b/own/index.html || wrong "it still says that it could not be read"
rm models.d/fresh.json

rm models.d/both.json
counting boxes detect ok
settings "$box, $mask"
expect 0 "a board that no model answers" "$BOXSCORE" nightly
expect 0 "says so" "$BOXSCORE" board
said "Masks (mask): mask; mAP"
said "no model yet"
expect 0 "reports of boards that are gone" "$BOXSCORE" rescore --dry-run
sound "boards"

# A board of other classes: nobody's fault where the config does not name it, its failure where it does; and no reason to lose another board's numbers.
mkdir -p "$dir/classes/models.d"
cd "$dir/classes"
cp -r ../b/models.d/bin models.d/
sed 's/"name": *"\([a-z]*\)"/"name": "my \1"/' "$S/valid/annotations.json" >mine.json
mine="{\"slug\": \"mine\", \"title\": \"My names\", \"test_set\": {\"path\": \"mine.json\", \"images\": \"$S/valid/images\"}}"
counting one detect ok
settings "$box"
expect 0 "a board" "$BOXSCORE" nightly
settings "$box, $mine, $other"
expect 0 "and one of other classes" "$BOXSCORE" nightly
expect 0 "once and for all" "$BOXSCORE" nightly
said "nothing is due"
expect 0 "the first board" "$BOXSCORE" board --board box
said "1   Model one"
expect 0 "the other one" "$BOXSCORE" board --board mine
said "its class name '"
unsaid "1   Model one"
expect 0 "a rescore does not try" "$BOXSCORE" rescore
counting one detect ok '"boards": ["box", "mine"],'
expect 1 "named" "$BOXSCORE" nightly --retry
said "one (mine): failed: its class name '"
unsaid "mAP"
expect 1 "every night" "$BOXSCORE" nightly
said "one (mine): failed: its class name '"
expect 0 "its state" "$BOXSCORE" status
said "one       invalid: its class name '"
said "(mine)"
unsaid "due:"
expect 0 "the first board keeps it" "$BOXSCORE" board --board box
said "1   Model one"
counting one detect ok '"boards": ["mine"],'
sed -i 's/"cat": "disc", "dog": "ring"/"cat": "my disc", "dog": "my ring"/' models.d/one.json
expect 0 "a class map helps" "$BOXSCORE" nightly
expect 0 "it has its numbers" "$BOXSCORE" board --board mine
said "1   Model one"
equals 0 "SELECT count(*) FROM unscored u JOIN report r ON r.answers = u.answers AND r.scoring = u.scoring" "the report is in its place"
sound "other classes"
# Which images a board had is known when it is gone, so that its reports are scored again; when nobody knows, that is said.
mkdir -p "$dir/part/models.d"
cd "$dir/part"
cp -r ../b/models.d/bin models.d/
counting one detect ok
(cd "$S/valid/images" && ls | head -n 4) >some.txt
settings "$box, {\"slug\": \"part\", \"title\": \"Part\", \"image_subset\": \"some.txt\", $(set_of valid)}"
expect 0 "a board of some images" "$BOXSCORE" run
settings "$box"
expect 0 "which is gone" "$BOXSCORE" run
expect 0 "and scored again" "$BOXSCORE" rescore --dry-run
said "2 reports scored again"
unsaid "no board has"
sqlite3 boxscore.db "DELETE FROM member WHERE board = 'part'; DELETE FROM board WHERE slug = 'part'"
expect 0 "nobody knows its images" "$BOXSCORE" rescore --dry-run
said "1 report scored again, no number moved; 1 of a subset of images that no board has any more"
finish
