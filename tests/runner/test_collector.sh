#!/bin/sh
# test_collector.sh: one machine collects what another one ran. It has not the other's configs, which says nothing about them; and a night that was
# going on when it was merged has ended since.
. "$SOURCE/tests/runner/lib.sh"

board gpu
model a ok
model b ok more
expect 0 "the other machine" "$BOXSCORE" run
board home
model own ok
expect 0 "here" "$BOXSCORE" run
expect 0 "merge" "$BOXSCORE" merge ../gpu/boxscore.db
expect 0 "a night here" "$BOXSCORE" nightly
unsaid retired
equals "a b own" "SELECT group_concat(slug, ' ') FROM (SELECT slug FROM model WHERE retired = 0 ORDER BY slug)" "nobody is retired"
equals "a b own" "SELECT group_concat(model, ' ') FROM (SELECT model FROM leaderboard ORDER BY model)" "all are on the board"
expect 0 "status" "$BOXSCORE" status
said "3: 3 current"

cd ../gpu
rm models.d/b.json
sed -i 's/Model a/Model A of the GPU/' models.d/a.json
expect 0 "one less there" "$BOXSCORE" run
cd ../home
expect 0 "merge again" "$BOXSCORE" merge ../gpu/boxscore.db
expect 0 "a night here" "$BOXSCORE" run
equals "a own" "SELECT group_concat(slug, ' ') FROM (SELECT slug FROM model WHERE retired = 0 ORDER BY slug)" "it is retired here, too"
equals "Model A of the GPU" "SELECT name FROM model WHERE slug = 'a'" "and what the other machine says of its own models holds"

# One that has a config here is ours, and goes with it.
cp ../gpu/models.d/a.json models.d/
expect 0 "a config of it here" "$BOXSCORE" run
rm models.d/a.json
expect 0 "which goes" "$BOXSCORE" run -v
said "a: retired"

cd ../gpu
model slow slow 300
"$BOXSCORE" run >"$dir/gpu.out" 2>&1 &
pid=$!
for _ in $(seq 100); do
    [ "$(sqlite3 boxscore.db "SELECT count(*) FROM work" 2>/dev/null)" = 1 ] && break
    sleep 0.1
done
cd ../home
expect 0 "merge of a night that is going on" "$BOXSCORE" merge ../gpu/boxscore.db
running=$(sqlite3 ../gpu/boxscore.db "SELECT hex(id) FROM run WHERE outcome = 'running'")
[ -n "$running" ] || wrong "the other night was over too soon"
wait $pid
expect 0 "and once more" "$BOXSCORE" merge ../gpu/boxscore.db
equals "complete|1" "SELECT outcome, models FROM run WHERE hex(id) = '$running'" "it has ended since"
expect 0 "again" "$BOXSCORE" merge ../gpu/boxscore.db
said "nothing new"
sound "collector"
finish
