/*
 * tags.h: what images are marked with ("night", "weather: rain"), and the slices of a board that come of it: each tag's images are scored
 * by themselves, by the board's rules, as if the board had no others.
 *
 * Tags come of COCO's images[].tags and images[].attributes (lists of strings; maps: a value that is true gives the key, one that is false
 * or null nothing, any other "key: value"), of Roboflow's images[].extra.user_tags, or of a CSV of file and tags. A name is trimmed; one of
 * more than BX_TAG_LONGEST bytes, that is no UTF-8, or that has control characters or bidirectional overrides is refused, and counted.
 */
#pragma once
#include "core/base/names.h"
#include "core/data/rules.h"

#define BX_TAGS_MOST   100 /* that are scored: those with the most images; of equal ones the first by name */
#define BX_TAG_LONGEST 120
#define BX_TAG_ENOUGH  30 /* images that the worst slice rests on, at least */

struct bx_tag {
    const char *name;
    size_t nimages;
    uint8_t *images; /* bit i & 7 of byte i / 8: image i of the test set has it */
};
struct bx_tags {
    size_t nimages; /* of the test set */
    size_t n;
    struct bx_tag *at; /* by name, bytewise */
    size_t left_out;   /* beyond BX_TAGS_MOST */
    size_t refused;    /* names */
};
static inline bool bx_tag_has(const struct bx_tag *t, size_t image)
{
    return t->images[image / 8] >> (image & 7) & 1;
}

/* {0} is empty. What was added is said once, however often it was. */
struct bx_tag_collector {
    struct bx_name_list names;
    struct bx_tag_pair {
        uint32_t tag, image;
    } * pairs;
    size_t n, cap, refused;
    struct bx_arena arena;
};
void bx_tags_add(struct bx_tag_collector *c, size_t image, const char *name, size_t n);
void bx_tags_finish(struct bx_tag_collector *c, size_t nimages, struct bx_tags *out, struct bx_arena *a); /* and c is empty */

/*
 * A CSV, a row an image and one or more tags: behind the image's name (as join.h finds it) each further cell is tags, several parted by
 * ';', '|' or ','. With a first row of headings (its first cell is no image, but "file", "image" and the like; or another one is "tag" or
 * "tags") a column that is called something else gives "heading: value", as a map does. What matches no image is left out, and *note says
 * so, with near names (NULL: nothing to say). BX_CONFIG with the line, where nothing matches, or BX_IO.
 */
bool bx_tags_read(const char *path, const struct bx_testset *t, struct bx_tags *out, const char **note, struct bx_arena *a,
                  struct bx_err *e);

/* "3 tags with fewer images are not scored; 2 names of tags were left out, …"; NULL: all are scored. */
char *bx_tags_words(const struct bx_tags *t, struct bx_arena *a);

/* As a store keeps them: u32 images, then each: u32 length, name, the bits. false: no such bytes. */
void bx_tags_pack(const struct bx_tags *t, struct bx_buf *out);
bool bx_tags_unpack(const void *p, size_t n, struct bx_tags *out, struct bx_arena *a);

/* What is scored of a tag: the board's rules with the tag's images for all or some of the board's. */
struct bx_slice_of {
    const char *tag;
    struct bx_rules rules;
    const char *protocol; /* the board's, which a report's key has: the images stand in */
    const char *subset;   /* "tagged-37-c0ffee0123456789" */
    size_t nimages;
};
#define BX_SLICE_PREFIX "tagged-"
/* Those that have an image. By name; tags NULL: none. */
size_t bx_slices_make(const struct bx_tags *tags, const struct bx_rules *board, const struct bx_testset *t, struct bx_slice_of **out,
                      struct bx_arena *a);
