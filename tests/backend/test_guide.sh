#!/bin/sh
# test_guide.sh: what README.md, models.d/README.md and `boxscore init` tell a contributor to write works as it stands there.
. "$SOURCE/tests/runner/lib.sh"
guide=$SOURCE/models.d/README.md
command -v python3 >/dev/null || { echo "skipped: python3 not found"; exit 77; }

board guide
mkdir models.d/your-model
sed -n '/^```python/,/^```/p' "$guide" | sed '1d;$d' >models.d/your-model/run.py
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
finish
