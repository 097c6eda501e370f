/*
 * fuzz_manifest.c: libFuzzer's entry to a site's manifest: what is taken lists files that may be there, and written again it is itself. To
 * fuzz: tests/README.md.
 */
#include "render/publish/folder.h"
#include "tests/fuzz.h"

/* clang-format off */
const struct grown grown[] = {
    {"files", TEXT("{\"format\":1,\"files\":["), TEXT("{\"path\":\"a/#\",\"bytes\":1,\"sha256\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"},"), TEXT("{\"path\":\"b\",\"bytes\":1,\"sha256\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}]}")},
    {"one file", TEXT("{\"format\":1,\"files\":["), TEXT("{\"path\":\"a\",\"bytes\":1,\"sha256\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"},"), TEXT("{\"path\":\"b\"}]}")},
    {"keys", TEXT("{\"format\":1,\"files\":[]"), TEXT(",\"k#\":1"), TEXT("}")},
    {0},
};
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_site s, again;
    if (bx_site_read("fuzz", (const char *)data, n, &s, &a, &e)) {
        BX_CLEANUP_BUF struct bx_buf text = {0}, twice = {0};
        for (size_t i = 0; i < s.n; i++)
            require_that(bx_site_path_valid(s.files[i].path) && bx_site_find(&s, s.files[i].path) == &s.files[i] &&
                         (!i || strcmp(s.files[i - 1].path, s.files[i].path) < 0));
        bx_site_write(&s, &text);
        require_that(bx_site_read("fuzz", bx_buf_str(&text), text.n, &again, &a, &e));
        bx_site_write(&again, &twice);
        require_that(text.n == twice.n && !memcmp(bx_buf_str(&text), bx_buf_str(&twice), text.n));
    } else
        require_that(e.text[0] && !strncmp(e.text, "fuzz", 4));
    bx_arena_release(&a);
    return 0;
}
