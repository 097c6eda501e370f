#!/bin/sh
# The README's way from a Roboflow link to a leaderboard, its commands as they stand there, with a server on loopback in Roboflow's place.
set -u
command -v python3 >/dev/null 2>&1 || { echo "skipped: python3 not found"; [ -z "${BOXSCORE_NO_SKIP:-}" ] || exit 1; exit 77; }
dir=$(mktemp -d) || exit 1
mkfifo "$dir/end" "$dir/origin" || exit 1
mkdir "$dir/store" "$dir/bin" "$dir/work" && ln -s "$BOXSCORE" "$dir/bin/boxscore" && python3 fetch/archives.py "$dir/store" set.zip || exit 1
trap 'exec 3>&-; wait; rm -rf "$dir"' EXIT
python3 fetch/server.py "$dir/store" "a-key" <"$dir/end" >"$dir/origin" &
exec 3>"$dir/end"
read -r origin <"$dir/origin" || exit 1

commands=$(awk '/^\*\*From a Roboflow link/ {on = 1; next} on && /^    / {print substr($0, 5); any = 1} on && any && !/^    / {exit}' "$SOURCE/README.md")
[ "$(echo "$commands" | wc -l)" -ge 3 ] || { echo "the README has no such way"; exit 1; }
for name in $(env | sed -n 's/^\([A-Za-z_]*_[pP][rR][oO][xX][yY]\)=.*/\1/p'); do unset "$name"; done
cd "$dir/work" || exit 1
# The example that init writes finds nothing: its row is the leaderboard. Status 1 of nightly would be a model that failed.
if ! ROBOFLOW_API_KEY=a-key BOXSCORE_ROBOFLOW_API=$origin PATH=$dir/bin:$PATH sh -euc "$commands" 3>&- >"$dir/out" 2>&1; then
    echo "the README's commands end with an error:"
    cat "$dir/out"
    exit 1
fi
grep -q "licence CC BY 4.0" "$dir/out" && grep -q "board: 1 model" "$dir/out" || { cat "$dir/out"; exit 1; }
grep -q "finds nothing" board/site/index.html && grep -rq "helmet" board/site || { echo "the site has not the row, or not the class"; exit 1; }
if grep -rq "a-key" board hardhats; then
    echo "the key was kept"
    exit 1
fi
