/* make.c: memory, or the end of the program. */
#include "runner.h"
#include <stdio.h>
#include <stdlib.h>

void *make(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size ? size : 1);
    if (!p) {
        fprintf(stderr, "shapes-runner: out of memory\n");
        exit(1);
    }
    return p;
}
