/*
 * predictions.c: a COCO results file as a backend. It is read whole when the sitting opens; every image submitted is answered from it at
 * once. An image the file does not mention has no detections.
 */
#include "core/backend/backend.h"
#include "core/backend/kinds.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/data/results.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct predictions {
    struct bx_backend base;
    struct bx_arena arena, answer;
    struct bx_detections d;
    size_t nimages;
    size_t *queue; /* images submitted, in order */
    size_t begin, end;
};

static size_t predictions_fds(struct bx_backend *b, struct pollfd *out, size_t cap)
{
    (void)b;
    (void)out;
    (void)cap;
    return 0;
}

static bool predictions_submit(struct bx_backend *b, size_t image, struct bx_err *e)
{
    struct predictions *p = (struct predictions *)b;
    if (b->state != BX_BACKEND_READY || p->end == p->nimages || image >= p->nimages)
        return bx_fail(e, BX_DATA, "the prediction file takes no more images");
    p->queue[p->end++] = image;
    return true;
}

static bool predictions_next(struct bx_backend *b, struct bx_answer *out)
{
    struct predictions *p = (struct predictions *)b;
    if (p->begin == p->end) {
        p->begin = p->end = 0;
        if (b->state == BX_BACKEND_ENDING)
            b->state = BX_BACKEND_GONE;
        return false;
    }
    const struct bx_detections *d = &p->d;
    size_t image = p->queue[p->begin++], from = d->image_begin[image], n = d->image_begin[image + 1] - from;
    bx_arena_release(&p->answer);
    struct bx_detection *at = BX_NEW(&p->answer, struct bx_detection, n);
    for (size_t i = 0; i < n; i++) {
        size_t k = from + i;
        at[i] = (struct bx_detection){
            .name = d->name[k],
            .score = d->score[k],
            .obb = d->obb ? d->obb + 8 * k : NULL,
            .mask = d->mask ? d->mask + k : NULL,
            .box_given = !d->box_given || d->box_given[k],
        };
        memcpy(at[i].box, d->box + 4 * k, sizeof at[i].box);
    }
    *out = (struct bx_answer){.image = image, .status = BX_ANSWER_OK, .n = n, .detections = at, .own_ns = -1};
    return true;
}

static void predictions_finish(struct bx_backend *b)
{
    b->state = BX_BACKEND_ENDING;
}

static void predictions_cancel(struct bx_backend *b, double grace)
{
    (void)grace;
    struct predictions *p = (struct predictions *)b;
    p->begin = p->end = 0;
    b->state = BX_BACKEND_GONE;
}

static void predictions_close(struct bx_backend *b)
{
    struct predictions *p = (struct predictions *)b;
    bx_arena_release(&p->answer);
    bx_arena_release(&p->arena);
    free(p->queue);
    free(p);
}

static const struct bx_backend_ops predictions_ops = {
    predictions_fds, predictions_submit, predictions_next, predictions_finish, predictions_cancel, predictions_close, NULL,
};

/* Map the file beneath the config's folder: a link, a device or a path that climbs out is refused by bx_open_beneath. */
static bool map_beneath(const char *dir, const char *name, const char **data, size_t *n, struct bx_err *e)
{
    int fd = bx_open_beneath(dir, name, e);
    if (fd < 0)
        return false;
    struct stat st;
    bool ok = fstat(fd, &st) == 0;
    if (!ok)
        bx_fail_errno(e, "cannot look at '%s'", name);
    *data = "";
    *n = ok ? (size_t)st.st_size : 0;
    if (ok && *n) {
        void *p = mmap(NULL, *n, PROT_READ, MAP_PRIVATE, fd, 0);
        ok = p != MAP_FAILED;
        if (!ok)
            bx_fail_errno(e, "cannot map '%s'", name);
        *data = p;
    }
    close(fd);
    return ok;
}

/* A mask or an oriented box has its box with it. */
static enum bx_geometry strictest(unsigned geometries)
{
    return geometries & 1u << BX_GEOM_MASK ? BX_GEOM_MASK : geometries & 1u << BX_GEOM_OBB ? BX_GEOM_OBB : BX_GEOM_BOX;
}

struct bx_backend *bx_predictions_open(const struct bx_model *m, const struct bx_backend_env *env, struct bx_err *e)
{
    const char *data;
    size_t n;
    if (!map_beneath(m->dir, m->backend.file, &data, &n, e))
        return NULL;
    struct predictions *p = bx_xrealloc(NULL, 1, sizeof *p);
    *p = (struct predictions){.base = {.ops = &predictions_ops, .state = BX_BACKEND_READY}, .nimages = env->testset->nimages};
    const struct bx_results_options o = {
        .geometry = strictest(env->geometries), .categories = m->backend.categories, .ncategories = m->backend.ncategories, .threads = 1};
    bool ok = bx_results_read(m->backend.file, data, n, env->testset, &o, &p->d, &p->arena, e);
    if (n)
        munmap((void *)(uintptr_t)data, n);
    if (!ok) {
        predictions_close(&p->base);
        return NULL;
    }
    p->queue = bx_xrealloc(NULL, p->nimages + 1, sizeof *p->queue);
    p->base.names = p->d.names;
    p->base.nnames = p->d.nnames;
    p->base.caps = (struct bx_backend_caps){.inflight = p->nimages ? p->nimages : 1, .cacheable = true};
    p->base.caps.geometries = 1u << BX_GEOM_BOX | (p->d.mask ? 1u << BX_GEOM_MASK : 0u) | (p->d.obb ? 1u << BX_GEOM_OBB : 0u);
    return &p->base;
}
