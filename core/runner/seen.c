/* seen.c: see seen.h. */
#include "core/runner/seen.h"
#include "core/backend/command/confine.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/runner/score.h"
#include "core/testset/contamination.h"
#include "core/testset/hashes.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

/* Bytes of a manifest: one in a config's folder is anybody's, and it is read into memory. Half a million images are enough for it. */
#define OWN_MOST     ((size_t)128 << 20)
#define GRANTED_MOST ((size_t)16 << 30)
#define OWN_SECONDS  300 /* that such a one is looked up in */

struct looking {
    struct bx_night_state *n;
    struct bx_hashes **hashes; /* of each group's images; NULL: not yet */
};
/* What one entry of training_data leads to. */
struct place {
    const char *name, *path; /* path NULL: name, in the config's folder */
};

static bool is_file(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && (!strcasecmp(dot, ".jsonl") || !strcasecmp(dot, ".json"));
}

static bool find_place(const struct bx_settings *s, const char *name, struct place *p)
{
    *p = (struct place){.name = name};
    for (size_t i = 0; i < s->nmanifests && !p->path; i++)
        if (!strcmp(s->manifests[i].name, name))
            p->path = s->manifests[i].path;
    return p->path || is_file(name);
}

static int open_place(const struct bx_model *m, const struct place *p, struct bx_err *e)
{
    if (!p->path)
        return bx_open_beneath(m->dir, p->name, e);
    int fd = open(p->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        bx_fail_errno(e, "cannot open '%s'", p->path);
    return fd;
}

/* Read, not mapped: who may write it could cut it short meanwhile. */
static bool read_place(const struct place *p, int fd, struct bx_buf *out, uint8_t sha[32], struct bx_err *e)
{
    const char *name = p->path ? p->path : p->name;
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return bx_fail(e, BX_IO, "'%s' is no regular file", name);
    if (!bx_file_read_fd(fd, name, p->path ? GRANTED_MOST : OWN_MOST, out, e))
        return false;
    bx_sha256(out->p ? out->p : "", out->n, sha);
    return true;
}

/* Its digest: of a file that did not change without reading it. */
static bool digest_place(struct looking *l, const struct bx_model *m, const struct place *p, uint8_t sha[32], struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    struct stat before = {0}, after;
    struct timespec began;
    int fd = open_place(m, p, e);
    if (fd < 0)
        return false;
    bool ok = fstat(fd, &before) == 0;
    const struct bx_seen_key key = bx_seen_key_of(&before);
    const struct bx_seen *known = ok ? bx_digests_find(&l->n->known, &key) : NULL;
    if (known)
        memcpy(sha, known->sha, 32);
    clock_gettime(CLOCK_REALTIME, &began);
    ok = known || read_place(p, fd, &text, sha, e);
    if (ok && !known && fstat(fd, &after) == 0) {
        struct bx_seen new = {.key = bx_seen_key_of(&after)};
        memcpy(new.sha, sha, 32);
        if (!memcmp(&new.key, &key, sizeof key))
            bx_digests_add(&l->n->known, &new, (int64_t)began.tv_sec * 1000000000 + began.tv_nsec);
    }
    close(fd);
    return ok;
}

/* The group's images as they are compared: decoded once a night, and kept by content beside the database. */
static bool hash_images(struct looking *l, const struct bx_night_group *g, struct bx_err *e)
{
    struct bx_hashes **h = &l->hashes[g - l->n->groups];
    if (*h)
        return true;
    const struct bx_hashing how = {.root = g->set->image_root,
                                   .names = (const char *const *)g->set->image_file,
                                   .n = g->set->nimages,
                                   .thumbs = true,
                                   .cache = bx_printf(l->n->arena, "%s.hashes", l->n->s->database),
                                   .confine = bx_confine_decoder,
                                   .stop = l->n->o->stop};
    struct bx_hashes *made = BX_NEW(l->n->arena, struct bx_hashes, 1);
    if (!bx_hashes_make(&how, made, l->n->arena, e))
        return false;
    *h = made;
    return true;
}

static bool look_up(struct looking *l, const struct bx_night_group *g, const struct place *p, const struct bx_manifest *m,
                    struct bx_seen_in *out, struct bx_arena *a, struct bx_err *e)
{
    if (!hash_images(l, g, e))
        return false;
    const struct bx_hashes *h = l->hashes[g - l->n->groups];
    uint8_t(*sha)[32] = bx_alloc(a, h->n, 32);
    for (size_t i = 0; i < h->n; i++)
        memcpy(sha[i], h->at[i].sha, 32);
    const struct bx_contamination in = {.sha = (const uint8_t(*)[32])sha,
                                        .thumbs = h->thumbs,
                                        .has_thumb = h->has_thumb,
                                        .n = h->n,
                                        .others = m->at,
                                        .nothers = m->n,
                                        .threads = l->n->s->threads,
                                        .seconds = p->path ? 0 : OWN_SECONDS,
                                        .stop = l->n->o->stop};
    struct bx_contact *c;
    if (!bx_contamination_find(&in, &c, &out->n, a, e))
        return false;
    struct bx_seen_image *at = BX_NEW(a, struct bx_seen_image, out->n);
    for (size_t i = 0; i < out->n; i++) {
        const struct bx_hashed *image = &h->at[c[i].image], *other = &m->at[c[i].other];
        at[i] = (struct bx_seen_image){
            .file = image->name, .exact = c[i].exact, .likeness = (double)c[i].likeness, .turn = c[i].turn, .name = other->name};
        memcpy(at[i].image, image->sha, 32);
        memcpy(at[i].other, other->sha, 32);
    }
    out->at = at;
    out->title = m->title;
    out->others = m->n;
    return true;
}

static bool compare(struct looking *l, const struct bx_night_group *g, const struct bx_model *m, const struct place *p,
                    struct bx_seen_in *out, struct bx_arena *a, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    struct bx_manifest manifest;
    int fd = open_place(m, p, e);
    bool ok = fd >= 0 && read_place(p, fd, &text, out->manifest, e);
    if (fd >= 0)
        close(fd);
    return ok && bx_manifest_parse(p->path ? p->path : p->name, text.p ? text.p : "", text.n, &manifest, a, e) &&
           look_up(l, g, p, &manifest, out, a, e);
}

/* Which images of each group that the model is asked about are in the manifest. own: why it is not known. */
static bool know(struct looking *l, const struct bx_model *m, const struct place *p, struct bx_trained *t, struct bx_err *own,
                 struct bx_err *e)
{
    const struct bx_boards *b = &l->n->boards;
    if (!digest_place(l, m, p, t->manifest, own))
        return true;
    for (size_t i = 0; i < b->n && !own->code; i++) {
        const struct bx_night_group *g = &l->n->groups[b->at[i].images];
        struct bx_arena a = {0};
        struct bx_seen_in s;
        bool found = true,
             ok = !bx_board_takes(&b->at[i].board, m) || bx_store_seen_get(l->n->store, g->images, t->manifest, &s, &found, &a, e);
        if (ok && !found && compare(l, g, m, p, &s, &a, own)) {
            memcpy(t->manifest, s.manifest, 32); /* as it was when it was read */
            ok = bx_store_seen_put(l->n->store, &s, bx_time_now(), e);
        }
        bx_arena_release(&a);
        if (!ok)
            return false;
    }
    return true;
}

/* The images that are in any of them, sorted. */
static bool gather(const struct looking *l, const char *images, const struct bx_trained *t, size_t n, uint8_t (**out)[32], size_t *nout,
                   struct bx_arena *a, struct bx_err *e)
{
    struct bx_seen_in *in = BX_NEW(a, struct bx_seen_in, n);
    *nout = 0;
    for (size_t i = 0; i < n; i++) {
        bool found;
        if (!t[i].problem && !bx_store_seen_get(l->n->store, images, t[i].manifest, &in[i], &found, a, e))
            return false;
        *nout += in[i].n;
    }
    uint8_t(*at)[32] = bx_alloc(a, *nout, 32);
    *nout = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < in[i].n; k++)
            memcpy(at[(*nout)++], in[i].at[k].image, 32);
    qsort(at, *nout, sizeof *at, bx_sha256_order);
    *out = at;
    return true;
}

/* The newest answers of this version that the board can score. */
static bool answers_of(const struct looking *l, const struct bx_model *m, const struct bx_ready_board *b, const char **detections,
                       struct bx_arena *a, struct bx_err *e)
{
    const struct bx_subject subject = {m->slug, m->version};
    const char *images = l->n->groups[b->images].images;
    struct bx_attempts t;
    struct bx_good own;
    *detections = NULL;
    if (bx_answers_by_id(m)) {
        if (!bx_store_good_on(l->n->store, &subject, images, b->digest, &own, a, e))
            return false;
        *detections = own.detections;
        return true;
    }
    if (!bx_store_attempts(l->n->store, &subject, images, 1u << b->board.geometry, &t, a, e))
        return false;
    *detections = t.good[b->board.geometry].detections;
    return true;
}

static bool score_without(struct looking *l, const struct bx_model *m, const struct bx_ready_board *b, const struct bx_trained *t,
                          size_t nt, struct bx_arena *a, struct bx_err *e)
{
    struct bx_night_state *n = l->n;
    struct bx_rules rules;
    uint8_t(*less)[32];
    size_t nless, all = bx_rules_less(&b->board.rules, (const uint8_t(*)[32])b->set->image_sha, b->set->nimages, NULL, 0, &rules, a);
    const char *detections;
    if (!gather(l, n->groups[b->images].images, t, nt, &less, &nless, a, e))
        return false;
    size_t left = bx_rules_less(&b->board.rules, (const uint8_t(*)[32])b->set->image_sha, b->set->nimages, (const uint8_t(*)[32])less,
                                nless, &rules, a);
    if (!left || left == all)
        return true;
    if (!answers_of(l, m, b, &detections, a, e) || !detections)
        return !detections;
    struct bx_report_key k = {detections, b->digest, b->board.geometry, bx_rules_protocol(&rules, a), {0}, bx_rules_subset(&rules, a)};
    memcpy(k.score_digest, m->score_digest, sizeof k.score_digest);
    struct bx_unscored u = {0};
    struct bx_detections d;
    bool has, found;
    if (!bx_store_report_has(n->store, &k, &has, e) || (!n->o->retry && !bx_store_unscored_get(n->store, &k, &u, a, e)))
        return false;
    if (has || u.reason)
        return true;
    if (!bx_store_detections_get(n->store, detections, &d, &found, a, e) || !found)
        return !found;
    struct bx_report r;
    struct bx_err own = {0};
    char clean[304];
    if (!bx_store_subset_put(n->store, &rules, e))
        return false;
    if (!bx_score(b->set, b->board.geometry, &rules, m, n->s->threads, &d, &r, a, &own)) {
        u = (struct bx_unscored){bx_reason_clean(clean, own.text), false};
        return bx_store_unscored_put(n->store, &k, &u, e);
    }
    bx_verbose("model '%s', board '%s': scored without %zu images that it may have seen", m->slug, b->board.slug, all - left);
    return bx_store_report_put(n->store, &k, &r, bx_time_now(), e);
}

static bool one_model(struct looking *l, const struct bx_model *m, struct bx_arena *a, struct bx_err *e)
{
    struct bx_trained *t = BX_NEW(a, struct bx_trained, m->ntraining_data);
    size_t n = 0;
    for (size_t i = 0; i < m->ntraining_data; i++) {
        struct place p;
        struct bx_err own = {0};
        char clean[304];
        if (!find_place(l->n->s, m->training_data[i], &p))
            continue;
        t[n].name = p.name;
        if (!know(l, m, &p, &t[n], &own, e))
            return false;
        if (own.code == BX_INTERRUPTED)
            return true; /* the next night goes on */
        if (own.code) {
            t[n].problem = bx_strdup(a, bx_reason_clean(clean, own.text));
            memset(t[n].manifest, 0, sizeof t[n].manifest);
            bx_warn("model '%s': its training data '%s' is not looked up: %s", m->slug, bx_reason_clean((char[304]){0}, p.name),
                    t[n].problem);
        }
        n++;
    }
    if (!bx_store_trained_put(l->n->store, m->slug, t, n, e))
        return false;
    for (size_t i = 0; n && i < l->n->boards.n; i++)
        if (bx_board_takes(&l->n->boards.at[i].board, m) && !bx_night_stopping(l->n) &&
            !score_without(l, m, &l->n->boards.at[i], t, n, a, e))
            return false;
    return true;
}

bool bx_night_seen(struct bx_night_state *n, struct bx_err *e)
{
    struct looking l = {n, BX_NEW(n->arena, struct bx_hashes *, n->ngroups)};
    for (size_t i = 0; i < n->registry.n && !bx_night_stopping(n); i++) {
        const struct bx_model *m = &n->registry.models[i];
        struct bx_arena a = {0};
        bool ok = !bx_night_chosen(n, m->slug) || one_model(&l, m, &a, e);
        bx_arena_release(&a);
        if (!ok)
            return false;
    }
    return n->o->nmodels || n->o->board || bx_night_stopping(n) || bx_store_seen_prune(n->store, e);
}
