/* join.c: names and numbers → images. */
#include "core/data/join.h"
#include "core/base/file.h"
#include <stdlib.h>
#include <string.h>

static void add_name(struct bx_join_names *m, size_t i, const char *name, size_t n)
{
    uint32_t *slot = bx_name_slot(&m->table, m->name, i, name, n), first = *slot;
    m->name[i] = name;
    m->next[i] = first ? m->next[first - 1] : BX_JOIN_LAST;
    if (first)
        m->next[first - 1] = (uint32_t)i;
    else
        *slot = (uint32_t)i + 1;
}

static bool digits(struct bx_slice s, int64_t *number)
{
    *number = 0;
    if (s.n == 0 || s.n > 18)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        *number = *number * 10 + (s.p[i] - '0');
    }
    return true;
}

/* Of "1.png" and "01.png" the number 1 means the first; of "001" and "01" neither. */
static void number_stems(struct bx_join *j, struct bx_arena *a)
{
    size_t n = 0;
    for (size_t i = 0; i < j->t->nimages; i++) {
        const char *stem = j->stem.name[i];
        if (digits((struct bx_slice){stem, strlen(stem)}, &j->stem_number[n]))
            j->stem_image[n++] = (uint32_t)i;
    }
    j->nstems = n;
    bx_ids_make(&j->stem_id, j->stem_number, NULL, n, a);
    uint32_t *plain = BX_NEW(a, uint32_t, n), *times = BX_NEW(a, uint32_t, n);
    for (size_t k = 0; k < n; k++) {
        size_t last = bx_ids_find(&j->stem_id, j->stem_number[k]);
        const char *stem = j->stem.name[j->stem_image[k]];
        times[last]++;
        if (stem[0] != '0' || !stem[1])
            plain[last] = plain[last] ? BX_JOIN_LAST : j->stem_image[k] + 1;
    }
    for (size_t k = 0; k < n; k++)
        if (times[k] > 1)
            j->stem_image[k] = plain[k] && plain[k] != BX_JOIN_LAST ? plain[k] - 1 : BX_JOIN_LAST;
}

void bx_join_make(struct bx_join *j, const struct bx_testset *t, bool ids_alone, struct bx_arena *a)
{
    size_t n = t->nimages;
    *j = (struct bx_join){.t = t, .ids_alone = ids_alone};
    j->number = ids_alone || !(t->own_ids || t->image_key) ? BX_JOIN_ID : BX_JOIN_STEM;
    bx_ids_make(&j->id, t->image_id, t->image_key, n, a);
    if (ids_alone)
        return;
    j->file = (struct bx_join_names){.name = BX_NEW(a, const char *, n), .next = BX_NEW(a, uint32_t, n)};
    j->stem = (struct bx_join_names){.name = BX_NEW(a, const char *, n), .next = BX_NEW(a, uint32_t, n)};
    for (size_t i = 0; i < n; i++) {
        const char *base = bx_path_base(t->image_file[i]), *back = strrchr(base, '\\'), *stem;
        base = back ? back + 1 : base;
        stem = bx_path_stem(a, base);
        add_name(&j->file, i, base, strlen(base));
        add_name(&j->stem, i, stem, strlen(stem));
    }
    j->stem_number = BX_NEW(a, int64_t, n);
    j->stem_image = BX_NEW(a, uint32_t, n);
    number_stems(j, a);
}

void bx_join_free(struct bx_join *j)
{
    bx_name_table_free(&j->file.table);
    bx_name_table_free(&j->stem.table);
}

/* How many whole folders two paths that end in '/' have in common at their ends. */
static size_t folders_in_common(const char *p, size_t n, const char *q, size_t m)
{
    size_t slashes = 0;
    for (; n && m; n--, m--) {
        char x = p[n - 1] == '\\' ? '/' : p[n - 1], y = q[m - 1] == '\\' ? '/' : q[m - 1];
        if (x != y)
            return slashes ? slashes - 1 : 0;
        slashes += x == '/';
    }
    const char *rest = n ? p + n - 1 : m ? q + m - 1 : "/";
    return slashes - !(*rest == '/' || *rest == '\\');
}

/* folder: what stands before the name, with its '/'. */
static size_t one_of(const struct bx_join *j, const struct bx_join_names *m, struct bx_slice folder, const char *name, size_t n)
{
    size_t i = bx_name_find(&m->table, m->name, name, n), best = BX_NO_INDEX, most = 0;
    if (i == SIZE_MAX || m->next[i] == BX_JOIN_LAST)
        return i;
    bool alone = false;
    for (; i != BX_JOIN_LAST; i = m->next[i]) {
        const char *path = j->t->image_file[i];
        size_t before = (size_t)(strlen(path) - strlen(j->file.name[i]));
        size_t common = folder.n && before ? folders_in_common(folder.p, folder.n, path, before) : folder.n == before;
        if (best == BX_NO_INDEX || common >= most) {
            alone = best == BX_NO_INDEX || common > most;
            best = i;
            most = common;
        }
    }
    return alone && most ? best : BX_NO_INDEX;
}

size_t bx_join_name(const struct bx_join *j, struct bx_slice name, enum bx_join_rule *rule)
{
    size_t begin = name.n, dot;
    while (begin && name.p[begin - 1] != '/' && name.p[begin - 1] != '\\')
        begin--;
    struct bx_slice folder = {name.p, begin};
    const char *base = name.p + begin;
    size_t n = name.n - begin, i = n ? one_of(j, &j->file, folder, base, n) : BX_NO_INDEX;
    *rule = BX_JOIN_FILE;
    if (i != BX_NO_INDEX)
        return i;
    *rule = BX_JOIN_STEM;
    if (n && (i = one_of(j, &j->stem, folder, base, n)) != BX_NO_INDEX)
        return i;
    for (dot = n; dot && base[dot - 1] != '.';)
        dot--;
    if (dot > 1 && (i = one_of(j, &j->stem, folder, base, dot - 1)) != BX_NO_INDEX)
        return i;
    *rule = BX_JOIN_NONE;
    return BX_NO_INDEX;
}

size_t bx_join_number(const struct bx_join *j, int64_t number, enum bx_join_rule *rule)
{
    size_t i = BX_NO_INDEX;
    *rule = j->number;
    if (j->own_image) {
        i = bx_ids_find(&j->own, number);
        i = i == BX_NO_INDEX || j->own_image[i] == BX_JOIN_LAST ? BX_NO_INDEX : j->own_image[i];
        *rule = BX_JOIN_FILE;
    } else if (j->number == BX_JOIN_ID)
        i = bx_ids_find(&j->id, number);
    else if (j->number == BX_JOIN_STEM) {
        i = bx_ids_find(&j->stem_id, number);
        i = i == BX_NO_INDEX || j->stem_image[i] == BX_JOIN_LAST ? BX_NO_INDEX : j->stem_image[i];
    } else if (number >= 1 && (uint64_t)number <= j->t->nimages)
        i = (size_t)number - 1;
    if (i == BX_NO_INDEX)
        *rule = BX_JOIN_NONE;
    return i;
}

size_t bx_join_key(const struct bx_join *j, struct bx_slice key, enum bx_join_rule *rule)
{
    int64_t number;
    size_t i = bx_ids_find_key(&j->id, key);
    *rule = BX_JOIN_ID;
    if (i != BX_NO_INDEX)
        return i;
    *rule = BX_JOIN_NONE;
    if (j->ids_alone)
        return i;
    i = bx_join_name(j, key, rule);
    return i == BX_NO_INDEX && digits(key, &number) ? bx_join_number(j, number, rule) : i;
}
