/* lock.c: the lock beside the database: flock decides, the file's content only says who. */
#include "core/base/buf.h"
#include "core/base/text.h"
#include "core/store/store.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

bx_id bx_id_new(void)
{
    bx_id id;
    while (getrandom(id.b, sizeof id.b, 0) != (ssize_t)sizeof id.b)
        ;
    return id;
}

static int lock_open(const char *database, int flags)
{
    BX_CLEANUP_BUF struct bx_buf path = {0};
    char *real = realpath(database, NULL); /* one file, one lock, by whatever link it was named */
    bx_buf_addf(&path, "%s.lock", real ? real : database);
    free(real);
    return open(path.p, flags | O_CLOEXEC | O_NOFOLLOW, 0666);
}

static void holder_text(int fd, char text[160])
{
    char raw[160] = "";
    ssize_t n = pread(fd, raw, sizeof raw - 1, 0);
    raw[n > 0 ? n : 0] = 0;
    raw[strcspn(raw, "\n")] = 0;
    for (char *p = raw; *p; p++)
        if ((unsigned char)*p < ' ')
            *p = '?';
    snprintf(text, 160, "%s", *raw ? raw : "a process that did not say which");
}

/* Whoever asks who holds it (bx_lock_holder) has a share in it for an instant: no night is lost to that. */
static bool lock_alone(int fd)
{
    for (int tries = 10; flock(fd, LOCK_EX | LOCK_NB) != 0; tries--) {
        if (errno != EWOULDBLOCK || !tries)
            return false;
        poll(NULL, 0, 10);
    }
    return true;
}

bool bx_lock_take(const char *database, const char *verb, struct bx_lock *l, struct bx_err *e)
{
    l->fd = lock_open(database, O_RDWR | O_CREAT);
    if (l->fd < 0)
        return bx_fail_errno(e, "cannot open the lock '%s.lock'", database);
    if (!lock_alone(l->fd)) {
        char holder[160];
        int why = errno;
        holder_text(l->fd, holder);
        close(l->fd);
        l->fd = -1;
        errno = why;
        return why == EWOULDBLOCK ? bx_fail(e, BX_BUSY, "%s holds '%s'", holder, database)
                                  : bx_fail_errno(e, "cannot lock '%s.lock'", database);
    }
    char host[65] = "", since[25], text[160];
    gethostname(host, sizeof host - 1);
    bx_time_format(since, bx_time_now());
    int n = snprintf(text, sizeof text, "process %ld on %s, since %s (%s),\n", (long)getpid(), host, since, verb);
    /* What cannot be written (a full disk) does not make the lock any weaker. */
    if (ftruncate(l->fd, 0) == 0 && n > 0 && pwrite(l->fd, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1, 0) < 0)
        errno = 0;
    return true;
}

void bx_lock_release(struct bx_lock *l)
{
    if (l->fd >= 0)
        close(l->fd); /* the file stays: removing it would let two processes lock two files of one name */
    l->fd = -1;
}

/* Shared: of two who ask neither is a holder, and who may only read the file may ask. */
bool bx_lock_holder(const char *database, char text[160])
{
    int fd = lock_open(database, O_RDONLY);
    if (fd < 0)
        return false;
    bool held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (held)
        holder_text(fd, text);
    close(fd);
    return held;
}
