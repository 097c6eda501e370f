/*
 * backend.h: ask a model for detections. One small vtable; behind it a prediction file (predictions.c) or a child that speaks the runner
 * protocol (command*.c), later servers and networks.
 *
 * A backend object is one sitting with a model: for a command one process, never restarted here. The runner (core/runner) alone owns
 * deadlines, retries, restarts, cache and progress: it cancels an object and opens a fresh one. No call blocks for more than 100 ms.
 *
 *     open → (fds, poll, next)* until state READY → (submit, fds, poll, next)* → finish → next until GONE → close
 *
 * One that has all answers at once hands over columns in place of the submits.
 *
 * At any time cancel starts the end by force (SIGTERM now, SIGKILL after `grace`); close at any time kills at once and frees. When a
 * backend breaks (dies, breaks the protocol) its state becomes BROKEN: every image outstanding has come, or will come, out of next with
 * BX_ANSWER_LOST, and its `error` says why.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/secret.h"
#include "core/data/detections.h"
#include "core/data/model.h"
#include "core/data/testset.h"
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bx_backend_state {
    BX_BACKEND_STARTING, /* open returned, the model loads; submit is refused */
    BX_BACKEND_READY,
    BX_BACKEND_BROKEN, /* no more answers than those already read; cancel or close it */
    BX_BACKEND_ENDING, /* after finish or cancel */
    BX_BACKEND_GONE,   /* nothing of it runs any more */
};

struct bx_backend_caps { /* final once the state is READY */
    unsigned geometries; /* bit 1u << enum bx_geometry */
    size_t inflight;     /* most images outstanding */
    bool cacheable;      /* the same version gives the same answers */
    bool times_itself;   /* answers carry own_ns */
    bool has_latency;    /* wall_ns is a latency (prediction files: no) */
};

enum bx_answer_status {
    BX_ANSWER_OK,
    BX_ANSWER_ERROR, /* of this image alone; the backend goes on */
    BX_ANSWER_LOST,  /* it was outstanding when the backend broke or was cancelled */
};
struct bx_answer {
    size_t image; /* index in the test set */
    enum bx_answer_status status;
    size_t n;
    const struct bx_detection
        *detections;    /* name: index in names of the backend; everything here is valid until the next call of next or close */
    int64_t wall_ns;    /* submit to whole answer */
    int64_t own_ns;     /* as the model says; -1 when it does not */
    uint32_t w, h;      /* size the model says it saw; 0 0 when it does not */
    bool reframed;      /* the model worked in the file's raw frame: turned by its EXIF orientation */
    const char *reason; /* ERROR and LOST: secrets are already ***; otherwise NULL */
};

/* What a command may reach beyond what every one does (command/reach.c), by the operator's settings. Paths may be patterns. */
struct bx_confine_rules {
    bool on;                 /* false: nothing below holds */
    const char *const *read; /* files and folders to be read and executed */
    size_t nread;
    const char *const *devices; /* nodes to be read and written; folders to be written to */
    size_t ndevices;
    const char *const *hidden; /* what no guess about where a program's libraries are may uncover: data set, database, … */
    size_t nhidden;
    bool network;
    int64_t processes; /* at once, threads included; 0: 2048 */
    int64_t memory;    /* bytes, where they can be counted; 0: nine tenths of the machine's */
    int64_t temporary; /* bytes in `home`, and in its shared memory; 0: 8 GiB */
    int64_t free_disk; /* bytes that must stay free where `home` is */
};

/* What a backend may use. Everything must outlive the backend object. */
struct bx_backend_env {
    const struct bx_testset *testset;
    const char *const *image_path; /* [nimages] absolute, the staged copies (staging.h); predictions: may be NULL */
    unsigned geometries;           /* bits of what will be scored: an answer without one of them is that image's error */
    const char *program;           /* of a command: absolute (the registry finds it) */
    const struct bx_secret *env;   /* the variables that the config names and the settings grant, with their values */
    size_t nenv;
    const struct bx_secret *secrets; /* what no text may hold, whoever was granted it: *** in everything that is kept */
    size_t nsecrets;
    const struct bx_pin *pins; /* where a root of its own is to be had, a command finds these copies in the place of its files */
    size_t npins;
    const char *image_dir; /* where the staged copies are, or NULL */
    struct bx_confine_rules confine;
    const char *onnxruntime;  /* where the settings say that it is, or NULL */
    const char *ca_file;      /* of a server: the authorities it is trusted by; NULL: the system's */
    const char *home;         /* private, existing folder: HOME and TMPDIR of a command */
    int64_t limit_file_size;  /* RLIMIT_FSIZE in bytes; 0: 8 GiB */
    int64_t limit_open_files; /* RLIMIT_NOFILE; 0: 4096 */
    double grace;             /* seconds between SIGTERM and SIGKILL; 0: 5 */
};

struct bx_backend; /* every implementation begins with this */
struct bx_backend_ops {
    size_t (*fds)(struct bx_backend *b, struct pollfd *out, size_t cap); /* descriptors to poll, with events; at most BX_BACKEND_FDS */
    /* A whole-set backend, once READY: all answers in place of submit and next; their memory is a's. One call; NULL: image by image. */
    void (*columns)(struct bx_backend *b, struct bx_detections *out, struct bx_arena *a);
    bool (*submit)(struct bx_backend *b, size_t image, struct bx_err *e); /* at most caps.inflight outstanding; NULL where columns is not */
    bool (*next)(struct bx_backend *b, struct bx_answer *out); /* does the I/O that is ready; true: *out is an answer, call again */
    void (*finish)(struct bx_backend *b);                      /* no more images: end politely */
    void (*cancel)(struct bx_backend *b,
                   double grace);        /* end by force; what is outstanding becomes LOST. Again with a smaller grace: sooner */
    void (*close)(struct bx_backend *b); /* kill, reap, free */
    void (*log)(const struct bx_backend *b, struct bx_buf *out);   /* NULL: says nothing */
    void (*words)(const struct bx_backend *b, struct bx_buf *out); /* the last line of it, and what that may come from; NULL: none */
};
#define BX_BACKEND_FDS 8
struct bx_backend {
    const struct bx_backend_ops *ops;
    enum bx_backend_state state;
    struct bx_backend_caps caps;
    struct bx_err error; /* why BROKEN */
    const char **names;  /* class names used so far; grows, indices stay */
    size_t nnames;
    char *runner;  /* what the handshake calls the program, cleaned; NULL when it does not say */
    bool away;     /* with an error: a server could not be reached, or asked to come again; what it answered before is good */
    bool hopeless; /* with an error: another sitting would end the same way */
    char *remark;  /* a warning worth keeping ("exit status 3 after the last answer"), or NULL */
};

/* Begin a sitting with a model. NULL with e: it cannot be started at all (no such program, no such file). */
struct bx_backend *bx_backend_open(const struct bx_model *m, const struct bx_backend_env *env, struct bx_err *e);
void bx_backend_close(struct bx_backend *b); /* NULL allowed */
/* What this machine lacks to run models of that kind, and what installs it, or NULL. Nothing is run. */
const char *bx_backend_lacks(const struct bx_model *m, const struct bx_backend_env *env, struct bx_arena *a);

/* What the model said on stderr and in stray stdout lines: at most 1 MiB, head and tail; secrets are ***; control characters kept (it is a
 * log). Appended to out. */
void bx_backend_log(const struct bx_backend *b, struct bx_buf *out);
/* The last that it said, as a reason's end: ": …", or nothing. Appended to out. */
void bx_backend_words(const struct bx_backend *b, struct bx_buf *out);
