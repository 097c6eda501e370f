/*
 * parallel.h: independent jobs over a few threads. Job i must touch only what belongs to i and to its worker, so results do not depend on
 * the number of threads.
 */
#pragma once
#include <stddef.h>

/* How many workers `threads` means (0: as many as there are processors), never more than there are jobs, at least 1. */
size_t bx_workers(int threads, size_t jobs);
/* run(context, job, worker) for every job in 0..jobs-1, in any order, worker in 0..workers-1. */
void bx_parallel(size_t workers, size_t jobs, void (*run)(void *context, size_t job, size_t worker), void *context);

/* The last member of what an array holds for each worker: keeps what one writes out of the cache lines of the next. */
#define BX_APART char apart[128]
