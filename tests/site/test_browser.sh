#!/bin/sh
# The pages of a fabricated site in headless Chromium: every kind of page, three widths, light and dark, with and without JavaScript. Nothing overflows, fails to load,
# breaks the content security policy or a rule of WCAG 2.2 AA (axe-core), and the filters work without a script. The checks are in browser.js.
set -eu
skip() { echo "skipped: $1"; exit 77; }

chromium=$(command -v chromium || command -v chromium-browser) || skip "there is no chromium here (package chromium)"
command -v node >/dev/null || skip "there is no node here (package nodejs)"

modules=$BUILD/browser
if [ ! -d "$modules/node_modules/playwright-core" ] || [ ! -d "$modules/node_modules/axe-core" ]; then
    command -v npm >/dev/null || skip "there is no npm here to fetch playwright-core and axe-core (package npm)"
    mkdir -p "$modules"
    npm install --prefix "$modules" --no-save --no-audit --no-fund --silent playwright-core axe-core >"$modules/npm.log" 2>&1 ||
        skip "npm cannot fetch playwright-core and axe-core"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$BUILD/tests/test_site_site" --keep "$work/site"
HOME=$work NODE_PATH=$modules/node_modules node "$SOURCE/tests/site/browser.js" "$chromium" "$work/site" || { echo "see above"; exit 1; }
