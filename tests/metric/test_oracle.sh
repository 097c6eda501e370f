# Every number of `boxscore eval --reference --json` against what the reference libraries returned, case by case.
set -u
if [ ! -f "$SHARED/metrics/check_cases.py" ]; then
    echo "skipped: no oracle cases at $SHARED/metrics"
    exit 77
fi
command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
exec python3 "$SHARED/metrics/check_cases.py" "$BOXSCORE"
