/* manifest.c: see manifest.h. */
#include "core/testset/manifest.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/json_reader.h"
#include "core/base/json_writer.h"
#include "core/base/text.h"
#include <stdlib.h>
#include <string.h>

enum { WORD = 8, HASH_BYTES = BX_NHASHES * BX_HASH_TERMS / 8 };

static void pack(const struct bx_picture *p, uint8_t out[HASH_BYTES])
{
    for (size_t i = 0; i < HASH_BYTES; i++)
        out[i] = (uint8_t)(p->hash[i / 32].bits[i % 32 / WORD] >> 8 * (i % WORD));
}

static void unpack(const uint8_t in[HASH_BYTES], struct bx_picture *p)
{
    *p = (struct bx_picture){0};
    for (size_t i = 0; i < HASH_BYTES; i++)
        p->hash[i / 32].bits[i % 32 / WORD] |= (uint64_t)in[i] << 8 * (i % WORD);
}

static bool hex(struct bx_json *r, const char *key, uint8_t *out, size_t n)
{
    char text[2 * HASH_BYTES + 1];
    struct bx_slice s;
    if (!bx_json_string(r, &s))
        return false;
    if (s.n == 2 * n) {
        memcpy(text, s.p, s.n);
        text[s.n] = '\0';
        if (bx_unhex(out, text, n))
            return true;
    }
    return bx_json_fail(r, r->string_at, "'%s' is no %zu hexadecimal digits", key, 2 * n);
}

static bool text(struct bx_json *r, const char *key, const char **out, struct bx_arena *a)
{
    struct bx_slice s;
    if (!bx_json_string(r, &s))
        return false;
    if (s.n > BX_MANIFEST_NAME || memchr(s.p, '\0', s.n))
        return bx_json_fail(r, r->string_at, "'%s' is too long, or holds a NUL, expected at most %u bytes of text", key, BX_MANIFEST_NAME);
    *out = bx_strndup(a, s.p, s.n);
    return true;
}

struct head {
    int64_t format;
    bool ours, hash;
};

static bool read_head(struct bx_json *r, struct head *h, struct bx_manifest *m, struct bx_arena *a)
{
    struct bx_slice key, s;
    if (!bx_json_object(r))
        return false;
    while (bx_json_key(r, &key)) {
        if (bx_slice_is(key, "format")) {
            if (!bx_json_int(r, &h->format))
                return false;
            if (h->format != 1)
                return bx_json_fail(r, NULL, "found format %lld, expected 1: it is a newer boxscore's", (long long)h->format);
        } else if (bx_slice_is(key, "boxscore")) {
            if (!bx_json_string(r, &s))
                return false;
            h->ours = bx_slice_is(s, "image manifest");
        } else if (bx_slice_is(key, "hash")) {
            if (!bx_json_string(r, &s))
                return false;
            h->hash = bx_slice_is(s, BX_MANIFEST_HASH);
            if (!h->hash)
                return bx_json_fail(r, r->string_at, "found hashes '%.*s', expected '" BX_MANIFEST_HASH "'", (int)(s.n < 40 ? s.n : 40),
                                    s.p);
        } else if (bx_slice_is(key, "title") && bx_json_peek(r) == BX_JSON_STRING) {
            if (!text(r, "title", &m->title, a))
                return false;
        } else if (!bx_json_skip(r))
            return false;
    }
    return true;
}

static bool read_image(struct bx_json *r, struct bx_hashed *to, struct bx_arena *a)
{
    uint8_t bytes[HASH_BYTES];
    bool sha = false, hash = false;
    struct bx_slice key;
    const char *at = r->p;
    *to = (struct bx_hashed){.picture.flat = true};
    if (!bx_json_object(r))
        return false;
    while (bx_json_key(r, &key)) {
        if (bx_slice_is(key, "sha256")) {
            if (!hex(r, "sha256", to->sha, sizeof to->sha))
                return false;
            sha = true;
        } else if (bx_slice_is(key, "hash")) {
            hash = true;
            if (bx_json_peek(r) == BX_JSON_NULL) {
                if (!bx_json_null(r))
                    return false;
            } else if (!hex(r, "hash", bytes, sizeof bytes))
                return false;
            else
                unpack(bytes, &to->picture);
        } else if (bx_slice_is(key, "name") && bx_json_peek(r) == BX_JSON_STRING) {
            if (!text(r, "name", &to->name, a))
                return false;
        } else if (!bx_json_skip(r))
            return false;
    }
    if (!r->failed && (!sha || !hash))
        return bx_json_fail(r, at, "an image has no '%s'", sha ? "hash" : "sha256");
    return true;
}

/* One text after another: to the reader each is a whole one, so the line is told by us. */
static bool read_line(const char *name, size_t line, const char *p, size_t n, struct head *h, struct bx_manifest *m, struct bx_hashed *to,
                      struct bx_arena *a, struct bx_err *e)
{
    struct bx_json r;
    struct bx_err own = {0};
    char place[32];
    snprintf(place, sizeof place, "line %zu", line);
    bx_json_init(&r, place, p, n, BX_JSON_KEYS_ONCE, &own);
    bool ok = to ? read_image(&r, to, a) : read_head(&r, h, m, a);
    ok = bx_json_end(&r) && ok;
    return ok || bx_fail(e, BX_DATA, "'%s', %s", name, own.text);
}

static bool is_blank(const char *p, size_t n)
{
    while (n && (*p == ' ' || *p == '\t' || *p == '\r'))
        p++, n--;
    return !n;
}

bool bx_manifest_parse(const char *name, const char *data, size_t n, struct bx_manifest *m, struct bx_arena *a, struct bx_err *e)
{
    struct head h = {0};
    const char *end = data + n, *p = data + bx_utf8_mark(data, n);
    size_t cap = 0, line = 0;
    struct bx_hashed *at = NULL;
    bool ok = true;
    *m = (struct bx_manifest){0};
    for (const char *next; ok && p < end; p = next) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        next = stop ? stop + 1 : end;
        size_t length = (size_t)((stop ? stop : end) - p);
        line++;
        if (is_blank(p, length))
            continue;
        if (!h.ours) {
            ok = read_line(name, line, p, length, &h, m, NULL, a, e) &&
                 ((h.ours && h.format && h.hash) ||
                  bx_fail(e, BX_DATA,
                          "'%s', line %zu: found no head of a manifest, expected {\"format\": 1, \"boxscore\": \"image manifest\", "
                          "\"hash\": \"" BX_MANIFEST_HASH "\", …}",
                          name, line));
            continue;
        }
        if (m->n == BX_MANIFEST_MOST) {
            ok = bx_fail(e, BX_DATA, "'%s' has more than %u images", name, BX_MANIFEST_MOST);
            continue;
        }
        at = bx_grow(at, &cap, m->n + 1, sizeof *at);
        ok = read_line(name, line, p, length, &h, m, &at[m->n], a, e);
        m->n++;
    }
    if (ok && !h.ours)
        ok = bx_fail(e, BX_DATA, "'%s' is empty, expected a manifest", name);
    m->at = ok ? bx_memdup(a, at, m->n * sizeof *at) : NULL;
    free(at);
    return ok;
}

bool bx_manifest_read(const char *path, struct bx_manifest *m, struct bx_arena *a, struct bx_err *e)
{
    struct bx_map map;
    if (!bx_map_open(&map, path, e))
        return false;
    bool ok = bx_manifest_parse(path, map.data, map.n, m, a, e);
    bx_map_close(&map);
    return ok;
}

static int by_sha(const void *x, const void *y)
{
    const struct bx_hashed *a = x, *b = y;
    int c = memcmp(a->sha, b->sha, sizeof a->sha);
    return c ? c : strcmp(a->name ? a->name : "", b->name ? b->name : "");
}

void bx_manifest_write(struct bx_manifest *m, bool named, struct bx_buf *out)
{
    struct bx_jw w = {.out = out, .spaced = true};
    char hex_of[2 * HASH_BYTES + 1];
    if (m->n)
        qsort(m->at, m->n, sizeof *m->at, by_sha);
    bx_jw_object(&w, NULL);
    bx_jw_uint(&w, "format", 1);
    bx_jw_str(&w, "boxscore", "image manifest");
    bx_jw_str(&w, "hash", BX_MANIFEST_HASH);
    bx_jw_uint(&w, "images", m->n);
    if (m->title)
        bx_jw_str(&w, "title", m->title);
    bx_jw_object_end(&w);
    bx_buf_addc(out, '\n');
    for (size_t i = 0; i < m->n; i++) {
        uint8_t bytes[HASH_BYTES];
        const struct bx_hashed *h = &m->at[i];
        w = (struct bx_jw){.out = out, .spaced = true};
        bx_jw_object(&w, NULL);
        bx_hex(hex_of, h->sha, sizeof h->sha);
        bx_jw_str(&w, "sha256", hex_of);
        pack(&h->picture, bytes);
        bx_hex(hex_of, bytes, sizeof bytes);
        bx_jw_str(&w, "hash", h->picture.flat ? NULL : hex_of);
        if (named && h->name)
            bx_jw_str(&w, "name", h->name);
        bx_jw_object_end(&w);
        bx_buf_addc(out, '\n');
    }
}
