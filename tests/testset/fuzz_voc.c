/* fuzz_voc.c: libFuzzer's entry to one Pascal VOC file: objects are whole, their numbers finite, or the error names line and column. To
 * fuzz: tests/README.md. */
#include "core/testset/voc_xml.h"
#include "tests/fuzz.h"
#include <math.h>

/* clang-format off */
const struct grown grown[] = {
    {"objects", TEXT("<annotation>"), TEXT("<object><name>n#</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox></object>"), TEXT("</annotation>")},
    {"corners", TEXT("<annotation><object><name>x</name><polygon>"), TEXT("<x#>1</x#><y#>2</y#>"), TEXT("</polygon></object></annotation>")},
    {"boxes in one object", TEXT("<annotation><object><name>x</name>"), TEXT("<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox>"), TEXT("</object></annotation>")},
    {"attributes", TEXT("<annotation"), TEXT(" a#=\"1\""), TEXT("/>")},
    {"unknown elements", TEXT("<annotation>"), TEXT("<e#/>"), TEXT("</annotation>")},
    {"levels", TEXT("<annotation>"), TEXT("<a>"), TEXT("")},
    {"a text", TEXT("<annotation><filename>"), TEXT("&amp;"), TEXT("</filename></annotation>")},
    {"comments", TEXT("<annotation>"), TEXT("<!-- -->\n"), TEXT("</annotation>")},
    {"white space", TEXT("<annotation><filename>"), TEXT(" \n"), TEXT("x</filename></annotation>")},
    {"declarations", TEXT("<!DOCTYPE annotation ["), TEXT("<!ELEMENT e# ANY>"), TEXT("]><annotation/>")},
    {"attribute lists", TEXT("<!DOCTYPE annotation ["), TEXT("<!ATTLIST annotation a# CDATA \"x\">"), TEXT("]><annotation/>")},
    {"one tag", TEXT("<annotation"), TEXT(" "), TEXT("/>")},
    {0},
};
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const char *path = memory_file(data, n);
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_voc_file f;
    if (bx_voc_read(path, &f, &a, &e)) {
        require_that(f.w <= INT32_MAX && f.h <= INT32_MAX);
        for (size_t i = 0; i < f.nobjects; i++) {
            const struct bx_voc_object *o = &f.objects[i];
            require_that(o->name && o->name[0] && !bx_has_control(o->name, strlen(o->name)) && o->line > 0);
            require_that(o->has_box || o->npoints > 2);
            for (size_t k = 0; o->has_box && k < 4; k++)
                require_that(isfinite(o->box[k]) && (k < 2 || o->box[k] >= o->box[k - 2]));
            for (size_t k = 0; k < 2 * o->npoints; k++)
                require_that(isfinite(o->points[k]));
        }
    } else
        require_said(&e, BX_DATA, path);
    bx_arena_release(&a);
    return 0;
}
