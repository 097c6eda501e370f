/*
 * fabricate.h: a database as some nights would leave it, without running a model: a synthetic test set, models whose detections are the
 * truth, shaken in a fixed pseudo-random way, scored by the real metric. There is one of each status, one with a hostile name, links and
 * reason, and one whose name is right-to-left.
 */
#pragma once
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/metric/metric.h"
#include "core/store/store.h"
#include "tests/build.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NIGHT          1795407120000 /* 2026-11-23T04:12:00Z */
#define DAY            86400000
#define HOSTILE_NAME   "<script>alert(1)</script>\"'&{{slug}}"
#define HOSTILE_REASON "</pre><img src=x onerror=alert(2)> {{{root}}}"

enum fabricated_status { FAB_OK, FAB_STALE, FAB_FAILED, FAB_PARTIAL, FAB_CHANGED, FAB_NEVER, FAB_INVALID, FAB_BLOCKED, FAB_RETIRED };
struct fabricated {
    const char *slug, *name, *family, *license, *links;
    double parameters, flops, confidence, reported;
    int input;
    double ms;                               /* 0: no latency */
    double miss, shake, wrong, extra, small; /* chances and sizes of its errors; small: of missing small objects, on top */
    enum fabricated_status status;
};
#define LINKS "{\"code\":\"https://example.org/code\",\"paper\":\"https://example.org/paper\"}"
static const struct fabricated fabricated_models[] = {
    {"quern-l", "Quern-l", "Quern", "AGPL-3.0-only", LINKS, 41.2e6, 118e9, 0.35, 0.62, 640, 18.4, 0.06, 0.03, 0.02, 0.1, 0.25, FAB_OK},
    {"quern-m", "Quern-m", "Quern", "AGPL-3.0-only", LINKS, 20.3e6, 68.4e9, 0.35, NAN, 640, 10.2, 0.09, 0.04, 0.03, 0.1, 0.3, FAB_OK},
    {"quern-s", "Quern-s", "Quern", "AGPL-3.0-only", LINKS, 9.4e6, 21.6e9, 0.4, NAN, 640, 5.6, 0.13, 0.05, 0.05, 0.2, 0.4, FAB_OK},
    {"quern-n", "Quern-n", "Quern", "AGPL-3.0-only", LINKS, 2.6e6, 6.5e9, 0.4, NAN, 640, 3.1, 0.25, 0.07, 0.08, 0.3, 0.6, FAB_OK},
    {"sallow-b", "Sallow-B", "Sallow", "Apache-2.0", LINKS, 76e6, 216e9, NAN, 0.55, 800, 41.7, 0.06, 0.035, 0.01, 0.1, 0.2, FAB_OK},
    {"sallow-s", "Sallow-S", "Sallow", "Apache-2.0", LINKS, 22.1e6, 60.2e9, NAN, NAN, 800, 8.1, 0.12, 0.045, 0.04, 0.2, 0.35, FAB_STALE},
    {"brack-1280", "Brack-1280", "Brack", "BSD-3-Clause", "{\"code\":\"https://example.org/brack\"}", 35.6e6, 305e9, 0.3, NAN, 1280, 55.2,
     0.09, 0.04, 0.05, 0.2, 0.02, FAB_OK},
    {"wimble", "Wimble-hybrid-ft-512", "Wimble", "MIT", "{}", 3.9e6, 7.1e9, 0.5, NAN, 512, 2.7, 0.3, 0.06, 0.06, 0.2, 0.5, FAB_OK},
    {"wimble-twin", "Wimble-twin", "Wimble", "MIT", "{}", 3.9e6, 7.1e9, 0.5, NAN, 512, 0.83, 0.3, 0.06, 0.06, 0.2, 0.5, FAB_OK},
    {"hasp", "Hasp-lite", "Hasp", "LicenseRef-Hasp-Research-Only-1.2", LINKS, 3.2e6, 5.8e9, 0.4, NAN, 416, 4.4, 0.35, 0.08, 0.1, 0.4, 0.5,
     FAB_FAILED},
    {"corbel-x", "Corbel-X", NULL, NULL, "{}", NAN, NAN, 0.4, NAN, 0, 22.6, 0.1, 0.05, 0.1, 0.4, 0.5, FAB_PARTIAL},
    {"ostler-50", "Ostler-50", "Ostler", "Apache-2.0", LINKS, 42e6, 136e9, 0.4, NAN, 640, 14.8, 0.15, 0.05, 0.1, 0.4, 0.3, FAB_CHANGED},
    {"ostler-18", "Ostler-18", "Ostler", "Apache-2.0", LINKS, 20.1e6, 58.6e9, 0.4, NAN, 640, 0, 0, 0, 0, 0, 0, FAB_NEVER},
    {"broken", "broken", NULL, NULL, "{}", NAN, NAN, NAN, NAN, 0, 0, 0, 0, 0, 0, 0, FAB_INVALID},
    {"cheeky", HOSTILE_NAME, "<b>Family</b>", "MIT", "{\"code\":\"javascript:alert(3)\",\"paper\":\"https://example.org/?a=1&b=2\"}", 1e6,
     NAN, 0.4, NAN, 320, 0, 0.5, 0.1, 0.1, 0.5, 0.5, FAB_FAILED},
    {"hebrew", "מודל עברי", NULL, "MIT", "{}", 5e6, NAN, 0.4, NAN, 320, 0, 0, 0, 0, 0, 0, FAB_BLOCKED},
    {"gone", "Gone-1", "Gone", "MIT", "{}", 5e6, NAN, 0.4, NAN, 320, 3.3, 0.3, 0.1, 0.1, 0.3, 0.3, FAB_RETIRED},
};
enum { NFABRICATED = sizeof fabricated_models / sizeof *fabricated_models };

static uint64_t fab_state;
static double fab_random(void)
{
    fab_state ^= fab_state << 13;
    fab_state ^= fab_state >> 7;
    fab_state ^= fab_state << 17;
    return (double)(fab_state >> 11) / 9007199254740992.0;
}

static void fab_test_set(struct bx_testset *t, struct bx_arena *a)
{
    static const char *const names[] = {"container", "truck", "<i>crane</i>", "person", "hook"};
    enum { IMAGES = 120, CLASSES = 5, MOST = 9 };
    struct gt g[IMAGES * MOST];
    size_t all = 0;
    fab_state = 88172645463325252u;
    for (uint32_t i = 0; i < IMAGES; i++)
        for (int n = (int)(fab_random() * MOST); n > 0; n--) {
            double w = exp(2 + fab_random() * 3.2);
            struct gt *x = &g[all++];
            *x = (struct gt){.image = i, .class_index = (uint32_t)(fab_random() * fab_random() * CLASSES)};
            x->box[2] = w;
            x->box[3] = w * (0.6 + fab_random() * 0.8);
            x->box[0] = fab_random() * (640 - w);
            x->box[1] = fab_random() * (480 - w);
        }
    *t = build_testset(a, names, CLASSES, IMAGES, g, all);
}

static void fab_detect(const struct bx_testset *t, const struct fabricated *f, struct bx_detections *d, struct bx_arena *a)
{
    size_t n = 0, cap = 0;
    struct dt *found = NULL;
    fab_state = 1234567;
    for (uint32_t i = 0; i < t->nimages; i++) {
        for (size_t k = t->ann_begin[i]; k < t->ann_begin[i + 1]; k++) {
            const double *g = &t->ann_box[4 * k];
            bool small = t->ann_area[k] < 1024;
            if (fab_random() < f->miss + (small ? f->small : 0))
                continue;
            double s = f->shake * (1 + 3 * fab_random());
            found = bx_grow(found, &cap, n + 1, sizeof *found);
            struct dt *x = &found[n++];
            *x = (struct dt){.image = i, .class_index = t->ann_class[k]};
            if (fab_random() < f->wrong)
                x->class_index = (x->class_index + 1) % (uint32_t)t->nclasses;
            x->score = fmin(0.999, 0.25 + 0.75 * pow(fab_random(), 0.4) * (1 - f->shake));
            x->box[0] = g[0] + (fab_random() - 0.5) * s * g[2];
            x->box[1] = g[1] + (fab_random() - 0.5) * s * g[3];
            x->box[2] = g[2] * (1 + (fab_random() - 0.5) * s);
            x->box[3] = g[3] * (1 + (fab_random() - 0.5) * s);
        }
        while (fab_random() < f->extra) {
            found = bx_grow(found, &cap, n + 1, sizeof *found);
            struct dt *x = &found[n++];
            *x = (struct dt){.image = i, .class_index = (uint32_t)(fab_random() * (double)t->nclasses), .box = {0, 0, 40, 30}};
            x->score = 0.6 * fab_random();
            x->box[0] = fab_random() * 500;
            x->box[1] = fab_random() * 400;
        }
    }
    *d = build_detections(a, t->class_name, t->nimages, found, n);
    free(found);
}

#define FAB(call)                                                                                                                          \
    do {                                                                                                                                   \
        if (!(call)) {                                                                                                                     \
            fprintf(stderr, "fabricate: %s\n", fab_err.text);                                                                              \
            exit(1);                                                                                                                       \
        }                                                                                                                                  \
    } while (0)

static void fab_model(const struct fabricated *f, struct bx_model *m, bool changed, struct bx_arena *a)
{
    *m = (struct bx_model){.slug = f->slug,
                           .name = f->name,
                           .family = f->family,
                           .task = BX_DETECT,
                           .license = f->license,
                           .parameters = f->parameters,
                           .flops = f->flops,
                           .operating_confidence = f->confidence};
    m->path = bx_printf(a, "/srv/models.d/%s.json", f->slug);
    m->dir = "/srv/models.d";
    struct bx_buf c = {0};
    bx_buf_adds(&c, "{\"backend\":{\"program\":\"runner\",\"type\":\"command\"}");
    if (f->family) {
        bx_buf_adds(&c, ",\"family\":");
        bx_buf_add_json_string(&c, f->family, strlen(f->family));
    }
    if (f->license)
        bx_buf_addf(&c, ",\"license\":\"%s\"", f->license);
    bx_buf_addf(&c, ",\"format\":1,\"links\":%s,\"training_data\":[\"Dockyard train\"]", f->links);
    if (f->input)
        bx_buf_addf(&c, ",\"input_size\":[%d,%d]", f->input, f->input);
    if (isfinite(f->parameters))
        bx_buf_addf(&c, ",\"parameters\":%.0f", f->parameters);
    if (isfinite(f->flops))
        bx_buf_addf(&c, ",\"flops\":%.0f", f->flops);
    if (isfinite(f->reported))
        bx_buf_addf(&c, ",\"reported\":[{\"metric\":\"map\",\"test_set\":\"Dockyard 2026\",\"value\":%g}]", f->reported);
    bx_buf_addc(&c, '}');
    m->config_json = bx_strdup(a, bx_buf_str(&c));
    bx_buf_free(&c);
    bx_sha256(f->slug, strlen(f->slug), m->eval_digest);
    bx_sha256("score", 5, m->score_digest);
    bx_sha256("files", 5, m->files_digest);
    bx_sha256(changed ? "v2" : f->slug, changed ? 2 : strlen(f->slug), m->version);
}

/* Three boards on one test set: by COCO's rules; by others, with a title that is long and reads from right to left; and one that has scored
 * nothing yet. */
enum { FAB_BOARDS = 3 };
static const struct bx_board fabricated_boards[FAB_BOARDS] = {
    {.slug = "dockyard", .title = "Dockyard 2026"},
    {.slug = "strict",
     .title = "רציף, <b>strictly</b>: few detections and close boxes",
     .rules = {.max_detections = 3, .niou = 1, .iou = {0.75}, .nsizes = 2, .size = {{"tiny", 0, 256}, {"rest", 256, 1e10}}}},
    {.slug = "fresh", .title = "Fresh", .rules = {.max_detections = 7}},
};

static void fabricate(const char *path, size_t nboards)
{
    struct bx_err fab_err = {0};
    struct bx_arena a = {0};
    struct bx_store *st;
    struct bx_testset t;
    char digest[BX_DIGEST_SIZE], images[BX_DIGEST_SIZE];
    fab_test_set(&t, &a);
    FAB(bx_testset_digest(&t, BX_GEOM_BOX, digest, &fab_err));
    FAB(bx_testset_images_digest(&t, images, &fab_err));
    FAB(bx_store_open(path, BX_STORE_WRITE, &st, &fab_err));
    FAB(bx_store_testset_put(st, &t, BX_GEOM_BOX, digest, NIGHT, &fab_err));
    static const char *const names[] = {"Dockyard 2026"};
    struct bx_board_row boards[FAB_BOARDS];
    for (size_t i = 0; i < nboards; i++) {
        boards[i] = (struct bx_board_row){.board = fabricated_boards[i], .testset = digest, .subset = ""};
        boards[i].board.names = names;
        boards[i].board.nnames = 1;
        boards[i].split = (const char *[]){"test", "val", "train"}[i];
        if (i == 1) { /* a part of the test set */
            static const char *ignored[] = {"hook"};
            struct bx_rules *rules = &boards[i].board.rules;
            rules->images = t.image_sha;
            rules->nimages = 40;
            rules->ignore = ignored;
            rules->nignore = 1;
            boards[i].subset = bx_rules_subset(rules, &a);
        }
        boards[i].protocol = bx_rules_protocol(&boards[i].board.rules, &a);
    }
    FAB(bx_store_boards_put(st, boards, nboards, &fab_err));
    struct bx_host host = {"ws-04", "8 cores, 64 GB, Linux 6.1", "aa11"}, other = {"laptop", "4 cores", "bb22"};
    bx_id runs[4];
    for (int night = 0; night < 4; night++) {
        int64_t start = NIGHT - (int64_t)(3 - night) * (night ? 1 : 4) * DAY - 3600000, at = start;
        FAB(bx_store_run_begin(st, "nightly", &host, start, &runs[night], &fab_err));
        unsigned asked = 0, failed = 0;
        for (size_t i = 0; i < NFABRICATED; i++) {
            const struct fabricated *f = &fabricated_models[i];
            bool good = night == 0 ? f->status != FAB_NEVER && f->status != FAB_INVALID && f->status != FAB_BLOCKED &&
                                         strcmp(f->slug, "cheeky") != 0
                                   : night == 3 && f->status == FAB_OK;
            bool bad = night > 0 && (f->status == FAB_FAILED || (f->status == FAB_PARTIAL && night == 3));
            if (!good && !bad)
                continue;
            struct bx_model m;
            fab_model(f, &m, bad, &a);
            FAB(bx_store_model_put(st, &m, true, start, &fab_err));
            struct bx_evaluation ev = {.id = bx_id_new(),
                                       .run = runs[night],
                                       .slug = f->slug,
                                       .images = images,
                                       .started = at,
                                       .finished = at + 60000,
                                       .sittings = 1,
                                       .images_total = 120,
                                       .host = f->status == FAB_CHANGED ? other : host,
                                       .boxscore = "0.1.0",
                                       .runner = "runner 2.4.1",
                                       .shard = "",
                                       .latency_ms = good && f->ms > 0 ? f->ms : (double)NAN};
            memcpy(ev.version, m.version, 32);
            at += 60000;
            asked++;
            if (good) {
                struct bx_detections d;
                struct bx_report r[FAB_BOARDS];
                struct bx_scored scored[FAB_BOARDS];
                size_t nscored = nboards > 1 ? 2 : 1; /* the third has no numbers yet */
                uint32_t to[8];
                struct bx_metric_options o = {.geometry = BX_GEOM_BOX, .operating_confidence = f->confidence, .threads = 1};
                int64_t wall[120], own[120];
                fab_detect(&t, f, &d, &a);
                FAB(bx_classmap_resolve(&d, &t, NULL, 0, to, &fab_err));
                for (size_t k = 0; k < nscored; k++) {
                    o.rules = &boards[k].board.rules;
                    FAB(bx_metric_report(&t, &d, to, &o, &r[k], &a, &fab_err));
                    scored[k] =
                        (struct bx_scored){.testset = digest, .subset = boards[k].subset, .score_digest = m.score_digest, .report = &r[k]};
                }
                for (size_t k = 0; k < 120; k++) {
                    own[k] = -1;
                    wall[k] = (int64_t)(f->ms * 1e6 * (0.85 + 0.3 * fab_random() * fab_random() * (k % 17 == 0 ? 3 : 1)));
                }
                const struct bx_evaluation_end end = {.detections = &d,
                                                      .wall_ns = wall,
                                                      .own_ns = own,
                                                      .nlatencies = f->ms > 0 ? 120 : 0,
                                                      .reports = scored,
                                                      .nreports = nscored};
                FAB(bx_store_evaluation_put(st, &ev, &end, &fab_err));
            } else {
                failed++;
                ev.status = f->status == FAB_PARTIAL ? BX_EVALUATION_PARTIAL : BX_EVALUATION_FAILED;
                ev.images_failed = 37;
                ev.reason = !strcmp(f->slug, "cheeky") ? HOSTILE_REASON
                            : f->status == FAB_PARTIAL ? "37 of 120 images: the answer did not come within 60 s"
                                                       : "the program died (signal 11) on 3 different images";
                ev.log = "loading weights\nwarning: \x1b[33mslow\x1b[0m path \x01\xff\n" HOSTILE_REASON "\nSegmentation fault\n";
                const struct bx_evaluation_end end = {0};
                FAB(bx_store_evaluation_put(st, &ev, &end, &fab_err));
            }
        }
        FAB(bx_store_run_end(st, &runs[night], "complete", asked, failed, failed ? 1 : 0, at, &fab_err));
    }
    const char *present[NFABRICATED];
    size_t n = 0;
    for (size_t i = 0; i < NFABRICATED; i++) {
        const struct fabricated *f = &fabricated_models[i];
        struct bx_model m;
        fab_model(f, &m, f->status == FAB_CHANGED || f->status == FAB_FAILED || f->status == FAB_PARTIAL, &a);
        if (f->status == FAB_INVALID)
            FAB(bx_store_model_invalid(st, f->slug, "broken.json:3:5: unknown key 'licence', did you mean 'license'?", NIGHT, &fab_err));
        else
            FAB(bx_store_model_put(st, &m, true, NIGHT, &fab_err));
        if (f->status == FAB_BLOCKED)
            FAB(bx_store_model_blocked(st, f->slug, "not allowed yet: boxscore allow hebrew", &fab_err));
        if (f->status != FAB_RETIRED)
            present[n++] = f->slug;
    }
    FAB(bx_store_models_present(st, present, n, NIGHT, &fab_err));
    bx_store_close(st);
    bx_arena_release(&a);
}
