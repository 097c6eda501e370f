/* testset_manifest.c: `boxscore testset manifest`: which images there are, told without them. */
#include "cmd/testset_hashes.h"
#include "core/backend/command/confine.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct args {
    struct bx_testset_args set;
    const char *title, *output, *cache;
    bool names;
};
static const struct bx_option options[] = {
    {"split", 's', BX_OPT_STR, "SPLIT", "of a data set: only its images (default: all below the folder)", offsetof(struct args, set.split)},
    {"format", 'f', BX_OPT_STR, "FORMAT", "how to read PATH as a data set, as 'testset show' does", offsetof(struct args, set.format)},
    {"images", 'i', BX_OPT_STR, "FOLDER", "where a data set's images are, when not beside the annotations",
     offsetof(struct args, set.images)},
    {"names", 0, BX_OPT_FLAG, NULL, "tell the files' names as well", offsetof(struct args, names)},
    {"title", 0, BX_OPT_STR, "TEXT", "what this is of", offsetof(struct args, title)},
    {"output", 'o', BX_OPT_STR, "FILE", "where to (default: printed)", offsetof(struct args, output)},
    {"cache", 0, BX_OPT_STR, "FOLDER", "where hashes are kept (default: the user's cache; '' nowhere)", offsetof(struct args, cache)},
    {0},
};

const char *bx_hashes_cache(const char *given, struct bx_arena *a)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (given)
        return *given ? given : NULL;
    if (cache && *cache == '/')
        return bx_path_join(a, cache, "boxscore");
    return home && *home == '/' ? bx_path_join(a, home, ".cache/boxscore") : NULL;
}

bool bx_hashes_of(const struct bx_testset_args *args, const char *path, const char *cache, bool thumbs, struct bx_hashes *out,
                  struct bx_arena *a, struct bx_err *e)
{
    struct bx_testset t = {0};
    struct bx_hashing h = {.root = path, .thumbs = thumbs, .cache = cache, .confine = bx_confine_decoder};
    if (thumbs || args->split || args->format || args->images || !bx_path_is_dir(path)) {
        if (!bx_testset_load(args, path, true, &t, a, e))
            return false;
        h.root = t.image_root;
        h.names = t.image_file;
        h.n = t.nimages;
    } else if (!bx_hashes_list(path, &h.names, &h.n, a, e))
        return false;
    if (!h.n)
        return bx_fail(e, BX_DATA, "'%s' has no images", path);
    if (!bx_hashes_make(&h, out, a, e))
        return false;
    for (size_t i = 0; i < out->nfaults; i++)
        bx_warn("%s", bx_testset_shown(a, out->faults[i].text));
    if (out->nfaults)
        bx_warn("'%s': of %zu image%s only the bytes are known, or nothing", bx_testset_shown(a, path), out->nfaults,
                bx_plural(out->nfaults));
    return true;
}

static int run(const struct bx_verb *v, int argc, char **argv)
{
    struct args args = {.set.voc_offset = -1};
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_hashes h;
    int operands = 0, status = bx_options(v, argc, argv, &args, &operands);
    if (status >= 0)
        return status;
    if (operands != 1)
        return bx_verb_usage(v, "expected one PATH");
    status = 0;
    if (args.title && (strlen(args.title) > BX_MANIFEST_NAME || bx_has_control(args.title, strlen(args.title))))
        return bx_verb_usage(v, "--title: expected one line of at most %u bytes", BX_MANIFEST_NAME);
    if (!bx_hashes_of(&args.set, argv[1], bx_hashes_cache(args.cache, &a), false, &h, &a, &e))
        status = bx_verb_fail(v, &e);
    else {
        BX_CLEANUP_BUF struct bx_buf out = {0};
        struct bx_manifest m = {args.title, h.at, h.n};
        bx_manifest_write(&m, args.names, &out);
        if (!args.output)
            fwrite(out.p, 1, out.n, stdout);
        else if (!bx_file_write(args.output, out.p, out.n, &e))
            status = bx_verb_fail(v, &e);
    }
    bx_arena_release(&a);
    return status;
}

const struct bx_verb bx_verb_testset_manifest = {
    "testset manifest",
    "PATH [OPTION…]",
    "hashes of images, to publish in their place",
    options,
    "PATH is a folder, all of whose images count, or, with --split or --format, or where it is a file, a data set.\n"
    "Each image is a line: the SHA-256 of its file and 512 bits that tell its picture from others, also scaled, compressed again, "
    "brighter,\n"
    "mirrored or cropped by up to a tenth. No names, unless --names asks for them. Who trained a model publishes this file, and everybody\n"
    "can ask 'boxscore testset contamination' whether images that the model is tested on were among those it was trained on.\n"
    "\n"
    "  boxscore testset manifest train2017 --title \"COCO train2017\" -o train2017.jsonl\n"
    "  boxscore testset manifest data/data.yaml --split train -o train.jsonl\n",
    run,
};
