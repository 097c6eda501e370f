#!/bin/sh
# test_swap.sh: what was allowed is what runs: a script that an argument names, changed after it was allowed, between the night's first look and its turn, and
# while it waits to be run.
. "$SOURCE/tests/runner/lib.sh"
board swap
here=$PWD
mkdir -p log path models.d/a models.d/b models.d/c
ln -s /bin/sh path/a-shell
sed -i "s|\"runner_path\": \[|\"runner_path\": [\"$here/path\", |; s|\"threads\": 1|\"threads\": 1, \"confine\": {\"read\": [\"$BUILD/tests\"], \"devices\": [\"$here/log\"]}|
    /\"allow\"/d" boxscore.json

good() { echo "exec $fake ok"; }
bad() { printf 'echo new bytes ran >%s/log/ran\nexec %s ok\n' "$here" "$fake"; }
waits() { printf ': >%s/log/waiting\nwhile [ ! -e %s/log/go ]; do sleep 0.05; done\n' "$here" "$here"; }
config() { # config SLUG PROGRAM ARGUMENT
    cat >"models.d/$1.json" <<END
{"format": 1, "name": "Model $1", "task": "detect", "class_map": {"cat": "disc", "dog": "ring"},
 "backend": {"type": "command", "program": "$2", "args": [$3], "startup_timeout": "30s"}}
END
}
await() {
    for _ in $(seq 400); do
        [ ! -e "$here/log/$1" ] || return 0
        sleep 0.05
    done
    wrong "nobody made $1"
}
no_new_bytes() {
    [ ! -e log/ran ] || wrong "$1: $(cat log/ran)"
    rm -f log/*
}

# By every way an argument names it.
for name in '"b/run.sh"' '"./b/../b/run.sh"' '"b/link.sh"' "\"$here/models.d/b/run.sh\"" '"-c", ". ${1#*=}", "x", "--script=b/run.sh"'; do
    good >models.d/b/run.sh
    ln -sf run.sh models.d/b/link.sh
    config b a-shell "$name"
    expect 0 "allowing it" "$BOXSCORE" allow b
    expect 0 "$name as it was allowed" "$BOXSCORE" run --force
    said "1 evaluated"
    bad >models.d/b/run.sh
    what="$name changed"
    "$BOXSCORE" run --force >"$dir/out" 2>&1
    said "b: not run: no longer allowed to run: its program or files changed since"
    no_new_bytes "$name changed after it was allowed"
done

# While another model is asked.
good >models.d/b/run.sh
config b a-shell '"b/run.sh"'
{ waits; good; } >models.d/a/run.sh
config a a-shell '"a/run.sh"'
expect 0 "allowing both" "$BOXSCORE" allow a b
"$BOXSCORE" run --force >"$dir/out" 2>&1 &
await waiting
bad >models.d/b/run.sh
: >log/go
wait $!
what="changed before its turn"
said "its program or files changed since"
no_new_bytes "$what"

# While it runs already, and is about to run the other one. Only a root of its own can have other bytes there.
rm models.d/a.json models.d/b.json
{ echo '#!/bin/sh'; waits; echo 'exec /bin/sh "$1"'; } >models.d/c/run.sh
chmod +x models.d/c/run.sh
good >models.d/c/part.sh
config c c/run.sh '"c/part.sh"'
expect 0 "allowing it" "$BOXSCORE" allow c
"$BOXSCORE" check >"$dir/out" 2>&1
if ! grep -q "no user namespaces" "$dir/out"; then
    "$BOXSCORE" run --force >"$dir/out" 2>&1 &
    await waiting
    bad >models.d/c/part.sh
    : >log/go
    wait $!
    what="changed while it runs"
    said "its program or files changed while it ran: its answers are not used"
    no_new_bytes "$what"
fi
finish
