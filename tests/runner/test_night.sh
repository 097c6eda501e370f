#!/bin/sh
# test_night.sh: what a night does with good models, bad ones, and changes between nights.
set -u
. "$(dirname "$0")/lib.sh"

# One good model between all kinds of bad ones: nobody's failure touches another. Unconfined: two of them are to do what they could not
# otherwise, so that the night's own look at files and images is seen to work.
BOXSCORE_CONFINE=none
export BOXSCORE_CONFINE
board isolation
sed -i 's|"threads": 1|"threads": 1, "confine": {}|' boxscore.json
model a-good ok
model b-crash crash 2
model c-exit exit
model d-nan nan
model e-hang hang "" '"image_timeout": "1s"'
model f-image crash-image 000003
model g-once crash-once 000004
model h-late silent "" '"startup_timeout": "1s"'
model i-rewrite rewrite
model j-daemon daemon
model k-good slow 5
echo weights >models.d/weights.bin
model h-weights change-files weights.bin '"files": ["weights.bin"]'
echo '{"format": 1, "name": "Broken", ' >models.d/l-syntax.json
model m-program ok
sed -i 's/"fake_runner"/"no_such_program"/' models.d/m-program.json
model n-task obb
model o-many too-many
sed 's/"cat": "disc"/"cat": "no-such-class"/' models.d/a-good.json >models.d/p-map.json
sed -i 's/Model a-good/Model p-map/' models.d/p-map.json
expect 1 "a night with failures" "$BOXSCORE" run
said "b-crash: failed, 6 images in"
said ": the runner ended before its work was done: killed by signal 6"
said "c-exit: failed: the runner ended before its work was done: exit status 3: ModuleNotFoundError: no module named 'torch'"
said "d-nan: partial"
said "12 of 12 images have no answer; image 1: prediction 0: 'score' is NaN or Infinity"
said "e-hang: failed"
said "f-image: partial, 13 images in"
said "1 of 12 images has no answer; image 3: "
said "h-late: failed: not ready within 1 s"
said "it changed 12 of the images it was given: its answers are not used"
said "its program or files changed while it ran: its answers are not used"
said "l-syntax: failed: config: "
said "m-program: failed: "
said "n-task: failed: handshake: the runner answers task 'obb'"
said "1001 detections, at most 1000 are allowed"
said "p-map: failed: "
unsaid "a-good: "
unsaid "g-once: "
equals "a-good|ok|1|1
g-once|ok|2|0
j-daemon|ok|1|1
k-good|ok|1|1" "SELECT slug, status, sittings, latency_ms IS NOT NULL FROM evaluations WHERE status = 'ok' ORDER BY slug" "the good ones are evaluated, and measured when undisturbed"
equals 2 "SELECT count(*) FROM report" "equal answers share a report"
equals 0 "SELECT count(*) FROM partial" "nothing is left over"
equals "b-crash|failed
c-exit|failed
d-nan|partial
e-hang|failed
f-image|partial
h-late|failed
h-weights|failed
i-rewrite|failed
n-task|failed
o-many|partial" "SELECT slug, status FROM evaluations WHERE status <> 'ok' ORDER BY slug" "failures are evaluations without numbers"
[ -z "$(ls -d boxscore.db.work 2>/dev/null)" ] || wrong "the work folder is gone after the night"
sound isolation

# The next night: failures again, the rest is current; after three failures weekly, --retry at once.
expect 1 "the second night" "$BOXSCORE" run
said "4 current"
expect 1 "the third night" "$BOXSCORE" run -q
unsaid "small:"
expect 1 "the fourth night" "$BOXSCORE" run
said "failed before and waiting"
equals 3 "SELECT count(*) FROM evaluations WHERE slug = 'c-exit'" "three failures, then it waits"
expect 1 "retry" "$BOXSCORE" run --retry c-exit
equals 4 "SELECT count(*) FROM evaluations WHERE slug = 'c-exit'" "--retry runs it at once"
equals 1 "SELECT reason LIKE 'ran less confined than it should: no user namespaces; no Landlock; no seccomp%' FROM evaluations WHERE slug = 'a-good'" "what the kernel lacks stands with the evaluation"
expect 3 "check" "$BOXSCORE" check
said "boxscore.json: warning: commands run less confined here than they should: no user namespaces; no Landlock; no seccomp"
unset BOXSCORE_CONFINE

week=$(($(date +%s) * 1000 + 7 * 86400000))
expect 1 "a week later" env BOXSCORE_NOW=$week "$BOXSCORE" run c-exit
equals 5 "SELECT count(*) FROM evaluations WHERE slug = 'c-exit'" "the weekly try"
expect 1 "the clock goes back" "$BOXSCORE" run c-exit
said "the future"

# What changes makes due, and what only scores again.
board changes
model one ok
model two ok
expect 0 "first night" "$BOXSCORE" run
said "small: 2 models, 2 evaluated"
expect 0 "nothing due" "$BOXSCORE" run
said "nothing is due"
equals "2|0" "SELECT count(*), sum(outcome <> 'complete') FROM run" "a night with nothing due is recorded too"
sed -i 's/"license": "MIT"/"license": "Apache-2.0"/' models.d/one.json
expect 0 "metadata" "$BOXSCORE" run --dry-run
said "nothing is due"
sed -i 's/"license"/"operating_confidence": 0.3, "license"/' models.d/one.json
expect 0 "operating confidence" "$BOXSCORE" run -n
said "one: to rescore"
expect 0 "operating confidence" "$BOXSCORE" run
said "1 scored again"
equals "2|2" "SELECT (SELECT count(*) FROM evaluations), (SELECT count(*) FROM report)" "a rescore is a report, not an evaluation"
sed -i 's/"dog": "ring"/"dog": "star"/' models.d/one.json
expect 0 "class map" "$BOXSCORE" run
said "1 scored again"
sed -i 's/\["ok"\]/["ok", "again"]/' models.d/one.json
expect 0 "arguments" "$BOXSCORE" run -n
said "one: due: its config or files changed"
expect 0 "arguments" "$BOXSCORE" run
said "1 evaluated, 1 current"
expect 0 "max age" "$BOXSCORE" run -n --max-age 1d
said "nothing is due"
tomorrow=$(($(date +%s) * 1000 + 2 * 86400000))
expect 0 "max age" env BOXSCORE_NOW=$tomorrow "$BOXSCORE" run -n --max-age 1d
said "one: due: its numbers are 2.0 days old"
expect 0 "force" "$BOXSCORE" run --force two
said "1 evaluated"
mv models.d/two.json two.away
expect 0 "retired" "$BOXSCORE" run
said "1 retired"
equals 1 "SELECT retired FROM model WHERE slug = 'two'" "a config that vanished is retired"
mv two.away models.d/two.json
expect 0 "back" "$BOXSCORE" run
equals 0 "SELECT retired FROM model WHERE slug = 'two'" "and comes back without a run"
said "nothing is due"
mv models.d/two.json models.d/deux.json
sed -i 's/"license"/"formerly": ["two"], "license"/' models.d/deux.json
expect 0 "a rename foreseen" "$BOXSCORE" run --dry-run
said "deux: current"
expect 0 "renamed" "$BOXSCORE" run
said "nothing is due"
equals "deux,one" "SELECT group_concat(slug) FROM (SELECT slug FROM model WHERE retired = 0 ORDER BY slug)" "a rename takes the history along"
equals 2 "SELECT count(*) FROM evaluations WHERE slug = 'deux'" "a rename takes the evaluations along"
mv models.d/deux.json models.d/two.json
sed -i 's/"formerly": \["two"\]/"formerly": ["deux"]/' models.d/two.json
expect 0 "renamed back" "$BOXSCORE" run
expect 2 "unknown model" "$BOXSCORE" run tow
said "there is no model 'tow'"
said "did you mean 'two'?"
expect 2 "until" "$BOXSCORE" run --until 25:00
sed -i 's/"path": "[^"]*"/"path": "nowhere.json"/' boxscore.json
expect 3 "no test set" "$BOXSCORE" run
said "nowhere.json"
sed -i 's/"boards"/"baords"/' boxscore.json
expect 3 "bad settings" "$BOXSCORE" run
said "unknown key 'baords', did you mean 'boards'?"

# Commands run only when allowed, and a change takes it back. Secrets are granted by the settings, and stay out of everything.
board trust
sed -i '/"allow"/d' boxscore.json
model plain ok
model key secret "" '"env": ["API_KEY"]'
API_KEY=hunter22hunter
export API_KEY
expect 1 "not allowed" "$BOXSCORE" run
said "plain: not run: not allowed to run: it is a command; look at it, then 'boxscore allow plain'"
said "key: not run: it names the environment variable 'API_KEY', which the settings do not grant to it"
unsaid "nothing is due"
equals 0 "SELECT count(*) FROM evaluations" "nothing ran"
expect 0 "allow" "$BOXSCORE" allow plain key
expect 1 "allowed" "$BOXSCORE" run
said "1 evaluated"
sed -i 's/\["ok"\]/["ok", "more"]/' models.d/plain.json
expect 1 "changed" "$BOXSCORE" run
said "plain: not run: no longer allowed to run: its config changed since"
expect 0 "list" "$BOXSCORE" allow --list
said "plain: no longer allowed"
expect 0 "allow again" "$BOXSCORE" allow plain
expect 1 "allowed again" "$BOXSCORE" run
said "1 evaluated"
expect 0 "take back" "$BOXSCORE" allow --remove plain
expect 2 "one that is there, and one that is not" "$BOXSCORE" allow plain nobody
said "plain: allowed: fake_runner"
said "there is no model 'nobody'"
expect 1 "the one that is there may run" "$BOXSCORE" run
unsaid "plain: not run"
sed 's/"format": 1,/"format": 1, "formerly": ["plain"],/' models.d/plain.json >models.d/renamed.json
mv models.d/plain.json "$dir/plain.json"
expect 1 "a rename keeps the permission" "$BOXSCORE" run --force renamed key
unsaid "renamed: not run"
sed 's/"more"/"other"/' models.d/renamed.json >models.d/other.json
rm models.d/renamed.json
expect 1 "and gives none to what was not allowed" "$BOXSCORE" run --force
said "other: not run: no longer allowed to run: its config changed since"
echo '{"format": 1, "name": "Lost", "task": "detect", "backend": {"type": "command", "program": "lost/run.sh"}}' >models.d/a-lost.json
mkdir models.d/lost
printf '#!/bin/sh\n' >models.d/lost/run.sh
chmod +x models.d/lost/run.sh
expect 0 "allow" "$BOXSCORE" allow a-lost
rm models.d/lost/run.sh
echo '{' >models.d/b-broken.json
expect 3 "a list with some that are broken" "$BOXSCORE" allow --list
said "a-lost"
said "b-broken.json"
said "key: allowed:"
said "other: no longer allowed"
expect 0 "what was given to a name it had is taken back with it" "$BOXSCORE" allow --remove other
said "other: no longer allowed"
rm models.d/a-lost.json models.d/b-broken.json models.d/other.json
mv "$dir/plain.json" models.d/plain.json
expect 0 "take back" "$BOXSCORE" allow --remove plain
expect 2 "allow nobody" "$BOXSCORE" allow
sed -i 's/"limits"/"secrets": {"API_KEY": {"models": ["k*"]}}, "limits"/' boxscore.json
mkdir models.d/leak # it was given nothing, and knows it all the same
printf '#!/bin/sh\na=hunt\necho "it is ${a}er22${a}er" >&2\nexit 3\n' >models.d/leak/run.sh
chmod +x models.d/leak/run.sh
echo '{"format": 1, "name": "Leak", "task": "detect", "backend": {"type": "command", "program": "leak/run.sh"}}' >models.d/leak.json
expect 0 "allow" "$BOXSCORE" allow leak
expect 1 "granted" "$BOXSCORE" run -v
said "key: done"
said "leak: failed: the runner ended before its work was done: exit status 3: it is ***"
grep -rqF hunter . && wrong "a secret is in a file: $(grep -rlF hunter . | tr '\n' ' ')"
grep -qF hunter "$dir/out" && wrong "a secret was printed"
equals "the key is ***, is it not" "SELECT substr(log, 1, 26) FROM evaluations WHERE slug = 'key'" "the log is kept without it"
unset API_KEY

# A model that runs out of its time carries on the next night; none is started after --until.
board time
model long slow 350 '"total_timeout": "3s"'
expect 1 "total_timeout" "$BOXSCORE" run
said "its total_timeout of 3 s passed"
kept=$(sql "SELECT count(*) FROM partial")
[ "$kept" -ge 2 ] || wrong "total_timeout: $kept answers are kept"
mv models.d/long.json models.d/longer.json # a night of another one alone has not met it, and does not take it for gone
sed -i 's/"name"/"formerly": ["long"], "name"/' models.d/longer.json
model other ok
expect 0 "another one, and it has another name" "$BOXSCORE" run other
expect 0 "the next night" "$BOXSCORE" run -v
said "$kept answers of an earlier night"
equals "failed,ok" "SELECT group_concat(status) FROM (SELECT status FROM evaluations WHERE slug = 'longer' ORDER BY seq)" "total_timeout: one failure, then a whole evaluation"
model late ok
now=$(($(date +%s) * 1000))
expect 0 "until" env TZ=UTC BOXSCORE_NOW=$now "$BOXSCORE" run -n --until "$(TZ=UTC date -d "@$((now / 1000 + 120))" +%H:%M)"
said "late: due"

# A prediction file: no command, no latency, no permission; regular, and inside the config's folder.
board files
predictions() {
    cat >"models.d/$1.json" <<END
{"format": 1, "name": "File $1", "task": "detect", "license": "MIT", "backend": {"type": "predictions", "file": "$2"}}
END
}
sed -i '/"allow"/d' boxscore.json
echo '[{"image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 40], "score": 0.5}]' >models.d/good.txt
echo '[{"image_id": 1, "category_id": 1, "bbox": [1, 2, 30], "score": 0.5}]' >models.d/short.txt
echo '[{"image_id": 777, "category_id": 1, "bbox": [1, 2, 30, 40], "score": 0.5}]' >models.d/stranger.txt
echo '[{"image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 40], "score": NaN}]' >models.d/nan.txt
echo '[]' >outside.txt
ln -s ../outside.txt models.d/link.txt
mkfifo models.d/fifo.txt
truncate -s 3T models.d/hole.txt 2>/dev/null || truncate -s 40G models.d/hole.txt # hashed it would take hours
for name in good short stranger nan link fifo hole; do
    predictions "$name" "$name.txt"
done
predictions climbing ../outside.txt
predictions missing missing.txt
expect 1 "prediction files" timeout -k 5 60 "$BOXSCORE" run
equals "good|ok|1|" "SELECT slug, status, ndetections, latency_ms FROM evaluations WHERE status = 'ok'" "the good file alone is evaluated"
for name in short stranger nan link fifo hole climbing missing; do
    said "$name: failed"
done
said "(limits.file_size)"

# What a config says is not passed on as it stands: neither to a terminal nor to the site. The board tells the reason of each failure.
printf '{"format": 1, "name": "\\u001b[31m\\u202egnp", "task": "detect", "backend": {"type": "predictions", "file": "good.txt"}}' >models.d/hostile.json
expect 1 "a hostile name" "$BOXSCORE" run
equals "0" "SELECT count(*) FROM model WHERE instr(invalid, char(27)) OR instr(invalid, char(8238))" "control characters of a config in a reason"
expect 0 "board" "$BOXSCORE" board
said "failed: stranger.txt: found the image id 777, and no detection on an image of the test set"
said "hostile"

# Three commands make a board of one's own.
cd "$dir"
expect 0 "init" "$BOXSCORE" init own --test-set "$SOURCE/tests/data/shapes/valid/annotations.json" --images "$SOURCE/tests/data/shapes/valid/images"
cd own
expect 0 "check" "$BOXSCORE" check
expect 0 "nightly" "$BOXSCORE" nightly
said "own: 1 model, 1 evaluated"
expect 0 "board" "$BOXSCORE" board
said "validation split: results may be optimistic (valid)"
[ "$(grep -l 'Validation split: results may be optimistic' site/*.html site/b/own/*.html site/b/own/m/*.html | wc -l)" = "$(ls site/*.html site/b/own/*.html site/b/own/m/*.html | wc -l)" ] ||
    wrong "a page of the site does not say that its numbers are of a validation split"
! grep -q '^ *"max_age"' boxscore.json || wrong "init sets a max_age: from then on every row would be overdue"
[ "$(grep -h '"path"' boxscore.json | grep -c '"/')" = 0 ] || wrong "init wrote an absolute path"
cd "$dir"
expect 2 "init twice" "$BOXSCORE" init own
said "exists already"

# A model that failed in another version and was put back is well: what it is now has its numbers, and nothing is due.
board back
sed -i "s|\"format\": 1,|\"format\": 1, \"template\": \"$SOURCE/site-template\",|" boxscore.json
model back ok
model other ok more
expect 0 "good" "$BOXSCORE" nightly
model back exit
expect 1 "bad" "$BOXSCORE" nightly
expect 1 "three times" "$BOXSCORE" run --retry
expect 1 "and again" "$BOXSCORE" run --retry
expect 1 "waiting is no good end" "$BOXSCORE" nightly
said "back: waiting: failed 3 times"
model back exit otherwise
expect 1 "bad in another way" "$BOXSCORE" nightly
expect 0 "its state" "$BOXSCORE" status
said "back      failed 1 time in a row"
model back ok
expect 0 "put back" "$BOXSCORE" nightly
said "nothing is due"
expect 0 "its state" "$BOXSCORE" status
said "back      current"
unsaid "failed 3"
expect 0 "its row" "$BOXSCORE" board
unsaid failed
! grep -q 'Why they are not ranked' site/index.html || wrong "a model that was put back stands apart"

# One that was refused has no numbers by a rescore either.
sed -i 's/"dog": "ring"/"dog": "rings"/' models.d/other.json
expect 1 "refused" "$BOXSCORE" nightly
said "other: failed: class map: 'dog' is to be 'rings'"
reports=$(sql "SELECT count(*) FROM report")
expect 0 "rescore" "$BOXSCORE" rescore
equals "$reports" "SELECT count(*) FROM report" "no report by a config that is refused"
expect 0 "its row" "$BOXSCORE" board
said "-  failed: class map: 'dog' is to be 'rings'"
equals "" "SELECT model FROM leaderboard WHERE model = 'other' AND version <> 'config refused'" "and in SQL"
# Nor has one a rank whose config is none any more: the numbers that it had stand apart.
echo '{' >models.d/back.json
expect 1 "no config" "$BOXSCORE" nightly
expect 0 "its row" "$BOXSCORE" board
grep -q '^   -   Model back .* failed: config: ' "$dir/out" || wrong "a model whose config is none has a rank"

# A file's name is no text for a terminal or a mail.
printf '{}' >"models.d/$(printf 'x\033[2J\342\200\256y').json"
for verb in "run" "run -n" "check" "status" "allow --list"; do
    "$BOXSCORE" $verb >"$dir/out" 2>&1
    ! grep -q "$(printf '\033')" "$dir/out" || wrong "$verb prints an escape sequence"
    ! grep -q "$(printf '\342\200\256')" "$dir/out" || wrong "$verb prints a bidirectional override"
done

# Confined, neither images nor its own weights can be changed by a model, and it can use what it is given all the same.
board confined
sed -i 's|"threads": 1|"threads": 1, "confine": {}|' boxscore.json
model a-rewrite rewrite
echo weights >models.d/weights.bin
model b-weights change-files weights.bin '"files": ["weights.bin"]'
expect 0 "a night with models that would change things" "$BOXSCORE" run
equals "a-rewrite|ok
b-weights|ok" "SELECT slug, status FROM evaluations ORDER BY slug" "they change nothing"
[ "$(cat models.d/weights.bin)" = weights ] || wrong "the weights are what they were"

# Each answer is as large as its image allows; all of them together need no more memory than there is.
board budget
sed -i 's|"free_disk": 0|"free_disk": 0, "answers": 300000|' boxscore.json
model a-many too-many "" '"max_detections": 2000'
model b-good ok
expect 1 "a model whose answers are too much" "$BOXSCORE" run
said "its answers need more than 0.3 MiB of memory (limits.answers)"
said "2 models, 1 evaluated, 1 failed"
equals 0 "SELECT count(*) FROM partial" "what it answered before is not kept"

finish
