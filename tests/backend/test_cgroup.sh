#!/bin/sh
# test_cgroup.sh: where a cgroup was given to us, each command runs in a part of it. A folder stands for it here (BOXSCORE_CGROUP): what is written where is seen, not
# what a kernel makes of it.
. "$SOURCE/tests/runner/lib.sh"

own=$dir/own
given() { # given CONTROLLERS: a new one
    rm -rf "$own"
    mkdir "$own"
    echo "$1" >"$own/cgroup.controllers"
    export BOXSCORE_CGROUP="$own"
}
holds() { # holds FILE TEXT
    [ "$(cat "$own/$1" 2>&1)" = "$2" ] || wrong "$what: $1 holds '$(cat "$own/$1" 2>&1)', expected '$2'"
}

board cgroup
sed -i "s|\"threads\": 1|\"threads\": 1, \"confine\": {\"memory\": 123456789, \"processes\": 77, \"devices\": [\"$own\"]}|" boxscore.json
model a ok
for kernel in "" namespaces=0; do
    given "cpuset cpu io memory pids"
    export BOXSCORE_CONFINE="$kernel"
    expect 0 "with a cgroup ($kernel)" "$BOXSCORE" run --force
    holds boxscore.1/memory.max 123456789
    holds boxscore.1/pids.max 77
    holds boxscore.1/memory.swap.max 0
    runner=$(cat "$own/boxscore.1/cgroup.procs") host=$(cat "$own/boxscore.host/cgroup.procs")
    [ "$runner" -gt 1 ] && [ "$host" -gt 1 ] && [ "$runner" != "$host" ] || wrong "$what: '$runner' is in the command's part, '$host' in the host's"
    holds cgroup.procs "$host" # back where it was
    holds cgroup.subtree_control "-memory -pids"
    [ ! -e "$own/boxscore.2" ] || wrong "$what: a part more than there are commands"
done
export BOXSCORE_CONFINE=

# What its end came of is said.
mkdir models.d/bin
cat >models.d/bin/hungry.sh <<END
#!/bin/sh
for part in $own/boxscore.*; do [ ! -e "\$part/memory.max" ] || printf 'low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\n' >"\$part/memory.events"; done
kill -9 \$\$
END
chmod +x models.d/bin/hungry.sh
printf '{"format": 1, "name": "Hungry", "task": "detect", "backend": {"type": "command", "program": "bin/hungry.sh"}}' >models.d/hungry.json
given "memory pids"
expect 1 "one that the kernel ended" "$BOXSCORE" run hungry
said "when it needed more than 117.7 MiB of memory (confine.memory)"
rm models.d/hungry.json

# Given, and yet not to be had: nothing runs half confined. Not given: that is said once, by check, and the command runs.
given "memory pids"
mkdir "$own/cgroup.subtree_control"
expect 1 "a cgroup that cannot be divided" "$BOXSCORE" run --force
said "cannot divide the cgroup '"
rm -f "$own/cgroup.procs" # whose only process has ended
expect 0 "check with a cgroup" "$BOXSCORE" check
unsaid "no cgroup of its own"
given "cpu pids"
expect 0 "one without memory to divide" "$BOXSCORE" run --force
[ ! -e "$own/boxscore.host" ] || wrong "it was divided all the same"
expect 0 "check without" "$BOXSCORE" check
said "no cgroup of its own"
given "memory pids" # with the shell that started us in it the kernel divides none
printf '%s\n' $$ 999999999 >"$own/cgroup.procs"
expect 0 "one that others are in" "$BOXSCORE" run --force
[ ! -e "$own/boxscore.host" ] || wrong "$what: it was divided all the same"
expect 0 "check with others" "$BOXSCORE" check
said "no cgroup of its own"
sed -i 's|"memory": 123456789, ||' boxscore.json
expect 0 "check with others, and nothing asked for" "$BOXSCORE" check
unsaid "bounds nothing" # the warning of the one before
said "boxscore: no cgroup of its own here: the memory of commands is not bounded"
given "memory pids"
expect 0 "check with a cgroup, and nothing asked for" "$BOXSCORE" check
unsaid "no cgroup of its own"
sed -i 's|"confine": {|"confine": {"except": ["a"], |' boxscore.json
expect 0 "one that is not confined" "$BOXSCORE" run --force
[ ! -e "$own/boxscore.host" ] || wrong "$what: has a part"
finish
