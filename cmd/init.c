/* init.c: boxscore init: a board's folder to begin with: commented settings, a models folder, and an example in it. */
#include "cmd/verb.h"
#include "core/backend/onnx/onnx.h"
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/data/formats.h"
#include "core/data/split.h"
#include "core/data/terms.h"
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

struct args {
    const char *test_set, *format, *images, *title, *task, *split;
    bool i_know;
};

static const struct bx_option options[] = {
    {"test-set", 't', BX_OPT_STR, "PATH", "annotations or folder of the test set", offsetof(struct args, test_set)},
    {"images", 0, BX_OPT_STR, "DIR", "folder of its images, where the format does not say", offsetof(struct args, images)},
    {"format", 0, BX_OPT_STR, "NAME", "one of " BX_FORMAT_NAMES " (default: auto)", offsetof(struct args, format)},
    {"split", 0, BX_OPT_STR, "NAME", "test, val or train (default: test, and where there is none, val)", offsetof(struct args, split)},
    {"i-know", 0, BX_OPT_FLAG, NULL, "let the training split be scored; every page will say so", offsetof(struct args, i_know)},
    {"task", 0, BX_OPT_STR, "NAME", "detect (default), segment or obb", offsetof(struct args, task)},
    {"title", 0, BX_OPT_STR, "TEXT", "the board's title", offsetof(struct args, title)},
    {0},
};

/* clang-format off */
static const char details[] =
    "Writes DIR/boxscore.json, with a comment on every setting, and DIR/models.d/ with an example model that never finds anything. Nothing that exists is\n"
    "overwritten. Without --test-set the settings name 'test-set': put it there, or edit the line.\n"
    "\n"
    "  $ boxscore init board --test-set data/coco/annotations.json --images data/coco/val2017\n"
    "  $ cd board && boxscore check && boxscore nightly\n";
/* clang-format on */

static void quoted(struct bx_buf *b, const char *s)
{
    bx_buf_add_json_string(b, s, strlen(s));
}

/* The folder's name as a slug; "board" when nothing is left of it. */
static char *slug_of(const char *dir, struct bx_arena *a)
{
    const char *base = bx_path_base(bx_path_absolute(a, dir));
    char *slug = BX_NEW(a, char, 65);
    size_t n = 0;
    for (; *base && n < 64; base++) {
        char c = (char)tolower((unsigned char)*base);
        bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (letter)
            slug[n++] = c;
        else if (n && slug[n - 1] != '-')
            slug[n++] = '-';
    }
    while (n && slug[n - 1] == '-')
        n--;
    slug[n] = '\0';
    return n ? slug : bx_strdup(a, "board");
}

/* The one that python3 imports, else where it is looked for. */
static const char *find_runtime(struct bx_arena *a)
{
    static const char script[] = "timeout 20 python3 -c 'import onnxruntime; print(onnxruntime.__path__[0])' 2>/dev/null </dev/null";
    char folder[PATH_MAX] = "";
    const char *found = NULL;
    FILE *python = popen(script, "r");
    if (python && !fgets(folder, sizeof folder, python))
        folder[0] = '\0';
    if (python)
        pclose(python);
    folder[strcspn(folder, "\n")] = '\0';
    if (folder[0] == '/')
        found = bx_onnx_find_in(bx_printf(a, "%s/capi", folder), a);
    return found ? found : bx_onnx_find(NULL, a);
}

static void add_path(struct bx_buf *b, const char *path, const char *dir, struct bx_arena *a)
{
    quoted(b, bx_path_relative(a, bx_path_absolute(a, dir), bx_path_absolute(a, path)));
}

/* clang-format off */
static void write_settings(struct bx_buf *b, const struct args *args, const char *dir, const char *geometry, struct bx_arena *a)
{
    const char *slug = slug_of(dir, a);
    bx_buf_adds(b, "// boxscore's settings: JSON with comments. Relative paths start at this file's folder.\n{\n  \"format\": 1,\n\n"
                   "  // The boards, one or more: a slug is part of the site's addresses. Boards on one test set share its images and the models' answers.\n  \"boards\": [{\n    \"slug\": ");
    quoted(b, slug);
    bx_buf_adds(b, ",\n    \"title\": ");
    quoted(b, args->title ? args->title : slug);
    bx_buf_adds(b, ",\n    // The test set's own names: what configs report for one of them stands beside what is measured. The title is one.\n"
                   "    // \"names\": [\"COCO val2017\", \"COCO minival\"],\n"
                   "    // COCO: the JSON file, with \"images\" naming the folder; YOLO: data.yaml; all others: their folder.\n"
                   "    \"test_set\": {\n      \"path\": ");
    if (args->test_set)
        add_path(b, args->test_set, dir, a);
    else
        quoted(b, "test-set");
    if (args->images) {
        bx_buf_adds(b, ",\n      \"images\": ");
        add_path(b, args->images, dir, a);
    }
    bx_buf_adds(b, ",\n      \"format\": ");
    quoted(b, args->format ? args->format : "auto");
    if (args->i_know)
        bx_buf_adds(b, ",\n      \"i_know\": true");
    if (args->split) {
        bx_buf_adds(b, ",\n      \"split\": ");
        quoted(b, args->split);
    } else
        bx_buf_adds(b, "\n      // \"split\": \"val\" goes here; absent: test, and where there is none, val");
    bx_buf_adds(b, "\n    },\n"
                   "    // The board's rules, where they are not COCO's. Numbers by other rules never share a column.\n"
                   "    // \"max_detections\": 500,                             // an image and class; COCO: 100\n"
                   "    // \"iou\": {\"from\": 0.5, \"to\": 0.9, \"step\": 0.1},     // or a list of thresholds\n"
                   "    // \"sizes\": [{\"name\": \"tiny\", \"max\": 256}, {\"name\": \"other\", \"min\": 256}],  // areas in pixels squared; as shares of the image's:\n"
                   "    // \"sizes\": {\"relative\": true, \"bins\": [{\"name\": \"tiny\", \"max\": 0.001}]},\n"
                   "    // \"classes\": [\"car\", \"bus\"],                        // only these are scored\n"
                   "    // \"ignore_classes\": [\"other\"],                      // their objects count neither way\n"
                   "    // \"ignore_regions\": [\"ignored\"],                    // where nobody labelled: what lies mostly in them counts neither way\n"
                   "    // \"protocol\": \"lvis\",                              // of an LVIS file: only what was looked for in an image counts\n"
                   "    // \"image_subset\": \"night.txt\",                      // image file names, one a line\n"
                   "    // \"tags\": \"tags.csv\",                              // file and tags: numbers of each tag's images; absent: the labels' own\n"
                   "    // task: how labels are meant (detect, segment, obb); geometry: what is scored (box, mask, obb).\n"
                   "    \"task\": ");
    quoted(b, args->task ? args->task : "detect");
    bx_buf_adds(b, ",\n    \"geometry\": ");
    quoted(b, geometry);
    bx_buf_adds(b, "\n  }],\n\n"
                   "  \"models\": \"models.d\",\n"
                   "  \"database\": \"boxscore.db\",\n"
                   "  \"site\": \"site\",\n"
                   "  // \"template\": \"site-template\",           // your own pages; absent: the shipped ones\n\n"
                   "  // Where the bare program names of configs are looked up. The shipped runners' folder comes after these.\n"
                   "  \"runner_path\": [],\n\n"
                   "  // A config with a command runs only after 'boxscore allow MODEL', and again only after another once it or its files changed. For a folder that\n"
                   "  // only you can write to, a glob may say so once and for all:\n"
                   "  // \"allow\": [{\"models\": \"*\", \"reason\": \"only I write to models.d\"}],\n\n"
                   "  // Where ONNX Runtime's library is, for configs of type \"onnx\": the file, or a virtual environment that has it.\n  ");
    const char *runtime = find_runtime(a);
    bx_buf_adds(b, runtime ? "\"onnxruntime_path\": " : "// \"onnxruntime_path\": ");
    quoted(b, runtime ? runtime : "venv");
    bx_buf_adds(b, ",\n\n"
                   "  // Environment variables that configs may name; the values stay in the environment.\n"
                   "  // \"secrets\": {\"ROBOFLOW_API_KEY\": {\"models\": [\"rf-*\"], \"hosts\": [\"api.roboflow.com\", \"serverless.roboflow.com\"]}},\n"
                   "  // Certificates (PEM) that servers are trusted by, in place of the system's.\n"
                   "  // \"ca_file\": \"ca.pem\",\n"
                   "  // \"training_data\": {\"COCO train2017\": \"manifests/coco-train2017.jsonl\"},   // hashes: boxscore testset manifest\n\n"
                   "  // Commands are confined: they see the system's programs, their own files and environment, copies of the images and a private folder, and no\n"
                   "  // network. More for those that need it; \"except\" names those that are not confined, and false in place of all this confines none.\n"
                   "  // \"confine\": {\"read\": [\"/opt/models\"], \"devices\": [\"/run/nvidia-persistenced\"], \"network\": [\"api-*\"], \"except\": [\"mine-*\"],\n"
                   "  //             \"processes\": 2048, \"memory\": 17179869184, \"temporary\": 8589934592},\n\n"
                   "  // \"max_age\": \"30d\",                       // run an unchanged model again when its numbers are older\n"
                   "  \"stale_after\": \"3d\",                      // when the site says that it is old\n"
                   "  \"retention\": {\"newest\": 3, \"first\": true, \"monthly\": true},  // whose detections stay for rescoring; numbers always stay\n"
                   "  \"limits\": {\"free_disk\": 1073741824, \"file_size\": 8589934592, \"open_files\": 4096, \"answers\": 4294967296, \"model_files\": 68719476736, \"night_files\": 1099511627776},  // bytes, bytes, number, bytes of memory, bytes, bytes\n"
                   "  \"threads\": 0                              // of the scoring; 0: one a processor\n}\n");
}

/* clang-format on */
/* clang-format off */
static const char example[] =
    "// One model. The file's name is its slug. 'boxscore check' says what is wrong with it.\n"
    "{\n"
    "  \"format\": 1,\n"
    "  \"name\": \"Example: finds nothing\",\n"
    "  \"task\": \"%s\",\n"
    "  \"license\": \"CC0-1.0\",\n"
    "  // \"links\": {\"code\": \"https://…\", \"paper\": \"https://…\", \"weights\": \"https://…\"},\n"
    "  // \"parameters\": 3200000, \"input_size\": [640, 640],\n"
    "  // \"operating_confidence\": 0.35,              // the confidence at which it is used; F1 is taken there\n"
    "  // \"class_map\": {\"automobile\": \"car\"},        // its names for the test set's, where they differ\n\n"
    "  // A COCO results file, beside this one. Or a program that answers image by image (JSON lines on stdin and stdout):\n"
    "  // \"backend\": {\"type\": \"command\", \"program\": \"example/run.py\", \"args\": [\"example/weights.pt\"], \"files\": [\"example/weights.pt\"]}\n"
    "  \"backend\": {\"type\": \"predictions\", \"file\": \"example.predictions\"}\n"
    "}\n";
/* clang-format on */

static bool write_new(const char *path, const struct bx_buf *b, struct bx_err *e)
{
    if (bx_path_exists(path))
        return bx_fail(e, BX_USAGE, "'%s' exists already; nothing was written", path);
    return bx_file_write(path, bx_buf_str(b), b->n, e);
}

static bool work(const struct args *args, const char *dir, struct bx_arena *a, struct bx_err *e)
{
    static const char *const natural[] = {[BX_DETECT] = "box", [BX_SEGMENT] = "mask", [BX_OBB] = "obb"};
    enum bx_task task = BX_DETECT;
    if (args->task && !bx_task_parse(args->task, &task))
        return bx_fail(e, BX_USAGE, "unknown task '%s', expected detect, segment or obb", args->task);
    if (!bx_split_fit(args->split, args->i_know, e))
        return false;
    if (args->test_set && !bx_path_exists(args->test_set))
        return bx_fail(e, BX_USAGE, "there is no '%s'", args->test_set);
    const char *settings = bx_path_join(a, dir, "boxscore.json"), *models = bx_path_join(a, dir, "models.d");
    const char *config = bx_path_join(a, models, "example.json"), *answers = bx_path_join(a, models, "example.predictions");
    BX_CLEANUP_BUF struct bx_buf text = {0};
    write_settings(&text, args, dir, natural[task], a);
    if (bx_path_exists(settings))
        return bx_fail(e, BX_USAGE, "'%s' exists already; nothing was written", settings);
    /* A folder of models that is there already is somebody's: it gets no example. */
    bool fresh = !bx_path_exists(models);
    if (!bx_mkdirs(models, e) || !write_new(settings, &text, e))
        return false;
    printf("%s\n", settings);
    if (fresh) {
        bx_buf_clear(&text);
        bx_buf_adds(&text, "[]\n");
        if (!write_new(answers, &text, e))
            return false;
        bx_buf_clear(&text);
        bx_buf_addf(&text, example, bx_task_name(task));
        if (!write_new(config, &text, e))
            return false;
        printf("%s\n", config);
    }
    printf("%s\n", args->test_set ? "next: 'boxscore check' and 'boxscore nightly' there"
                                  : "next: name your test set in it, then 'boxscore check' and 'boxscore nightly' there");
    return true;
}

static int run(const struct bx_verb *v, int argc, char **argv)
{
    struct args args = {0};
    int n;
    int status = bx_options(v, argc, argv, &args, &n);
    if (status >= 0)
        return status;
    if (n != 1)
        return bx_verb_usage(v, "which folder?");
    struct bx_arena a = {0};
    struct bx_err e = {0};
    bool ok = work(&args, argv[1], &a, &e);
    bx_arena_release(&a);
    return ok ? 0 : bx_verb_fail(v, &e);
}

const struct bx_verb bx_verb_init = {"init", "DIR [--test-set PATH]", "write a board's settings and an example model", options, details,
                                     run};
