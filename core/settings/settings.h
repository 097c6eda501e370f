/*
 * settings.h: the operator's one file, boxscore.json: JSON with comments, read strictly (core/base/conf.h). Relative paths in it start at
 * its own folder; in the struct all paths are absolute. Memory belongs to the arena it was loaded with.
 *
 *     {
 *       "format": 1,
 *       "boards": [{                               // one entry today
 *         "slug": "shapes", "title": "Shapes",
 *         "test_set": {"path": "data/test", "format": "auto", "split": "test", "images": "data/test/images"},
 *         "task": "detect", "geometry": "box"      // task: how 9-token YOLO lines are meant; geometry: what is scored
 *       }],
 *       "models": "models.d",
 *       "database": "boxscore.db",
 *       "site": "site",
 *       "template": "site-template",               // absent: the shipped one
 *       "runner_path": ["/usr/libexec/boxscore"],  // where bare program names are looked up; the shipped runners' folder comes after these
 *       "allow": [{"models": "shapes-*", "reason": "the shipped ones"}],   // commands that need no `boxscore allow`
 *       "allowed": "allowed.json",                 // where `boxscore allow` keeps its digests
 *       "secrets": {"ROBOFLOW_API_KEY": {"models": ["rf-*"], "hosts": ["serverless.roboflow.com"]}},
 *       "max_age": "30d",                          // absent: an unchanged model is not run again
 *       "stale_after": "3d",                       // when the site says that it is old
 *       "retention": {"newest": 3, "first": true, "monthly": true},
 *       "limits": {"free_disk": 1073741824, "file_size": 8589934592, "open_files": 4096},
 *       "threads": 0                               // of the metric; 0: one a processor
 *     }
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/conf.h"
#include "core/base/err.h"
#include "core/data/terms.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bx_allow_glob {
    const char *models; /* a glob on slugs (fnmatch) */
    const char *reason; /* why the operator trusts them; required */
};
struct bx_secret_grant {
    const char *name; /* of the environment variable */
    const char **models;
    size_t nmodels; /* globs on slugs */
    const char **hosts;
    size_t nhosts; /* for servers */
};

struct bx_settings {
    const char *path; /* of boxscore.json, absolute */
    const char *dir;  /* its folder */

    const char *board_slug, *board_title;
    const char *testset_path;
    const char *testset_format; /* "auto", "coco", "yolo", "voc" */
    const char *testset_split;  /* "test" by default */
    const char *testset_images; /* NULL: where the format has them */
    int testset_voc_offset;     /* 0, 1, or -1: the default */
    enum bx_task task;
    enum bx_geometry geometry;

    const char *models; /* folder of the configs */
    const char *database;
    const char *site;     /* output folder */
    const char *template; /* folder, or NULL: the shipped one */
    const char *allowed;  /* file of `boxscore allow` */
    const char **runner_path;
    size_t nrunner_path;
    const struct bx_allow_glob *allow;
    size_t nallow;
    const struct bx_secret_grant *secrets;
    size_t nsecrets;

    double max_age;           /* seconds; 0: no limit */
    double stale_after;       /* seconds; default 3 days */
    int64_t retention_newest; /* default 3 */
    bool retention_first, retention_monthly;
    int64_t limit_free_disk; /* bytes; default 1 GiB */
    int64_t limit_file_size, limit_open_files;
    int threads;
};

/* Read FILE; NULL: ./boxscore.json. A folder stands for the boxscore.json in it. All problems go to ps; false when there is an error among
 * them. */
bool bx_settings_load(const char *file, struct bx_settings *s, struct bx_arena *a, struct bx_problems *ps);

/* The same for verbs: problems are printed on stderr, one a line; e (BX_CONFIG) says how many and of which file. */
bool bx_settings_use(const char *file, struct bx_settings *s, struct bx_arena *a, struct bx_err *e);

/* Does one of the n globs match the slug? */
bool bx_glob_any(const char *slug, const char *const *globs, size_t n);
/* The first reason among the allow globs that covers the slug, or NULL. */
const char *bx_settings_allows(const struct bx_settings *s, const char *slug);
/* May this model see this environment variable? A few harmless ones (CUDA_VISIBLE_DEVICES, OMP_NUM_THREADS, …) need no grant; *hidden says
 * whether the value is a secret, to be kept out of every text. */
bool bx_settings_grants(const struct bx_settings *s, const char *slug, const char *variable, bool *hidden);
