#!/bin/sh
# test_seen.sh: images of the test set that a model was trained on, as manifests of its training data say: the number without them is eval's of the
# others, the page lists them, the second night does nothing, and what is wrong with a manifest is said and stops nobody.
. "$SOURCE/tests/runner/lib.sh"
export XDG_CACHE_HOME="$dir/cache"

valid=$SOURCE/tests/data/shapes/valid
board seen
# An image of the test set byte for byte, another one's picture in another file, and what is in no test set.
mkdir train
cp "$valid/images/valid-002.jpg" "train/it's <b>one.jpg"
{ cat "$valid/images/valid-003.jpg"; printf 'more'; } >train/again.jpg
cp "$SOURCE"/tests/data/shapes/train/images/train-00[1-9].* train/
expect 0 "a manifest" "$BOXSCORE" testset manifest train --names --title "Our <i>shapes" --output manifest.jsonl

config='{"format": 1, "name": "%s", "task": "detect", "training_data": [%s], "backend": {"type": "command", "program": "shapes-runner"}}\n'
printf "$config" Clean '"COCO train2017"' >models.d/clean.json
printf "$config" Seen '"our shapes", "ImageNet"' >models.d/seen.json
printf "$config" Own '"own.jsonl"' >models.d/own.json
cp manifest.jsonl models.d/own.jsonl
sed -i 's|"threads": 1|"threads": 1, "training_data": {"our shapes": "manifest.jsonl"}|' boxscore.json

# value SLUG KEY: of the board as JSON
value() {
    "$BOXSCORE" export --json >board.json
    sqlite3 :memory: "SELECT json_extract(value, '\$.$2') FROM json_each(readfile('board.json'), '\$.models') WHERE json_extract(value, '\$.slug') = '$1'"
}
# is EXPECTED SLUG KEY WHAT
is() {
    got=$(value "$2" "$3")
    [ "$got" = "$1" ] || wrong "$4: $3 of $2 is '$got', expected '$1'"
}

expect 0 "the first night" "$BOXSCORE" nightly
unsaid "not looked up"
expect 0 "export" "$BOXSCORE" export seen --output exported
ls "$valid/images" | grep -v -e valid-002 -e valid-003 >rest.txt
without() { # without LIST: what eval says of these images alone
    "$BOXSCORE" eval -g exported/gt.json -p exported/dt.json --images "$valid/images" --images-list "$1" --json >eval.json 2>/dev/null
    sqlite3 :memory: "SELECT json_extract(readfile('eval.json'), '\$.coco.stats[0]')"
}
rest=$(without rest.txt)
[ -n "$rest" ] || wrong "eval says nothing"
is 2 seen seen_images "both are found"
is "$rest" seen map_without_seen "the number without them"
is 2 own seen_images "by a file in the models' folder"
is "$rest" own map_without_seen "by a file in the models' folder"
is "" clean map_without_seen "no manifest, no number"
is "" clean seen_images "no manifest, no number"
grep -q "^.*map_without_seen" site/data/small/board.csv 2>/dev/null || "$BOXSCORE" export --csv | head -1 | grep -q map_without_seen || wrong "the CSV has no such column"

# The pages: the sentence, the pairs, nothing that a name would do to the page.
page=$(find site -name seen.html | head -1)
for text in '2 of 12 images are in its training data: 1 as the same file, 1 as the same picture.' 'valid-002.jpg' 'valid-003.jpg' 'the same file' 'it&#39;s &lt;b&gt;one.jpg' 'Our &lt;i&gt;shapes'; do
    grep -qF -- "$text" "$page" || wrong "the page of the model does not say '$text'"
done
! grep -qF -e '<b>one' -e '<i>shapes' "$page" || wrong "a name is markup"
grep -q 'unseen' site/index.html || wrong "the board has no column without them"
grep -qF '#seen">' site/index.html || wrong "the board's row has no mark"
! grep -q 'Seen in training' "$(find site -name clean.html | head -1)" || wrong "the page of who names no manifest speaks of one"

# Nothing changed: nothing is done, nothing decoded.
state() {
    sql "SELECT count(*), max(made) FROM report; SELECT count(*) FROM evaluation; SELECT images, hex(manifest), made FROM training; SELECT count(*) FROM seen; SELECT * FROM trained"
}
before=$(state)
stamp=$(stat -c %Y.%i boxscore.db.hashes/thumbs)
expect 0 "the second night" "$BOXSCORE" nightly
[ "$(state)" = "$before" ] || wrong "the second night changed what was known"
[ "$(stat -c %Y.%i boxscore.db.hashes/thumbs)" = "$stamp" ] || wrong "the second night wrote hashes"
expect 0 "rescore" "$BOXSCORE" rescore
said "no number moved"
unsaid "of a subset of images that no board has"
sound "after rescore"

# A changed manifest: scored again, nobody asked.
evaluations=$(sql "SELECT count(*) FROM evaluation")
grep -v "again.jpg" manifest.jsonl >m2 && mv m2 manifest.jsonl
expect 0 "with another manifest" "$BOXSCORE" nightly
equals "$evaluations" "SELECT count(*) FROM evaluation" "a manifest is no reason to ask"
is 1 seen seen_images "one is left"
ls "$valid/images" | grep -v -e valid-002 >rest.txt
is "$(without rest.txt)" seen map_without_seen "without that one"
is "$rest" own map_without_seen "the other model's is as it was"

# A model on two manifests: what is in any of them.
grep -v "one.jpg" models.d/own.jsonl >models.d/second.jsonl
printf "$config" Own '"our shapes", "second.jsonl", "our shapes too"' >models.d/own.json
expect 0 "two manifests" "$BOXSCORE" nightly
is 2 own seen_images "what is in any of them"
is "$rest" own map_without_seen "what is in any of them"

# What is wrong with one is said, and the model is ranked all the same; what is known of the others stays.
wrong_one() { # wrong_one WHAT SAID
    expect 0 "$1" "$BOXSCORE" nightly
    said "model 'own': its training data 'second.jsonl' is not looked up: "
    said "$2"
    is 1 own seen_images "$1"
    got=$(value own rank)
    [ -n "$got" ] || wrong "$1: it is not ranked"
    grep -qF 'Not looked up' "$(find site -name own.html | head -1)" || wrong "$1: its page does not say so"
}
cp models.d/second.jsonl second
rm models.d/second.jsonl
wrong_one "a manifest that is gone" "cannot open"
ln -s ../second models.d/second.jsonl
wrong_one "a link out of the folder" "second.jsonl"
rm models.d/second.jsonl
echo '{"format": 1, "boxscore": "image manifest", "hash": "dct256x2/1"}
{"sha256": "00"}' >models.d/second.jsonl
wrong_one "one that breaks off" "line 2"
: >models.d/second.jsonl
wrong_one "an empty one" "is empty"
truncate -s 129M models.d/second.jsonl
wrong_one "a huge one" "at most"
rm models.d/second.jsonl
mkfifo models.d/second.jsonl
wrong_one "a pipe" "second.jsonl"
rm models.d/second.jsonl
cp second models.d/second.jsonl
expect 0 "and mended" "$BOXSCORE" nightly
unsaid "not looked up"
is 2 own seen_images "and mended"
! grep -qF 'Not looked up' "$(find site -name own.html | head -1)" || wrong "its page still says so"

# All of the test set: no number is left, and that is said.
expect 0 "all of it" "$BOXSCORE" testset manifest "$valid/images" --output manifest.jsonl
expect 0 "all of it" "$BOXSCORE" nightly
is 12 seen seen_images "all of it"
is "" seen map_without_seen "of no image there is no number"
grep -qF 'No other is left' "$page" || wrong "the page does not say that none is left"

# A name of the settings goes, and with it what was known by it.
sed -i 's|, "training_data": {[^}]*}||' boxscore.json
expect 0 "no settings" "$BOXSCORE" nightly
is "" seen seen_images "free text alone"
equals "1" "SELECT count(DISTINCT manifest) FROM training" "what no model names is forgotten"
sound "at the end"
finish
