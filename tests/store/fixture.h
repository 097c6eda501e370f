/* fixture.h: a folder of one's own, a test set, models, answers and reports to fill a store with. */
#pragma once
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/store/sql.h"
#include "tests/build.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define OK(call)                                                                                                                           \
    do {                                                                                                                                   \
        struct bx_err e_ = {0};                                                                                                            \
        struct bx_err *e = &e_;                                                                                                            \
        if (!(call))                                                                                                                       \
            fail_msg("%s", e_.text);                                                                                                       \
    } while (0)

static char fixture_dir[64];

static inline int enter_folder(void **state)
{
    (void)state;
    snprintf(fixture_dir, sizeof fixture_dir, "/tmp/boxscore-store-XXXXXX");
    return mkdtemp(fixture_dir) && chdir(fixture_dir) == 0 ? 0 : -1;
}

static inline int leave_folder(void **state)
{
    (void)state;
    return chdir("/") == 0 && bx_remove_tree(fixture_dir, NULL) ? 0 : -1;
}

/* n images; the last one has the same bytes as the first. One box of class i % 3 on each. */
static inline struct bx_testset fixture_testset(struct bx_arena *a, size_t n)
{
    static const char *const names[] = {"disc", "bar", "ring"};
    struct gt *g = BX_NEW(a, struct gt, n);
    for (size_t i = 0; i < n; i++)
        g[i] = (struct gt){.image = (uint32_t)i, .class_index = (uint32_t)(i % 3), .box = {(double)(i % 50), 5, 20, 30}};
    struct bx_testset t = build_testset(a, names, 3, n, g, n);
    for (int64_t i = 0; i < 3; i++)
        t.class_id[i] = 10 * (i + 1);
    memcpy(t.image_sha[n - 1], t.image_sha[0], sizeof *t.image_sha);
    return t;
}

static inline struct bx_model fixture_model(const char *slug, uint8_t version)
{
    struct bx_model m = {.slug = slug,
                         .path = "models.d/x.json",
                         .dir = "models.d",
                         .name = slug,
                         .task = BX_DETECT,
                         .operating_confidence = 0.25,
                         .parameters = NAN,
                         .flops = NAN};
    m.config_json = "{\"format\":1}";
    memset(m.version, version, 32);
    memset(m.files_digest, 7, 32);
    memset(m.score_digest, 9, 32);
    return m;
}

/* One detection on each image, which `salt` moves. */
static inline struct bx_detections fixture_detections(const struct bx_testset *t, double salt, struct bx_arena *a)
{
    static const char *const names[] = {"bar", "disc"};
    struct dt *d = BX_NEW(a, struct dt, t->nimages);
    for (size_t i = 0; i < t->nimages; i++)
        d[i] = (struct dt){.image = (uint32_t)i, .class_index = i % 2, .box = {(double)i + salt, 1, 2, 3}, .score = 0.5};
    return build_detections(a, names, t->nimages, d, t->nimages);
}

static inline struct bx_report fixture_report(double map, struct bx_arena *a)
{
    struct bx_report r = {.protocol = BX_PROTOCOL_COCO, .geometry = BX_GEOM_BOX, .operating_confidence = 0.25};
    bx_report_init(&r, 2, a);
    bx_report_set(&r, BX_METRIC_MAP, -1, map);
    bx_report_set(&r, BX_METRIC_MAP, 1, map / 3);
    bx_report_set(&r, BX_METRIC_F1, -1, 0.1);
    r.ncurves = 1;
    r.curves = BX_NEW(a, struct bx_curve, 1);
    r.curves[0] = (struct bx_curve){"pr_50", -1, 2, BX_NEW(a, float, 2), BX_NEW(a, float, 2)};
    r.curves[0].y[1] = (float)map;
    r.nimages = 2;
    r.images = BX_NEW(a, struct bx_image_result, 2);
    r.images[1] = (struct bx_image_result){1, 2, 3};
    return r;
}

struct fixture {
    struct bx_arena a;
    struct bx_store *st;
    struct bx_testset t;
    char digest[BX_DIGEST_SIZE], images[BX_DIGEST_SIZE];
    struct bx_host host;
    bx_id run;
    const struct bx_retention *retention; /* NULL: all is kept */
};

/* A store with a test set, a board and a run begun at `now`. */
static inline void fixture_open(struct fixture *f, const char *path, size_t nimages, int64_t now)
{
    *f = (struct fixture){.host = {"ws-04", "Some CPU, 8 cores", "abcd"}};
    f->t = fixture_testset(&f->a, nimages);
    OK(bx_testset_digest(&f->t, BX_GEOM_BOX, f->digest, e));
    OK(bx_testset_images_digest(&f->t, f->images, e));
    OK(bx_store_open(path, BX_STORE_WRITE, &f->st, e));
    static const char *const names[] = {"Shapes"};
    const struct bx_board_row board = {
        .board = {.slug = "shapes", .title = "Shapes", .names = names, .nnames = 1}, .testset = f->digest, .protocol = BX_PROTOCOL_COCO};
    OK(bx_store_testset_put(f->st, &f->t, BX_GEOM_BOX, f->digest, 1000, e));
    OK(bx_store_boards_put(f->st, &board, 1, e));
    OK(bx_store_run_begin(f->st, "run", &f->host, now, &f->run, e));
}

static inline void fixture_close(struct fixture *f)
{
    bx_store_close(f->st);
    bx_arena_release(&f->a);
}

/* An evaluation that ended at `finished`; salt NaN: it failed. */
static inline bx_id fixture_evaluate(struct fixture *f, const struct bx_model *m, double salt, int64_t finished)
{
    bool failed = isnan(salt);
    struct bx_evaluation ev = {.id = bx_id_new(),
                               .run = f->run,
                               .slug = m->slug,
                               .images = f->images,
                               .status = failed ? BX_EVALUATION_FAILED : BX_EVALUATION_OK,
                               .reason = failed ? "it exited with status 3" : NULL,
                               .log = "what it printed",
                               .started = finished - 500,
                               .finished = finished,
                               .sittings = 1,
                               .images_total = (unsigned)f->t.nimages,
                               .host = f->host,
                               .latency_ms = failed ? (double)NAN : 12.5};
    memcpy(ev.version, m->version, 32);
    struct bx_detections d = {0};
    struct bx_report r = {0};
    if (!failed) {
        d = fixture_detections(&f->t, salt, &f->a);
        r = fixture_report(salt / 100, &f->a);
        /* All that a board by COCO's rules has. */
        for (enum bx_metric k = 0; f->retention && k < BX_NMETRICS; k++)
            if (isnan(bx_report_get(&r, k, -1)) && !strstr(bx_metrics[k].name, "_size_"))
                bx_report_set(&r, k, -1, salt / (double)(1000 + k));
    }
    int64_t *wall = BX_NEW(&f->a, int64_t, f->t.nimages);
    for (size_t i = 0; i < f->t.nimages; i++)
        wall[i] = (int64_t)(1000 * i);
    const struct bx_scored scored = {.testset = f->digest, .score_digest = m->score_digest, .report = &r};
    const struct bx_evaluation_end end = {.detections = failed ? NULL : &d,
                                          .wall_ns = wall,
                                          .own_ns = wall,
                                          .nlatencies = failed ? 0 : f->t.nimages,
                                          .reports = &scored,
                                          .nreports = failed ? 0 : 1,
                                          .retention = f->retention};
    OK(bx_store_evaluation_put(f->st, &ev, &end, e));
    return ev.id;
}

static inline int64_t fixture_count(struct bx_store *st, const char *sql)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(st->db, sql, -1, &s, NULL) != SQLITE_OK || sqlite3_step(s) != SQLITE_ROW)
        fail_msg("%s: %s", sql, sqlite3_errmsg(st->db));
    int64_t v = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return v;
}

static inline void dump_query(sqlite3 *db, const char *sql, struct bx_buf *out)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    while (sqlite3_step(s) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(s); i++) {
            size_t n = (size_t)sqlite3_column_bytes(s, i);
            if (sqlite3_column_type(s, i) == SQLITE_BLOB) {
                char *hex = malloc(2 * n + 1);
                bx_hex(hex, sqlite3_column_blob(s, i), n);
                bx_buf_adds(out, hex);
                free(hex);
            } else {
                bx_buf_adds(out, sqlite3_column_text(s, i) ? (const char *)sqlite3_column_text(s, i) : "NULL");
            }
            bx_buf_addc(out, '|');
        }
        bx_buf_addc(out, '\n');
    }
    sqlite3_finalize(s);
}

/* The whole content by natural keys; row ids do not show. */
static inline void fixture_dump(struct bx_store *st, struct bx_buf *out)
{
    static const char *const queries[] = {
        "SELECT * FROM testset ORDER BY digest",
        "SELECT * FROM class ORDER BY testset, idx",
        "SELECT * FROM image ORDER BY sha256",
        "SELECT * FROM board ORDER BY slug",
        "SELECT id, seq, verb, started, finished, outcome, exit_status, host, machine, fingerprint, boxscore, models, failed FROM run "
        "ORDER BY "
        "seq",
        "SELECT slug, name, task, config, config_file, version, files_digest, score_digest, operating_confidence, retired, invalid, "
        "blocked, "
        "first_seen, updated FROM model ORDER BY slug",
        "SELECT * FROM version ORDER BY slug, version",
        "SELECT digest, nimages, n, names FROM detections ORDER BY digest",
        "SELECT digest, block, bytes FROM detections_block ORDER BY digest, block",
        "SELECT * FROM evaluations ORDER BY seq",
        "SELECT * FROM latency ORDER BY evaluation",
        "SELECT * FROM partial ORDER BY slug, version, image, nth",
        "SELECT s.detections, s.testset, s.geometry, s.protocol, s.score_digest, s.subset, s.operating_confidence, s.operating_is_max_f1, "
        "s.made, s.boxscore, names, scalars FROM reports s JOIN report r ON r.id = s.id JOIN layout y ON y.id = r.layout"
        " ORDER BY 1, 2, 3, 4, 5, 6",
        "SELECT r.detections, r.score_digest, name, class, value FROM metric JOIN reports r ON r.id = report ORDER BY r.detections, "
        "r.score_digest, name, class",
        "SELECT r.detections, r.score_digest, name, class, n, x, y FROM curve JOIN reports r ON r.id = report ORDER BY r.detections, "
        "r.score_digest, name, class",
        "SELECT r.detections, r.score_digest, bytes FROM image_results JOIN reports r ON r.id = report ORDER BY r.detections, "
        "r.score_digest",
    };
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        bx_buf_addf(out, "-- %zu\n", i);
        dump_query(st->db, queries[i], out);
    }
}
