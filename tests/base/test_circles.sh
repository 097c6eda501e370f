#!/bin/sh
# No two files of a room, a verb or a runner need each other, directly or round a corner: read from the objects just built. What both need goes into a third.
set -u
failed=0 nobjects=0 ncalls=0
for folder in $(find "$BUILD/CMakeFiles" -maxdepth 1 -name '*.dir' | LC_ALL=C sort); do
    # What is left of a source that is gone does not count.
    objects=$(cd "$folder" && find . -name '*.c.o' | LC_ALL=C sort | while read -r object; do
        source=${object%.o}
        [ ! -f "$SOURCE/$source" ] || echo "$folder/${object#./}"
    done)
    [ -n "$objects" ] || continue
    nobjects=$((nobjects + $(echo "$objects" | wc -l)))
    calls=$(echo "$objects" | tr '\n' '\0' | xargs -0 -r nm -A | awk -v folder="$folder/" '
        {
            file = substr($1, length(folder) + 1); sub(/\.o:.*/, "", file)
            if ($(NF - 1) == "U") needs[file, $NF] = 1
            else if ($(NF - 1) ~ /^[TDBRSGC]$/) home[$NF] = file
        }
        END {
            for (pair in needs) {
                split(pair, part, SUBSEP)
                if (part[2] in home && home[part[2]] != part[1]) print part[1], home[part[2]], part[2]
            }
        }')
    ncalls=$((ncalls + $(echo "$calls" | grep -c .)))
    circle=$(echo "$calls" | awk 'NF {print $1, $2}' | tsort 2>&1 >/dev/null | sed -n 's/^tsort: //p' | grep -v 'input contains a loop')
    [ -z "$circle" ] && continue
    failed=1
    echo "${folder##*/}: in a circle:"
    echo "$calls" | awk -v circle="$circle" 'BEGIN {n = split(circle, c, "\n"); for (i in c) in_it[c[i]] = 1}
        ($1 in in_it) && ($2 in in_it) {print "  " $1 " needs " $3 " of " $2}' | LC_ALL=C sort
done
# Without nm, or where the objects lie elsewhere, there is nothing to see a circle in.
if [ $nobjects = 0 ] || [ $ncalls = 0 ]; then
    echo "found $nobjects objects and $ncalls calls between them below $BUILD/CMakeFiles, expected some"
    failed=1
fi
[ $failed = 0 ] && echo "no circles"
exit $failed
