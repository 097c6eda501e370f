/*
 * main.c: shapes-runner's options and its side of the runner protocol: one JSON line in, one out.
 */
#include "runner.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char usage[] =
    "usage: shapes-runner [OPTION...]\n"
    "\n"
    "Finds discs, rings, squares, triangles and stars in images. Speaks the boxscore runner protocol: JSON lines on stdin and stdout.\n"
    "\n"
    "  --task detect|segment|obb              what to answer: boxes, also masks, or oriented boxes (detect)\n"
    "  --method threshold|components|edges|regions\n"
    "                                         how to find regions, from fast to thorough (components)\n"
    "  --classifier circularity|corners|template\n"
    "                                         how to tell the classes apart (template)\n"
    "  --scale X                              resize the image first, 0.1 to 4 (1)\n"
    "  --levels N                             look so many times, each at half the scale of the one before, 1 to 4 (1)\n"
    "  --min-size N                           ignore what is narrower or lower than N pixels of the original (5)\n"
    "  --sensitivity X                        noise spreads by which a shape must stand out, 0.5 to 50 (4)\n"
    "  --smooth N                             passes of smoothing, 0 to 10 (1)\n"
    "  --fill-holes                           see silhouettes only\n"
    "  --min-score X                          answer nothing below this score, 0 to 1 (0.01)\n"
    "  --explain                              add the numbers behind each score\n"
    "\n"
    "Example: echo '{\"id\": 1, \"image\": \"/tmp/a.png\"}' | shapes-runner --method regions --scale 2\n";

static int wrong_usage(const char *option, const char *value, const char *expected)
{
    fprintf(stderr, "shapes-runner: option '%s': found '%s', expected %s\n", option, value ? value : "nothing", expected);
    return 2;
}

/* Index of value among the names, or -1. */
static int choice(const char *value, const char *const *names, int n)
{
    for (int i = 0; value && i < n; i++)
        if (!strcmp(value, names[i]))
            return i;
    return -1;
}

static bool number(const char *value, double lo, double hi, double *out)
{
    char *end;
    if (!value || !*value)
        return false;
    double v = strtod(value, &end);
    if (*end || !(v >= lo && v <= hi))
        return false;
    *out = v;
    return true;
}

/* 0, or the exit status after a message; -1: help was asked for. */
static int parse(int argc, char **argv, struct settings *s)
{
    static const char *const tasks[] = {"detect", "segment", "obb"}, *const methods[] = {"threshold", "components", "edges", "regions"},
                             *const classifiers[] = {"circularity", "corners", "template"};
    for (int i = 1; i < argc; i++) {
        const char *o = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        int k;
        double v;
        if (!strcmp(o, "--help") || !strcmp(o, "-h"))
            return -1;
        if (!strcmp(o, "--fill-holes")) {
            s->fill_holes = true;
            continue;
        }
        if (!strcmp(o, "--explain")) {
            s->explain = true;
            continue;
        }
        i++;
        if (!strcmp(o, "--task")) {
            if ((k = choice(value, tasks, 3)) < 0)
                return wrong_usage(o, value, "detect, segment or obb");
            s->task = (enum task)k;
        } else if (!strcmp(o, "--method")) {
            if ((k = choice(value, methods, 4)) < 0)
                return wrong_usage(o, value, "threshold, components, edges or regions");
            s->method = (enum method)k;
        } else if (!strcmp(o, "--classifier")) {
            if ((k = choice(value, classifiers, 3)) < 0)
                return wrong_usage(o, value, "circularity, corners or template");
            s->classifier = (enum classifier)k;
        } else if (!strcmp(o, "--scale")) {
            if (!number(value, 0.1, 4, &s->scale))
                return wrong_usage(o, value, "a number from 0.1 to 4");
        } else if (!strcmp(o, "--levels")) {
            if (!number(value, 1, 4, &v))
                return wrong_usage(o, value, "a whole number from 1 to 4");
            s->levels = (int)v;
        } else if (!strcmp(o, "--min-size")) {
            if (!number(value, 1, 10000, &s->min_size))
                return wrong_usage(o, value, "a number from 1 to 10000");
        } else if (!strcmp(o, "--sensitivity")) {
            if (!number(value, 0.5, 50, &s->sensitivity))
                return wrong_usage(o, value, "a number from 0.5 to 50");
        } else if (!strcmp(o, "--smooth")) {
            if (!number(value, 0, 10, &v))
                return wrong_usage(o, value, "a whole number from 0 to 10");
            s->smooth = (int)v;
        } else if (!strcmp(o, "--min-score")) {
            if (!number(value, 0, 1, &s->min_score))
                return wrong_usage(o, value, "a number from 0 to 1");
        } else {
            fprintf(stderr, "shapes-runner: unknown option '%s' (--help lists them)\n", o);
            return 2;
        }
    }
    return 0;
}

static double milliseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double rounded(double v, double steps)
{
    return round(v * steps) / steps;
}

static cJSON *numbers(const double *v, int n, double steps)
{
    cJSON *a = cJSON_CreateArray();
    for (int i = 0; i < n; i++)
        cJSON_AddItemToArray(a, cJSON_CreateNumber(rounded(v[i], steps)));
    return a;
}

static cJSON *points(const struct point *p, int n)
{
    cJSON *a = cJSON_CreateArray();
    for (int i = 0; i < n; i++) {
        cJSON_AddItemToArray(a, cJSON_CreateNumber(rounded(p[i].x, 100)));
        cJSON_AddItemToArray(a, cJSON_CreateNumber(rounded(p[i].y, 100)));
    }
    return a;
}

static cJSON *prediction(const struct detection *d, const struct settings *s, const struct picture *im)
{
    cJSON *p = cJSON_CreateObject();
    cJSON_AddNumberToObject(p, "class", d->class);
    cJSON_AddNumberToObject(p, "score", rounded(d->score, 1e6));
    if (s->task == TASK_OBB)
        cJSON_AddItemToObject(p, "obb", points(d->obb, 4));
    else
        cJSON_AddItemToObject(p, "box", numbers(d->box, 4, 100));
    if (d->runs) {
        cJSON *rle = cJSON_AddObjectToObject(p, "rle"), *size = cJSON_AddArrayToObject(rle, "size"),
              *counts = cJSON_AddArrayToObject(rle, "counts");
        cJSON_AddItemToArray(size, cJSON_CreateNumber(im->h));
        cJSON_AddItemToArray(size, cJSON_CreateNumber(im->w));
        for (size_t i = 0; i < d->nruns; i++)
            cJSON_AddItemToArray(counts, cJSON_CreateNumber(d->runs[i]));
    } else if (s->task == TASK_SEGMENT) {
        cJSON *rings = cJSON_AddArrayToObject(p, "poly");
        cJSON_AddItemToArray(rings, points(d->outline.p, d->outline.n));
    }
    if (s->explain)
        cJSON_AddItemToObject(p, "features", numbers(d->features, FEATURES, 1e4));
    return p;
}

static cJSON *answer(const cJSON *request, const struct settings *s)
{
    cJSON *out = cJSON_CreateObject();
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(request, "id"), *path = cJSON_GetObjectItemCaseSensitive(request, "image");
    cJSON_AddItemToObject(out, "id", id ? cJSON_Duplicate(id, 1) : cJSON_CreateNull());
    if (!cJSON_IsNumber(id) || !cJSON_IsString(path)) {
        cJSON_AddStringToObject(out, "error",
                                cJSON_IsObject(request) ? "a request needs an id (number) and an image (path)"
                                                        : "a request is a JSON object on one line");
        return out;
    }
    double start = milliseconds();
    struct picture im;
    const char *why;
    if (!picture_load(path->valuestring, &im, &why)) {
        cJSON_AddStringToObject(out, "error", why);
        return out;
    }
    struct detections d = detect(&im, s);
    cJSON_AddNumberToObject(out, "ms", rounded(milliseconds() - start, 1e3));
    cJSON_AddNumberToObject(out, "w", im.w);
    cJSON_AddNumberToObject(out, "h", im.h);
    cJSON *all = cJSON_AddArrayToObject(out, "predictions");
    for (size_t i = 0; i < d.n; i++)
        cJSON_AddItemToArray(all, prediction(&d.all[i], s, &im));
    detections_release(&d);
    picture_release(&im);
    return out;
}

static bool say(cJSON *o)
{
    char *text = cJSON_PrintUnformatted(o);
    cJSON_Delete(o);
    if (!text) {
        fprintf(stderr, "shapes-runner: out of memory\n");
        exit(1);
    }
    bool ok = printf("%s\n", text) >= 0 && fflush(stdout) == 0;
    cJSON_free(text);
    return ok;
}

static cJSON *handshake(const struct settings *s)
{
    static const char *const tasks[] = {"detect", "segment", "obb"};
    cJSON *o = cJSON_CreateObject();
    cJSON_AddNumberToObject(o, "proto", 1);
    cJSON_AddTrueToObject(o, "ready");
    cJSON_AddStringToObject(o, "task", tasks[s->task]);
    cJSON *names = cJSON_AddArrayToObject(o, "names");
    for (int c = 0; c < CLASSES; c++)
        cJSON_AddItemToArray(names, cJSON_CreateString(class_names[c]));
    cJSON_AddStringToObject(o, "runner", "shapes-runner " BX_VERSION);
    return o;
}

int main(int argc, char **argv)
{
    struct settings s = {.method = METHOD_COMPONENTS,
                         .classifier = BY_TEMPLATE,
                         .scale = 1,
                         .levels = 1,
                         .min_size = 5,
                         .sensitivity = 4,
                         .smooth = 1,
                         .min_score = 0.01};
    signal(SIGPIPE, SIG_IGN); /* the host has gone: a failed write ends the loop */
    int status = parse(argc, argv, &s);
    if (status < 0) {
        fputs(usage, stdout);
        return 0;
    }
    if (status)
        return status;
    classify_prepare();
    if (!say(handshake(&s)))
        return 1;
    char *line = NULL;
    size_t room = 0;
    bool heard = true;
    for (ssize_t n; heard && (n = getline(&line, &room, stdin)) > 0;) {
        if (strspn(line, " \t\r\n") == (size_t)n)
            continue;
        cJSON *request = memchr(line, 0, (size_t)n) ? NULL : cJSON_ParseWithOpts(line, NULL, 1);
        heard = say(answer(request, &s));
        cJSON_Delete(request);
    }
    free(line);
    if (!heard)
        fprintf(stderr, "shapes-runner: cannot write an answer: %s\n", strerror(errno));
    return heard ? 0 : 1;
}
