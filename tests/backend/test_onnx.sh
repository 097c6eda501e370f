#!/bin/sh
# The kind `onnx`: what its row says where ONNX Runtime is not, and with it a board of networks. The runtime is BOXSCORE_ONNXRUNTIME's, or that of BOXSCORE_PYTHON.
set -u
. "$SOURCE/tests/runner/lib.sh"
export LSAN_OPTIONS="suppressions=$SOURCE/tests/lsan.supp:print_suppressions=0"
pack=$SHARED/onnx/models

# network SLUG FILE [KEYS]
network() {
    echo "{\"format\": 1, \"name\": \"Net $1\", \"task\": \"${4:-detect}\", \"backend\": {\"type\": \"onnx\", \"file\": \"$2\"${3:+, $3}}}" >"models.d/$1.json"
}

board without
sed -i 's|"allow": .*|"onnxruntime_path": "venv",|' boxscore.json
cp "$SOURCE/models.d/shapes-net/net.onnx" models.d/net.onnx
network net net.onnx
mkdir -p "$dir/bin"
if env -u BOXSCORE_ONNXRUNTIME -u VIRTUAL_ENV PATH=/usr/bin:/bin "$BOXSCORE" check >"$dir/out" 2>&1 && grep -q "ONNX Runtime was not found" "$dir/out"; then
    said "'python3 -m venv venv && venv/bin/pip install onnxruntime' installs it"
    expect 1 "the night without it" env -u BOXSCORE_ONNXRUNTIME -u VIRTUAL_ENV PATH=/usr/bin:/bin "$BOXSCORE" nightly
    equals 1 "SELECT count(*) FROM model WHERE blocked LIKE 'ONNX Runtime was not found: ''python3 -m venv venv && venv/bin/pip install onnxruntime'' installs it'" "its row"
    equals 0 "SELECT count(*) FROM evaluations" "evaluations"
else
    echo "not tried: the system has an ONNX Runtime"
fi
expect 0 "allow" "$BOXSCORE" allow net
said "needs no permission: it runs no program but boxscore itself"

# What is told without running: each network of the pack has the parameters and the multiply-adds that its README has from ONNX's own shape inference.
if [ -d "$pack" ]; then
    board told
    cp "$pack"/*.onnx models.d/
    sed -n 's/^- \*\*\(.*\)\.onnx\*\*.* params \([0-9,]*\), MACs \([0-9]*\)\( [+] \([0-9]*\)\)\{0,1\}\..*/\1 \2 \3 \5/p' "$pack/README.md" >"$dir/known"
    [ "$(wc -l <"$dir/known")" = 23 ] || wrong "the pack's README has $(wc -l <"$dir/known") networks"
    while read -r net parameters macs rest; do
        task=detect
        case $net in *obb*) task=obb ;; *segment*) task=segment ;; esac
        network "$net" "$net.onnx" '"max_det": 300' $task
        "$BOXSCORE" check --json "models.d/$net.json" >"$dir/out"
        flops="\"flops\": $((2 * macs)),"
        [ "$net" != yolov8-detect-dynamic ] || flops='"flops": 85053600,' rest= # 160 by its metadata: the fixed one's
        [ -z "$rest" ] || flops='"boards": []'
        grep -qF "\"parameters\": $parameters, $flops" "$dir/out" || wrong "$net: expected $parameters parameters, $macs multiply-adds"
    done <"$dir/known"
    expect 0 "check of one" "$BOXSCORE" check models.d/mini-detr.json
    said "onnx 'mini-detr.onnx': head detr, input 'pixel_values' [1, 3, 160, 160], 5 classes, 205218 parameters, 0.0705952 GFLOPs"
    sed -i 's/"task": "obb",/"task": "detect", "parameters": 3e5, "flops": 8e7,/' models.d/yolo11-obb.json
    expect 3 "check of another task" "$BOXSCORE" check models.d/yolo11-obb.json
    said "'task': found 'detect', and its outputs are those of head 'obb', whose task is obb"
    said "warning: 'parameters': found 3e+05, and its graph has 3.334e+05"
    unsaid "'flops'"
    expect 0 "check of what shows when it runs" "$BOXSCORE" check models.d/torchvision-retinanet.json
    said "warning: its FLOPs are not known: the size of 78 of its products shows only when it runs (an operator not known here: 'Range')"
    rm models.d/*.json
    network net yolov8-detect.onnx '"names": ["disc", "Ring", "square", "triangle", "star", "moon"]'
    expect 0 "check of names" "$BOXSCORE" check
    said "it names 6 classes, and its outputs have 5"
    said "2 of its 6 class names are not of the board 'small', and what is answered of them counts for nothing: 'Ring' (is 'ring' meant?), 'moon'"
    cp "$pack/hostile/names-odd.onnx" models.d/
    network odd names-odd.onnx
    expect 3 "check of odd names" "$BOXSCORE" check
    said "the name of its class 2 has control characters: 'names' says a better one"
    rm models.d/odd.json
    head -c 100000 "$pack/yolov8-detect.onnx" >models.d/yolov8-detect.onnx
    expect 3 "check of half a file" "$BOXSCORE" check
    said "yolov8-detect.onnx: found no whole ONNX model: it is cut short, or something else"
fi

runtime=${BOXSCORE_ONNXRUNTIME:-}
if [ -z "$runtime" ] && [ -n "${BOXSCORE_PYTHON:-}" ]; then
    runtime=$("$BOXSCORE_PYTHON" -c 'import glob, os, onnxruntime
print(glob.glob(os.path.dirname(onnxruntime.__file__) + "/capi/libonnxruntime.so.*")[0])' 2>/dev/null)
fi
if [ -z "$runtime" ] || [ ! -d "$pack" ]; then
    [ $failures = 0 ] || finish
    echo "skipped: ONNX Runtime, or the pack of networks, not found"
    [ -z "${BOXSCORE_NO_SKIP:-}" ] || [ ! -d "$pack" ] || exit 1
    exit 77
fi
unset BOXSCORE_ONNXRUNTIME

# What python3 imports is in the settings that init writes.
folder=${runtime%/*/*}
if [ "${folder##*/}" = onnxruntime ]; then
    mkdir -p "$dir/fake"
    printf '#!/bin/sh\necho "%s"\n' "$folder" >"$dir/fake/python3"
    chmod +x "$dir/fake/python3"
    expect 0 "init" env PATH="$dir/fake:/usr/bin:/bin" "$BOXSCORE" init "$dir/begun"
    grep -qF "\"onnxruntime_path\": \"$runtime\"," "$dir/begun/boxscore.json" || wrong "init did not write the runtime's path: $(grep onnxruntime_path "$dir/begun/boxscore.json")"
fi

board with
sed -i "s|\"allow\": .*|\"onnxruntime_path\": \"$runtime\", \"allow\": [{\"models\": \"same\", \"reason\": \"a test\"}],|" boxscore.json
sed -i "s|\"runner_path\": .*|\"runner_path\": [\"$(dirname "$BOXSCORE")\"], \"confine\": {\"read\": [\"$runtime\"]},|" boxscore.json
cp "$pack/yolov8-detect.onnx" models.d/net.onnx
cp "$pack/mini-yolov5.onnx" models.d/mini.onnx
cp "$pack/hostile/rank2.onnx" models.d/rank2.onnx
network net net.onnx
network same net.onnx
sed -i 's|"backend": .*|"backend": {"type": "command", "program": "boxscore", "args": ["runner", "onnx", "net.onnx", "--runtime", "'"$runtime"'"]}}|' models.d/same.json
network named net.onnx '"names": ["disc", "ring", "square", "ball", "star"], "max_det": 7, "conf": 0.2, "threads": 1'
printf 'disc\nring\nsquare\nball\nstar\n' >models.d/names.txt
network listed net.onnx '"names_file": "names.txt", "max_det": 7, "conf": 0.2'
network bgr net.onnx '"values": "bgr/255", "resize": "stretch"'
network wrong rank2.onnx
network head net.onnx '"head": "yolox"'
network task net.onnx '' segment
sed -i 's|"task": "segment"|"task": "detect", "boards": ["small"]|' models.d/task.json
network mini mini.onnx '"names": ["disc", "ring", "square", "triangle", "star"], "rect": 0'
expect 1 "the night" "$BOXSCORE" nightly
equals "$(sql "SELECT digest FROM evaluations JOIN detections ON detections = digest WHERE slug = 'same'")" "SELECT detections FROM evaluations WHERE slug = 'net'" \
    "the kind's answers are the runner's"
equals "$(sql "SELECT detections FROM evaluations WHERE slug = 'named'")" "SELECT detections FROM evaluations WHERE slug = 'listed'" "names of the config, and of a file"
equals 1 "SELECT count(DISTINCT a.detections) + (a.ndetections <= 7 * 12) - 1 FROM evaluations a WHERE slug = 'named'" "max_det"
equals 1 "SELECT count(*) FROM evaluations a, evaluations b WHERE a.slug = 'net' AND b.slug = 'bgr' AND b.status = 'ok' AND a.detections <> b.detections" \
    "values and resize are the config's"
equals 1 "SELECT count(*) FROM evaluations WHERE slug = 'mini' AND status = 'ok'" "a network without names"
equals 1 "SELECT count(*) FROM evaluations WHERE slug = 'net' AND runner LIKE 'boxscore onnx (detect), ONNX Runtime %' AND latency_ms > 0" "its runner, its latency"
equals 1 "SELECT count(*) FROM evaluations WHERE slug = 'wrong' AND status = 'failed' AND reason LIKE '%its outputs: %[1, 10]%'" "no detector"
equals 1 "SELECT count(*) FROM evaluations WHERE slug = 'head' AND status = 'failed' AND reason LIKE '%its outputs: ''output0'' [1, 9, 525]%'" "another head than told"

# The shipped network on the shipped test set: far better than nothing, and its file is what its config claims.
board shipped
sed -i "s|\"allow\": .*|\"onnxruntime_path\": \"$runtime\",|" boxscore.json
cp -r "$SOURCE/models.d/shapes-net" "$SOURCE/models.d/shapes-net.json" models.d/
[ "$(wc -c <models.d/shapes-net/net.onnx)" -lt 1000000 ] || wrong "the shipped network has a megabyte or more"
expect 0 "check of the shipped network" "$BOXSCORE" check
unsaid "warning: 'parameters'"
unsaid "warning: 'flops'"
unsaid "not of the board"
expect 0 "its night" "$BOXSCORE" nightly
equals 1 "SELECT map > 0.12 FROM leaderboard WHERE model = 'shapes-net'" "its mAP"
cd "$dir/with"

# Its files are its version.
echo ball >>models.d/names.txt
expect 0 "dry run" "$BOXSCORE" run --dry-run
said "listed: due: its config or files changed"
finish
