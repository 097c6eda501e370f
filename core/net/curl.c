/* curl.c: its functions, looked up once. BX_LIBCURL_SONAME: of the library that the headers are of. */
#include "core/net/curl.h"
#include "core/base/library.h"

struct bx_curl bx_curl;

bool bx_curl_open(struct bx_err *e)
{
    static const char *const names[] = {
#define X(f) "curl_" #f,
#include "core/net/curl.def"
#undef X
    };
    static struct bx_library library = {
        .name = BX_LIBCURL_SONAME, .functions = names, .n = sizeof names / sizeof *names, .table = &bx_curl};
    _Static_assert(sizeof bx_curl == sizeof names, "a pointer a name");
    return bx_library_open(&library, e);
}
