/*
 * replay.c: libFuzzer's place where there is none: every text of the *.corpus files named (pack_corpus.py) goes through a fuzzer's entry,
 * as does any other file whole, so that a find can be looked at in a debugger. Behind a corpus come the target's `grown` texts: four times
 * the length takes less than eight times the time, or something is quadratic.
 */
#include "core/base/file.h"
#include "tests/fuzz.h"
#include <time.h>

/* In memory of exactly its size, so that one byte too far is seen. */
static void replay(const char *p, size_t n)
{
    uint8_t *text = malloc(n ? n : 1);
    if (!text)
        abort();
    memcpy(text, p, n);
    LLVMFuzzerTestOneInput(text, n);
    free(text);
}

/* Texts one behind the other, each as its length in decimal digits, a line feed, its bytes and a line feed. */
static size_t replay_corpus(const struct bx_map *m)
{
    size_t texts = 0;
    for (const char *p = m->data, *end = p + m->n; p < end; texts++) {
        size_t n = 0;
        while (p < end && *p >= '0' && *p <= '9')
            n = n * 10 + (size_t)(*p++ - '0');
        if (end - p < 2 || n > (size_t)(end - p) - 2 || *p++ != '\n' || p[n] != '\n')
            return 0;
        replay(p, n);
        p += n + 1;
    }
    return texts;
}

static void grow(const struct grown *g, size_t size, struct bx_buf *out)
{
    bx_buf_clear(out);
    bx_buf_add(out, g->before.p, g->before.n);
    for (size_t turn = 0; out->n + g->after.n < size; turn++)
        for (size_t i = 0; i < g->unit.n; i++)
            if (g->unit.p[i] == '#')
                bx_buf_addf(out, "%zu", turn);
            else
                bx_buf_addc(out, g->unit.p[i]);
    bx_buf_add(out, g->after.p, g->after.n);
}

/* Processor time: others on the machine do not count. */
static double seconds(const struct bx_buf *text)
{
    struct timespec from, to;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    replay(text->p, text->n);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    return (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
}

static bool is_linear(const struct grown *g)
{
    enum { SMALL = 128 << 10, LARGE = 4 * SMALL, TRIES = 3 };
    BX_CLEANUP_BUF struct bx_buf small = {0}, large = {0};
    double s = 0, l = 0;
    grow(g, SMALL, &small);
    grow(g, LARGE, &large);
    for (int i = 0; i < TRIES; i++) {
        s = seconds(&small);
        l = seconds(&large);
        if (l < 0.1 || l < 8 * s)
            return true;
    }
    fprintf(stderr, "%s: %.3f s for %zu bytes, %.3f s for %zu\n", g->what, s, small.n, l, large.n);
    return false;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct bx_map m;
        struct bx_err e = {0};
        if (!bx_map_open(&m, argv[i], &e)) {
            fprintf(stderr, "%s\n", e.text);
            return 1;
        }
        const char *dot = strrchr(argv[i], '.');
        if (!dot || strcmp(dot, ".corpus") != 0)
            replay(m.data, m.n);
        else {
            size_t texts = replay_corpus(&m);
            if (!texts) {
                fprintf(stderr, "%s: not of the form that pack_corpus.py writes\n", argv[i]);
                return 1;
            }
            size_t rows = 0, bad = 0;
            for (; grown && grown[rows].what; rows++)
                bad += !is_linear(&grown[rows]);
            printf("%s: %zu texts, %zu made long\n", argv[i], texts, rows);
            if (bad)
                return 1;
        }
        bx_map_close(&m);
    }
    return argc < 2;
}
