/*
 * conversation.h: what one command's conversation knows, from its opening (open.c) through its lines (command.c) to its end (ended.c),
 * which alone share it.
 */
#pragma once
#include "core/backend/command/command.h"
#include "core/backend/command/cgroup.h"
#include "core/backend/kinds.h"

#define BX_COMMAND_GIVE_UP_MS 3000 /* after SIGKILL */

struct bx_waiting {
    int64_t id; /* 0: free */
    size_t image;
    int64_t since;
};

struct bx_command {
    struct bx_backend base;
    const struct bx_model *model;
    const struct bx_backend_env *env;
    struct bx_child child;
    struct bx_child_log log;
    struct bx_names names;
    struct bx_arena arena;  /* lives as long as the object */
    struct bx_arena answer; /* the last answer's */
    struct bx_waiting *waiting;
    size_t nwaiting;
    int64_t last_id;
    struct bx_buf requests;
    size_t written;
    struct bx_buf line; /* stdout, from the first byte not yet judged */
    size_t scanned;     /* of it: no newline before here */
    size_t begin;
    struct bx_buf clean; /* a line without the secrets in it */
    size_t chatter;
    bool greeted, finishing, cancelled;
    struct bx_cell cell;
    int64_t look_at_home; /* monotonic: when its private folder is measured again */
    int64_t give_up;      /* monotonic: when a runner that was to end is waited for no longer; 0: it was not */
    bool swept;           /* its keeper was killed: what it had started came to us, and is gone */
    int64_t out_ended;    /* monotonic; 0: stdout is open */
};

extern const struct bx_backend_ops bx_command_ops;
void bx_command_close(struct bx_backend *b);

/* ended.c. It is broken: the first reason stays; secrets are taken out of it. */
void bx_command_over(struct bx_command *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What a program says that was refused something, and who can give it. "": nothing of the kind. */
const char *bx_command_hint(const struct bx_command *c, const char *said);
void bx_command_words(const struct bx_backend *b, struct bx_buf *out);
void bx_command_notice_end(struct bx_command *c);      /* what the ends of stdout and of the process mean in this state */
int64_t bx_command_memory(const struct bx_command *c); /* bytes: the machine has to go on when a command has all that it may */
