/* hello.c: the runner's handshake, {"proto":1,"ready":true,"task":…,"names":[…]}. */
#include "core/backend/command/command.h"
#include "core/base/banned.h"
#include "core/base/text.h"
#include <stdlib.h>
#include <string.h>

static bool hello_names(struct bx_json *r, struct bx_hello *h, struct bx_arena *a)
{
    if (bx_json_peek(r) == BX_JSON_NULL)
        return bx_json_null(r);
    if (!bx_json_array(r))
        return false;
    size_t cap = 0;
    const char **list = NULL;
    bool ok = true;
    while (ok && bx_json_element(r)) {
        struct bx_slice s;
        ok = bx_json_string(r, &s);
        if (ok && (!bx_class_name_ok(s) || h->nnames == BX_MAX_NAMES))
            ok = bx_json_fail(r, NULL, "names[%zu] is no usable class name (1 to %d bytes of text, at most %d names)", h->nnames,
                              BX_MAX_NAME, BX_MAX_NAMES);
        if (ok) {
            list = bx_grow(list, &cap, h->nnames + 1, sizeof *list);
            list[h->nnames++] = bx_strndup(a, s.p, s.n);
        }
    }
    h->names = BX_NEW(a, const char *, h->nnames);
    for (size_t i = 0; i < h->nnames; i++)
        h->names[i] = list[i];
    free(list);
    h->has_names = true;
    return ok && !r->failed;
}

/* A text of the handshake for people: secrets out first, or what a cut leaves of one would no longer be known for one. */
static const char *clean_text(struct bx_slice s, const struct bx_secret *secrets, size_t nsecrets, struct bx_arena *a)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    char clean[304];
    bx_redact(secrets, nsecrets, s.p, s.n, &text);
    return bx_strdup(a, bx_reason_clean(clean, bx_buf_str(&text)));
}

bool bx_hello_parse(const char *line, size_t n, const struct bx_secret *secrets, size_t nsecrets, struct bx_hello *h, struct bx_arena *a,
                    struct bx_err *e)
{
    *h = (struct bx_hello){0};
    struct bx_json r;
    bx_json_init(&r, "handshake", line, n, BX_JSON_KEYS_ONCE, e);
    int64_t proto = 0;
    bool ready = false, task = false;
    const char *error = NULL;
    if (bx_json_object(&r)) {
        struct bx_slice key, s;
        while (bx_json_key(&r, &key)) {
            if (bx_slice_is(key, "proto"))
                bx_json_int(&r, &proto);
            else if (bx_slice_is(key, "ready"))
                bx_json_bool(&r, &ready);
            else if (bx_slice_is(key, "names"))
                hello_names(&r, h, a);
            else if (bx_slice_is(key, "task")) {
                if (!bx_json_string(&r, &s))
                    break;
                task = bx_task_parse(bx_strndup(a, s.p, s.n), &h->task);
                if (!task)
                    bx_json_fail(&r, NULL, "unknown task '%.40s', expected detect, segment or obb", clean_text(s, secrets, nsecrets, a));
            } else if (bx_slice_is(key, "runner") || bx_slice_is(key, "error")) {
                bool is_error = key.p[0] == 'e';
                if (!bx_json_string(&r, &s))
                    break;
                *(is_error ? &error : &h->runner) = clean_text(s, secrets, nsecrets, a);
            } else
                bx_json_skip(&r);
        }
    }
    if (!bx_json_end(&r))
        return false;
    if (error)
        return bx_fail(e, BX_DATA, "the runner says: %s", error);
    if (proto != 1)
        return bx_fail(e, BX_DATA,
                       "handshake: found \"proto\":%lld, expected 1 (the first line is {\"proto\":1,\"ready\":true,\"task\":…})",
                       (long long)proto);
    if (!ready)
        return bx_fail(e, BX_DATA, "handshake: the runner is not \"ready\":true");
    if (!task)
        return bx_fail(e, BX_DATA, "handshake: has no \"task\", expected detect, segment or obb");
    return true;
}
