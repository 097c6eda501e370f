/* answers.c: every answer is kept: within bounds, once its files and images were looked at, and committed before long. */
#include "core/runner/answers.h"
#include "core/base/banned.h"
#include "core/base/text.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define COMMIT_MS 5000

enum bx_stayed bx_run_read_again(const struct bx_model_run *r)
{
    struct bx_model now = *r->m;
    struct bx_look look = r->n->look;
    struct bx_err own = {0};
    look.left = NULL;  /* it was counted when it was met */
    look.known = NULL; /* and is not believed now, whatever the file system says */
    if (!bx_registry_files(&now, &look, &own))
        return own.code == BX_INTERRUPTED ? BX_STOPPED : BX_CHANGED;
    return memcmp(now.version, r->m->version, sizeof now.version) != 0 ? BX_CHANGED : BX_STAYED;
}

/* What runs, or was read, must be that. Read again only where something touched it. */
static enum bx_stayed files_stayed(struct bx_model_run *r)
{
    struct bx_night_state *n = r->n;
    struct bx_err own = {0};
    uint8_t marks[32];
    if (!bx_registry_marks(r->m, &n->look, marks, &own))
        return BX_CHANGED;
    if (!memcmp(marks, n->marks, sizeof marks))
        return BX_STAYED;
    enum bx_stayed stayed = bx_run_read_again(r);
    if (stayed == BX_STAYED)
        memcpy(n->marks, marks, sizeof marks);
    return stayed;
}

bool bx_run_spoil(struct bx_model_run *r, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    r->spoilt = true;
    bx_vfail(&r->broken, BX_DATA, fmt, ap);
    va_end(ap);
    return false;
}

bool bx_run_files_changed(struct bx_model_run *r)
{
    return bx_run_spoil(r, "its program or files changed while it ran: its answers are not used");
}

/* What is kept has been looked at: nobody does it when a night was killed. What a stop leaves no time to look at is not kept. */
static bool trusted(struct bx_model_run *r)
{
    struct bx_staging *s = &r->g->staging;
    size_t changed = 0;
    enum bx_stayed stayed = files_stayed(r);
    if (stayed == BX_STOPPED)
        r->nbatch = 0;
    if (stayed == BX_CHANGED)
        return bx_run_files_changed(r);
    for (size_t i = 0; s->dir && i < r->nbatch; i++) {
        if (bx_staging_intact(s, r->batch[i].image))
            continue;
        if (!bx_staging_check(s, &changed, &r->broken))
            return false;
        if (changed)
            return bx_run_spoil(r, "it changed %zu of the images it was given: its answers are not used", changed);
    }
    return true;
}

bool bx_run_flush(struct bx_model_run *r, struct bx_err *e)
{
    bool ok = true;
    if (r->nbatch) {
        for (size_t i = 0; i < r->nbatch; i++)
            r->batch[i].names = r->backend->names;
        ok = trusted(r) || bx_fail(e, r->broken.code, "%s", r->broken.text);
        if (ok && r->nbatch && !bx_store_partial_add(r->n->store, &r->subject, r->g->set, r->batch, r->nbatch, bx_time_now(), e)) {
            ok = false;
            r->broken = *e;
        }
    }
    r->nbatch = 0;
    bx_arena_release(&r->batch_arena);
    return ok;
}

bool bx_run_unwatch(struct bx_model_run *r, bool ended, struct bx_err *e)
{
    bool suspect = !ended && bx_night_suspect(r->n, r->m);
    if (r->unwatched && !ended)
        return true;
    r->unwatched = true;
    return (suspect ? bx_store_work_killed : bx_store_work_end)(r->n->store, r->m->slug, e);
}

/* BOXSCORE_COMMIT_MS shortens the 5 s in tests, as BOXSCORE_NOW sets the clock. */
int64_t bx_commit_ns(void)
{
    const char *s = getenv("BOXSCORE_COMMIT_MS");
    int64_t ms = s ? strtoll(s, NULL, 10) : COMMIT_MS;
    return (ms >= 0 && ms < COMMIT_MS ? ms : COMMIT_MS) * 1000000;
}

bool bx_run_tick(void *self, bool last, struct bx_err *e)
{
    struct bx_model_run *r = self;
    if (bx_night_stopping(r->n) && !bx_run_unwatch(r, false, e))
        return false;
    return !r->nbatch || (!last && bx_time_monotonic() - r->oldest < r->commit_ns) || bx_run_flush(r, e);
}

static void keep_in_batch(struct bx_model_run *r, const struct bx_answer *a)
{
    struct bx_detection *d = BX_NEW(&r->batch_arena, struct bx_detection, a->n);
    for (size_t i = 0; i < a->n; i++) {
        d[i] = a->detections[i];
        if (d[i].obb)
            d[i].obb = bx_memdup(&r->batch_arena, d[i].obb, 8 * sizeof *d[i].obb);
        if (d[i].mask) {
            struct bx_rle *mask = bx_memdup(&r->batch_arena, d[i].mask, sizeof *mask);
            mask->counts = bx_memdup(&r->batch_arena, mask->counts, mask->n * sizeof *mask->counts);
            d[i].mask = mask;
        }
    }
    if (!r->nbatch)
        r->oldest = bx_time_monotonic();
    r->batch[r->nbatch++] = (struct bx_partial){
        .image = a->image,
        .wall_ns = a->wall_ns,
        .own_ns = a->own_ns,
        .sitting = r->sitting_id,
        .detections = d,
        .n = a->n,
    };
}

/* A new process has a new table of names, and answers of its own. */
static void meet_backend(struct bx_model_run *r, const struct bx_backend *b)
{
    if (r->sitting != r->ask.sittings) {
        r->sitting = r->ask.sittings;
        r->sitting_id = bx_id_new();
        r->nname_of = 0;
    }
    r->backend = b;
    if (b->nnames > r->nname_of) {
        r->name_of = bx_xrealloc(r->name_of, b->nnames, sizeof *r->name_of);
        for (; r->nname_of < b->nnames; r->nname_of++)
            r->name_of[r->nname_of] = UINT32_MAX;
    }
}

/* Each answer is bounded by its image; all of them together by what the operator has memory for. */
static bool within_budget(struct bx_model_run *r, const struct bx_answer *a)
{
    const int64_t most = r->n->s->limit_answers;
    for (size_t i = 0; i < a->n; i++) {
        const struct bx_detection *d = &a->detections[i];
        r->answers += (int64_t)(sizeof *d + (d->obb ? 8 * sizeof *d->obb : 0) + (d->mask ? d->mask->n * sizeof *d->mask->counts : 0));
    }
    return r->answers <= most || bx_run_spoil(r, "its answers need more than %.1f MiB of memory (limits.answers)", (double)most / 1048576);
}

bool bx_run_answer(void *self, const struct bx_backend *b, const struct bx_answer *a, struct bx_err *e)
{
    struct bx_model_run *r = self;
    if (!within_budget(r, a))
        return bx_fail(e, r->broken.code, "%s", r->broken.text);
    meet_backend(r, b);
    for (size_t i = 0; i < a->n; i++) {
        struct bx_detection d = a->detections[i];
        uint32_t *to = &r->name_of[d.name];
        if (*to == UINT32_MAX)
            *to = bx_detections_builder_name(r->all, b->names[d.name], strlen(b->names[d.name]));
        d.name = *to;
        bx_detections_builder_add(r->all, a->image, &d);
    }
    r->wall_ns[a->image] = a->wall_ns;
    r->own_ns[a->image] = a->own_ns;
    keep_in_batch(r, a);
    return r->nbatch < BX_COMMIT_IMAGES || bx_run_flush(r, e);
}
