/* host.h: the machine a night is held on, as the store keeps it. */
#pragma once
#include "core/base/arena.h"
#include "core/store/store.h"

/* CPU, cores, GPUs and kernel, from /proc; what cannot be read is left out. Never fails. */
void bx_host_describe(struct bx_host *h, struct bx_arena *a);
