#!/bin/sh
# test_work.sh: what a model does to its place to work, to its files while it runs, and to the disk is its own failure.
. "$SOURCE/tests/runner/lib.sh"
open_board() { # unconfined: they are to do what they could not
    board "$1"
    sed -i 's|"threads": 1|"threads": 1, "confine": false|' boxscore.json
}
script() { # script SLUG LINES: a program that does something and is a good runner then
    mkdir -p models.d/bin
    printf '#!/bin/sh\n%s\nexec "%s" ${1:-ok} ${2:-}\n' "$2" "$fake" >"models.d/bin/$1.sh"
    chmod +x "models.d/bin/$1.sh"
    args=
    [ -z "${3:-}" ] || args=", \"args\": [$3]"
    cat >"models.d/$1.json" <<END
{"format": 1, "name": "Model $1", "task": "detect", "license": "MIT", "class_map": {"cat": "disc", "dog": "ring"},
 "backend": {"type": "command", "program": "bin/$1.sh"$args}}
END
}

open_board broken
model a ok
script b-remove 'chmod -R u+w "${HOME%/*}"; rm -rf "${HOME%/*}"'
model c ok more
script d-file 'chmod -R u+w "${HOME%/*}"; rm -rf "${HOME%/*}"; echo >"${HOME%/*}"'
model e ok
expect 1 "models that remove the work folder" "$BOXSCORE" run
equals "a c e" "SELECT group_concat(model, ' ') FROM (SELECT model FROM leaderboard ORDER BY model)" "the others have their numbers"
equals "2" "SELECT count(DISTINCT slug) FROM evaluations WHERE status <> 'ok'" "and it is their failure"
[ ! -e boxscore.db.work ] || wrong "the work folder was left"
sound "a broken work folder"

# A program that is another one meanwhile: nothing that it answered is kept, also when the night ends there and then.
open_board swap
export BOXSCORE_COMMIT_MS=20
script slow '' '"slow", "400"'
"$BOXSCORE" run >"$dir/out" 2>&1 &
pid=$!
for _ in $(seq 100); do
    [ "$(sqlite3 boxscore.db "SELECT count(*) FROM partial" 2>/dev/null || echo 0)" -ge 2 ] && break
    sleep 0.1
done
cp models.d/bin/slow.sh "$dir/slow.sh"
echo '# another one' >>models.d/bin/slow.sh
sleep 1.2
kill -9 $pid 2>/dev/null
wait $pid
cp "$dir/slow.sh" models.d/bin/slow.sh
equals "0" "SELECT count(*) FROM partial" "answers of another program"
expect 0 "the next night" "$BOXSCORE" run -v
unsaid "answers of an earlier night"
# Touched and the same is the same.
open_board touched
script slow '' '"slow", "200"'
(sleep 1; touch models.d/bin/slow.sh) &
expect 0 "a program that was touched" "$BOXSCORE" run
# What changes without a word of the file system (a page in memory that was written to before) is found when all is read again at the end.
if command -v python3 >/dev/null; then
    open_board silent
    script slow '' '"slow", "200", "weights.bin"'
    echo weights >models.d/weights.bin
    python3 - models.d/weights.bin "$dir/silent" <<'END' &
import mmap, os, sys, time
with open(sys.argv[1], "r+b") as f:
    page = mmap.mmap(f.fileno(), 0)
page[0] = page[0]
open(sys.argv[2] + "-ready", "w")
for _ in range(600):
    if os.path.exists(sys.argv[2] + "-go"):
        page[0] = ord("W")
        break
    time.sleep(0.02)
END
    while [ ! -e "$dir/silent-ready" ]; do sleep 0.05; done
    before=$(stat -c %z models.d/weights.bin)
    status=0
    "$BOXSCORE" run >"$dir/out" 2>&1 &
    pid=$!
    for _ in $(seq 100); do
        [ "$(sqlite3 boxscore.db "SELECT count(*) FROM partial" 2>/dev/null || echo 0)" -ge 2 ] && break
        sleep 0.1
    done
    touch "$dir/silent-go"
    wait $pid || status=$?
    what="a file that changes in silence"
    if [ "$(cat models.d/weights.bin)" = Weights ] && [ "$(stat -c %z models.d/weights.bin)" = "$before" ]; then
        [ $status = 1 ] || wrong "$what: exit status $status"
        said "its program or files changed while it ran: its answers are not used"
        equals "0" "SELECT count(*) FROM partial" "$what: nothing is kept"
    else
        echo "skipped in part: this file system does not keep silent"
    fi
fi
unset BOXSCORE_COMMIT_MS

# A disk that a model fills: what it answers cannot be kept; its home is emptied, and the next one finds room.
open_board full
mkdir small
if mount -t tmpfs -o size=2m tmpfs small 2>/dev/null; then
    model a ok
    script b-fill 'dd if=/dev/zero of="$HOME/filling" bs=4k 2>/dev/null'
    model c ok more
    export BOXSCORE_COMMIT_MS=0
    expect 1 "a model that fills the disk" "$BOXSCORE" run --database small/boxscore.db
    unset BOXSCORE_COMMIT_MS
    [ "$(sqlite3 small/boxscore.db "SELECT group_concat(slug || ' ' || status, ', ') FROM (SELECT slug, status FROM evaluations ORDER BY slug)")" = "a ok, b-fill failed, c ok" ] ||
        wrong "a full disk: $(sqlite3 small/boxscore.db "SELECT slug, status, reason FROM evaluations ORDER BY slug")"
    [ "$(sqlite3 small/boxscore.db 'PRAGMA integrity_check')" = ok ] || wrong "a full disk: the database is not sound"
    umount small
else
    echo "skipped in part: cannot mount a tmpfs here"
fi

# A rescore that is told to stop closes its run.
board rescore
for i in 1 2 3 4 5 6 7 8; do model m$i ok $i; done
expect 0 "a night" "$BOXSCORE" run
for delay in 0.02 0.04 0.06 0.08 0.1 0.12 0.15 0.2 0.25 0.3; do
    "$BOXSCORE" rescore >"$dir/out" 2>&1 &
    pid=$!
    sleep $delay
    kill -TERM $pid 2>/dev/null
    wait $pid
done
equals "" "SELECT DISTINCT outcome FROM run WHERE outcome IN ('running', 'killed')" "a rescore that was stopped"
finish
