/* Fuzz: what a server answers, how a version is named, and what a set says of its licence. */
#include "core/fetch/roboflow.h"
#include "core/fetch/source.h"
#include "tests/fuzz.h"

const struct grown grown[] = {
    {"members", TEXT("{\"export\": {"), TEXT("\"k#\": [1, {}], "), TEXT("\"link\": \"https://a.b\"}}")},
    {"errors", TEXT("{"), TEXT("\"error\": {\"message\": \"m#\"}, "), TEXT("\"x\": 1}")},
    {"lines", TEXT("roboflow:\n"), TEXT("  license#: x\n"), TEXT("")},
    {0},
};

static void answer(const char *p, size_t n, struct bx_arena *a)
{
    struct bx_roboflow_answer said;
    struct bx_err e = {0};
    if (!bx_roboflow_read("answer", p, n, &said, a, &e)) {
        require_said(&e, BX_DATA, "answer:");
        return;
    }
    require_that(said.progress == -1 || (said.progress >= 0 && said.progress <= 1));
    require_that(said.images >= -1 && (said.version || (!said.generating && said.images == -1)));
    const char *const texts[] = {said.link, said.type, said.words};
    for (size_t i = 0; i < 3; i++)
        require_that(!texts[i] || (*texts[i] && bx_utf8_valid(texts[i], strlen(texts[i]))));
}

static void name(const char *text, struct bx_arena *a)
{
    struct bx_roboflow r, again;
    struct bx_err e = {0};
    bool is, still;
    if (!bx_roboflow_parse(text, &r, &is, a, &e))
        require_said(&e, BX_USAGE, "names no version");
    else if (is)
        require_that(bx_roboflow_parse(r.source, &again, &still, a, &e) && still && !strcmp(again.source, r.source) &&
                     !strpbrk(r.workspace, "/?#%") && !strpbrk(r.project, "/?#%") && strcmp(r.project, ".."));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct bx_arena a = {0};
    answer((const char *)data, n, &a);
    for (int yaml = 0; yaml < 2; yaml++) {
        struct bx_source s = {0};
        bx_source_says((const char *)data, n, yaml, &s, &a);
        const char *const texts[] = {s.license, s.origin};
        for (size_t i = 0; i < 2; i++)
            require_that(!texts[i] || (*texts[i] && strlen(texts[i]) <= 300 && bx_utf8_valid(texts[i], strlen(texts[i])) &&
                                       !bx_has_control(texts[i], strlen(texts[i]))));
    }
    size_t length;
    char *text = next_part(&data, &n, &length);
    name(text, &a);
    free(text);
    bx_arena_release(&a);
    return 0;
}
