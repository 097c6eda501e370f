/*
 * command.h: the parts of the command backend, which speaks the runner protocol (JSON Lines over pipes) with a child.
 *
 * Three processes: the host (us), a keeper, and the runner. The keeper is a fork of the host that holds nothing but its end of a control
 * socket; it is a child subreaper, starts the runner in a session of its own, and kills every descendant, setsid or not, when the host says
 * so, when the runner ends and when the host dies, kill -9 included (the socket closes). The host is a subreaper too, for the case that a
 * hostile runner kills the keeper. Where there are namespaces (confine.h) a fourth stands between keeper and runner: the first process of
 * the runner's, with which all of it ends.
 */
#pragma once
#include "core/backend/answer.h"
#include "core/backend/command/confine.h"
#include "core/base/buf.h"
#include <sys/types.h>

/* log.c: what a child says, secrets out, head and tail kept. */
#define BX_LOG_HALF ((size_t)512 << 10)
struct bx_child_log {
    const struct bx_secret *secrets;
    size_t nsecrets;
    struct bx_buf carry; /* bytes that may be the beginning of a secret */
    struct bx_buf head;  /* the first BX_LOG_HALF bytes */
    char *tail;          /* ring of BX_LOG_HALF bytes */
    uint64_t total;      /* bytes in, after redaction */
};
void bx_child_log_add(struct bx_child_log *l, const char *p, size_t n);
void bx_child_log_flush(struct bx_child_log *l); /* the carry too: nothing more will come */
void bx_child_log_read(const struct bx_child_log *l, struct bx_buf *out);
void bx_child_log_last_line(const struct bx_child_log *l, struct bx_buf *out); /* the last line that says something */
void bx_child_log_free(struct bx_child_log *l);

/* keeper.c: the three processes. */
struct bx_spawn {
    const char *program; /* absolute */
    char *const *argv, *const *envp;
    const char *cwd;
    int64_t file_size, open_files;
    struct bx_cell *cell;
};
struct bx_child {
    pid_t keeper;     /* 0: none or reaped */
    int in, out, err; /* our ends, non-blocking, -1 when closed */
    int control;
    bool ended;                    /* the keeper reported, or was lost */
    bool lost;                     /* the keeper died without a report */
    int exec_errno;                /* the program could not be executed; 0: it could */
    struct bx_confine_fault fault; /* it could not be confined */
    int status;                    /* of the runner, as wait gives it; valid when ended and not lost */
};
bool bx_child_start(struct bx_child *c, const struct bx_spawn *s, struct bx_err *e);
void bx_child_poll(struct bx_child *c);               /* reads the control socket; never blocks */
void bx_child_kill(struct bx_child *c, double grace); /* SIGTERM to the runner's group, after `grace` seconds SIGKILL to all; 0: at once */
void bx_child_close(struct bx_child *c);              /* kill, reap, close */
/* SIGKILL to every descendant of this process and reap them, for at most `ms` milliseconds. True when none is left. */
bool bx_kill_descendants(int ms);
void bx_child_obituary(const struct bx_child *c, struct bx_buf *out); /* "exit status 3", "killed by signal 9 (Killed)" */

/* open.c: for a kind that is a program of ours, what it is in a command's words. a: what both structs are kept in; the backend's from here
 * on. */
struct bx_backend *bx_command_open_in(const struct bx_model *m, const struct bx_backend_env *env, struct bx_arena a, struct bx_err *e);

/* reach.c: what this model's command can reach: the cell's grants. */
struct bx_reaching {
    struct bx_arena *a;
    const struct bx_confine_rules *rules;
    struct bx_grant *at;
    size_t n, cap;
};
void bx_reach_add(struct bx_reaching *r, const char *path, enum bx_reach reach); /* grants.c: by all names that lead there */
void bx_reach_list(const struct bx_model *m, const struct bx_backend_env *env, struct bx_cell *cell, struct bx_arena *a);

/* program.c: of that what the program, and the interpreter that runs it, need of where they are installed. */
void bx_reach_program(struct bx_reaching *r, const char *program);
/* Whether there is all that the kernel needs to begin it, and within reach; BX_CONFIG says what is not. */
bool bx_program_can_begin(const char *program, const char *shown, const struct bx_cell *c, struct bx_arena *a, struct bx_err *e);
void bx_reach_libraries(struct bx_reaching *r, const char *program); /* elf.c: where a binary has libraries looked for */

/* usage.c: false when what lies in `home` is more than `most` bytes, or leaves less than free_disk on its disk. */
bool bx_usage_within(const char *home, int64_t most, int64_t free_disk, struct bx_err *e);

/* hello.c: the handshake. Fails with BX_DATA. */
struct bx_hello {
    enum bx_task task;
    const char **names;
    size_t nnames;
    bool has_names;
    const char *runner;
};
/* Secrets are taken out of its texts; its names are the caller's to add (bx_names_add). */
bool bx_hello_parse(const char *line, size_t n, const struct bx_secret *secrets, size_t nsecrets, struct bx_hello *h, struct bx_arena *a,
                    struct bx_err *e);

/* protocol.c: one answer. Class names that come as text are looked up, and added, in the backend's names. */
struct bx_reply {
    int64_t id;     /* 0: it had none */
    bool malformed; /* not one JSON object with an id: the whole conversation cannot be trusted */
    bool failed;    /* an error of this image: `error` says which */
    struct bx_err error;
    double ms; /* NaN: absent */
    uint32_t w, h;
    bool reframed;
    struct bx_detection *at; /* in the frame as displayed */
    size_t n;
};
struct bx_reply_rules {
    enum bx_task task;
    unsigned geometries; /* bits of what each prediction must have */
    size_t max_detections;
    const struct bx_testset *testset;
    size_t (*image_of)(void *self, int64_t id); /* SIZE_MAX: no such image is outstanding */
    void *self;
};
/* bx_reply_parse reads the line and checks the answer against the image it is for. */
void bx_reply_parse(const char *line, size_t n, const struct bx_reply_rules *rules, struct bx_names *names, struct bx_reply *r,
                    struct bx_arena *a);
