/*
 * predictions.c: a COCO results file as a backend. It is read whole when the sitting opens, and handed over as the columns that it was read
 * into. An image the file does not mention has no detections.
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
    struct bx_arena arena;
    struct bx_detections d;
};

static size_t predictions_fds(struct bx_backend *b, struct pollfd *out, size_t cap)
{
    (void)b;
    (void)out;
    (void)cap;
    return 0;
}

static void predictions_columns(struct bx_backend *b, struct bx_detections *out, struct bx_arena *a)
{
    struct predictions *p = (struct predictions *)b;
    bx_detections_settle(&p->d, &p->arena);
    *out = p->d;
    p->d = (struct bx_detections){0};
    bx_arena_adopt(a, &p->arena);
}

static bool predictions_next(struct bx_backend *b, struct bx_answer *out)
{
    (void)out;
    if (b->state == BX_BACKEND_ENDING)
        b->state = BX_BACKEND_GONE;
    return false;
}

static void predictions_finish(struct bx_backend *b)
{
    b->state = BX_BACKEND_ENDING;
}

static void predictions_cancel(struct bx_backend *b, double grace)
{
    (void)grace;
    b->state = BX_BACKEND_GONE;
}

static void predictions_close(struct bx_backend *b)
{
    struct predictions *p = (struct predictions *)b;
    bx_arena_release(&p->arena);
    free(p);
}

static const struct bx_backend_ops predictions_ops = {
    .fds = predictions_fds,
    .columns = predictions_columns,
    .next = predictions_next,
    .finish = predictions_finish,
    .cancel = predictions_cancel,
    .close = predictions_close,
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
    *p = (struct predictions){.base = {.ops = &predictions_ops, .state = BX_BACKEND_READY}};
    const struct bx_results_options o = {.geometry = strictest(env->geometries),
                                         .categories = m->backend.categories,
                                         .ncategories = m->backend.ncategories,
                                         .mapped = true,
                                         .threads = 1};
    bool ok = bx_results_read(m->backend.file, data, n, env->testset, &o, &p->d, &p->arena, e);
    if (n)
        munmap((void *)(uintptr_t)data, n);
    if (!ok) {
        predictions_close(&p->base);
        return NULL;
    }
    p->base.caps = (struct bx_backend_caps){.inflight = 1, .cacheable = true};
    p->base.caps.geometries = 1u << BX_GEOM_BOX | (p->d.mask ? 1u << BX_GEOM_MASK : 0u) | (p->d.obb ? 1u << BX_GEOM_OBB : 0u);
    return &p->base;
}
