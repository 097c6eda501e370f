#!/bin/sh
# test_kill.sh: a night killed at 50 random moments, then finished, leaves what an undisturbed night leaves: no duplicate, no half evaluation. And it stops
# politely for SIGTERM, and stands aside for another.
set -u
. "$(dirname "$0")/lib.sh"

models() {
    model a-slow slow 40
    model b-once crash-image no-such-image
    model c-slow slow 80
    model d-names string-names
    model d-daemon daemon
    model e-slow slow 60 '"inflight": 3'
    [ ! -x "$BUILD/shapes-runner" ] || shapes f-shapes
}

board undisturbed
models
expect 0 "an undisturbed night" "$BOXSCORE" run
canonical >"$dir/want"

board killed
models
export BOXSCORE_COMMIT_MS=20
seed=$(date +%N | sed 's/^0*//')
echo "seed $seed"
# Delays in milliseconds, from nothing to a little more than the rest of the night takes.
awk -v seed="$seed" 'BEGIN { srand(seed); for (i = 0; i < 50; i++) printf "%.3f\n", rand() * 1.1 }' >"$dir/delays"
kills=0 landed=0 resumed=0
while read -r delay; do
    kills=$((kills + 1))
    verb=run
    [ $((kills % 5)) != 0 ] || verb=nightly
    "$BOXSCORE" $verb --retry >"$dir/out" 2>&1 & # a night that is killed is a failure of whom it asked
    pid=$!
    sleep "$delay"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    [ $? != 137 ] || landed=$((landed + 1))
    # Whatever it was doing, the file is whole, and an evaluation is complete or not there.
    verdict=ok partial=0
    if [ -e boxscore.db ]; then
        # On a copy of what the kill left, which may be written: a journal that is still to be rolled back is no damage, and boxscore is to do it itself.
        rm -rf "$dir/left" && mkdir "$dir/left" && cp boxscore.db boxscore.db-* "$dir/left" 2>/dev/null
        verdict=$(sqlite3 "$dir/left/boxscore.db" 'PRAGMA integrity_check' 2>&1)
        partial=$(sqlite3 "$dir/left/boxscore.db" 'SELECT count(*) FROM partial' 2>/dev/null) || partial=0
    fi
    [ "$verdict" = ok ] || wrong "after a kill at $delay s the database is not sound: $verdict"
    [ "$partial" = 0 ] || resumed=$((resumed + 1))
    # A night that has nothing left to do is begun again, so that all 50 kills hit something.
    if [ -e boxscore.db ] && [ "$(sql "SELECT count(*) FROM evaluations WHERE status = 'ok'" 2>/dev/null)" = "$(ls models.d | wc -l)" ]; then
        expect 0 "a finished night" "$BOXSCORE" run
        canonical >"$dir/got"
        cmp -s "$dir/want" "$dir/got" || wrong "a night finished among the kills differs"
        rm -rf boxscore.db boxscore.db-wal boxscore.db-shm site # a site without its database is an accident, and no night begins then
    fi
done <"$dir/delays"
expect 0 "the night after" "$BOXSCORE" nightly --retry
[ -s site/index.html ] || wrong "the night after left no site"
canonical >"$dir/got"
cmp "$dir/want" "$dir/got" || wrong "what 50 killed nights left differs from an undisturbed night"
equals "" "SELECT slug, count(*) FROM evaluations WHERE status = 'ok' GROUP BY slug HAVING count(*) <> 1" "one evaluation a model"
sound "after the kills"
equals "0" "SELECT count(*) FROM evaluations e WHERE status <> 'ok' AND reason NOT LIKE 'the night was killed%'" "and no failure but the kills"
[ "$landed" -ge 30 ] || wrong "only $landed of 50 kills hit a running night"
[ "$resumed" -ge 5 ] || wrong "only $resumed kills left answers to resume from"
echo "$landed kills landed, $resumed left answers behind"
# Nothing that a killed night started is alive: the keepers saw to it.
sleep 1
outlived
(cd "$dir" && exec sleep 20) &
pid=$!
before=$failures
outlived >/dev/null
[ $failures = $((before + 1)) ] && failures=$before || wrong "a process that outlives its night is not seen"
kill $pid
wait $pid 2>/dev/null

# SIGTERM: within 5 s, everything committed, 130; and the next night carries on where it was.
board polite
unset BOXSCORE_COMMIT_MS
model slow slow 700 # so long that a busy machine has asked for two when the signal comes, and not for all
"$BOXSCORE" run -v >"$dir/out" 2>&1 &
pid=$!
sleep 4.5
begun=$(date +%s%N)
kill -TERM $pid
status=0
wait $pid || status=$?
took=$((($(date +%s%N) - begun) / 1000000))
[ $status = 130 ] || wrong "SIGTERM: exit status $status, expected 130"
[ $took -lt 5000 ] || wrong "SIGTERM: it took $took ms"
kept=$(sql "SELECT count(*) FROM partial")
[ "$kept" -ge 2 ] || wrong "SIGTERM: $kept answers were committed"
equals interrupted "SELECT outcome FROM run" "the run says so"
what="SIGTERM" && said "stopped after $kept of 12 images"
expect 0 "the next night" "$BOXSCORE" run -v
said "slow: done"
said "$kept answers of an earlier night"
equals "1|ok|2|" "SELECT count(*), status, sittings, latency_ms FROM evaluations" "one evaluation, of two sittings, without a latency"

# systemd signals every process of the service at once: the night must not take its own end for the runner's fault.
board service
model slow slow 400
"$BOXSCORE" run >"$dir/out" 2>&1 &
pid=$!
sleep 2
pids=$pid
for p in /proc/[0-9]*; do
    [ ${p#/proc/} != $pid ] || continue # once: a second signal would end it at once
    case $(readlink $p/cwd 2>/dev/null) in "$dir"/*) ;; *) continue ;; esac
    case $(readlink $p/exe 2>/dev/null) in "$fake" | "$BOXSCORE") pids="$pids ${p#/proc/}" ;; esac
done
kill -TERM $pids
status=0
wait $pid || status=$?
[ $status = 130 ] || wrong "a service stopped: exit status $status, expected 130"
equals "0|interrupted" "SELECT (SELECT count(*) FROM evaluations), outcome FROM run" "a service stopped: no failure is recorded"

# So does rescore, and its run is closed: at whatever moment, of some at least one while it scores.
board again
shapes f-shapes
for i in $(seq 40); do
    sed "s/Shapes f-shapes/Shapes $i/" models.d/f-shapes.json >"models.d/again-$i.json"
done
rm models.d/f-shapes.json
expect 0 "forty models" "$BOXSCORE" run
begun=$(date +%s%N)
expect 0 "all of it" "$BOXSCORE" rescore
took=$((($(date +%s%N) - begun) / 1000000))
stopped=0
for i in $(seq 12); do
    "$BOXSCORE" rescore >"$dir/out" 2>&1 &
    pid=$!
    sleep "$(awk -v ms=$took -v i=$i 'BEGIN { printf "%.3f", ms * i / 13000 }')"
    kill -TERM $pid 2>/dev/null
    status=0
    wait $pid || status=$?
    case $status in
    130) stopped=$((stopped + 1)) ;;
    0 | 143) ;; # at its end, and before it began
    *) wrong "rescore, stopped: exit status $status" ;;
    esac
done
[ $stopped -gt 0 ] || wrong "rescore: none of twelve SIGTERMs stopped it"
equals 0 "SELECT count(*) FROM run WHERE outcome = 'running'" "rescore, stopped: no run is left open"

# Whoever runs as the same user reads neither its memory nor its environment, where the keys are: /proc shows them as root's.
board closed
model slow slow 700
chmod 777 . "$dir" && chmod a+rx models.d
as=
[ "$(id -u)" != 0 ] || as="setpriv --reuid=65534 --regid=65534 --clear-groups"
if $as "$BOXSCORE" --version >/dev/null 2>&1 && $as test -r "$SOURCE/tests/data/shapes/valid/annotations.json"; then
    $as "$BOXSCORE" run >"$dir/out" 2>&1 &
    pid=$!
    sleep 2
    owner=$(stat -c %u /proc/$pid/environ) || wrong "closed: the night is over"
    [ "$owner" = 0 ] || wrong "closed: its environment is the user's to read"
    kill -TERM $pid
    wait $pid
else
    echo "skipped in part: another user cannot run $BOXSCORE, or read its test set"
fi

# A second night stops at once and names the first.
board second
model slow slow 200
"$BOXSCORE" run >/dev/null 2>&1 &
pid=$!
sleep 1
expect 5 "a second night" "$BOXSCORE" run
said "$pid"
# A second signal ends it at once.
kill -INT $pid 2>/dev/null || kill -TERM $pid
kill -TERM $pid
begun=$(date +%s%N)
status=0
wait $pid || status=$?
took=$((($(date +%s%N) - begun) / 1000000))
[ $status = 130 ] || wrong "two signals: exit status $status, expected 130"
[ $took -lt 1000 ] || wrong "two signals: it took $took ms"

finish
