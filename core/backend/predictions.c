/*
 * predictions.c: a file or folder of predictions (core/dump) as a backend. It is read whole when the sitting opens, and handed over as the
 * columns that it was read into. An image that is not mentioned has no detections.
 */
#include "core/backend/backend.h"
#include "core/backend/kinds.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/data/bases.h"
#include "core/dump/dump.h"
#include <errno.h>
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

/* The file beneath the config's folder, as it is now, in memory of our own: who writes into it meanwhile changes nothing that is being
 * read. A link, a device or a path that climbs out is refused by bx_open_beneath, which never waits. */
struct text {
    char *p;
    size_t n;
};

static bool small_enough(int fd, const char *name, int64_t most, size_t *size, struct bx_err *e)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return bx_fail_errno(e, "cannot look at '%s'", name);
    most = most > 0 ? most : INT64_C(8) << 30;
    *size = (size_t)st.st_size;
    return st.st_size <= most || bx_fail(e, BX_DATA, "'%s' has %jd bytes, at most %jd are allowed (limits.file_size)", name,
                                         (intmax_t)st.st_size, (intmax_t)most);
}

static bool read_open(int fd, const char *name, int64_t most, struct text *t, struct bx_err *e)
{
    size_t size = 0;
    if (!small_enough(fd, name, most, &size, e))
        return false;
    void *p = mmap(NULL, size + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return bx_fail(e, BX_DATA, "'%s' has %zu bytes, for which there is no memory", name, size);
    *t = (struct text){p, size};
    size_t have = 0;
    ssize_t n;
    while ((n = read(fd, t->p + have, size + 1 - have)) != 0) {
        if (n < 0 && errno != EINTR)
            return bx_fail_errno(e, "cannot read '%s'", name);
        have += n > 0 ? (size_t)n : 0;
        if (have > size)
            break;
    }
    return have == size || bx_fail(e, BX_DATA, "'%s' changed while it was read", name);
}

static bool read_beneath(const char *dir, const char *name, int64_t most, struct text *t, struct bx_err *e)
{
    int fd = bx_open_beneath(dir, name, e);
    if (fd < 0)
        return false;
    bool ok = read_open(fd, name, most, t, e);
    close(fd);
    return ok;
}

/* The names in the folder that are to be read; n 0: it is a file. */
static bool names_of(const struct bx_model *m, enum bx_geometry g, char ***names, size_t *n, struct bx_arena *a, struct bx_err *e)
{
    bool folder = false;
    char self[40];
    *n = 0;
    int fd = bx_open_folder_beneath(m->dir, m->backend.file, &folder, e);
    if (fd < 0)
        return false;
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    bool ok = !folder || (bx_dump_list(self, a, names, n, e) && (*n = bx_dump_pick(*names, *n, g, m->backend.file, e)) > 0);
    close(fd);
    return ok;
}

/* All that is to be read, each in memory of its own. */
struct texts {
    struct text *at;
    size_t n;
    struct bx_dump_file *files;
};
static bool read_all(const struct bx_model *m, enum bx_geometry g, int64_t most, struct texts *t, struct bx_dump *dump, struct bx_arena *a,
                     struct bx_err *e)
{
    char **names = NULL;
    size_t n;
    int64_t left = most > 0 ? most : INT64_C(8) << 30;
    if (!names_of(m, g, &names, &n, a, e))
        return false;
    *dump = (struct bx_dump){.name = m->backend.file, .folder = n > 0, .nfiles = n ? n : 1};
    t->at = BX_NEW(a, struct text, dump->nfiles);
    dump->files = t->files = BX_NEW(a, struct bx_dump_file, dump->nfiles);
    for (; t->n < dump->nfiles; t->n++) {
        const char *path = n ? bx_path_join(a, m->backend.file, names[t->n]) : m->backend.file;
        struct text *text = &t->at[t->n];
        if (left <= 0)
            return bx_fail(e, BX_DATA, "'%s' has more bytes than are allowed (limits.file_size)", m->backend.file);
        if (!read_beneath(m->dir, path, left, text, e)) {
            t->n += text->p != NULL;
            return false;
        }
        left -= (int64_t)text->n;
        t->files[t->n] = (struct bx_dump_file){n ? names[t->n] : m->backend.file, text->p, text->n};
    }
    return true;
}

static void free_texts(struct texts *t)
{
    for (size_t i = 0; i < t->n; i++)
        munmap(t->at[i].p, t->at[i].n + 1);
}

static bool few_enough(const struct bx_detections *d, const struct bx_model *m, struct bx_err *e)
{
    size_t most = m->backend.max_detections > 0 ? (size_t)m->backend.max_detections : SIZE_MAX;
    for (size_t i = 0; i < d->nimages; i++) {
        size_t n = d->image_begin[i + 1] - d->image_begin[i];
        if (n > most)
            return bx_fail(e, BX_DATA, "'%s' has %zu detections of one image, at most %zu are allowed (max_detections)", m->backend.file, n,
                           most);
    }
    return true;
}

/* A mask or an oriented box has its box with it. */
static enum bx_geometry strictest(unsigned geometries)
{
    return geometries & 1u << BX_GEOM_MASK ? BX_GEOM_MASK : geometries & 1u << BX_GEOM_OBB ? BX_GEOM_OBB : BX_GEOM_BOX;
}

/* What was left out, as one line. */
static char *remark_on(const struct bx_results_said *said, const struct bx_testset *t, struct predictions *p)
{
    BX_CLEANUP_BUF struct bx_buf words = {0}, line = {0};
    if (!bx_results_lost(said))
        return NULL;
    bx_results_words(said, t, &p->d, &words);
    for (size_t i = 0; i < words.n; i++)
        if (words.p[i] == '\n')
            bx_buf_adds(&line, i + 1 < words.n ? "; " : "");
        else
            bx_buf_addc(&line, words.p[i]);
    return bx_strdup(&p->arena, bx_buf_str(&line));
}

struct bx_backend *bx_predictions_open(const struct bx_model *m, const struct bx_backend_env *env, struct bx_err *e)
{
    struct texts texts = {0};
    struct bx_dump dump;
    struct predictions *p = bx_xrealloc(NULL, 1, sizeof *p);
    *p = (struct predictions){.base = {.ops = &predictions_ops, .state = BX_BACKEND_READY}};
    struct bx_results_said said;
    struct bx_results_options o = {.said = &said,
                                   .geometry = strictest(env->geometries),
                                   .categories = m->backend.categories,
                                   .ncategories = m->backend.ncategories,
                                   .threads = 1};
    if (!o.categories && m->backend.category_base < BX_NBASES)
        o.categories = bx_base_categories((enum bx_base)m->backend.category_base, env->testset, &o.ncategories, &p->arena);
    bool ok = read_all(m, o.geometry, env->limit_file_size, &texts, &dump, &p->arena, e) &&
              bx_dump_read(&dump, env->testset, &o, &p->d, &p->arena, e) && few_enough(&p->d, m, e);
    free_texts(&texts);
    if (!ok) {
        predictions_close(&p->base);
        return NULL;
    }
    p->base.remark = remark_on(&said, env->testset, p);
    p->base.caps = (struct bx_backend_caps){.inflight = 1, .cacheable = true};
    p->base.caps.geometries = 1u << BX_GEOM_BOX | (p->d.mask ? 1u << BX_GEOM_MASK : 0u) | (p->d.obb ? 1u << BX_GEOM_OBB : 0u);
    return &p->base;
}
