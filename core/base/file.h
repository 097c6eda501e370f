/*
 * file.h: files, folders and paths. Every error names the path.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

/* Read a whole regular file, refusing more than max bytes (BX_DATA). Appends to out. */
bool bx_file_read(const char *path, size_t max, struct bx_buf *out, struct bx_err *e);

bool bx_file_read_fd(int fd, const char *path, size_t max, struct bx_buf *out,
                     struct bx_err *e); /* the same from a descriptor, which stays open */

/* A file mapped read-only. data is never NULL (an empty file gives ""); bytes past n are not readable in general. */
struct bx_map {
    const char *data;
    size_t n;
};
bool bx_map_open(struct bx_map *m, const char *path, struct bx_err *e);
void bx_map_close(struct bx_map *m);
/* What lies in [from, to) of a map was used and need not stay in memory: used again, it comes back from the file. A wish. */
void bx_map_give_back(const char *from, const char *to);

/* Replace path atomically: temporary file beside it, fsync, rename, fsync of the folder. */
bool bx_file_write(const char *path, const void *p, size_t n, struct bx_err *e);

bool bx_mkdirs(const char *path, struct bx_err *e);                        /* mkdir -p, mode 0777 & ~umask */
bool bx_remove_tree(const char *path, struct bx_err *e);                   /* rm -rf without following links; absent is success */
bool bx_remove_tree_at(int at, const char *path, struct bx_err *e);        /* the same in an open folder, or AT_FDCWD */
char *bx_path_join(struct bx_arena *a, const char *dir, const char *name); /* an absolute name stands alone */
char *bx_path_dir(struct bx_arena *a, const char *path);                   /* "." when there is none */
const char *bx_path_base(const char *path);                                /* last component, points into path */
char *bx_path_stem(struct bx_arena *a, const char *path);                  /* last component without its last extension */
char *bx_path_absolute(struct bx_arena *a, const char *path); /* against the working folder, "." and ".." folded, links untouched */
/* How `path` is written in a file of the folder `dir`; both absolute and folded. Absolute where a link on the way to dir would lead ".."
 * astray. */
char *bx_path_relative(struct bx_arena *a, const char *dir, const char *path);
bool bx_path_exists(const char *path);
bool bx_path_is_dir(const char *path);

/* Open a regular file that must lie below the folder `dir`: openat2 with RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS|
 * RESOLVE_NO_MAGICLINKS (a component-wise O_NOFOLLOW walk where the kernel has no openat2). Returns an O_CLOEXEC
 * descriptor, or -1 with e filled. */
int bx_open_beneath(const char *dir, const char *relative, struct bx_err *e);
/* The same of what may also be a folder. */
int bx_open_folder_beneath(const char *dir, const char *relative, bool *folder, struct bx_err *e);

/* What `name`, as somebody whose working folder is `dir` would use it, leads to, when that lies below dir: its path from there, without
 * links. NULL: it leads elsewhere, or nowhere. */
char *bx_path_beneath(struct bx_arena *a, const char *dir, const char *name);
bool bx_path_within(const char *path, const char *folder); /* the folder itself, or below it; by the text alone */

/* Regular files directly in dir (recursive: below it, as relative paths with '/') whose name ends in one of the n
 * extensions (case-insensitive, no dot; n == 0: all), in bytewise order. Links to files count, links to folders are not followed. */
bool bx_dir_list(const char *dir, bool recursive, const char *const *extensions, size_t n, struct bx_arena *a, char ***names, size_t *count,
                 struct bx_err *e);

/* SHA-256 of bytes, of a file, and piece by piece. */
struct bx_sha256;
struct bx_sha256 *bx_sha256_new(void);
void bx_sha256_add(struct bx_sha256 *s, const void *p, size_t n);
void bx_sha256_add_u8(struct bx_sha256 *s, uint8_t v);
void bx_sha256_add_u32(struct bx_sha256 *s, uint32_t v); /* little-endian */
void bx_sha256_add_u64(struct bx_sha256 *s, uint64_t v);
bool bx_sha256_add_f64(struct bx_sha256 *s, double v); /* bits, little-endian, -0 as +0; false (nothing added) for NaN and infinities */
void bx_sha256_add_str(struct bx_sha256 *s, const char *str); /* u32 length + bytes */
void bx_sha256_end(struct bx_sha256 *s, uint8_t out[32]);     /* frees s */
void bx_sha256(const void *p, size_t n, uint8_t out[32]);
int bx_sha256_order(const void *a, const void *b); /* of two digests, for qsort and bsearch */
bool bx_sha256_file(const char *path, uint8_t out[32], struct bx_err *e);
bool bx_sha256_fd(int fd, const char *path, uint8_t out[32], struct bx_err *e); /* from where it stands; path for the message */
/* The same of a stranger's file, which may have holes of terabytes or grow for ever: *left is how many bytes may still be read, and is
 * less afterwards. BX_DATA: it has more. BX_INTERRUPTED: *stop is set (NULL: it never is). */
bool bx_sha256_fd_within(int fd, const char *path, int64_t *left, const volatile sig_atomic_t *stop, uint8_t out[32], struct bx_err *e);
