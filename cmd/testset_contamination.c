/* testset_contamination.c: `boxscore testset contamination`: which images of a test set a model may have been trained on. */
#include "cmd/testset_hashes.h"
#include "core/base/file.h"
#include "core/base/json_writer.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/testset/contamination.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct args {
    struct bx_testset_args set;
    struct bx_given against;
    const char *against_split, *cache;
    bool json;
};
static const struct bx_option options[] = {
    {"against", 'a', BX_OPT_LIST, "PATH", "a folder of images, or a manifest ('testset manifest'); may be given again",
     offsetof(struct args, against)},
    {"against-split", 0, BX_OPT_STR, "SPLIT", "what --against names is a data set: only this part of it",
     offsetof(struct args, against_split)},
    {"split", 's', BX_OPT_STR, "SPLIT", "of the test set, as 'testset show' has it", offsetof(struct args, set.split)},
    {"format", 'f', BX_OPT_STR, "FORMAT", "of the test set", offsetof(struct args, set.format)},
    {"task", 't', BX_OPT_STR, "TASK", "of the test set", offsetof(struct args, set.task)},
    {"images", 'i', BX_OPT_STR, "FOLDER", "where the test set's images are, when not beside the annotations",
     offsetof(struct args, set.images)},
    {"cache", 0, BX_OPT_STR, "FOLDER", "where hashes are kept (default: the user's cache; '' nowhere)", offsetof(struct args, cache)},
    {"json", 0, BX_OPT_FLAG, NULL, "print JSON", offsetof(struct args, json)},
    {0},
};

/* The others, of all that --against names, and which of them is whose. */
struct others {
    struct bx_hashed *at;
    size_t n, cap;
    size_t end[64]; /* of each --against */
};

static bool add_others(const struct args *args, const char *path, struct others *o, struct bx_arena *a, struct bx_err *e)
{
    struct bx_hashes h = {0};
    struct bx_manifest m = {0};
    const struct bx_testset_args set = {.split = args->against_split, .voc_offset = -1};
    bool ok = bx_path_is_dir(path) || args->against_split ? bx_hashes_of(&set, path, bx_hashes_cache(args->cache, a), false, &h, a, e)
                                                          : bx_manifest_read(path, &m, a, e);
    const struct bx_hashed *at = h.at ? h.at : m.at;
    size_t n = h.at ? h.n : m.n;
    if (!ok)
        return false;
    if (!n)
        return true;
    o->at = bx_grow(o->at, &o->cap, o->n + n, sizeof *o->at);
    memcpy(o->at + o->n, at, n * sizeof *at);
    o->n += n;
    return true;
}

static size_t whose(const struct others *o, size_t other)
{
    size_t k = 0;
    while (other >= o->end[k])
        k++;
    return k;
}

static const char *turned(unsigned turn)
{
    static const char *const words[BX_TURNS] = {"", ", mirrored", ", upside down and mirrored", ", turned by 180 degrees"};
    return words[turn % BX_TURNS];
}

struct tally {
    size_t images, exact, pictures; /* of the set: at all; byte for byte; only as a picture */
};

static struct tally count(const struct bx_contact *c, size_t n)
{
    struct tally t = {0};
    for (size_t i = 0; i < n; i++)
        if (!i || c[i].image != c[i - 1].image) { /* exact ones come first */
            t.images++;
            t.exact += c[i].exact;
            t.pictures += !c[i].exact;
        }
    return t;
}

static void print_pairs(const struct args *args, const struct bx_hashes *set, const struct others *o, const struct bx_contact *c, size_t n,
                        struct bx_arena *a)
{
    for (size_t i = 0; i < n; i++) {
        const struct bx_hashed *other = &o->at[c[i].other];
        char sha[17];
        bx_hex(sha, other->sha, 8);
        printf("  %s  %s  %s: %s", bx_testset_shown(a, set->at[c[i].image].name), c[i].exact ? "=" : "~",
               bx_testset_shown(a, args->against.at[whose(o, c[i].other)]), other->name ? bx_testset_shown(a, other->name) : sha);
        if (c[i].exact)
            printf("\n");
        else
            printf(" (%.2f%s)\n", (double)c[i].likeness, turned(c[i].turn));
    }
}

static void print_json(const struct args *args, const char *path, const struct bx_hashes *set, const struct others *o,
                       const struct bx_contact *c, size_t n, const struct tally *t)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    struct bx_jw w = {.out = &b, .spaced = true};
    char sha[65];
    bx_jw_object(&w, NULL);
    bx_jw_uint(&w, "format", 1);
    bx_jw_str(&w, "test_set", path);
    bx_jw_uint(&w, "images", set->n);
    bx_jw_uint(&w, "against", o->n);
    bx_jw_uint(&w, "contaminated", t->images);
    bx_jw_uint(&w, "exact", t->exact);
    bx_jw_uint(&w, "pictures", t->pictures);
    bx_jw_line(&w, 1);
    bx_jw_array(&w, "pairs");
    for (size_t i = 0; i < n; i++) {
        const struct bx_hashed *other = &o->at[c[i].other];
        bx_jw_line(&w, 2);
        bx_jw_object(&w, NULL);
        bx_jw_str(&w, "image", set->at[c[i].image].name);
        bx_jw_bool(&w, "exact", c[i].exact);
        bx_jw_num(&w, "likeness", c[i].exact ? 1 : (double)(float)((int)(c[i].likeness * 1000)) / 1000);
        bx_jw_bool(&w, "mirrored", c[i].turn & 1);
        bx_jw_bool(&w, "upside_down", (c[i].turn & 2) != 0);
        bx_jw_str(&w, "against", args->against.at[whose(o, c[i].other)]);
        bx_jw_str(&w, "name", other->name);
        bx_hex(sha, other->sha, 32);
        bx_jw_str(&w, "sha256", sha);
        bx_jw_object_end(&w);
    }
    bx_jw_array_end(&w);
    bx_jw_object_end(&w);
    puts(bx_buf_str(&b));
}

static bool look(const struct args *args, const char *path, bool *found, struct bx_arena *a, struct bx_err *e)
{
    struct others o = {0};
    struct bx_hashes set;
    struct bx_contact *c;
    size_t n;
    bool ok = true;
    for (size_t i = 0; ok && i < args->against.n; i++) {
        ok = add_others(args, args->against.at[i], &o, a, e);
        o.end[i] = o.n;
    }
    ok = ok && bx_hashes_of(&args->set, path, bx_hashes_cache(args->cache, a), true, &set, a, e);
    if (ok) {
        uint8_t(*sha)[32] = bx_alloc(a, set.n, 32);
        for (size_t i = 0; i < set.n; i++)
            memcpy(sha[i], set.at[i].sha, 32);
        const struct bx_contamination in = {(const uint8_t(*)[32])sha, set.thumbs, set.has_thumb, set.n, o.at, o.n, 0, 0, NULL};
        int64_t begun = bx_time_monotonic();
        ok = bx_contamination_find(&in, &c, &n, a, e);
        bx_verbose("looked up in %.2f s", (double)(bx_time_monotonic() - begun) / 1e9);
    }
    if (ok) {
        struct tally t = count(c, n);
        *found = t.images > 0;
        if (args->json)
            print_json(args, path, &set, &o, c, n, &t);
        else {
            printf("%s: of %zu image%s %zu %s among %zu others: %zu byte for byte, %zu as the same picture\n", bx_testset_shown(a, path),
                   set.n, bx_plural(set.n), t.images, t.images == 1 ? "is" : "are", o.n, t.exact, t.pictures);
            print_pairs(args, &set, &o, c, n, a);
        }
    }
    free(o.at);
    return ok;
}

static int run(const struct bx_verb *v, int argc, char **argv)
{
    struct args args = {.set.voc_offset = -1};
    struct bx_arena a = {0};
    struct bx_err e = {0};
    bool found = false;
    int operands = 0, status = bx_options(v, argc, argv, &args, &operands);
    if (status >= 0)
        return status;
    if (operands != 1 || !args.against.n)
        return bx_verb_usage(v, "expected one test set and --against what it is looked for in");
    status = look(&args, argv[1], &found, &a, &e) ? found : bx_verb_fail(v, &e);
    bx_arena_release(&a);
    return status;
}

const struct bx_verb bx_verb_testset_contamination = {
    "testset contamination",
    "TESTSET --against PATH… [OPTION…]",
    "which images of a test set are among others, as of training data",
    options,
    "Each image of the test set is looked for among the others: byte for byte ('='), and as the same picture ('~', with its likeness from\n"
    "0.72 to 1): scaled, compressed again, brighter, mirrored, or one of both cropped by up to a tenth of each side. At most four pictures "
    "are\n"
    "told of an image. A picture of one colour is compared by its bytes alone. Exits with 1 when there is one.\n"
    "\n"
    "  boxscore testset contamination data/data.yaml --split test --against data/data.yaml --against-split train\n"
    "  boxscore testset contamination val.json --images val2017 --against train2017.jsonl --json\n",
    run,
};
