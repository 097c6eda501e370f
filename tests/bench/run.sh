#!/bin/sh
# Time whole processes, from JSON files to printed numbers, beside the peers: run.sh LAB [RUNS]. See README.md. Not part of the test suite: it takes minutes,
# and its numbers mean something only on a quiet machine.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bench=${SHARED:-$here/../../../shared}/bench
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
make masks --segm
make boxes-x10 --images 50000
[ -f "$lab/obb/dt.json" ] || python3 "$here/make_obb.py" "$lab/boxes" "$lab/obb"

for cores in 1 2; do
    for task in box mask; do
        set=boxes
        [ $task = box ] || set=masks
        echo "== $task, $cores core(s)"
        python3 "$bench/peers.py" run "$lab" "$lab/$set/gt.json" "$lab/$set/dt.json" --task $task --cores $cores --runs "$runs" \
            --skip pycocotools,faster-coco-eval --boxscore "$boxscore"
    done
    echo "== boxes x 10, $cores core(s)"
    python3 "$bench/peers.py" run "$lab" "$lab/boxes-x10/gt.json" "$lab/boxes-x10/dt.json" --task box --cores $cores --runs 1 \
        --skip pycocotools,faster-coco-eval,vernier --boxscore "$boxscore"
done
echo "== oriented boxes, 1 core"
for i in $(seq "$runs"); do
    /usr/bin/time -f "%e s, %M KiB" taskset -c 0 "$boxscore" eval -g "$lab/obb/gt.json" -p "$lab/obb/dt.json" --task obb --threads 1 >/dev/null
done
