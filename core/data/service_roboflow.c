/* service_roboflow.c: Roboflow's two routes as a service: what they are sent, so that what comes back can be scored. */
#include "core/base/banned.h"
#include "core/base/buf.h"
#include "core/base/json_writer.h"
#include "core/data/service_making.h"
#include <string.h>

/* Their own servers have the legacy route alone. */
static bool is_hosted(const char *url)
{
    static const char *const ends[] = {".roboflow.com", ".roboflow.cloud"};
    char host[256];
    bx_service_host(url, host);
    size_t n = strlen(host);
    for (size_t i = 0; i < 2; i++)
        if (n > strlen(ends[i]) && !strcmp(host + n - strlen(ends[i]), ends[i]))
            return true;
    return false;
}

static char *query_number(struct bx_arena *a, const char *name, double v)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    bx_buf_addf(&b, "%s=", name);
    bx_buf_add_double(&b, v);
    return bx_strdup(a, bx_buf_str(&b));
}

/* One image a request, as multipart: raw bytes, whose Content-Type is always said. A confidence of 1 or more would be a percentage there,
 * and one below 0.01 is 0.01. */
static bool make_legacy(struct bx_making *m, const char *base, bool key)
{
    enum { LOWEST = 1 };
    const struct bx_backend_config *b = m->b;
    struct bx_service *s = m->s;
    const char **query = BX_NEW(m->a, const char *, 10);
    double confidence = b->confidence < LOWEST / 100.0 ? LOWEST / 100.0 : b->confidence;
    if (!strchr(b->hosted, '/'))
        return bx_service_wrong(
            m, "model", "'%.60s' is an alias, which this route does not know: name it as 'project/version', like 'coco/3'", b->hosted);
    BX_CLEANUP_BUF struct bx_buf url = {0};
    bx_buf_addf(&url, "%s/", base);
    for (const char *p = b->hosted; *p;) {
        size_t n = strcspn(p, "/");
        bx_buf_add_url_segment(&url, p, n);
        p += n;
        if (*p)
            bx_buf_addc(&url, *p++);
    }
    s->url = bx_strdup(m->a, bx_buf_str(&url));
    s->send = BX_SEND_MULTIPART;
    s->field = "file";
    query[s->nquery++] = query_number(m->a, "confidence", confidence);
    query[s->nquery++] = query_number(m->a, "overlap", b->iou_threshold);
    query[s->nquery++] = query_number(m->a, "max_detections", (double)b->max_predictions);
    query[s->nquery++] = "format=json";
    query[s->nquery++] = "disable_active_learning=true";
    query[s->nquery++] = "disable_model_monitoring=true";
    if (m->task == BX_SEGMENT) {
        query[s->nquery++] = "response_mask_format=rle";
        query[s->nquery++] = "mask_decode_mode=accurate";
    }
    if (key)
        query[s->nquery++] = "api_key=${key}";
    s->query = query;
    if (b->confidence < LOWEST / 100.0)
        s->remark = "asked by Roboflow's legacy route, which gives nothing below a confidence of 0.01";
    return true;
}

static void make_v1(struct bx_making *m, const char *base, bool key)
{
    const struct bx_backend_config *b = m->b;
    struct bx_service *s = m->s;
    BX_CLEANUP_BUF struct bx_buf json = {0};
    BX_CLEANUP_BUF struct bx_buf add = {0};
    const char **headers = BX_NEW(m->a, const char *, 1);
    s->url = bx_printf(m->a, "%s/infer/%s", base, m->task == BX_SEGMENT ? "instance_segmentation" : "object_detection");
    s->add_url = bx_printf(m->a, "%s/model/add", base);
    struct bx_jw w = {.out = &add};
    bx_jw_object(&w, NULL);
    bx_jw_str(&w, "model_id", b->hosted);
    if (key) /* in the header too, which servers know from 1.5.0 on */
        bx_jw_str(&w, "api_key", "${key}");
    bx_jw_object_end(&w);
    w = (struct bx_jw){.out = &json};
    bx_jw_object(&w, NULL);
    bx_jw_str(&w, "model_id", b->hosted);
    if (key)
        bx_jw_str(&w, "api_key", "${key}");
    bx_jw_num(&w, "confidence", b->confidence);
    bx_jw_num(&w, "iou_threshold", b->iou_threshold);
    bx_jw_int(&w, "max_detections", b->max_predictions);
    bx_jw_bool(&w, "class_agnostic_nms", false);
    bx_jw_bool(&w, "disable_active_learning", true);
    bx_jw_bool(&w, "disable_model_monitoring", true);
    if (m->task == BX_SEGMENT) {
        bx_jw_str(&w, "response_mask_format", "rle");
        bx_jw_str(&w, "mask_decode_mode", "accurate");
    }
    bx_jw_object(&w, "image");
    bx_jw_str(&w, "type", "base64");
    bx_jw_str(&w, "value", "${image.base64}");
    bx_jw_object_end(&w);
    bx_jw_object_end(&w);
    s->json = bx_strdup(m->a, bx_buf_str(&json));
    s->add_json = bx_strdup(m->a, bx_buf_str(&add));
    s->send = BX_SEND_JSON;
    headers[0] = "Authorization: Bearer ${key}";
    s->headers = headers;
    s->nheaders = key;
}

bool bx_service_roboflow(struct bx_making *m)
{
    const struct bx_backend_config *b = m->b;
    const char *url = b->url ? b->url : "https://serverless.roboflow.com";
    bool hosted = is_hosted(url), key = b->nenv > 0;
    size_t n = strlen(url);
    while (n && url[n - 1] == '/')
        n--;
    const char *base = bx_strndup(m->a, url, n);
    bool legacy = b->route ? !strcmp(b->route, "legacy") : hosted;
    if (m->task == BX_OBB)
        return bx_service_wrong(m, "type", "Roboflow serves no oriented boxes");
    if (strpbrk(url, "?#"))
        return bx_service_wrong(m, "url", "expected the server's address alone, like http://localhost:9001");
    if (b->route && !legacy && strcmp(b->route, "v1") != 0)
        return bx_service_wrong(m, "route", "found '%.20s', expected 'v1' or 'legacy'", b->route);
    if (!legacy && hosted)
        return bx_service_wrong(m, "route", "Roboflow's own servers have the legacy route alone");
    if (hosted && !key)
        return bx_service_wrong(m, "env", "is missing: the variable that has the key, like [\"ROBOFLOW_API_KEY\"]");
    if (legacy && !make_legacy(m, base, key))
        return false;
    if (!legacy)
        make_v1(m, base, key);
    return bx_service_map(m, &bx_preset_roboflow);
}
