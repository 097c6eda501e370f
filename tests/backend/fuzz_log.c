/*
 * fuzz_log.c: libFuzzer's entry to what is kept of a child's stderr: in whatever pieces it comes, it is the same, and without secrets. The
 * first two bytes say how long pieces are. To fuzz: tests/README.md.
 */
#include "core/backend/command/command.h"
#include "tests/fuzz.h"

static const struct bx_secret secrets[] = {{"A", "abcab", true}, {"B", "abcabd", true}, {"C", "aaa", true}, {"D", "0", false}};
enum { NSECRETS = sizeof secrets / sizeof *secrets };

static void keep(const char *p, size_t n, size_t piece, struct bx_buf *out)
{
    struct bx_child_log l = {.secrets = secrets, .nsecrets = NSECRETS};
    for (size_t i = 0; i < n; i += piece)
        bx_child_log_add(&l, p + i, n - i < piece ? n - i : piece);
    bx_child_log_flush(&l);
    bx_child_log_read(&l, out);
    require_that(l.total == out->n);
    bx_child_log_free(&l);
}

/* clang-format off */
const struct grown grown[] = {
    {"nearly a secret", TEXT("\0\0"), TEXT("abca"), TEXT("")},
    {"secrets", TEXT("\0\0"), TEXT("abcabd"), TEXT("")},
    {"lines", TEXT("\x05\0"), TEXT("line #\n"), TEXT("")},
    {0},
};
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    BX_CLEANUP_BUF struct bx_buf whole = {0}, pieces = {0}, redacted = {0};
    if (n < 2)
        return 0;
    const char *p = (const char *)data + 2;
    n -= 2;
    bx_redact(secrets, NSECRETS, p, n, &redacted);
    require_that(!bx_has_secret(secrets, NSECRETS, bx_buf_str(&redacted), redacted.n));
    keep(p, n, n + 1, &whole);
    keep(p, n, 1u + data[0] % 16u + (data[1] > 200 ? 100u : 0), &pieces);
    require_that(whole.n == redacted.n && !memcmp(bx_buf_str(&whole), bx_buf_str(&redacted), whole.n));
    require_that(pieces.n == whole.n && !memcmp(bx_buf_str(&pieces), bx_buf_str(&whole), whole.n));
    return 0;
}
