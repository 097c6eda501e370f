#!/bin/sh
# test_names.sh: a newcomer with the name of a model that is on the board, or one that looks like it, puts nobody out but itself; the night, check and allow
# say so alike.
set -u
. "$SOURCE/tests/runner/lib.sh"

board names
shapes good
expect 0 "the first night" "$BOXSCORE" nightly -q
sed -i '/"allow"/d' boxscore.json
expect 0 "the good one is allowed" "$BOXSCORE" allow good

# By its file's name it stands before the one that is there.
shapes fresh
sed -i 's/"Shapes fresh"/"Shарes good"/' models.d/fresh.json # Cyrillic а and р
expect 3 "check" "$BOXSCORE" check
said "models.d/fresh.json:1:23: name 'Shарes good' (U+0430 U+0440) looks like 'Shapes good' (ASCII) of"
said "models.d/good.json:1:23, which was here before"
said "models.d/good.json:1:23: warning: name 'Shapes good' (ASCII) looks like 'Shарes good' (U+0430 U+0440) of"
said "which is refused: this one was here before"
said "models.d/good.json: ok"
expect 0 "allow" "$BOXSCORE" allow good
expect 3 "allow the newcomer" "$BOXSCORE" allow fresh
expect 1 "a night with the newcomer" "$BOXSCORE" nightly --force
said "fresh: failed: config: 1:23: name"
unsaid "good: failed"
equals "good" "SELECT model FROM leaderboard" "the board"
expect 1 "and the next one" "$BOXSCORE" nightly
equals "good" "SELECT model FROM leaderboard" "the board of the next night"
equals "" "SELECT invalid FROM model WHERE slug = 'good'" "what is said of the good one"

# Nor does one whose slug the good one had before.
sed 's/"name": "Shapes good"/"name": "Shapes good", "formerly": ["good"]/' models.d/good.json >models.d/better.json
rm models.d/good.json models.d/fresh.json
expect 0 "renamed" "$BOXSCORE" nightly -q
shapes good
sed -i 's/"Shapes good"/"Another"/' models.d/good.json
expect 1 "a newcomer under the former slug" "$BOXSCORE" nightly
said "good: failed: config: slug 'good' is what"
equals "better" "SELECT model FROM leaderboard" "the board of the renamed"

# Of two that nobody knows neither is taken.
rm models.d/good.json
shapes one
shapes two
sed -i 's/"Shapes [a-z]*"/"One"/' models.d/one.json models.d/two.json
expect 1 "two newcomers" "$BOXSCORE" nightly
said "one: failed: config: 1:23: name 'One' is also"
said "two: failed: config: 1:23: name 'One' is also"
unsaid "here before"
expect 3 "check knows no better" "$BOXSCORE" check
unsaid "here before"

# What no font here can draw is said, and plots call the model by its slug: they are what they are when that is its name.
rm models.d/one.json models.d/two.json
named() { # named NAME: the plots of a night
    sed -i "s/\"name\": \"[^\"]*\"/\"name\": \"$1\"/" models.d/better.json
    expect 0 "a model called '$1'" "$BOXSCORE" nightly
    (cd site/assets && ls small-*.svg)
}
plain=$(named better)
[ "$(named "$(printf 'Shapes \356\204\243')")" = "$plain" ] || wrong "plots do not call it by its slug"
said "model 'better': no font here has U+E123 of its name"
named "Shapes good" >/dev/null

# A merged or restored store may have a model under several of its former slugs: its history is where its newest evaluation is.
renamed() { # renamed FROM TO FORMERLY
    sed "s/\"formerly\": \[[^]]*\]/\"formerly\": [$3]/" models.d/$1.json >models.d/$2.json
    rm models.d/$1.json
}
sqlite3 boxscore.db "CREATE TEMP TABLE old AS SELECT * FROM model WHERE slug = 'better'; UPDATE old SET slug = 'good', retired = 1, sum = NULL, version = zeroblob(32);
    INSERT OR REPLACE INTO model SELECT * FROM old"
renamed better best '"good", "better"'
expect 0 "foreseen" "$BOXSCORE" run --dry-run
said "best: current"
expect 0 "renamed once more" "$BOXSCORE" run
said "nothing is due"
equals "best" "SELECT model FROM leaderboard" "the board of the renamed"
renamed best better '"best"'
expect 0 "and back" "$BOXSCORE" nightly -q

# What comes in by a merge under a name of before has the same former names: their pages lead to the one that is there.
expect 0 "a store of now" "$BOXSCORE" backup other.db
renamed better third '"best", "better"'
expect 0 "renamed after that" "$BOXSCORE" nightly -q
expect 0 "merged" "$BOXSCORE" merge other.db
expect 0 "two that were called so" "$BOXSCORE" nightly -q
grep -q 'third.html' site/b/small/m/best.html || wrong "the former page leads elsewhere"
renamed third better '"best"'

# Without a database that can be read nothing is known, and check says what it can.
shapes fresh
sed -i 's/"Shapes fresh"/"Shapes good"/' models.d/fresh.json
echo "no database" >boxscore.db
rm -f allowed.json boxscore.db-wal boxscore.db-shm
expect 3 "check beside a broken database" "$BOXSCORE" check -v
said "it is not known which was first: "
said "fresh.json:1:23: name 'Shapes good' is also"
said "better.json:1:23: name 'Shapes good' is also"
finish
