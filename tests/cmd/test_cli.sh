#!/bin/sh
# test_cli.sh: what every verb has in common: help with an example, unknown options, the man page, a closed standard output.
set -u
failed=0
fail() { echo "FAIL: $*"; failed=1; }

"$BOXSCORE" --help >help.$$ || fail "--help"
trap 'rm -f help.$$ out.$$' EXIT
verbs=$(sed -n 's/^  \([a-z]*\) .*/\1/p' help.$$)
[ -n "$verbs" ] || fail "--help lists no verbs"
for verb in $verbs; do
    "$BOXSCORE" "$verb" --help >out.$$ 2>&1 || fail "$verb --help"
    [ "$(grep -c "^usage: boxscore $verb" out.$$)" = 1 ] || fail "$verb --help does not say how it is called"
    grep -v '^usage:' out.$$ | grep -q "^  .*boxscore $verb" || fail "$verb --help has no example"
    "$BOXSCORE" "$verb" --no-such-option >out.$$ 2>&1
    [ $? = 2 ] || fail "$verb takes --no-such-option"
    grep -q 'no-such-option' out.$$ || fail "$verb does not name the unknown option"
    grep -q "^\.B $verb\b" "$SOURCE/cmd/boxscore.1" || grep -q "^\.BR $verb\b" "$SOURCE/cmd/boxscore.1" || fail "the man page does not know '$verb'"
done
"$BOXSCORE" >out.$$ 2>&1; [ $? = 2 ] || fail "no verb: status"
"$BOXSCORE" chekc >out.$$ 2>&1; [ $? = 2 ] || fail "unknown verb: status"
grep -q "unknown verb 'chekc'" out.$$ || fail "unknown verb: message"
"$BOXSCORE" --version | grep -q '^boxscore [0-9]' || fail "--version"
ldd "$BOXSCORE" | grep -E 'libcurl|libarchive|libcrypto' >out.$$
grep -q libcrypto out.$$ && [ "$(wc -l <out.$$)" = 1 ] || fail "every command loads what few of them call: $(cat out.$$)"
if [ -w /dev/full ]; then
    "$BOXSCORE" --help >/dev/full 2>out.$$; [ $? = 4 ] || fail "a full standard output goes unnoticed"
fi
{ sleep 1; "$BOXSCORE" --help 2>out.$$; echo "status $?" >>out.$$; } | true
[ "$(cat out.$$)" = "status 0" ] || fail "a reader that has read enough: $(cat out.$$)"
exit $failed
