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

# A second board of the same images, whose classes have names of their own. The ids are the test set's: under which names the answers are stored the first board says.
sed 's/"name": *"\([a-z]*\)"/"name": "my \1"/' labels.json >mine.json
sed -i 's|"boards": \[|"boards": [{"slug": "mine", "test_set": {"path": "mine.json", "images": "'"$SOURCE"'/tests/data/shapes/valid/images"}}, |' boxscore.json
expect 0 "other names" "$BOXSCORE" run
expect 0 "once" "$BOXSCORE" run
evaluations=$(sql "SELECT count(*) FROM evaluation")
expect 0 "not every night" "$BOXSCORE" run
said "nothing is due"
equals "$evaluations" "SELECT count(*) FROM evaluation" "no evaluation more"
expect 0 "a config that says its class names" "$BOXSCORE" check
said "none of its class names is one of the board 'mine'"
printf "$config" names ", \"categories\": {$ids}}, \"boards\": [\"mine\"" | sed 's/"boards": \["mine"}/"boards": ["mine"]/' >models.d/names.json
expect 3 "and names the board" "$BOXSCORE" check
said "none of its class names is one of the board 'mine'"
finish
