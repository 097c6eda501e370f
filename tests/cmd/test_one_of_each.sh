#!/bin/sh
# To add a metric, a backend, a label format, a page, a plot or a column of the board is one new file and one row of one table: here one of each is added to a
# copy of the sources, exactly as the tables and the rooms' READMEs say, the program is built, and everything that should know of them does.
set -u
. "$SOURCE/tests/runner/lib.sh"
copy=$dir/copy
mkdir "$copy"
cp -r "$SOURCE/CMakeLists.txt" "$SOURCE/LICENSE" "$SOURCE/cmd" "$SOURCE/core" "$SOURCE/render" "$SOURCE/site-template" "$SOURCE/models.d" "$copy/"

# row FILE AFTER: the line on standard input goes behind the first that begins with AFTER and what continues it (an entry of a table ends where its line does not
# go on); in the file of a table nothing else changes.
row() {
    cat >"$dir/row"
    grep -q "^$2" "$copy/$1" || wrong "$1: no row begins with '$2'"
    awk -v after="$2" -v row="$dir/row" '
        {print}
        !done && index($0, after) == 1 {on = 1}
        on && !/[,"\\]$/ || on && /\\$/ {while ((getline line < row) > 0) print line; on = 0; done = 1}' "$copy/$1" >"$dir/changed"
    cp "$dir/changed" "$copy/$1"
}
file() {
    cat >"$copy/$1"
}

# A metric: a row, and where it is computed.
row core/data/metrics.def 'METRIC(RECALL, ' <<'END'
METRIC(FAKE_SHARE, "fake_share", "Fake share", FRACTION, HIGHER, CLASS, BOARD, "The share of what was made up for a test.")
END
row core/metric/report.c '    put_counts(&m);' <<'END'
    put(&m, BX_METRIC_FAKE_SHARE, -1, 0.375);
END

# A kind of backend: a row, what opens it, its keys.
row core/data/backends.h '    X(PREDICTIONS, ' <<'END'
    X(FAKE, fake, file, "invention", false, false, false, false, true, "making something up") \
END
row core/registry/keys.c '    {"predictions", "categories"' <<'END'
    {"fake", "type", BX_KEY_TYPE, true, 0, 0, 0, 0, 0, 0},
    {"fake", "file", BX_KEY_PATH, true, 0, 1000, 0, 0, AT(file), 0},
END
file core/backend/fake.c <<'END'
#include "core/backend/kinds.h"
struct bx_backend *bx_fake_open(const struct bx_model *m, const struct bx_backend_env *env, struct bx_err *e)
{
    return bx_predictions_open(m, env, e);
}
END

# A format of labels: a row, how it is found and read.
row core/data/formats.h '    X(voc, ' <<'END'
    X(fake, "Fake labels", ".fake", "labels.fake") \
END
file core/testset/fake.c <<'END'
#include "core/testset/readers.h"
enum bx_sure bx_testset_find_fake(const char **path, const struct bx_testset_options *o, struct bx_arena *a)
{
    (void)o;
    (void)a;
    return bx_testset_ends_in(*path, ".fake") ? BX_SURE_FILE : BX_SURE_NOT;
}
bool bx_testset_read_fake(const char *path, const struct bx_testset_options *o, struct bx_testset *t, struct bx_arena *a, struct bx_err *e)
{
    return bx_testset_read_coco(path, o, t, a, e);
}
END

# A page: a row, its tree, its template.
row render/view/pages.def 'PAGE(METHODOLOGY, ' <<'END'
PAGE(FAKE, fake, "Made up", SITE, NONE, "fake.html", "A page made up", "What a test made up.")
END
file render/view/fake.c <<'END'
#include "render/view/json.h"
#include "render/view/pages.h"
void bx_tree_fake(cJSON *page, const struct bx_page_of *of, struct bx_arena *a)
{
    (void)of;
    (void)a;
    bx_put(page, "secret", cJSON_CreateString("found <nowhere> else"));
}
END
file site-template/fake.mustache <<'END'
{{<layout}}{{$body}}<p>{{secret}}</p>{{/body}}{{/layout}}
END

# A plot: a row, and what makes its data.
row render/site/plots.def 'PLOT(parameters, ' <<'END'
PLOT(fake, "fake-plot", FRONT, PNG, "A plot made up for a test.")
END
file render/site/fake_plot.c <<'END'
#include "render/site/plots.h"
bool bx_make_fake(const struct bx_plot_of *of, struct bx_plot *p, struct bx_arena *a)
{
    return bx_make_parameters(of, p, a);
}
END

# A column of the board: a row, and what it holds.
row core/data/columns.def 'COLUMN(FLOPS, ' <<'END'
COLUMN(FAKE, fake, NUMBER, .name = "fake_cost", .key = "fake", .group = BX_COLUMNS_COST, .label = "fakes", .better = BX_LOWER,
       .format = BX_FORMAT_COST, .sorted_by = "invention", .head = "fakes", .sql = "1.5 * 3")
END
file render/view/fake_column.c <<'END'
#include "render/view/columns.h"
double bx_number_fake(const struct bx_view_model *m)
{
    return m->rank ? 42.5 : 0;
}
END

cmake -S "$copy" -B "$copy/build" -DCMAKE_BUILD_TYPE=None -DCMAKE_C_FLAGS=-O0 >"$dir/out" 2>&1 &&
    cmake --build "$copy/build" --target boxscore -j2 >"$dir/out" 2>&1 || { wrong "it does not build: $(grep -E 'error|warning' "$dir/out" | head -n 3)"; finish; }
BOXSCORE=$copy/build/boxscore

# A board with all of it.
board fakes
sed "s|\"file_name\": *\"|&$SOURCE/tests/data/shapes/valid/images/|" "$SOURCE/tests/data/shapes/valid/annotations.json" >labels.fake
sqlite3 :memory: "SELECT json_group_array(json_object('image_id', json_extract(value, '\$.image_id'), 'category_id', json_extract(value, '\$.category_id'),
    'bbox', json_extract(value, '\$.bbox'), 'score', 0.5)) FROM json_each(readfile('labels.fake'), '\$.annotations')
    WHERE NOT json_extract(value, '\$.iscrowd')" >models.d/made.txt
sed -i 's|"path": "[^"]*"|"path": "labels.fake", "format": "fake"|' boxscore.json
for slug in one two; do
    echo "{\"format\": 1, \"name\": \"Model $slug\", \"task\": \"detect\", \"parameters\": 1$(printf %s $slug | wc -c)000, \"backend\": {\"type\": \"fake\", \"file\": \"made.txt\"},
        \"reported\": [{\"test_set\": \"small\", \"metric\": \"fake_share\", \"value\": 0.25}]}" >models.d/$slug.json
done
sed -i 's/13000/2000000/' models.d/two.json

# knows WHERE TEXT: what was just printed, or a file, has TEXT
knows() {
    grep -qF -- "$2" "$1" || wrong "$1 does not have '$2'"
}
expect 0 "check" "$BOXSCORE" check
expect 0 "the night" "$BOXSCORE" nightly
equals 0.375 "SELECT value FROM numbers WHERE model = 'one' AND metric = 'Fake share'" "the metric in the store"
expect 0 "eval" "$BOXSCORE" eval -g labels.fake -p models.d/made.txt --csv
said "fake_share,,0.375"
expect 0 "the table as CSV" "$BOXSCORE" export --csv
said fake_share
expect 0 "the table as JSON" "$BOXSCORE" export --json
said '"fake_share"'
knows site/data/small.csv fake_share
knows site/data/small/one.json '"fake_share"'
knows site/methodology.html "Fake share"
knows site/methodology.html "The share of what was made up for a test."
knows site/b/small/m/one.html "Fake share"
knows site/b/small/m/one.html "making something up"
for page in index methodology faq fake b/small/index b/small/m/one; do
    knows site/$page.html "Made up"
done
knows site/fake.html "found &lt;nowhere&gt; else"
expect 0 "a page's tree" "$BOXSCORE" render --dump fake.html
said "found <nowhere> else"
expect 0 "a test set" "$BOXSCORE" testset show labels.fake
expect 0 "help of test sets" "$BOXSCORE" testset --help
said "voc, fake, "
expect 0 "a folder's labels" "$BOXSCORE" testset show --format fake labels.fake
expect 3 "no test set" "$BOXSCORE" testset show "$dir/copy/cmd"
said "labels.fake"
knows site/index.html small-fake-plot
knows site/b/small/plots.html "A plot made up for a test."
[ -n "$(find site -name 'small-fake-plot.*.png')" ] || wrong "the site has no fake plot as PNG"
expect 0 "a plot by name" "$BOXSCORE" plot fake-plot -o "$dir/plot.svg"
expect 0 "help of plots" "$BOXSCORE" plot --help
said fake-plot
knows site/b/small/index.html fakes
equals 4.5 "SELECT fake_cost FROM leaderboard WHERE model = 'one'" "the database's view"
knows site/b/small/by-fake.html "invention"
knows site/data/small.json '"fake_cost": 42.5'
expect 0 "the board" "$BOXSCORE" board
said fakes
said 42.5
expect 0 "the table as CSV" "$BOXSCORE" export --csv
said fake_cost
finish
