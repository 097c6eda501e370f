/* onnx.c: ONNX Runtime by its table of functions, which only ever grows at its end. Declared here is what is used, by its place. */
#include "core/backend/onnx/onnx.h"
#include "core/base/buf.h"
#include "core/base/file.h"
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API_VERSION 11
#define MOST_SIDE   BX_ONNX_MOST_SIDE
#define MOST_OUTPUT 200000000u /* numbers */
#define GREY_SIDE   320        /* what a dynamic input is tried with */

enum { FLOAT = 1, UINT8, INT8, UINT16, INT16, INT32, INT64, STRING, BOOL, FLOAT16, DOUBLE };
static const char *const types[] = {"undefined", "float", "uint8",  "int8", "uint16",  "int16",
                                    "int32",     "int64", "string", "bool", "float16", "double"};

typedef void *status;
struct api_base {
    void *const *(*get)(uint32_t version);
    const char *(*version)(void);
};
/* Places in the table. */
enum {
    ERROR_MESSAGE = 2,
    CREATE_ENV = 3,
    SESSION_FROM_ARRAY = 8,
    RUN = 9,
    CREATE_OPTIONS = 10,
    INTRA_THREADS = 24,
    INTER_THREADS = 25,
    INPUT_COUNT = 30,
    OUTPUT_COUNT = 31,
    INPUT_TYPE = 33,
    INPUT_NAME = 36,
    OUTPUT_NAME = 37,
    TENSOR_OVER = 49,
    TENSOR_DATA = 51,
    AS_TENSOR = 55,
    ELEMENT_TYPE = 60,
    RANK = 61,
    DIMENSIONS = 62,
    TYPE_AND_SHAPE = 65,
    CPU_MEMORY = 69,
    ALLOCATOR = 78,
    RELEASE_ENV = 92,
    RELEASE_STATUS = 93,
    RELEASE_MEMORY = 94,
    RELEASE_SESSION = 95,
    RELEASE_VALUE = 96,
    RELEASE_TYPE = 98,
    RELEASE_SHAPE = 99,
    RELEASE_OPTIONS = 100,
    METADATA = 111,
    LOOKUP = 116
};

struct bx_onnx {
    void *const *api;
    void *env, *settings, *session, *memory, *allocator;
    const char *path, *input, *outputs[BX_OUTPUTS];
    size_t noutputs, rank;
    int64_t dim[4];
    uint32_t W, H, rect;
    enum bx_fit fit;
    enum bx_values values;
    struct bx_decoder decoder;
};

#define CALL(x, place, types, ...) (((status(*) types)(x)->api[place])(__VA_ARGS__))

static bool well(const struct bx_onnx *x, status s, const char *what, struct bx_err *e)
{
    if (!s)
        return true;
    bx_fail(e, BX_DATA, "%s: ONNX Runtime %s: %s", x->path, what, ((const char *(*)(void *))x->api[ERROR_MESSAGE])(s));
    ((void (*)(void *))x->api[RELEASE_STATUS])(s);
    return false;
}
static void release(const struct bx_onnx *x, int place, void *p)
{
    if (p)
        ((void (*)(void *))x->api[place])(p);
}

static void *open_library(const char *told, struct bx_arena *a, struct bx_err *e)
{
    const char *path = bx_onnx_find(told, a);
    void *library = path && told ? NULL : dlopen("libonnxruntime.so.1", RTLD_NOW | RTLD_LOCAL); /* where the loader looks, too */
    if (!library && path)
        library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library && path)
        bx_fail(e, BX_CONFIG, "cannot open ONNX Runtime: %s", dlerror());
    else if (!library)
        bx_fail(e, BX_CONFIG,
                BX_ONNX_LACKS ": 'pip install onnxruntime' installs it; --runtime or BOXSCORE_ONNXRUNTIME says where its "
                              "library is");
    return library;
}

static bool start(struct bx_onnx *x, const struct bx_onnx_options *o, const void *data, size_t n, struct bx_onnx_info *info,
                  struct bx_arena *a, struct bx_err *e)
{
    void *library = open_library(o->runtime, a, e); /* kept until the process ends */
    if (!library)
        return false;
    const struct api_base *(*base)(void);
    *(void **)&base = dlsym(library, "OrtGetApiBase");
    x->api = base ? base()->get(API_VERSION) : NULL;
    if (!x->api)
        return bx_fail(e, BX_CONFIG, "the library is no ONNX Runtime, or one before 1.11");
    info->runtime = base()->version();
    int threads = o->threads > 0 && o->threads < 1024 ? (int)o->threads : 0;
    return well(x, CALL(x, CREATE_ENV, (int, const char *, void **), 4, "boxscore", &x->env), "does not start", e) &&
           well(x, CALL(x, CREATE_OPTIONS, (void **), &x->settings), "does not start", e) &&
           well(x, CALL(x, INTRA_THREADS, (void *, int), x->settings, threads), "does not start", e) &&
           well(x, CALL(x, INTER_THREADS, (void *, int), x->settings, 1), "does not start", e) &&
           well(x, CALL(x, CPU_MEMORY, (int, int, void **), 1, 0, &x->memory), "does not start", e) &&
           well(x, CALL(x, ALLOCATOR, (void **), &x->allocator), "does not start", e) &&
           well(x, CALL(x, SESSION_FROM_ARRAY, (void *, const void *, size_t, void *, void **), x->env, data, n, x->settings, &x->session),
                "cannot load it", e);
}

/* The one input: float, [1, 3, H, W] or [3, H, W]; a side may be open. */
static bool read_input(struct bx_onnx *x, struct bx_err *e)
{
    size_t n = 0;
    char *second;
    void *type = NULL;
    const void *tensor = NULL;
    int element = 0;
    if (!well(x, CALL(x, INPUT_COUNT, (void *, size_t *), x->session, &n), "has no inputs", e))
        return false;
    if (!n)
        return bx_fail(e, BX_DATA, "%s: found no input, expected an image's", x->path);
    if (!well(x, CALL(x, INPUT_NAME, (void *, size_t, void *, char **), x->session, 0, x->allocator, (char **)&x->input), "input", e))
        return false;
    if (n > 1)
        return well(x, CALL(x, INPUT_NAME, (void *, size_t, void *, char **), x->session, 1, x->allocator, &second), "input", e) &&
               bx_fail(e, BX_DATA, "%s: found a second input, '%.60s', expected the image alone", x->path, second);
    bool ok = well(x, CALL(x, INPUT_TYPE, (void *, size_t, void **), x->session, 0, &type), "input", e) &&
              well(x, CALL(x, AS_TENSOR, (void *, const void **), type, &tensor), "input", e);
    if (ok && !tensor)
        ok = bx_fail(e, BX_DATA, "%s: its input is no tensor", x->path);
    ok = ok && well(x, CALL(x, ELEMENT_TYPE, (const void *, int *), tensor, &element), "input", e) &&
         well(x, CALL(x, RANK, (const void *, size_t *), tensor, &x->rank), "input", e);
    if (ok && element != FLOAT)
        ok = bx_fail(e, BX_DATA, "%s: found an input of type %s, expected float", x->path,
                     element >= 0 && element <= DOUBLE ? types[element] : "of another kind");
    if (ok && x->rank != 3 && x->rank != 4)
        ok = bx_fail(e, BX_DATA, "%s: found an input of %zu dimensions, expected [1, 3, height, width]", x->path, x->rank);
    x->dim[0] = 1;
    ok = ok && well(x, CALL(x, DIMENSIONS, (const void *, int64_t *, size_t), tensor, x->dim + 4 - x->rank, x->rank), "input", e);
    release(x, RELEASE_TYPE, type);
    if (!ok)
        return false;
    const int64_t *d = x->dim;
    if ((d[0] != 1 && d[0] >= 0) || (d[1] != 3 && d[1] >= 0) || !d[2] || !d[3] || d[2] > MOST_SIDE || d[3] > MOST_SIDE)
        return bx_fail(e, BX_DATA, "%s: found an input of [%lld, %lld, %lld, %lld], expected [1, 3, height, width], at most %d a side",
                       x->path, (long long)d[0], (long long)d[1], (long long)d[2], (long long)d[3], MOST_SIDE);
    return true;
}

static bool read_outputs(struct bx_onnx *x, struct bx_err *e)
{
    if (!well(x, CALL(x, OUTPUT_COUNT, (void *, size_t *), x->session, &x->noutputs), "outputs", e))
        return false;
    if (!x->noutputs || x->noutputs > BX_OUTPUTS)
        return bx_fail(e, BX_DATA, "%s: found %zu outputs, expected a detector's, 1 to %d", x->path, x->noutputs, BX_OUTPUTS);
    for (size_t i = 0; i < x->noutputs; i++)
        if (!well(x, CALL(x, OUTPUT_NAME, (void *, size_t, void *, char **), x->session, i, x->allocator, (char **)&x->outputs[i]),
                  "outputs", e))
            return false;
    return true;
}

static const char *metadata(struct bx_onnx *x, const char *key)
{
    void *m = NULL;
    char *value = NULL;
    struct bx_err e;
    if (!well(x, CALL(x, METADATA, (void *, void **), x->session, &m), "metadata", &e) ||
        !well(x, CALL(x, LOOKUP, (void *, void *, const char *, char **), m, x->allocator, key, &value), "metadata", &e))
        return "";
    return value ? value : "";
}

static float from_half(uint16_t h)
{
    unsigned exponent = h >> 10 & 31, fraction = h & 1023;
    float v = exponent == 31 ? (fraction ? NAN : INFINITY)
              : exponent     ? ldexpf((float)(1024 + fraction), (int)exponent - 25)
                             : ldexpf((float)fraction, -24);
    return h & 0x8000 ? -v : v;
}

static bool take(const struct bx_onnx *x, size_t i, void *value, struct bx_output *o, struct bx_arena *a, struct bx_err *e)
{
    void *shape = NULL, *data = NULL;
    int type = 0;
    int64_t dim[BX_OUTPUT_RANK];
    *o = (struct bx_output){.name = x->outputs[i], .n = 1};
    bool ok = well(x, CALL(x, TYPE_AND_SHAPE, (void *, void **), value, &shape), "output", e) &&
              well(x, CALL(x, ELEMENT_TYPE, (const void *, int *), shape, &type), "output", e) &&
              well(x, CALL(x, RANK, (const void *, size_t *), shape, &o->rank), "output", e);
    if (ok && o->rank > BX_OUTPUT_RANK)
        ok = bx_fail(e, BX_DATA, "%s: output '%.60s' has %zu dimensions, expected at most %d", x->path, o->name, o->rank, BX_OUTPUT_RANK);
    ok = ok && well(x, CALL(x, DIMENSIONS, (const void *, int64_t *, size_t), shape, dim, o->rank), "output", e);
    release(x, RELEASE_SHAPE, shape);
    for (size_t k = 0; ok && k < o->rank; k++) {
        if (dim[k] < 0 || (dim[k] && o->n > MOST_OUTPUT / (uint64_t)dim[k]))
            ok = bx_fail(e, BX_DATA, "%s: output '%.60s' has more than %u numbers", x->path, o->name, MOST_OUTPUT);
        else
            o->n *= o->dim[k] = (size_t)dim[k];
    }
    if (ok && type != FLOAT && type != FLOAT16 && type != DOUBLE && type != INT64 && type != INT32)
        ok = bx_fail(e, BX_DATA, "%s: found output '%.60s' of type %s, expected float", x->path, o->name,
                     type >= 0 && type <= DOUBLE ? types[type] : "of another kind");
    if (!ok || (o->n && !well(x, CALL(x, TENSOR_DATA, (void *, void **), value, &data), "output", e)))
        return false;
    float *v = BX_NEW(a, float, o->n);
    for (size_t k = 0; k < o->n; k++)
        v[k] = type == FLOAT     ? ((const float *)data)[k]
               : type == FLOAT16 ? from_half(((const uint16_t *)data)[k])
               : type == DOUBLE  ? (float)((const double *)data)[k]
               : type == INT64   ? (float)((const int64_t *)data)[k]
                                 : (float)((const int32_t *)data)[k];
    o->v = v;
    o->whole = type == INT64 || type == INT32;
    return true;
}

static bool infer(struct bx_onnx *x, float *in, uint32_t W, uint32_t H, struct bx_output *out, struct bx_arena *a, struct bx_err *e)
{
    const int64_t dim[4] = {1, 3, H, W};
    void *value = NULL, *values[BX_OUTPUTS] = {0};
    bool ok = well(x,
                   CALL(x, TENSOR_OVER, (void *, void *, size_t, const int64_t *, size_t, int, void **), x->memory, in,
                        (size_t)W * H * 3 * sizeof *in, dim + 4 - x->rank, x->rank, FLOAT, &value),
                   "input", e) &&
              well(x,
                   CALL(x, RUN, (void *, void *, const char *const *, void *const *, size_t, const char *const *, size_t, void **),
                        x->session, NULL, &x->input, &value, 1, x->outputs, x->noutputs, values),
                   "cannot run it", e);
    for (size_t i = 0; ok && i < x->noutputs; i++)
        ok = take(x, i, values[i], &out[i], a, e);
    for (size_t i = 0; i < x->noutputs; i++)
        release(x, RELEASE_VALUE, values[i]);
    release(x, RELEASE_VALUE, value);
    return ok;
}

static bool choose(struct bx_onnx *x, const struct bx_onnx_options *o, struct bx_onnx_info *info, struct bx_arena *a, struct bx_err *e)
{
    const char *imgsz = metadata(x, "imgsz");
    size_t nnames, n = x->noutputs;
    const char **names = bx_onnx_names(metadata(x, "names"), &nnames, a);
    if (o->names && !bx_onnx_names_file(o->names, &names, &nnames, a, e))
        return false;
    const bool open = x->dim[2] < 0 || x->dim[3] < 0;
    uint32_t H = o->height ? o->height : bx_onnx_side(imgsz, 0), W = o->width ? o->width : bx_onnx_side(imgsz, 1);
    x->H = x->dim[2] > 0 ? (uint32_t)x->dim[2] : H ? H : GREY_SIDE;
    x->W = x->dim[3] > 0 ? (uint32_t)x->dim[3] : W ? W : GREY_SIDE;
    struct bx_output out[BX_OUTPUTS];
    struct bx_arena scratch = {0};
    const size_t numbers = (size_t)x->W * x->H * 3;
    float *grey = BX_NEW(&scratch, float, numbers);
    for (size_t i = 0; i < numbers; i++)
        grey[i] = 114.0f / 255;
    bool ok = infer(x, grey, x->W, x->H, out, &scratch, e);
    if (ok && !bx_head_choose(out, n, x->W, x->H, metadata(x, "task"), nnames, o->head, &x->decoder, e))
        ok = bx_wrap(e, "%s", x->path);
    bx_arena_release(&scratch);
    if (!ok)
        return false;
    struct bx_decoder *d = &x->decoder;
    x->fit = o->has_fit ? o->fit : bx_heads[d->head].fit;
    x->values = o->has_values ? o->values : bx_heads[d->head].values;
    if (open && !o->has_fit && d->head == BX_HEAD_TORCHVISION)
        x->fit = BX_FIT_NONE; /* the graph resizes */
    else if (open && (!W || !H) && x->fit != BX_FIT_NONE)
        return bx_fail(e, BX_DATA, "%s: its input takes any size, and its metadata says none: expected --size", x->path);
    else if (open && x->fit == BX_FIT_LETTERBOX) {
        long stride = strtol(metadata(x, "stride"), NULL, 10);
        x->rect = o->rect >= 0 && o->rect <= 256 ? (uint32_t)o->rect : stride > 0 && stride <= 256 ? (uint32_t)stride : 32;
    }
    if (o->conf >= 0)
        d->conf = (float)o->conf;
    if (o->iou >= 0)
        d->iou = o->iou;
    if (o->most > 0)
        d->most = (size_t)o->most;
    info->task = bx_heads[d->head].task;
    info->head = bx_heads[d->head].name;
    info->nnames = d->nc;
    info->named = nnames > 0;
    info->names_expected = d->head <= BX_HEAD_YOLOV5;
    info->names = BX_NEW(a, const char *, d->nc);
    for (size_t i = 0; i < d->nc; i++) {
        const char *name = i < nnames ? names[i] : NULL;
        for (size_t k = 0; name && k < i; k++)
            if (!strcmp(info->names[k], name))
                name = NULL;
        info->names[i] = name ? name : bx_printf(a, "class_%zu", i);
    }
    return true;
}

/* Whoever wrote the config may not know what is in the file. The reason in front is cut, rather than these. */
static void add_ends(const struct bx_onnx_counts *c, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf why = {0};
    bx_buf_addf(&why, "%.160s; its inputs: %.60s; its outputs: %.60s", e->text, c->inputs_shown, c->outputs_shown);
    bx_fail(e, BX_DATA, "%s", bx_buf_str(&why));
}

struct bx_onnx *bx_onnx_load(const char *path, const struct bx_onnx_options *o, struct bx_onnx_info *info, struct bx_arena *a,
                             struct bx_err *e)
{
    struct bx_onnx *x = BX_NEW(a, struct bx_onnx, 1);
    struct bx_map map;
    const char *slash = strrchr(path, '/');
    x->path = slash ? slash + 1 : path;
    if (!bx_map_open(&map, path, e))
        return NULL;
    struct bx_onnx_counts counts = {0};
    bool ok = bx_onnx_look(x->path, map.data, map.n, e);
    if (ok) {
        bx_onnx_count(map.data, map.n, 0, 0, &counts, a);
        ok = start(x, o, map.data, map.n, info, a, e) && read_input(x, e) && read_outputs(x, e) && choose(x, o, info, a, e);
        if (!ok && e->code == BX_DATA && !strstr(e->text, "its outputs: ")) /* bx_head_choose says them */
            add_ends(&counts, e);
    }
    if (ok) {
        bx_onnx_count(map.data, map.n, x->W, x->H, &counts, a);
        info->parameters = counts.parameters;
        info->flops = counts.left_out ? (double)NAN : 2 * counts.macs;
    }
    bx_map_close(&map);
    if (ok)
        return x;
    bx_onnx_close(x);
    return NULL;
}

void bx_onnx_close(struct bx_onnx *x)
{
    if (!x || !x->api)
        return;
    release(x, RELEASE_SESSION, x->session);
    release(x, RELEASE_OPTIONS, x->settings);
    release(x, RELEASE_MEMORY, x->memory);
    release(x, RELEASE_ENV, x->env);
}

bool bx_onnx_ask(struct bx_onnx *x, const char *image, uint32_t *w, uint32_t *h, struct bx_founds *out, struct bx_arena *a,
                 struct bx_err *e)
{
    struct bx_map map;
    struct bx_pixels px;
    struct bx_frame f;
    struct bx_output outputs[BX_OUTPUTS];
    if (!bx_map_open(&map, image, e))
        return false;
    bool ok = bx_image_decode("image", map.data, map.n, 0, &px, a, e);
    bx_map_close(&map);
    if (!ok)
        return false;
    bx_image_opaque(&px);
    *w = px.w, *h = px.h;
    if (!bx_frame_make(x->fit, px.w, px.h, x->W, x->H, x->rect, &f))
        return bx_fail(e, BX_DATA, "image of %u x %u pixels: a side of it becomes 0 in an input of %u x %u", px.w, px.h, x->W, x->H);
    if (f.W > MOST_SIDE || f.H > MOST_SIDE)
        return bx_fail(e, BX_DATA, "image of %u x %u pixels, at most %d a side are given to a model that resizes by itself", px.w, px.h,
                       MOST_SIDE);
    float *in = BX_NEW(a, float, (size_t)f.W *f.H * 3);
    bx_tensor_fill(&px, &f, x->fit, x->values, in, a);
    return infer(x, in, f.W, f.H, outputs, a, e) && bx_decode(&x->decoder, outputs, x->noutputs, &f, out, a, e);
}
