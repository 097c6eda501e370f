/* test_merge.c: two half boards are one whole, in either order and as often as one likes; and each keeps its own order. */
#include "tests/store/fixture.h"

/* The night of these models, in one store or in two: ids and times are the model's own, so that the results can be compared. */
static bx_id id_of(uint8_t what, uint8_t number)
{
    bx_id id;
    memset(id.b, number, sizeof id.b);
    id.b[0] = what;
    return id;
}

static void put_run(struct bx_store *st, uint8_t number, int64_t started)
{
    sqlite3_stmt *s;
    const bx_id id = id_of('r', number);
    assert_int_equal(sqlite3_prepare_v2(st->db,
                                        "INSERT INTO run (id, seq, verb, started, finished, outcome, boxscore) VALUES (?, (SELECT "
                                        "coalesce(max(seq), 0) + 1 FROM run), 'run', ?, ?, 'complete', '0')",
                                        -1, &s, NULL),
                     SQLITE_OK);
    sqlite3_bind_blob(s, 1, id.b, 16, SQLITE_TRANSIENT);
    sqlite3_bind_int64(s, 2, started);
    sqlite3_bind_int64(s, 3, started + 10);
    assert_int_equal(sqlite3_step(s), SQLITE_DONE);
    sqlite3_finalize(s);
}

static void put_evaluation(struct fixture *f, const char *slug, uint8_t number, uint8_t run, int64_t finished, double salt)
{
    struct bx_model m = fixture_model(slug, 1);
    OK(bx_store_model_put(f->st, &m, true, 100, e));
    struct bx_evaluation ev = {.id = id_of('e', number),
                               .run = id_of('r', run),
                               .slug = slug,
                               .images = f->images,
                               .finished = finished,
                               .images_total = 5,
                               .latency_ms = 3};
    memcpy(ev.version, m.version, 32);
    struct bx_detections d = fixture_detections(&f->t, salt, &f->a);
    struct bx_report r = fixture_report(salt / 100, &f->a);
    const int64_t wall[5] = {1, 2, 3, 4, 5};
    const struct bx_scored scored = {.testset = f->digest, .score_digest = m.score_digest, .report = &r};
    const struct bx_evaluation_end end = {
        .detections = &d, .wall_ns = wall, .own_ns = wall, .nlatencies = 5, .reports = &scored, .nreports = 1};
    OK(bx_store_evaluation_put(f->st, &ev, &end, e));
}

static void open_empty(struct fixture *f, const char *path)
{
    fixture_open(f, path, 5, 1);
    sqlite3_exec(f->st->db, "DELETE FROM run", NULL, NULL, NULL);
}

/* which: 1 the even nights' machine, 2 the odd ones', 3 both. Models 'a' and 'b' give equal answers. */
static void fill(const char *path, int which)
{
    struct fixture f;
    open_empty(&f, path);
    for (uint8_t night = 0; night < 6; night++) {
        if (!(which & (night % 2 ? 2 : 1)))
            continue;
        put_run(f.st, night, 1000 * night);
        put_evaluation(&f, night % 2 ? "a" : "b", (uint8_t)(2 * night), night, 1000 * night + 100, 7);
        put_evaluation(&f, night % 2 ? "c" : "d", (uint8_t)(2 * night + 1), night, 1000 * night + 200, 20 + night);
    }
    fixture_close(&f);
}

static char *dump_of(const char *path)
{
    struct bx_store *st;
    OK(bx_store_open(path, BX_STORE_READ, &st, e));
    OK(bx_store_check(st, e));
    struct bx_buf b = {0};
    fixture_dump(st, &b);
    bx_store_close(st);
    return b.p;
}

/* The first line in which two dumps differ, rather than both of them. */
static void same(const char *found, const char *expected)
{
    const char *f = found, *x = expected, *line = found, *want = expected;
    for (; *f && *f == *x; f++, x++)
        if (*f == '\n')
            line = f + 1, want = x + 1;
    if (*f != *x)
        fail_msg("found '%.*s', expected '%.*s'", (int)strcspn(line, "\n"), line, (int)strcspn(want, "\n"), want);
}

static struct bx_merge_result merge(const char *into, const char *other)
{
    struct bx_store *st;
    struct bx_merge_result r;
    OK(bx_store_open(into, BX_STORE_WRITE, &st, e));
    struct bx_arena a = {0};
    OK(bx_store_merge(st, other, &r, &a, e));
    bx_arena_release(&a);
    bx_store_close(st);
    return r;
}

static void two_halves_are_one_whole(void **state)
{
    (void)state;
    fill("whole.db", 3);
    char *whole = dump_of("whole.db");
    for (int turn = 0; turn < 2; turn++) {
        fill("even.db", 1);
        fill("odd.db", 2);
        const char *into = turn ? "odd.db" : "even.db", *other = turn ? "even.db" : "odd.db";
        char *before = dump_of(other);
        struct bx_merge_result r = merge(into, other);
        assert_int_equal(r.runs, 3);
        assert_int_equal(r.models, 2);
        assert_int_equal(r.evaluations, 6);
        assert_int_equal(r.detections, 3);         /* the equal answers are there already */
        assert_int_equal(r.reports, turn ? 3 : 4); /* the odd nights' report of the equal answers was made later */
        char *merged = dump_of(into), *after = dump_of(other);
        same(merged, whole);
        same(before, after);
        r = merge(into, other);
        assert_int_equal(r.runs + r.models + r.evaluations + r.detections + r.reports, 0);
        char *again = dump_of(into);
        same(again, whole);
        free(before);
        free(after);
        free(merged);
        free(again);
        unlink("even.db");
        unlink("odd.db");
    }
    free(whole);
}

/* One machine's clock was set back by an hour between two runs: their order stays what it was. */
static void a_clock_that_was_set_back_reorders_nothing(void **state)
{
    (void)state;
    struct fixture f;
    open_empty(&f, "ours.db");
    put_run(f.st, 1, 5000);
    put_run(f.st, 2, 1000);
    put_run(f.st, 3, 6000);
    fixture_close(&f);
    open_empty(&f, "theirs.db");
    put_run(f.st, 11, 900);
    put_run(f.st, 12, 5500);
    fixture_close(&f);
    merge("ours.db", "theirs.db");
    struct bx_store *st;
    OK(bx_store_open("ours.db", BX_STORE_READ, &st, e));
    struct bx_buf b = {0};
    dump_query(st->db, "SELECT hex(substr(id, 2, 1)) FROM run ORDER BY seq", &b);
    assert_string_equal(bx_buf_str(&b), "0B|\n01|\n02|\n0C|\n03|\n");
    bx_buf_free(&b);
    bx_store_close(st);
}

static void answers_that_an_evaluation_has_overtaken_do_not_come_in(void **state)
{
    (void)state;
    struct fixture f;
    struct bx_model m = fixture_model("a", 1);
    struct bx_subject s = {"a", m.version};
    struct bx_partial row = {.image = 1, .wall_ns = 1, .own_ns = -1};
    open_empty(&f, "theirs.db");
    OK(bx_store_model_put(f.st, &m, true, 100, e));
    OK(bx_store_partial_add(f.st, &s, &f.t, &row, 1, 500, e));
    fixture_close(&f);
    open_empty(&f, "done.db");
    put_run(f.st, 1, 400);
    put_evaluation(&f, "a", 1, 1, 600, 7);
    fixture_close(&f);
    open_empty(&f, "fresh.db");
    fixture_close(&f);
    static const char *const into[] = {"done.db", "fresh.db"};
    for (int i = 0; i < 2; i++) {
        merge(into[i], "theirs.db");
        OK(bx_store_open(into[i], BX_STORE_READ, &f.st, e));
        assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM partial"), i);
        bx_store_close(f.st);
    }
}

/* Boards of one name are one board only when they have one test set and one set of rules. */
static void a_board_with_other_rules_is_told_and_theirs_come_after_ours(void **state)
{
    (void)state;
    static const char *const names[] = {"Shapes"};
    struct fixture f;
    struct bx_merge_result r;
    open_empty(&f, "ours.db");
    fixture_close(&f);
    open_empty(&f, "theirs.db");
    struct bx_board_row boards[3];
    static const char *const slugs[] = {"theirs", "shapes", "gone"};
    for (size_t i = 0; i < 3; i++)
        boards[i] = (struct bx_board_row){.board = {.slug = slugs[i], .title = "Shapes", .names = names, .nnames = 1},
                                          .testset = f.digest,
                                          .protocol = i == 1 ? BX_PROTOCOL_COCO ";dets=1" : BX_PROTOCOL_COCO};
    OK(bx_store_boards_put(f.st, boards, 3, e));
    OK(bx_store_boards_put(f.st, boards, 2, e));
    fixture_close(&f);
    OK(bx_store_open("ours.db", BX_STORE_WRITE, &f.st, e));
    OK(bx_store_merge(f.st, "theirs.db", &r, &f.a, e));
    assert_int_equal(r.nconflicts, 1);
    assert_string_equal(r.conflicts[0].board, "shapes");
    assert_string_equal(r.conflicts[0].ours, BX_PROTOCOL_COCO);
    assert_string_equal(r.conflicts[0].theirs, BX_PROTOCOL_COCO ";dets=1");
    struct bx_buf b = {0};
    dump_query(f.st->db, "SELECT slug, position FROM board ORDER BY position DESC", &b);
    assert_string_equal(bx_buf_str(&b), "theirs|1|\nshapes|0|\ngone|-1|\n");
    bx_buf_free(&b);
    fixture_close(&f);
}

static void what_cannot_be_merged_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    fill("ours.db", 1);
    char *before = dump_of("ours.db");
    struct bx_store *st;
    struct bx_merge_result r;
    OK(bx_store_open("ours.db", BX_STORE_WRITE, &st, e));
    OK(bx_file_write("text.db", "no database", 11, e));
    assert_int_equal(mkfifo("pipe.db", 0666), 0);
    static const struct {
        const char *other, *words;
    } cases[] = {
        {"ours.db", "is the database itself"},          {"./ours.db", "is the database itself"},
        {"text.db", "not a SQLite database"},           {"absent.db", "cannot read the database 'absent.db'"},
        {"pipe.db", "'pipe.db' is not a regular file"}, /* nobody writes it */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bx_err e = {0};
        struct bx_arena a = {0};
        assert_false(bx_store_merge(st, cases[i].other, &r, &a, &e));
        bx_arena_release(&a);
        if (!strstr(e.text, cases[i].words))
            fail_msg("found '%s', expected it to say '%s'", e.text, cases[i].words);
    }
    bx_store_close(st);
    char *after = dump_of("ours.db");
    same(before, after);
    free(before);
    free(after);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, enter_folder, leave_folder)
    const struct CMUnitTest tests[] = {
        TEST(two_halves_are_one_whole),
        TEST(a_clock_that_was_set_back_reorders_nothing),
        TEST(answers_that_an_evaluation_has_overtaken_do_not_come_in),
        TEST(a_board_with_other_rules_is_told_and_theirs_come_after_ours),
        TEST(what_cannot_be_merged_is_refused_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
