/* testset_origin.c: see testset_origin.h: source.json; data.yaml, README.roboflow.txt; COCO's info and licenses; the settings. */
#include "cmd/testset_origin.h"
#include "core/base/arena.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/fetch/source.h"
#include "core/settings/settings.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Is `set` the file or folder `path`, or a folder close above it? */
static bool holds(const char *set, const char *path, struct bx_arena *a)
{
    enum { FOLDERS = 4 };
    struct stat x, y;
    const char *at = bx_path_absolute(a, path);
    if (!set || stat(set, &x) != 0)
        return false;
    for (int i = 0; i < FOLDERS; i++, at = bx_path_dir(a, at))
        if (stat(at, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino)
            return true;
    return false;
}

static void take_words(const struct bx_settings *settings, const char *path, const char *source, struct bx_source *s, struct bx_arena *a)
{
    for (size_t i = 0; i < settings->nsets; i++) {
        const struct bx_set_settings *set = &settings->sets[i];
        if ((!set->origin && !set->license) || (!holds(set->path, path, a) && !holds(set->path, source, a)))
            continue;
        s->origin = set->origin ? set->origin : s->origin;
        s->license = set->license ? set->license : s->license;
        return;
    }
}

/* Settings that are wrong are for who runs a night to hear of. */
static void ask_settings(const char *path, const char *source, struct bx_source *s, struct bx_arena *a)
{
    struct bx_settings settings;
    struct bx_problems problems = {.arena = a};
    if (bx_path_exists("boxscore.json") && bx_settings_load("boxscore.json", &settings, a, &problems))
        take_words(&settings, path, source, s, a);
    bx_problems_free(&problems);
}

static bool find(const struct bx_testset *t, const char *path, struct bx_source *s, struct bx_arena *a)
{
    bx_source_find(t->source, s, a);
    s->origin = s->origin ? s->origin : t->page;
    s->license = s->license ? s->license : t->license;
    ask_settings(path, t->source, s, a);
    return s->source || s->origin || s->license;
}

void bx_origin_print(const struct bx_testset *t, const char *path)
{
    struct bx_arena a = {0};
    struct bx_source s;
    if (find(t, path, &s, &a)) {
        BX_CLEANUP_BUF struct bx_buf text = {0};
        BX_CLEANUP_BUF struct bx_buf clean = {0};
        const char *from = s.source ? s.source : s.origin;
        bool both = s.source && s.origin && strcmp(s.source, s.origin) != 0;
        bx_buf_addf(&text, "%s%s%.10s%s%s%slicence %s", from ? from : "", s.fetched ? ", fetched " : "", s.fetched ? s.fetched : "",
                    both ? "; " : "", both ? s.origin : "", from ? "; " : "", s.license ? s.license : "not stated");
        bx_buf_add_visible(&clean, text.p, text.n);
        printf("  origin       %s\n", bx_buf_str(&clean));
    }
    bx_arena_release(&a);
}

void bx_origin_json(struct bx_jw *w, const struct bx_testset *t, const char *path)
{
    struct bx_arena a = {0};
    struct bx_source s;
    bx_jw_line(w, 1);
    if (find(t, path, &s, &a)) {
        bx_jw_object(w, "origin");
        bx_jw_str(w, "source", s.source);
        bx_jw_str(w, "fetched", s.fetched);
        bx_jw_str(w, "page", s.origin);
        bx_jw_str(w, "license", s.license);
        bx_jw_str(w, "archive_sha256", s.sha256);
        bx_jw_object_end(w);
    } else
        bx_jw_null(w, "origin");
    bx_arena_release(&a);
}
