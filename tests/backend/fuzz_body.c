/*
 * fuzz_body.c: libFuzzer's entry to what a server answers, under a mapping that the text itself brings. Its first byte: the low four bits
 * are a preset (0: none), the next two the task; then lines KEY=WORDS of an "http" config up to a NUL; then the answer. To fuzz:
 * tests/README.md.
 */
#include "core/backend/http/http.h"
#include "core/data/bases.h"
#include "tests/backend/sound.h"
#include <math.h>

enum { FUZZ_MOST = 300 };

static const struct {
    const char *key;
    size_t at; /* in struct bx_backend_config */
} words[] = {
#define WORD(key, member)                                                                                                                  \
    {                                                                                                                                      \
        key "=", offsetof(struct bx_backend_config, member)                                                                                \
    }
    WORD("each", each),   WORD("count", count),  WORD("box", box),   WORD("obb", obb),   WORD("poly", poly),   WORD("rle", rle),
    WORD("score", score), WORD("class", class_), WORD("size", seen), WORD("time", time), WORD("error", error), WORD("empty", empty),
#undef WORD
};

static void set_words(struct bx_backend_config *b, char *lines)
{
    for (char *save, *line = strtok_r(lines, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (!strncmp(line, words[i].key, strlen(words[i].key)))
                *(const char **)((char *)b + words[i].at) = line + strlen(words[i].key);
}

static void require_sound(const struct bx_body *r, const struct bx_body_rules *rules, const struct bx_backend *b)
{
    require_that(r->n <= rules->max_detections && r->own_ns >= -1);
    for (size_t i = 0; i < r->n; i++)
        require_detection(&r->at[i], rules->geometries, b);
}

static void answer(const char *text, size_t n, const struct bx_mapping *map, enum bx_task task, struct bx_arena *a)
{
    static const char *const classes[] = {"cat", "dog"};
    uint32_t w = FUZZ_W, h = FUZZ_H;
    uint8_t orientation = 6;
    struct bx_err e = {0};
    const struct bx_testset set = {.nimages = 1, .image_w = &w, .image_h = &h, .image_orientation = &orientation};
    const struct bx_body_rules rules = {.map = map,
                                        .class_names = classes,
                                        .nclass_names = 2,
                                        .testset = &set,
                                        .geometries = task == BX_OBB       ? 1u << BX_GEOM_OBB
                                                      : task == BX_SEGMENT ? 1u << BX_GEOM_BOX | 1u << BX_GEOM_MASK
                                                                           : 1u << BX_GEOM_BOX,
                                        .max_detections = FUZZ_MOST};
    struct bx_backend b = {0};
    struct bx_names names = {.backend = &b};
    for (size_t i = 0; i < 2; i++)
        bx_names_add(&names, classes[i], strlen(classes[i]));
    names.declared = 2;
    struct bx_body body;
    BX_CLEANUP_BUF struct bx_buf said = {0};
    if (bx_body_read(text, n, &rules, 0, &names, &body, a, &e))
        require_sound(&body, &rules, &b);
    else
        require_said(&e, BX_DATA, NULL);
    bx_body_words(text, n, map, &said);
    bx_names_free(&names);
}

/* clang-format off */
const struct grown grown[] = {
    {"rows", TEXT("\x01\0{\"predictions\":["), TEXT("{\"label\":\"c#\",\"score\":1,\"box\":{\"xmin\":1,\"ymin\":2,\"xmax\":3,\"ymax\":4}},"), TEXT("{}]}")},
    {"a list of rows", TEXT("\x01\0["), TEXT("{\"label\":\"cat\",\"score\":1,\"box\":{\"xmin\":1,\"ymin\":2,\"xmax\":3,\"ymax\":4}},"), TEXT("{}]")},
    {"an outline", TEXT("\x10" "each=[]\nbox=xyxy px : box\npoly=px flat : p\nscore=s\nclass=name : c\0[{\"box\":[1,1,2,2],\"s\":1,\"c\":\"x\",\"p\":["), TEXT("1,2,50,30,"), TEXT("3,4]}]")},
    {"columns", TEXT("\x00" "each=columns : .\nbox=xyxy px : b\nscore=s\nclass=id : c\0{\"b\":[[1,2,3,4]],\"c\":[1],\"s\":["), TEXT("1,"), TEXT("1]}")},
    {"keys", TEXT("\x01\0{\"k\":1"), TEXT(",\"k#\":1"), TEXT("}")},
    {"levels", TEXT("\x01\0"), TEXT("["), TEXT("]")},
    {"a path", TEXT("\x00" "each=a"), TEXT("[0]"), TEXT("\0{}")},
    {"words", TEXT("\x00" "error=a"), TEXT(" | a"), TEXT("\0{\"a\":\"x\"}")},
    {"what is wrong", TEXT("\x06\0{\"error\":\""), TEXT("x\\u00e9 /a/b "), TEXT("\"}")},
    {0},
};
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (!n)
        return 0;
    const uint8_t first = *data++;
    const enum bx_task task = (enum bx_task)(first >> 4 & 3);
    const size_t preset = first & 15;
    n--;
    if (task >= BX_NTASKS || preset > bx_npresets + 1)
        return 0;
    struct bx_backend_config b = {.kind = preset > bx_npresets ? BX_BACKEND_ROBOFLOW : BX_BACKEND_HTTP,
                                  .url = "http://127.0.0.1:1/x",
                                  .hosted = "a/1",
                                  .preset = preset && preset <= bx_npresets ? bx_presets[preset - 1].name : NULL,
                                  .send = "raw",
                                  .category_base = BX_NBASES,
                                  .score_scale = NAN,
                                  .confidence = NAN,
                                  .iou_threshold = NAN};
    struct bx_arena a = {0};
    struct bx_service s;
    struct bx_err e = {0};
    const char *key = NULL;
    size_t length;
    char *lines = next_part(&data, &n, &length);
    set_words(&b, lines);
    if (bx_service_of(&b, task, &s, &key, &a, &e)) {
        char *text = next_part(&data, &n, &length);
        answer(text, length, &s.mapping, task, &a);
        free(text);
    } else {
        require_said(&e, BX_CONFIG, NULL);
        require_that(key && *key);
    }
    free(lines);
    bx_arena_release(&a);
    return 0;
}
