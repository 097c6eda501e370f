#!/bin/sh
# The pages of fabricated sites, of one board and of three, in headless Chromium: every kind of page, three widths, light and dark, with and without JavaScript. Nothing overflows, fails to load,
# breaks the content security policy or a rule of WCAG 2.2 AA (axe-core), and the filters work without a script. The checks are in browser.js.
set -eu
skip() { echo "skipped: $1"; [ -z "${BOXSCORE_NO_SKIP:-}" ] || exit 1; exit 77; }

chromium=$(command -v chromium || command -v chromium-browser) || skip "there is no chromium here (package chromium)"
command -v node >/dev/null || skip "there is no node here (package nodejs)"

# tests/run.sh fetches these two from npm; by hand: npm install --prefix build/node playwright-core axe-core
modules=${BOXSCORE_NODE_MODULES:-$BUILD/node/node_modules}
for module in playwright-core axe-core; do
    [ -d "$modules/$module" ] || skip "$module is not in $modules"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$BUILD/tests/test_site_site" --keep "$work/site"
"$BUILD/tests/test_site_site" --keep-several "$work/several"
for site in site several; do
    HOME=$work NODE_PATH=$modules node "$SOURCE/tests/site/browser.js" "$chromium" "$work/$site" || { echo "see above"; exit 1; }
done
