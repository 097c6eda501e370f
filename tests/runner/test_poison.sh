#!/bin/sh
# test_poison.sh: a model with which the night is killed, each time it is asked: the others have their numbers, the site is made, and it is that model's failure.
. "$SOURCE/tests/runner/lib.sh"

board poison # unconfined: it is to do what it could not
sed -i 's|"threads": 1|"threads": 1, "confine": false|' boxscore.json
sed -i "s|\"format\": 1,|\"format\": 1, \"template\": \"$SOURCE/site-template\",|" boxscore.json
mkdir models.d/bin
cat >models.d/bin/kill.sh <<'END'
#!/bin/sh
# The host is the keeper's parent.
read -r _ _ _ host _ </proc/$PPID/stat
touch "$MARK"
kill -9 "$host"
sleep 60
END
sed -i "s|\$MARK|$dir/killed|" models.d/bin/kill.sh
chmod +x models.d/bin/kill.sh
poison() {
    cat >models.d/b-poison.json <<END
{"format": 1, "name": "Poison", "task": "detect", "class_map": {"cat": "disc", "dog": "ring"}, "backend": {"type": "command", "program": "bin/$1.sh"}}
END
}
poison kill
model a ok
model c ok more
model d good

night() { # night N [OPTION]: its clock; in a group of its own, so that the test is not killed with it
    rm -f "$dir/killed"
    status=0
    BOXSCORE_NOW=$((1760000000000 + $1 * 86400000)) setsid -w "$BOXSCORE" nightly $2 >"$dir/out" 2>&1 || status=$?
    what="night $1"
}

night 1
[ "$status" = 137 ] && [ -e "$dir/killed" ] || wrong "the model did not kill the night: status $status"
equals "a" "SELECT group_concat(model) FROM (SELECT model FROM leaderboard ORDER BY model)" "before it"
[ ! -e site ] || wrong "a site of the night that was killed"

# What is written down of it is written down at once, or not at all.
sqlite3 boxscore.db "CREATE TRIGGER full BEFORE UPDATE ON work WHEN NEW.killed BEGIN SELECT RAISE(ABORT, 'full'); END"
for _ in 1 2; do
    BOXSCORE_NOW=1760086400000 expect 4 "a night that cannot mark the model" "$BOXSCORE" run
done
equals 0 "SELECT count(*) FROM evaluations WHERE slug = 'b-poison'" "a failure without its mark"
sqlite3 boxscore.db "DROP TRIGGER full"

# run makes no site between them: it takes the suspect when all others have been asked.
for part in "" -wal; do cp "boxscore.db$part" "run.db$part"; done
rm -f "$dir/killed"
status=0
BOXSCORE_NOW=1760086400000 setsid -w "$BOXSCORE" run --database run.db >"$dir/out" 2>&1 || status=$?
[ "$status" = 137 ] && [ -e "$dir/killed" ] || wrong "run did not ask it: status $status"
[ "$(sqlite3 run.db "SELECT group_concat(model) FROM (SELECT model FROM leaderboard ORDER BY model)")" = a,c,d ] || wrong "run did not ask it last"

night 2
[ "$status" = 137 ] && [ -e "$dir/killed" ] || wrong "it was not asked last: status $status"
equals "a,c,d" "SELECT group_concat(model) FROM (SELECT model FROM leaderboard ORDER BY model)" "all others, after two nights"
grep -q 'Model d' site/index.html || wrong "no site"
grep -q 'the night was killed' site/b/small/m/b-poison.html || wrong "its page does not say why"
equals "failed" "SELECT group_concat(status) FROM evaluations WHERE slug = 'b-poison'" "its failure, once"

# Under another name it is the same: the others come first, and the site is there.
mv models.d/b-poison.json models.d/b-venom.json
sed -i 's|"name": "Poison"|"name": "Poison", "formerly": ["b-poison"]|' models.d/b-venom.json
rm -r site
night 3 --json
[ "$status" = 137 ] && [ -e "$dir/killed" ] || wrong "the third time, renamed: status $status"
grep -q 'Model d' site/index.html || wrong "renamed, or with --json, it came before the site"
equals "b-venom" "SELECT group_concat(slug) FROM work" "it is noted under its name"
BOXSCORE_NOW=$((1760000000000 + 4 * 86400000)) "$BOXSCORE" run --dry-run >"$dir/out" 2>&1
what="a dry run after it" && said "b-venom: waiting: failed 3 times"
night 4
[ "$status" = 1 ] && [ ! -e "$dir/killed" ] || wrong "a week's patience after three: status $status"
said "b-venom: waiting: failed 3 times"
equals 3 "SELECT count(*) FROM evaluations WHERE slug = 'b-venom'" "three failures"
equals "killed failed failed killed killed complete" "SELECT group_concat(outcome, ' ') FROM (SELECT outcome FROM run WHERE outcome <> 'complete' OR seq = (SELECT max(seq) FROM run) ORDER BY seq)" "the runs"
sound "after four nights"

# A week later it has been mended: asked once more, it ends well, and is like any other.
cat >models.d/bin/good.sh <<END
#!/bin/sh
exec "$fake" ok
END
chmod +x models.d/bin/good.sh
sed -i 's|bin/kill.sh|bin/good.sh|' models.d/b-venom.json
night 5 --json
[ "$status" = 0 ] || wrong "mended: status $status"
sed -n '/^{/,$p' "$dir/out" >"$dir/json"
[ "$(sqlite3 :memory: "SELECT group_concat(json_extract(value, '$.model') || ' ' || json_extract(value, '$.outcome'), ', ')
    FROM json_each(readfile('$dir/json'), '$.models')")" = "a current, c current, d current, b-venom done" ] || wrong "mended: one document tells of all"
equals "a,b-venom,c,d" "SELECT group_concat(model) FROM (SELECT model FROM leaderboard ORDER BY model)" "mended"
equals 0 "SELECT count(*) FROM work" "nobody is suspected any more"
[ ! -e boxscore.db.work ] || wrong "the work folder was left"

# Scoring what is stored again may end a night, too: who is scored stands there meanwhile, goes last, and has not failed.
sqlite3 boxscore.db "CREATE TABLE noted (slug TEXT, killed INTEGER); CREATE TRIGGER note BEFORE INSERT ON report BEGIN INSERT INTO noted SELECT slug, killed FROM work; END;
    CREATE TABLE begun (slug TEXT, killed INTEGER); CREATE TRIGGER begin AFTER INSERT ON work BEGIN INSERT INTO begun VALUES (NEW.slug, NEW.killed); END"
map() { sed -i "s/\"class_map\": {[^}]*}/\"class_map\": {\"cat\": \"$2\", \"dog\": \"$3\"}/" "models.d/$1.json"; }
map a ring ring
map c disc disc
night 6
equals "a 1 c 1" "SELECT group_concat(slug || ' ' || killed, ' ') FROM noted" "who is scored is noted"
equals "a 1 c 1" "SELECT group_concat(slug || ' ' || killed, ' ') FROM begun" "at no moment as one that is asked"
equals 0 "SELECT count(*) FROM work" "and not when it is over"
sqlite3 boxscore.db "DELETE FROM noted; INSERT INTO work (slug, version, images, run, started, killed)
    SELECT m.slug, m.version, s.images, 1, 0, 1 FROM model m JOIN subject s USING (slug, version) WHERE m.slug = 'a'"
map a ring disc
map c square disc
night 7
[ "$status" = 0 ] || wrong "scored again: status $status"
equals "a c a" "SELECT group_concat(slug, ' ') FROM noted" "the suspect stood there while the other one was scored, and then alone"
equals 0 "SELECT count(*) FROM work" "and it is no suspect any more"
equals "ok" "SELECT group_concat(DISTINCT status) FROM evaluations WHERE slug = 'a'" "nor has it failed"
sqlite3 boxscore.db "DROP TRIGGER note; DROP TABLE noted; DROP TRIGGER begin; DROP TABLE begun"

# One that is stopped by a signal is nobody's failure, and goes on.
model e slow 200
setsid -w "$BOXSCORE" run >"$dir/out" 2>&1 &
pid=$!
for _ in $(seq 100); do
    [ "$(sqlite3 boxscore.db "SELECT count(*) FROM work WHERE slug = 'e'")" = 1 ] && break
    sleep 0.1
done
host=$(sed -n 's/.*process \([0-9]*\).*/\1/p' boxscore.db.lock)
[ -n "$host" ] || host=$(grep -o '[0-9]*' boxscore.db.lock | head -n 1)
kill -TERM "$host"
wait $pid
equals 0 "SELECT count(*) FROM work" "a night that was stopped suspects nobody"
expect 0 "the next one goes on" "$BOXSCORE" run
equals "ok" "SELECT group_concat(status) FROM evaluations WHERE slug = 'e'" "and it was no failure"
finish
