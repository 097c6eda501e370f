# Tags on a board: each tag's images are scored by themselves, the worst of enough images is named, and another list asks no model.
. ./runner/lib.sh

mkdir -p "$dir/t/models.d" "$dir/t/images"
cd "$dir/t"
image=$(ls "$SOURCE"/tests/data/shapes/valid/images/* | head -1)
i=1
while [ $i -le 40 ]; do # their bytes differ behind the image's end
    n=$(printf %02d $i)
    { cat "$image" && printf '%s' "$n"; } >images/$n.png
    printf '{"id":%s,"file_name":"%s.png"}' $i $n >>list.images
    printf '{"id":%s,"image_id":%s,"category_id":1,"bbox":[1,1,20,20],"area":400,"iscrowd":0}' $i $i >>list.annotations
    [ $i -le 10 ] && x=30 || x=1
    printf '{"image_id":%s,"category_id":1,"bbox":[%s,1,20,20],"score":0.%s}' $i $x $((99 - i)) >>list.detections
    i=$((i + 1))
done
joined() { sed 's/}{/},{/g' list.$1; }
printf '{"categories":[{"id":1,"name":"disc"}],"images":[%s],"annotations":[%s]}' "$(joined images)" "$(joined annotations)" >gt.json
printf '[%s]' "$(joined detections)" >models.d/dt.txt
cat >models.d/file.json <<END
{"format": 1, "name": "A file", "task": "detect", "license": "MIT", "backend": {"type": "predictions", "file": "dt.txt"}}
END
settings() {
    cat >boxscore.json <<END
{"format": 1, "boards": [{"slug": "box", "test_set": {"path": "gt.json", "images": "images"}$1}], "template": "$SOURCE/site-template",
 "limits": {"free_disk": 0}, "threads": 1}
END
}
tag() { # tag NAME FROM TO
    i=$2
    while [ $i -le $3 ]; do
        printf '%02d.png,%s\n' $i "$1"
        i=$((i + 1))
    done
}

settings ''
expect 0 "a night without tags" "$BOXSCORE" nightly
expect 0 "its board" "$BOXSCORE" export --json
said '"slices": []'
equals "1|0" "SELECT count(*), sum(subset <> '') FROM reports" "one report"

# Of 32 and of 30 images, and of 10 that are worse, which are too few; hostile names.
{ tag many 1 32; tag last 11 40; tag few 1 10; tag '<b>&"x' 1 2; tag "$(printf '\326\220')" 3 4; tag "$(printf '\327\220\327\221')" 5 6; } >tags.csv
settings ', "tags": "tags.csv"'
expect 0 "with tags it is scored again" "$BOXSCORE" run
said "1 scored again"
expect 0 "and that is all" "$BOXSCORE" run
said "nothing is due"
equals "1" "SELECT count(*) FROM evaluation" "it was not asked again"
expect 0 "the board" "$BOXSCORE" export --json
cp "$dir/out" board.json
value() { # value TAG METRIC
    sqlite3 :memory: "SELECT json_extract(s.value, '\$.metrics.$2') FROM json_each(readfile('board.json'), '\$.models[0].slices') s WHERE json_extract(s.value, '\$.tag') = '$1'"
}
for t in many:1:32 last:11:40 few:1:10; do
    name=${t%%:*} range=${t#*:}
    tag x ${range%:*} ${range#*:} | cut -d, -f1 >of.txt
    "$BOXSCORE" eval -q -g gt.json -p models.d/dt.txt --images images --images-list of.txt --csv >of.csv 2>/dev/null
    for m in map map_50 max_f1; do
        want=$(sed -n "s/^$m,,\([^,]*\).*/\1/p" of.csv | tr -d '\r')
        got=$(value $name $([ $m = max_f1 ] && echo f1 || echo $m))
        [ "$(printf '%.12f' "$got")" = "$(printf '%.12f' "$want")" ] || wrong "tag $name: $m is '$got', of these images alone it is '$want'"
    done
done

expect 0 "the site" "$BOXSCORE" render
page=site/b/box/m/file.html
[ -e $page ] || page=$(find site -name file.html | head -1)
grep -q 'Worst on <b><bdi>many</bdi></b>: mAP .* on 32 images' $page || wrong "the worst tag of at least 30 images is not named"
grep -q '<bdi>&lt;b&gt;&amp;&quot;x</bdi>' $page || wrong "a tag with markup is not there, or not escaped"
! grep -q '<b>&"x' $page || wrong "a tag is written as markup"

# A model that comes later has its tags' numbers from the night that asks it.
sed 's/A file/A later file/' models.d/file.json >models.d/later.json
expect 0 "a new model" "$BOXSCORE" run
expect 0 "and no more" "$BOXSCORE" run
said "nothing is due"
rm models.d/later.json

# Another list is another look at the same answers; so is none.
{ tag day 1 20; tag night 21 40; } >tags.csv
expect 0 "other tags" "$BOXSCORE" nightly
said "1 scored again"
grep -q 'No tag is on 30 images' $page || wrong "a tag of too few images is named"
! grep -q '<bdi>many</bdi>' $page || wrong "a tag that is gone is still there"
expect 0 "scored anew" "$BOXSCORE" rescore
unsaid "no board has any more"
printf 'nothing.png,day\n' >tags.csv
expect 3 "a list of no image" "$BOXSCORE" nightly
said "found no image of the test set: line 1: 'nothing.png'"
settings ', "tags": 7'
expect 3 "no list" "$BOXSCORE" run --dry-run
said "'tags': found 7, expected a CSV"
settings ', "tags": false'
expect 0 "no tags" "$BOXSCORE" nightly
! grep -q 'By tag' $page || wrong "a table of tags without any"
equals "2" "SELECT count(*) FROM evaluation" "they were never asked again"
finish
