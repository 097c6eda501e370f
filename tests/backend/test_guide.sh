#!/bin/sh
# test_guide.sh: what README.md, models.d/README.md and `boxscore init` tell a contributor to write works as it stands there.
. "$SOURCE/tests/runner/lib.sh"
guide=$SOURCE/models.d/README.md
command -v python3 >/dev/null || { echo "skipped: python3 not found"; exit 77; }

board guide
mkdir models.d/your-model
# block WORD N: the N-th block of the guide that begins with ```WORD
block() {
    awk -v word="\`\`\`$1" -v n="$2" '$0 == word { k++; on = k == n; next } /^```/ { on = 0 } on' "$guide"
}
block python 1 >models.d/your-model/run.py
[ "$(wc -l <models.d/your-model/run.py)" -le 10 ] || wrong "the runner of the guide has more than ten lines"
chmod +x models.d/your-model/run.py
echo '{"format": 1, "name": "Ten lines", "task": "detect", "backend": {"type": "command", "program": "your-model/run.py"}}' >models.d/your-model.json
echo '[]' >models.d/your-model/predictions.json
sed -n '/^## The smallest config/,/^```$/p' "$guide" | sed -n '/^{/,/^}/p' >models.d/smallest.json
mkdir models.d/night-owl && echo '[]' >models.d/night-owl/predictions.json
sed -n '/^    {$/,/^    }$/p' "$SOURCE/README.md" >models.d/night-owl.json
expect 0 "check" "$BOXSCORE" check
said "ok: 'Night owl'"
said "ok: 'Your model'"
expect 0 "run" "$BOXSCORE" run
said "small: 3 models, 3 evaluated"

# The command in the comment of init's example, with the other backend in its place
cd "$dir"
expect 0 "init" "$BOXSCORE" init own --test-set "$SOURCE/tests/data/shapes/valid"
cd own
mkdir models.d/example && echo weights >models.d/example/weights.pt
cp "$dir/guide/models.d/your-model/run.py" models.d/example/
sed -i -e '/"type": "predictions"/d' -e 's|// "backend"|"backend"|' models.d/example.json
expect 0 "check of init's command" "$BOXSCORE" check
expect 0 "allow" "$BOXSCORE" allow example
said "example: allowed: example/run.py example/weights.pt"
expect 0 "nightly" "$BOXSCORE" nightly

# An answer that stays in a buffer is told as what it most likely is.
sed -i 's/, flush=True//' models.d/example/run.py
sed -i 's/"files"/"startup_timeout": "1s", "files"/' models.d/example.json
expect 0 "allow again" "$BOXSCORE" allow example
expect 1 "a runner that does not flush" "$BOXSCORE" run
said "example: failed: not ready within 1 s: no complete first line (is it flushed?)"

# The protocol's examples, word by word, on the images that they speak of: what "<" says is what a runner prints.
cd "$dir" && mkdir -p talk/models.d/bin && cd talk
python3 - <<'END'
import json, struct, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
for i in (1, 2):
    pixels = b"".join(b"\0" + bytes([100 * i]) * 60 for _ in range(40))
    open("%d.png" % i, "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60, 40, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b""))
ring = {"bbox": [10, 10, 10, 20], "segmentation": [[10, 10, 20, 10, 20, 30, 10, 30]], "obb": [20, 10, 30, 20, 20, 30, 10, 20], "area": 200, "iscrowd": 0}
json.dump({"images": [{"id": i, "width": 60, "height": 40, "file_name": "%d.png" % i} for i in (1, 2)], "categories": [{"id": 1, "name": "disc"}, {"id": 2, "name": "ring"}],
           "annotations": [dict(ring, id=i, image_id=i, category_id=i) for i in (1, 2)]}, open("gt.json", "w"))
END
cat >models.d/bin/play.py <<'END'
#!/usr/bin/env python3
import json, sys
lines = [line[2:] for line in open(sys.argv[1]) if line.startswith("< ")]
print(lines[0], end="", flush=True)
for request in sys.stdin:
    ask = json.loads(request)
    if set(ask) != {"id", "image", "width", "height"} or ask["width"] != 60 or ask["height"] != 40:
        sys.exit("the request is not the guide's: " + request)
    print(next(line for line in lines[1:] if json.loads(line)["id"] == ask["id"]), end="", flush=True)
END
chmod +x models.d/bin/play.py
# talks TASK GEOMETRY N: the N-th conversation, as a model of a board
talks() {
    block console "$3" >"models.d/$1.talk"
    [ "$(grep -c '^<' "models.d/$1.talk")" = 3 ] || wrong "the guide has no conversation $3 of three lines"
    cat >"$1.json" <<END
{"format": 1, "boards": [{"slug": "talk", "test_set": {"path": "gt.json", "images": "."}, "task": "$1", "geometry": "$2"}], "database": "$1.db",
 "allow": [{"models": "*", "reason": "a test"}], "limits": {"free_disk": 0}, "threads": 1}
END
    echo "{\"format\": 1, \"name\": \"Talk $1\", \"task\": \"$1\", \"backend\": {\"type\": \"command\", \"program\": \"bin/play.py\", \"args\": [\"$1.talk\"]}}" >"models.d/$1.json"
}
talks segment mask 1
talks obb obb 2
block python 2 >models.d/bin/segment.py
[ "$(wc -l <models.d/bin/segment.py)" -le 15 ] || wrong "the segmentation runner of the guide has more than fifteen lines"
chmod +x models.d/bin/segment.py
echo '{"format": 1, "name": "Fifteen lines", "task": "segment", "backend": {"type": "command", "program": "bin/segment.py"}}' >models.d/fifteen.json
expect 0 "the conversation about masks" "$BOXSCORE" run --settings segment.json segment fifteen
said "2 evaluated"
expect 0 "the conversation about oriented boxes" "$BOXSCORE" run --settings obb.json obb
said "1 evaluated"
[ "$(sqlite3 segment.db 'SELECT group_concat(sittings) FROM evaluation')" = 1,1 ] || wrong "an answer of the guide was asked for again"
[ "$(sqlite3 obb.db 'SELECT sittings FROM evaluation')" = 2 ] || wrong "the guide's error was no error"
finish
