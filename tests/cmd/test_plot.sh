#!/bin/sh
# boxscore plot: what it refuses.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*"; exit 1; }

# expect STATUS TEXT ARGUMENT…
expect() {
    status=$1 text=$2
    shift 2
    got=0
    "$BOXSCORE" plot "$@" >"$work/out" 2>"$work/err" || got=$?
    [ "$got" = "$status" ] || fail "plot $*: exit status $got, expected $status: $(cat "$work/err")"
    grep -q -e "$text" "$work/err" || fail "plot $*: expected '$text', got: $(cat "$work/err")"
    [ ! -s "$work/out" ] || fail "plot $*: wrote on standard output"
}
expect 2 "KIND is missing"
expect 2 "one KIND at a time" latency parameters
expect 2 "did you mean 'latency'" latncy
expect 2 "name it with --model" f1-confidence
expect 2 "takes no --model" latency --model x
expect 2 "must end in .svg or .png" latency -o plot.jpg
expect 2 "exclude each other" latency --db x --settings y
expect 4 "no-such.db" latency --db "$work/no-such.db"
expect 3 "no-such.json" latency --settings "$work/no-such.json"
