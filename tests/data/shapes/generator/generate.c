/*
 * generate.c: draws the shapes test set, images and COCO, YOLO and Pascal VOC labels.
 *
 *     cc -std=c11 -O2 -ffp-contract=off -o generate generate.c numbers.c scene.c paint.c visible.c -lpng -ljpeg && ./generate OUT_FOLDER
 * [SEED]
 *
 * With another SEED than 0: other scenes of the same kind, to develop detectors on.
 *
 * The same bytes of labels on every machine: no C library sine, no clock, no locale, no threads. The images' bytes also depend on the
 * versions of libpng, zlib and libjpeg.
 */
#define _POSIX_C_SOURCE 200809L
#include "generator.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const class_names[CLASSES] = {"disc", "ring", "square", "triangle", "star"};
static const int class_ids[CLASSES] = {1, 2, 3, 5, 7}; /* with gaps, as COCO's */

struct split {
    const char *name, *out;
    bool all_formats; /* test: also polygons, oriented boxes and VOC */
    FILE *images, *annotations;
    int image_id, annotation_id;
};

static FILE *create(const char *out, const char *folder, const char *stem, const char *extension)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s/%s%s", out, folder, stem, extension);
    FILE *f = fopen(path, "wb");
    if (!f)
        die("cannot create", path);
    return f;
}

static void finish(FILE *f)
{
    if (ferror(f) || fclose(f))
        die("cannot write", "a file");
}

static void folder(const char *out, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", out, name);
    if (mkdir(path, 0777) && errno != EEXIST)
        die("cannot make", path);
}

static void voc_object(FILE *f, int kind, const double box[4], bool truncated, bool difficult)
{
    /* the devkit's coordinates: from 1, inclusive */
    fprintf(f,
            "\t<object>\n\t\t<name>%s</name>\n\t\t<pose>Unspecified</pose>\n\t\t<truncated>%d</truncated>\n\t\t<difficult>%d</difficult>\n",
            class_names[kind], truncated, difficult);
    long x0 = (long)floor_of(box[0] + 0.5) + 1, y0 = (long)floor_of(box[1] + 0.5) + 1, x1 = (long)floor_of(box[2] + 0.5),
         y1 = (long)floor_of(box[3] + 0.5);
    fprintf(f,
            "\t\t<bndbox>\n\t\t\t<xmin>%ld</xmin>\n\t\t\t<ymin>%ld</ymin>\n\t\t\t<xmax>%ld</xmax>\n\t\t\t<ymax>%ld</ymax>\n\t\t</"
            "bndbox>\n\t</object>\n",
            x0, y0, x1 < x0 ? x0 : x1, y1 < y0 ? y0 : y1);
}

static void begin_annotation(struct split *sp, int kind, bool crowd, long area, const double box[4])
{
    sp->annotation_id++;
    fprintf(sp->annotations,
            "%s{\"id\": %d, \"image_id\": %d, \"category_id\": %d, \"iscrowd\": %d, \"area\": %ld, \"bbox\": [%.2f, %.2f, %.2f, %.2f], "
            "\"segmentation\": ",
            sp->annotation_id > 1 ? ",\n  " : "\n  ", sp->annotation_id, sp->image_id, class_ids[kind], crowd, area, box[0], box[1],
            box[2] - box[0], box[3] - box[1]);
}

/* All crowd shapes of a scene as one run-length mask, column by column. */
static void write_crowd(struct split *sp, const struct scene *sc, FILE *voc)
{
    int kind = -1;
    long area = 0, run = 0;
    double box[4] = {1e9, 1e9, -1, -1};
    size_t w = (size_t)sc->w, h = (size_t)sc->h;
    uint8_t *mask = make(w * h, 1);
    for (int i = 0; i < sc->n; i++)
        kind = sc->shapes[i].crowd ? (int)sc->shapes[i].kind : kind;
    if (kind >= 0) {
        for (size_t y = 0; y < h; y++)
            for (size_t x = 0; x < w; x++) {
                int samples = 0;
                for (size_t k = 0; k < SUB * SUB; k++) {
                    unsigned id = sc->map[(y * SUB + k / SUB) * w * SUB + x * SUB + k % SUB];
                    samples += id && sc->shapes[id - 1].crowd;
                }
                if (samples < 8)
                    continue;
                mask[x * h + y] = 1, area++;
                box[0] = (double)x < box[0] ? (double)x : box[0], box[2] = (double)x + 1 > box[2] ? (double)x + 1 : box[2];
                box[1] = (double)y < box[1] ? (double)y : box[1], box[3] = (double)y + 1 > box[3] ? (double)y + 1 : box[3];
            }
        begin_annotation(sp, kind, true, area, box);
        fprintf(sp->annotations, "{\"size\": [%d, %d], \"counts\": [", sc->h, sc->w);
        uint8_t value = 0;
        for (size_t i = 0; i < w * h; i++) {
            if (mask[i] != value) {
                fprintf(sp->annotations, "%ld, ", run);
                value = mask[i], run = 0;
            }
            run++;
        }
        fprintf(sp->annotations, "%ld]}}", run);
        if (voc)
            voc_object(voc, kind, box, false, true);
    }
    free(mask);
}

static void write_labels(struct split *sp, struct scene *sc, const char *stem, const char *file)
{
    char path[64];
    snprintf(path, sizeof path, "%s/labels", sp->name);
    FILE *boxes = create(sp->out, path, stem, ".txt"), *polygons = NULL, *obbs = NULL, *voc = NULL;
    if (sp->all_formats) {
        polygons = create(sp->out, "test-seg/labels", stem, ".txt");
        obbs = create(sp->out, "test-obb/labels", stem, ".txt");
        voc = create(sp->out, "test/voc", stem, ".xml");
        fprintf(voc,
                "<annotation>\n\t<folder>images</folder>\n\t<filename>%s</filename>\n\t<size>\n\t\t<width>%d</width>\n\t\t<height>%d</"
                "height>\n\t\t<depth>%d</depth>\n\t</size>\n"
                "\t<segmented>0</segmented>\n",
                file, sc->w, sc->h, sc->grey ? 1 : 3);
    }
    sp->image_id++;
    fprintf(sp->images, "%s{\"id\": %d, \"file_name\": \"%s\", \"width\": %d, \"height\": %d, \"license\": 1}",
            sp->image_id > 1 ? ",\n  " : "\n  ", sp->image_id, file, sc->w, sc->h);
    for (int i = 0; i < sc->n; i++) {
        const struct shape *s = &sc->shapes[i];
        if (s->crowd || s->kind >= CLASSES)
            continue;
        struct visible v = look(sc, i);
        if (v.n && v.pixels >= 10 && v.samples >= 0.2 * s->full) {
            join_loops(&v, false);
            begin_annotation(sp, (int)s->kind, false, v.pixels, v.box);
            for (int k = 0; k < v.n; k++) {
                fprintf(sp->annotations, "%s[", k ? ", " : "[");
                for (int j = 0; j < v.loops[k].n; j++)
                    fprintf(sp->annotations, "%s%.2f, %.2f", j ? ", " : "", v.loops[k].p[j].x, v.loops[k].p[j].y);
                fprintf(sp->annotations, "]");
            }
            fprintf(sp->annotations, "]}");
            double w = sc->w, h = sc->h;
            fprintf(boxes, "%d %.6f %.6f %.6f %.6f\n", (int)s->kind, (v.box[0] + v.box[2]) / 2 / w, (v.box[1] + v.box[3]) / 2 / h,
                    (v.box[2] - v.box[0]) / w, (v.box[3] - v.box[1]) / h);
            if (sp->all_formats) {
                join_loops(&v, true);
                fprintf(polygons, "%d", (int)s->kind);
                for (int j = 0; j < v.loops[0].n; j++)
                    fprintf(polygons, " %.6f %.6f", v.loops[0].p[j].x / w, v.loops[0].p[j].y / h);
                fprintf(polygons, "\n");
                fprintf(obbs, "%d", (int)s->kind);
                for (int k = 0; k < 4; k++)
                    fprintf(obbs, " %.6f %.6f", v.obb[2 * k] / w, v.obb[2 * k + 1] / h);
                fprintf(obbs, "\n");
                voc_object(voc, (int)s->kind, v.box, v.samples < 0.95 * s->full, false);
            }
        }
        forget(&v);
    }
    write_crowd(sp, sc, voc);
    finish(boxes);
    if (sp->all_formats) {
        finish(polygons);
        finish(obbs);
        fprintf(voc, "</annotation>\n");
        finish(voc);
    }
}

static void emit(struct split *sp, struct scene *sc, const struct plan *p)
{
    char stem[32], file[40], path[64];
    snprintf(stem, sizeof stem, "%s-%03d", sp->name, sp->image_id + 1);
    snprintf(file, sizeof file, "%s%s", stem, p->quality ? ".jpg" : ".png");
    snprintf(path, sizeof path, "%s/images", sp->name);
    uint8_t *shown = paint(sc);
    int w, h;
    uint8_t *stored = store_as(shown, sc->w, sc->h, p->orientation, &w, &h);
    FILE *f = create(sp->out, path, file, "");
    if (p->quality)
        write_jpeg(f, stored, w, h, p);
    else
        write_png(f, stored, w, h, p);
    finish(f);
    free(shown);
    free(stored);
    write_labels(sp, sc, stem, file);
    free(sc->map);
}

#define TEST_IMAGES  60
#define SMALL_IMAGES 12

static struct plan test_plan(int i)
{
    static const int sizes[][2] = {{320, 240}, {640, 480}, {240, 320}, {480, 360}, {160, 120}, {400, 300},
                                   {512, 512}, {200, 200}, {640, 427}, {360, 480}, {300, 225}, {448, 448}};
    static const int qualities[] = {88, 75, 92, 82};
    static const struct {
        int image, orientation;
    } turned[] = {{6, 6}, {13, 8}, {22, 3}, {27, 6}, {34, 2}, {41, 5}, {47, 7}, {53, 4}, {36, 6}};
    struct plan p = {.w = sizes[i % 12][0], .h = sizes[i % 12][1], .quality = qualities[(i / 3) % 4], .no_subsampling = i % 5 == 1};
    if (i % 3 == 0 && p.w * p.h <= 90000) /* noisy PNGs are heavy: the small ones */
        p.quality = 0;
    for (size_t k = 0; k < sizeof turned / sizeof *turned; k++)
        if (turned[k].image == i)
            p.orientation = turned[k].orientation;
    p.empty = i == 4 || i == 17 || i == 29 || i == 44 || i == 56;
    p.crowd = i == 3 || i == 15 || i == 26 || i == 37 || i == 48;
    p.grey = i == 8 || i == 24;
    return p;
}

static void open_split(struct split *sp, const char *out, const char *name)
{
    *sp = (struct split){.name = name, .out = out, .all_formats = !strcmp(name, "test")};
    char path[64];
    folder(out, name);
    snprintf(path, sizeof path, "%s/images", name);
    folder(out, path);
    snprintf(path, sizeof path, "%s/labels", name);
    folder(out, path);
    sp->images = tmpfile();
    sp->annotations = tmpfile();
    if (!sp->images || !sp->annotations)
        die("cannot make", "a temporary file");
}

static void append(FILE *to, FILE *from)
{
    rewind(from);
    for (int c; (c = getc(from)) != EOF;)
        putc(c, to);
    finish(from);
}

static void close_split(struct split *sp)
{
    FILE *f = create(sp->out, sp->name, "annotations", ".json");
    fprintf(f,
            "{\n\"info\": {\"description\": \"shapes, %s split\", \"version\": \"1\"},\n\"licenses\": [{\"id\": 1, \"name\": "
            "\"Apache-2.0\", \"url\": \"https://www.apache.org/licenses/LICENSE-2.0\"}],\n\"images\": [",
            sp->name);
    append(f, sp->images);
    fprintf(f, "\n],\n\"annotations\": [");
    append(f, sp->annotations);
    fprintf(f, "\n],\n\"categories\": [");
    for (int i = 0; i < CLASSES; i++)
        fprintf(f, "%s{\"id\": %d, \"name\": \"%s\", \"supercategory\": \"shape\"}", i ? ",\n  " : "\n  ", class_ids[i], class_names[i]);
    fprintf(f, "\n]\n}\n");
    finish(f);
}

static void write_yaml(const char *out, const char *where, const char *splits)
{
    FILE *f = create(out, where, "data", ".yaml");
    fprintf(f, "%snc: %d\nnames:\n", splits, CLASSES);
    for (int i = 0; i < CLASSES; i++)
        fprintf(f, "  %d: %s\n", i, class_names[i]);
    finish(f);
}

static void link_images(const char *out, const char *where)
{
    char path[1024];
    folder(out, where);
    snprintf(path, sizeof path, "%s/labels", where);
    folder(out, path);
    snprintf(path, sizeof path, "%s/%s/images", out, where);
    if (symlink("../test/images", path) && errno != EEXIST)
        die("cannot link", path);
}

/* A test scene again, a little different: brighter, cut at its edges, and in other JPEG bytes. */
static void emit_near_duplicate(struct split *sp, uint64_t seed, int test_image, double gain, int cut, int quality)
{
    static struct scene sc;
    struct plan p = test_plan(test_image);
    build(&sc, &p, seed + (uint64_t)test_image);
    sc.w -= 2 * cut, sc.h -= 2 * cut, sc.ox = cut, sc.oy = cut / 2, sc.gain = gain;
    memset(sc.map, 0, (size_t)sc.w * SUB * (size_t)sc.h * SUB * sizeof *sc.map);
    for (int i = 0; i < sc.n; i++)
        raster(&sc, &sc.shapes[i], (uint16_t)(i + 1), NULL);
    p.quality = quality, p.orientation = 0;
    emit(sp, &sc, &p);
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: generate OUT_FOLDER [SEED]\n");
        return 2;
    }
    uint64_t seed = argc == 3 ? strtoull(argv[2], NULL, 10) * 1000000 : 0;
    const char *out = argv[1];
    static struct scene sc;
    struct split sp;
    if (mkdir(out, 0777) && errno != EEXIST)
        die("cannot make", out);
    link_images(out, "test-seg");
    link_images(out, "test-obb");
    folder(out, "test");
    folder(out, "test/voc");
    open_split(&sp, out, "test");
    for (int i = 0; i < TEST_IMAGES; i++) {
        struct plan p = test_plan(i);
        build(&sc, &p, seed + (uint64_t)i);
        emit(&sp, &sc, &p);
    }
    close_split(&sp);
    static const char *const small[] = {"train", "valid"};
    for (int k = 0; k < 2; k++) {
        open_split(&sp, out, small[k]);
        for (int i = 0; i < SMALL_IMAGES; i++) {
            if (i == 5) {
                emit_near_duplicate(&sp, seed, k ? 10 : 0, k ? 1 : 1.12, k ? 0 : 6, k ? 60 : 85);
                continue;
            }
            static const int sizes[][2] = {{200, 150}, {240, 180}, {160, 160}, {150, 200}};
            struct plan p = {.w = sizes[i % 4][0], .h = sizes[i % 4][1], .quality = i % 4 == 3 ? 0 : 86, .empty = i == 9, .crowd = i == 7};
            build(&sc, &p, seed + (uint64_t)(1000 + 1000 * k + i));
            emit(&sp, &sc, &p);
        }
        close_split(&sp);
    }
    write_yaml(out, ".", "train: train/images\nval: valid/images\ntest: test/images\n");
    write_yaml(out, "test-seg", "val: images\ntest: images\n");
    write_yaml(out, "test-obb", "val: images\ntest: images\n");
    return 0;
}
