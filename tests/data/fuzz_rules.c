/*
 * fuzz_rules.c: libFuzzer's entry to the names of boards' rules, and to what the command line says of sizes and thresholds: what is taken
 * has one name, which is its own. To fuzz: tests/README.md.
 */
#include "core/data/rules.h"
#include "tests/fuzz.h"

static void require_rules(const struct bx_rules *r, struct bx_arena *a)
{
    struct bx_err e = {0};
    struct bx_rules again;
    if (!bx_rules_check(r, &e)) {
        require_said(&e, BX_CONFIG, NULL);
        return;
    }
    const char *name = bx_rules_protocol(r, a);
    require_that(bx_rules_parse(name, &again, a, &e) && !strcmp(bx_rules_protocol(&again, a), name));
    require_that(bx_rules_words(r, a) && bx_rules_short(r, true, a) && bx_rules_size_words(r, a) && bx_rules_iou_words(r, a));
    for (int m = 0; m < BX_NMETRICS; m++)
        if (bx_rules_give(r, (enum bx_metric)m))
            require_that(bx_rules_label(r, (enum bx_metric)m, a)[0] && bx_rules_definition(r, (enum bx_metric)m, a)[0]);
}

/* clang-format off */
const struct grown grown[] = {
    {"classes", TEXT("coco/1;classes=x"), TEXT(",y#"), TEXT("")},
    {"classes in order", TEXT("coco/1;classes=a"), TEXT(",b1"), TEXT("")},
    {"ignored classes", TEXT("coco/1;ignore=x"), TEXT(",y#"), TEXT("")},
    {"thresholds", TEXT("0.1"), TEXT(",0.5"), TEXT("")},
    {"sizes", TEXT("a:0-1"), TEXT(",b#:1-2"), TEXT("")},
    {"rules", TEXT("coco/1"), TEXT(";dets=500"), TEXT("")},
    {0},
};
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct bx_arena a = {0};
    size_t length;
    char *text = next_part(&data, &n, &length);
    for (int way = 0; way < 4; way++) {
        struct bx_err e = {0};
        struct bx_rules r = {0};
        bool ok = way == 0   ? bx_rules_parse(text, &r, &a, &e)
                  : way == 1 ? bx_rules_parse_ious(text, &r, &e)
                             : bx_rules_parse_sizes(text, way == 3, &r, &e);
        if (ok)
            require_rules(&r, &a);
        else
            require_that(e.text[0] != '\0');
    }
    bx_arena_release(&a);
    free(text);
    return 0;
}
