#!/bin/sh
# boxscore testset fetch against a server on loopback that plays Roboflow and a store: fetch.py.
command -v python3 >/dev/null 2>&1 || { echo "skipped: python3 not found"; [ -z "${BOXSCORE_NO_SKIP:-}" ] || exit 1; exit 77; }
exec timeout 500 python3 fetch/fetch.py
