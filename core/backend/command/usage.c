/* usage.c: how much a command has put into its private folder. */
#include "core/backend/command/command.h"
#include "core/base/banned.h"
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { DEEPEST = 48, MOST_ENTRIES = 200000 };

struct usage {
    uint64_t bytes;
    size_t entries;
    bool beyond; /* deeper, or more of them, than is looked at */
};

/* Consumes fd. What vanishes meanwhile is not there. */
static void count(int fd, int depth, struct usage *u)
{
    DIR *d = fdopendir(fd);
    if (!d) {
        close(fd);
        return;
    }
    for (struct dirent *f; !u->beyond && (f = readdir(d));) {
        struct stat st;
        if (!strcmp(f->d_name, ".") || !strcmp(f->d_name, "..") || fstatat(dirfd(d), f->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        u->bytes += (uint64_t)st.st_blocks * 512;
        u->beyond = ++u->entries > MOST_ENTRIES || (S_ISDIR(st.st_mode) && depth >= DEEPEST);
        if (S_ISDIR(st.st_mode) && !u->beyond) {
            int below = openat(dirfd(d), f->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            if (below >= 0)
                count(below, depth + 1, u);
        }
    }
    closedir(d);
}

bool bx_usage_within(const char *home, int64_t most, int64_t free_disk, struct bx_err *e)
{
    struct usage u = {0};
    struct statvfs v;
    int fd = open(home, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return true;
    /* Files that were removed while they are open are in no folder: only the disk knows of them. */
    bool known = fstatvfs(fd, &v) == 0;
    uint64_t avail = known ? (uint64_t)v.f_bavail * v.f_frsize : UINT64_MAX;
    count(fd, 0, &u);
    if (u.beyond)
        return bx_fail(e, BX_DATA, "it made more than %d files, or folders more than %d deep, in its private folder", MOST_ENTRIES,
                       DEEPEST);
    if (u.bytes > (uint64_t)most)
        return bx_fail(e, BX_DATA, "it wrote more than %.0f MiB into its private folder (confine.temporary)", (double)most / 1048576);
    if (avail < (uint64_t)free_disk && u.bytes > 1 << 20)
        return bx_fail(e, BX_DATA, "the disk became full while it ran: %.0f MiB are free, %.0f MiB are wanted (limits.free_disk)",
                       (double)avail / 1048576, (double)free_disk / 1048576);
    return true;
}
