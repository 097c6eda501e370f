/* boxscore.json: defaults, paths from its own folder, every problem in one pass, grants; and the file of `boxscore allow`. */
#include "core/base/file.h"
#include "core/settings/settings.h"
#include "core/settings/allow.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka last: it needs the four above */
#include <cmocka.h>

static char dir[64] = "/tmp/boxscore-test-XXXXXX";
static struct bx_arena arena;

static const char *file(const char *name)
{
    return bx_path_join(&arena, dir, name);
}

static bool load(const char *text, struct bx_settings *s, struct bx_problems *ps)
{
    struct bx_err e = {0};
    assert_true(bx_file_write(file("boxscore.json"), text, strlen(text), &e));
    *ps = (struct bx_problems){.arena = &arena};
    return bx_settings_load(dir, s, &arena, ps);
}

#define SPLIT(more) "{\"format\": 1, \"boards\": [{\"slug\": \"b\", \"test_set\": {\"path\": \"x\", " more "}}]}"
#define RULED(rule) "{\"format\": 1, \"boards\": [{\"slug\": \"b\", \"test_set\": {\"path\": \"x\"}, " rule "}]}"
#define BOARD       "\"boards\": [{\"slug\": \"b\", \"test_set\": {\"path\": \"../set.json\"}}]"

static void test_defaults_and_paths_from_the_settings_folder(void **state)
{
    (void)state;
    struct bx_settings s;
    struct bx_problems ps;
    assert_true(load("// mine\n{\"format\": 1, " BOARD ", \"runner_path\": \"bin\", \"database\": \"/var/b.db\"}", &s, &ps));
    assert_int_equal(ps.n, 0);
    assert_int_equal(s.nboards, 1);
    assert_int_equal(s.nsets, 1);
    assert_string_equal(s.boards[0].board.title, "b");
    assert_int_equal(s.boards[0].board.nnames, 1);
    assert_string_equal(s.boards[0].board.names[0], "b");
    assert_string_equal(s.sets[0].path, "/tmp/set.json");
    assert_string_equal(s.models, file("models.d"));
    assert_string_equal(s.database, "/var/b.db");
    assert_string_equal(s.allowed, file("allowed.json"));
    assert_string_equal(s.runner_path[0], file("bin"));
    assert_int_equal(s.nrunner_path, 3);
    assert_null(s.template);
    assert_null(s.sets[0].images);
    assert_int_equal(s.sets[0].task, BX_DETECT);
    assert_int_equal(s.boards[0].board.geometry, BX_GEOM_BOX);
    const struct bx_rules *r = &s.boards[0].board.rules;
    assert_true(!r->max_detections && !r->nsizes && !r->niou && !r->nclasses && !r->nignore && !r->nimages);
    assert_null(s.boards[0].image_subset);
    assert_true(s.max_age == 0 && s.stale_after == 3 * 86400.0);
    assert_int_equal(s.retention_newest, 3);
    assert_true(s.retention_first && s.retention_monthly);
    assert_int_equal(s.limit_free_disk, 1 << 30);
    bx_problems_free(&ps);
}

/* clang-format off */
static const struct wrong {
    const char *name, *text, *problem; /* NULL: fine */
} wrongs[] = {
    {"no format", "{" BOARD "}", "format"},
    {"another format", "{\"format\": 2, " BOARD "}", "format"},
    {"an unknown key", "{\"format\": 1, \"modles\": \"x\", " BOARD "}", "did you mean 'models'"},
    {"two boards of one slug", "{\"format\": 1, \"boards\": [{\"slug\": \"a\", \"test_set\": {\"path\": \"x\"}}, {\"slug\": \"a\", \"test_set\": {\"path\": \"x\"}}]}", "two boards have the slug 'a'"},
    {"no boards", "{\"format\": 1, \"boards\": []}", "'boards' is empty"},
    {"a board that is none", "{\"format\": 1, \"boards\": [\"a\"]}", "a board is an object"},
    {"an unknown key of a board", RULED("\"max_detection\": 3"), "did you mean 'max_detections'"},
    {"no detections at all", RULED("\"max_detections\": 0"), "from 1 to 100000"},
    {"sizes that are none", RULED("\"sizes\": 3"), "expected an array"},
    {"no sizes", RULED("\"sizes\": []"), "expected 1 to 6"},
    {"seven sizes", RULED("\"sizes\": [1, 2, 3, 4, 5, 6, 7]"), "'sizes' has 7 entries"},
    {"a size without a name", RULED("\"sizes\": [{\"min\": 0, \"max\": 3}]"), "'name' is missing"},
    {"a size that would break a name", RULED("\"sizes\": [{\"name\": \"a:b\", \"max\": 3}]"), "with the name 'a:b'"},
    {"a size with the name of all", RULED("\"sizes\": [{\"name\": \"all\", \"max\": 3}]"), "with the name 'all'"},
    {"two sizes of one name", RULED("\"sizes\": [{\"name\": \"a\", \"max\": 3}, {\"name\": \"a\", \"min\": 3}]"), "the size 'a' a second time"},
    {"a size from more to less", RULED("\"sizes\": [{\"name\": \"a\", \"min\": 3, \"max\": 3}]"), "a lower and a higher end"},
    {"a share above all of it", RULED("\"sizes\": {\"relative\": true, \"bins\": [{\"name\": \"a\", \"max\": 2}]}"), "from 0 to 1"},
    {"an IoU of 0", RULED("\"iou\": [0]"), "above 0 and up to 1"},
    {"IoUs that fall", RULED("\"iou\": [0.75, 0.5]"), "threshold 0.5 after 0.75"},
    {"steps that miss the end", RULED("\"iou\": {\"from\": 0.5, \"to\": 0.95, \"step\": 0.1}"), "do not end at 0.95"},
    {"too many steps", RULED("\"iou\": {\"from\": 0.1, \"to\": 0.9, \"step\": 0.001}"), "found 801 IoU thresholds, expected at most 128"},
    {"a class twice", RULED("\"classes\": [\"a\", \"b\", \"a\"]"), "found 'a' a second time"},
    {"a class scored and ignored", RULED("\"classes\": [\"a\"], \"ignore_classes\": \"a\""), "to score and those to ignore"},
    {"a slug that is none", "{\"format\": 1, \"boards\": [{\"slug\": \"A b\", \"test_set\": {\"path\": \"x\"}}]}", "not a slug"},
    {"a slug like a file", "{\"format\": 1, \"boards\": [{\"slug\": \"few.csv\", \"test_set\": {\"path\": \"x\"}}]}", "'few.csv' ends in '.csv'"},
    {"and like the other", "{\"format\": 1, \"boards\": [{\"slug\": \"a.json\", \"test_set\": {\"path\": \"x\"}}]}", "'a.json' ends in '.json'"},
    {"no test set", "{\"format\": 1, \"boards\": [{\"slug\": \"b\"}]}", "test_set"},
    {"an unknown format of it", "{\"format\": 1, \"boards\": [{\"slug\": \"b\", \"test_set\": {\"path\": \"x\", \"format\": \"csv\"}}]}", "unknown test set format 'csv'"},
    {"an unknown split of it", SPLIT("\"split\": \"tset\""), "split 'tset', expected test, val or train"},
    {"the training split", SPLIT("\"split\": \"train\""), "scored only with --i-know (in settings \"i_know\": true)"},
    {"the training split, and known", SPLIT("\"split\": \"trainval\", \"i_know\": true"), NULL},
    {"the validation split", SPLIT("\"split\": \"val\""), NULL},
    {"a geometry the task has not", "{\"format\": 1, \"boards\": [{\"slug\": \"b\", \"geometry\": \"mask\", \"test_set\": {\"path\": \"x\"}}]}", "cannot be scored by mask"},
    {"an allow without a reason", "{\"format\": 1, \"allow\": [{\"models\": \"*\"}], " BOARD "}", "reason"},
    {"an allow with an empty reason", "{\"format\": 1, \"allow\": [{\"models\": \"*\", \"reason\": \"\"}], " BOARD "}", "found an empty string"},
    {"allowed.json where contributors write", "{\"format\": 1, \"allowed\": \"models.d/allowed.json\", " BOARD "}", "who adds a model could allow it"},
    {"a secret's value in the file", "{\"format\": 1, \"secrets\": {\"KEY\": \"hunter2\"}, " BOARD "}", "never into a file"},
    {"a secret for nobody", "{\"format\": 1, \"secrets\": {\"KEY\": {}}, " BOARD "}", "'models' is missing"},
    {"a secret for a host alone", "{\"format\": 1, \"secrets\": {\"KEY\": {\"hosts\": [\"h\"]}}, " BOARD "}", NULL},
    {"certificates that are none", "{\"format\": 1, \"ca_file\": 3, " BOARD "}", "expected a string"},
    {"a secret that is no name", "{\"format\": 1, \"secrets\": {\"A B\": {\"models\": \"*\"}}, " BOARD "}", "not the name of an environment variable"},
    {"a duration that is none", "{\"format\": 1, \"max_age\": \"soon\", " BOARD "}", "max_age"},
    {"control characters", "{\"format\": 1, \"site\": \"a\\u0007b\", " BOARD "}", "a control character"},
    {"an empty path", "{\"format\": 1, \"models\": \"\", " BOARD "}", "empty"},
    {"a key twice", "{\"format\": 1, \"database\": \"a.db\", \"database\": \"b.db\", " BOARD "}", "key 'database' is given twice"},
    {"no JSON", "{\"format\": 1, ", ""},
    {"nothing", "", ""},
    {"an array", "[]", ""},
    {"everything", "{\"format\": 1, \"allow\": [{\"models\": \"s-*\", \"reason\": \"mine\"}], \"secrets\": {\"K\": {\"models\": [\"a\"], \"hosts\": [\"h\"]}}, \"max_age\": \"7d\", "
                   "\"stale_after\": 60, \"retention\": {\"newest\": 1, \"first\": false}, \"limits\": {\"free_disk\": 0}, \"threads\": 2, " BOARD "}", NULL},
};
/* clang-format on */

static void test_a_wrong_one(void **state)
{
    const struct wrong *w = *state;
    struct bx_settings s;
    struct bx_problems ps;
    bool ok = load(w->text, &s, &ps);
    assert_int_equal(ok, w->problem == NULL);
    bool said = w->problem == NULL;
    for (size_t i = 0; i < ps.n && !said; i++)
        said = strstr(ps.at[i].text, w->problem) != NULL;
    if (!said)
        fail_msg("'%s' was not said; first: '%s'", w->problem, ps.n ? ps.at[0].text : "nothing");
    bx_problems_free(&ps);
}

static void test_all_problems_in_one_pass(void **state)
{
    (void)state;
    struct bx_settings s;
    struct bx_problems ps;
    assert_false(load(
        "{\"format\": 1, \"max_age\": \"x\", \"threads\": -1, \"sight\": 1, \"boards\": [{\"slug\": \"?\", \"test_set\": {}}]}", &s, &ps));
    assert_int_equal(ps.errors, 5);
    bx_problems_free(&ps);
}

static void test_boards_and_their_rules(void **state)
{
    (void)state;
    struct bx_settings s;
    struct bx_problems ps;
    assert_true(load("{\"format\": 1, \"boards\": [\n"
                     "{\"slug\": \"one\", \"title\": \"One\", \"names\": [\"COCO val2017\", \"one\"], \"test_set\": {\"path\": \"set\"},\n"
                     " \"max_detections\": 500, \"iou\": {\"from\": 0.5, \"to\": 0.9, \"step\": 0.1}, \"classes\": [\"b\", \"a\"],\n"
                     " \"ignore_classes\": \"c\", \"image_subset\": \"night.txt\",\n"
                     " \"sizes\": [{\"name\": \"tiny\", \"max\": 256}, {\"name\": \"rest\", \"min\": 256}]},\n"
                     "{\"slug\": \"two\", \"names\": \"COCO val2017\", \"test_set\": {\"path\": \"./set\"},\n"
                     " \"max_detections\": 100, \"iou\": [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95],\n"
                     " \"sizes\": [{\"name\": \"small\", \"max\": 1024}, {\"name\": \"medium\", \"min\": 1024, \"max\": 9216},"
                     " {\"name\": \"large\", \"min\": 9216}]},\n"
                     "{\"slug\": \"three\", \"task\": \"segment\", \"test_set\": {\"path\": \"set\"},\n"
                     " \"sizes\": {\"relative\": true, \"bins\": [{\"name\": \"a\", \"max\": 0.1}]}, \"iou\": 0.5}]}",
                     &s, &ps));
    assert_int_equal(ps.n, 0);
    bx_problems_free(&ps);
    assert_int_equal(s.nboards, 3);
    assert_int_equal(s.nsets, 2); /* the third reads its labels as masks */
    assert_int_equal(s.boards[0].set, 0);
    assert_int_equal(s.boards[1].set, 0);
    assert_int_equal(s.boards[2].set, 1);
    const struct bx_board *b = &s.boards[0].board;
    assert_int_equal(b->nnames, 2); /* the title is there already */
    assert_string_equal(b->names[0], "COCO val2017");
    assert_int_equal(s.boards[1].board.nnames, 2);
    assert_string_equal(s.boards[1].board.names[1], "two");
    const struct bx_rules *r = &b->rules;
    assert_int_equal(r->max_detections, 500);
    assert_int_equal(r->niou, 5);
    assert_true(r->iou[0] == 0.5 && fabs(r->iou[3] - 0.8) < 1e-12 && r->iou[4] == 0.9);
    assert_int_equal(r->nsizes, 2);
    assert_string_equal(r->size[1].name, "rest");
    assert_true(r->size[0].lo == 0 && r->size[0].hi == 256 && r->size[1].lo == 256 && r->size[1].hi == 1e10);
    assert_int_equal(r->nclasses, 2);
    assert_string_equal(r->ignore[0], "c");
    assert_string_equal(s.boards[0].image_subset, file("night.txt"));
    assert_true(bx_rules_are_cocos(&s.boards[1].board.rules)); /* in other words */
    r = &s.boards[2].board.rules;
    assert_true(r->relative && r->nsizes == 1 && r->size[0].hi == 0.1 && r->niou == 1);
    assert_int_equal(s.boards[2].board.geometry, BX_GEOM_MASK);
}

static void test_a_slug_that_comes_twice_is_named_with_its_place(void **state)
{
    (void)state;
    struct bx_settings s;
    struct bx_problems ps;
    assert_false(load("{\"format\": 1, \"boards\": [{\"slug\": \"a\", \"test_set\": {\"path\": \"x\"}},\n"
                      "  {\"slug\": \"a\", \"test_set\": {\"path\": \"x\"}}]}",
                      &s, &ps));
    assert_int_equal(ps.n, 1);
    assert_int_equal(ps.at[0].line, 2);
    assert_int_equal(ps.at[0].column, 12);
    bx_problems_free(&ps);
}

static void test_grants(void **state)
{
    (void)state;
    struct bx_settings s;
    struct bx_problems ps;
    assert_true(load("{\"format\": 1, \"allow\": [{\"models\": \"s-*\", \"reason\": \"mine\"}], \"secrets\": {\"KEY\": {\"models\": "
                     "[\"rf-*\", \"one\"], \"hosts\": [\"*.example.com\"]}}, " BOARD "}",
                     &s, &ps));
    bx_problems_free(&ps);
    bool hidden;
    assert_true(bx_settings_grants(&s, "rf-detr", "KEY", &hidden) && hidden);
    assert_true(bx_settings_grants(&s, "one", "KEY", &hidden) && hidden);
    assert_false(bx_settings_grants(&s, "two", "KEY", &hidden));
    assert_false(bx_settings_grants(&s, "rf-detr", "HOME", &hidden));
    assert_true(bx_settings_grants(&s, "two", "CUDA_VISIBLE_DEVICES", &hidden) && !hidden);
    assert_true(bx_settings_grants_host(&s, "api.example.com", "KEY"));
    assert_false(bx_settings_grants_host(&s, "api.example.com.evil", "KEY") || bx_settings_grants_host(&s, "api.example.com", "HOME"));
    assert_string_equal(bx_settings_allows(&s, "s-1"), "mine");
    assert_null(bx_settings_allows(&s, "t-1"));
}

static void test_allowing_is_of_one_version_and_survives_the_file(void **state)
{
    (void)state;
    struct bx_settings s = {0};
    struct bx_allowed l;
    struct bx_err e = {0};
    char why[200];
    const char *path = file("allowed.json");
    assert_true(bx_allowed_load(path, &l, &arena, &e)); /* absent */
    struct bx_model b = {.slug = "b", .backend = {.kind = BX_BACKEND_COMMAND}}, a = b;
    a.slug = "a";
    memset(a.version, 7, 32);
    memset(b.version, 8, 32);
    memset(b.eval_digest, 9, 32);
    assert_false(bx_model_allowed(&s, &l, &b, why));
    assert_non_null(strstr(why, "boxscore allow b"));
    bx_allowed_add(&l, &b, 1000, &arena);
    bx_allowed_add(&l, &a, 2000, &arena);
    assert_true(bx_allowed_save(path, &l, &e));
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_true(bx_allowed_load(path, &l, &arena, &e));
    assert_int_equal(l.n, 2);
    assert_string_equal(l.at[0].slug, "a");
    assert_int_equal(l.at[1].time, 1000);
    assert_true(bx_model_allowed(&s, &l, &a, why) && bx_model_allowed(&s, &l, &b, why));
    struct bx_model changed = b;
    changed.version[0] = changed.files_digest[0] = 1;
    assert_false(bx_model_allowed(&s, &l, &changed, why));
    assert_non_null(strstr(why, "its program or files changed"));
    changed = b;
    changed.version[0] = changed.eval_digest[0] = 1;
    assert_false(bx_model_allowed(&s, &l, &changed, why));
    assert_non_null(strstr(why, "its config changed"));
    assert_true(bx_allowed_remove(&l, "a"));
    assert_false(bx_allowed_remove(&l, "a"));
    assert_false(bx_model_allowed(&s, &l, &a, why));
    changed.backend.kind = BX_BACKEND_PREDICTIONS;
    assert_true(bx_model_allowed(&s, &l, &changed, why));
    const char *bad = "{\"format\": 1, \"models\": {\"a\": {\"version\": \"zz\"}}}";
    assert_true(bx_file_write(path, bad, strlen(bad), &e));
    assert_false(bx_allowed_load(path, &l, &arena, &e));
    assert_non_null(strstr(e.text, "allowed.json"));
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    bx_arena_release(&arena);
    return bx_remove_tree(dir, NULL) ? 0 : -1;
}

static void test_what_commands_may_reach(void **state)
{
    (void)state;
    struct bx_settings s;
    struct bx_problems ps;
    assert_true(load("{\"format\": 1, " BOARD "}", &s, &ps));
    assert_true(s.confine.on);
    assert_true(!s.confine.nread && !s.confine.ndevices && !s.confine.nnetwork);
    assert_int_equal(s.confine.processes, 2048);
    assert_true(s.confine.temporary == INT64_C(8) << 30);
    assert_true(load("{\"format\": 1, " BOARD ", \"confine\": {\"read\": [\"lib\", \"/opt/*\"], \"devices\": \"/dev/shm\","
                     " \"network\": [\"api-*\"], \"processes\": 100, \"temporary\": 1048576}}",
                     &s, &ps));
    assert_int_equal(s.confine.nread, 2);
    assert_string_equal(s.confine.read[0], file("lib"));
    assert_string_equal(s.confine.read[1], "/opt/*");
    assert_string_equal(s.confine.devices[0], "/dev/shm");
    assert_true(bx_glob_any("api-1", s.confine.network, s.confine.nnetwork));
    assert_int_equal(s.confine.processes, 100);
    static const struct {
        const char *text;
        bool on, except;
    } table[] = {{"{}", true, false}, {"true", true, false}, {"false", false, false}, {"{\"except\": [\"mine-*\"]}", true, true}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_true(load(bx_printf(&arena, "{\"format\": 1, " BOARD ", \"confine\": %s}", table[i].text), &s, &ps));
        assert_int_equal(s.confine.on, table[i].on);
        assert_int_equal(bx_glob_any("mine-1", s.confine.except, s.confine.nexcept), table[i].except);
        assert_false(bx_glob_any("other", s.confine.except, s.confine.nexcept));
    }
    assert_false(load("{\"format\": 1, " BOARD ", \"confine\": 0}", &s, &ps));
    bx_problems_free(&ps);
    assert_false(load("{\"format\": 1, " BOARD ", \"confine\": {\"reads\": [], \"processes\": 0}}", &s, &ps));
    assert_int_equal(ps.errors, 2);
    bx_problems_free(&ps);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(test_defaults_and_paths_from_the_settings_folder),
        cmocka_unit_test(test_what_commands_may_reach),
        cmocka_unit_test(test_all_problems_in_one_pass),
        cmocka_unit_test(test_boards_and_their_rules),
        cmocka_unit_test(test_a_slug_that_comes_twice_is_named_with_its_place),
        cmocka_unit_test(test_grants),
        cmocka_unit_test(test_allowing_is_of_one_version_and_survives_the_file),
    };
    enum { ROWS = sizeof wrongs / sizeof *wrongs, OTHERS = sizeof others / sizeof *others };
    static struct CMUnitTest tests[ROWS + OTHERS];
    for (size_t i = 0; i < ROWS; i++)
        tests[i] = (struct CMUnitTest){wrongs[i].name, test_a_wrong_one, NULL, NULL, (void *)(uintptr_t)&wrongs[i]};
    memcpy(tests + ROWS, others, sizeof others);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
