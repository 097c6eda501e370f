/*
 * confine.h: what a command can touch. Everything below holds before its first instruction, each part where the kernel has it; what it
 * lacks is asked once (bx_confine_kernel) and said (bx_confine_lacks). A part that the kernel was found to have and that then fails ends
 * the start: nothing runs half confined.
 *
 *   namespaces  user, pid, ipc, mount and (unless granted) network: no signal reaches out, all of it dies with its first process, and its
 *               root is an empty one into which the grants are bound, read-only but for those to write: what is not granted is not there,
 *               neither files nor the sockets of other programs
 *   Landlock    the same grants once more, for kernels without namespaces and for what a bind mount lets through; TCP from ABI 4, ioctl of
 *               devices from 5, signals and abstract sockets from 6
 *   seccomp     what neither of them knows: other processes' limits and scheduling, sockets that are not TCP, keyrings, mounts, new
 *               namespaces; and truncation, where Landlock is older than ABI 3
 *   limits      capabilities gone, RLIMIT_NPROC, and the keeper's other limits
 *   cgroup      where one was given to us: memory and processes of all that a command starts (cgroup.h)
 *
 * BOXSCORE_CONFINE lowers, for tests, what the kernel is taken to have: "landlock=2 namespaces=0 seccomp=0 cgroup=0", or "none".
 */
#pragma once
#include "core/base/buf.h"
#include "core/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct bx_confine_kernel {
    bool namespaces; /* user, pid, ipc and mount, and a root of one's own in them */
    bool network;    /* a network namespace too */
    bool seccomp;
    int landlock;   /* ABI; 0: none */
    bool cgroup;    /* version 2, ours to divide */
    bool pid_limit; /* a pid namespace has a largest pid of its own (Linux 6.14): holds for root as well, whom RLIMIT_NPROC does not */
};
/* Tried out in a child, once a process. */
struct bx_confine_kernel bx_confine_kernel(void);
/* What is lacking, for people: one clause after another, separated by "; ". False when nothing is. */
bool bx_confine_lacks(const struct bx_confine_kernel *k, struct bx_buf *out);

enum bx_reach {
    BX_REACH_STAND,  /* the folder is there; nothing in it can be seen */
    BX_REACH_READ,   /* it and all below */
    BX_REACH_RUN,    /* and executed */
    BX_REACH_WRITE,  /* all but device nodes can be made, changed and removed */
    BX_REACH_DEVICE, /* a node: read, write, ioctl */
};
struct bx_grant {
    const char *path; /* absolute; one that does not exist is passed over */
    enum bx_reach reach;
    const char *from; /* what stands there in a root of its own; NULL: path itself */
};
enum { BX_CELL_GRANTS = 1000 }; /* at most */
struct bx_cell {
    bool on; /* false: not confined at all */
    struct bx_confine_kernel kernel;
    const struct bx_grant *grant; /* in this order: a folder comes before what is in it */
    size_t ngrants;
    const char *home;          /* a folder that exists; the new root is mounted over it, out of sight of everybody else */
    bool network;              /* granted */
    int64_t processes;         /* at most, threads included */
    const char *cgroup;        /* its part, or NULL */
    int64_t shared;            /* bytes of its own /dev/shm */
    pid_t host, group, keeper; /* whom it must not signal: the host, its process group */
    uid_t uid;                 /* as outside */
    gid_t gid;
};

/* What went wrong where, for the one who started it: a name of a step below, or NULL. */
struct bx_confine_fault {
    int step;
    int why; /* errno */
};
const char *bx_confine_step(int step);

/* namespace.c. Like fork; in the child, its first process is a member of new namespaces. */
pid_t bx_namespace_fork(const struct bx_cell *c);
/* In that child: identity, loopback, a root of its own. */
bool bx_namespace_enter(const struct bx_cell *c, struct bx_confine_fault *f);

/* confine.c. In the process that will be the runner, last before execve: capabilities, Landlock, seccomp, in this order. */
bool bx_confine_enter(const struct bx_cell *c, struct bx_confine_fault *f);

/* For a process of ours that reads foreign bytes and starts none: it may write to one folder (NULL: to none), and reach nothing else. */
bool bx_confine_reader(const char *folder, struct bx_err *e);
bool bx_confine_decoder(struct bx_err *e); /* the same without a folder: struct bx_decoding's (core/image/children.h) */

/* filter.c */
bool bx_filter_enter(const struct bx_cell *c, struct bx_confine_fault *f);

enum {
    BX_STEP_IDENTITY = 1,
    BX_STEP_LOOPBACK,
    BX_STEP_ROOT,
    BX_STEP_BIND,
    BX_STEP_PROC,
    BX_STEP_PIVOT,
    BX_STEP_CAPABILITIES,
    BX_STEP_LANDLOCK,
    BX_STEP_SECCOMP,
    BX_STEP_CGROUP
};
static inline bool bx_confine_fail(struct bx_confine_fault *f, int step, int why)
{
    *f = (struct bx_confine_fault){step, why};
    return false;
}
