/* registry.c: one config, or a folder of them, and what only several together can show. */
#include "core/registry/registry.h"
#include "core/base/alike.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/registry/internal.h"
#include <dirent.h>
#include <errno.h>
#include <strings.h>

struct place {
    size_t line, column;
};

/* A config as read, with the places that a later complaint needs. */
struct entry {
    struct bx_model model;
    const char *path, *slug; /* slug NULL: the file's name gives none */
    bool good;
    struct bx_problems *ps; /* where complaints about it go: nobody asked for those of a neighbour */
    struct place name, *formerly;
    size_t first_problem, problems_end;
    const char *reason;
};

static bool ends_in_json(const char *name)
{
    size_t n = strlen(name);
    return n > 5 && !strcasecmp(name + n - 5, ".json");
}

/* "Fast Blobs (v2)" -> "fast-blobs-v2", or NULL when nothing is left. */
static const char *slug_like(const char *stem, struct bx_arena *a)
{
    char *out = BX_NEW(a, char, 65);
    size_t n = 0;
    for (; *stem && n < 64; stem++) {
        char c = *stem >= 'A' && *stem <= 'Z' ? (char)(*stem + 32) : *stem;
        bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || ((c == '.' || c == '_' || c == '-') && n > 0);
        if (kept)
            out[n++] = c;
        else if (n > 0 && out[n - 1] != '-')
            out[n++] = '-';
    }
    while (n && out[n - 1] == '-')
        out[--n] = '\0';
    return n ? out : NULL;
}

static const char *slug_of(const char *path, struct bx_arena *a, struct bx_problems *ps)
{
    const char *base = bx_path_base(path), *suggestion;
    if (!ends_in_json(base)) {
        bx_problem_add(ps, path, 0, 0, false, "the name of a model's config must end in '.json'");
        return NULL;
    }
    char *stem = bx_strndup(a, base, strlen(base) - 5);
    if (bx_slug_valid(stem))
        return stem;
    suggestion = slug_like(stem, a);
    bx_problem_add(ps, path, 0, 0, false,
                   "the file's name is the model's place on the site: expected lower-case letters, digits, '.', '_' and '-', at most 64, a "
                   "letter or digit "
                   "first%s%s%s",
                   suggestion ? "; for instance '" : "", suggestion ? suggestion : "", suggestion ? ".json'" : "");
    return NULL;
}

static struct place place_of(const struct bx_conf *c, const cJSON *node)
{
    struct place p = {0};
    if (node)
        bx_conf_where(c, node, &p.line, &p.column);
    return p;
}

enum { MOST_PROBLEMS = 100 };

/* In their order, and not thousands of them: a file can be wrong once in every three bytes. All of them count as errors. */
static void tidy_problems(struct bx_problems *ps, size_t from)
{
    bx_problems_sort(ps, from);
    if (ps->n - from <= MOST_PROBLEMS)
        return;
    const struct bx_problem *cut = &ps->at[from + MOST_PROBLEMS];
    const char *file = cut->file;
    size_t more = ps->n - from - MOST_PROBLEMS, line = cut->line, column = cut->column;
    ps->n = from + MOST_PROBLEMS;
    ps->errors--;
    bx_problem_add(ps, file, line, column, false, "and %zu more problem%s", more, bx_plural(more));
}

static void read_entry(const char *path, struct entry *e, struct bx_arena *a, struct bx_problems *ps)
{
    struct bx_conf c;
    struct bx_err err = {0};
    size_t from = ps->n, errors = ps->errors;
    *e = (struct entry){.path = bx_strdup(a, path), .ps = ps, .first_problem = from};
    e->slug = slug_of(e->path, a, ps);
    char *dir = bx_path_dir(a, path);
    int fd = bx_open_beneath(dir, bx_path_base(path), &err);
    if (fd < 0) {
        bx_problem_add(ps, path, 0, 0, false, "%s", err.text);
    } else if (bx_conf_load_fd(&c, fd, path, ps)) {
        bx_registry_check(&c, dir);
        if (ps->errors == errors) {
            const cJSON *formerly = bx_conf_get(c.root, "formerly");
            e->good = true;
            e->model = (struct bx_model){.slug = e->slug, .path = e->path, .dir = dir};
            bx_registry_extract(c.root, &e->model, a);
            e->name = place_of(&c, bx_conf_get(c.root, "name"));
            e->formerly = BX_NEW(a, struct place, e->model.nformerly);
            size_t i = 0;
            for (const cJSON *one = formerly ? formerly->child : NULL; one; one = one->next)
                e->formerly[i++] = place_of(&c, one);
        }
        bx_conf_free(&c);
    }
    tidy_problems(ps, from);
    e->problems_end = ps->n;
}

bool bx_registry_load_file(const char *path, struct bx_model *m, struct bx_arena *a, struct bx_problems *ps)
{
    struct entry e;
    read_entry(path, &e, a, ps);
    *m = e.model;
    return e.good;
}

/* A complaint that involves two files is made at each of them. */
static void refuse(struct entry *e, struct place at, const char *text, struct bx_arena *a)
{
    bx_problem_add(e->ps, e->path, at.line, at.column, false, "%s", text);
    e->good = false;
    if (!e->reason)
        e->reason = at.line ? bx_printf(a, "%zu:%zu: %s", at.line, at.column, text) : bx_strdup(a, text);
}

/* The folder's entries, and what is known of those that were here before. */
struct all {
    struct entry *at;
    size_t n;
    const struct bx_standings *known;
    struct bx_arena *a;
};

/* One thing that must be a single model's: said by an entry at a place, and compared by what it looks like, without case. */
struct claim {
    const char *said, *text;
    struct entry *entry;
    struct place at;
    size_t index;
};

enum of { SLUG, NAME, FORMER };
static const char *const words[] = {[SLUG] = "slug", [NAME] = "name", [FORMER] = "former slug"};

static int by_text(const void *a, const void *b)
{
    const struct claim *p = a, *q = b;
    int order = strcasecmp(p->text, q->text);
    return order ? order : p->index < q->index ? -1 : p->index > q->index;
}

static struct entry *find_slug(const struct all *all, const char *slug)
{
    for (size_t i = 0; i < all->n; i++)
        if (all->at[i].slug && !strcmp(all->at[i].slug, slug))
            return &all->at[i];
    return NULL;
}

static const struct bx_standing *known_as(const struct all *all, const char *slug)
{
    for (size_t i = 0; slug && all->known && i < all->known->n; i++)
        if (!strcmp(all->known->at[i].slug, slug))
            return &all->known->at[i];
    return NULL;
}

/* As what it was here before: under its slug, or under a former one until the night has renamed it. NULL: it is new. */
static const struct bx_standing *standing(const struct all *all, const struct entry *e)
{
    const struct bx_standing *s = known_as(all, e->slug);
    for (size_t i = 0; !s && i < e->model.nformerly; i++)
        if (!find_slug(all, e->model.formerly[i]))
            s = known_as(all, e->model.formerly[i]);
    return s && s->taken ? s : NULL;
}

static bool has_already(const struct all *all, const struct claim *c, enum of of, const struct bx_standing *s)
{
    if (of == SLUG)
        return s->file && !strcmp(s->file, bx_path_base(c->entry->path));
    return of == NAME && s->name && !strcasecmp(bx_likeness(all->a, s->name), c->text);
}

/* Above 0: p stays rather than q. 0: nothing tells them apart. */
static int order_of_standing(const struct all *all, const struct claim *p, const struct claim *q, enum of of)
{
    const struct bx_standing *s = p->entry->good ? standing(all, p->entry) : NULL, *t = q->entry->good ? standing(all, q->entry) : NULL;
    if (!s || !t)
        return (s != NULL) - (t != NULL);
    int order = has_already(all, p, of, s) - has_already(all, q, of, t);
    if (!order)
        order = s->numbers - t->numbers;
    if (!order)
        order = t->retired - s->retired;
    return order ? order : (s->since < t->since) - (s->since > t->since);
}

/* The one of n that was here before all others; NULL: there is none. */
static const struct claim *who_stays(const struct all *all, const struct claim *claims, size_t n, enum of of)
{
    const struct claim *best = claims;
    for (size_t i = 1; i < n; i++)
        if (order_of_standing(all, &claims[i], best, of) > 0)
            best = &claims[i];
    for (size_t i = 0; i < n; i++)
        if (&claims[i] != best && order_of_standing(all, best, &claims[i], of) <= 0)
            return NULL;
    return best;
}

static const char *place_text(struct bx_arena *a, const struct entry *e, struct place at)
{
    return at.line ? bx_printf(a, "%s:%zu:%zu", e->path, at.line, at.column) : e->path;
}

static void refuse_shared_claims(const struct all *all, struct claim *claims, size_t n, enum of of)
{
    struct bx_arena *a = all->a;
    if (n)
        qsort(claims, n, sizeof *claims, by_text);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && !strcasecmp(claims[end].text, claims[i].text); end++)
            ;
        if (end - i < 2)
            continue;
        const struct claim *stays = who_stays(all, &claims[i], end - i, of);
        for (size_t k = i; k < end; k++) {
            const struct claim *other =
                stays && stays != &claims[k] ? stays : &claims[k == i ? i + 1 : i]; /* the first, or for it the second */
            const char *where = place_text(a, other->entry, other->at);
            bool same = !strcasecmp(claims[k].said, other->said);
            const char *text = same ? bx_printf(a, "%s '%s' is also %s", words[of], claims[k].said, where)
                                    : bx_printf(a, "%s %s looks like %s of %s", words[of], bx_spelled(a, claims[k].said),
                                                bx_spelled(a, other->said), where);
            if (stays == &claims[k])
                bx_problem_add(stays->entry->ps, stays->entry->path, stays->at.line, stays->at.column, true,
                               "%s, which is refused: this one was here before", text);
            else
                refuse(claims[k].entry, claims[k].at, stays ? bx_printf(a, "%s, which was here before", text) : text, a);
        }
    }
}

/* A slug of today that another was formerly: that is the other's mistake, unless the slug is the newcomer. */
static void refuse_former(const struct all *all, const struct claim *c)
{
    struct entry *e = c->entry;
    const char *slug = c->said, *where = place_text(all->a, e, c->at);
    struct entry *now = find_slug(all, slug);
    const struct bx_standing *its = known_as(all, e->slug), *known = known_as(all, slug);
    if (!now)
        return;
    if (its && its->taken && !(known && known->name)) { /* a permission under that slug alone was the other's */
        refuse(now, (struct place){0}, bx_printf(all->a, "slug '%s' is what %s was formerly, which was here before", slug, where), all->a);
        bx_problem_add(e->ps, e->path, c->at.line, c->at.column, true,
                       "'formerly' names '%s', which is refused: this one was here before: %s", slug, now->path);
    } else
        refuse(e, c->at, bx_printf(all->a, "'formerly' names '%s', which is a model of today: %s", slug, now->path), all->a);
}

static struct claim claim(const char *said, struct entry *e, struct place at, size_t index, struct bx_arena *a)
{
    return (struct claim){said, bx_likeness(a, said), e, at, index};
}

static int by_slug(const void *a, const void *b)
{
    const struct bx_model *p = a, *q = b;
    return strcmp(p->slug, q->slug); /* unique by now */
}

static void check_together(const struct all *all)
{
    struct bx_arena *a = all->a;
    size_t n = all->n, nslugs = 0, nnames = 0, nformer = 0, total = 0;
    for (size_t i = 0; i < n; i++)
        total += all->at[i].model.nformerly;
    struct claim *slugs = BX_NEW(a, struct claim, n), *names = BX_NEW(a, struct claim, n), *former = BX_NEW(a, struct claim, total);
    for (size_t i = 0; i < n; i++) {
        struct entry *e = &all->at[i];
        if (ends_in_json(bx_path_base(e->path))) /* also those whose name is no slug: 'Fast.json' beside 'fast.json' */
            slugs[nslugs++] = claim(bx_path_stem(a, e->path), e, (struct place){0}, i, a);
        if (!e->good) /* as a file by itself: all its claims count, whatever they come to */
            continue;
        names[nnames++] = claim(e->model.name, e, e->name, i, a);
        for (size_t f = 0; f < e->model.nformerly; f++)
            former[nformer++] = claim(e->model.formerly[f], e, e->formerly[f], i, a);
    }
    for (size_t i = 0; i < nformer; i++)
        refuse_former(all, &former[i]);
    refuse_shared_claims(all, slugs, nslugs, SLUG);
    refuse_shared_claims(all, names, nnames, NAME);
    refuse_shared_claims(all, former, nformer, FORMER);
}

/* The first thing wrong with a config, as one line without its path. */
static const char *reason_of(const struct entry *e, struct bx_arena *a)
{
    for (size_t i = e->first_problem; i < e->problems_end; i++) {
        const struct bx_problem *p = &e->ps->at[i];
        if (!p->warning)
            return p->line ? bx_printf(a, "%zu:%zu: %s", p->line, p->column, p->text) : bx_strdup(a, p->text);
    }
    return e->reason;
}

static void collect(const struct entry *entries, size_t n, const struct bx_problems *asked, struct bx_registry *r, struct bx_arena *a)
{
    *r = (struct bx_registry){.models = BX_NEW(a, struct bx_model, n), .bad = BX_NEW(a, struct bx_bad_config, n)};
    for (size_t i = 0; i < n; i++) {
        const struct entry *e = &entries[i];
        if (e->ps != asked)
            continue;
        if (e->good)
            r->models[r->n++] = e->model;
        else
            r->bad[r->nbad++] = (struct bx_bad_config){e->path, e->slug, reason_of(e, a)};
    }
    if (r->n)
        qsort(r->models, r->n, sizeof *r->models, by_slug);
}

/* A file to read. Two spellings of one path are one file. */
struct source {
    const char *path, *absolute;
    bool asked;
};
struct sources {
    struct source *at;
    size_t n, cap;
    struct bx_arena *a;
};

static void add_source(struct sources *s, const char *path, bool asked)
{
    s->at = bx_grow(s->at, &s->cap, s->n + 1, sizeof *s->at);
    s->at[s->n++] = (struct source){path, bx_path_absolute(s->a, path), asked};
}

/* Of the spellings of one file what was asked for comes first, and of those the shortest. */
static int by_path(const void *a, const void *b)
{
    const struct source *p = a, *q = b;
    int order = strcmp(p->absolute, q->absolute);
    if (order == 0)
        order = (int)q->asked - (int)p->asked;
    if (order == 0)
        order = (int)(strlen(p->path) > strlen(q->path)) - (int)(strlen(p->path) < strlen(q->path));
    return order ? order : strcmp(p->path, q->path);
}

/* Not bx_dir_list: a link, a folder or a pipe by that name must be told, not passed over. `plain`: the folder was not named, so neither is
 * it in the paths. */
static bool add_folder(struct sources *s, const char *dir, bool plain, bool asked, struct bx_err *e)
{
    DIR *d = opendir(dir);
    if (!d)
        return bx_fail_errno(e, "cannot open folder '%s'", dir);
    struct dirent *entry;
    while ((errno = 0, entry = readdir(d)) != NULL)
        if (entry->d_name[0] != '.' && ends_in_json(entry->d_name) && strcmp(entry->d_name, "model.schema.json") != 0)
            add_source(s, plain ? bx_strdup(s->a, entry->d_name) : bx_path_join(s->a, dir, entry->d_name), asked);
    bool ok = errno == 0 || bx_fail_errno(e, "cannot read folder '%s'", dir);
    closedir(d);
    return ok;
}

static void load_sources(struct sources *s, const struct bx_standings *known, struct bx_registry *r, struct bx_problems *ps)
{
    struct entry *entries = BX_NEW(s->a, struct entry, s->n);
    struct bx_problems unheard = {.arena = s->a};
    size_t n = 0, from = ps->n;
    if (s->n)
        qsort(s->at, s->n, sizeof *s->at, by_path);
    for (size_t i = 0; i < s->n; i++)
        if (i == 0 || strcmp(s->at[i].absolute, s->at[i - 1].absolute) != 0)
            read_entry(s->at[i].path, &entries[n++], s->a, s->at[i].asked ? ps : &unheard);
    check_together(&(struct all){entries, n, known, s->a});
    collect(entries, n, ps, r, s->a);
    bx_problems_sort(ps, from);
    bx_problems_free(&unheard);
    free(s->at);
}

void bx_registry_load_files(const char *const *paths, size_t n, struct bx_registry *r, struct bx_arena *a, struct bx_problems *ps)
{
    struct sources s = {.a = a};
    struct bx_err e = {0};
    for (size_t i = 0; i < n; i++) {
        if (bx_path_is_dir(paths[i])) {
            if (!add_folder(&s, paths[i], false, true, &e))
                bx_problem_add(ps, paths[i], 0, 0, false, "%s", e.text);
            continue;
        }
        add_source(&s, paths[i], true);
        add_folder(&s, bx_path_dir(a, paths[i]), !strchr(paths[i], '/'), false, &e); /* without it, the file itself will say so */
    }
    load_sources(&s, NULL, r, ps);
}

bool bx_registry_load(const char *dir, const struct bx_standings *known, struct bx_registry *r, struct bx_arena *a, struct bx_problems *ps,
                      struct bx_err *e)
{
    struct sources s = {.a = a};
    *r = (struct bx_registry){0};
    if (!add_folder(&s, dir, false, true, e)) {
        free(s.at);
        return false;
    }
    load_sources(&s, known, r, ps);
    return true;
}

const struct bx_model *bx_registry_find(const struct bx_registry *r, const char *slug)
{
    size_t lo = 0, hi = r->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = strcmp(slug, r->models[mid].slug);
        if (order == 0)
            return &r->models[mid];
        if (order < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return NULL;
}
