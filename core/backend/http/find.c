/* find.c: paths followed through an answer by the pull reader: no tree is made, and what is passed by is checked all the same. */
#include "core/backend/http/http.h"
#include "core/base/banned.h"
#include <string.h>

enum { NESTED = 8 };

void bx_find_begin(const struct bx_finding *f, struct bx_slice value, struct bx_json *r, struct bx_err *e)
{
    /* NaN is read, so that one in what nobody asks for (a padded row) is none of anybody's business. */
    bx_json_init(r, "answer", f->answer, (size_t)(f->end - f->answer), BX_JSON_ALLOW_NAN | BX_JSON_KEYS_ONCE, e);
    r->p = value.p;
    r->end = value.p + value.n;
}

static bool is_taken(const struct bx_finding *f, struct bx_slice key)
{
    for (size_t i = 0; i < f->ntaken; i++)
        if (bx_slice_is(key, f->taken[i]))
            return true;
    return false;
}

static bool walk(struct bx_finding *f, const struct bx_json_path *path, size_t step, struct bx_slice value, struct bx_err *e);

/* The member that is meant. All of them are read: one that comes twice is refused. */
static bool member(struct bx_finding *f, const struct bx_json_path *path, size_t step, struct bx_slice value, struct bx_err *e)
{
    const struct bx_step *s = &path->at[step];
    struct bx_slice key, at, got = {0};
    struct bx_json r;
    size_t rest = 0;
    bx_find_begin(f, value, &r, e);
    bool ok = bx_json_peek(&r) == BX_JSON_OBJECT || bx_json_fail(&r, NULL, "'%s': found no object", path->text);
    if (ok)
        bx_json_object(&r);
    while (ok && bx_json_key(&r, &key)) {
        bool mine = s->kind == BX_STEP_NAME ? bx_slice_is(key, s->name) : !is_taken(f, key);
        struct bx_slice in_text = {r.string_at + 1, key.n}; /* the key as it stands: key goes with the next text */
        if (mine && s->kind == BX_STEP_REST) {
            rest++;
            f->rest = in_text;
            if (memchr(in_text.p, '\\', in_text.n))
                ok = bx_json_fail(&r, in_text.p, "'%s': a key with an escape in it is not read", path->text);
        }
        ok = ok && (mine ? bx_json_raw(&r, &at) : bx_json_skip(&r));
        if (mine)
            got = at;
    }
    if (ok && rest > 1)
        ok = bx_json_fail(&r, value.p, "'%s': %zu keys are left, expected one", path->text, rest);
    ok = ok && !r.failed;
    bx_json_release(&r);
    return ok && (!got.p || walk(f, path, step + 1, got, e));
}

/* Is its member s->name the text s->value? */
static bool picks(const struct bx_finding *f, const struct bx_step *s, struct bx_slice element, bool *yes, struct bx_err *e)
{
    struct bx_slice key, text;
    struct bx_json r;
    *yes = false;
    bx_find_begin(f, element, &r, e);
    bool object = bx_json_peek(&r) == BX_JSON_OBJECT && bx_json_object(&r);
    while (object && bx_json_key(&r, &key)) {
        if (!bx_slice_is(key, s->name) || bx_json_peek(&r) != BX_JSON_STRING)
            bx_json_skip(&r);
        else if (bx_json_string(&r, &text))
            *yes = bx_slice_is(text, s->value);
    }
    bool ok = !r.failed;
    bx_json_release(&r);
    return ok;
}

static bool elements(struct bx_finding *f, const struct bx_json_path *path, size_t step, struct bx_slice value, struct bx_err *e)
{
    const struct bx_step *s = &path->at[step];
    struct bx_slice element;
    struct bx_json r;
    bool yes = false, done = false;
    bx_find_begin(f, value, &r, e);
    bool ok = bx_json_peek(&r) == BX_JSON_ARRAY || bx_json_fail(&r, NULL, "'%s': found no list", path->text);
    if (ok)
        bx_json_array(&r);
    for (size_t i = 0; ok && bx_json_element(&r); i++) {
        ok = bx_json_raw(&r, &element);
        if (ok && s->kind == BX_STEP_PICK && !done)
            ok = picks(f, s, element, &yes, e);
        else
            yes = s->kind == BX_STEP_EACH || (s->kind == BX_STEP_INDEX && i == s->index);
        if (ok && yes && !done) {
            done = s->kind != BX_STEP_EACH;
            ok = walk(f, path, step + 1, element, e);
        }
    }
    ok = ok && !r.failed;
    bx_json_release(&r);
    return ok;
}

static bool walk(struct bx_finding *f, const struct bx_json_path *path, size_t step, struct bx_slice value, struct bx_err *e)
{
    if (value.n == 4 && !memcmp(value.p, "null", 4))
        return true;
    if (step == path->n)
        return f->found(f->self, value, f->rest, e);
    bool named = path->at[step].kind == BX_STEP_NAME || path->at[step].kind == BX_STEP_REST;
    return named ? member(f, path, step, value, e) : elements(f, path, step, value, e);
}

bool bx_find(struct bx_finding *f, const struct bx_json_path *path, struct bx_slice value, struct bx_err *e)
{
    f->rest = (struct bx_slice){0};
    return walk(f, path, 0, value, e);
}

static bool keep_first(void *self, struct bx_slice value, struct bx_slice rest, struct bx_err *e)
{
    struct bx_slice *out = self;
    (void)rest;
    (void)e;
    if (!out->p)
        *out = value;
    return true;
}

bool bx_find_one(struct bx_finding *f, const struct bx_json_path *path, struct bx_slice value, struct bx_slice *out, struct bx_err *e)
{
    struct bx_finding one = *f;
    *out = (struct bx_slice){0};
    one.found = keep_first;
    one.self = out;
    bool ok = bx_find(&one, path, value, e);
    f->rest = one.rest;
    return ok;
}

bool bx_find_numbers(struct bx_finding *f, const char *what, struct bx_slice value, double **list, size_t *n, size_t *cap, struct bx_err *e)
{
    struct bx_json r;
    int depth = 0;
    *n = 0;
    bx_find_begin(f, value, &r, e);
    do {
        double v;
        if (depth && !bx_json_element(&r)) {
            depth--;
            continue;
        }
        if (bx_json_peek(&r) == BX_JSON_ARRAY && depth < NESTED) {
            bx_json_array(&r);
            depth++;
            continue;
        }
        if (bx_json_peek(&r) != BX_JSON_NUMBER)
            bx_json_fail(&r, NULL, "'%s': found no number", what);
        else if (*n == BX_FIND_NUMBERS)
            bx_json_fail(&r, NULL, "'%s': more than %d numbers", what, BX_FIND_NUMBERS);
        else if (bx_json_double(&r, &v)) {
            *list = bx_grow(*list, cap, *n + 1, sizeof **list);
            (*list)[(*n)++] = v;
        }
    } while (depth && !r.failed);
    bool ok = !r.failed;
    bx_json_release(&r);
    return ok;
}
