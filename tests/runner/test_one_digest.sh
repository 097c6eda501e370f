#!/bin/sh
# test_one_digest.sh: one test set in every format has one digest, whether `testset show`, `eval` or a board reads it, and where the format can say the
# same, every format has the same. The boards are made by init, whose paths are relative. Of a training split every page says so.
. "$SOURCE/tests/runner/lib.sh"
cd "$dir"

put() { # put FILE: what is read, there
    mkdir -p "$(dirname "$1")"
    cat >"$1"
}
images() { # images FOLDER: 200 x 150 and 160 x 160 pixels; the shares below are exact
    mkdir -p "$1"
    cp "$SOURCE/tests/data/shapes/valid/images/valid-001.jpg" "$1/x1.jpg"
    cp "$SOURCE/tests/data/shapes/valid/images/valid-003.jpg" "$1/x2.jpg"
}
for f in coco voc visdrone/images yolo/images seg/images obb/images dota/images rolabelimg/images openimages/images lvis ultralytics/test/images; do
    images sets/$f
done
cd sets
put coco/annotations.json <<'END'
{"images": [{"id": 1, "file_name": "x1.jpg"}, {"id": 2, "file_name": "x2.jpg"}], "categories": [{"id": 1, "name": "car"}, {"id": 2, "name": "van"}],
 "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [50, 37.5, 50, 75], "segmentation": [[50, 37.5, 100, 37.5, 100, 112.5, 50, 112.5]]},
  {"id": 2, "image_id": 2, "category_id": 2, "bbox": [40, 40, 80, 40], "segmentation": [[40, 40, 120, 40, 120, 80, 40, 80]]}]}
END
sed 's/"name": "\(car\|van\)"/&, "frequency": "c"/g; s/"x\([12]\).jpg"/&, "neg_category_ids": [], "not_exhaustive_category_ids": []/g' coco/annotations.json >lvis/annotations.json
voc='<annotation><object><name>%s</name><bndbox><xmin>%s</xmin><ymin>%s</ymin><xmax>%s</xmax><ymax>%s</ymax></bndbox></object></annotation>'
printf "$voc" car 51 38.5 100 112.5 >voc/x1.xml
printf "$voc" van 41 41 120 80 >voc/x2.xml
names='test: images
names: [car, van]'
for s in yolo seg obb; do echo "$names" >$s/data.yaml; done
echo "0 0.375 0.5 0.25 0.5" | put yolo/labels/x1.txt
echo "1 0.5 0.375 0.5 0.25" | put yolo/labels/x2.txt
for s in seg obb; do
    echo "0 0.25 0.25 0.5 0.25 0.5 0.75 0.25 0.75" | put $s/labels/x1.txt
    echo "1 0.25 0.25 0.75 0.25 0.75 0.5 0.25 0.5" | put $s/labels/x2.txt
done
mkdir ultralytics/test/labels && cp obb/labels/* ultralytics/test/labels # as Ultralytics' and Roboflow's exports have oriented boxes
echo "$names" | sed 's|images|../test/images|' >ultralytics/data.yaml
printf 'imagesource:x\ngsd:1\n50 37.5 100 37.5 100 112.5 50 112.5 car 0\n' | put dota/labelTxt/x1.txt
echo "40 40 120 40 120 80 40 80 van 0" | put dota/labelTxt/x2.txt
rob='<annotation><object><type>robndbox</type><name>%s</name><robndbox><cx>%s</cx><cy>%s</cy><w>%s</w><h>%s</h><angle>0</angle></robndbox></object></annotation>'
printf "$rob" car 75 75 50 75 | put rolabelimg/annotations/x1.xml
printf "$rob" van 80 60 80 40 | put rolabelimg/annotations/x2.xml
printf 'ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf\nx1,a,/m/1,1,.25,.5,.25,.75,0,0,0\nx2,a,/m/2,1,.25,.75,.25,.5,0,0,0\n' >openimages/test-annotations-bbox.csv
printf '/m/1,car\n/m/2,van\n' >openimages/class-descriptions.csv
echo "50,37,50,75,1,4,0,0" | put visdrone/annotations/x1.txt
echo "40,40,80,40,1,5,0,0" | put visdrone/annotations/x2.txt
cd ..

echo '[]' >none.json
shown() { # shown SET TASK GEOMETRY: its digest by each of the three, which must be one
    "$BOXSCORE" testset show sets/$1 --task $2 --json >"$dir/out" 2>&1 || wrong "$1: testset show"
    by_show=$(sed -n "s/.*\"$3\": \"\(bx1-[^\"]*\)\".*/\1/p" "$dir/out")
    "$BOXSCORE" eval -g sets/$1 -p none.json --task $3 --digest --json >"$dir/out" 2>/dev/null || wrong "$1: eval"
    by_eval=$(sed -n 's/.*"digest": *"\(bx1-[^"]*\)".*/\1/p' "$dir/out")
    "$BOXSCORE" init boards/$1-$3 --test-set sets/$1 --task $2 --split test >"$dir/out" 2>&1 || wrong "$1: init"
    grep -q "\"path\": \"../../sets/$1\"" boards/$1-$3/boxscore.json || wrong "$1: init writes another path than ../../sets/$1"
    (
        cd boards/$1-$3
        rm -rf models.d/*
        echo '[]' >models.d/none.txt
        echo "{\"format\": 1, \"name\": \"none\", \"task\": \"$2\", \"backend\": {\"type\": \"predictions\", \"file\": \"none.txt\"}}" >models.d/none.json
        "$BOXSCORE" run >"$dir/out" 2>&1
    ) || wrong "$1: a night"
    by_board=$(sqlite3 boards/$1-$3/boxscore.db "SELECT digest FROM testset" 2>&1)
    case $by_show in bx1-$3-*) ;; *) wrong "$1: testset show has no $3 digest" ;; esac
    [ "$by_show" = "$by_eval" ] || wrong "$1, $3: eval has '$by_eval', testset show $by_show"
    [ "$by_show" = "$by_board" ] || wrong "$1, $3: the board has '$by_board', testset show $by_show"
}
same() { # same TASK GEOMETRY SET…: and the sets have one
    task=$1 geometry=$2 first=
    shift 2
    for s; do
        shown $s $task $geometry
        first=${first:-$by_show}
        [ "$by_show" = "$first" ] || wrong "$s: another $geometry digest than the first of: $*"
    done
}
same detect box coco yolo voc openimages
same segment mask coco seg
same obb obb obb dota ultralytics
shown rolabelimg obb obb # the same corners, from another one on
shown visdrone detect box
"$BOXSCORE" eval -g sets/lvis -p none.json --digest --protocol lvis --json >"$dir/out" 2>/dev/null
case $(cat "$dir/out") in *'"digest":"bx1-box-'*) ;; *) wrong "lvis: eval has no digest" ;; esac
expect 2 "the references look at no images" "$BOXSCORE" eval -g sets/coco -p none.json --digest --reference

# A training split, on a board that knows.
mkdir sets/train && cp -r sets/yolo/images sets/yolo/labels sets/train && sed 's/test/train/' sets/yolo/data.yaml >sets/train/data.yaml
expect 2 "a training split by accident" "$BOXSCORE" init boards/train --test-set sets/train --split train
expect 0 "a training split" "$BOXSCORE" init boards/train --test-set sets/train --split train --i-know
cd boards/train
rm -rf models.d/* && echo '[{"image_id": "x1", "category_id": 0, "bbox": [50, 37.5, 50, 75], "score": 0.5}]' >models.d/a.txt
for m in a b; do
    echo "{\"format\": 1, \"name\": \"$m\", \"task\": \"detect\", \"backend\": {\"type\": \"predictions\", \"file\": \"a.txt\"}}" >models.d/$m.json
done
expect 0 "a night" "$BOXSCORE" nightly
pages=$(find site -name '*.html' | wc -l)
[ "$pages" -ge 8 ] || wrong "only $pages pages"
for p in $(find site -name '*.html'); do
    grep -q '<aside class="caution grave".*Training split' "$p" || wrong "$p does not say that this is a training split"
done
finish
