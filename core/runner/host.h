/* host.h: the machine a night is held on, as the store keeps it. */
#pragma once
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/store/store.h"

/* CPU, cores, GPUs and kernel, from /proc; what cannot be read is left out. Never fails. */
/* What this machine's kernel lacks to confine commands with, for people. False when nothing is. */
bool bx_host_lacks(struct bx_buf *out);
void bx_host_describe(struct bx_host *h, struct bx_arena *a);
