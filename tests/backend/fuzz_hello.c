/*
 * fuzz_hello.c: libFuzzer's entry to a runner's handshake: what is taken is fit to be kept and shown, and no granted secret stands in any
 * of it. To fuzz: tests/README.md.
 */
#include "core/backend/command/command.h"
#include "tests/fuzz.h"

static const struct bx_secret secrets[] = {{"KEY", "hunter2-hunter2", true}, {"TOKEN", "tok/\xC3\xA9\"\\n", true}};
enum { NSECRETS = sizeof secrets / sizeof *secrets };

static void require_clean(const char *s)
{
    size_t n = strlen(s);
    require_that(!bx_has_secret(secrets, NSECRETS, s, n) && !bx_has_control(s, n));
}

/* clang-format off */
const struct grown grown[] = {
    {"names", TEXT("{\"proto\":1,\"ready\":true,\"task\":\"detect\",\"names\":[\"x\""), TEXT(",\"name #\""), TEXT("]}")},
    {"one name", TEXT("{\"proto\":1,\"ready\":true,\"task\":\"detect\",\"names\":[\"x\""), TEXT(",\"y\""), TEXT("]}")},
    {"long names", TEXT("{\"proto\":1,\"ready\":true,\"task\":\"detect\",\"names\":[\"x\""), TEXT(",\"hunter2-hunter1hunter2-hunter1hunter2-hunter1hunter2-hunter1 #\""), TEXT("]}")},
    {"an error", TEXT("{\"error\":\""), TEXT("'/a hunter2-hunter2"), TEXT("\"}")},
    {"a task", TEXT("{\"task\":\""), TEXT("detect"), TEXT("\"}")},
    {"keys", TEXT("{\"proto\":1"), TEXT(",\"k#\":1"), TEXT("}")},
    {0},
};
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct bx_arena a = {0};
    struct bx_hello h;
    struct bx_err e = {0};
    BX_CLEANUP_BUF struct bx_buf line = {0};
    bx_redact(secrets, NSECRETS, (const char *)data, n, &line); /* as the host does with every line, before it is read */
    char *exact = bx_memdup(&a, bx_buf_str(&line), line.n);
    if (bx_hello_parse(exact, line.n, secrets, NSECRETS, &h, &a, &e)) {
        struct bx_backend b = {0};
        struct bx_names names = {.backend = &b, .secrets = secrets, .nsecrets = NSECRETS};
        require_that(h.task < BX_NTASKS && h.nnames <= BX_MAX_NAMES && (h.has_names || !h.nnames));
        if (h.runner)
            require_clean(h.runner);
        for (size_t i = 0; i < h.nnames; i++) {
            uint32_t at = bx_names_add(&names, h.names[i], strlen(h.names[i]));
            require_that(bx_class_name_ok((struct bx_slice){h.names[i], strlen(h.names[i])}) && at < b.nnames);
            require_clean(b.names[at]);
        }
        bx_names_free(&names);
    } else {
        require_said(&e, BX_DATA, NULL);
        require_clean(e.text);
    }
    bx_arena_release(&a);
    return 0;
}
