/* fuzz_voc.c: libFuzzer's entry to one Pascal VOC file: objects are whole, their numbers finite, or each fault names its line. To
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
    {"oriented boxes", TEXT("<annotation>"), TEXT("<object><name>n#</name><robndbox><cx>1</cx><cy>2</cy><w>3</w><h>4</h><angle>1</angle></robndbox></object>"), TEXT("</annotation>")},
    {"faults", TEXT("<annotation>"), TEXT("<object/>"), TEXT("</annotation>")},
    {"another encoding", TEXT("<?xml version=\"1.0\" encoding=\"windows-1252\"?><annotation><filename>"), TEXT("</filename><filename>\xDF"), TEXT("</filename></annotation>")},
    {"bytes without an end", TEXT("<?xml version=\"1.0\" encoding=\"gbk\"?><annotation>"), TEXT("\xDF\n"), TEXT("")},
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
    struct bx_faults faults = {0};
    require_that(bx_voc_read(path, &f, &faults, &a, &e));
    require_that(f.w <= INT32_MAX && f.h <= INT32_MAX && faults.files == (faults.n > 0));
    for (size_t i = 0; i < faults.n && i < BX_FAULTS_SHOWN; i++) {
        bx_fail(&e, BX_DATA, "%s", faults.text[i]);
        require_said(&e, BX_DATA, path);
    }
    for (size_t i = 0; !faults.n && i < f.nobjects; i++) {
        const struct bx_voc_object *o = &f.objects[i];
        require_that(o->name && o->name[0] && bx_utf8_valid(o->name, strlen(o->name)) && !bx_has_control(o->name, strlen(o->name)));
        require_that(o->line > 0 && (o->has_box || o->has_corners || o->npoints > 2));
        for (size_t k = 0; o->has_box && k < 4; k++)
            require_that(isfinite(o->box[k]) && (k < 2 || o->box[k] >= o->box[k - 2]));
        for (size_t k = 0; o->has_corners && k < 8; k++)
            require_that(!isnan(o->corners[k]));
        for (size_t k = 0; k < 2 * o->npoints; k++)
            require_that(isfinite(o->points[k]));
    }
    bx_arena_release(&a);
    return 0;
}
