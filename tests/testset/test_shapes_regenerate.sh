# The committed shapes data set is what its generator draws: labels byte for byte, images too where the image libraries are the same ones.
set -eu
shapes=$(cd "$(dirname "$0")/../data/shapes" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
command -v "${CC:=cc}" >/dev/null || { echo "skipped: no C compiler"; exit 77; }
"$CC" -std=c11 -O2 -ffp-contract=off -o "$tmp/generate" "$shapes"/generator/*.c -lpng -ljpeg
"$tmp/generate" "$tmp/out"

files() { (cd "$1" && find . -type f ! -path "./generator/*" ! -name README.md | LC_ALL=C sort); }
files "$shapes" >"$tmp/committed"
files "$tmp/out" >"$tmp/drawn"
diff "$tmp/committed" "$tmp/drawn" || { echo "FAIL: not the same files"; exit 1; }

for f in test-seg/images test-obb/images; do
    [ "$(readlink "$shapes/$f")" = ../test/images ] || { echo "FAIL: $f is no link to the test images"; exit 1; }
done
other=0
while read -r f; do
    cmp -s "$shapes/$f" "$tmp/out/$f" && continue
    case $f in
    *.jpg | *.png) # another libjpeg or zlib packs the same picture a little differently
        a=$(wc -c <"$shapes/$f") b=$(wc -c <"$tmp/out/$f")
        [ $((a * 100)) -lt $((b * 108)) ] && [ $((b * 100)) -lt $((a * 108)) ] || { echo "FAIL: $f: $a bytes committed, $b drawn"; exit 1; }
        other=$((other + 1)) ;;
    *) echo "FAIL: $f differs"; diff "$shapes/$f" "$tmp/out/$f" | head -4 || true; exit 1 ;;
    esac
done <"$tmp/committed"
echo "$(wc -l <"$tmp/committed") files are as drawn, $other images packed differently"
kb=$(cat "$shapes"/*/images/*.??g | wc -c | awk '{ print int($1 / 1000) }') # the test images are counted three times here, by their links
[ "$kb" -lt 10000 ] || { echo "FAIL: the images take $kb KB"; exit 1; }
