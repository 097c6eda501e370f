#!/bin/sh
# make.sh BOXSCORE: the database that tests/store/test_old.sh opens, as version 0.1.0 (schema 1) left it after some nights: boxscore.db.gz, and
# beside it what that program said of it. Two boards of one test set, a box and a mask one, each with nights of its own: 0.1.0 knew one board
# at a time, and asked the segmentation models for each. Models that are well, that fail, that leave an image out, and that were stopped
# half way on both boards.
set -e
boxscore=$1
here=$(cd "$(dirname "$0")" && pwd)
cd "$here"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
sh settings.sh "$here" "$dir"
cd "$dir"
night() { # TIME BOARD [OPTION]
    models="segment file"
    [ "$2" = mask ] || models="good dead holes $models"
    BOXSCORE_NOW=$(date -d "$1" +%s000) "$boxscore" run -q -s "$2.json" ${3:-} $models || [ $? = 1 ]
}
night 2026-03-01T03:00:00Z box
night 2026-03-02T03:00:00Z box --force
night 2026-03-02T04:00:00Z mask
night 2026-03-03T03:00:00Z box --force
night 2026-03-03T04:00:00Z mask --force
night 2026-04-01T03:00:00Z box --force
for board in box mask; do # stopped after some images
    BOXSCORE_NOW=$(date -d 2026-04-01T05:00:00Z +%s000) BOXSCORE_COMMIT_MS=10 timeout -s INT 2 "$boxscore" run -q -s $board.json slow || true
done
for board in box mask; do
    "$boxscore" export -d boxscore.db -b $board --json >"$here/$board.board.json"
    BOXSCORE_NOW=$(date -d 2026-04-01T06:00:00Z +%s000) "$boxscore" run --dry-run --json -s $board.json >"$here/$board.due.json" || [ $? = 1 ]
done
sqlite3 boxscore.db 'PRAGMA wal_checkpoint(TRUNCATE); VACUUM' >/dev/null
gzip -9n <boxscore.db >"$here/boxscore.db.gz"
ls -l "$here"
