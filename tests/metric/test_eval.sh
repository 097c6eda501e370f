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
expect 3 'element 1: ' "$gt" "[$hit,{\"image_id\":7,\"category_id\":1,\"score\":0.9,\"bbox\":[1,1,2,2]}]"
expect 3 'found the image id 7' "$gt" '[{"image_id":7,"category_id":1,"score":0.9,"bbox":[1,1,2,2]}]'
expect 3 'found the image id 7' "$gt" '[{"image_id":7,"image_id":1,"category_id":1,"score":0.9,"bbox":[1,1,2,2]}]'
expect 3 'negative' "$gt" '[{"image_id":1,"category_id":1,"score":0.9,"bbox":[1,1,-2,2]}]'
expect 3 "without 'score'" "$gt" '[{"image_id":1,"category_id":1,"bbox":[1,1,2,2]}]'
expect 3 "without 'bbox'" "$gt" '[{"image_id":1,"category_id":1,"score":1}]'
expect 3 'found 3 numbers' "$gt" '[{"image_id":1,"category_id":1,"score":1,"bbox":[1,2,3]}]'
expect 3 'element 0' "$gt" '[{"image_id":1,"category_id":1,"score":NaN,"bbox":[1,1,2,2]}]'
expect 3 'element 0' "$gt" '[{"image_id":1,"category_id":1,"score":1e999,"bbox":[1,1,2,2]}]'
expect 0 'IoU' "$gt" '[{"image_id":1,"category_id":1,"score":NaN,"bbox":[1,1,2,2]}]' --reference
expect 0 'IoU=0.75      | area=   all | maxDets=100 ] = 1.000' "$gt" '[{"image_id":1,"category_id":1,"score":0.9,"bbox":[10,10,NaN,20]}]' --reference
expect 3 'end of the file' "$gt" '[{"image_id":1,"category_id":1,"score":0.5,"bbox":[1,1'
expect 3 'expected' "$gt" '{"annotations":[]}'
expect 3 'expected' "$gt" ''
expect 3 'segmentation' "$gt" "[$hit]" --task mask
expect 3 'run lengths' "$gt" '[{"image_id":1,"category_id":1,"score":0.9,"segmentation":{"size":[80,100],"counts":"5"}}]' --task mask
expect 3 '100 x 80' "$gt" '[{"image_id":1,"category_id":1,"score":0.9,"segmentation":{"size":[10,10],"counts":[100]}}]' --task mask
expect 3 'at least 6' "$gt" '[{"image_id":1,"category_id":1,"score":0.9,"segmentation":[[1,2,3,4]]}]' --task mask
expect 3 'obb' "$gt" "[$hit]" --task obb
expect 3 "no 'images'" '{"categories":[],"annotations":[]}' "[$hit]"
expect 3 "without 'iscrowd'" '{"images":[{"id":1}],"categories":[{"id":1,"name":"x"}],"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,1,2,2],"area":4}]}' '[]' --reference
expect 0 'IoU' '{"images":[{"id":1}],"categories":[{"id":1,"name":"x"}],"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,1,2,2]}]}' '[]'
expect 3 'second time' '{"images":[{"id":1}],"categories":[{"id":1,"name":"x"},{"id":1,"name":"y"}],"annotations":[]}' '[]'
expect 3 "'a.jpg' and 'b.jpg'" '{"images":[{"id":1,"file_name":"a.jpg"},{"id":1,"file_name":"b.jpg"}],"categories":[{"id":1,"name":"x"}],"annotations":[]}' '[]'
expect 0 'left out' '{"images":[{"id":1}],"categories":[{"id":1,"name":"x"}],"annotations":[{"id":1,"image_id":5,"category_id":1,"bbox":[1,1,2,2]}]}' '[]'
expect 0 'id 0' '{"images":[{"id":1}],"categories":[{"id":1,"name":"x"}],"annotations":[{"id":0,"image_id":1,"category_id":1,"bbox":[1,1,2,2]}]}' '[]'
expect 3 'neg_category_ids' "$gt" "[$hit]" --protocol lvis
expect 2 '--iou' "$gt" "[$hit]" --iou 0.5,
expect 2 '--max-dets' "$gt" "[$hit]" --max-dets 10,1
expect 2 'expected box, mask or obb' "$gt" "[$hit]" --task cube
expect 0 'map,,' "$gt" "[$hit]" --csv
expect 0 'f1,cat,1' "$gt" "[$hit]" --csv --per-class
expect 0 '"stats"' "$gt" "[$hit]" --json --iou 0.01:1:0.01
expect 0 '"iou_thresholds":[0.5,0.75]' "$gt" "[$hit]" --json --iou 0.5,0.75
expect 3 'found an area of -5' "$(printf '%s' "$gt" | sed 's/"area":400/"area":-5/')" "[$hit]"
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
# Both masks have a run of length zero at one place: pycocotools' IoU stops there and sees 9 of 9 pixels shared; in truth 9 of 18 are.
zero='{"images":[{"id":1,"width":10,"height":10}],"categories":[{"id":1,"name":"x"}],"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[0,0,10,10],"area":9,"iscrowd":0,"segmentation":{"size":[10,10],"counts":[1,9,0,0,90]}}]}'
wide='[{"image_id":1,"category_id":1,"score":0.9,"bbox":[0,0,10,10],"segmentation":{"size":[10,10],"counts":[1,9,0,0,0,9,81]}}]'
expect 0 'IoU=0.50      | area=   all | maxDets=100 ] = 1.000' "$zero" "$wide" --task mask
expect 0 'IoU=0.75      | area=   all | maxDets=100 ] = 0.000' "$zero" "$wide" --task mask
expect 0 'runs of length zero' "$zero" "$wide" --task mask
expect 0 'IoU=0.75      | area=   all | maxDets=100 ] = 1.000' "$zero" "$wide" --task mask --reference

expect 0 '1 of 2 detections come without a box' "$zero" '[{"image_id":1,"category_id":1,"score":0.9,"bbox":[0,0,10,10],"segmentation":[[0,0,5,0,5,5]]},{"image_id":1,"category_id":1,"score":0.8,"segmentation":[[0,0,5,0,5,5]]}]' --task mask
# Of counts that come twice the last hold, however quickly they are read.
tiny='{"images":[{"id":1,"width":2,"height":2}],"categories":[{"id":1,"name":"x"}],"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[0,0,2,2],"area":2,"iscrowd":0,"segmentation":{"size":[2,2],"counts":[1,2,1]}}]}'
expect 0 'IoU=0.75      | area=   all | maxDets=100 ] = 1.000' "$tiny" '[{"image_id":1,"category_id":1,"score":0.9,"segmentation":{"size":[2,2],"counts":"04","counts":"121"}}]' --task mask
expect 0 'IoU=0.75      | area=   all | maxDets=100 ] = 0.000' "$tiny" '[{"image_id":1,"category_id":1,"score":0.9,"segmentation":{"size":[2,2],"counts":"121","counts":"04"}}]' --task mask

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
"$BOXSCORE" eval -g "$dir/none.json" -p "$dir/dt.json" 2>/dev/null
[ $? -ne 0 ] || failed=1
exit $failed
