/* libtiff.c: its functions, looked up once. BX_LIBTIFF_SONAME: of the library that the headers are of. */
#include "core/image/libtiff.h"
#include "core/base/library.h"

struct bx_libtiff bx_libtiff;

bool bx_libtiff_open(struct bx_err *e)
{
    static const char *const names[] = {
#define X(f) "TIFF" #f,
#include "core/image/libtiff.def"
#undef X
    };
    static struct bx_library library = {
        .name = BX_LIBTIFF_SONAME, .functions = names, .n = sizeof names / sizeof *names, .table = &bx_libtiff};
    _Static_assert(sizeof bx_libtiff == sizeof names, "a pointer a name");
    return bx_library_open(&library, e);
}
