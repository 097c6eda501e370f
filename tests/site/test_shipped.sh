#!/bin/sh
# test_shipped.sh: the main job as the quickstart does it, on the shipped test set with two of the shipped models (the fast ones: this build has
# sanitizers), from no database to a site; again with nothing due; and from a package's layout.
set -u
failed=0
fail() { echo "FAIL: $*"; failed=1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
settings=$dir/boxscore.json
# The quickstart's own settings, their relative paths turned to where things are here.
sed -e "s|\"\.\./build/board/|\"$dir/|; s|\"\.\./build\"|\"$BUILD\"|; s|\"\.\./|\"$SOURCE/|g" "$SOURCE/cmd/quickstart.json" >"$settings"

cp -r "$SOURCE/models.d" "$dir/models.d"
sed -i "s|\"$SOURCE/models.d\"|\"models.d\"|" "$settings"

"$BOXSCORE" check --settings "$settings" >"$dir/out" 2>&1 || { cat "$dir/out"; fail "check"; }
[ "$(grep -c ': ok: ' "$dir/out")" -ge 5 ] || fail "check knows fewer than five shipped models"

"$BOXSCORE" nightly --settings "$settings" shapes-threshold shapes-silhouettes >"$dir/out" 2>&1 || { cat "$dir/out"; fail "nightly"; }
grep -q '2 evaluated' "$dir/out" || { cat "$dir/out"; fail "nightly evaluated other than two"; }
for page in index.html methodology.html faq.html b/shapes/m/shapes-threshold.html b/shapes/by-latency.html; do
    [ -s "$dir/site/$page" ] || fail "the site has no $page"
done
grep -q 'shapes-silhouettes.html' "$dir/site/index.html" || fail "the board does not link to a model"
[ -z "$(grep -rlF "$dir" "$dir/site" | head -n 1)" ] || fail "the site names a folder of this machine"

"$BOXSCORE" nightly --settings "$settings" shapes-threshold shapes-silhouettes >"$dir/out" 2>&1 || { cat "$dir/out"; fail "nightly, again"; }
grep -q 'nothing is due' "$dir/out" || { cat "$dir/out"; fail "something is due again"; }

# The same database gives the same bytes, wherever it is rendered to.
"$BOXSCORE" render --settings "$settings" --output "$dir/again" >"$dir/out" 2>&1 || { cat "$dir/out"; fail "render"; }
diff -r "$dir/site" "$dir/again" >"$dir/out" || { head "$dir/out"; fail "two renders differ"; }

# A database and where to are enough: somebody else's board, say, that came without its settings.
database=$(sed -n 's/.*"database": *"\([^"]*\)".*/\1/p' "$settings")
mkdir "$dir/bare"
(cd "$dir/bare" && "$BOXSCORE" render --database "$database" --site site) >"$dir/out" 2>&1 || { cat "$dir/out"; fail "render without settings"; }
[ -s "$dir/bare/site/b/shapes/m/shapes-threshold.html" ] || fail "no site without settings"
(cd "$dir/bare" && "$BOXSCORE" render --database "$database") >"$dir/out" 2>&1 && fail "render without settings knows where to"
grep -q 'no boxscore.json here' "$dir/out" || { cat "$dir/out"; fail "render without settings does not say what is missing"; }

# A renamed model keeps its history, and its old address leads to the new one.
sed 's|"format": 1,|"format": 1, "formerly": ["shapes-threshold"],|' "$dir/models.d/shapes-threshold.json" >"$dir/models.d/shapes-simple.json"
rm "$dir/models.d/shapes-threshold.json"
"$BOXSCORE" nightly --settings "$settings" shapes-simple shapes-silhouettes >"$dir/out" 2>&1 || { cat "$dir/out"; fail "nightly after a rename"; }
grep -q 'nothing is due' "$dir/out" || { cat "$dir/out"; fail "a renamed model is due"; }
[ -s "$dir/site/b/shapes/m/shapes-simple.html" ] || fail "a renamed model has no page"
grep -q 'href="[./]*b/shapes/m/shapes-simple.html"' "$dir/site/b/shapes/m/shapes-threshold.html" || fail "its old page does not lead to the new one"

# The templates are found beside the program: in a build folder anywhere, in a package's layout, and through a link to it.
sed -i '/"template"/d' "$settings"
mkdir -p "$dir/elsewhere" "$dir/usr/bin" "$dir/usr/share/boxscore" "$dir/bin"
cp "$BOXSCORE" "$dir/elsewhere/boxscore"
cp -P "$BUILD/site-template" "$dir/elsewhere/"
cp "$BOXSCORE" "$dir/usr/bin/boxscore"
cp -r "$SOURCE/site-template" "$dir/usr/share/boxscore/"
ln -s ../usr/bin/boxscore "$dir/bin/boxscore"
for program in elsewhere usr/bin bin; do
    "$dir/$program/boxscore" render --settings "$settings" --output "$dir/found" >"$dir/out" 2>&1 || { cat "$dir/out"; fail "render by $program/boxscore"; }
done

"$BOXSCORE" board --settings "$settings" --top 1 >"$dir/out" || fail "board"
grep -q '^   1  ' "$dir/out" || fail "board prints no first row"
exit $failed
