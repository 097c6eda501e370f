/*
 * corpus.h: what a fuzzer found worth keeping, replayed: a *.corpus file holds texts one behind the other, each as its length in decimal
 * digits, a line feed, its bytes and a line feed. pack_corpus.py makes one of a fuzzer's folder. Include it behind the fuzzer's entry.
 */
#pragma once
#include "core/base/file.h"
#include <stdlib.h>
#include <string.h>

/* Each text in memory of exactly its size, so that one byte too far is seen. Returns how many there were. */
static inline size_t replay_corpus(const char *path)
{
    struct bx_map map;
    struct bx_err e;
    size_t texts = 0;
    if (!bx_map_open(&map, path, &e))
        fail_msg("%s", e.text);
    for (const char *p = map.data, *end = p + map.n; p < end; texts++) {
        size_t n = 0;
        while (p < end && *p >= '0' && *p <= '9')
            n = n * 10 + (size_t)(*p++ - '0');
        if (end - p < 2 || n > (size_t)(end - p) - 2 || *p++ != '\n' || p[n] != '\n')
            fail_msg("%s: text %zu is not of the form that pack_corpus.py writes", path, texts);
        uint8_t *text = malloc(n ? n : 1);
        memcpy(text, p, n);
        LLVMFuzzerTestOneInput(text, n);
        free(text);
        p += n + 1;
    }
    bx_map_close(&map);
    return texts;
}
