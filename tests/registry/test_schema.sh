#!/bin/sh
# test_schema.sh: the schema for editors and boxscore itself judge the same configs alike (python3-jsonschema does the schema's part).
set -u
for python in python3 "${BOXSCORE_PYTHON:-}"; do
    "$python" -c 'import jsonschema; jsonschema.Draft202012Validator' 2>/dev/null && break
done || { echo "skipped: Python's jsonschema not found"; exit 77; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work" || exit 1
"$python" - "$SOURCE/models.d/model.schema.json" <<'EOF'
import copy, json, os, subprocess, sys
import jsonschema

schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
for name in ("w.bin", "sub/p.json"):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    open(name, "w").write("[]")

LEAST = {"format": 1, "name": "N", "task": "detect", "backend": {"type": "command", "program": "run"}}
PREDICTIONS = dict(LEAST, backend={"type": "predictions", "file": "sub/p.json"})
FULL = dict(LEAST, **{"$schema": "./model.schema.json", "family": "F", "license": "MIT", "links": {"code": "https://a.b/c?d#e"}, "parameters": 1e6, "flops": 0,
    "input_size": [640, 480], "training_data": ["x"], "reported": [{"test_set": "t", "metric": "map", "value": 0.5, "source": "s"},
    {"test_set": "t", "metric": "sv.f1_macro_50", "value": 1}], "tags": ["a", "b"], "operating_confidence": 0.5, "formerly": ["a.b_c-d"],
    "class_map": {"a": "b", "c": None}, "backend": {"type": "command", "program": "run", "args": ["", "x", "x"], "env": ["A_1"], "files": ["w.bin"], "inflight": 64,
    "max_detections": 1, "startup_timeout": "5m", "image_timeout": 0.1, "total_timeout": "30d"}})

def changed(base, *path, to):
    config = copy.deepcopy(base)
    at = config
    for key in path[:-1]:
        at = at[key]
    if to is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = to
    return config

good = [LEAST, PREDICTIONS, FULL, changed(FULL, "input_size", to=1), changed(FULL, "task", to="obb"), changed(FULL, "class_map", to={}),
    changed(PREDICTIONS, "backend", "categories", to="test-set"), changed(PREDICTIONS, "backend", "categories", to={"0": "a", "17": "b"}),
    changed(FULL, "links", "code", to="HTTP://[::1]:80"), changed(FULL, "name", to="日本 é"), changed(FULL, "backend", "image_timeout", to="1.5h")]
bad = [[], {}, 5]
for key in ("format", "name", "task", "backend"):
    bad.append(changed(FULL, key, to=...))
for key, values in {
    "format": [0, 2, "1", None], "name": ["", " x", "x ", "a\nb", "x" * 101, 5, None], "family": ["", None], "task": ["", "boxes", 1],
    "license": ["", 5], "links": [[], {"home": "https://a"}, {"code": ""}, {"code": "ftp://a"}, {"code": "https://"}, {"code": "https://a b"}, {"code": "https://u@h/"},
        {"code": "javascript:alert(1)"}], "parameters": ["1M", -1, 1e16, None, True], "flops": [-1, 1e19], "input_size": [0, 65536, 1.5, [1], [1, 2, 3], [0, 1], "640"],
    "training_data": ["x", [""], ["a", "a"], [5]], "reported": [{}, [{}], [5], [{"test_set": "t", "metric": "nonsense", "value": 1}], [{"test_set": "t", "metric": "map", "value": "1"}],
        [{"test_set": "t", "metric": "map"}], [{"test_set": "t", "metric": "map", "value": 1, "extra": 1}]], "tags": [["x" * 41], ["a", "a"], [str(i) for i in range(51)]],
    "operating_confidence": [-0.1, 1.1, "0.5"], "formerly": [["A"], ["a" * 65], ["-a"], "a"], "class_map": [[], {"": "a"}, {"a": ""}, {"a": 5}, {"x" * 201: "a"}],
    "backend": [None, {}, {"type": "http"}, {"type": "command"}, {"type": "predictions"}], "unknown": [1]}.items():
    bad += [changed(FULL, key, to=value) for value in values]
for key, values in {
    "program": ["", "/bin/sh", "../x", "a/../b", "-x", "a//b", "a/", 5], "args": ["x", [5], ["a\nb"]], "env": [["A=b"], ["1A"], [""], ["A", "A"]],
    "files": [["../w.bin"], ["/w.bin"], ["./w.bin"], ["w.bin", "w.bin"], [""], "w.bin"], "inflight": [0, 65, 1.5, "1"], "max_detections": [0, 100001],
    "startup_timeout": [0, "0", "2d", "soon", None], "image_timeout": [0.05, -1], "total_timeout": ["31d", []], "file": ["w.bin"], "shell": [True]}.items():
    for value in values:
        # the schema cannot multiply: a time whose unit makes it too long or too short is boxscore's own business
        if value not in ("0", "2d", "31d"):
            bad.append(changed(FULL, "backend", key, to=value))
for key, values in {"file": ["", "/etc/passwd", "../p.json", 5], "categories": ["coco", [], {"x": "a"}, {"1": ""}, {"1": None}, {"01": "a"}], "program": ["run"]}.items():
    bad += [changed(PREDICTIONS, "backend", key, to=value) for value in values]

failed = 0
for expected, configs in ((True, good), (False, bad)):
    for config in configs:
        json.dump(config, open("m.json", "w"))
        run = subprocess.run([os.environ["BOXSCORE"], "check", "m.json"], capture_output=True, text=True)
        ours, theirs = run.returncode == 0, validator.is_valid(config)
        if run.returncode not in (0, 3) or ours != expected or theirs != expected:
            failed += 1
            print(f"expected {expected}, boxscore {ours}, schema {theirs}: {json.dumps(config)[:300]}\n  {run.stdout}{run.stderr}")
print(len(good), "good and", len(bad), "bad configs")
sys.exit(failed > 0)
EOF
