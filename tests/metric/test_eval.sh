# `boxscore eval` on odd and broken files: what it says, and its exit status.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
gt='{"images":[{"id":1,"width":100,"height":80,"file_name":"a.jpg"}],"categories":[{"id":1,"name":"cat"}],"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[10,10,20,20],"area":400,"iscrowd":0,"segmentation":[[10,10,30,10,30,30,10,30]]}]}'
hit='{"image_id":1,"category_id":1,"score":0.9,"bbox":[10,10,20,20]}'

# expect STATUS TEXT GT DT [options]: the text must be in what is printed on either stream.
expect() {
    status=$1 text=$2
    printf '%s' "$3" > "$dir/gt.json"
    printf '%s' "$4" > "$dir/dt.json"
    shift 4
    out=$("$BOXSCORE" eval -g "$dir/gt.json" -p "$dir/dt.json" "$@" 2>&1)
    got=$?
    case $out in
    *"$text"*) ;;
    *) got="$got, without the text" ;;
    esac
    if [ "$got" != "$status" ]; then
        echo "FAIL: expected status $status and '$text', found status $got: $(printf '%s' "$out" | head -c 300)"
        failed=1
    fi
}
expect 0 'maxDets=100 ] = 1.000' "$gt" "[$hit]"
expect 0 'maxDets=100 ] = 0.000' "$gt" '[]'
expect 3 'element 1: ' "$gt" "[$hit,{\"image_id\":1,\"score\":0.9,\"bbox\":[1,1,2,2]}]"
expect 3 'found the image id 7' "$gt" '[{"image_id":7,"category_id":1,"score":0.9,"bbox":[1,1,2,2]}]'
expect 0 'left out, on images that the test set does not have: 7' "$gt" '[{"image_id":7,"category_id":1,"score":0.9,"bbox":[1,1,2,2]},{"image_id":1,"category_id":1,"score":0.9,"bbox":[1,1,2,2]}]'
expect 3 'negative' "$gt" '[{"image_id":1,"category_id":1,"score":0.9,"bbox":[1,1,-2,2]}]'
expect 3 "without 'score'" "$gt" '[{"image_id":1,"category_id":1,"bbox":[1,1,2,2]}]'
expect 3 "without 'bbox'" "$gt" '[{"image_id":1,"category_id":1,"score":1}]'
expect 3 'found 3 numbers' "$gt" '[{"image_id":1,"category_id":1,"score":1,"bbox":[1,2,3]}]'
expect 3 'element 0' "$gt" '[{"image_id":1,"category_id":1,"score":NaN,"bbox":[1,1,2,2]}]'
expect 3 'element 0' "$gt" '[{"image_id":1,"category_id":1,"score":1e999,"bbox":[1,1,2,2]}]'
expect 0 'IoU' "$gt" '[{"image_id":1,"category_id":1,"score":NaN,"bbox":[1,1,2,2]}]' --reference
expect 0 'IoU=0.75      | area=   all | maxDets=100 ] = 1.000' "$gt" '[{"image_id":1,"category_id":1,"score":0.9,"bbox":[10,10,NaN,20]}]' --reference
expect 3 'end of the file' "$gt" '[{"image_id":1,"category_id":1,"score":0.5,"bbox":[1,1'
expect 3 "without a list 'annotations'" "$gt" '{"annotation":[]}'
expect 3 'expected' "$gt" ''
expect 3 'segmentation' "$gt" "[$hit]" --task mask
expect 3 'run lengths' "$gt" '[{"image_id":1,"category_id":1,"score":0.9,"segmentation":{"size":[80,100],"counts":"5"}}]' --task mask
expect 3 '100 x 80' "$gt" '[{"image_id":1,"category_id":1,"score":0.9,"segmentation":{"size":[10,10],"counts":[100]}}]' --task mask
expect 3 "without 'segmentation'" "$gt" '[{"image_id":1,"category_id":1,"score":0.9,"segmentation":[[1,2,3,4]]}]' --task mask
expect 3 'obb' "$gt" "[$hit]" --task obb
expect 3 "no 'images'" '{"categories":[],"annotations":[]}' "[$hit]"
expect 3 "without 'iscrowd'" '{"images":[{"id":1}],"categories":[{"id":1,"name":"x"}],"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,1,2,2],"area":4}]}' '[]' --reference
expect 0 'IoU' '{"images":[{"id":1}],"categories":[{"id":1,"name":"x"}],"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,1,2,2]}]}' '[]'
expect 3 'second time' '{"images":[{"id":1}],"categories":[{"id":1,"name":"x"},{"id":1,"name":"y"}],"annotations":[]}' '[]'
expect 3 "'a.jpg' and 'b.jpg'" '{"images":[{"id":1,"file_name":"a.jpg"},{"id":1,"file_name":"b.jpg"}],"categories":[{"id":1,"name":"x"}],"annotations":[]}' '[]'
expect 0 'left out' '{"images":[{"id":1}],"categories":[{"id":1,"name":"x"}],"annotations":[{"id":1,"image_id":5,"category_id":1,"bbox":[1,1,2,2]}]}' '[]'
expect 0 'id 0' '{"images":[{"id":1}],"categories":[{"id":1,"name":"x"}],"annotations":[{"id":0,"image_id":1,"category_id":1,"bbox":[1,1,2,2]}]}' '[]'
expect 3 'neg_category_ids' "$gt" "[$hit]" --protocol lvis
lvis='{"images":[{"id":1,"width":100,"height":80,"neg_category_ids":[],"not_exhaustive_category_ids":[]}],"categories":[{"id":1,"name":"cat","frequency":"f"}],"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[10,10,20,20],"area":400,"segmentation":[[10,10,30,10,30,30,10,30]]}]}'
expect 0 '"AP50":0.9999999999999999,"AR@10":1,"ARs@10":1,' "$lvis" "[$hit]" --json --protocol lvis --iou 0.5,0.6 --max-dets 1,10
expect 0 '"AP75":0.9999999999999999,"AR@300":1,' "$lvis" "[$hit]" --json --protocol lvis
expect 2 '--iou' "$gt" "[$hit]" --iou 0.5,
expect 2 '--max-dets' "$gt" "[$hit]" --max-dets 10,1
expect 2 'expected box, mask or obb' "$gt" "[$hit]" --task cube
expect 0 'map,,' "$gt" "[$hit]" --csv
expect 0 'f1,cat,1' "$gt" "[$hit]" --csv --per-class
expect 0 '"stats"' "$gt" "[$hit]" --json --iou 0.01:1:0.01
expect 0 '"iou_thresholds":[0.5,0.75]' "$gt" "[$hit]" --json --iou 0.5,0.75
expect 0 'has an area below 0' "$(printf '%s' "$gt" | sed 's/"area":400/"area":-5/')" "[$hit]"
expect 3 "no 'annotations'" '{"images":[{"id":1}],"categories":[{"id":1,"name":"x"}]}' '[]'
expect 3 'annotation 1 without mask' '{"images":[{"id":1,"width":9,"height":9}],"categories":[{"id":1,"name":"x"}],"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,1,2,2],"area":4,"segmentation":[]}]}' '[]' --task mask
expect 2 '--threads' "$gt" "[$hit]" --threads -1
expect 2 'expected one of them' "$gt" "[$hit]" --json --csv
expect 2 'average precision and recall alone' "$gt" "[$hit]" --all --protocol lvis
expect 0 'Miss  missed' "$gt" "[$hit]" --all
expect 0 'expected calibration error 0.1000' "$gt" "[$hit]" --all
expect 0 '1 right, 0 missed, 0 on nothing' "$gt" "[$hit]" --all
expect 0 '1 of 1 without an error' "$gt" "[$hit]" --all
expect 0 'tide.ap50,,100' "$gt" "[$hit]" --csv
expect 0 'ar_7,,1' "$gt" "[$hit]" --csv --max-dets 7
# Rules of one's own.
expect 0 'Protocol coco/1;dets=7' "$gt" "[$hit]" --max-dets 1,7
expect 0 '(7 detections, IoU 0.50:0.60, sizes tiny (0 to 16² px), rest (from 16² px), of cat)' "$gt" "[$hit]" --max-dets 1,7 --iou 0.5:0.6:0.05 --sizes tiny:0-16^2,rest:16^2- --classes cat
expect 0 'IoU=0.50:0.60 | area=  rest | maxDets=  7 ] = 1.000' "$gt" "[$hit]" --max-dets 1,7 --iou 0.5:0.6:0.05 --sizes tiny:0-16^2,rest:16^2-
expect 0 'AP75 AP_tiny AP_rest      AR' "$gt" "[$hit]" --per-class --sizes tiny:0-16^2,rest:16^2-
expect 0 'Maximum F1         (macro) @[ IoU=0.50 ] = 1.000' "$gt" "[$hit]" --iou 0.7,0.9
expect 0 '"protocol":"coco/1;relative-sizes=part:0-0.05,rest:0.05-1"' "$gt" "[$hit]" --json --relative-sizes part:0-0.05,rest:0.05-
expect 0 '"protocol":"coco-reference/1;iou=0.75"' "$gt" "[$hit]" --json --reference --iou 0.75
expect 0 '"relative_sizes":[{"name":"part","min":0,"max":0.05},' "$gt" "[$hit]" --json --relative-sizes part:0-0.05,rest:0.05-
expect 0 'protocol,,coco/1;sizes=tiny:0-256' "$gt" "[$hit]" --csv --sizes tiny:0-256
expect 0 'map_size_2,,0.99' "$gt" "[$hit]" --csv --sizes tiny:0-256,all-of-it:0-
expect 0 'f1_size_2,,1' "$gt" "[$hit]" --csv --sizes tiny:0-256,all-of-it:0-
expect 0 'supervision: none' "$gt" "[$hit]" --all --sizes tiny:0-256
expect 2 "--sizes: found the size 'tiny:0'" "$gt" "[$hit]" --sizes tiny:0
expect 2 "size 'tiny': found 256 to 16" "$gt" "[$hit]" --sizes tiny:16^2-16
expect 2 "found the size 'tiny' a second time" "$gt" "[$hit]" --sizes tiny:0-1,tiny:1-2
expect 2 'found --sizes and --relative-sizes' "$gt" "[$hit]" --sizes tiny:0-1 --relative-sizes tiny:0-1
expect 2 'shares of the image' "$gt" "[$hit]" --relative-sizes tiny:0-2
expect 2 'threshold 0.5 after 0.75, expected ascending ones' "$gt" "[$hit]" --iou 0.75,0.5
expect 2 'IoU thresholds, expected at most 128' "$gt" "[$hit]" --iou 0.001:1:0.001
expect 2 "--classes: found 'cat,'" "$gt" "[$hit]" --classes cat,
expect 2 'among those to score and those to ignore' "$gt" "[$hit]" --classes cat --ignore-classes cat
expect 2 'among those to score and those of ignored regions' "$gt" "[$hit]" --classes cat --ignore-regions cat
expect 2 "--ignore-regions: found 'cat,'" "$gt" "[$hit]" --ignore-regions cat,
expect 3 "found 'cats', expected a class of the test set; did you mean 'cat'?" "$gt" "[$hit]" --classes cats
expect 0 '"protocol":"lvis/1;dets=100"' "$lvis" "[$hit]" --json --protocol lvis --max-dets 100
expect 0 'Protocol lvis/1;dets=100' "$lvis" "[$hit]" --protocol lvis --max-dets 100
expect 0 '"protocol":"lvis/1",' "$lvis" "[$hit]" --json --protocol lvis --max-dets 300
expect 0 '"protocol":"coco/1",' "$gt" "[$hit]" --json --max-dets 1,100
# A class that is not scored has no line, and supervision no numbers where some are ignored.
two=$(printf '%s' "$gt" | sed 's/{"id":1,"name":"cat"}/&,{"id":2,"name":"dog"}/')
for rule in --classes=cat --ignore-classes=dog; do
    expect 0 'objects,cat,1' "$two" "[$hit]" --csv --per-class "$rule"
    case $out in
    *,dog,*) echo "FAIL: $rule: a line of the class dog" && failed=1 ;;
    esac
    case $rule$out in
    --ignore*sv.*) echo "FAIL: $rule: a line of supervision's" && failed=1 ;;
    esac
done
printf 'a.jpg\n\0b.jpg\n' >"$dir/list"
expect 3 'found a NUL at byte 6' "$gt" "[$hit]" --images-list "$dir/list"
expect 2 '--sizes: found --protocol lvis' "$gt" "[$hit]" --sizes tiny:0-1 --protocol lvis
expect 3 "found no width and height" '{"images":[{"id":1}],"categories":[{"id":1,"name":"x"}],"annotations":[]}' '[]' --relative-sizes a:0-1
echo a.jpg >"$dir/list"
expect 0 'coco/1;images=1-names-' "$gt" "[$hit]" --images-list "$dir/list"
echo b.jpg >"$dir/list"
expect 3 "list:1: found 'b.jpg', expected the name of an image of the test set" "$gt" "[$hit]" --images-list "$dir/list"
expect 4 'No such file' "$gt" "[$hit]" --images-list "$dir/none"
# Both masks have a run of length zero at one place: pycocotools' IoU stops there and sees 9 of 9 pixels shared; in truth 9 of 18 are.
zero='{"images":[{"id":1,"width":10,"height":10}],"categories":[{"id":1,"name":"x"}],"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[0,0,10,10],"area":9,"iscrowd":0,"segmentation":{"size":[10,10],"counts":[1,9,0,0,90]}}]}'
wide='[{"image_id":1,"category_id":1,"score":0.9,"bbox":[0,0,10,10],"segmentation":{"size":[10,10],"counts":[1,9,0,0,0,9,81]}}]'
expect 0 'IoU=0.50      | area=   all | maxDets=100 ] = 1.000' "$zero" "$wide" --task mask
expect 0 'IoU=0.75      | area=   all | maxDets=100 ] = 0.000' "$zero" "$wide" --task mask
expect 0 'runs of length zero' "$zero" "$wide" --task mask
expect 0 'IoU=0.75      | area=   all | maxDets=100 ] = 1.000' "$zero" "$wide" --task mask --reference

expect 0 '1 of 2 masks comes with a box beside' "$zero" '[{"image_id":1,"category_id":1,"score":0.9,"bbox":[0,0,10,10],"segmentation":[[0,0,5,0,5,5]]},{"image_id":1,"category_id":1,"score":0.8,"segmentation":[[0,0,5,0,5,5]]}]' --task mask
# Of counts that come twice the last hold, however quickly they are read.
tiny='{"images":[{"id":1,"width":2,"height":2}],"categories":[{"id":1,"name":"x"}],"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[0,0,2,2],"area":2,"iscrowd":0,"segmentation":{"size":[2,2],"counts":[1,2,1]}}]}'
expect 0 'IoU=0.75      | area=   all | maxDets=100 ] = 1.000' "$tiny" '[{"image_id":1,"category_id":1,"score":0.9,"segmentation":{"size":[2,2],"counts":"04","counts":"121"}}]' --task mask
expect 0 'IoU=0.75      | area=   all | maxDets=100 ] = 0.000' "$tiny" '[{"image_id":1,"category_id":1,"score":0.9,"segmentation":{"size":[2,2],"counts":"121","counts":"04"}}]' --task mask
expect 0 'IoU=0.75      | area=   all | maxDets=100 ] = 1.000' "$tiny" '[{"image_id":1,"category_id":1,"score":0.9,"segmentation":{"size":[2,2],"counts":"04","counts":[1,2,1]}}]' --task mask
expect 0 'IoU=0.75      | area=   all | maxDets=100 ] = 1.000' "$tiny" '[{"image_id":1,"category_id":1,"score":0.9,"segmentation":{"size":[2,2],"counts":[0,4],"counts":"121"}}]' --task mask

# Whatever the number of threads, the same bytes: on files long enough to be read in several blocks.
python3 metric/make_many.py "$dir"
for task in box mask; do
    for j in 1 2 5; do
        "$BOXSCORE" eval -g "$dir/many-gt.json" -p "$dir/many-dt.json" --task $task --json -j $j >"$dir/$task.$j" 2>/dev/null || failed=1
    done
    if ! cmp "$dir/$task.1" "$dir/$task.2" || ! cmp "$dir/$task.1" "$dir/$task.5" || [ ! -s "$dir/$task.1" ]; then
        echo "FAIL: $task: the numbers depend on the number of threads"
        failed=1
    fi
done
# Runs of length zero cannot make a mask larger than its image says, in answers and in labels; text is as long as it is, not up to a NUL.
one() { printf '[{"image_id":1,"category_id":1,"score":0.9,"segmentation":{"size":[2,2],"counts":%s}}]' "$1"; }
labelled() { printf '%s' "$tiny" | sed "s/\[1,2,1\]/$1/"; }
expect 0 'IoU=0.75      | area=   all | maxDets=100 ] = 1.000' "$tiny" "$(one '"121NO"')" --task mask
expect 3 'more than 5 run lengths' "$tiny" "$(one '"121NO0"')" --task mask
expect 3 'more than 5 run lengths' "$tiny" "$(one '"121NO000"')" --task box
expect 0 'IoU' "$tiny" "$(one '"121NO000"')" --task mask --reference
expect 0 'IoU' "$(labelled '[1,2,1,0,0]')" "$(one '"121"')" --task mask
expect 3 'more than 5 run lengths' "$(labelled '[1,2,1,0,0,0]')" "$(one '"121"')" --task mask
expect 3 'more than 5 run lengths' "$(labelled '"121NO0"')" "$(one '"121"')" --task mask
expect 3 'more than 5 run lengths' "$(labelled '[1,2,1,0,0,0]' | sed 's/"width":2,"height":2/"file_name":"of no size"/')" "$(one '"121"')" --task mask
expect 3 'found byte 0' "$tiny" "$(one '"12\u0000"')" --task mask
expect 3 'found byte 0' "$(labelled '"12\\u0000"')" "$(one '"121"')" --task mask

# What names hold never reaches a terminal as it is.
odd() { printf '%s' "$gt" | sed 's/"name":"cat"/"name":"c\\u001b[31ma\\u202et\\u200b"/; s/a\.jpg/a\\u0007\\u2066.jpg/'; }
miss='[{"image_id":1,"category_id":1,"score":0.9,"bbox":[60,60,2,2]}]'
expect 0 ' c\u001b[31ma\u202et\u200b ' "$(odd)" "$miss" --per-class
expect 0 'a\u0007\u2066.jpg' "$(odd)" "$miss" --all
expect 0 '(of c\u001b[31ma\u202et\u200b)' "$(odd)" "$miss" --classes "$(printf 'c\033[31ma\342\200\256t\342\200\213')"

# Under --classes the matrix is that of the classes that are scored, closed up: 1 is the background of one class.
pets='{"images":[{"id":1,"width":100,"height":80}],"categories":[{"id":3,"name":"ant"},{"id":5,"name":"bee"},{"id":9,"name":"cat"}],"annotations":[{"id":1,"image_id":1,"category_id":9,"bbox":[10,10,20,20],"area":400,"iscrowd":0},{"id":2,"image_id":1,"category_id":9,"bbox":[60,10,20,20],"area":400,"iscrowd":0}]}'
expect 0 '"classes":[9],"nonzero":[[0,0,1],[0,1,1]]}' "$pets" '[{"image_id":1,"category_id":9,"score":0.9,"bbox":[10,10,20,20]}]' --json --classes cat
expect 0 '"classes":[3,5,9],"nonzero":[[2,2,1],[2,3,1]]}' "$pets" '[{"image_id":1,"category_id":9,"score":0.9,"bbox":[10,10,20,20]}]' --json
if command -v python3 >/dev/null; then
    python3 metric/eval_formats.py "$BOXSCORE" data/shapes "$dir" || failed=1
fi

# One image, and of one model nothing: where there is no interval none is explained, and one is one.
printf '%s' "$gt" >"$dir/gt.json"
printf '[%s]' "$hit" >"$dir/dt.json"
printf '[]' >"$dir/empty.json"
out=$("$BOXSCORE" compare -g "$dir/gt.json" -p "$dir/dt.json" -p "$dir/empty.json" 2>&1)
for words in '100.00    0.00  +100.00                        too few' "1 of the test set's 1 image has no detections, as 'a.jpg'" '1 class with objects on fewer than 10 images'; do
    case $out in
    *"$words"*) ;;
    *) echo "FAIL: compare does not say '$words': $out"; failed=1 ;;
    esac
done
case $out in
*'interval says'* | *'class (AP)'*) echo "FAIL: compare explains what is not there: $out"; failed=1 ;;
esac
"$BOXSCORE" eval -g "$dir/none.json" -p "$dir/dt.json" 2>/dev/null
[ $? -ne 0 ] || failed=1
exit $failed
