/* added.c: the list of loaded models that Roboflow's server answers when it is told to load one: what kind of model it is. */
#include "core/backend/http/conversation.h"
#include "core/base/banned.h"
#include <string.h>

struct entry {
    char task[64];
    bool meant;
};

static bool is_model(struct bx_json *r, const char *model)
{
    struct bx_slice s;
    if (bx_json_peek(r) == BX_JSON_STRING)
        return bx_json_string(r, &s) && bx_slice_is(s, model);
    bx_json_skip(r);
    return false;
}

static void read_entry(struct bx_json *r, const char *model, struct entry *out)
{
    struct bx_slice key, s;
    while (bx_json_key(r, &key))
        if (bx_slice_is(key, "model_id"))
            out->meant |= is_model(r, model);
        else if (bx_slice_is(key, "request_aliases") && bx_json_peek(r) == BX_JSON_ARRAY) {
            bx_json_array(r);
            while (bx_json_element(r))
                out->meant |= is_model(r, model);
        } else if (bx_slice_is(key, "task_type") && bx_json_peek(r) == BX_JSON_STRING) {
            if (bx_json_string(r, &s) && s.n < sizeof out->task) {
                memcpy(out->task, s.p, s.n);
                out->task[s.n] = '\0';
            }
        } else
            bx_json_skip(r);
}

/* A list that is not as it was when this was written says nothing. */
bool bx_http_added(const char *p, size_t n, const char *model, enum bx_task task, struct bx_err *e)
{
    const char *want = task == BX_SEGMENT ? "instance-segmentation" : "object-detection";
    struct entry found = {0};
    struct bx_slice key;
    struct bx_err ignored = {0};
    struct bx_json r;
    bx_json_init(&r, "answer", p, n, BX_JSON_KEYS_ONCE, &ignored);
    if (bx_json_peek(&r) == BX_JSON_OBJECT && bx_json_object(&r))
        while (bx_json_key(&r, &key)) {
            if (!bx_slice_is(key, "models") || bx_json_peek(&r) != BX_JSON_ARRAY) {
                bx_json_skip(&r);
                continue;
            }
            bx_json_array(&r);
            while (bx_json_element(&r)) {
                struct entry one = {0};
                if (bx_json_peek(&r) != BX_JSON_OBJECT) {
                    bx_json_skip(&r);
                    continue;
                }
                bx_json_object(&r);
                read_entry(&r, model, &one);
                if (one.meant)
                    found = one;
            }
        }
    bx_json_release(&r);
    if (!found.meant || !found.task[0] || !strcmp(found.task, want))
        return true;
    return bx_fail(e, BX_DATA, "the server has '%.100s' as a model for %s, the config's task is %s", model, found.task, bx_task_name(task));
}
