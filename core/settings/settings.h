/*
 * settings.h: the operator's one file, boxscore.json: JSON with comments, read strictly (core/base/conf.h). Relative paths in it start at
 * its own folder; in the struct all paths are absolute. Memory belongs to the arena it was loaded with.
 *
 *     {
 *       "format": 1,
 *       "boards": [{                               // one or more; a slug once
 *         "slug": "shapes", "title": "Shapes",
 *         "names": ["Shapes test"],                // the test set's own names: what a config's `reported.test_set` is compared with
 *         "test_set": {"path": "data/test", "format": "auto", "split": "test", "images": "data/test/images",
 *                      "origin": "https://example.com/shapes", "license": "CC0-1.0"},   // what `testset show` says of it
 *         "task": "detect", "geometry": "box",     // task: how 9-token YOLO lines are meant; geometry: what is scored
 *         // its rules, where they are not COCO's (core/data/rules.h)
 *         "max_detections": 500,
 *         "sizes": [{"name": "tiny", "min": 0, "max": 256}, …],     // pixels squared; {"relative": true, "bins": […]}: shares of the image
 *         "iou": [0.5, 0.75],                      // or {"from": 0.5, "to": 0.95, "step": 0.05}
 *         "classes": ["car"], "ignore_classes": ["other"], "ignore_regions": ["haze"],
 *         "image_subset": "night.txt",             // image file names, one a line
 *         "tags": "tags.csv",                      // file and tags; absent: the labels' own; false: none
 *         "private": true                          // no page shows an image of the test set, its name, or numbers of few images
 *       }],
 *       "models": "models.d",
 *       "database": "boxscore.db",
 *       "site": "site",
 *       "template": "site-template",               // absent: the shipped one
 *       "runner_path": ["/usr/libexec/boxscore"],  // where bare program names are looked up; the shipped runners' folder comes after these
 *       "allow": [{"models": "shapes-*", "reason": "the shipped ones"}],   // commands that need no `boxscore allow`
 *       "allowed": "allowed.json",                 // where `boxscore allow` keeps its digests
 *       "secrets": {"ROBOFLOW_API_KEY": {"models": ["rf-*"], "hosts": ["api.roboflow.com"]}},  // one of both is enough
 *       "onnxruntime_path": "venv",                // its library, or a virtual environment that has it; absent: looked for
 *       "training_data": {"COCO train2017": "manifests/coco-train2017.jsonl"},   // manifests of what configs say they were trained on
 *       "ca_file": "ca.pem",                       // the authorities that servers are trusted by; absent: the system's
 *       "confine": {                               // commands are confined, and may reach this beyond what all do; false: none is
 *         "except": ["mine-*"],                    // slugs (globs) of those that are not
 *         "read": ["/opt/models"],                 // files and folders, or patterns of them
 *         "devices": ["/run/nvidia-persistenced"], // nodes to read and write, folders to write to; accelerators need not be named
 *         "network": ["api-*"],                    // slugs (globs) of the models that may use the network
 *         "processes": 2048,                       // at once, threads included
 *         "memory": 17179869184,                   // bytes, where a cgroup bounds it; absent: nine tenths of the machine's
 *         "temporary": 8589934592                  // bytes of private folder
 *       },
 *       "max_age": "30d",                          // absent: an unchanged model is not run again
 *       "stale_after": "3d",                       // when the site says that it is old
 *       "retention": {"newest": 3, "first": true, "monthly": true},
 *       "limits": {"free_disk": 1073741824, "file_size": 8589934592, "open_files": 4096, "answers": 4294967296,
 *                  "model_files": 68719476736, "night_files": 1099511627776},
 *       "threads": 0                               // of the metric; 0: one a processor
 *     }
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/conf.h"
#include "core/base/err.h"
#include "core/data/board.h"
#include "core/data/model.h"
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

/* What a config's training_data calls it, and the file of its images' hashes. */
struct bx_manifest_setting {
    const char *name, *path;
};

/* What commands may reach beyond what all do (core/backend/command/confine.h). */
struct bx_confine_settings {
    bool on;             /* false: none of them is confined ("confine": false) */
    const char **except; /* globs on slugs: models that are not */
    size_t nexcept;
    const char **read; /* files and folders, or patterns of them */
    size_t nread;
    const char **devices; /* nodes to read and write, folders to write to, beside the accelerators that all may use */
    size_t ndevices;
    const char **network; /* globs on slugs: models that may use the network */
    size_t nnetwork;
    int64_t processes; /* at once, threads included; default 2048 */
    int64_t memory;    /* bytes; default 0: nine tenths of the machine's */
    int64_t temporary; /* bytes of private folder; default 8 GiB */
};
struct bx_set_settings {
    const char *path;
    const char *format; /* "auto", "coco", "yolo", "voc" */
    const char *split;  /* NULL: test, and where there is none, val */
    bool train_known;   /* "i_know": the training split is scored, too */
    const char *images; /* NULL: where the format has them */
    int voc_offset;     /* 0, 1, or -1: the default */
    bool lvis;          /* read as LVIS: its boards' protocol is that */
    enum bx_task task;
    const char *origin, *license; /* where it is from, in the operator's words; NULL: as it says itself */
};
struct bx_board_settings {
    struct bx_board board;    /* without its subset of images and with class names as they were written: both need the test set */
    const char *image_subset; /* the file, or NULL */
    const char *tags;         /* the CSV, or NULL: */
    bool own_tags;            /* the labels' own */
    bool private;             /* and so is every board of the same test set */
    size_t set;               /* its test set, among the settings' */
};

struct bx_settings {
    const char *path; /* of boxscore.json, absolute */
    const char *dir;  /* its folder */

    const struct bx_board_settings *boards; /* in the file's order */
    size_t nboards;
    const struct bx_set_settings *sets; /* the distinct ones: two boards that name one test set in the same words share it */
    size_t nsets;

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

    const struct bx_manifest_setting *manifests;
    size_t nmanifests;

    double max_age;           /* seconds; 0: no limit */
    double stale_after;       /* seconds; default BX_STALE_AFTER */
    int64_t retention_newest; /* default 3 */
    bool retention_first, retention_monthly;
    int64_t limit_free_disk; /* bytes; default 1 GiB */
    int64_t limit_file_size, limit_open_files;
    int64_t limit_answers;     /* bytes of memory that all answers of one model may need; default 4 GiB */
    int64_t limit_model_files; /* bytes of a command's program and files together; default 64 GiB */
    int64_t limit_night_files; /* bytes that are read of all models' files in a night; default 1 TiB */
    struct bx_confine_settings confine;
    const char *ca_file;          /* or NULL */
    const char *onnxruntime_path; /* or NULL */
    int threads;

    /* Not in the file; for a night: digests of images and of models' files that did not change are kept beside the database, or looked at
     * again all the same. */
    bool keep_digests, verify;
};

#define BX_STALE_AFTER (3 * 86400.0)

/* Read FILE; NULL: ./boxscore.json. A folder stands for the boxscore.json in it. All problems go to ps; false when there is an error among
 * them. */
bool bx_settings_load(const char *file, struct bx_settings *s, struct bx_arena *a, struct bx_problems *ps);

/* The same for verbs: problems are printed on stderr, one a line; e (BX_CONFIG) says how many and of which file. */
bool bx_settings_use(const char *file, struct bx_settings *s, struct bx_arena *a, struct bx_err *e);

bool bx_set_settings_same(const struct bx_set_settings *x, const struct bx_set_settings *y);

/* The board of that slug, or NULL with BX_USAGE: "there is no board 'coco-vla', did you mean 'coco-val'?" */
const struct bx_board *bx_settings_board(const struct bx_settings *s, const char *slug, struct bx_err *e);

/* How the files of models are looked at. */
struct bx_look bx_settings_look(const struct bx_settings *s, const volatile sig_atomic_t *stop);

/* Does one of the n globs match the slug? */
bool bx_glob_any(const char *slug, const char *const *globs, size_t n);
/* The first reason among the allow globs that covers the slug, or NULL. */
const char *bx_settings_allows(const struct bx_settings *s, const char *slug);
/* May this model see this environment variable? A few harmless ones (CUDA_VISIBLE_DEVICES, OMP_NUM_THREADS, …) need no grant; *hidden says
 * whether the value is a secret, to be kept out of every text. */
bool bx_settings_grants(const struct bx_settings *s, const char *slug, const char *variable, bool *hidden);
/* May this variable's value be sent to this host? "hosts" are names, or globs on them. */
bool bx_settings_grants_host(const struct bx_settings *s, const char *host, const char *variable);
