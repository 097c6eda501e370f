#!/bin/sh
# test_http.sh: models behind servers: each protocol, each way to go wrong, keys, and what is sent to whom. Nothing leaves this machine.
set -u
. "$(dirname "$0")/lib.sh"
python=$(command -v python3) || { echo "skipped: python3 not found"; exit 77; }
unset http_proxy https_proxy all_proxy HTTPS_PROXY ALL_PROXY
MODEL_KEY=sesame-0123456789 OTHER_KEY=unused-9876543210
export MODEL_KEY OTHER_KEY
servers=
trap 'for p in $servers; do kill $p 2>/dev/null; done; rm -rf "$dir"' EXIT

# serve: a fresh server; its ports are $port and $away
serve() {
    rm -f "$dir/port" "$dir/stdin"
    mkfifo "$dir/stdin"
    "$python" "$SOURCE/tests/runner/model_server.py" "$SOURCE/tests/data/shapes/valid/annotations.json" "$SOURCE/tests/data/shapes/valid/images" "$MODEL_KEY" \
        <"$dir/stdin" >"$dir/port" 2>"$dir/server.err" &
    servers="$servers $!"
    exec 8>"$dir/stdin"
    for _ in $(seq 100); do [ ! -s "$dir/port" ] || break; sleep 0.1; done
    read -r port away <"$dir/port" || { echo "FAILED: no server"; cat "$dir/server.err"; exit 1; }
}
# served PATH: how often it was asked for, whatever came of it
served() {
    "$python" - "$port" "$1" <<'END'
import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
print(sum(l.split()[1].split("?")[0] == sys.argv[2] for l in opener.open("http://127.0.0.1:%s/log" % sys.argv[1]).read().decode().splitlines()))
END
}
# server SLUG PATH KEYS [TASK]: a config
server() {
    cat >"models.d/$1.json" <<END
{"format": 1, "name": "Model $1", "task": "${4:-detect}", "license": "MIT", "backend": {"type": "${5:-http}", "url": "http://127.0.0.1:$port/$2", $3}}
END
}
rows='"send": "raw", "each": "[]", "box": "xyxy px : box", "score": "p", "class": "name : name", "error": "error"'
names='"names": ["disc", "ring", "square", "triangle", "star"]'
settings() {
    sed -i 's|"threads": 1|"threads": 1, "secrets": {"MODEL_KEY": {"models": ["*"], "hosts": ["127.0.0.1"]}, "OTHER_KEY": {"models": ["*"], "hosts": ["example.com"]}}|' boxscore.json
}
# perfect SLUG: what the labels say came through
perfect() {
    equals "${2:-1.0}" "SELECT round(m.value, 6) FROM reports r JOIN metric m ON m.report = r.id JOIN evaluations e ON e.detections = r.detections
        WHERE e.slug = '$1' AND e.status = 'ok' AND m.name = 'map' AND m.class = -1 LIMIT 1" "$1: its mAP"
}

serve
board protocols
settings
server huggingface huggingface '"preset": "huggingface", "env": ["MODEL_KEY"]'
server hub hub '"preset": "ultralytics-hub", "env": ["MODEL_KEY"]'
server ultralytics ultralytics '"preset": "ultralytics"'
server tf tf "\"preset\": \"tf-serving\", $names"
server tf-ids tf '"preset": "tf-serving", "class": "id : predictions[0].detection_classes", "categories": {"1": "disc", "2": "ring", "3": "square", "4": "triangle", "5": "star"}'
server torch torch '"preset": "torchserve"'
server kserve kserve/flat "\"preset\": \"kserve\", $names"
server kserve-nested kserve/nested "\"preset\": \"kserve\", $names"
generic='"send": "base64", "each": "groups[].rows[]", "score": "percent", "score_scale": 100, "class": "id-1 : kind.id", "size": "meta.w, meta.h", "time": "ms : meta[\"us.ms\"]"'
generic=$(printf '%s' "$generic" | sed 's/\["us/[\\"us/; s/ms"\]"/ms\\"]"/')
server generic-xywh generic "$generic, $names, \"box\": \"xywh px : xywh\""
server generic-net generic "$generic, $names, \"box\": \"xxyy net 320x256 : net\""
server generic-letter generic "$generic, $names, \"box\": \"xyxy letterbox 320x256 : letter[0], letter[1], letter[2], letter[3]\", \"inflight\": 4"
server rf rf '"model": "shapes/3"' detect roboflow
server rf-key rf '"model": "shapes-alias", "env": ["MODEL_KEY"]' detect roboflow
server rf-legacy rf '"model": "shapes/3", "route": "legacy", "env": ["MODEL_KEY"]' detect roboflow
server order bad/order "$rows, \"inflight\": 8"
server busy bad/busy "$rows"
server loading bad/loading "$rows"
server same-origin bad/redirect/307/here "$rows"
expect 0 "a night of servers" "$BOXSCORE" run
for m in huggingface hub ultralytics tf tf-ids torch kserve kserve-nested generic-xywh generic-net generic-letter rf rf-key rf-legacy order busy loading same-origin; do
    perfect $m
done
equals 1 "SELECT count(DISTINCT detections) FROM evaluations WHERE slug IN ('rf', 'rf-key')" "an alias is the same model"
[ "$(served /rf/model/add)" = 2 ] || wrong "a model was added $(served /rf/model/add) times, expected 2"
expect 0 "nothing is due" "$BOXSCORE" run
[ "$(served /rf/model/add)" = 2 ] || wrong "a second night asked again"

board masks
settings
sed -i 's|"test_set": {|"geometry": "mask", "task": "segment", "test_set": {|' boxscore.json
server hub hub '"preset": "ultralytics-hub", "env": ["MODEL_KEY"]' segment
server ultralytics ultralytics '"preset": "ultralytics"' segment
server pairs generic "$generic, $names, \"poly\": \"px pairs : pairs\"" segment
server rf-polygon rf '"model": "shapes/3-polygon-seg"' segment roboflow
server rf-rle rf '"model": "shapes/3-seg"' segment roboflow
server rf-detect rf '"model": "shapes/3"' segment roboflow
expect 1 "a night of masks" "$BOXSCORE" run
said "rf-detect: failed: the server has 'shapes/3' as a model for object-detection, the config's task is segment"
# One object is in two parts, of which these servers tell the first; and run lengths drawn by the server differ in a few pixels.
equals "hub pairs rf-polygon ultralytics" "SELECT group_concat(slug, ' ') FROM (SELECT DISTINCT e.slug FROM reports r JOIN metric m ON m.report = r.id JOIN evaluations e
    ON e.detections = r.detections WHERE m.name = 'map' AND m.class = -1 AND m.value > 0.99 AND e.slug <> 'rf-rle' ORDER BY e.slug)" "outlines come through"
equals 1 "SELECT count(*) FROM reports r JOIN metric m ON m.report = r.id JOIN evaluations e ON e.detections = r.detections
    WHERE e.slug = 'rf-rle' AND m.name = 'map_50' AND m.class = -1 AND m.value > 0.98" "run lengths come through"
equals "11 predictions were left out: they have no outline" "SELECT reason FROM evaluations WHERE slug = 'rf-polygon'" "outlines of no points are left out, and it is said"

# Each fails alone, with a reason, and the good one between them is untouched.
board bad
settings
server a-good bad/order "$rows"
server b-hang bad/hang "$rows, \"startup_timeout\": \"1s\""
server c-late bad/late "$rows, \"image_timeout\": \"1s\""
server c-stuck bad/stuck "$rows, \"image_timeout\": \"1s\""
server c-wedge bad/wedge "$rows, \"image_timeout\": \"1s\""
server d-dribble bad/dribble "$rows, \"startup_timeout\": \"2s\""
server e-truncate bad/truncate "$rows, \"startup_timeout\": \"4s\""
server f-short bad/short "$rows"
server g-endless bad/endless "$rows"
for what in bomb utf8 nan three twice deep inverted many object html; do server h-$what bad/$what "$rows"; done
server i-flip bad/flip "$rows, \"each\": \"rows[]\", \"size\": \"w, h\""
sed -i 's/"each": "\[\]", //' models.d/i-flip.json
server j-never bad/never "$rows, \"startup_timeout\": \"4s\""
server k-some bad/some "$rows, \"env\": [\"MODEL_KEY\"], \"headers\": [\"Authorization: Bearer \${MODEL_KEY}\"]"
for status in 400 401 402 403 404 422 500; do server l-$status bad/status/$status "$rows, \"env\": [\"MODEL_KEY\"], \"headers\": [\"Authorization: Bearer \${key}\"]"; done
server m-away bad/redirect/307/away "$rows"
server m-302 bad/redirect/302/here "$rows"
server m-key bad/redirect/307/here-with-key "$rows, \"env\": [\"MODEL_KEY\"], \"headers\": [\"Authorization: Bearer \${key}\"]"
server m-scheme bad/scheme "$rows"
server n-key bad/order/n "$rows, \"env\": [\"OTHER_KEY\"], \"headers\": [\"X-Key: \${OTHER_KEY}\"]"
server n-refused bad/order "$rows, \"startup_timeout\": \"2s\""
sed -i "s/127.0.0.1:$port/127.0.0.1:1/" models.d/n-refused.json
server o-stub rf '"model": "stub/1"' detect roboflow
server z-good bad/order "$rows, \"query\": [\"z=1\"]"
expect 1 "a night of bad servers" "$BOXSCORE" run
perfect a-good
perfect z-good
url="'http://127.0.0.1:$port/bad"
said "b-hang: failed: $url/hang': not done in time, 0 bytes came"
perfect c-late
said "c-stuck: partial"
said "1 of 12 images has no answer; image 3: $url/stuck': not done in time, 0 bytes came"
said "c-wedge: failed, 4 images in"
said "$url/wedge': not done in time, 0 bytes came"
said "d-dribble: failed: $url/dribble': not done in time"
said "e-truncate: failed: $url/truncate': "
said "f-short: partial, 24 images in"
said "g-endless: partial"
said "image 1: $url/endless': is larger than 33554432 bytes"
said "the answer is compressed (Content-Encoding: gzip), which was not asked for"
said "12 of 12 images have no answer; image 1: answer:1:"
said "prediction 0: 'p' is NaN or Infinity"
said "prediction 0: 'box' has 3 numbers, expected 4"
said "prediction 0: 'box': its width or height is negative, is the order right?"
said "1001 detections, at most 1000 are allowed (max_detections)"
said "found no list"
said "i-flip: partial"
said "the model saw an image of 151 x 200, this one is 200 x 150"
said "j-never: failed: $url/never': status 503, service not available, and no time is left to try again: Model is temporarily not ready"
said "k-some: partial, 13 images in"
said "1 of 12 images has no answer; image 3: $url/some': status 400, bad request: cannot read the image Bearer ***"
for status in 401 402 403 404; do
    said "l-$status: failed: $url/status/$status': status $status"
    [ "$(served /bad/status/$status)" = 1 ] || wrong "status $status: asked $(served /bad/status/$status) times, expected once"
done
said "it said: Bearer ***"
for status in 400 422 500; do said "l-$status: partial"; done
said "m-away: failed: 'http://127.0.0.1:$away/bad/order/redirected': an answer of '127.0.0.1' leads to a private address, which is not followed"
said "m-302: failed: $url/redirect/302/here': redirects to 'http://127.0.0.1:$port/bad/order/redirected' in a way that leaves behind what was sent"
said "m-key: failed: $url/redirect/307/here-with-key': redirects to 'http://127.0.0.1:$port/bad/order/redirected', where the key would go along, which is not followed"
said "m-scheme: failed: $url/scheme': redirects to 'ftp://127.0.0.1/x', another scheme"
said "n-key: not run: its key 'OTHER_KEY' may not be sent to '127.0.0.1' by the settings (secrets.OTHER_KEY.hosts)"
[ "$(served /bad/order/n)" = 0 ] || wrong "a blocked model was asked"
said "n-refused: failed: 'http://127.0.0.1:1/bad/order': "
said "o-stub: partial"
unsaid "$MODEL_KEY"
! grep -rqa "$MODEL_KEY" . || wrong "a key was kept: $(grep -rla "$MODEL_KEY" . | head -n 3)"
sound "bad servers"

# A server that dies at the seventh request: what was answered is kept, and the night after goes on there.
board die
settings
server a bad/die "$rows, \"startup_timeout\": \"30s\""
expect 1 "a server that dies" "$BOXSCORE" run
said "a: failed"
equals 5 "SELECT count(*) FROM partial" "what it answered is kept"

# Nobody's images go anywhere before the operator has said so; a change takes that back. Nothing but a night asks.
board leave
serve # the other one has died
sed -i '/"allow"/d' boxscore.json
server a bad/order/leave "$rows"
expect 1 "without leave" "$BOXSCORE" run
said "a: not run: not allowed to run: it sends the images to a server; look at it, then 'boxscore allow a'"
expect 0 "check asks nobody" "$BOXSCORE" check models.d
expect 0 "allow asks nobody" "$BOXSCORE" allow a
said "a: allowed: http://127.0.0.1:$port/bad/order/leave"
[ "$(served /bad/order/leave)" = 0 ] || wrong "it was asked before the night"
expect 0 "with leave" "$BOXSCORE" run
perfect a
sed -i 's/"raw"/"raw image\/jpeg"/' models.d/a.json
expect 1 "a change" "$BOXSCORE" run
said "a: not run: no longer allowed to run: its config changed since"

# What is wrong with a config is said without asking anybody.
board configs
refused() { # refused KEYS WHAT IS SAID [TASK] [TYPE]
    server x x "$1" "${3:-detect}" "${4:-http}"
    expect 3 "$1" "$BOXSCORE" check models.d/x.json
    said "$2"
}
refused '"preset": "hugingface"' "'backend.preset': found 'hugingface', did you mean 'huggingface'?"
refused '"preset": "nothing-like-it"' "expected 'huggingface', 'ultralytics-hub'"
refused '"preset": "huggingface", "boxx": "x"' "unknown key 'boxx', did you mean 'box'?"
refused '"send": "raw"' "'backend.each' is missing"
refused '"send": "raw", "each": "[]", "score": "s", "class": "name : n"' "'backend.box' is missing: task 'detect' is scored by it"
refused '"preset": "tf-serving"' "'backend.class': numbers need 'names', a list, or 'categories'"
refused '"preset": "torchserve", "box": "xyzw px : box"' "'backend.box': found 'xyzw', expected xyxy, xywh, cxcywh, yxyx or xxyy first"
refused '"preset": "torchserve", "box": "xyxy pixels : box"' "found 'pixels', expected px, unit, net WxH or letterbox WxH"
refused '"preset": "torchserve", "box": "xyxy px : a, b, c"' "3 paths, expected 4"
refused '"preset": "torchserve", "score": "a..b"' "'a..b', character 3: expected a name"
refused '"preset": "torchserve", "score": "a[b"' "character 4: expected '=' and a word, or quotes around the name"
refused '"preset": "torchserve", "send": "form image"' "found 'form image', expected raw, base64, multipart or json"
refused '"preset": "torchserve", "json": {"a": "${image.base46}"}' 'there is no '"'"'${image.base46}'"'"', did you mean '"'"'${image.base64}'"'"'?'
refused '"preset": "torchserve", "headers": ["X-Key: ${SOME_KEY}"]' "'\${SOME_KEY}' is no variable that 'env' names"
refused '"preset": "torchserve", "headers": ["Host: other"]' "'Host' is not a config's to say"
refused '"preset": "torchserve", "method": "TRACE"' "'backend.method': found 'TRACE', expected 'POST' or 'PUT'"
refused '"preset": "huggingface"' "'backend.obb' is missing: task 'obb' is scored by it" obb
refused '"model": "yolov8n-640", "route": "legacy"' "'yolov8n-640' is an alias, which this route does not know" detect roboflow
refused '"model": "a/1", "route": "v2"' "found 'v2', expected 'v1' or 'legacy'" detect roboflow
refused '"model": "a/1", "confidence": 1' "expected a number from 0 to 0.999" detect roboflow
refused '"model": "a/1"' "Roboflow serves no oriented boxes" obb roboflow
server x x '"model": "coco/3", "env": []' detect roboflow
sed -i 's|"url": "[^"]*", ||; s|, "env": \[\]||' models.d/x.json
expect 3 "hosted without a key" "$BOXSCORE" check models.d/x.json
said "'backend.env' is missing: the variable that has the key"

for p in $servers; do kill $p 2>/dev/null; wait $p 2>/dev/null; done # ours, which no night started
servers=
outlived
finish
