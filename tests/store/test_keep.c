/* test_keep.c: what retention keeps, backups, sizes, and blobs that lie. */
#include "tests/store/fixture.h"
#include <fcntl.h>

static int64_t day(const char *date)
{
    int64_t ms;
    if (!bx_time_parse(date, &ms))
        fail_msg("no date: '%s'", date);
    return ms;
}

/* Nights, oldest first; which of them are kept under which rules, by hand. */
static void retention_keeps_the_newest_the_first_and_one_a_month(void **state)
{
    (void)state;
    static const char *const nights[] = {"2026-01-05", "2026-01-20", "2026-02-01", "2026-02-14", "2026-02-28",
                                         "2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06"};
    enum { N = sizeof nights / sizeof *nights };
    static const struct {
        struct bx_retention keep;
        const char *kept; /* one a night */
    } cases[] = {
        {{3, true, true}, "x.x..xxxx"},    {{3, false, false}, "......xxx"}, {{1, true, false}, "x.......x"},
        {{1, false, true}, "x.x..x..x"},   {{0, false, false}, "........x"}, /* what the board shows is never collected */
        {{99, false, false}, "xxxxxxxxx"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct fixture f;
        unlink("a.db");
        fixture_open(&f, "a.db", 5, 1000);
        struct bx_model m = fixture_model("fast", 1), other = fixture_model("other", 2);
        OK(bx_store_model_put(f.st, &m, true, 1500, e));
        OK(bx_store_model_put(f.st, &other, true, 1500, e));
        for (int i = 0; i < N; i++)
            fixture_evaluate(&f, &m, i + 1, day(nights[i]) + 3600000);
        fixture_evaluate(&f, &other, 50, day("2026-01-06")); /* alone: always kept */
        fixture_evaluate(&f, &m, (double)NAN, day("2026-03-07"));
        struct bx_gc_result r;
        OK(bx_store_gc(f.st, &cases[c].keep, &r, e));
        struct bx_evaluation *rows;
        size_t n;
        OK(bx_store_evaluations(f.st, "fast", &rows, &n, &f.a, e));
        assert_int_equal(n, N + 1);
        char kept[N + 1] = "";
        for (int i = 0; i < N; i++)
            kept[i] = rows[N - i].kept ? 'x' : '.';
        assert_string_equal(kept, cases[c].kept);
        assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM report"), N + 1); /* the numbers stay */
        struct bx_report_row *reports;
        OK(bx_store_reports(f.st, &reports, &n, &f.a, e));
        size_t rescorable = 0, expected = 1;
        for (size_t i = 0; i < n; i++)
            rescorable += reports[i].rescorable;
        for (int i = 0; i < N; i++)
            expected += cases[c].kept[i] == 'x';
        assert_int_equal(rescorable, expected);
        assert_int_equal(r.detections, (size_t)N + 1 - expected);
        /* What else is derived from detections goes with them; the scalars stay. */
        assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM image_results"), expected);
        assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM curve"), expected);
        assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM latency"), expected);
        assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM report WHERE length(scalars) = 16"), N + 1);
        OK(bx_store_check(f.st, e));
        fixture_close(&f);
    }
}

static void equal_detections_stay_as_long_as_one_night_keeps_them(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, "a.db", 5, 1000);
    struct bx_model m = fixture_model("fast", 1);
    OK(bx_store_model_put(f.st, &m, true, 1500, e));
    fixture_evaluate(&f, &m, 1, day("2026-01-01"));
    fixture_evaluate(&f, &m, 2, day("2026-01-02"));
    fixture_evaluate(&f, &m, 1, day("2026-01-03"));
    struct bx_gc_result r;
    const struct bx_retention keep = {1, false, false};
    OK(bx_store_gc(f.st, &keep, &r, e));
    struct bx_evaluation *rows;
    size_t n;
    OK(bx_store_evaluations(f.st, "fast", &rows, &n, &f.a, e));
    assert_true(rows[0].kept && !rows[1].kept && rows[2].kept);
    fixture_close(&f);
}

/* CONTRACTS 4: beyond retention a model-night with answers of its own is a few hundred bytes, without anybody calling gc. */
static void a_night_beyond_retention_is_small(void **state)
{
    (void)state;
    static const struct bx_retention keep = {3, true, true};
    static const char pages[] =
        "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size";
    enum { NIGHTS = 300, BEFORE = 50 };
    struct fixture f;
    fixture_open(&f, "a.db", 5, 1000);
    f.retention = &keep;
    struct bx_model m = fixture_model("fast", 1);
    OK(bx_store_model_put(f.st, &m, true, 1500, e));
    int64_t at = 0;
    for (int i = 0; i < NIGHTS; i++) {
        if (i == BEFORE)
            at = fixture_count(f.st, pages);
        fixture_evaluate(&f, &m, i + 1, day("2026-01-05") + 60000 * i);
    }
    int64_t each = (fixture_count(f.st, pages) - at) / (NIGHTS - BEFORE);
    print_message("%lld bytes a model-night beyond retention\n", (long long)each);
    assert_true(each < 500);
    assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM evaluation"), NIGHTS);
    assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM report WHERE length(scalars) >= 150"), NIGHTS);
    static const char *const whole[] = {"detections", "curve", "image_results", "latency"};
    for (size_t i = 0; i < 4; i++) { /* the first of the month is the first of all */
        char sql[64];
        snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", whole[i]);
        assert_int_equal(fixture_count(f.st, sql), 4);
    }
    assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM log"), 1);
    OK(bx_store_check(f.st, e));
    fixture_close(&f);
}

static void a_backup_is_whole_and_replaces_at_once(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, "a.db", 300, 1000);
    struct bx_model m = fixture_model("fast", 1);
    OK(bx_store_model_put(f.st, &m, true, 1500, e));
    fixture_evaluate(&f, &m, 1, 2000);
    OK(bx_file_write("copy.db", "yesterday's", 11, e));
    OK(bx_store_backup(f.st, "copy.db", e)); /* while f.st is open and its rows are in the -wal */
    struct bx_buf one = {0}, two = {0};
    fixture_dump(f.st, &one);
    struct bx_store *copy;
    OK(bx_store_open("copy.db", BX_STORE_READ, &copy, e));
    fixture_dump(copy, &two);
    assert_string_equal(one.p, two.p);
    bx_store_close(copy);
    bx_buf_free(&one);
    bx_buf_free(&two);
    struct bx_err err = {0};
    assert_false(bx_store_backup(f.st, "a.db", &err));
    assert_non_null(strstr(err.text, "'a.db' is the database itself"));
    assert_false(bx_store_backup(f.st, "no/such/folder/copy.db", &err));
    assert_non_null(strstr(err.text, "no/such/folder/copy.db"));
    struct bx_arena a = {0};
    char **names;
    size_t n;
    OK(bx_dir_list(".", false, NULL, 0, &a, &names, &n, e));
    for (size_t i = 0; i < n; i++)
        assert_null(strstr(names[i], ".part")); /* nothing half is left */
    bx_arena_release(&a);
    fixture_close(&f);
}

/* CONTRACTS 4 plans with 500,000 boxes: 21 MB raw, 8 to 15 MB deflated. These are as random as real ones: scores of six digits, boxes of
 * hundredths of pixels. */
static void half_a_million_detections_go_in_and_come_out(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, "a.db", 5000, 1000);
    struct bx_model m = fixture_model("fast", 1);
    OK(bx_store_model_put(f.st, &m, true, 1500, e));
    struct bx_detections_builder *b = bx_detections_builder_new();
    uint64_t x = 88172645463325252u;
    char name[8];
    for (size_t i = 0; i < 500000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        snprintf(name, sizeof name, "c%d", (int)(x % 80));
        struct bx_detection d = {
            .name = bx_detections_builder_name(b, name, strlen(name)), .score = (double)(x >> 20 & 0xfffff) / 1e6, .box_given = true};
        for (int k = 0; k < 4; k++)
            d.box[k] = (double)(x >> (8 * k) & 0xffff) / 100;
        bx_detections_builder_add(b, i / 100, &d);
    }
    struct bx_detections d, back;
    bx_detections_builder_finish(b, 5000, &d, &f.a);
    char digest[BX_DIGEST_SIZE];
    OK(bx_detections_digest(&d, digest, e));
    struct bx_evaluation ev = {
        .id = bx_id_new(), .run = f.run, .slug = "fast", .images = f.images, .finished = 2000, .latency_ms = (double)NAN};
    memcpy(ev.version, m.version, 32);
    int64_t t0 = bx_time_monotonic();
    const struct bx_evaluation_end end = {.detections = &d};
    OK(bx_store_evaluation_put(f.st, &ev, &end, e));
    int64_t t1 = bx_time_monotonic();
    bool found;
    OK(bx_store_detections_get(f.st, digest, &back, &found, &f.a, e)); /* checks the digest */
    int64_t t2 = bx_time_monotonic();
    assert_true(found);
    assert_int_equal(back.n, 500000);
    assert_memory_equal(back.box, d.box, 4 * sizeof(double) * d.n);
    assert_memory_equal(back.score, d.score, sizeof(double) * d.n);
    int64_t bytes = fixture_count(f.st, "SELECT sum(length(bytes)) FROM detections_block");
    print_message("500000 detections: %.1f MB in %lld blocks, written in %.2f s, read in %.2f s\n", (double)bytes / 1e6,
                  (long long)fixture_count(f.st, "SELECT count(*) FROM detections_block"), (double)(t1 - t0) / 1e9,
                  (double)(t2 - t1) / 1e9);
    assert_true(bytes > 4000000 && bytes < 15000000);
    fixture_close(&f);
}

/* A database that somebody else made or damaged: told, never believed. */
static void blobs_that_lie_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *words;
    } cases[] = {
        {"UPDATE detections_block SET bytes = substr(bytes, 1, 5)", "damaged"},
        {"UPDATE detections_block SET bytes = substr(bytes, 1, length(bytes) - 9)", "damaged"},
        {"UPDATE detections_block SET bytes = x''", "damaged"},
        {"UPDATE detections_block SET bytes = CAST(x'ffffffffffffff7f' || substr(bytes, 9) AS BLOB)", "damaged"},
        {"UPDATE detections_block SET bytes = CAST(x'0000000100000000' || substr(bytes, 9) AS BLOB)", "damaged"},
        {"UPDATE detections_block SET bytes = randomblob(length(bytes))", "damaged"},
        {"DELETE FROM detections_block WHERE block = 1", "damaged"},
        {"INSERT INTO detections_block SELECT digest, 99, bytes FROM detections_block WHERE block = 0", "damaged"},
        {"UPDATE detections SET n = n + 1", "damaged"},
        {"UPDATE detections SET names = '[\"disc\"]'", "damaged"},
        {"UPDATE detections SET names = '[\"bar\", \"disk\"]'", "their digest is bx1-dets-"},
        {"UPDATE detections SET names = '{'", "damaged"},
    };
    struct fixture f;
    fixture_open(&f, "a.db", 600, 1000);
    struct bx_model m = fixture_model("fast", 1);
    OK(bx_store_model_put(f.st, &m, true, 1500, e));
    fixture_evaluate(&f, &m, 1, 2000);
    struct bx_evaluation *rows;
    size_t n;
    OK(bx_store_evaluations(f.st, "fast", &rows, &n, &f.a, e));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(sqlite3_exec(f.st->db, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
        char *why = NULL;
        if (sqlite3_exec(f.st->db, cases[i].sql, NULL, NULL, &why) != SQLITE_OK)
            fail_msg("%s: %s", cases[i].sql, why);
        struct bx_detections d;
        bool found;
        struct bx_err e = {0};
        struct bx_arena a = {0};
        if (bx_store_detections_get(f.st, rows->detections, &d, &found, &a, &e))
            fail_msg("%s: believed", cases[i].sql);
        assert_int_equal(e.code, BX_DB);
        if (!strstr(e.text, cases[i].words) || !strstr(e.text, "'a.db'"))
            fail_msg("%s: found '%s', expected it to say '%s'", cases[i].sql, e.text, cases[i].words);
        bx_arena_release(&a);
        assert_int_equal(sqlite3_exec(f.st->db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    }
    static const char *const sets[] = {"UPDATE testset SET bytes = substr(bytes, 1, 20)", "UPDATE testset SET length = 1000000000000",
                                       "UPDATE testset SET length = -1", "UPDATE testset SET length = length - 1",
                                       "UPDATE testset SET bytes = randomblob(length(bytes))"};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        sqlite3_exec(f.st->db, "BEGIN", NULL, NULL, NULL);
        assert_int_equal(sqlite3_exec(f.st->db, sets[i], NULL, NULL, NULL), SQLITE_OK);
        struct bx_testset t;
        enum bx_geometry g;
        bool found;
        struct bx_err e = {0};
        assert_false(bx_store_testset_get(f.st, f.digest, &t, &g, &found, &f.a, &e));
        assert_non_null(strstr(e.text, "'a.db'"));
        sqlite3_exec(f.st->db, "ROLLBACK", NULL, NULL, NULL);
    }
    struct bx_report_key key = {rows->detections, f.digest, BX_GEOM_BOX, BX_PROTOCOL_COCO, {0}, ""};
    memcpy(key.score_digest, m.score_digest, 32);
    static const char *const curves[] = {"UPDATE curve SET n = 1000000000", "UPDATE curve SET n = -1", "UPDATE curve SET x = x'00'",
                                         "UPDATE curve SET y = substr(y, 1, 4)",
                                         "INSERT INTO curve SELECT report, name, 0, n, zeroblob(1 << 22), y FROM curve"};
    for (size_t i = 0; i < sizeof curves / sizeof *curves; i++) {
        sqlite3_exec(f.st->db, "BEGIN", NULL, NULL, NULL);
        assert_int_equal(sqlite3_exec(f.st->db, curves[i], NULL, NULL, NULL), SQLITE_OK);
        struct bx_report r;
        bool found;
        struct bx_err e = {0};
        assert_false(bx_store_report_get(f.st, &key, &r, &found, &f.a, &e));
        assert_non_null(strstr(e.text, "'a.db' is damaged"));
        sqlite3_exec(f.st->db, "ROLLBACK", NULL, NULL, NULL);
    }
    fixture_close(&f);
}

/* Bytes overwritten anywhere in the file: an error or the truth, never a crash. */
static void a_damaged_file_is_an_error_or_the_truth(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, "a.db", 60, 1000);
    struct bx_model m = fixture_model("fast", 1);
    OK(bx_store_model_put(f.st, &m, true, 1500, e));
    fixture_evaluate(&f, &m, 1, 2000);
    char digest[BX_DIGEST_SIZE], testset[BX_DIGEST_SIZE];
    struct bx_detections d = fixture_detections(&f.t, 1, &f.a);
    OK(bx_detections_digest(&d, digest, e));
    memcpy(testset, f.digest, sizeof testset);
    bx_store_close(f.st); /* d lives on in f.a */
    struct bx_buf good = {0};
    OK(bx_file_read("a.db", 1 << 24, &good, e));
    unsigned seed = 7;
    for (int round = 0; round < 150; round++) {
        struct bx_buf bad = {0};
        bx_buf_add(&bad, good.p, good.n);
        for (int k = 0; k < 1 + round % 20; k++) {
            seed = seed * 1103515245u + 12345u;
            size_t at = (seed >> 8) % bad.n;
            seed = seed * 1103515245u + 12345u;
            bad.p[at < 100 && round % 3 ? at + 100 : at] = (char)(seed >> 16);
        }
        if (round % 10 == 9)
            bad.n = bad.n * (size_t)(round % 7) / 7;
        OK(bx_file_write("bad.db", bad.p, bad.n, e));
        struct bx_store *st = NULL;
        struct bx_err e = {0};
        struct bx_arena a = {0};
        if (bx_store_open("bad.db", BX_STORE_READ, &st, &e)) {
            struct bx_model_row *models;
            struct bx_evaluation *evaluations;
            struct bx_run_row *runs;
            struct bx_report_row *reports;
            struct bx_testset t;
            struct bx_detections back;
            enum bx_geometry g;
            size_t n;
            bool found;
            bx_store_models(st, &models, &n, &a, &e);
            bx_store_evaluations(st, NULL, &evaluations, &n, &a, &e);
            bx_store_runs(st, &runs, &n, &a, &e);
            if (bx_store_reports(st, &reports, &n, &a, &e) && n) {
                struct bx_report r;
                bx_store_report_get(st, &reports[0].key, &r, &found, &a, &e);
            }
            bx_store_testset_get(st, testset, &t, &g, &found, &a, &e);
            if (bx_store_detections_get(st, digest, &back, &found, &a, &e) && found)
                assert_memory_equal(back.box, d.box, 4 * 60 * sizeof(double));
            bx_store_check(st, &e);
        }
        bx_store_close(st);
        bx_arena_release(&a);
        bx_buf_free(&bad);
        unlink("bad.db");
        unlink("bad.db-wal");
        unlink("bad.db-shm");
    }
    bx_buf_free(&good);
    bx_arena_release(&f.a);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, enter_folder, leave_folder)
    const struct CMUnitTest tests[] = {
        TEST(retention_keeps_the_newest_the_first_and_one_a_month),
        TEST(equal_detections_stay_as_long_as_one_night_keeps_them),
        TEST(a_night_beyond_retention_is_small),
        TEST(a_backup_is_whole_and_replaces_at_once),
        TEST(half_a_million_detections_go_in_and_come_out),
        TEST(blobs_that_lie_are_refused),
        TEST(a_damaged_file_is_an_error_or_the_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
