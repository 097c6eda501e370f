/*
 * fuzz_spdx.c: libFuzzer's entry to license expressions: what is taken has one canonical form, and that form is taken and is its own; what
 * is not is told in a text that can be printed. To fuzz: tests/README.md.
 */
#include "core/registry/spdx.h"
#include "tests/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct bx_arena a = {0};
    size_t length;
    char *text = next_part(&data, &n, &length);
    const char *plain = bx_spdx_canonical(text, &a);
    if (plain || length % 16 == 0) { /* what was meant by none takes a millisecond to find */
        struct bx_spdx s = bx_spdx_parse(text, &a);
        require_that(!s.canonical != !s.problem && !plain == !s.canonical && (!plain || !strcmp(plain, s.canonical)));
        if (plain) {
            struct bx_spdx again = bx_spdx_parse(plain, &a);
            require_that(again.canonical && !strcmp(again.canonical, plain) && !again.warning == !s.warning);
        } else if (!bx_has_control(text, length)) /* a config's strings never have one */
            require_that(s.problem[0] && !bx_has_control(s.problem, strlen(s.problem)));
    }
    bx_arena_release(&a);
    free(text);
    return 0;
}
