/* runner.c: boxscore runner onnx: an ONNX file as a program that speaks the runner protocol (models.d/README.md). */
#include "cmd/verb.h"
#include "core/backend/onnx/onnx.h"
#include "core/base/json_reader.h"
#include "core/base/json_writer.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_LINE (1 << 20)

struct args {
    const char *runtime, *head, *size, *resize, *values, *names;
    int64_t threads, most, rect;
    double conf, iou;
};

static const struct bx_option options[] = {
    {"runtime", 0, BX_OPT_STR, "FILE",
     "ONNX Runtime's library or a virtual environment that has it (default: $BOXSCORE_ONNXRUNTIME, the system's, that of a python in the "
     "PATH)",
     offsetof(struct args, runtime)},
    {"head", 0, BX_OPT_STR, "NAME", "what its outputs are (default: told by their names and shapes)", offsetof(struct args, head)},
    {"size", 0, BX_OPT_STR, "N|HxW", "the input's size, where the file leaves it open", offsetof(struct args, size)},
    {"resize", 0, BX_OPT_STR, "HOW", "letterbox, stretch, stretch-float, top-left or none (default: the head's)",
     offsetof(struct args, resize)},
    {"values", 0, BX_OPT_STR, "WHAT", "rgb/255, imagenet, bgr, rgb or bgr/255 (default: the head's)", offsetof(struct args, values)},
    {"rect", 0, BX_OPT_INT, "N", "pad an input that takes any size to multiples of N; 0: to all of it (default: as the file says)",
     offsetof(struct args, rect)},
    {"names", 0, BX_OPT_STR, "FILE", "class names, one a line (default: the model's metadata, else class_0, class_1, …)",
     offsetof(struct args, names)},
    {"threads", 0, BX_OPT_INT, "N", "threads (default: all cores)", offsetof(struct args, threads)},
    {"conf", 0, BX_OPT_NUM, "X", "detections above this score (default: 0.001)", offsetof(struct args, conf)},
    {"iou", 0, BX_OPT_NUM, "X", "of two that overlap more than this one goes (default: 0.7; YOLOX 0.65)", offsetof(struct args, iou)},
    {"max-det", 0, BX_OPT_INT, "N", "at most so many detections an image (default: 300)", offsetof(struct args, most)},
    {0},
};

static const char details[] =
    "Reads requests from standard input and answers on standard output, one JSON object a line; models.d/README.md has the protocol.\n"
    "Heads: detect, segment, obb (Ultralytics), end-detect, end-segment, end-obb (with NMS inside), yolov5, yolox, rfdetr, detr, "
    "torchvision.\n"
    "\n"
    "  $ echo '{\"id\": 1, \"image\": \"/data/1.jpg\"}' | boxscore runner onnx yolo11n.onnx\n";

static bool send(FILE *out, struct bx_buf *b)
{
    bx_buf_addc(b, '\n');
    bool ok = fwrite(b->p, 1, b->n, out) == b->n && !fflush(out);
    bx_buf_clear(b);
    return ok;
}

static void numbers(struct bx_jw *w, const char *key, const float *v, size_t n)
{
    bx_jw_array(w, key);
    for (size_t i = 0; i < n; i++)
        bx_jw_num(w, NULL, (double)v[i]);
    bx_jw_array_end(w);
}

static void prediction(struct bx_jw *w, const struct bx_found *o, bool oriented, struct bx_arena *a)
{
    bx_jw_object(w, NULL);
    bx_jw_uint(w, "class", o->class);
    bx_jw_num(w, "score", (double)o->score);
    numbers(w, oriented ? "obb" : "box", oriented ? o->obb : o->box, oriented ? 8 : 4);
    if (o->mask.n) {
        bx_jw_object(w, "rle");
        bx_jw_array(w, "size");
        bx_jw_uint(w, NULL, o->mask.h);
        bx_jw_uint(w, NULL, o->mask.w);
        bx_jw_array_end(w);
        bx_jw_str(w, "counts", bx_rle_to_string(&o->mask, a));
        bx_jw_object_end(w);
    }
    bx_jw_object_end(w);
}

static bool finite_box(const struct bx_found *o, bool oriented)
{
    double sum = 0;
    for (int i = 0; i < (oriented ? 8 : 4); i++)
        sum += 0 * (double)(oriented ? o->obb[i] : o->box[i]);
    return sum == 0; /* of an infinity, too, nothing is none */
}

static bool request(const char *line, size_t n, int64_t *id, const char **image, struct bx_arena *a, struct bx_err *e)
{
    struct bx_json r;
    struct bx_slice key, s;
    bool has_id = false;
    *image = NULL;
    bx_json_init(&r, "request", line, n, 0, e);
    if (!bx_json_object(&r))
        return false;
    while (bx_json_key(&r, &key))
        if (bx_slice_is(key, "id"))
            has_id = bx_json_int(&r, id);
        else if (bx_slice_is(key, "image") && bx_json_string(&r, &s))
            *image = bx_strndup(a, s.p, s.n);
        else
            bx_json_skip(&r);
    if (!bx_json_end(&r))
        return false;
    return (has_id && *image) || bx_fail(e, BX_DATA, "request: expected 'id' and 'image'");
}

static bool answer(struct bx_onnx *x, const struct bx_onnx_info *info, const char *line, size_t n, FILE *out, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    struct bx_arena a = {0};
    struct bx_jw w = {.out = &b};
    struct bx_founds found = {0};
    struct bx_err failed = {0};
    int64_t id;
    const char *image;
    uint32_t width = 0, height = 0;
    bool ok = request(line, n, &id, &image, &a, e);
    if (ok) {
        const bool oriented = !strcmp(info->task, "obb");
        bx_jw_object(&w, NULL);
        bx_jw_int(&w, "id", id);
        if (bx_onnx_ask(x, image, &width, &height, &found, &a, &failed)) {
            bx_jw_uint(&w, "w", width);
            bx_jw_uint(&w, "h", height);
            bx_jw_array(&w, "predictions");
            for (size_t i = 0; i < found.n; i++)
                if (finite_box(&found.at[i], oriented))
                    prediction(&w, &found.at[i], oriented, &a);
                else
                    found.left_out++;
            bx_jw_array_end(&w);
        } else
            bx_jw_str(&w, "error", failed.text);
        bx_jw_object_end(&w);
        if (found.left_out)
            fprintf(stderr, "request %lld: %zu rows left out: a number or a class that is none\n", (long long)id, found.left_out);
        ok = send(out, &b) || bx_fail_errno(e, "cannot answer");
    }
    bx_arena_release(&a);
    return ok;
}

static bool serve(struct bx_onnx *x, const struct bx_onnx_info *info, FILE *out, struct bx_err *e)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    bool ok = true;
    while (ok && (n = getline(&line, &cap, stdin)) > 0)
        ok = n > MOST_LINE ? bx_fail(e, BX_DATA, "request of %zd bytes, expected at most %d", n, MOST_LINE)
                           : answer(x, info, line, (size_t)n, out, e);
    free(line);
    return ok;
}

static bool ready(const struct bx_onnx_info *info, FILE *out, struct bx_arena *a)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    struct bx_jw w = {.out = &b};
    bx_jw_object(&w, NULL);
    bx_jw_int(&w, "proto", 1);
    bx_jw_bool(&w, "ready", true);
    bx_jw_str(&w, "task", info->task);
    /* Files of Ultralytics' always name their classes, and one that does not has lost them; of other families none does, and an invented
     * name would be taken for one. */
    if (info->named || info->names_expected) {
        bx_jw_array(&w, "names");
        for (size_t i = 0; i < info->nnames; i++)
            bx_jw_str(&w, NULL, info->names[i]);
        bx_jw_array_end(&w);
    } else
        fprintf(stderr, "the file does not name its %zu classes: --names says them\n", info->nnames);
    if (isfinite(info->parameters))
        bx_jw_num(&w, "parameters", info->parameters);
    if (isfinite(info->flops))
        bx_jw_num(&w, "flops", info->flops);
    bx_jw_str(&w, "runner", bx_printf(a, "boxscore onnx (%s), ONNX Runtime %s", info->head, info->runtime));
    bx_jw_object_end(&w);
    return send(out, &b);
}

static bool size_of(const char *text, struct bx_onnx_options *o)
{
    unsigned h, w;
    char more;
    int n = text ? sscanf(text, "%ux%u%c", &h, &w, &more) : 0;
    if (!text)
        return true;
    if (n == 1 && strspn(text, "0123456789") == strlen(text))
        w = h;
    else if (n != 2)
        return false;
    o->width = w, o->height = h;
    return h > 0 && w > 0 && h <= 8192 && w <= 8192;
}

static int run(const struct bx_verb *v, int argc, char **argv)
{
    struct args args = {.conf = -1, .iou = -1, .rect = -1};
    int n, status = bx_options(v, argc, argv, &args, &n);
    if (status >= 0)
        return status;
    if (n != 2 || strcmp(argv[1], "onnx") != 0)
        return bx_verb_usage(v, "expected 'onnx' and one FILE");
    struct bx_onnx_options o = {.runtime = args.runtime,
                                .names = args.names,
                                .head = BX_HEAD_BY_SHAPE,
                                .rect = args.rect,
                                .threads = args.threads,
                                .conf = args.conf,
                                .iou = args.iou,
                                .most = args.most};
    size_t word;
    if (args.head && (word = bx_words_find(&bx_head_words, args.head)) == bx_head_words.n)
        return bx_verb_usage(v, "unknown head '%s'", args.head);
    if (args.head)
        o.head = (enum bx_head)word;
    if (args.resize && (word = bx_words_find(&bx_fit_words, args.resize)) == bx_fit_words.n)
        return bx_verb_usage(v, "unknown way to resize '%s'", args.resize);
    if ((o.has_fit = args.resize))
        o.fit = bx_fits[word];
    if (args.values && (word = bx_words_find(&bx_values_words, args.values)) == bx_values_words.n)
        return bx_verb_usage(v, "unknown values '%s'", args.values);
    if ((o.has_values = args.values))
        o.values = bx_values[word];
    if (!size_of(args.size, &o))
        return bx_verb_usage(v, "found size '%s', expected a number or HEIGHTxWIDTH, at most 8192", args.size);
    if (args.most < 0 || args.most > 10000)
        return bx_verb_usage(v, "found --max-det %lld, expected 1 to 10000", (long long)args.most);
    /* What a library prints is no answer. */
    int own = dup(STDOUT_FILENO);
    FILE *out = own >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 ? fdopen(own, "w") : NULL;
    struct bx_err e = {0};
    struct bx_arena a = {0};
    struct bx_onnx_info info = {0};
    struct bx_onnx *x = NULL;
    bool ok = out || bx_fail_errno(&e, "cannot open standard output");
    ok = ok && (x = bx_onnx_load(argv[2], &o, &info, &a, &e));
    if (!ok && out) {
        BX_CLEANUP_BUF struct bx_buf b = {0};
        struct bx_jw w = {.out = &b};
        bx_jw_object(&w, NULL);
        bx_jw_int(&w, "proto", 1);
        bx_jw_str(&w, "error", e.text);
        bx_jw_object_end(&w);
        send(out, &b);
    }
    ok = ok && (ready(&info, out, &a) || bx_fail_errno(&e, "cannot answer")) && serve(x, &info, out, &e);
    bx_onnx_close(x);
    if (out)
        fclose(out);
    bx_arena_release(&a);
    return ok ? 0 : bx_verb_fail(v, &e);
}

const struct bx_verb bx_verb_runner = {
    "runner", "onnx FILE [OPTION…]", "answer for an ONNX model, by the runner protocol", options, details, run};
