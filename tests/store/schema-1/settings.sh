#!/bin/sh
# settings.sh HERE DIR: DIR gets box.json, mask.json (one board each, as 0.1.0 has it) and boxscore.json (both).
shapes=$(cd "$1/../../data/shapes/valid" && pwd)
set_="\"test_set\": {\"path\": \"$shapes/annotations.json\", \"images\": \"$shapes/images\"}"
box="{\"slug\": \"box\", \"title\": \"Boxes\", $set_}"
mask="{\"slug\": \"mask\", \"title\": \"Masks\", \"task\": \"segment\", \"geometry\": \"mask\", $set_}"
settings() {
    echo "{\"format\": 1, \"boards\": [$1], \"allow\": [{\"models\": \"*\", \"reason\": \"a test\"}], \"limits\": {\"free_disk\": 0}, \"threads\": 1}"
}
settings "$box" >"$2/box.json"
settings "$mask" >"$2/mask.json"
settings "$box, $mask" >"$2/boxscore.json"
cp -R "$1/models.d" "$2/models.d"
