#!/bin/sh
# A model that speaks the runner protocol: runner.sh MODE. What it answers differs by a last digit every time it is started.
mode=$1
digit=$(date +%N | cut -c1-3)
echo "loading, as $mode" >&2
case $mode in segment | slow) task=segment ;; *) task=detect ;; esac
[ "$mode" != dead ] || { echo "no weights here" >&2; exit 3; }
echo "{\"proto\":1,\"ready\":true,\"task\":\"$task\",\"names\":[\"star\",\"disc\"]}"
while read -r line; do
    id=${line#*\"id\":}
    id=${id%%[,\}]*}
    [ "$mode" != slow ] || sleep 0.2
    image=${line##*/}
    if [ "$mode" = holes ] && [ "${image%%.*}" = 000003 ]; then
        echo "{\"id\":$id,\"error\":\"this one is too dark\"}"
    elif [ "$task" = segment ]; then
        echo "{\"id\":$id,\"predictions\":[{\"class\":0,\"score\":0.9$digit,\"box\":[68.33,112.65,102.44,145.08],\"poly\":[[68.5,113,102,113,102,145,68.5,145]]}]}"
    else
        echo "{\"id\":$id,\"predictions\":[{\"class\":0,\"score\":0.8$digit,\"box\":[69,112.65,102.44,144]},{\"class\":1,\"score\":0.3,\"box\":[10,10,50,50]}]}"
    fi
done
