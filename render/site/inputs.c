/* inputs.c: see inputs.h. */
#include "render/site/inputs.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/json_reader.h"
#include "core/base/text.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 256 << 20 };
static const char HEAD[] = "boxscore inputs 1 ";

struct record {
    uint8_t key[32];
    struct bx_made made;
};
struct bx_inputs {
    struct bx_arena a;
    const char *output, *file;
    uint8_t program[32];
    struct record *before, *now; /* before: by key */
    size_t nbefore, capbefore, nnow, capnow;
    uint64_t kept;
};

static int by_key(const void *a, const void *b)
{
    return memcmp(((const struct record *)a)->key, ((const struct record *)b)->key, 32);
}

/* ---- the file: a line a record ---- */

static void print_record(const struct record *r, struct bx_buf *out)
{
    const struct bx_made *m = &r->made;
    char hex[65];
    bx_hex(hex, r->key, 32);
    bx_buf_addf(out, "%s %" PRIu64 " %" PRIu64 " %" PRId64 " %d %d %s", hex, m->seal.inode, m->seal.bytes, m->seal.changed_ns, m->width,
                m->height, m->path);
    for (size_t i = 0; i < m->nspots; i++) {
        bx_buf_addf(out, " %zu ", m->spots[i].item);
        bx_buf_add_double(out, m->spots[i].x);
        bx_buf_addc(out, ' ');
        bx_buf_add_double(out, m->spots[i].y);
    }
    bx_buf_addc(out, '\n');
}

/* The next word of a line, which is cut off; NULL: there is none. */
static char *word(char **line)
{
    char *w = *line, *space = w ? strchr(w, ' ') : NULL;
    if (space)
        *space = '\0';
    *line = space ? space + 1 : NULL;
    return w && *w ? w : NULL;
}

static bool read_integer(char **line, int64_t *v)
{
    const char *w = word(line);
    char *end;
    if (!w)
        return false;
    *v = strtoll(w, &end, 10);
    return !*end;
}

static bool read_number(char **line, double *v)
{
    const char *w = word(line), *end;
    return w && bx_number_parse(w, w + strlen(w), v, &end) && !*end;
}

static bool read_record(struct bx_inputs *in, char *line, struct record *r)
{
    int64_t inode, bytes, changed, width, height, item;
    const char *key = word(&line), *path;
    *r = (struct record){0};
    if (!key || strlen(key) != 64 || !bx_unhex(r->key, key, 32) || !read_integer(&line, &inode) || !read_integer(&line, &bytes) ||
        !read_integer(&line, &changed) || !read_integer(&line, &width) || !read_integer(&line, &height) || !(path = word(&line)))
        return false;
    size_t most = 0;
    for (const char *p = line; p && *p; p++)
        most += *p == ' ';
    struct bx_chart_spot *spots = line ? BX_NEW(&in->a, struct bx_chart_spot, most / 3 + 1) : NULL;
    while (line) {
        struct bx_chart_spot *s = &spots[r->made.nspots++];
        if (r->made.nspots > most / 3 + 1 || !read_integer(&line, &item) || !read_number(&line, &s->x) || !read_number(&line, &s->y))
            return false;
        s->item = (size_t)item;
    }
    r->made.path = bx_strdup(&in->a, path);
    r->made.seal = (struct bx_publish_seal){(uint64_t)inode, (uint64_t)bytes, changed};
    r->made.width = (int)width;
    r->made.height = (int)height;
    r->made.spots = spots;
    return true;
}

static bool read_lines(struct bx_inputs *in, char *text, struct record **list, size_t *n, size_t *cap)
{
    for (char *line = text, *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        if (!end)
            return false;
        *end = '\0';
        *list = bx_grow(*list, cap, *n + 1, sizeof **list);
        if (!read_record(in, line, &(*list)[*n]))
            return false;
        (*n)++;
    }
    return true;
}

static void read_file(struct bx_inputs *in)
{
    struct bx_buf BX_CLEANUP_BUF text = {0};
    struct bx_err ignored = {0};
    uint8_t sha[32], said[32];
    const size_t head = sizeof HEAD - 1 + 64 + 1;
    if (!bx_file_read(in->file, MOST, &text, &ignored) || text.n < head || strlen(text.p) != text.n ||
        memcmp(text.p, HEAD, sizeof HEAD - 1) != 0)
        return;
    text.p[head - 1] = '\0';
    bx_sha256(text.p + head, text.n - head, sha);
    if (!bx_unhex(said, text.p + sizeof HEAD - 1, 32) || memcmp(said, sha, 32) != 0 ||
        !read_lines(in, text.p + head, &in->before, &in->nbefore, &in->capbefore))
        in->nbefore = 0;
    if (in->nbefore)
        qsort(in->before, in->nbefore, sizeof *in->before, by_key);
}

void bx_inputs_write(struct bx_inputs *in)
{
    struct bx_buf BX_CLEANUP_BUF lines = {0};
    struct bx_buf BX_CLEANUP_BUF text = {0};
    struct bx_err e = {0};
    uint8_t sha[32];
    char hex[65];
    if (in->nnow)
        qsort(in->now, in->nnow, sizeof *in->now, by_key);
    for (size_t i = 0; i < in->nnow; i++)
        print_record(&in->now[i], &lines);
    bx_sha256(bx_buf_str(&lines), lines.n, sha);
    bx_hex(hex, sha, 32);
    bx_buf_addf(&text, "%s%s\n", HEAD, hex);
    bx_buf_add(&text, bx_buf_str(&lines), lines.n);
    if (!bx_file_write(in->file, text.p, text.n, &e))
        bx_warn("the site is published, but the next time all of it is made again: %s", e.text);
}

/* ---- ---- */

/* This very program, with its libraries and fonts. Where it cannot be read, nothing of another time is ever used. */
static bool find_program(uint8_t out[32])
{
    struct bx_buf BX_CLEANUP_BUF all = {0};
    struct bx_err ignored = {0};
    uint8_t sha[32];
    if (!bx_sha256_file("/proc/self/exe", sha, &ignored))
        return false;
    bx_buf_add(&all, sha, sizeof sha);
    bx_chart_environment(&all);
    bx_sha256(all.p, all.n, out);
    return true;
}

struct bx_inputs *bx_inputs_open(const char *output)
{
    struct bx_inputs *in = bx_xrealloc(NULL, 1, sizeof *in);
    *in = (struct bx_inputs){0};
    const char *absolute = bx_path_absolute(&in->a, output);
    in->output = absolute;
    in->file = bx_path_join(&in->a, bx_path_dir(&in->a, absolute), bx_printf(&in->a, ".%s.boxscore-inputs", bx_path_base(absolute)));
    if (find_program(in->program))
        read_file(in);
    return in;
}

void bx_inputs_free(struct bx_inputs *in)
{
    if (!in)
        return;
    free(in->before);
    free(in->now);
    bx_arena_release(&in->a);
    free(in);
}

void bx_inputs_key(const struct bx_inputs *in, const char *what, const char *name, const uint8_t input[32], uint8_t key[32])
{
    struct bx_buf BX_CLEANUP_BUF all = {0};
    bx_buf_add(&all, in->program, sizeof in->program);
    bx_buf_add(&all, what, strlen(what) + 1);
    bx_buf_add(&all, name, strlen(name) + 1);
    bx_buf_add(&all, input, 32);
    bx_sha256(all.p, all.n, key);
}

static void record(struct bx_inputs *in, const struct record *r)
{
    in->now = bx_grow(in->now, &in->capnow, in->nnow + 1, sizeof *in->now);
    in->now[in->nnow++] = *r;
}

static const struct record *find(const struct bx_inputs *in, const uint8_t key[32])
{
    struct record want;
    memcpy(want.key, key, 32);
    return in->nbefore ? bsearch(&want, in->before, in->nbefore, sizeof want, by_key) : NULL;
}

const struct bx_made *bx_inputs_keep(struct bx_inputs *in, struct bx_publish *p, const uint8_t key[32])
{
    const struct record *r = find(in, key);
    if (!r || !bx_publish_keep(p, r->made.path, &r->made.seal))
        return NULL;
    record(in, r);
    in->kept++;
    return &r->made;
}

void bx_inputs_made(struct bx_inputs *in, struct bx_publish *p, const uint8_t key[32], const struct bx_made *m)
{
    struct record r = {.made = *m};
    memcpy(r.key, key, 32);
    if (!bx_publish_sealed(p, m->path, &r.made.seal))
        return;
    r.made.path = bx_strdup(&in->a, m->path);
    r.made.spots = bx_memdup(&in->a, m->spots, m->nspots * sizeof *m->spots);
    record(in, &r);
}

bool bx_inputs_untouched(const struct bx_inputs *in, const uint8_t key[32], uint64_t *pages, struct bx_publish_counts *c)
{
    const struct record *r = find(in, key);
    *pages = r ? (uint64_t)r->made.width : 0;
    return r && bx_publish_untouched(in->output, &r->made.seal, c);
}

void bx_inputs_whole(struct bx_inputs *in, const uint8_t key[32], uint64_t pages)
{
    struct record r = {.made = {.path = BX_SITE_MANIFEST, .width = (int)pages}};
    memcpy(r.key, key, 32);
    if (bx_publish_live(in->output, &r.made.seal))
        record(in, &r);
}

size_t bx_inputs_count(const struct bx_inputs *in)
{
    return in->nnow;
}

void bx_inputs_pack(const struct bx_inputs *in, size_t from, struct bx_buf *out)
{
    for (size_t i = from; i < in->nnow; i++)
        print_record(&in->now[i], out);
}

uint64_t bx_inputs_kept(const struct bx_inputs *in)
{
    return in->kept;
}

bool bx_inputs_unpack(struct bx_inputs *in, const char *bytes, size_t n, uint64_t kept)
{
    in->kept += kept;
    return read_lines(in, bx_strndup(&in->a, bytes, n), &in->now, &in->nnow, &in->capnow);
}
