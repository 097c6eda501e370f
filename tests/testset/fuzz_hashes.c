/* fuzz_hashes.c: libFuzzer's entry to manifests of strangers: what is read is written, and reads back the same. To fuzz: tests/README.md.
 */
#include "core/testset/manifest.h"
#include "tests/fuzz.h"

#define HEAD "{\"format\":1,\"boxscore\":\"image manifest\",\"hash\":\"dct256x2/1\"}\n"

/* clang-format off */
const struct grown grown[] = {
    {"empty lines", TEXT(HEAD), TEXT("\n"), TEXT("")},
    {"images", TEXT(HEAD), TEXT("{\"sha256\":\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\",\"hash\":null}\n"), TEXT("")},
    {"members of a head", TEXT("{"), TEXT("\"a\":1,"), TEXT("}")},
    {"a name", TEXT(HEAD "{\"name\":\""), TEXT("\\u00e9"), TEXT("\"}")},
    {0},
};
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_manifest m, back;
    BX_CLEANUP_BUF struct bx_buf b = {0};
    if (!bx_manifest_parse("fuzz", (const char *)data, n, &m, &a, &e))
        require_said(&e, BX_DATA, NULL);
    else {
        bx_manifest_write(&m, true, &b);
        require_that(bx_manifest_parse("again", b.p, b.n, &back, &a, &e) && back.n == m.n);
        for (size_t i = 0; i < m.n; i++)
            require_that(!memcmp(m.at[i].sha, back.at[i].sha, 32) && m.at[i].picture.flat == back.at[i].picture.flat &&
                         !memcmp(m.at[i].picture.hash, back.at[i].picture.hash, sizeof m.at[i].picture.hash));
    }
    bx_arena_release(&a);
    return 0;
}
