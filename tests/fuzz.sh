#!/bin/sh
# fuzz.sh: libFuzzer on every tests/<room>/fuzz_*.c, under AddressSanitizer and UndefinedBehaviorSanitizer: sh tests/fuzz.sh [SECONDS [NAME...]]
#
# SECONDS (60) are for each target; NAMEs choose some of them (protocol, config, ...). What it starts from is <name>.corpus and what an earlier run left in
# build-fuzz/found/<name>/; a text that breaks a promise, takes 10 s or 2 GB is kept as build-fuzz/finds/<name>-*. The last line of each: what was run, how
# long, how often. Ends with 1 when there is any find.
set -eu
cd "$(dirname "$0")/.."
. cmd/packages.sh
build=build-fuzz
seconds=${1:-60}
[ $# = 0 ] || shift
need_packages $BUILD_PACKAGES libcmocka-dev python3 clang libclang-rt-14-dev
[ -f "$build/Makefile" ] ||
    cmake -S . -B "$build" -G 'Unix Makefiles' -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBOXSCORE_TESTS=ON -DBOXSCORE_FUZZ=ON -DBOXSCORE_WERROR=ON
cmake --build "$build" -j"$(nproc)" --target fuzz -- --no-print-directory
mkdir -p "$build/finds" "$build/tmp"
TMPDIR=$(pwd)/$build/tmp
export TMPDIR

# Words that a text of this kind is made of, as libFuzzer's -dict wants them: whatever stands between quotes, and marks up, in what it starts from.
words() {
    LC_ALL=C grep -aohE '"[A-Za-z_$][A-Za-z0-9_.$/-]{1,30}"|</?[a-z]{1,20}>|\{\{[#^/<>$]?|[A-Za-z]+: ' -r "$1" | tr -d '"\\' | LC_ALL=C sort | uniq -c | sort -rn | head -300 |
        sed 's/^ *[0-9]* //; s/.*/"&"/'
}

# The state of a run stands in its log: "#123 … cov: …"; "stat::number_of_executed_units: 123".
run() {
    name=$1 room=$2
    found=$build/found/$name
    mkdir -p "$found"
    python3 tests/pack_corpus.py -x "tests/$room/$name.corpus" "$found"
    words "$found" >"$build/$name.dict"
    set -- -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=8192 -print_final_stats=1 -artifact_prefix="$build/finds/$name-"
    [ ! -s "$build/$name.dict" ] || set -- "$@" -dict="$build/$name.dict"
    if "$build/tests/fuzz_$name" "$@" "$found" >"$build/$name.log" 2>&1; then
        said=nothing
    else
        said="FOUND $(sed -n 's/.*Test unit written to //p' "$build/$name.log" | tail -n 1)"
        status=1
    fi
    echo "$name: $seconds s, $(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$name.log") runs, $said"
}

status=0
for source in tests/*/fuzz_*.c; do
    room=$(basename "$(dirname "$source")") name=$(basename "$source" .c)
    name=${name#fuzz_}
    case " ${*:-$name} " in
    *" $name "*) run "$name" "$room" ;;
    esac
done
exit $status
