/* The class that a name may have been meant as: alike, another word for it, or near. */
#include "core/data/synonyms.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_class_is_named_that_may_be_meant(void **state)
{
    (void)state;
    static const char *const coco[] = {"person", "airplane", "motorcycle", "couch", "tv", "dining table", "potted plant", "cell phone"};
    static const char *const voc[] = {"aeroplane", "motorbike", "sofa", "tvmonitor", "diningtable", "pottedplant"};
    static const struct {
        const char *name, *in_coco, *in_voc;
    } table[] = {
        {"aeroplane", "airplane", "aeroplane"},
        {"airplane", "airplane", "aeroplane"},
        {"motorbike", "motorcycle", "motorbike"},
        {"sofa", "couch", "sofa"},
        {"couch", "couch", "sofa"},
        {"tvmonitor", "tv", "tvmonitor"},
        {"tv", "tv", "tvmonitor"},
        {"diningtable", "dining table", "diningtable"},
        {"Dining_Table", "dining table", "diningtable"},
        {"potted-plant", "potted plant", "pottedplant"},
        {"mobile phone", "cell phone", NULL},
        {"persom", "person", NULL},
        {"pedestrian", "person", NULL},
        {"zebra", NULL, NULL},
        {"", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *a = bx_class_near(table[i].name, coco, sizeof coco / sizeof *coco),
                   *b = bx_class_near(table[i].name, voc, sizeof voc / sizeof *voc);
        if (!a != !table[i].in_coco || (a && strcmp(a, table[i].in_coco) != 0) || !b != !table[i].in_voc ||
            (b && strcmp(b, table[i].in_voc) != 0))
            fail_msg("'%s': '%s' and '%s'", table[i].name, a ? a : "none", b ? b : "none");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_class_is_named_that_may_be_meant)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
