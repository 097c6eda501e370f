/* testset_origin.c: what source.json says of a test set that was fetched, or data.yaml and README.roboflow.txt of any other. */
#include "cmd/testset_origin.h"
#include "core/base/arena.h"
#include "core/base/banned.h"
#include "core/fetch/source.h"
#include <stdio.h>

void bx_origin_print(const char *path)
{
    struct bx_arena a = {0};
    struct bx_source s;
    if (bx_source_find(path, &s, &a)) {
        BX_CLEANUP_BUF struct bx_buf text = {0};
        BX_CLEANUP_BUF struct bx_buf clean = {0};
        const char *from = s.source ? s.source : s.origin;
        bx_buf_addf(&text, "%s%s%.10s%slicence %s", from ? from : "", s.fetched ? ", fetched " : "", s.fetched ? s.fetched : "",
                    from ? "; " : "", s.license ? s.license : "not stated");
        bx_buf_add_visible(&clean, text.p, text.n);
        printf("  origin       %s\n", bx_buf_str(&clean));
    }
    bx_arena_release(&a);
}

void bx_origin_json(struct bx_jw *w, const char *path)
{
    struct bx_arena a = {0};
    struct bx_source s;
    bx_jw_line(w, 1);
    if (bx_source_find(path, &s, &a)) {
        bx_jw_object(w, "origin");
        bx_jw_str(w, "source", s.source);
        bx_jw_str(w, "fetched", s.fetched);
        bx_jw_str(w, "page", s.origin);
        bx_jw_str(w, "license", s.license);
        bx_jw_str(w, "archive_sha256", s.sha256);
        bx_jw_object_end(w);
    } else
        bx_jw_null(w, "origin");
    bx_arena_release(&a);
}
