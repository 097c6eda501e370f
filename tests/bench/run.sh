#!/bin/sh
# Whole processes, from JSON files to printed numbers, beside the peers: run.sh LAB [RUNS]. See README.md. Not part of the test suite: it takes many minutes.
# REAL: a folder of networks' own detections, SET.gt.json and MODEL.SET.dt.json.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
shared=${SHARED:-$here/../../../shared}
bench=$shared/bench
real=${REAL:-$shared/real/reference}
boxscore=${BOXSCORE:-$here/../../build/boxscore}
lab=${1:?usage: run.sh LAB [RUNS]}
runs=${2:-5}
[ -f "$bench/make_set.py" ] || { echo "skipped: no $bench/make_set.py"; exit 77; }
[ -x "$lab/venv/bin/python" ] || python3 "$bench/peers.py" install "$lab" --rust

# make NAME [options of make_set.py]
make() {
    name=$1
    shift
    [ -f "$lab/$name/dt.json" ] || "$lab/venv/bin/python" "$bench/make_set.py" "$lab/$name" "$@"
}
make boxes
make boxes-300 --dets 300
make masks --segm
make masks-300 --segm --dets 300
make boxes-x10 --images 50000
[ -f "$lab/obb/dt.json" ] || python3 "$here/make_obb.py" "$lab/boxes" "$lab/obb"

# beside SET TASK CORES [RUNS]
beside() {
    echo "== $1: $2, $3 core(s)"
    python3 "$here/beside.py" "$bench/peers.py" "$lab" "$lab/$1/gt.json" "$lab/$1/dt.json" --task "$2" --cores "$3" --runs "${4:-$runs}" --boxscore "$boxscore"
}
for cores in 1 2; do
    for set in boxes boxes-300; do beside $set box $cores; done
    for set in masks masks-300; do beside $set mask $cores; done
    beside boxes-x10 box $cores 1
done
for dt in "$real"/*.*.dt.json; do
    name=$(basename "$dt" .dt.json)
    gt=$real/${name#*.}.gt.json
    [ -f "$gt" ] || continue
    for names in "" --file-names; do
        [ -f "$lab/$name$names/dt.json" ] || python3 "$here/make_real.py" "$gt" "$dt" "$lab/$name$names" 40 $names
        beside "$name$names" box 1
    done
done
echo "== oriented boxes, 1 core"
for i in $(seq "$runs"); do
    /usr/bin/time -f "%U s + %S s, %M KiB" taskset -c 0 "$boxscore" eval -g "$lab/obb/gt.json" -p "$lab/obb/dt.json" --task obb --threads 1 >/dev/null
done
