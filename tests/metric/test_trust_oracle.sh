# `boxscore compare`: weights, resamples, intervals and differences against an independent program's, case by case.
set -u
if [ ! -f "$SHARED/metrics/trust/check_trust.py" ]; then
    echo "skipped: no oracle cases at $SHARED/metrics/trust"
    exit 77
fi
command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
exec python3 "$SHARED/metrics/trust/check_trust.py" "$BOXSCORE"
