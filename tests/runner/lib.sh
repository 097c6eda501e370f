# lib.sh: sourced by the scripts beside it: a board in a temporary folder, with fake runners (tests/backend/fake_runner.c) or the shipped ones as models.

fake=$BUILD/tests/fake_runner
[ -x "$fake" ] || { echo "skipped: no fake_runner in $BUILD/tests"; exit 77; }
command -v sqlite3 >/dev/null || { echo "skipped: sqlite3 not found"; exit 77; }
dir=$(mktemp -d)
failures=0
trap 'chmod -R u+w "$dir" 2>/dev/null; rm -rf "$dir"' EXIT

# board NAME: settings that allow everything, an empty models.d, and the small split of the shipped test set
board() {
    mkdir -p "$dir/$1/models.d"
    cat >"$dir/$1/boxscore.json" <<END
{
  "format": 1,
  "boards": [{"slug": "small", "test_set": {"path": "$SOURCE/tests/data/shapes/valid/annotations.json", "images": "$SOURCE/tests/data/shapes/valid/images"}}],
  "runner_path": ["$BUILD/tests", "$BUILD"],
  "allow": [{"models": "*", "reason": "a test"}],
  "limits": {"free_disk": 0},
  "threads": 1
}
END
    cd "$dir/$1"
}

# model SLUG MODE [ARGUMENT [MORE]]: a config that runs fake_runner; MORE is added to the backend
model() {
    more=
    [ -z "${3:-}" ] || more=", \"$3\""
    [ -z "${4:-}" ] || more="$more], $4"
    [ -n "${4:-}" ] || more="$more]"
    cat >"models.d/$1.json" <<END
{"format": 1, "name": "Model $1", "task": "detect", "license": "MIT", "class_map": {"cat": "disc", "dog": "ring"},
 "backend": {"type": "command", "program": "fake_runner", "args": ["$2"$more}}
END
}

shapes() { # shapes SLUG ARGUMENTS: the shipped runner, with its arguments as they stand in JSON
    cat >"models.d/$1.json" <<END
{"format": 1, "name": "Shapes $1", "task": "detect", "license": "MIT", "backend": {"type": "command", "program": "shapes-runner", "args": [${2:-}]}}
END
}

# expect STATUS WHAT COMMAND…: runs it; its output is in $dir/out
expect() {
    want=$1 what=$2
    shift 2
    status=0
    "$@" >"$dir/out" 2>&1 || status=$?
    [ "$status" = "$want" ] || wrong "$what: exit status $status, expected $want"
}

# said TEXT / unsaid TEXT: about the last output
said() {
    grep -qF -- "$1" "$dir/out" || wrong "$what: did not say '$1'"
}
unsaid() {
    ! grep -qF -- "$1" "$dir/out" || wrong "$what: said '$1'"
}

wrong() {
    echo "FAILED: $1"
    [ ! -s "$dir/out" ] || cmp -s "$dir/out" "$dir/shown" || head -n 30 "$dir/out" | cut -c 1-300 | sed 's/^/    | /'
    cp "$dir/out" "$dir/shown" 2>/dev/null
    failures=$((failures + 1))
}

# outlived: nothing that a night of this test started is alive: by its folder, its words or its environment (a runner's home is there), whatever its program is
outlived() {
    for p in /proc/[0-9]*; do
        [ ${p#/proc/} != $$ ] || continue
        case $(readlink $p/cwd 2>/dev/null) in
        "$dir"*) ;;
        *) grep -qsaF "$dir" $p/cmdline $p/environ || continue ;;
        esac
        wrong "it outlived its night: $(tr '\0' ' ' <$p/cmdline 2>/dev/null)"
    done
}

sql() {
    sqlite3 -readonly boxscore.db "$1"
}

# equals EXPECTED QUERY WHAT
equals() {
    got=$(sql "$2")
    [ "$got" = "$1" ] || wrong "$3: found '$got', expected '$1'"
}

# All that a night leaves behind but times, latencies, run ids, hosts and how often it was started.
canonical() {
    sql "SELECT slug, name, hex(version), retired, invalid, blocked FROM model ORDER BY slug;
         SELECT slug, hex(version), images, geometries, status, images_total, images_failed, detections, ndetections FROM evaluations WHERE status = 'ok' ORDER BY slug, seq;
         SELECT digest, nimages, n, names FROM detections ORDER BY digest;
         SELECT digest, block, hex(bytes) FROM detections_block ORDER BY digest, block;
         SELECT r.detections, r.testset, r.geometry, r.protocol, hex(r.score_digest), r.subset, m.name, m.class, m.value
           FROM reports r JOIN metric m ON m.report = r.id ORDER BY r.detections, r.testset, r.geometry, r.protocol, r.score_digest, m.name, m.class;
         SELECT r.detections, c.name, c.class, c.n, hex(c.x), hex(c.y) FROM reports r JOIN curve c ON c.report = r.id ORDER BY r.detections, r.score_digest, c.name, c.class;
         SELECT digest, geometry, nimages, hex(bytes) FROM testset ORDER BY digest;
         SELECT count(*) FROM partial;"
}

sound() {
    equals ok "PRAGMA integrity_check" "$1: the database is sound"
    equals "" "PRAGMA foreign_key_check" "$1: foreign keys hold"
}

finish() {
    [ "$failures" = 0 ] || { echo "$failures failed"; exit 1; }
    echo "all well"
}
