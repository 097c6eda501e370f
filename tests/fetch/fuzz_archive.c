/* Fuzz: an archive is taken or refused in words, within its limits, and nothing that is taken has a path that leads out. */
#include "core/fetch/archive.h"
#include "tests/fuzz.h"
#include <fcntl.h>

static void path(const char *name)
{
    char out[BX_ARCHIVE_PATH + 1];
    struct bx_err e = {0};
    if (!bx_archive_path(name, out, &e)) {
        require_said(&e, BX_DATA, NULL);
        return;
    }
    size_t n = strlen(out);
    require_that(n <= BX_ARCHIVE_PATH && out[0] != '/' && (!n || out[n - 1] != '/') && !strstr(out, "//") && !strchr(out, '\\'));
    require_that(!bx_has_control(out, n));
    for (const char *p = out; *p;) {
        size_t k = strcspn(p, "/");
        require_that(k && k <= BX_ARCHIVE_NAME && !(k == 1 && p[0] == '.') && !(k == 2 && p[0] == '.' && p[1] == '.'));
        p += k + (p[k] == '/');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct bx_archive_limits limits = {.bytes = 4 << 20, .entries = 1000, .ratio = 100, .seconds = 10};
    struct bx_archive_result r;
    struct bx_err e = {0};
    int fd = open(memory_file(data, n), O_RDONLY | O_CLOEXEC);
    require_that(fd >= 0);
    if (bx_archive_extract(fd, "archive", -1, &limits, &r, NULL, NULL, &e)) {
        require_that(r.files && r.files <= limits.entries && r.bytes <= limits.bytes && strlen(r.top) <= BX_ARCHIVE_NAME &&
                     !strchr(r.top, '/'));
        path(r.top);
    } else
        require_said(&e, BX_DATA, "'archive'");
    close(fd);
    size_t length;
    char *name = next_part(&data, &n, &length);
    path(name);
    free(name);
    return 0;
}
