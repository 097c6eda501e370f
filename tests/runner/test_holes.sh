#!/bin/sh
# test_holes.sh: a file with a hole costs a stranger nothing, and to hash it holds nobody: it is not read before the operator has looked at the model, not at all when it
# is larger than he allows, and the reading ends when he wants it to; a night that was stopped there has learnt nothing, and forgets nothing.
. "$SOURCE/tests/runner/lib.sh"

tera=4T most=60G
soon() { # soon STATUS WHAT COMMAND…: within seconds, where the hole would take minutes
    want=$1 what=$2
    shift 2
    expect "$want" "$what" timeout -s KILL 30 "$@"
}
listed() { # listed SLUG FILE [MODE]: a command that lists the file
    cat >"models.d/$1.json" <<END
{"format": 1, "name": "Model $1", "task": "detect", "class_map": {"cat": "disc", "dog": "ring"},
 "backend": {"type": "command", "program": "fake_runner", "args": ["${3:-ok}"], "files": ["$2"]}}
END
}
version() { sql "SELECT hex(version) FROM model WHERE slug = '$1'"; }
numbers() { sql "SELECT model, map FROM leaderboard ORDER BY model"; }

board holes
sed -i "s|\"format\": 1,|\"format\": 1, \"template\": \"$SOURCE/site-template\",|" boxscore.json
truncate -s 1K models.d/w-hole models.d/g-hole
listed was w-hole
listed given g-hole
expect 0 "two models that may run" "$BOXSCORE" run
before=$(numbers) was=$(version was) given=$(version given)

# Nobody has allowed them, so their files are nobody's to read; which are below the bound.
sed -i "s|\"models\": \"\\*\"|\"models\": \"given\"|" boxscore.json
truncate -s $most models.d/s-hole
listed stranger s-hole
cp models.d/stranger.json models.d/argument.json
sed -i 's|Model stranger|Another|; s|"files".*|"args": ["--weights=s-hole"]}}|; s|"args": \["ok"\], ||' models.d/argument.json
for verb in run "run -n" nightly "run --force stranger argument"; do
    soon 1 "$verb with a stranger's hole" "$BOXSCORE" $verb
    said "stranger: not run: not allowed to run: it is a command"
    said "argument: not run: not allowed to run: it is a command"
done
for verb in check status "allow --list" "rescore"; do
    soon 0 "$verb with a stranger's hole" "$BOXSCORE" $verb
done
expect 0 "the list" "$BOXSCORE" allow --list
said "stranger: not allowed to run"
equals "" "SELECT version FROM model WHERE slug = 'stranger'" "of what was never read no version is known"
grep -q 'not allowed to run' site/b/small/m/stranger.html || wrong "its page does not say why it does not run"
equals "$before" "SELECT model, map FROM leaderboard ORDER BY model" "strangers take nothing from the others"

# What ran once keeps its version and its numbers without a permission, and is looked at: it may be another now.
[ "$(version was)" = "$was" ] || wrong "a permission that was taken back took the version along"
expect 1 "it is current" "$BOXSCORE" run -n
said "was: current"

# Larger than may be: refused before a byte is read, of whomever, and what there was stays.
for name in w g s; do
    truncate -s $tera models.d/$name-hole
done
for verb in run "run -n" "run --force" nightly; do
    soon 1 "$verb with holes of terabytes" "$BOXSCORE" $verb
    for slug in was given stranger argument; do
        said "$slug: failed: model '$slug': its program and files have more than 68719476736 bytes together"
    done
done
soon 0 "check with holes of terabytes" "$BOXSCORE" check
said "(limits.model_files)"
soon 0 "status with holes of terabytes" "$BOXSCORE" status
soon 3 "allow --list with holes of terabytes" "$BOXSCORE" allow --list
soon 3 "allowing one" "$BOXSCORE" allow stranger
said "(limits.model_files)"
[ "$(version was) $(version given)" = "$was $given" ] || wrong "what cannot be read took the version along"
truncate -s 1K models.d/w-hole models.d/g-hole
rm models.d/stranger.json models.d/argument.json
expect 0 "mended" "$BOXSCORE" run
equals "$before" "SELECT model, map FROM leaderboard ORDER BY model" "and its numbers are there"

# What did not change is not read again, unless it is asked for; and of all models a night reads so much.
sleep 2.1
expect 0 "they have not changed for a while" "$BOXSCORE" run -v
said "models' files: 2048 bytes were read"
expect 0 "what is known is not read" "$BOXSCORE" nightly -v
said "models' files: 0 bytes were read"
expect 0 "but by --verify" "$BOXSCORE" nightly -v --verify
program=$(stat -c %s "$fake")
said "models' files: $((2 * program + 2048)) bytes were read"
equals "$before" "SELECT model, map FROM leaderboard ORDER BY model" "either way the same"
sed -i 's/"free_disk": 0/"free_disk": 0, "night_files": 1048576/' boxscore.json
truncate -s 1M models.d/g-hole models.d/w-hole
sleep 2.1
expect 0 "one a night" "$BOXSCORE" run -v
said "was: postponed: model 'was': 1048576 bytes of its files are to be read, and tonight those of others were (limits.night_files)"
expect 1 "the other in the next" "$BOXSCORE" run -v
said "was: not run: "
said "given: current"
truncate -s 2M models.d/g-hole
expect 1 "more than that" "$BOXSCORE" run
said "given: failed: model 'given': its files have 2097152 bytes, at most 1048576 are read of all models in a night (limits.night_files)"
sed -i 's/, "night_files": 1048576//' boxscore.json
truncate -s 1K models.d/g-hole models.d/w-hole
expect 0 "as before" "$BOXSCORE" run

# Stopped while it reads: nothing is known, so nothing is changed.
stop() { # stop SIGNAL WHAT COMMAND…: once it reads the hole
    signal=$1 what=$2
    shift 2
    "$@" >"$dir/out" 2>&1 &
    pid=$!
    for _ in $(seq 200); do
        ls -l /proc/$pid/fd 2>/dev/null | grep -q g-hole && break
        sleep 0.05
    done
    ls -l /proc/$pid/fd 2>/dev/null | grep -q g-hole || wrong "$what: never read the hole"
    at=$(date +%s)
    kill -s "$signal" $pid
    status=0
    wait $pid || status=$?
    [ $(($(date +%s) - at)) -lt 8 ] || wrong "$what: took $(($(date +%s) - at)) s to stop"
}
truncate -s $most models.d/g-hole
evaluations=$(sql "SELECT count(*) FROM evaluations")
for verb in nightly "run --force" "run -n"; do
    stop TERM "$verb, stopped" "$BOXSCORE" $verb
    [ "$status" = 130 ] || wrong "$what: exit status $status"
    [ "$(version given)" = "$given" ] || wrong "$what: it has another version"
done
equals "$evaluations|0|0" "SELECT (SELECT count(*) FROM evaluations), count(invalid), count(blocked) FROM model WHERE slug IN ('was', 'given')" "stopped: nothing is recorded of anybody"
[ ! -e boxscore.db.work ] || wrong "a work folder was left"
listed other g-hole
cp allowed.json "$dir/allowed" 2>/dev/null || : >"$dir/allowed"
stop TERM "allow, stopped" "$BOXSCORE" allow other
[ "$status" = 143 ] || wrong "$what: exit status $status"
[ ! -e allowed.json ] || cmp -s allowed.json "$dir/allowed" || wrong "$what: it was allowed"
rm models.d/other.json
truncate -s 1K models.d/g-hole
expect 0 "after all that" "$BOXSCORE" run
equals "$evaluations" "SELECT count(*) FROM evaluations" "nobody had to be asked again"
equals "$before" "SELECT model, map FROM leaderboard ORDER BY model" "with the same numbers"

# A file that is touched while the model runs is read again; stopped there, what is not looked at is not kept, and nobody has failed.
sed -i 's|"threads": 1|"threads": 1, "confine": false|' boxscore.json
mkdir models.d/bin
cat >models.d/bin/touch.sh <<END
#!/bin/sh
[ -e "$dir/once" ] || touch "$dir/once" "$dir/holes/models.d/g-hole"
exec "$fake" ok
END
chmod +x models.d/bin/touch.sh
rm models.d/given.json
truncate -s 4G models.d/g-hole
cat >models.d/given.json <<END
{"format": 1, "name": "Model given", "task": "detect", "class_map": {"cat": "disc", "dog": "ring"},
 "backend": {"type": "command", "program": "bin/touch.sh", "files": ["g-hole"], "startup_timeout": "60s", "image_timeout": "60s"}}
END
status=0
BOXSCORE_COMMIT_MS=0 "$BOXSCORE" run given >"$dir/out" 2>&1 &
host=$!
for _ in $(seq 600); do
    [ ! -e "$dir/once" ] || break
    sleep 0.1
done
sleep 0.5
kill -TERM $host
wait $host || status=$?
what="touched and stopped"
[ "$status" = 130 ] || wrong "$what: exit status $status"
equals "0|0" "SELECT (SELECT count(*) FROM evaluations WHERE slug = 'given' AND status <> 'ok'), count(invalid) FROM model WHERE slug = 'given'" "$what: no failure"
equals 0 "SELECT count(*) FROM partial" "$what: nor is anything kept"
truncate -s 1K models.d/g-hole
expect 0 "and then it runs" "$BOXSCORE" run given
sound "at the end"
finish
