#!/bin/sh
# test_reach.sh: programs that are installed elsewhere are found with all that they need; one that cannot begin says at once why; and what a stranger's
# file merely names is not opened by being named.
. "$SOURCE/tests/runner/lib.sh"
python3 -c 'import venv' 2>/dev/null || { echo "skipped: python3 not found"; exit 77; }
board reach
here=$PWD
sed -i "s|\"runner_path\": \[|\"runner_path\": [\"$here/path\", |; s|\"threads\": 1|\"threads\": 1, \"confine\": {\"read\": []}|" boxscore.json
mkdir -p path private
echo secret >private/key

# script FILE INTERPRETER: a whole runner in Python
script() {
    mkdir -p "$(dirname "$1")"
    {
        printf '%b\n' "#!$2"
        cat <<'END'
import json, sys, sqlite3
def say(o): print(json.dumps(o), flush=True)
try:
    if len(sys.argv) > 1: say({"proto": 1, "error": "it read " + open(sys.argv[1]).read()})
except OSError: pass
say({"proto": 1, "ready": True, "task": "detect", "names": ["disc"]})
for line in sys.stdin: say({"id": json.loads(line)["id"], "predictions": []})
END
    } >"$1"
    chmod +x "$1"
}

config() { # config SLUG PROGRAM [ARGUMENT]
    cat >"models.d/$1.json" <<END
{"format": 1, "name": "Model $1", "task": "detect", "backend": {"type": "command", "program": "$2", "startup_timeout": "20s", "args": [${3:-}]}}
END
}

# A Python as pyenv, uv and people in a hurry install it: a prefix of its own, reached through links; and a virtual environment of that.
version=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
home=$here/versions/$version.1
mkdir -p "$home/bin" "$home/lib"
real=$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))') # what is called python3 may be a wrapper
cp "$real" "$home/bin/python$version"
from=$(python3 -c 'import os; print(os.path.dirname(os.path.dirname(os.__file__)))')
(cd "$from" && tar cf - --exclude=*-packages --exclude=__pycache__ --exclude=test --exclude=tests --exclude=idlelib --exclude='config-*' "python$version") | tar xf - -C "$home/lib"
ln -s "python$version" "$home/bin/python3"
ln -s "$version.1" "versions/$version"
"$here/versions/$version/bin/python3" -c 'import sqlite3' 2>/dev/null || { echo "skipped: this Python cannot be moved"; exit 77; }
"$here/versions/$version/bin/python3" -m venv --without-pip envs/one >/dev/null 2>&1 || { echo "skipped: no venv"; exit 77; }

script models.d/a-venv/run.py "$here/envs/one/bin/python3"
config a-venv a-venv/run.py
script models.d/b-prefix/run.py "$here/versions/$version/bin/python3"
config b-prefix b-prefix/run.py
script models.d/c-env/run.py "/usr/bin/env -S A=b $here/envs/one/bin/python3 -u"
config c-env c-env/run.py
ln -s "$here/envs/one/bin/python3" path/the-python
script models.d/d-named/run.py /bin/false
config d-named the-python '"d-named/run.py"'
mkdir -p tool/bin tool/lib
cp "$fake" tool/bin/a-tool
ln -s "$here/tool/bin/a-tool" path/a-tool
config e-tool a-tool '"ok"'
sed -i 's|"task"|"class_map": {"cat": "disc", "dog": "ring"}, "task"|' models.d/e-tool.json
expect 0 "programs that are installed elsewhere" "$BOXSCORE" run
said "5 evaluated"
expect 0 "which check finds in order" "$BOXSCORE" check

# What cannot begin says so at once, with what to do about it.
rm -r models.d/*
script models.d/a-gone/run.py /no/such/python3
config a-gone a-gone/run.py
script models.d/b-return/run.py '/usr/bin/python3\r'
config b-return b-return/run.py
script models.d/c-env/run.py "/usr/bin/env python99"
config c-env c-env/run.py
mkdir -p other models.d/d-wrapper
cp tool/bin/a-tool other/a-tool
printf '#!/bin/sh\nexec %s/other/a-tool ok\n' "$here" >models.d/d-wrapper/run.sh
chmod +x models.d/d-wrapper/run.sh
config d-wrapper d-wrapper/run.sh
script models.d/e-import/run.py /usr/bin/python3
sed -i '2i import no_such_package' models.d/e-import/run.py
config e-import e-import/run.py
script models.d/f-net/run.py /usr/bin/python3
sed -i '2i import urllib.request; urllib.request.urlopen("http://192.0.2.1/", timeout=15)' models.d/f-net/run.py
config f-net f-net/run.py
mkdir -p models.d/g-pipe
printf '#!/bin/sh\nsleep 60 | %s/other/a-tool ok\n' "$here" >models.d/g-pipe/run.sh
chmod +x models.d/g-pipe/run.sh
config g-pipe g-pipe/run.sh
sed -i 's/20s/2s/' models.d/g-pipe.json
script models.d/h-write/run.py /usr/bin/python3
sed -i '2i open("/usr/a-file-of-a-test", "w")' models.d/h-write/run.py
config h-write h-write/run.py
script models.d/i-bare/run.py ''
sed -i 1d models.d/i-bare/run.py
config i-bare i-bare/run.py
mkdir -p models.d/j-source
printf '#!/bin/sh\n. %s/other/activate\n' "$here" >models.d/j-source/run.sh
chmod +x models.d/j-source/run.sh
config j-source j-source/run.sh
before=$(date +%s)
expect 1 "programs that cannot begin" "$BOXSCORE" run
[ $(($(date +%s) - before)) -lt 15 ] || wrong "they fail at once"
said "the first line of 'a-gone/run.py' names the interpreter 'python3', which is not there"
said "the first line of 'b-return/run.py' ends in a carriage return"
said "the first line of 'c-env/run.py' has env look for 'python99', which is in none of the system's folders"
# Without namespaces the file can be seen, and Landlock refuses it: another word for the same.
equals 1 "SELECT reason LIKE 'the runner ended before its work was done: exit status 12%confine.read%' FROM evaluations WHERE slug = 'd-wrapper'" "a wrapper says what it may not run"
equals 1 "SELECT reason LIKE '%ModuleNotFoundError: No module named ''no_such_package''%confine.read%' FROM evaluations WHERE slug = 'e-import'" "a package says that it is not there"
equals 1 "SELECT reason LIKE '%confine.network%' FROM evaluations WHERE slug = 'f-net'" "a download says who gives the network"
equals 1 "SELECT reason LIKE '%confine.devices%' FROM evaluations WHERE slug = 'h-write'" "who writes elsewhere is not told to read there"
equals 1 "SELECT reason LIKE '%names its interpreter, after ''#!'')' FROM evaluations WHERE slug = 'i-bare'" "advice stands as it was given"
equals 1 "SELECT reason LIKE '%confine.read%' FROM evaluations WHERE slug = 'j-source'" "a shell says that a file is not there"
equals 1 "SELECT reason LIKE 'not ready within 2 s:%confine.read%' FROM evaluations WHERE slug = 'g-pipe'" "what a wrapper said stands with its silence"
expect 0 "check" "$BOXSCORE" check
said "names the interpreter '/no/such/python3', which is not there"

# The operator gives it.
sed -i "s|\"read\": \[\]|\"read\": [\"$here/other\"]|" boxscore.json
sed -i 's|"task"|"class_map": {"cat": "disc", "dog": "ring"}, "task"|' models.d/d-wrapper.json
expect 0 "with what it needs" "$BOXSCORE" run --retry d-wrapper
equals ok "SELECT status FROM evaluations WHERE slug = 'd-wrapper' ORDER BY seq DESC LIMIT 1" "what confine.read names is reached"

# Named by a file that a stranger wrote: an interpreter's folder, an environment's home, a library's path, a link.
rm -r models.d/*
mkdir -p models.d/a-home/venv/bin models.d/b-line models.d/c-link
cp "$real" models.d/a-home/venv/bin/python3
printf 'home = %s/private\n' "$here" >models.d/a-home/venv/pyvenv.cfg
script models.d/a-home/run.py "$here/models.d/a-home/venv/bin/python3"
config a-home a-home/run.py "\"$here/private/key\""
printf '#!/bin/sh\n' >private/tool
chmod +x private/tool
printf '#!%s/private/tool\n' "$here" >models.d/b-line/tool
chmod +x models.d/b-line/tool
script models.d/b-line/run.py "/usr/bin/env -S $here/models.d/b-line/tool"
config b-line b-line/run.py "\"$here/private/key\""
script models.d/c-link/run.py /usr/bin/python3
ln -s "$here/private" models.d/c-link/more
config c-link c-link/run.py '"c-link/more/key"'
"$BOXSCORE" run >"$dir/out" 2>&1
unsaid "it read"
equals "" "SELECT slug, reason FROM evaluations WHERE reason LIKE '%secret%'" "what is named is not opened"
finish
