# Every number of `boxscore eval --protocol ultralytics --reference --json` against what Ultralytics' validator returned, case by case.
set -u
at=$SHARED/metrics/ultralytics
if [ ! -f "$at/check_ultra.py" ]; then
    echo "skipped: no oracle cases at $at"
    exit 77
fi
command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
python3 "$at/check_ultra.py" "$BOXSCORE" "$at/cases" || exit 1
exec python3 "$at/check_ultra.py" "$BOXSCORE" "$SHARED/metrics/cases" --expected "$at/expected"
