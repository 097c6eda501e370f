/* test_store.c: what is put in comes out: test sets, models, answers, evaluations, reports. */
#include "tests/store/fixture.h"
#include <time.h>

static void a_test_set_comes_back_with_its_digest(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, "a.db", 5, 1000);
    OK(bx_store_testset_put(f.st, &f.t, BX_GEOM_BOX, f.digest, 2000, e)); /* once is enough */
    assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM testset"), 1);
    assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM image"), 4);
    struct bx_testset t;
    enum bx_geometry g;
    bool found;
    char digest[BX_DIGEST_SIZE];
    OK(bx_store_testset_get(f.st, f.digest, &t, &g, &found, &f.a, e));
    assert_true(found);
    OK(bx_testset_digest(&t, g, digest, e));
    assert_string_equal(digest, f.digest);
    assert_string_equal(t.image_file[3], "000004.jpg");
    assert_int_equal(t.class_id[2], 30);
    OK(bx_store_testset_get(f.st, "bx1-box-00", &t, &g, &found, &f.a, e));
    assert_false(found);
    fixture_close(&f);
}

static void an_evaluation_comes_back_whole(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, "a.db", 600, 1000);
    struct bx_model m = fixture_model("fast", 1);
    OK(bx_store_model_put(f.st, &m, true, 1500, e));
    bx_id id = fixture_evaluate(&f, &m, 40, 2000);
    struct bx_evaluation *rows;
    size_t n;
    OK(bx_store_evaluations(f.st, "fast", &rows, &n, &f.a, e));
    assert_int_equal(n, 1);
    assert_memory_equal(&rows->id, &id, sizeof id);
    assert_memory_equal(&rows->run, &f.run, sizeof id);
    assert_int_equal(rows->status, BX_EVALUATION_OK);
    assert_true(rows->kept);
    assert_int_equal(rows->ndetections, 600);
    assert_string_equal(rows->host.fingerprint, "abcd");
    assert_string_equal(rows->log, "what it printed");
    assert_true(rows->latency_ms == 12.5);
    struct bx_detections expected = fixture_detections(&f.t, 40, &f.a), d;
    char digest[BX_DIGEST_SIZE];
    bool found;
    OK(bx_detections_digest(&expected, digest, e));
    assert_string_equal(rows->detections, digest);
    OK(bx_store_detections_get(f.st, digest, &d, &found, &f.a, e));
    assert_true(found);
    assert_memory_equal(d.box, expected.box, 600 * 4 * sizeof(double));
    assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM detections_block"), 3);
    int64_t *wall, *own;
    OK(bx_store_latencies(f.st, &id, &wall, &own, &n, &f.a, e));
    assert_int_equal(n, 600);
    assert_int_equal(wall[599], 599000);
    struct bx_report_key key = {digest, f.digest, BX_GEOM_BOX, BX_PROTOCOL_COCO, {0}, ""};
    memcpy(key.score_digest, m.score_digest, 32);
    struct bx_report r;
    OK(bx_store_report_get(f.st, &key, &r, &found, &f.a, e));
    assert_true(found);
    assert_true(bx_report_get(&r, BX_METRIC_MAP, -1) == 0.4);
    assert_true(bx_report_get(&r, BX_METRIC_MAP, 1) == 0.4 / 3);
    assert_true(r.curves[0].y[1] == 0.4f);
    assert_int_equal(r.images[1].fn, 3);
    assert_true(r.operating_confidence == 0.25);
    fixture_close(&f);
}

static void equal_nights_share_their_detections_and_report(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, "a.db", 5, 1000);
    struct bx_model m = fixture_model("fast", 1);
    OK(bx_store_model_put(f.st, &m, true, 1500, e));
    for (int64_t night = 0; night < 365; night++)
        fixture_evaluate(&f, &m, 40, 2000 + night);
    assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM evaluation"), 365);
    assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM detections"), 1);
    assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM report"), 1);
    assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM metric"), 3);
    assert_int_equal(fixture_count(f.st, "SELECT round(1000 * map) FROM leaderboard WHERE model = 'fast'"), 400);
    assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM numbers WHERE model = 'fast' AND class = 'bar' AND metric = 'mAP 50:95'"),
                     1);
    struct bx_evaluation *rows;
    size_t n;
    OK(bx_store_evaluations(f.st, NULL, &rows, &n, &f.a, e));
    assert_int_equal(rows[0].finished, 2364);
    assert_non_null(rows[0].log);
    assert_null(rows[1].log);
    fixture_close(&f);
}

/* The view's rule: numbers of the current version where there are any, else the newest; never of a failed one. */
static void a_board_shows_the_newest_numbers_of_the_current_version(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, "a.db", 5, 1000);
    struct bx_model old = fixture_model("fast", 1), new = fixture_model("fast", 2);
    static const char map[] = "SELECT round(1000 * map) FROM leaderboard", current[] = "SELECT version = 'current' FROM leaderboard";
    OK(bx_store_model_put(f.st, &old, true, 1500, e));
    fixture_evaluate(&f, &old, 10, 2000);
    fixture_evaluate(&f, &old, 20, 3000);
    fixture_evaluate(&f, &old, (double)NAN, 4000);
    assert_int_equal(fixture_count(f.st, map), 200);
    OK(bx_store_model_put(f.st, &new, true, 5000, e));
    assert_int_equal(fixture_count(f.st, map), 200);
    assert_int_equal(fixture_count(f.st, current), 0);
    fixture_evaluate(&f, &new, 30, 6000);
    assert_int_equal(fixture_count(f.st, map), 300);
    OK(bx_store_model_put(f.st, &old, true, 7000, e)); /* taken back */
    assert_int_equal(fixture_count(f.st, map), 200);
    assert_int_equal(fixture_count(f.st, current), 1);
    assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM current_report"), 1);
    fixture_close(&f);
}

static int count_row(unsigned what, void *self, void *statement, void *unused)
{
    (void)what;
    (void)statement;
    (void)unused;
    ++*(size_t *)self;
    return 0;
}

static void failures_in_a_row_are_counted_from_the_newest(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, "a.db", 5, 1000);
    struct bx_model m = fixture_model("fast", 1);
    OK(bx_store_model_put(f.st, &m, true, 1500, e));
    struct bx_subject s = {"fast", m.version};
    struct bx_attempts t;
    OK(bx_store_attempts(f.st, &s, f.images, 1u << BX_GEOM_BOX, &t, &f.a, e));
    assert_true(!t.last && !t.failures && !t.any_good);
    fixture_evaluate(&f, &m, (double)NAN, 2000);
    fixture_evaluate(&f, &m, 40, 3000);
    fixture_evaluate(&f, &m, (double)NAN, 4000);
    fixture_evaluate(&f, &m, (double)NAN, 5000);
    OK(bx_store_attempts(f.st, &s, f.images, 1u << BX_GEOM_BOX, &t, &f.a, e));
    assert_int_equal(t.failures, 2);
    assert_int_equal(t.last, 5000);
    assert_int_equal(t.good[BX_GEOM_BOX].finished, 3000);
    assert_non_null(t.good[BX_GEOM_BOX].detections);
    assert_null(t.good[BX_GEOM_MASK].detections);
    size_t rows = 0;
    for (int i = 0; i < 40; i++)
        fixture_evaluate(&f, &m, 40, 6000 + i);
    fixture_evaluate(&f, &m, (double)NAN, 7000);
    sqlite3_trace_v2(f.st->db, SQLITE_TRACE_ROW, count_row, &rows);
    OK(bx_store_attempts(f.st, &s, f.images, 1u << BX_GEOM_BOX, &t, &f.a, e));
    sqlite3_trace_v2(f.st->db, 0, NULL, NULL);
    assert_true(t.failures == 1 && t.good[BX_GEOM_BOX].finished == 6039);
    assert_in_range(rows, 2, 5); /* however long its history is */
    OK(bx_store_attempts(f.st, &s, "bx1-images-other", 1u << BX_GEOM_BOX, &t, &f.a, e));
    assert_true(!t.last && !t.failures && !t.any_good);
    fixture_close(&f);
}

/* A model may have a class name for each image: taken up again, none of them costs more where there are many. */
static void many_names_cost_no_more_each_when_answers_are_taken_up_again(void **state)
{
    (void)state;
    double took[2];
    for (size_t i = 0; i < 2; i++) {
        const size_t images = (size_t)2000 << 2 * i;
        struct fixture f;
        struct timespec from, to;
        fixture_open(&f, i ? "many.db" : "some.db", images, 1000);
        struct bx_model m = fixture_model("fast", 1);
        OK(bx_store_model_put(f.st, &m, true, 1500, e));
        struct bx_subject s = {"fast", m.version};
        struct bx_detection *d = BX_NEW(&f.a, struct bx_detection, images);
        struct bx_partial *rows = BX_NEW(&f.a, struct bx_partial, images), *got;
        const char **names = BX_NEW(&f.a, const char *, images);
        for (size_t k = 0; k < images; k++) {
            names[k] = bx_printf(&f.a, "a class of image %zu alone", k);
            d[k] = (struct bx_detection){.score = 0.5, .box_given = true};
            rows[k] = (struct bx_partial){.image = k, .own_ns = -1, .sitting = f.run, .detections = &d[k], .n = 1, .names = &names[k]};
        }
        OK(bx_store_partial_add(f.st, &s, &f.t, rows, images, 1600, e));
        struct bx_detections_builder *b = bx_detections_builder_new();
        size_t n;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
        OK(bx_store_partial_load(f.st, &s, &f.t, 1u << BX_GEOM_BOX, b, &got, &n, &f.a, e));
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
        struct bx_detections all;
        bx_detections_builder_finish(b, images, &all, &f.a);
        assert_int_equal(all.nnames, images);
        assert_string_equal(all.names[images - 1], names[images - 1]);
        took[i] = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
        fixture_close(&f);
    }
    if (took[1] > 8 * took[0])
        fail_msg("four times the names: %.3f and %.3f s", took[0], took[1]);
}

static void answers_are_taken_up_again_and_end_in_the_same_detections(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, "a.db", 9, 1000);
    struct bx_model m = fixture_model("fast", 1);
    OK(bx_store_model_put(f.st, &m, true, 1500, e));
    struct bx_subject s = {"fast", m.version};
    struct bx_detections whole = fixture_detections(&f.t, 3, &f.a);
    static const char *const names[] = {"bar", "disc"};
    struct bx_detection d[9];
    struct bx_partial rows[9];
    for (size_t i = 0; i < 9; i++) {
        d[i] = (struct bx_detection){.name = i % 2 ? 1 : 0, .score = 0.5, .box_given = true};
        memcpy(d[i].box, whole.box + 4 * i, sizeof d[i].box);
        rows[i] = (struct bx_partial){
            .image = i, .wall_ns = (int64_t)i, .own_ns = -1, .sitting = f.run, .detections = &d[i], .n = 1, .names = names};
    }
    rows[4].failed = true;
    rows[4].reason = "timeout";
    rows[4].n = 0;
    OK(bx_store_partial_add(f.st, &s, &f.t, rows + 3, 6, 1600, e)); /* the last image before the first, which has the same bytes */
    OK(bx_store_partial_add(f.st, &s, &f.t, rows, 3, 1700, e));
    struct bx_partial *got;
    size_t n;
    OK(bx_store_partial_load(f.st, &s, &f.t, 0, NULL, &got, &n, &f.a, e));
    assert_int_equal(n, 9);
    for (size_t i = 0; i < 9; i++) {
        assert_int_equal(got[i].image, i);
        assert_int_equal(got[i].wall_ns, i);
        assert_int_equal(got[i].failed, i == 4);
    }
    assert_string_equal(got[4].reason, "timeout");
    rows[4].failed = false;
    rows[4].n = 1;
    OK(bx_store_partial_add(f.st, &s, &f.t, &rows[4], 1, 1800, e)); /* answered at the second attempt */
    struct bx_detections_builder *b = bx_detections_builder_new();
    OK(bx_store_partial_load(f.st, &s, &f.t, 1u << BX_GEOM_BOX, b, &got, &n, &f.a, e));
    struct bx_detections again;
    bx_detections_builder_finish(b, 9, &again, &f.a);
    char one[BX_DIGEST_SIZE], two[BX_DIGEST_SIZE];
    OK(bx_detections_digest(&whole, one, e));
    OK(bx_detections_digest(&again, two, e));
    assert_string_equal(one, two);
    fixture_evaluate(&f, &m, 3, 2000);
    assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM partial"), 0);
    fixture_close(&f);
}

static void partial_answers_of_a_version_that_is_gone_are_pruned(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, "a.db", 3, 1000);
    struct bx_model old = fixture_model("fast", 1), new = fixture_model("fast", 2);
    OK(bx_store_model_put(f.st, &old, true, 1500, e));
    struct bx_subject s = {"fast", old.version};
    struct bx_partial row = {.image = 0, .wall_ns = -1, .own_ns = -1};
    OK(bx_store_partial_add(f.st, &s, &f.t, &row, 1, 1600, e));
    OK(bx_store_partial_prune(f.st, e));
    assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM partial"), 1);
    OK(bx_store_model_put(f.st, &new, true, 1700, e));
    OK(bx_store_partial_prune(f.st, e));
    assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM partial"), 0);
    assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM version"), 2);
    fixture_close(&f);
}

static void a_renamed_model_takes_its_history_along(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, "a.db", 3, 1000);
    struct bx_model m = fixture_model("old-name", 1);
    OK(bx_store_model_put(f.st, &m, true, 1500, e));
    fixture_evaluate(&f, &m, 3, 2000);
    const char *formerly[] = {"older-name", "old-name"}, *present[] = {"new-name"};
    struct bx_model renamed = fixture_model("new-name", 1);
    renamed.formerly = formerly;
    renamed.nformerly = 2;
    OK(bx_store_models_present(f.st, present, 1, 2500, e));
    OK(bx_store_model_put(f.st, &renamed, true, 2500, e));
    struct bx_evaluation *rows;
    struct bx_model_row *models;
    size_t n;
    OK(bx_store_evaluations(f.st, "new-name", &rows, &n, &f.a, e));
    assert_int_equal(n, 1);
    OK(bx_store_models(f.st, &models, &n, &f.a, e));
    assert_int_equal(n, 1);
    assert_string_equal(models->slug, "new-name");
    assert_false(models->retired);
    OK(bx_store_models_present(f.st, NULL, 0, 2600, e));
    OK(bx_store_models(f.st, &models, &n, &f.a, e));
    assert_true(models->retired);
    OK(bx_store_model_invalid(f.st, "broken", "12:3: unknown key", 2700, e));
    OK(bx_store_model_blocked(f.st, "new-name", "not allowed", e));
    OK(bx_store_models(f.st, &models, &n, &f.a, e));
    assert_int_equal(n, 2);
    assert_string_equal(models[0].invalid, "12:3: unknown key");
    assert_string_equal(models[1].blocked, "not allowed");
    OK(bx_store_check(f.st, e));
    fixture_close(&f);
}

/* Just before a reader asks for the evaluations, the night stores the first one of another model. */
struct meanwhile {
    struct fixture *f;
    bool done;
};
static int meanwhile(unsigned what, void *self, void *statement, void *text)
{
    struct meanwhile *w = self;
    (void)what;
    (void)statement;
    if (w->done || !strstr(text, "FROM evaluation e "))
        return 0;
    w->done = true;
    const struct bx_model m = fixture_model("late", 3);
    OK(bx_store_model_put(w->f->st, &m, true, 3000, e));
    fixture_evaluate(w->f, &m, 2, 3000);
    return 0;
}

static bool any(void *self, const struct bx_history_row *r, struct bx_err *e)
{
    (void)r;
    (void)e;
    ++*(size_t *)self;
    return true;
}

static void who_reads_while_a_night_writes_sees_one_state(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, "a.db", 3, 1000);
    const struct bx_model m = fixture_model("fast", 1);
    OK(bx_store_model_put(f.st, &m, true, 1000, e));
    fixture_evaluate(&f, &m, 1, 2000);
    for (int history = 0; history < 2; history++) {
        struct meanwhile w = {.f = &f};
        struct bx_store *st;
        struct bx_evaluation *rows;
        struct bx_board_row *boards;
        size_t n = 0, nboards;
        sqlite3_exec(f.st->db, "DELETE FROM evaluation WHERE seq > 1; DELETE FROM subject WHERE slug = 'late'", NULL, NULL, NULL);
        OK(bx_store_open("a.db", BX_STORE_READ, &st, e));
        OK(bx_store_boards(st, &boards, &nboards, &f.a, e));
        sqlite3_trace_v2(st->db, SQLITE_TRACE_STMT, meanwhile, &w);
        if (history)
            OK(bx_store_history(st, boards, f.images, BX_METRIC_MAP, any, &n, &f.a, e));
        else
            OK(bx_store_evaluations(st, NULL, &rows, &n, &f.a, e));
        assert_true(w.done);
        assert_int_equal(n, 1);
        bx_store_close(st);
    }
    assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM evaluation"), 2);
    fixture_close(&f);
}

static void a_killed_run_is_closed_by_the_next_one(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, "a.db", 3, 1000);
    bx_id second;
    OK(bx_store_run_begin(f.st, "nightly", &f.host, 5000, &second, e));
    OK(bx_store_run_end(f.st, &second, "complete", 4, 1, 1, 6000, e));
    struct bx_run_row *rows;
    size_t n;
    OK(bx_store_runs(f.st, &rows, &n, &f.a, e));
    assert_int_equal(n, 2);
    assert_string_equal(rows[0].outcome, "complete");
    assert_int_equal(rows[0].seq, 2);
    assert_int_equal(rows[0].failed, 1);
    assert_string_equal(rows[1].outcome, "killed");
    fixture_close(&f);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, enter_folder, leave_folder)
    const struct CMUnitTest tests[] = {
        TEST(a_test_set_comes_back_with_its_digest),
        TEST(an_evaluation_comes_back_whole),
        TEST(equal_nights_share_their_detections_and_report),
        TEST(a_board_shows_the_newest_numbers_of_the_current_version),
        TEST(failures_in_a_row_are_counted_from_the_newest),
        TEST(answers_are_taken_up_again_and_end_in_the_same_detections),
        TEST(many_names_cost_no_more_each_when_answers_are_taken_up_again),
        TEST(partial_answers_of_a_version_that_is_gone_are_pruned),
        TEST(a_renamed_model_takes_its_history_along),
        TEST(who_reads_while_a_night_writes_sees_one_state),
        TEST(a_killed_run_is_closed_by_the_next_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
