/*
 * onnx.h: a detector in an ONNX file, run by ONNX Runtime, which is opened at run time and never linked. For a process of its own
 * (`boxscore runner onnx`): the file is foreign, and what it computes has no bound in time or memory but the process's.
 */
#pragma once
#include "core/backend/backend.h"
#include "core/backend/decode/decode.h"

struct bx_onnx_options {
    const char *runtime; /* libonnxruntime.so, or a virtual environment that has it; NULL: looked for */
    enum bx_fit fit;     /* when has_fit; so with values */
    enum bx_values values;
    bool has_fit, has_values;
    int64_t rect;           /* < 0: as the metadata says */
    const char *names;      /* a file of class names, one a line, in place of the metadata; or NULL */
    enum bx_head head;      /* or BX_HEAD_BY_SHAPE */
    uint32_t width, height; /* of a dynamic input; 0: as the metadata says */
    int64_t threads;        /* 0: all cores */
    double conf, iou;       /* < 0: the head's */
    int64_t most;           /* <= 0: the head's */
};

struct bx_onnx;
struct bx_onnx_info {
    const char *task, *head, *runtime; /* runtime: its version */
    const char **names;
    size_t nnames;
    bool named;               /* by the file, or by the one told; else they are class_0, class_1, … */
    bool names_expected;      /* of a family whose files have them */
    double parameters, flops; /* counted; NaN: not known */
};
/* Loads the file and runs it once on grey, which tells its head. Errors say what the file is or lacks. Memory is the arena's. */
struct bx_onnx *bx_onnx_load(const char *path, const struct bx_onnx_options *o, struct bx_onnx_info *info, struct bx_arena *a,
                             struct bx_err *e);
void bx_onnx_close(struct bx_onnx *x); /* NULL allowed */
/* One image file. w, h: as displayed. */
bool bx_onnx_ask(struct bx_onnx *x, const char *image, uint32_t *w, uint32_t *h, struct bx_founds *out, struct bx_arena *a,
                 struct bx_err *e);

/* find.c: the library's file, or NULL: where `told` says, which is it or an environment that has it, $BOXSCORE_ONNXRUNTIME, the system's,
 * that of the environment in use, or of a python in the PATH. Nothing is opened. */
const char *bx_onnx_find(const char *told, struct bx_arena *a);
const char *bx_onnx_find_in(const char *folder, struct bx_arena *a); /* the newest in the folder, or NULL */
#define BX_ONNX_LACKS "ONNX Runtime was not found"
const char *bx_onnx_lacks(const struct bx_backend_env *env, struct bx_arena *a);

/* graph.c: is it a whole ONNX model that needs no other file? */
bool bx_onnx_look(const char *name, const void *data, size_t n, struct bx_err *e);
/* count.c: what a graph costs, its inputs and outputs, without running it. W, H: of an input that takes any size; 0: not known. Strings are
 * the arena's, without control characters. */
struct bx_onnx_counts {
    double parameters, macs;
    size_t left_out; /* products of matrices whose size is known only when it runs: not in macs */
    size_t strange;  /* operators that are not known here; strangest: the first */
    const char *strangest, *inputs_shown, *outputs_shown;
    uint32_t width, height;               /* of the first input, where it is a picture of a known size; else 0 */
    struct bx_output outputs[BX_OUTPUTS]; /* names and shapes; rank SIZE_MAX: not known */
    size_t noutputs, noutputs_all;
    const char *names, *task, *imgsz; /* of the metadata; "" */
};
void bx_onnx_count(const void *data, size_t n, uint32_t W, uint32_t H, struct bx_onnx_counts *c, struct bx_arena *a);

/* facts.c: what a config and its file say together, for `check`. An error says what is wrong with the file. */
struct bx_onnx_facts {
    struct bx_onnx_counts counts;
    const char *task;        /* of the head; NULL with it */
    const char *head;        /* a word of networks.h, or two; NULL: it shows only when it runs */
    uint32_t width, height;  /* of the input; 0: not known */
    const char **names;      /* NULL among them: not told */
    size_t nnames, nclasses; /* nclasses 0: not known */
};
bool bx_onnx_facts(const struct bx_model *m, struct bx_onnx_facts *f, struct bx_arena *a, struct bx_err *e);
uint32_t bx_onnx_side(const char *imgsz, int which); /* of "[160, 224]", height and width, or of its one number; 0: none */
enum { BX_ONNX_MOST_SIDE = 8192 };

/* names.c: the metadata's Python literal, {0: 'disc', 1: "ring"} or a list: parsed, never evaluated. A class without a usable name (none, a
 * second of that name, over 1,000 bytes) is NULL. *n: one more than the greatest index; 0: no such literal. */
#define BX_ONNX_MOST_NAMES 25000
const char **bx_onnx_names(const char *literal, size_t *n, struct bx_arena *a);
/* The same of a file's lines. */
bool bx_onnx_names_file(const char *path, const char ***names, size_t *n, struct bx_arena *a, struct bx_err *e);
