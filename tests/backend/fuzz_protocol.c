/*
 * fuzz_protocol.c: libFuzzer's entry to what a runner prints: lines, each an answer in the geometries that the first byte says, to one
 * conversation that keeps the names of the classes. test_protocol.c replays changed lines through it. To fuzz: tests/README.md.
 */
#include "core/backend/command/command.h"
#include "tests/backend/sound.h"
#include <math.h>

static size_t fuzz_taken; /* answers with predictions that were taken: who replays sees that there are any */

static size_t fuzz_image_of(void *self, int64_t id)
{
    (void)self;
    return id == 1 ? 0 : SIZE_MAX;
}

static void require_sound(const struct bx_reply *r, const struct bx_reply_rules *rules, const struct bx_backend *b)
{
    if (r->malformed || r->failed) {
        require_that(r->n == 0 && r->error.text[0] != '\0');
        return;
    }
    require_that(r->id >= 1 && r->n <= rules->max_detections);
    for (size_t i = 0; i < r->n; i++)
        require_detection(&r->at[i], rules->geometries, b);
    fuzz_taken += r->n > 0;
}

static void answer(const uint8_t *p, size_t n, const struct bx_reply_rules *rules, struct bx_names *names)
{
    struct bx_arena a = {0};
    struct bx_reply r;
    /* exactly as large as it is, so that a byte read beyond it is found out */
    char *line = bx_xrealloc(NULL, n + 1, 1);
    memcpy(line, p, n);
    line[n] = '\0';
    bx_reply_parse(line, n, rules, names, &r, &a);
    require_sound(&r, rules, names->backend);
    free(line);
    bx_arena_release(&a);
}

/* clang-format off */
const struct grown grown[] = {
    {"predictions", TEXT("\x19{\"id\":1,\"predictions\":["), TEXT("{\"class\":\"#\",\"score\":1,\"box\":[1,2,3,4]},"), TEXT("{}]}")},
    {"predictions that are wrong", TEXT("\x19{\"id\":1,\"predictions\":["), TEXT("{\"class\":9,\"score\":2,\"box\":[4]},"), TEXT("{}]}")},
    {"answers with new names", TEXT("\x19"), TEXT("{\"id\":1,\"predictions\":[{\"class\":\"c#\",\"score\":1,\"box\":[1,2,3,4]}]}\n"), TEXT("")},
    {"names that differ at their end", TEXT("\x19"), TEXT("{\"id\":1,\"predictions\":[{\"class\":\"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz#\",\"score\":1,\"box\":[1,2,3,4]}]}\n"), TEXT("")},
    {"corners", TEXT("\x1A{\"id\":1,\"predictions\":[{\"class\":0,\"score\":1,\"poly\":[["), TEXT("1,2,50,30,"), TEXT("3,4]]}]}")},
    {"corners upright", TEXT("\x1A{\"id\":1,\"predictions\":[{\"class\":0,\"score\":1,\"poly\":[["), TEXT("10,0,10,39,"), TEXT("3,4]]}]}")},
    {"outlines", TEXT("\x1A{\"id\":1,\"predictions\":[{\"class\":0,\"score\":1,\"poly\":["), TEXT("[1,1,9,1,9,9],"), TEXT("[1,1,5,1,5,5]]}]}")},
    {"empty runs", TEXT("\x1A{\"id\":1,\"predictions\":[{\"class\":0,\"score\":1,\"rle\":{\"size\":[40,60],\"counts\":["), TEXT("0,"), TEXT("2400]}}]}")},
    {"empty runs as text", TEXT("\x1A{\"id\":1,\"predictions\":[{\"class\":0,\"score\":1,\"rle\":{\"size\":[40,60],\"counts\":\""), TEXT("0"), TEXT("\"}}]}")},
    {"keys", TEXT("\x19{\"id\":1"), TEXT(",\"k#\":1"), TEXT("}")},
    {"levels", TEXT("\x19{\"id\":1,\"x\":"), TEXT("["), TEXT("}")},
    {"lines", TEXT("\x19"), TEXT("{}\n"), TEXT("")},
    {"a text", TEXT("\x19{\"id\":1,\"error\":\""), TEXT("\\u00e9 /a/b '"), TEXT("\"}")},
    {0},
};
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (!n)
        return 0;
    uint32_t w = FUZZ_W, h = FUZZ_H;
    uint8_t orientation = 6;
    const struct bx_testset set = {.nimages = 1, .image_w = &w, .image_h = &h, .image_orientation = &orientation};
    const struct bx_reply_rules rules = {
        .geometries = data[0] & 7u, .max_detections = data[0] >> 3 & 3u, .testset = &set, .image_of = fuzz_image_of};
    struct bx_backend b = {0};
    struct bx_names names = {.backend = &b};
    bx_names_add(&names, "cat", 3);
    bx_names_add(&names, "dog", 3);
    names.declared = 2;
    const uint8_t *p = data + 1, *end = data + n;
    do {
        const uint8_t *eol = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
        answer(p, (size_t)((eol ? eol : end) - p), &rules, &names);
        p = eol ? eol + 1 : end;
    } while (p < end);
    bx_names_free(&names);
    return 0;
}
