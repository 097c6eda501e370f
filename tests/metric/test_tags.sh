# `boxscore eval --tags`: the numbers of each tag's images alone are those of these images as a list of their own.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
ann() { printf '{"id":%s,"image_id":%s,"category_id":1,"bbox":[10,10,40,40],"area":1600,"iscrowd":0}' "$1" "$1"; }
image() { printf '{"id":%s,"file_name":"%s","width":100,"height":100%s}' "$1" "$2" "${3:-}"; }
printf '{"categories":[{"id":1,"name":"cat"}],"images":[%s,%s,%s,%s],"annotations":[%s,%s,%s,%s]}' \
    "$(image 1 a/one.jpg ',"tags":["day"," mixed ","day"],"attributes":{"weather":"rain","crowded":true,"blurred":false,"lens":[1,2]}')" \
    "$(image 2 a/two.jpg ',"tags":"day","attributes":null,"extra":{"name":"x","user_tags":["mine"]}')" \
    "$(image 3 three.jpg ',"attributes":["night","\u202egnp"],"tags":[[[[["deep"]]]],7]')" "$(image 4 four.jpg ',"tags":["night","mixed"]')" \
    "$(ann 1)" "$(ann 2)" "$(ann 3)" "$(ann 4)" >"$dir/gt.json"
printf '[{"image_id":1,"category_id":1,"bbox":[10,10,40,40],"score":0.9},{"image_id":2,"category_id":1,"bbox":[10,10,40,40],"score":0.8},
    {"image_id":3,"category_id":1,"bbox":[60,60,30,30],"score":0.7}]' >"$dir/dt.json"

run() { # WHAT-IT-SAYS STATUS ARGUMENTS...
    want=$1 status=$2
    shift 2
    out=$("$BOXSCORE" eval -g "$dir/gt.json" -p "$dir/dt.json" "$@" 2>&1)
    got=$?
    case $got:$out in
    "$status":*"$want"*) ;;
    *) echo "FAIL: $*: expected status $status and '$want', found status $got: $out" && failed=1 ;;
    esac
}
row() { run "$1" 0 --tags "$dir/tags.csv"; }

# By hand: of two found AP is 1; of one of two, precision is 1 up to recall 0.5, which are 51 of 101 points.
run ' day                            2       2  1.0000  1.0000  1.0000' 0 --tags -
run ' mixed                          2       2  0.5050  0.5050' 0 --tags -
run ' night                          2       2  0.0000' 0 --tags -
for tag in 'weather: rain' crowded 'lens: 1' 'lens: 2' mine 7; do
    run " $tag " 0 --tags -
done
run '1 name of a tag left out' 0 --tags -
for none in blurred deep gnp; do
    case $out in *"$none"*) echo "FAIL: found the tag $none" && failed=1 ;; esac
done

# A list of one's own: names with and without folders or extension, headings, several in a cell, quotes.
printf 'file,tags\none.jpg,day;mixed\r\na/two.jpg,"day,""late"""\nthree,night | \nfour.jpg,night;mixed\n' >"$dir/tags.csv"
row ' day                            2       2  1.0000'
row ' night                          2       2  0.0000'
row ' "late"                         1       1  1.0000'
printf 'one.jpg,day\none.jpg,mixed\ntwo.jpg,day,mixed\nthre.jpg,night\n' >"$dir/tags.csv"
row " mixed                          2       2  1.0000"
row "1 of 4 rows names no image of the test set: line 4: 'thre.jpg' (is 'three.jpg' meant?)"
printf 'image,weather,indoor\none.jpg,rain,yes\ntwo.jpg,fog,no\n' >"$dir/tags.csv"
row ' weather: fog                   1 '
row ' indoor                         1 '
printf 'image,tag\nx.jpg,day\n' >"$dir/tags.csv"
run 'found no image of the test set' 3 --tags "$dir/tags.csv"
printf 'image,tag\n' >"$dir/tags.csv"
run 'found no row' 3 --tags "$dir/tags.csv"
printf 'one.jpg,"day\n' >"$dir/tags.csv"
run 'tags.csv:1: found quotes that do not end' 3 --tags "$dir/tags.csv"
run 'cannot open' 4 --tags "$dir/none.csv"
run '--tags: found --reference' 2 --tags - --reference

# Tags without end: as many as are scored, those with the most images.
i=0
while [ $i -lt 300 ]; do
    printf 'one.jpg,t%s\n' $i
    i=$((i + 1))
done >"$dir/tags.csv"
printf 'one.jpg,zz\ntwo.jpg,zz\n' >>"$dir/tags.csv"
row 'of 301 tags the 100 with the most images are scored'
row ' zz                             2 '

# What a tag's images have alone is what a list of them has, to the last digit.
printf 'one.jpg,mixed\nfour.jpg,mixed\nthree.jpg,mixed\n' >"$dir/tags.csv"
printf 'one.jpg\nfour.jpg\nthree.jpg\n' >"$dir/list"
for rule in --threads=1 --iou=0.5,0.75 --max-dets=1,10,500; do
    "$BOXSCORE" eval -g "$dir/gt.json" -p "$dir/dt.json" --csv --tags "$dir/tags.csv" $rule 2>/dev/null | sed -n 's/^slice\.\([a-z0-9_]*\),mixed,/\1,,/p' | sort >"$dir/slice"
    "$BOXSCORE" eval -g "$dir/gt.json" -p "$dir/dt.json" --csv --images-list "$dir/list" $rule 2>/dev/null | sort >"$dir/alone"
    [ "$(wc -l <"$dir/slice")" -gt 5 ] || { echo "FAIL: $rule: a slice of $(wc -l <"$dir/slice") numbers" && failed=1; }
    case $rule in
    --max-dets*) ;; # these are printed under the references' names
    *) [ -z "$(comm -23 "$dir/slice" "$dir/alone")" ] || { echo "FAIL: $rule: differ: $(comm -23 "$dir/slice" "$dir/alone")" && failed=1; } ;;
    esac
done
exit $failed
