# shapes-runner keeps to the runner protocol, whatever it is sent.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
runner=${BUILD:?}/shapes-runner
images=$here/data/shapes/valid/images
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0
fail() { echo "FAIL: $1"; failed=1; }
line() { sed -n "$1p" "$tmp/out"; }
has() { case $(line "$1") in *"$2"*) ;; *) fail "line $1: expected $2, found $(line "$1" | cut -c1-200)" ;; esac; }

head -c 900 "$images/valid-001.jpg" >"$tmp/cut.jpg"
printf 'no image' >"$tmp/text.png"
: >"$tmp/empty.jpg"
{
    printf '{"id": 1, "image": "%s/valid-001.jpg", "width": 200, "surprise": [1]}\n' "$images"
    printf '{"id": 2, "image": "%s"}\n' "$tmp/cut.jpg" "$tmp/text.png" "$tmp/empty.jpg" "$tmp/absent.jpg" "$tmp"
    printf 'garbage\n\n{"id": 3}\n[1]\n"x"\n{"image": 7, "id": "seven"}\n'
    printf '{"id": 4, "image": "a\0b"}\n'
    head -c 300000 /dev/zero | tr '\0' '['
    printf '\n{"id": 5, "image": "%s/valid-004.png"}' "$images" # no newline before the end
} | "$runner" --min-score 0.05 >"$tmp/out" 2>"$tmp/err" || fail "exit status $? at the end of the input"
[ -s "$tmp/err" ] && fail "stderr: $(head -3 "$tmp/err")"
[ "$(wc -l <"$tmp/out")" -eq 15 ] || fail "$(wc -l <"$tmp/out") lines, expected 15"
[ "$(line 1)" = "$(line 1 | grep '^{"proto":1,"ready":true,"task":"detect","names":\["disc","ring","square","triangle","star"\],"runner":"shapes-runner ')" ] || fail "handshake: $(line 1)"
has 2 '"id":1,"ms":'
has 2 '"w":200,"h":150,"predictions":[{"class":'
has 3 '{"id":2,"error":"JPEG data end early"}'
has 4 '"error":"neither a JPEG nor a PNG"'
has 5 '"error":"the file is empty"'
has 6 '"error":"cannot open the file"'
has 7 '{"id":2,"error":'
for i in 8 10 11 13 14; do has $i '{"id":null,"error":"'; done
has 9 '{"id":3,"error":"'
has 12 '{"id":"seven","error":"'
has 15 '"w":150,"h":200,"predictions":['

# Every method and task answers; EXIF orientation is obeyed (this file is stored with its sides exchanged).
turned=$here/data/shapes/test/images/test-014.jpg
for method in threshold components edges regions; do
    printf '{"id": 1, "image": "%s"}\n' "$turned" | "$runner" --method $method --classifier corners >"$tmp/out" || fail "$method: exit status $?"
    has 2 '"w":640,"h":480,"predictions":[{"class":'
done
printf '{"id": 1, "image": "%s"}\n' "$turned" | "$runner" --task segment --classifier circularity >"$tmp/out"
has 1 '"task":"segment"'
has 2 '"poly":[['
printf '{"id": 1, "image": "%s"}\n' "$turned" | "$runner" --task obb --fill-holes --explain >"$tmp/out"
has 1 '"task":"obb"'
has 2 '"obb":['
has 2 '"features":['

# The same input twice: the same answers, but for the time.
for i in 1 2; do printf '{"id": 1, "image": "%s"}\n' "$turned" | "$runner" --method regions | sed 's/"ms":[0-9.]*//' >"$tmp/run$i"; done
cmp -s "$tmp/run1" "$tmp/run2" || fail "two runs differ"

# Wrong options: status 2, and which.
while read -r words; do
    # shellcheck disable=SC2086
    "$runner" $words </dev/null >"$tmp/out" 2>"$tmp/err"
    [ $? -eq 2 ] || fail "'$words': status not 2"
    grep -q "'${words%% *}'" "$tmp/err" || fail "'$words': $(cat "$tmp/err")"
done <<'END'
--method magic
--scale 0
--scale nan
--scale 1x
--min-score 2
--task
--classifier
--fast
END
"$runner" --help | grep -q '^Example: ' || fail "--help has no example"
# A host that goes away is no reason to crash.
{ printf '{"id": 1, "image": "%s"}\n' "$turned" "$turned" "$turned"; } | { "$runner" 2>"$tmp/err"; echo $? >"$tmp/status"; } | head -n 1 >/dev/null
[ "$(cat "$tmp/status")" -le 1 ] || fail "status $(cat "$tmp/status") after the host has gone"
exit $failed
