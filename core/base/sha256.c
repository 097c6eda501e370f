/* sha256.c: SHA-256 (OpenSSL) of bytes, files and typed fields. */
#include "core/base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <openssl/evp.h>
#include <unistd.h>

struct bx_sha256 {
    EVP_MD_CTX *ctx;
    size_t held;
    unsigned char piece[4096]; /* fields of a few bytes are gathered: an EVP call costs more than they do */
};

/* libcrypto refuses only when it has no SHA-256 or no memory. */
static void must(int ok)
{
    if (ok == 1)
        return;
    fputs("boxscore: libcrypto cannot compute SHA-256\n", stderr);
    abort();
}

struct bx_sha256 *bx_sha256_new(void)
{
    struct bx_sha256 *s = bx_xrealloc(NULL, 1, sizeof *s);
    s->held = 0;
    s->ctx = EVP_MD_CTX_new();
    must(s->ctx != NULL);
    must(EVP_DigestInit_ex(s->ctx, EVP_sha256(), NULL));
    return s;
}

static void flush_held(struct bx_sha256 *s)
{
    must(EVP_DigestUpdate(s->ctx, s->piece, s->held));
    s->held = 0;
}

void bx_sha256_add(struct bx_sha256 *s, const void *p, size_t n)
{
    if (!n)
        return;
    if (n > sizeof s->piece - s->held)
        flush_held(s);
    if (n >= sizeof s->piece) {
        must(EVP_DigestUpdate(s->ctx, p, n));
        return;
    }
    memcpy(s->piece + s->held, p, n);
    s->held += n;
}

static void add_little_endian(struct bx_sha256 *s, uint64_t v, unsigned bytes)
{
    unsigned char b[8];
    for (unsigned i = 0; i < bytes; i++, v >>= 8)
        b[i] = (unsigned char)v;
    bx_sha256_add(s, b, bytes);
}

void bx_sha256_add_u8(struct bx_sha256 *s, uint8_t v)
{
    add_little_endian(s, v, 1);
}

void bx_sha256_add_u32(struct bx_sha256 *s, uint32_t v)
{
    add_little_endian(s, v, 4);
}

void bx_sha256_add_u64(struct bx_sha256 *s, uint64_t v)
{
    add_little_endian(s, v, 8);
}

bool bx_sha256_add_f64(struct bx_sha256 *s, double v)
{
    if (!isfinite(v))
        return false;
    if (v == 0)
        v = 0; /* -0 as +0 */
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    bx_sha256_add_u64(s, bits);
    return true;
}

void bx_sha256_add_str(struct bx_sha256 *s, const char *str)
{
    size_t n = strlen(str);
    bx_sha256_add_u32(s, (uint32_t)n);
    bx_sha256_add(s, str, n);
}

int bx_sha256_order(const void *a, const void *b)
{
    return memcmp(a, b, 32);
}

void bx_sha256_end(struct bx_sha256 *s, uint8_t out[32])
{
    unsigned n = 0;
    flush_held(s);
    must(EVP_DigestFinal_ex(s->ctx, out, &n));
    EVP_MD_CTX_free(s->ctx);
    free(s);
}

void bx_sha256(const void *p, size_t n, uint8_t out[32])
{
    unsigned len = 0;
    must(EVP_Digest(p, n, out, &len, EVP_sha256(), NULL));
}

bool bx_sha256_fd_within(int fd, const char *path, int64_t *left, const volatile sig_atomic_t *stop, uint8_t out[32], struct bx_err *e)
{
    struct bx_sha256 *s = bx_sha256_new();
    char *piece = bx_xrealloc(NULL, 1, 1 << 17);
    ssize_t got = 1;
    bool stopped = false;
    while (*left >= 0 && !(stopped = stop && *stop) && ((got = read(fd, piece, 1 << 17)) > 0 || (got < 0 && errno == EINTR))) {
        *left -= got > 0 ? got : 0;
        if (got > 0)
            bx_sha256_add(s, piece, (size_t)got);
    }
    int why = errno;
    free(piece);
    bx_sha256_end(s, out);
    errno = why;
    if (stopped)
        return bx_fail(e, BX_INTERRUPTED, "stopped while '%s' was read", path);
    if (*left < 0)
        return bx_fail(e, BX_DATA, "'%s' has more bytes than may be read, or grew meanwhile", path);
    return got == 0 || bx_fail_errno(e, "cannot read '%s'", path);
}

bool bx_sha256_fd(int fd, const char *path, uint8_t out[32], struct bx_err *e)
{
    int64_t left = INT64_MAX;
    return bx_sha256_fd_within(fd, path, &left, NULL, out, e);
}

bool bx_sha256_file(const char *path, uint8_t out[32], struct bx_err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return bx_fail_errno(e, "cannot open '%s'", path);
    bool ok = bx_sha256_fd(fd, path, out, e);
    close(fd);
    return ok;
}
