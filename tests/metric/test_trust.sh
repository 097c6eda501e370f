# `boxscore compare` against an independent implementation of the bootstrap: weights, resamples, intervals and differences.
set -u
at=$SHARED/metrics/trust
if [ ! -f "$at/check_trust.py" ]; then
    echo "skipped: no oracle cases at $at"
    exit 77
fi
command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
exec python3 "$at/check_trust.py" "$BOXSCORE"
