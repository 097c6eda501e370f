/* file.c: reading, mapping and replacing whole files. */
#include "core/base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
#define CLEANUP_FD __attribute__((cleanup(close_fd)))

/* O_NONBLOCK: opening a FIFO must not wait for a writer before it is refused. */
static int open_regular(const char *path, struct stat *st, struct bx_err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        bx_fail_errno(e, "cannot open '%s'", path);
        return -1;
    }
    if (fstat(fd, st) != 0) {
        bx_fail_errno(e, "cannot stat '%s'", path);
    } else if (!S_ISREG(st->st_mode)) {
        bx_fail(e, BX_IO, "'%s' is %s, expected a regular file", path, S_ISDIR(st->st_mode) ? "a folder" : "not a regular file");
    } else {
        return fd;
    }
    close(fd);
    return -1;
}

bool bx_file_read(const char *path, size_t max, struct bx_buf *out, struct bx_err *e)
{
    struct stat st;
    CLEANUP_FD int fd = open_regular(path, &st, e);
    return fd >= 0 && bx_file_read_fd(fd, path, max, out, e);
}

bool bx_file_read_fd(int fd, const char *path, size_t max, struct bx_buf *out, struct bx_err *e)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return bx_fail_errno(e, "cannot stat '%s'", path);
    if ((uintmax_t)st.st_size > max)
        return bx_fail(e, BX_DATA, "'%s' has %jd bytes, at most %zu are allowed", path, (intmax_t)st.st_size, max);
    char piece[16384];
    size_t total = 0;
    for (;;) {
        ssize_t got = read(fd, piece, sizeof piece);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return bx_fail_errno(e, "cannot read '%s'", path);
        if (got == 0)
            return true;
        total += (size_t)got;
        if (total > max) /* it grew, or is one of those files in /proc that have no size */
            return bx_fail(e, BX_DATA, "'%s' has more than %zu bytes", path, max);
        bx_buf_add(out, piece, (size_t)got);
    }
}

bool bx_map_open(struct bx_map *m, const char *path, struct bx_err *e)
{
    *m = (struct bx_map){.data = ""};
    struct stat st;
    CLEANUP_FD int fd = open_regular(path, &st, e);
    if (fd < 0)
        return false;
    if (st.st_size == 0)
        return true;
    if ((uintmax_t)st.st_size > SIZE_MAX / 2)
        return bx_fail(e, BX_DATA, "'%s' is too large to map", path);
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
        return bx_fail_errno(e, "cannot map '%s'", path);
    madvise(p, (size_t)st.st_size, MADV_SEQUENTIAL);
    m->data = p;
    m->n = (size_t)st.st_size;
    return true;
}

void bx_map_close(struct bx_map *m)
{
    if (m->n)
        munmap((void *)(uintptr_t)m->data, m->n);
    *m = (struct bx_map){.data = ""};
}

void bx_map_give_back(const char *from, const char *to)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = ((uintptr_t)from + page - 1) / page * page,
                    end = (uintptr_t)to / page * page;
    if (end > first)
        madvise((void *)first, end - first, MADV_DONTNEED);
}

static bool write_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

static void sync_folder(const char *dir)
{
    CLEANUP_FD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        fsync(fd); /* some file systems refuse this; the rename itself has happened */
}

bool bx_file_write(const char *path, const void *p, size_t n, struct bx_err *e)
{
    struct bx_arena a = {0};
    char *dir = bx_path_dir(&a, path), *temporary = NULL;
    int fd = -1;
    for (unsigned i = 0; i < 100 && fd < 0; i++) {
        temporary = bx_printf(&a, "%s/.bx-%ld-%u.tmp", dir, (long)getpid(), i);
        fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    bool ok = fd >= 0;
    if (!ok)
        bx_fail_errno(e, "cannot create a file in '%s'", dir);
    if (ok && (!write_all(fd, p, n) || fsync(fd) != 0))
        ok = bx_fail_errno(e, "cannot write '%s'", path);
    if (fd >= 0 && close(fd) != 0 && ok)
        ok = bx_fail_errno(e, "cannot write '%s'", path);
    if (ok && rename(temporary, path) != 0)
        ok = bx_fail_errno(e, "cannot replace '%s'", path);
    if (ok)
        sync_folder(dir);
    else if (fd >= 0)
        unlink(temporary);
    bx_arena_release(&a);
    return ok;
}
