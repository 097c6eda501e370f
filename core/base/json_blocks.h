/*
 * json_blocks.h: a long JSON list read by several threads at once, so that what comes out is what one reader would have read.
 *
 * The list is cut into blocks at places that look like the end of an element: a '}' before ", {". A place inside a text or an inner list
 * looks the same, so a block counts only if the one before it ended exactly there; if one did not, the whole list must be read again alone.
 * Blocks are drawn in order by the workers and joined in order, each as soon as those before it are.
 */
#pragma once
#include "core/base/json_reader.h"

/* The caller's part. Each worker reads into a room of its own. */
struct bx_blocks_reader {
    void *context;
    void (*enter)(void *context, size_t worker, size_t bytes);        /* a block of this length begins: the worker's room is empty again */
    bool (*element)(void *context, size_t worker, struct bx_json *r); /* reads the element at r; false: r->failed */
    /* All blocks before are joined, and no other is at the moment; returns what `copy` is to know. */
    size_t (*join)(void *context, size_t worker);
    void (*copy)(void *context, size_t worker, size_t joined); /* may run beside other joins; may be NULL */
    bool mapped;                                               /* the text is a mapped file: pages that were read may be given back */
};

enum bx_blocks_outcome { BX_BLOCKS_READ, BX_BLOCKS_REFUSED, BX_BLOCKS_DECEIVED };
/* list: behind a '['; afterwards behind its ']'. block: its least length in bytes. *elements: how many were read, before the one that is
 * wrong, if one is: list->failed, with its error. */
enum bx_blocks_outcome bx_blocks_read(struct bx_json *list, size_t block, size_t workers, const struct bx_blocks_reader *reader,
                                      size_t *elements);
/* The same by this thread, as worker 0: never deceived. `enter` is not called. */
enum bx_blocks_outcome bx_blocks_read_alone(struct bx_json *list, const struct bx_blocks_reader *reader, size_t *elements);
