/*
 * fuzz_coco.c: libFuzzer's entry to COCO instances and LVIS: read whole and in small blocks, which must come to the same, in each of the
 * ways that `eval` and boards read them; what is taken packs and unpacks. To fuzz: tests/README.md.
 */
#include "core/testset/readers.h"
#include "tests/testset/sound.h"

static const struct bx_testset_options ways[] = {
    {.threads = 1},
    {.threads = 1, .boxes_only = true},
    {.threads = 1, .masks_optional = true},
    {.threads = 1, .masks_optional = true, .faulty = true},
    {.threads = 1, .lvis = true},
    {.threads = 1, .reference = true},
    {.threads = 1, .reference = true, .keep_repeated = true, .boxes_only = true},
    {.threads = 1, .reference = true, .any_category = true, .boxes_only = true},
};

static void same_column(const void *p, const void *q, size_t size)
{
    require_that(!p == !q && (!p || !size || !memcmp(p, q, size)));
}

static void same_testset(const struct bx_testset *t, const struct bx_testset *u)
{
    require_that(t->nclasses == u->nclasses && t->nimages == u->nimages && t->nanns == u->nanns && t->nnotes == u->nnotes);
    require_that(t->unknown == u->unknown && t->repeated == u->repeated);
    same_column(t->ann_line, u->ann_line, t->nanns * sizeof *t->ann_line);
    same_column(t->ann_begin, u->ann_begin, (t->nimages + 1) * sizeof *t->ann_begin);
    same_column(t->ann_class, u->ann_class, t->nanns * sizeof *t->ann_class);
    same_column(t->ann_flags, u->ann_flags, t->nanns);
    same_column(t->ann_area, u->ann_area, t->nanns * sizeof *t->ann_area);
    same_column(t->ann_id, u->ann_id, t->nanns * sizeof *t->ann_id);
    same_column(t->ann_box, u->ann_box, 4 * t->nanns * sizeof *t->ann_box);
    same_column(t->ann_obb, u->ann_obb, 8 * t->nanns * sizeof *t->ann_obb);
    same_column(t->image_id, u->image_id, t->nimages * sizeof *t->image_id);
    require_that(!t->ann_mask == !u->ann_mask);
    for (size_t i = 0; t->ann_mask && i < t->nanns; i++) {
        const struct bx_rle *x = &t->ann_mask[i], *y = &u->ann_mask[i];
        require_that(x->n == y->n && x->h == y->h && x->w == y->w);
        same_column(x->n ? x->counts : NULL, y->n ? y->counts : NULL, x->n * sizeof *x->counts);
    }
    for (size_t i = 0; i < t->nnotes; i++)
        require_that(!strcmp(t->notes[i].text, u->notes[i].text));
}

/* clang-format off */
const struct grown grown[] = {
    {"images", TEXT("{\"categories\":[],\"annotations\":[],\"images\":[{\"id\":-1,\"file_name\":\"a\",\"width\":2,\"height\":1}"), TEXT(",{\"id\":#,\"file_name\":\"f#\",\"width\":2,\"height\":1}"), TEXT("]}")},
    {"images with texts for ids", TEXT("{\"categories\":[],\"annotations\":[],\"images\":[{\"id\":\"x\",\"file_name\":\"a\",\"width\":2,\"height\":1}"), TEXT(",{\"id\":\"i#\",\"file_name\":\"f\",\"width\":2,\"height\":1}"), TEXT("]}")},
    {"one image", TEXT("{\"categories\":[],\"annotations\":[],\"images\":[{\"id\":1}"), TEXT(",{\"id\":1}"), TEXT("]}")},
    {"categories", TEXT("{\"images\":[],\"annotations\":[],\"categories\":[{\"id\":-1,\"name\":\"a\"}"), TEXT(",{\"id\":#,\"name\":\"n#\",\"supercategory\":\"s\"}"), TEXT("]}")},
    {"one name", TEXT("{\"images\":[],\"annotations\":[],\"categories\":[{\"id\":-1,\"name\":\"a\"}"), TEXT(",{\"id\":#,\"name\":\"a\"}"), TEXT("]}")},
    {"annotations", TEXT("{\"images\":[{\"id\":1,\"file_name\":\"a\",\"width\":20,\"height\":10}],\"categories\":[{\"id\":1,\"name\":\"a\"}],\"annotations\":[{\"id\":-1,\"image_id\":1,\"category_id\":1,\"bbox\":[1,2,3,4],\"area\":1,\"iscrowd\":0}"), TEXT(",{\"id\":#,\"image_id\":1,\"category_id\":1,\"bbox\":[1,2,3,4],\"area\":1,\"iscrowd\":0}"), TEXT("]}")},
    {"one annotation", TEXT("{\"images\":[{\"id\":1,\"file_name\":\"a\",\"width\":20,\"height\":10}],\"categories\":[{\"id\":1,\"name\":\"a\"}],\"annotations\":[{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[1,2,3,4],\"area\":1,\"iscrowd\":0}"), TEXT(",{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[1,2,3,4],\"area\":1,\"iscrowd\":0}"), TEXT("]}")},
    {"strays", TEXT("{\"images\":[{\"id\":1,\"file_name\":\"a\",\"width\":20,\"height\":10}],\"categories\":[{\"id\":1,\"name\":\"a\"}],\"annotations\":[{\"id\":-1,\"image_id\":9,\"category_id\":1,\"bbox\":[1,2,3,4],\"area\":1,\"iscrowd\":0}"), TEXT(",{\"id\":#,\"image_id\":7#,\"category_id\":8#,\"bbox\":[1,2,3,4],\"area\":1,\"iscrowd\":0}"), TEXT("]}")},
    {"corners", TEXT("{\"images\":[{\"id\":1,\"file_name\":\"a\",\"width\":20,\"height\":10}],\"categories\":[{\"id\":1,\"name\":\"a\"}],\"annotations\":[{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[1,2,3,4],\"area\":1,\"iscrowd\":0,\"segmentation\":[["), TEXT("1,2,10,8,"), TEXT("3,4]]}]}")},
    {"outlines", TEXT("{\"images\":[{\"id\":1,\"file_name\":\"a\",\"width\":20,\"height\":10}],\"categories\":[{\"id\":1,\"name\":\"a\"}],\"annotations\":[{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[1,2,3,4],\"area\":1,\"iscrowd\":0,\"segmentation\":["), TEXT("[1,1,9,1,9,9],"), TEXT("[1,1,5,1,5,5]]}]}")},
    {"masks", TEXT("{\"images\":[{\"id\":1,\"file_name\":\"a\",\"width\":20,\"height\":10}],\"categories\":[{\"id\":1,\"name\":\"a\"}],\"annotations\":[{\"id\":-1,\"image_id\":1,\"category_id\":1,\"bbox\":[1,2,3,4],\"area\":1,\"iscrowd\":0,\"segmentation\":[[1,1,5,1,5,5]]}"), TEXT(",{\"id\":#,\"image_id\":1,\"category_id\":1,\"bbox\":[1,2,3,4],\"area\":1,\"iscrowd\":1,\"segmentation\":{\"size\":[10,20],\"counts\":[20,30,150]}}"), TEXT("]}")},
    {"keys", TEXT("{\"images\":[{\"id\":1,\"file_name\":\"a\",\"width\":20,\"height\":10}],\"categories\":[{\"id\":1,\"name\":\"a\"}],\"annotations\":[]"), TEXT(",\"k#\":{}"), TEXT("}")},
    {"lists again", TEXT("{\"images\":[{\"id\":1,\"file_name\":\"a\",\"width\":20,\"height\":10}],\"categories\":[{\"id\":1,\"name\":\"a\"}],\"annotations\":[]"), TEXT(",\"annotations\":[]"), TEXT("}")},
    {"levels", TEXT("{\"info\":"), TEXT("["), TEXT("}")},
    {"lines and an error", TEXT("{\"info\":"), TEXT("\n"), TEXT("x}")},
    {0},
};
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const char *path = memory_file(data, n);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct bx_testset_options o = ways[i];
        struct bx_testset t = {0}, u = {0};
        struct bx_arena a = {0};
        struct bx_err e = {0}, f = {0};
        bool ok = bx_testset_read_coco(path, &o, &t, &a, &e);
        o.block_bytes = 1 + n / 5;
        require_that(ok == bx_testset_read_coco(path, &o, &u, &a, &f));
        if (ok) {
            same_testset(&t, &u);
            if (!o.reference)
                require_sound(&t);
            t.image_sha = bx_alloc(&a, t.nimages, sizeof *t.image_sha);
            for (int g = 0; !o.reference && g < BX_NGEOMETRIES; g++)
                if (bx_testset_has(&t, (enum bx_geometry)g))
                    require_packs(&t, (enum bx_geometry)g, &a);
        } else {
            require_said(&e, BX_DATA, path);
            require_that(!strcmp(e.text, f.text));
        }
        bx_arena_release(&a);
    }
    return 0;
}
