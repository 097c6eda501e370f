/* json_skip.c: any value, checked and passed over; a loop, not a recursion: the depth is the input's choice. */
#include "core/base/json_internal.h"

static bool in_object(const struct bx_json *r)
{
    return r->open[(r->depth - 1) >> 3] >> ((r->depth - 1) & 7) & 1;
}

/* One scalar, or into a container. */
static bool step_in(struct bx_json *r)
{
    if (!bx_json_space(r))
        return false;
    if (r->p >= r->end)
        return bx_json_unexpected(r, r->p, "a value");
    switch (*r->p) {
    case '{':
        return bx_json_push(r, true);
    case '[':
        return bx_json_push(r, false);
    case '"':
        return bx_json_skip_string(r);
    case 't':
        return bx_json_word(r, "true", 4) || bx_json_unexpected(r, r->p, "a value");
    case 'f':
        return bx_json_word(r, "false", 5) || bx_json_unexpected(r, r->p, "a value");
    case 'n':
        return bx_json_word(r, "null", 4) || bx_json_unexpected(r, r->p, "a value");
    default:
        return bx_json_skip_number(r);
    }
}

static bool skip(struct bx_json *r)
{
    int outside = r->depth;
    struct bx_slice key;
    if (!step_in(r))
        return false;
    while (r->depth > outside) {
        bool more = in_object(r) ? bx_json_key(r, &key) : bx_json_element(r);
        if (more && !step_in(r))
            return false;
        if (r->failed)
            return false;
    }
    return true;
}

bool bx_json_skip(struct bx_json *r)
{
    unsigned flags = r->flags;
    if (r->failed)
        return false;
    r->flags &= ~(unsigned)BX_JSON_KEYS_ONCE;
    bool ok = skip(r);
    r->flags = flags;
    return ok;
}

bool bx_json_raw(struct bx_json *r, struct bx_slice *out)
{
    if (r->failed || !bx_json_space(r))
        return false;
    const char *begin = r->p;
    if (!bx_json_skip(r))
        return false;
    *out = (struct bx_slice){begin, (size_t)(r->p - begin)};
    return true;
}
