#!/bin/sh
# test_labels.sh: a class of the test set gets another name. A model that answers by name needs a class map then; a predictions file with the test
# set's category ids says the same as before, and its numbers stay.
. "$SOURCE/tests/runner/lib.sh"

board labels
cp "$SOURCE/tests/data/shapes/valid/annotations.json" labels.json
sed -i "s|$SOURCE/tests/data/shapes/valid/annotations.json|labels.json|" boxscore.json
sqlite3 :memory: "SELECT json_group_array(json_object('image_id', json_extract(value, '\$.image_id'), 'category_id', json_extract(value, '\$.category_id'),
    'bbox', json_extract(value, '\$.bbox'), 'score', 0.5)) FROM json_each(readfile('labels.json'), '\$.annotations')
    WHERE NOT json_extract(value, '\$.iscrowd')" >models.d/ids.txt
config='{"format": 1, "name": "%s", "task": "detect", "backend": {"type": "predictions", "file": "ids.txt"%s}}\n'
printf "$config" ids '' >models.d/ids.json
ids=$(sed -n 's/.*"id": *\([0-9]*\), *"name": *"\([a-z]*\)".*/"\1": "\2"/p' labels.json | tr '\n' ',' | sed 's/,$//')
printf "$config" names ", \"categories\": {$ids}" >models.d/names.json
expect 0 "the first night" "$BOXSCORE" run
equals "ids|1.0
names|1.0" "SELECT model, map FROM leaderboard ORDER BY model" "perfect predictions"

sed -i 's/"name": *"disc"/"name": "coin"/' labels.json
expect 0 "foreseen" "$BOXSCORE" run --dry-run
said "ids: due: the labels changed"
said "names: to rescore"
expect 0 "a class renamed" "$BOXSCORE" run
equals "ids|1.0" "SELECT model, map FROM leaderboard WHERE model = 'ids'" "category ids are not names"
equals "1" "SELECT map < 0.9 FROM leaderboard WHERE model = 'names'" "names are"
expect 0 "nothing more" "$BOXSCORE" run
said "nothing is due"

# A second board of the same images, with labels of its own: the ids are of each board's test set.
sed -i 's/"format": 1,/"format": 1, "boards": ["small"],/' models.d/names.json
small=$(sed -n 's/.*"boards": \[\(.*\)\],$/\1/p' boxscore.json)
also() { # also SLUG: a board of SLUG.json
    another=$(printf '%s' "$small" | sed "s|\"small\"|\"$1\"|; s|labels.json|$1.json|")
    sed -i "s|\"boards\": .*|\"boards\": [$small, $another],|" boxscore.json
}
sed 's/"name": *"\([a-z]*\)"/"name": "der \1"/' labels.json >german.json
also german
expect 0 "a board with other labels" "$BOXSCORE" run
equals "german|1.0
small|1.0" "SELECT board, map FROM leaderboard WHERE model = 'ids' ORDER BY board" "category ids are each board's own"
expect 0 "nothing more on two" "$BOXSCORE" run
said "2 boards: 2 models, nothing is due"
expect 0 "rescore" "$BOXSCORE" rescore --dry-run
said "no number moved"
expect 0 "both afresh" "$BOXSCORE" run --force
equals "german|1.0
small|1.0" "SELECT board, map FROM leaderboard WHERE model = 'ids' ORDER BY board" "the newest of each"
expect 0 "and nothing more" "$BOXSCORE" run
said "nothing is due"

cp models.d/names.json "$dir/names.json"
sed -i 's/"boards": \["small"\],//' models.d/names.json
expect 0 "a config that says its class names" "$BOXSCORE" check
said "none of its class names is one of the board 'german'"
sed -i 's/"format": 1,/"format": 1, "boards": ["german"],/' models.d/names.json
expect 3 "and names the board" "$BOXSCORE" check
said "none of its class names is one of the board 'german'"
cp "$dir/names.json" models.d/names.json

# Labels that have none of its ids cannot be scored; to read the file once is enough to know.
sed 's/"category_id": *\([0-9]\)/"category_id": 9\1/g; s/"id": *\([0-9]*\), *"name"/"id": 9\1, "name"/g' german.json >alien.json
also alien
"$BOXSCORE" run >"$dir/out" 2>&1
evaluations=$(sql "SELECT count(*) FROM evaluation")
"$BOXSCORE" run >"$dir/out" 2>&1
equals "$evaluations" "SELECT count(*) FROM evaluation" "a file with none of a board's ids is not read every night"
# Classes that fall away are told, with the name that may have been meant: when it is known, when it is scored, and for as long as they do.
board away
cp ../labels/models.d/ids.txt models.d/
labels=$SOURCE/tests/data/shapes/valid/annotations.json
ids=$(sed -n 's/.*"id": *\([0-9]*\), *"name": *"\([a-z]*\)".*/"\1": "\2"/p' "$labels" | tr '\n' ',' | sed 's/,$//')
gone=$(sqlite3 :memory: "SELECT count(*) FROM json_each(readfile('models.d/ids.txt')) d JOIN json_each(readfile('$labels'), '\$.categories') c
    ON json_extract(c.value, '\$.id') = json_extract(d.value, '\$.category_id') WHERE json_extract(c.value, '\$.name') = 'ring'")
away=$(printf '%s' "$ids" | sed 's/"ring"/"rings"/')
printf "$config" away ", \"categories\": {$away}" >models.d/away.json
expect 0 "check" "$BOXSCORE" check
said "1 of its 5 class names is not of the board 'small', and what is answered of them counts for nothing: 'rings' (is 'ring' meant?)"
printf "$config" away ", \"categories\": {$(printf '%s' "$ids" | sed 's/"ring"/"rіng"/'), \"78\": \"Ｒing\", \"79\": \"Ring\"}" >models.d/away.json
expect 0 "check with a letter of another alphabet" "$BOXSCORE" check
said "'rіng' (U+0456), which only looks like 'ring' (ASCII)"
said "two classes of the config look alike: 'Ｒing' (U+FF32) and 'Ring' (ASCII)"
printf "$config" away ", \"categories\": {$away}" >models.d/away.json
expect 0 "the night" "$BOXSCORE" nightly
said "away: done, mAP 80.0"
said "; $gone detections of 1 class that the test set lacks: 'rings' ($gone; is 'ring' meant?)"
expect 0 "for as long as they do" "$BOXSCORE" status
said "left out: $gone detections of 1 class that the test set lacks: 'rings' ($gone; is 'ring' meant?)"
expect 0 "for programs" "$BOXSCORE" status --json
said "\"fallen\": \"$gone detections of 1 class that"
for page in site/index.html site/b/*/m/away.html; do
    grep -q "$gone detections of 1 class that the test set lacks: &#39;rings&#39; ($gone; is &#39;ring&#39; meant?)" "$page" || wrong "$page does not say it"
done
grep -q 'href="#fallen"' site/index.html || wrong "its row does not say it"
equals "$gone|1|rings|$gone|ring" "SELECT n, classes, json_extract(most, '\$[0]'), json_extract(most, '\$[1]'), json_extract(most, '\$[2]') FROM fallen" "stored with the report"
printf "$config" away ", \"categories\": {$away}" | sed 's/"backend"/"class_map": {"rings": null}, "backend"/' >models.d/away.json
expect 0 "a class map that mentions them" "$BOXSCORE" nightly -v
said "away: rescored"
unsaid "lacks"
expect 0 "is enough" "$BOXSCORE" status
unsaid "left out"

# Many names may be one class, and a name none: what two names say together is what one says, without either it is less.
board many
ring=$(printf '%s' "$ids" | tr ',' '\n' | sed -n 's/.*"\([0-9]*\)": "ring".*/\1/p')
sqlite3 :memory: "SELECT json_group_array(json(CASE WHEN json_extract(value, '\$.category_id') = $ring AND key % 2 THEN json_set(value, '\$.category_id', 78) ELSE value END))
    FROM json_each(readfile('../labels/models.d/ids.txt'))" >models.d/many.txt
split=$(grep -o '"category_id": *78' models.d/many.txt | wc -l)
[ "$split" -gt 0 ] && [ "$split" -lt "$gone" ] || wrong "the detections of 'ring' do not have two names: $split of $gone"
both=$(printf '%s' "$ids" | sed 's/"ring"/"hoop"/'), # and 78 beside it
several() { # several CLASS-MAP
    printf "$config" many ", \"categories\": {$both \"78\": \"torus\"}" | sed "s/\"backend\"/\"class_map\": {$1}, \"backend\"/; s/ids.txt/many.txt/" >models.d/many.json
}
several '"hoop": "ring", "torus": "ring"'
expect 0 "check two names of one class" "$BOXSCORE" check
unsaid "is not of the board"
expect 0 "two names of one class" "$BOXSCORE" nightly
unsaid "lacks"
equals "1.0" "SELECT map FROM leaderboard" "they are one"
several '"hoop": "ring", "torus": null'
expect 0 "check a name that is no class" "$BOXSCORE" check
unsaid "is not of the board"
expect 0 "one of them no class" "$BOXSCORE" nightly -v
said "many: rescored"
unsaid "lacks"
equals "1|0" "SELECT map < 0.99, (SELECT count(*) FROM fallen) FROM leaderboard" "it counts for nothing, and was meant so"
several '"hoop": "ring"'
expect 0 "one of them forgotten" "$BOXSCORE" nightly -v
said "$split detections of 1 class that the test set lacks: 'torus'"
several '"hoop": "ring", "torus": "rings"'
"$BOXSCORE" check >"$dir/out" 2>&1 && wrong "a class map to a class that the test set lacks was accepted"
said "'torus' is to be 'rings'"
finish
