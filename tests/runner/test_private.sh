# A private board: no page, data file or feed has an image's name, what a model printed, or numbers of few images; switched on, nothing of before stays.
. ./runner/lib.sh

mkdir -p "$dir/p/models.d/bin" "$dir/p/images"
cd "$dir/p"
image=$(ls "$SOURCE"/tests/data/shapes/valid/images/* | head -1)
i=1
while [ $i -le 12 ]; do # every encoding of a name keeps its letters
    n="qzx &é$(printf %02d $i)"
    { cat "$image" && printf '%s' "$i"; } >"images/$n.png"
    printf '{"id":%s,"file_name":"%s.png","tags":["%s"]}' $i "$n" "$([ $i -le 2 ] && echo scarce || echo common)" >>list.images
    printf '{"id":%s,"image_id":%s,"category_id":1,"bbox":[1,1,20,20],"area":400,"iscrowd":0}' $i $i >>list.annotations
    [ $i -gt 9 ] || printf '{"id":%s,"image_id":%s,"category_id":2,"bbox":[5,5,9,9],"area":81,"iscrowd":0}' $((i + 20)) $i >>list.annotations
    printf '{"image_id":%s,"category_id":1,"bbox":[1,1,20,20],"score":0.%s}' $i $((99 - i)) >>list.detections
    i=$((i + 1))
done
joined() { sed 's/}{/},{/g' list.$1; }
printf '{"categories":[{"id":1,"name":"often"},{"id":2,"name":"seldom"}],"images":[%s],"annotations":[%s]}' "$(joined images)" "$(joined annotations)" >gt.json
printf '[%s]' "$(joined detections)" >models.d/dt.txt
cat >models.d/file.json <<END
{"format": 1, "name": "A file", "task": "detect", "license": "MIT", "backend": {"type": "predictions", "file": "dt.txt"}}
END
cat >models.d/tells.json <<END
{"format": 1, "name": "It tells", "task": "detect", "license": "MIT",
 "backend": {"type": "command", "program": "bin/tells.sh", "args": []}}
END
printf '#!/bin/sh\necho "qzx printed" >&2\nexit 3\n' >models.d/bin/tells.sh
chmod +x models.d/bin/tells.sh
settings() {
    cat >boxscore.json <<END
{"format": 1, "boards": [{"slug": "box", "test_set": {"path": "gt.json", "images": "images"}$1}, {"slug": "few", "max_detections": 1, "test_set": {"path": "gt.json", "images": "images"}}],
 "template": "$SOURCE/site-template", "allow": [{"models": "*", "reason": "a test"}], "limits": {"free_disk": 0}, "threads": 1}
END
}
shows() { grep -rqsF -- "$1" site; }

settings ''
expect 1 "a night in the open" "$BOXSCORE" nightly
shows "qzx printed" || wrong "what a model printed is not there: nothing is tested"
shows "scarce" || wrong "a tag of two images is not there: nothing is tested"
grep -q '<bdi>seldom</bdi>' site/b/box/m/file.html || wrong "a class on nine images is not there: nothing is tested"

settings ', "private": true'
expect 1 "a private night" "$BOXSCORE" nightly
for text in qzx scarce; do
    ! shows "$text" || wrong "a private board, or the other one of its images, shows '$text': $(grep -rlF "$text" site | head -3 | tr '\n' ' ')"
done
for page in site/b/box/m/file.html site/b/few/m/file.html; do
    ! grep -q '<th scope="row"><bdi>seldom</bdi>' $page || wrong "$page: a row of a class on nine images"
    grep -q '<th scope="row"><bdi>often</bdi>' $page || wrong "$page: no row of a class on twelve images"
    grep -q 'common' $page || wrong "$page: no tag of ten images"
done
! grep -rqE '^"?seldom|"seldom": *\{' site/data || wrong "numbers of a class on nine images: $(grep -rlE '^"?seldom|"seldom": *\{' site/data)"
shows "the test set is private" || wrong "nothing says why there is no reason"
shows "private: no image" || wrong "the board does not say that it is private"
expect 0 "what a template sees" "$BOXSCORE" render --board box --dump index.html
said '{"name": "often", "last": true}'
expect 0 "what the operator exports is whole" "$BOXSCORE" export --board box -o out file
grep -q 'qzx' out/gt.json || wrong "an export has no names"
said "private"

printf 'x' >gt.json
expect 3 "labels that cannot be read" "$BOXSCORE" nightly
! shows qzx || wrong "a board that could not be read is private no more"
finish
