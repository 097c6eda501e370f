#!/bin/sh
# test_places.sh: numbers that only boxscore gave. A board does not tell images by them, eval does where they are 1 to the last, and warns; of classes
# the row says that they are, and names are asked for where another order fits better.
. "$SOURCE/tests/runner/lib.sh"

board places
mkdir set
for i in 1 2 3 4 5 6 7; do
    cp "$(ls "$SOURCE"/tests/data/shapes/valid/images/*.jpg | sed -n ${i}p)" set/x$i.jpg
done
box() { # box NAME X
    printf '<object><name>%s</name><bndbox><xmin>%d</xmin><ymin>11</ymin><xmax>%d</xmax><ymax>20</ymax></bndbox></object>' "$1" "$2" $(($2 + 9))
}
dt() { # dt IMAGE CATEGORY X
    printf '{"image_id": %s, "category_id": %d, "bbox": [%d, 10, 10, 10], "score": 0.9},\n' "$1" "$2" $(($3 - 1))
}
for i in 1 2 3 4 5 6 7; do
    printf '<annotation><filename>x%d.jpg</filename>%s%s%s</annotation>' $i "$(box zebra 1)" "$(box ant 21)" "$(box moth 41)" >set/x$i.xml
    { dt $i 0 21 && dt $i 1 41 && dt $i 2 1; } >>places
    { dt "\"x$i\"" 0 21 && dt "\"x$i\"" 1 41 && dt "\"x$i\"" 2 1; } >>sorted # zebra is the last of the names
    { dt "\"x$i\"" 1 1 && dt "\"x$i\"" 2 41 && dt "\"x$i\"" 3 21; } >>own    # from 1, in an order of its own
done
list() {
    printf '['
    sed '$s/,$//' "$1"
    printf ']\n'
}
sed -i 's|"path": .*"images": [^}]*|"path": "set"|' boxscore.json
for m in places sorted own; do
    list $m >models.d/$m.txt
    printf '{"format": 1, "name": "%s", "task": "detect", "backend": {"type": "predictions", "file": "%s.txt"}}\n' $m $m >models.d/$m.json
done
sed 's/"file"/"categories": {"1": "zebra", "2": "moth", "3": "ant"}, "file"/; s/own"/named"/' models.d/own.json >models.d/named.json
sed -i 's/named.txt/own.txt/' models.d/named.json
expect 1 "a night" "$BOXSCORE" run
said "places: failed: places.txt: found the image id 1, and no detection on an image of the test set"
said 'Name each: "categories": {"1": …}; or, if that order is the model'"'"'s: "category_base": 1'
equals "named|1.0
sorted|1.0" "SELECT model, map FROM leaderboard ORDER BY model" "what has numbers"
expect 0 "the row" "$BOXSCORE" status -v
said "remark: COCO results: its images are told by the stem of the file name; the test set's classes have no numbers; its category ids are taken for their place in the order of names, so that 0 is 'ant'"
expect 0 "eval by place" "$BOXSCORE" eval -g set -p models.d/places.txt --csv
said "warning: the test set's images have no ids, and its image_id are at most 7"
said "map,,1"
expect 3 "another order of classes" "$BOXSCORE" eval -g set -p models.d/own.txt
said "Name each: --categories '1=…,2=…'"
expect 0 "each named" "$BOXSCORE" eval -g set -p models.d/own.txt --categories 1=zebra,2=moth,3=ant --csv
said "map,,1"
finish
