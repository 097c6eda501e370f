/*
 * hashes.h: the hashes of image files: their bytes' SHA-256, and of the picture what core/image/hash.h makes. Files are decoded in confined
 * processes, those whose bytes were decoded before not at all: what was made of them is kept, by content, in a folder.
 */
#pragma once
#include "core/image/children.h"
#include "core/testset/manifest.h"

struct bx_hashing {
    const char *root;         /* the names' folder; NULL: none */
    const char *const *names; /* files */
    size_t n;
    bool thumbs;                       /* thumbs are wanted, in place of pictures */
    const char *cache;                 /* a folder, made where it is not there; NULL: nothing is kept. One that cannot be used is none */
    bool (*confine)(struct bx_err *e); /* see children.h */
    const volatile sig_atomic_t *stop;
};
struct bx_hash_fault {
    const char *name, *text;
};
struct bx_hashes {
    struct bx_hashed *at; /* in the names' order; a file that could not be read at all is left out, one that could not be decoded flat */
    size_t n;
    struct bx_thumb *thumbs; /* of the same; NULL unless wanted */
    bool *has_thumb;
    struct bx_hash_fault *faults;
    size_t nfaults, decoded; /* decoded: how many were not known */
};
bool bx_hashes_make(const struct bx_hashing *h, struct bx_hashes *out, struct bx_arena *a, struct bx_err *e);

/* All that has an image's extension below a folder. */
bool bx_hashes_list(const char *folder, const char *const **names, size_t *n, struct bx_arena *a, struct bx_err *e);
