#!/bin/sh
# test_disk.sh: a full disk and folders that cannot be written: a clear error, status 4, a sound database, and the next night finishes.
set -u
. "$(dirname "$0")/lib.sh"

models() {
    model a ok
    model b ok more
    model c slow 5
}

board whole
models
expect 0 "a whole night" "$BOXSCORE" run
canonical >"$dir/want"

# Every file may grow to this many blocks of 512 bytes: the database, its log and the staged images meet it at different times.
for blocks in 8 60 120 250 400 800; do
    board "full-$blocks"
    models
    status=0
    (ulimit -f $blocks; "$BOXSCORE" run) >"$dir/out" 2>&1 || status=$?
    case $status in
    0) ;;
    4) [ "$(wc -l <"$dir/out")" -le 2 ] || wrong "$blocks blocks: more than a clear line" ;;
    *) wrong "$blocks blocks: exit status $status, expected 4" ;;
    esac
    [ ! -e boxscore.db ] || sound "$blocks blocks"
    expect 0 "$blocks blocks: room again" "$BOXSCORE" run
    canonical >"$dir/got"
    cmp -s "$dir/want" "$dir/got" || wrong "$blocks blocks: the night after differs"
    [ ! -e boxscore.db.work ] || wrong "$blocks blocks: the work folder was left"
done

# Less free than the settings want: nothing is begun.
board wanted
models
sed -i 's/"free_disk": 0/"free_disk": 9007199254740992/' boxscore.json
expect 4 "free disk" "$BOXSCORE" run
said "limits.free_disk"
equals 0 "SELECT count(*) FROM evaluations" "free disk: nothing ran"
sound "free disk"

# A real file system that is full, where we may mount one.
board mounted
models
mkdir small
if mount -t tmpfs -o size=300k tmpfs small 2>/dev/null; then
    status=0
    "$BOXSCORE" run --database small/boxscore.db >"$dir/out" 2>&1 || status=$?
    [ $status = 4 ] || wrong "a full file system: exit status $status, expected 4"
    [ ! -e small/boxscore.db ] || [ "$(sqlite3 small/boxscore.db 'PRAGMA integrity_check')" = ok ] || wrong "a full file system: the database is not sound"
    mount -o remount,size=64m small
    expect 0 "a full file system with room again" "$BOXSCORE" run --database small/boxscore.db
    outlived
    # No process holds it: the kernel takes the mounts of a confined runner's namespace away some 50 ms after the last one.
    for _ in $(seq 50); do
        mount -o remount,ro small 2>/dev/null && break
        sleep 0.1
    done
    expect 4 "a read-only file system" "$BOXSCORE" run --force --database small/boxscore.db
    said small/boxscore.db
    umount small
else
    echo "skipped in part: cannot mount a tmpfs here"
fi

# A folder that cannot be written; root can always write, so it becomes somebody else.
board closed
models
if [ "$(id -u)" = 0 ]; then
    as="setpriv --reuid=65534 --regid=65534 --clear-groups"
    chmod a+rx "$dir"
else
    as=
fi
chmod 555 .
if $as "$BOXSCORE" --version >/dev/null 2>&1; then
    expect 4 "a folder that cannot be written" $as "$BOXSCORE" run
    said boxscore.db
else
    echo "skipped in part: another user cannot run $BOXSCORE"
fi
chmod 755 .

finish
