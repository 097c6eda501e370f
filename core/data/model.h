/*
 * model.h: one model as its config file (models.d/<slug>.json) describes it, validated. Read-only; memory belongs to the registry's arena.
 *
 *     {
 *       "format": 1,
 *       "name": "Fast blobs",                       // free text, at most 100 bytes
 *       "family": "Blobs",
 *       "task": "detect",                           // detect | segment | obb
 *       "license": "Apache-2.0",                    // SPDX expression
 *       "links": {"code": "https://…", "paper": "https://…", "weights": "https://…"},
 *       "parameters": 3200000, "flops": 8.7e9,      // counts
 *       "input_size": [640, 640],                   // width, height; or one number
 *       "training_data": ["COCO train2017"],
 *       "reported": [{"test_set": "COCO val2017", "metric": "map", "value": 0.474, "source": "https://…"}],
 *       "tags": ["real-time"],
 *       "operating_confidence": 0.35,
 *       "formerly": ["old-slug"],
 *       "boards": ["coco-val"],                     // absent: every board that its task fits
 *       "class_map": {"automobile": "car", "background": null},
 *       "backend": {"type": "command", "program": "shapes-runner", "args": ["--method", "edges"], "env": ["CUDA_VISIBLE_DEVICES"],
 *                   "files": ["weights.bin"], "inflight": 1, "max_detections": 1000,
 *                   "startup_timeout": "300s", "image_timeout": "60s", "total_timeout": "6h"}
 *       // or                {"type": "predictions", "file": "preds.json", "categories": "test-set" | {"1": "car"},
 *                    "category_base": 0 | 1 | "coco91" | "test-set"}
 *       // or                {"type": "onnx", "file": "yolo11n.onnx"}
 *     }
 */
#pragma once
#include "core/data/backends.h"
#include "core/data/detections.h"
#include "core/data/terms.h"
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

struct bx_reported {
    const char *test_set, *metric,
        *source;  /* metric: a name of the catalogue (core/data/report.h); source: URL or text, NULL when absent */
    double value; /* in the metric's own unit: mAP as a fraction 0..1 */
};

/* The keys of all kinds; those of another kind are NULL, or what they are when absent. Filled by the table of keys (core/registry/keys.c):
 * text is const char *, a whole number int64_t, any other and a time (seconds) double; a list is followed by its length. */
struct bx_backend_config {
    enum bx_backend_kind kind;
    /* predictions */
    const char *file;                          /* or folder: relative, inside the config's folder */
    const struct bx_classmap_pair *categories; /* from: category id as text, to: class name; NULL: the ids are the test set's */
    size_t ncategories;
    int64_t category_base; /* enum bx_base; BX_NBASES: not said, so the test set's ids, as long as they look it */
    /* onnx, with `file`; NULL, 0 or below 0: as the file, or its family, has it */
    const char *head, *resize, *values; /* words of networks.h */
    uint32_t size[2];                   /* width and height of an input that takes any */
    int64_t rect;                       /* such an input is padded up to multiples of it; 0: to the whole size */
    double conf, iou;
    int64_t most, threads;    /* detections an image; 0: all cores */
    const char **class_names; /* by index */
    size_t nclass_names;
    const char *names_file; /* the same, one a line */
    /* command */
    const char *program; /* bare name (looked up in the operator's runner_path) or path inside the config's folder */
    const char **args;
    size_t nargs;
    const char **env; /* names of variables passed through; secrets must be granted by the settings */
    size_t nenv;
    const char **files; /* files that are part of the model's identity, relative to the config's folder */
    size_t nfiles;
    int64_t inflight;                                     /* default 1 */
    int64_t max_detections;                               /* an image; default 1000 */
    double startup_timeout, image_timeout, total_timeout; /* seconds: 300, 60, 21600. Not part of the model's identity */
    /* http: as it stands in the config; what it means is core/data/service.h's. Of roboflow the url is the server's */
    const char *url, *preset, *method, *send, *json; /* json: the text of a template, canonical */
    const char **headers;
    size_t nheaders;
    const char **query;
    size_t nquery;
    const char *each, *count, *box, *obb, *poly, *rle, *score, *class_, *seen, *time, *error, *empty;
    double score_scale;
    /* roboflow */
    const char *hosted, *route; /* the model's id there */
    double confidence, iou_threshold;
    int64_t max_predictions;
};

/* A file of a command, and a copy of it whose bytes were looked at. */
struct bx_pin {
    const char *path, *copy; /* absolute */
};

/* Where bare program names are looked up, and what reading a model's files is bounded by: they are a stranger's. */
struct bx_look {
    const char *const *runner_path;
    size_t nrunner_path;
    int64_t file_size, model_files;    /* bytes: of a prediction file; of the program and all files of a command together */
    const volatile sig_atomic_t *stop; /* reading ends with BX_INTERRUPTED when it is set; NULL: never */
    struct bx_digests *known;          /* of files that did not change since they were read last; NULL: all are read */
    int64_t night_files, *left;        /* bytes that may be read of all models, and how many of these are left; NULL: no bound.
                                        * BX_TIMEOUT: not tonight */
};

struct bx_model {
    const char *slug;          /* stem of the config file */
    const char *path;          /* of the config file */
    const char *dir;           /* its folder */
    const char *name, *family; /* family NULL when absent; so are all optional strings */
    enum bx_task task;
    const char *license;
    const char *link_code, *link_paper, *link_weights;
    double parameters, flops;  /* NaN: not stated */
    uint32_t input_w, input_h; /* 0: not stated */
    const char **training_data;
    size_t ntraining_data;
    const struct bx_reported *reported;
    size_t nreported;
    const char **tags;
    size_t ntags;
    const char **formerly;
    size_t nformerly;
    const char **boards; /* slugs; n 0: every board that its task fits */
    size_t nboards;
    double operating_confidence; /* NaN: not stated */
    const struct bx_classmap_pair *class_map;
    size_t nclass_map;
    struct bx_backend_config backend;

    const char *config_json;  /* canonical bytes of the whole config, for the model page */
    uint8_t eval_digest[32];  /* of the evaluation part: task and backend without timeouts, canonical JSON */
    uint8_t score_digest[32]; /* of what only scoring depends on: class map and operating confidence */
    /* Version, known once the files were hashed (bx_registry_files): sha256 of "boxscore model version 1\n" + eval_digest + files digest.
     */
    uint8_t files_digest[32];
    uint8_t version[32];
};
