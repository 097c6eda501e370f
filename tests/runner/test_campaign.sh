#!/bin/sh
# test_campaign.sh: the short form of campaign/campaign.py: a few nights with kills and faults of the disk, from another seed each time; and each of its checks is seen to fail.
set -u
command -v python3 >/dev/null || { echo "skipped: python3 not found"; exit 77; }
campaign="python3 $SOURCE/tests/runner/campaign/campaign.py --boxscore $BOXSCORE --runners $BUILD/tests --few"
$campaign --nights 3 --kills 5 --faults 0.7 || exit 1
$campaign --self-test --seed 1
