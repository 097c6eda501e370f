/*
 * cgroup.h: memory and processes of a command, counted together and bounded, where a cgroup v2 was given to us to divide: systemd does so
 * with Delegate=yes, and marks it. A cgroup with processes in it cannot be divided, so the host moves into a part of its own first; each
 * command has another part.
 *
 * BOXSCORE_CGROUP names, for tests, a folder that stands for the host's own cgroup.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include <stdint.h>
#include <sys/types.h>

/* Is ours given to us, with memory and pids to divide, and nobody else in it? Nothing is changed. */
bool bx_cgroup_delegated(void);

/* A part for one command, *path. The first one moves the host. false with e: it cannot be made, though ours was given to us. */
bool bx_cgroup_make(int64_t memory, int64_t processes, const char **path, struct bx_arena *a, struct bx_err *e);
/* One process, and what it will start, into that part; errno says why not. */
bool bx_cgroup_enter(const char *path, pid_t pid);
/* Did the kernel kill there, because there was no memory left to give? */
bool bx_cgroup_starved(const char *path);
/* End whatever is left there, and remove it; what cannot die stays. */
void bx_cgroup_remove(const char *path);

/* Undivided again, with the host where it was: when no command runs. */
void bx_cgroup_leave(void);
