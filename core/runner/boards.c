/* boards.c: see boards.h. */
#include "core/runner/boards.h"
#include "core/base/banned.h"
#include "core/base/log.h"
#include "core/data/backends.h"
#include "core/testset/read.h"
#include <string.h>

/* Of the boards of a test set, how many score masks. */
static size_t boards_of_masks(const struct bx_settings *s, size_t set, size_t *all)
{
    size_t n = 0;
    *all = 0;
    for (size_t i = 0; i < s->nboards; i++) {
        *all += s->boards[i].set == set;
        n += s->boards[i].set == set && s->boards[i].board.geometry == BX_GEOM_MASK;
    }
    return n;
}

static bool read_set(const struct bx_settings *all, size_t which, struct bx_testset *t, struct bx_arena *a, struct bx_err *e)
{
    const struct bx_set_settings *s = &all->sets[which];
    size_t boards, masks = boards_of_masks(all, which, &boards);
    const struct bx_testset_options o = {
        .format = s->format,
        .task = s->task,
        .split = s->split,
        .test_only = !s->train_known,
        .images = s->images,
        .need_images = true,
        .digests = all->database ? bx_printf(a, "%s.images", all->database) : NULL,
        .keep_digests = all->keep_digests,
        .verify = all->verify,
        .boxes_only = !masks,
        .masks_optional = masks < boards,
        .voc_from_zero = s->voc_offset == 0,
        .lvis = s->lvis,
    };
    if (!bx_testset_read(s->path, &o, t, a, e))
        return bx_wrap(e, "test set");
    for (size_t i = 0; i < t->nnotes; i++)
        bx_verbose("test set: %s", t->notes[i].text);
    return t->nimages || bx_fail(e, BX_DATA, "the test set '%s' has no images", s->path);
}

static size_t images_of(struct bx_boards *b, const struct bx_testset *set, const char *digest)
{
    size_t i = 0;
    while (i < b->nimages && strcmp(b->images[i].digest, digest) != 0)
        i++;
    if (i == b->nimages) {
        memcpy(b->images[i].digest, digest, sizeof b->images[i].digest);
        b->images[i].set = set;
        b->nimages++;
    }
    return i;
}

/* A board of nothing would rank every model alike, and say no number. */
static bool has_objects(const struct bx_rules *r, const struct bx_testset *t, struct bx_err *e)
{
    struct bx_arena a = {0};
    bool *images = BX_NEW(&a, bool, t->nimages), *classes = BX_NEW(&a, bool, t->nclasses);
    size_t n = 0, nimages = 0, nclasses = 0, all = 0;
    bx_rules_pick(r, t, images, classes);
    for (size_t c = 0; c < t->nclasses; c++)
        nclasses += classes[c];
    for (size_t i = 0; i < t->nimages; i++) {
        nimages += images[i];
        for (size_t k = t->ann_begin[i]; k < t->ann_begin[i + 1]; k++) {
            bool counts = !(t->ann_flags[k] & (BX_ANN_CROWD | BX_ANN_IGNORE));
            all += counts;
            n += counts && images[i] && classes[t->ann_class[k]];
        }
    }
    bx_arena_release(&a);
    if (n)
        return true;
    if (!all)
        return bx_fail(e, BX_CONFIG, "there is nothing to score: its %zu image%s no object", t->nimages,
                       t->nimages == 1 ? " has" : "s have");
    return bx_fail(e, BX_CONFIG,
                   "there is nothing to score: of the test set's %zu objects none is of its %zu of %zu classes on its %zu of %zu images",
                   all, nclasses, t->nclasses, nimages, t->nimages);
}

static bool read_tags(const struct bx_board_settings *s, struct bx_ready_board *r, struct bx_arena *a, struct bx_err *e)
{
    const char *note = NULL, *left;
    r->tags = s->own_tags ? r->set->tags : NULL;
    if (s->tags) {
        struct bx_tags *own = BX_NEW(a, struct bx_tags, 1);
        if (!bx_tags_read(s->tags, r->set, own, &note, a, e))
            return bx_wrap(e, "tags");
        r->tags = own;
    }
    if (note)
        bx_warn("board '%s': tags: %s", s->board.slug, note);
    if (r->tags && (left = bx_tags_words(r->tags, a)))
        bx_warn("board '%s': tags: %s", s->board.slug, left);
    r->nslices = bx_slices_make(r->tags, &r->board.rules, r->set, &r->slices, a);
    return true;
}

static bool ready(const struct bx_board_settings *s, const struct bx_testset *set, const char *images, struct bx_boards *b,
                  struct bx_arena *a, struct bx_err *e)
{
    struct bx_ready_board *r = &b->at[b->n];
    *r = (struct bx_ready_board){.board = s->board, .set = set};
    if ((s->image_subset && !bx_rules_read_images(s->image_subset, set, &r->board.rules, a, e)) || !bx_rules_fit(&r->board.rules, set, e) ||
        !has_objects(&r->board.rules, set, e) || !read_tags(s, r, a, e) || !bx_testset_digest(set, s->board.geometry, r->digest, e))
        return false;
    r->protocol = bx_rules_protocol(&r->board.rules, a);
    r->subset = bx_rules_subset(&r->board.rules, a);
    r->images = images_of(b, set, images);
    b->n++;
    return true;
}

struct set {
    struct bx_testset t;
    char images[BX_DIGEST_SIZE];
    bool looked_at, ok;
    struct bx_err why;
};

/* Once, also where it cannot be read and several boards want it. */
static bool read_once(const struct bx_settings *s, size_t which, struct set *set, struct bx_arena *a, struct bx_err *e)
{
    if (!set->looked_at)
        set->ok = read_set(s, which, &set->t, a, &set->why) && bx_testset_images_digest(&set->t, set->images, &set->why);
    set->looked_at = true;
    if (!set->ok)
        *e = set->why;
    return set->ok;
}

bool bx_boards_read(const struct bx_settings *s, const char *slug, struct bx_boards *b, struct bx_arena *a, struct bx_err *e)
{
    struct set *sets = BX_NEW(a, struct set, s->nsets);
    *b = (struct bx_boards){.at = BX_NEW(a, struct bx_ready_board, s->nboards),
                            .bad = BX_NEW(a, struct bx_bad_board, s->nboards),
                            .images = BX_NEW(a, struct bx_images, s->nsets)};
    if (slug && !bx_settings_board(s, slug, e))
        return false;
    for (size_t i = 0; i < s->nboards; i++) {
        const struct bx_board_settings *one = &s->boards[i];
        struct set *set = &sets[one->set];
        struct bx_err why = {0};
        if (slug && strcmp(one->board.slug, slug) != 0)
            continue;
        bool read = read_once(s, one->set, set, a, &why);
        if (read && ready(one, &set->t, set->images, b, a, &why))
            continue;
        if (read || s->nboards > 1) /* of the only test set it is clear */
            bx_wrap(&why, "board '%s'", one->board.slug);
        b->bad[b->nbad++] = (struct bx_bad_board){one->board.slug, i, why};
    }
    return true;
}

bool bx_board_takes(const struct bx_board *b, const struct bx_model *m)
{
    bool named = !m->nboards;
    for (size_t i = 0; i < m->nboards && !named; i++)
        named = !strcmp(m->boards[i], b->slug);
    return named && bx_task_answers(m->task, b->geometry);
}

bool bx_boards_lack(const struct bx_settings *s, const struct bx_model *m, struct bx_err *e)
{
    for (size_t i = 0; i < m->nboards; i++)
        if (!bx_settings_board(s, m->boards[i], e)) {
            e->code = BX_CONFIG;
            bx_wrap(e, "'boards'");
            return true;
        }
    return false;
}

/* A board may be taken out of the settings: a config that names others besides is still about those. */
bool bx_answers_by_id(const struct bx_model *m)
{
    const struct bx_backend_info *info = bx_backend_info(&m->backend);
    return info && info->test_set_ids && !m->backend.ncategories;
}

static bool named_boards_fit(const struct bx_settings *s, const struct bx_model *m, struct bx_err *e)
{
    size_t found = 0;
    for (size_t i = 0; i < m->nboards; i++) {
        struct bx_err ignored = {0};
        const struct bx_board *b = bx_settings_board(s, m->boards[i], &ignored);
        if (!b)
            continue;
        found++;
        if (!bx_task_answers(m->task, b->geometry))
            return bx_fail(e, BX_CONFIG, "its task is %s, and the board '%s', which it names, scores %s", bx_task_name(m->task), b->slug,
                           bx_geometry_name(b->geometry));
    }
    return found || !bx_boards_lack(s, m, e);
}

static size_t boards_of(const struct bx_settings *s, const struct bx_model *m)
{
    size_t n = 0;
    for (size_t i = 0; i < s->nboards; i++)
        n += bx_board_takes(&s->boards[i].board, m);
    return n;
}

static bool has_board(const struct bx_settings *s, const struct bx_model *m, struct bx_err *e)
{
    if (boards_of(s, m))
        return true;
    return s->nboards == 1
               ? bx_fail(e, BX_CONFIG, "its task is %s, this board scores %s", bx_task_name(m->task),
                         bx_geometry_name(s->boards[0].board.geometry))
               : bx_fail(e, BX_CONFIG, "its task is %s, and none of the %zu boards scores that", bx_task_name(m->task), s->nboards);
}

static bool has_class(const struct bx_testset *t, const char *name)
{
    for (size_t i = 0; i < t->nclasses; i++)
        if (!strcmp(t->class_name[i], name))
            return true;
    return false;
}

/* On one board's test set a class may be missing that another's has: it falls away there. One that none has is a mistake. */
static bool classes_fit(const struct bx_boards *b, const struct bx_model *m, struct bx_err *e)
{
    for (size_t p = 0; p < m->nclass_map; p++) {
        const struct bx_classmap_pair *pair = &m->class_map[p];
        bool found = !pair->to;
        for (size_t i = 0; i < b->n && !found; i++)
            found = bx_board_takes(&b->at[i].board, m) && has_class(b->at[i].set, pair->to);
        if (!found)
            return bx_fail(e, BX_CONFIG, "class map: '%s' is to be '%s', and the test set has no such class", pair->from, pair->to);
    }
    return true;
}

bool bx_boards_fit(const struct bx_settings *s, const struct bx_boards *b, const struct bx_model *m, struct bx_err *e)
{
    if (!named_boards_fit(s, m, e) || !has_board(s, m, e))
        return false;
    size_t read = 0;
    for (size_t i = 0; b && i < b->n; i++)
        read += bx_board_takes(&b->at[i].board, m);
    return read < boards_of(s, m) || classes_fit(b, m, e); /* what was not read may have the class */
}

/* What the config calls a category, by its class map; NULL: it is ignored. *mapped: the map says so. */
static const char *class_of(const struct bx_model *m, const char *name, bool *mapped)
{
    *mapped = false;
    for (size_t p = 0; name && p < m->nclass_map; p++)
        if (!strcmp(m->class_map[p].from, name)) {
            *mapped = true;
            return m->class_map[p].to;
        }
    return name;
}

bool bx_board_knows(const struct bx_ready_board *b, const struct bx_model *m)
{
    const struct bx_backend_config *k = &m->backend;
    bool mapped;
    for (size_t i = 0; i < k->ncategories; i++) {
        const char *name = class_of(m, k->categories[i].to, &mapped);
        if (name && has_class(b->set, name))
            return true;
    }
    return !k->ncategories;
}

size_t bx_board_lacks(const struct bx_ready_board *b, const struct bx_model *m, const char ***names, struct bx_arena *a)
{
    const struct bx_backend_config *k = &m->backend;
    size_t n = 0;
    *names = BX_NEW(a, const char *, k->ncategories);
    for (size_t i = 0; i < k->ncategories; i++) {
        bool mapped;
        const char *name = class_of(m, k->categories[i].to, &mapped);
        if (name && !mapped && !has_class(b->set, name))
            (*names)[n++] = name;
    }
    return n;
}
