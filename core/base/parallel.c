/* parallel.c: a counter of jobs and the threads that draw from it. */
#include "core/base/parallel.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#define MOST 64

struct pool {
    atomic_size_t next;
    size_t jobs;
    void (*run)(void *, size_t, size_t);
    void *context;
};
struct worker {
    struct pool *pool;
    size_t index;
    pthread_t thread;
};

size_t bx_workers(int threads, size_t jobs)
{
    size_t n = threads > 0 ? (size_t)threads : 1;
    if (threads <= 0) {
        cpu_set_t set;
        if (sched_getaffinity(0, sizeof set, &set) == 0)
            n = (size_t)CPU_COUNT(&set);
    }
    if (n > MOST)
        n = MOST;
    if (n > jobs)
        n = jobs;
    return n ? n : 1;
}

static void *work(void *p)
{
    struct worker *w = p;
    for (size_t job; (job = atomic_fetch_add(&w->pool->next, 1)) < w->pool->jobs;)
        w->pool->run(w->pool->context, job, w->index);
    return NULL;
}

void bx_parallel(size_t workers, size_t jobs, void (*run)(void *, size_t, size_t), void *context)
{
    struct pool pool = {.jobs = jobs, .run = run, .context = context};
    struct worker w[MOST];
    size_t started = 1;
    for (size_t i = 0; i < workers && i < MOST; i++)
        w[i] = (struct worker){&pool, i, 0};
    while (started < workers && started < MOST && pthread_create(&w[started].thread, NULL, work, &w[started]) == 0)
        started++;
    work(&w[0]);
    for (size_t i = 1; i < started; i++)
        pthread_join(w[i].thread, NULL);
}
