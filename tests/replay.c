/*
 * replay.c: libFuzzer's place where there is none: every text of the *.corpus files named (pack_corpus.py) goes through a fuzzer's entry,
 * as does any other file whole, so that a find can be looked at in a debugger.
 */
#include "core/base/file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

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
            printf("%s: %zu texts\n", argv[i], texts);
        }
        bx_map_close(&m);
    }
    return argc < 2;
}
