/* libarchive.c: its functions, looked up once. BX_LIBARCHIVE_SONAME: of the library that the headers are of. */
#include "core/fetch/libarchive.h"
#include "core/base/library.h"

struct bx_libarchive bx_libarchive;

bool bx_libarchive_open(struct bx_err *e)
{
    static const char *const names[] = {
#define X(f) "archive_" #f,
#include "core/fetch/libarchive.def"
#undef X
    };
    static struct bx_library library = {
        .name = BX_LIBARCHIVE_SONAME, .functions = names, .n = sizeof names / sizeof *names, .table = &bx_libarchive};
    _Static_assert(sizeof bx_libarchive == sizeof names, "a pointer a name");
    return bx_library_open(&library, e);
}
