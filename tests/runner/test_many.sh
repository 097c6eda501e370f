#!/bin/sh
# test_many.sh: a night over 200 models takes time and memory in proportion, and a night with nothing due takes next to none.
set -u
. "$(dirname "$0")/lib.sh"

many() { # many NAME COUNT
    board "$1"
    i=0
    while [ $i -lt "$2" ]; do
        model "m$i" ok "$i"
        i=$((i + 1))
    done
}

# measure: runs a night; $ms and $kb are what it took
measure() {
    begun=$(date +%s%N)
    "$BOXSCORE" run >"$dir/out" 2>&1 &
    pid=$!
    kb=0
    while now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' /proc/$pid/status 2>/dev/null) && [ -n "$now" ]; do
        kb=$now
        sleep 0.1
    done
    wait $pid || wrong "a night of many: exit status $?"
    ms=$((($(date +%s%N) - begun) / 1000000))
}

many twenty 20
measure
few_ms=$ms few_kb=$kb
many hundreds 200
measure
equals 200 "SELECT count(*) FROM evaluations WHERE status = 'ok'" "all were evaluated"
echo "20 models: $few_ms ms, $few_kb kB; 200 models: $ms ms, $kb kB"
[ $ms -lt $((30 * few_ms)) ] || wrong "200 models take more than three times their share of time"
[ "$kb" -lt $((3 * few_kb)) ] || wrong "200 models take three times the memory of 20"
measure
echo "nothing due: $ms ms"

finish
