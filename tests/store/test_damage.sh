#!/bin/sh
# test_damage.sh [VALUES [WOUNDS]]: a small board's database, damaged in one place at a time (damage.py). Without arguments some of each;
# "test_damage.sh all 2000" takes an hour, and renders as well.
set -u
. "$SOURCE/tests/runner/lib.sh"
command -v python3 >/dev/null || { echo "skipped: python3 not found"; exit 77; }

board damaged
shapes fair
shapes good '"--fill-holes"'
model bad error
expect 1 "a night" "$BOXSCORE" run
rm models.d/bad.json
shapes fair '"--fill-holes", "--min-size", "6"'
expect 0 "and another" "$BOXSCORE" run

# A hand is no damage: without a checksum a row is taken at its word. With one it is not.
cp boxscore.db by-hand.db
sqlite3 by-hand.db "UPDATE model SET name = 'By hand', sum = NULL WHERE slug = 'good'"
expect 0 "a row without a checksum" "$BOXSCORE" board -d by-hand.db
said "By hand"
sqlite3 by-hand.db "UPDATE model SET name = 'By nobody', sum = 5 WHERE slug = 'good'"
expect 4 "a row with another's checksum" "$BOXSCORE" board -d by-hand.db
said "table 'model', row 'good' does not have the checksum of its values"
# Without one a value is taken at its word, and not beyond what it can be: neither another type nor another range.
while IFS='|' read -r table sets words; do
    cp boxscore.db odd.db
    sqlite3 odd.db >"$dir/out" 2>&1 <<END || wrong "cannot write: $(cat "$dir/out")"
PRAGMA ignore_check_constraints = ON;
PRAGMA writable_schema = ON;
CREATE TEMP TABLE as_it_was AS SELECT name, sql FROM sqlite_schema WHERE name = '$table';
UPDATE sqlite_schema SET sql = replace(replace(sql, 'NOT NULL', ''), 'STRICT', '') WHERE name = '$table';
PRAGMA writable_schema = RESET;
UPDATE $table SET $sets, sum = NULL;
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = (SELECT sql FROM as_it_was) WHERE name = '$table';
END
    expect 4 "$table with $sets" "$BOXSCORE" export --json -d odd.db
    said "'odd.db' is damaged: table '$table', row "
    said "$words"
done <<END
model|retired = 7|column 'retired' is 7, expected 0 to 1
model|retired = 'yes'|column 'retired' is a text, expected an integer
END
cp boxscore.db odd.db
sqlite3 odd.db "UPDATE evaluation SET latency_ms = 9e999, sum = NULL"
expect 4 "an infinite latency" "$BOXSCORE" export --json -d odd.db
said "column 'latency_ms' is not finite"
cp boxscore.db moved.db
sqlite3 moved.db "UPDATE metric SET value = value / 2 WHERE name = 'map' AND class = -1"
for verb in "export --json" "status --verify" "backup copy.db" "render -o elsewhere"; do
    expect 4 "$verb of other numbers" "$BOXSCORE" ${verb%% *} -d moved.db $(printf %s "$verb" | cut -s -d' ' -f2-)
    said "'moved.db"
    said "table 'report', row"
done
[ ! -e copy.db ] && [ ! -e elsewhere ] || wrong "damage was copied"
expect 0 "the whole one" "$BOXSCORE" status --verify
said ", checked, "

case ${1:-30} in
all) set -- --pages "${2:-2000}" ;;
*) set -- --values "${1:-30}" --pages "${2:-20}" --no-render ;;
esac
python3 "$SOURCE/tests/store/damage.py" "$BOXSCORE" . "$@" || failures=$((failures + 1))
finish
