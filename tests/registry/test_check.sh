#!/bin/sh
# test_check.sh: boxscore check, as a contributor and as a script call it.
set -u
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work" || exit 1
failed=0
fail() { echo "FAIL: $*"; failed=1; }
# expect STATUS TEXT ARGUMENT…: the status and the whole of standard output.
expect() {
    want=$1 text=$2
    shift 2
    got=$("$BOXSCORE" check "$@" 2>err)
    status=$?
    [ "$status" = "$want" ] || fail "check $*: status $status, expected $want: $(cat err)"
    [ "$got" = "$text" ] || fail "check $*: printed
$got
expected
$text"
}
config() { printf '{"format": 1, "name": "%s", "task": "detect", "license": "%s",\n "backend": {"type": "command", "program": "runner"}}\n' "$1" "$2"; }

mkdir models.d
config Fast Apache-2.0 >models.d/fast.json
config Slow MIT >models.d/slow.json
expect 0 "models.d/fast.json: ok: 'Fast', detect, Apache-2.0, command 'runner'" models.d/fast.json
expect 0 "models.d/fast.json: ok: 'Fast', detect, Apache-2.0, command 'runner'
models.d/slow.json: ok: 'Slow', detect, MIT, command 'runner'"
expect 0 "models.d/fast.json: ok: 'Fast', detect, Apache-2.0, command 'runner'
models.d/slow.json: ok: 'Slow', detect, MIT, command 'runner'" models.d
expect 0 "" -q models.d

config Third AGPL-3.0 >models.d/warned.json
expect 0 "models.d/warned.json:1:61: warning: 'license': 'AGPL-3.0' is deprecated, say 'AGPL-3.0-only' or 'AGPL-3.0-or-later'
models.d/warned.json: ok: 'Third', detect, AGPL-3.0, command 'runner'" models.d/warned.json

config fast 'Apache 2' >models.d/bad.json
expect 3 "models.d/bad.json:1:60: 'license': unknown license 'Apache 2', did you mean 'Apache-2.0'?" models.d/bad.json
config fast MIT >models.d/bad.json
expect 3 "models.d/bad.json:1:23: name 'fast' is also models.d/fast.json:1:23" models.d/bad.json
expect 3 "models.d/bad.json:1:23: name 'fast' is also models.d/fast.json:1:23
models.d/fast.json:1:23: name 'Fast' is also models.d/bad.json:1:23
models.d/slow.json: ok: 'Slow', detect, MIT, command 'runner'
models.d/warned.json:1:61: warning: 'license': 'AGPL-3.0' is deprecated, say 'AGPL-3.0-only' or 'AGPL-3.0-or-later'
models.d/warned.json: ok: 'Third', detect, AGPL-3.0, command 'runner'" models.d
(cd models.d && expect 3 "bad.json:1:23: name 'fast' is also fast.json:1:23" bad.json; exit $failed) || failed=1
expect 3 "nothing.json: cannot open 'nothing.json' in '.': No such file or directory" nothing.json

# A name that would paint the terminal, and one that is no UTF-8, are made visible.
evil=$(printf 'a\033[31m\377.json')
config Evil MIT >"$evil"
"$BOXSCORE" check "$evil" >out
LC_ALL=C grep -q '[^ -~]' out && fail "a control character of a file name reached the terminal"
grep -qF 'a\u001b[31m\xff.json: the file' out || fail "the file's name is not to be recognised: $(cat out)"

# Settings, when there are any.
echo '{"format": 2}' >boxscore.json
"$BOXSCORE" check >out 2>err
[ $? = 3 ] || fail "wrong settings: status"
grep -q '^[^ ]*boxscore.json:1:' out || fail "wrong settings: no place: $(cat out err)"
"$BOXSCORE" check --settings boxscore.json models.d >out 2>err
[ $? = 2 ] || fail "--settings with a FILE"

# With settings the test set is read too, and what a config says about its classes is held against it.
mkdir -p own/models.d own/set && cp "$SOURCE/tests/data/shapes/valid/annotations.json" own/set/
cat >own/boxscore.json <<'END'
{"format": 1, "boards": [{"slug": "own", "test_set": {"path": "set/annotations.json"}}], "models": "models.d"}
END
echo '[]' >own/models.d/answers
config='{"format": 1, "name": "N", "task": "detect", "class_map": {"round": "%s"}, "backend": {"type": "predictions", "file": "%s"}}\n'
printf "$config" disc answers >own/models.d/n.json
"$BOXSCORE" check --settings own/boxscore.json >out 2>err
[ $? = 3 ] || fail "images that are not there: status"
grep -q "boxscore.json: test set: .*images are not there" out || fail "images that are not there: $(cat out err)"
cp -r "$SOURCE/tests/data/shapes/valid/images" own/set/
"$BOXSCORE" check --settings own/boxscore.json >out 2>err || fail "a board that is right: $(cat out err)"
printf "$config" disk answers >own/models.d/n.json
"$BOXSCORE" check --settings own/boxscore.json >out 2>err
[ $? = 3 ] || fail "a class that the test set does not have: status"
grep -q "n.json: .*'disk'" out || fail "a class that the test set does not have: $(cat out err)"
printf "$config" disc n.json >own/models.d/n.json
"$BOXSCORE" check own/models.d/n.json >out 2>err
[ $? = 3 ] || fail "a config as its own predictions: status"
grep -q "n.json:1:.*'n.json' is this config itself" out || fail "a config as its own predictions: $(cat out err)"
printf '[]' >own/models.d/m.json
"$BOXSCORE" check own/models.d/m.json >out 2>err
grep -q "m.json:1:1: found an array, expected an object" out || fail "predictions as a config: $(cat out err)"
rm -r own

rm boxscore.json
mkdir empty && cd empty || exit 1
"$BOXSCORE" check >out 2>err
[ $? = 2 ] || fail "nothing to check: status"
cd .. || exit 1

"$BOXSCORE" check --json models.d >out
[ $? = 3 ] || fail "--json: status"
python3 - out <<'EOF' || fail "--json"
import json, sys
d = json.load(open(sys.argv[1]))
assert d["format"] == 1 and d["errors"] == 2, d
assert [m["ok"] for m in d["models"]] == [False, False, True, True], d
slow = d["models"][2]
assert (slow["slug"], slow["name"], slow["task"], slow["license"], slow["backend"], slow["program"]) == ("slow", "Slow", "detect", "MIT", "command", "runner"), slow
assert [(p["line"], p["column"], p["warning"]) for p in d["problems"]] == [(1, 23, False), (1, 23, False), (1, 61, True)], d
EOF

# A thousand configs are checked at once, not one after another against all others.
mkdir many
i=0
while [ $i -lt 1000 ]; do config "Model $i" MIT >"many/m$i.json"; i=$((i + 1)); done
[ "$("$BOXSCORE" check many | grep -c ': ok: ')" = 1000 ] || fail "a thousand configs"
exit $failed
