/* check.c: boxscore check: are these model configs (and the settings) right? Reads only; runs nothing. */
#include "cmd/verb.h"
#include "core/backend/onnx/onnx.h"
#include "core/base/alike.h"
#include "core/base/file.h"
#include "core/base/json_writer.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/data/synonyms.h"
#include "core/registry/registry.h"
#include "core/runner/boards.h"
#include "core/runner/confine.h"
#include "core/runner/standing.h"
#include "core/settings/settings.h"
#include <math.h>

struct args {
    const char *settings, *board;
    bool json;
};

static const struct bx_option options[] = {
    {"settings", 's', BX_OPT_STR, "FILE", "the settings, when no operand is given (default: boxscore.json)",
     offsetof(struct args, settings)},
    {"board", 'b', BX_OPT_STR, "SLUG", "only this board of the settings, and the models that take part in it",
     offsetof(struct args, board)},
    {"json", 0, BX_OPT_FLAG, NULL, "print JSON", offsetof(struct args, json)},
    {0},
};

static const char details[] =
    "A FILE is a model's config, or a folder of them. Without one, the settings are checked, the test sets of their boards and the "
    "folder of configs that\n"
    "they name, and whether these fit those; where there are no settings, ./models.d. Nothing is run and nothing is written. All problems "
    "are "
    "told at once, each as "
    "FILE:LINE:COLUMN: text; the other\n"
    "configs of a file's folder are read too, for a slug or a name may be had once only.\n"
    "\n"
    "Exit status: 0 when all is well (warnings do not count), 3 otherwise.\n"
    "\n"
    "  $ boxscore check models.d/fast-blobs.json\n"
    "  models.d/fast-blobs.json: ok: 'Fast blobs', detect, Apache-2.0, command 'shapes-runner'\n"
    "  $ boxscore check models.d/new.json\n"
    "  models.d/new.json:5:3: unknown key 'licence', did you mean 'license'?\n";

/* What was read, and the paths to speak of: good and bad configs together, in the order of their bytes. */
struct session {
    struct bx_arena arena;
    struct bx_problems problems;
    struct bx_registry registry;
    struct bx_settings settings; /* path NULL: without */
    const char **paths;
    size_t npaths;
    struct bx_onnx_facts **networks; /* of the registry's models; NULL: none, or not readable */
};

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b); /* each file is read once */
}

static void list_paths(struct session *s)
{
    s->paths = BX_NEW(&s->arena, const char *, s->registry.n + s->registry.nbad);
    for (size_t i = 0; i < s->registry.n; i++)
        s->paths[s->npaths++] = s->registry.models[i].path;
    for (size_t i = 0; i < s->registry.nbad; i++)
        s->paths[s->npaths++] = s->registry.bad[i].path;
    if (s->npaths)
        qsort(s->paths, s->npaths, sizeof *s->paths, by_bytes);
}

/* NULL: there is something wrong with it. */
static const struct bx_model *model_at(const struct session *s, const char *path)
{
    for (size_t i = 0; i < s->problems.n; i++)
        if (!s->problems.at[i].warning && !strcmp(s->problems.at[i].file, path))
            return NULL;
    for (size_t i = 0; i < s->registry.n; i++)
        if (!strcmp(s->registry.models[i].path, path))
            return &s->registry.models[i];
    return NULL;
}

/* With settings it is known where programs are looked up. A missing one may be on another machine only: a warning. */
static void look_up_programs(struct session *s)
{
    const struct bx_settings *settings = &s->settings;
    const struct bx_look look = bx_settings_look(settings, NULL);
    for (size_t i = 0; i < s->registry.n; i++) {
        const struct bx_model *m = &s->registry.models[i];
        struct bx_err e = {0};
        char *program;
        uint8_t marks[32];
        const struct bx_backend_env env = {.onnxruntime = settings->onnxruntime_path};
        const char *lacks = bx_backend_lacks(m, &env, &s->arena);
        if (lacks)
            bx_problem_add(&s->problems, m->path, 0, 0, true, "%s", lacks);
        if (m->backend.program && (!bx_registry_program(m, settings->runner_path, settings->nrunner_path, &s->arena, &program, &e) ||
                                   !bx_confine_check(settings, m, program, &s->arena, &e)))
            bx_problem_add(&s->problems, m->path, 0, 0, true, "%s", e.text);
        else if (!bx_registry_marks(m, &look, marks, &e))
            bx_problem_add(&s->problems, m->path, 0, 0, true, "%s", e.text);
    }
}

/* A count that the config states, against its graph's. */
static void look_at_claim(struct session *s, const struct bx_model *m, const char *key, double stated, double counted)
{
    if (isfinite(stated) && counted > 0 && fabs(stated - counted) > 0.02 * counted)
        bx_problem_add(&s->problems, m->path, 0, 0, true, "'%s': found %.4g, and its graph has %.4g", key, stated, counted);
}

/* What a network's file tells: its class names stand for those that a config gives itself. */
static void look_at_networks(struct session *s)
{
    s->networks = BX_NEW(&s->arena, struct bx_onnx_facts *, s->registry.n);
    for (size_t i = 0; i < s->registry.n; i++) {
        struct bx_model *m = &s->registry.models[i];
        struct bx_err e = {0};
        if (m->backend.kind != BX_BACKEND_ONNX)
            continue;
        struct bx_onnx_facts *f = s->networks[i] = BX_NEW(&s->arena, struct bx_onnx_facts, 1);
        if (!bx_onnx_facts(m, f, &s->arena, &e)) {
            bx_problem_add(&s->problems, m->path, 0, 0, false, "%s", e.text);
            s->networks[i] = NULL;
            continue;
        }
        if (f->task && strcmp(f->task, bx_task_name(m->task)) != 0)
            bx_problem_add(&s->problems, m->path, 0, 0, false,
                           "'task': found '%s', and its outputs are those of head '%s', whose task is %s", bx_task_name(m->task), f->head,
                           f->task);
        look_at_claim(s, m, "parameters", m->parameters, f->counts.parameters);
        look_at_claim(s, m, "flops", m->flops, f->counts.left_out ? 0 : 2 * f->counts.macs);
        if (f->counts.left_out)
            bx_problem_add(&s->problems, m->path, 0, 0, true,
                           "its FLOPs are not known: the size of %zu of its products shows only when it runs%s%s%s", f->counts.left_out,
                           f->counts.strangest ? " (an operator not known here: '" : "", f->counts.strangest ? f->counts.strangest : "",
                           f->counts.strangest ? "')" : "");
        if (f->nclasses && f->nnames && f->nclasses != f->nnames)
            bx_problem_add(&s->problems, m->path, 0, 0, true, "it names %zu classes, and its outputs have %zu", f->nnames, f->nclasses);
        struct bx_classmap_pair *pairs = BX_NEW(&s->arena, struct bx_classmap_pair, f->nnames);
        size_t n = 0;
        for (size_t k = 0; k < f->nnames; k++)
            if (f->names[k] && (!bx_utf8_valid(f->names[k], strlen(f->names[k])) || bx_has_control(f->names[k], strlen(f->names[k]))))
                bx_problem_add(&s->problems, m->path, 0, 0, false,
                               "the name of its class %zu has control characters: 'names' says a better one", k);
            else if (f->names[k])
                pairs[n++] = (struct bx_classmap_pair){bx_printf(&s->arena, "%zu", k), f->names[k]};
        m->backend.categories = n ? pairs : NULL;
        m->backend.ncategories = n;
    }
}

struct likeness {
    const char *name, *looks;
    size_t index;
};

static int by_looks(const void *a, const void *b)
{
    const struct likeness *p = a, *q = b;
    int order = strcmp(p->looks, q->looks);
    return order ? order : p->index < q->index ? -1 : p->index > q->index;
}

/* Two classes that a reader takes for one. */
static void look_at_alike(struct session *s, const char *file, const char *of, const char *const *names, size_t n)
{
    struct likeness *all = BX_NEW(&s->arena, struct likeness, n);
    for (size_t i = 0; i < n; i++)
        all[i] = (struct likeness){names[i], bx_likeness(&s->arena, names[i]), i};
    if (n)
        qsort(all, n, sizeof *all, by_looks);
    for (size_t i = 1; i < n; i++)
        if (!strcmp(all[i].looks, all[i - 1].looks) && strcmp(all[i].name, all[i - 1].name) != 0)
            bx_problem_add(&s->problems, file, 0, 0, true, "two classes of %s look alike: %s and %s", of,
                           bx_spelled(&s->arena, all[i - 1].name), bx_spelled(&s->arena, all[i].name));
}

/* A name that is another's only to the eye is shown as it is spelled. */
static void add_lacking(struct session *s, struct bx_buf *list, const struct bx_testset *set, const char *name)
{
    const char *looks = bx_likeness(&s->arena, name);
    for (size_t i = 0; i < set->nclasses; i++)
        if (!strcmp(looks, bx_likeness(&s->arena, set->class_name[i]))) {
            bx_buf_addf(list, "%s, which only looks like %s", bx_spelled(&s->arena, name), bx_spelled(&s->arena, set->class_name[i]));
            return;
        }
    const char *near = bx_class_near(name, (const char *const *)set->class_name, set->nclasses);
    bx_buf_addf(list, "'%s'%s%s%s", name, near ? " (is '" : "", near ? near : "", near ? "' meant?)" : "");
}

/* What it answers of classes that the board does not have counts for nothing there. */
static void look_at_lacking(struct session *s, const struct bx_ready_board *b, const struct bx_model *m)
{
    enum { NAMED = 5 };
    const char **names;
    size_t n = bx_board_lacks(b, m, &names, &s->arena);
    BX_CLEANUP_BUF struct bx_buf list = {0};
    for (size_t i = 0; i < n && i < NAMED; i++) {
        bx_buf_adds(&list, i ? ", " : "");
        add_lacking(s, &list, b->set, names[i]);
    }
    if (n)
        bx_problem_add(&s->problems, m->path, 0, 0, true,
                       "%zu of its %zu class names %s not of the board '%s', and what is answered of them counts for nothing: %s%s", n,
                       m->backend.ncategories, n == 1 ? "is" : "are", b->board.slug, bx_buf_str(&list), n > NAMED ? ", …" : "");
}

/* Class names that the config gives itself are known before any run. On a board that it does not name it may be of other classes, as long
 * as it has those of one. */
static void look_at_classes(struct session *s, const struct bx_boards *boards, const struct bx_model *m)
{
    size_t known = 0, takes = 0;
    for (size_t i = 0; i < boards->n; i++)
        if (bx_board_takes(&boards->at[i].board, m)) {
            takes++;
            known += bx_board_knows(&boards->at[i], m);
        }
    bool all_read = boards->n == s->settings.nboards;
    for (size_t i = 0; i < boards->n; i++) {
        const struct bx_ready_board *b = &boards->at[i];
        if (!bx_board_takes(&b->board, m))
            continue;
        if (bx_board_knows(b, m))
            look_at_lacking(s, b, m);
        else
            bx_problem_add(&s->problems, m->path, 0, 0, !m->nboards && (known || !all_read),
                           "none of its class names is one of the board '%s': it has no numbers there without a class_map", b->board.slug);
    }
}

/* How well this machine can lock up what strangers wrote; another one may do it better. */
static void look_at_machine(struct session *s)
{
    BX_CLEANUP_BUF struct bx_buf lacks = {0};
    size_t confined = 0, free = 0;
    for (size_t i = 0; i < s->registry.n; i++)
        if (bx_backend_info(&s->registry.models[i].backend)->confined) {
            bool on = bx_confine_of(&s->settings, &s->registry.models[i], &s->arena).on;
            confined += on;
            free += !on;
        }
    if (free)
        bx_problem_add(&s->problems, s->settings.path, 0, 0, true,
                       "%zu command%s not confined, by 'confine': %s what you can, the test set and the database with it", free,
                       free == 1 ? " is" : "s are", free == 1 ? "it reaches" : "they reach");
    bool unbounded;
    if (!confined)
        return;
    if (bx_confine_machine_lacks(&s->settings, &lacks, &unbounded))
        bx_problem_add(&s->problems, s->settings.path, 0, 0, true, "commands run less confined here than they should: %s",
                       bx_buf_str(&lacks));
    if (unbounded && !s->settings.confine.memory)
        bx_info("no cgroup of its own here: the memory of commands is not bounded (a systemd unit with Delegate=yes has one)");
}

/* The test sets can be read, and every model says something about one that can be scored. */
static void look_at_boards(struct session *s, const char *slug)
{
    struct bx_boards boards;
    struct bx_err e = {0};
    (void)bx_boards_read(&s->settings, slug, &boards, &s->arena, &e); /* the board is there: choose_board */
    for (size_t i = 0; i < boards.nbad; i++)
        bx_problem_add(&s->problems, s->settings.path, 0, 0, false, "%s", boards.bad[i].why.text);
    for (size_t i = 0; i < boards.n; i++) {
        const struct bx_testset *set = boards.at[i].set;
        look_at_alike(s, s->settings.path, bx_printf(&s->arena, "the board '%s'", boards.at[i].board.slug),
                      (const char *const *)set->class_name, set->nclasses);
    }
    for (size_t i = 0; i < s->registry.n; i++) {
        const struct bx_model *m = &s->registry.models[i];
        const char **names = BX_NEW(&s->arena, const char *, m->backend.ncategories);
        for (size_t k = 0; k < m->backend.ncategories; k++)
            names[k] = m->backend.categories[k].to;
        look_at_alike(s, m->path, "the config", names, m->backend.ncategories);
        e = (struct bx_err){0};
        if (!bx_boards_fit(&s->settings, &boards, m, &e))
            bx_problem_add(&s->problems, m->path, 0, 0, false, "%s", e.text);
        else if (bx_boards_lack(&s->settings, m, &e))
            bx_problem_add(&s->problems, m->path, 0, 0, true, "%s", e.text);
        look_at_classes(s, &boards, m);
    }
}

/* With --board, of the good configs only those that take part in it. */
static bool choose_board(struct session *s, const char *slug, struct bx_err *e)
{
    const struct bx_board *board = bx_settings_board(&s->settings, slug, e);
    struct bx_registry *r = &s->registry;
    size_t n = 0;
    for (size_t i = 0; board && i < r->n; i++)
        if (bx_board_takes(board, &r->models[i]))
            r->models[n++] = r->models[i];
    r->n = n;
    return board;
}

/* No operand: the settings and their folder, or ./models.d. */
static bool load_default(struct session *s, const char *file, const char *board, struct bx_err *e)
{
    if (!file && !bx_path_exists("boxscore.json")) {
        if (!bx_path_is_dir("models.d"))
            return bx_fail(e, BX_USAGE, "there is neither 'boxscore.json' nor 'models.d' here: name a FILE");
        return bx_registry_load("models.d", NULL, &s->registry, &s->arena, &s->problems, e);
    }
    if (!bx_settings_load(file, &s->settings, &s->arena, &s->problems))
        return true; /* the problems say it */
    struct bx_standings known = {0};
    struct bx_err unknown = {0};
    if (!bx_standings_read(&s->settings, &known, &s->arena, &unknown))
        bx_verbose("of two models with one name it is not known which was first: %s", unknown.text);
    if (!bx_registry_load(s->settings.models, &known, &s->registry, &s->arena, &s->problems, e) || (board && !choose_board(s, board, e)))
        return false;
    look_up_programs(s);
    look_at_networks(s);
    look_at_machine(s);
    look_at_boards(s, board);
    return true;
}

/* Where there is a choice. */
static void add_boards(struct bx_buf *b, const struct session *s, const struct bx_model *m)
{
    const char *before = "; on ";
    for (size_t i = 0; s->settings.nboards > 1 && i < s->settings.nboards; i++)
        if (bx_board_takes(&s->settings.boards[i].board, m)) {
            bx_buf_addf(b, "%s%s", before, s->settings.boards[i].board.slug);
            before = ", ";
        }
}

static const struct bx_onnx_facts *network_of(const struct session *s, const struct bx_model *m)
{
    return s->networks && m >= s->registry.models && m < s->registry.models + s->registry.n ? s->networks[m - s->registry.models] : NULL;
}

static void add_summary(struct bx_buf *b, const struct session *s, const struct bx_model *m)
{
    bx_buf_addf(b, "'%s', %s, %s, ", m->name, bx_task_name(m->task), m->license ? m->license : "no license stated");
    bx_buf_addf(b, "%s '%s'", bx_backend_info(&m->backend)->name, bx_backend_what(&m->backend));
    const struct bx_onnx_facts *f = network_of(s, m);
    if (!f)
        return;
    bx_buf_addf(b, ": head %s, input %s", f->head ? f->head : "shows when it runs", f->counts.inputs_shown);
    if (f->nclasses)
        bx_buf_addf(b, ", %zu classes", f->nclasses);
    bx_buf_addf(b, ", %.0f parameters", f->counts.parameters);
    if (!f->counts.left_out)
        bx_buf_addf(b, ", %.6g GFLOPs", 2e-9 * f->counts.macs);
}

static void print_text(struct session *s)
{
    size_t next = 0;
    char *line;
    for (size_t i = 0; i < s->npaths; i++) {
        const struct bx_model *m = model_at(s, s->paths[i]);
        /* Problems are sorted by file, too: those of the settings, or of a folder, come where their name does. */
        for (; next < s->problems.n && strcmp(s->problems.at[next].file, s->paths[i]) <= 0; next++) {
            bx_problem_print(&s->problems.at[next], &s->arena, &line);
            puts(line);
        }
        if (m && bx_log_level() >= BX_LOG_NORMAL) {
            BX_CLEANUP_BUF struct bx_buf b = {0};
            add_summary(&b, s, m);
            add_boards(&b, s, m);
            printf("%s: ok: %s\n", m->path, bx_buf_str(&b));
        }
    }
    for (; next < s->problems.n; next++) {
        bx_problem_print(&s->problems.at[next], &s->arena, &line);
        puts(line);
    }
}

static void print_json(struct session *s)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    struct bx_jw w = {.out = &b, .spaced = true};
    bx_jw_object(&w, NULL);
    bx_jw_uint(&w, "format", 1);
    bx_jw_uint(&w, "errors", s->problems.errors);
    bx_jw_array(&w, "models");
    for (size_t i = 0; i < s->npaths; i++) {
        const struct bx_model *m = model_at(s, s->paths[i]);
        bx_jw_line(&w, 2);
        bx_jw_object(&w, NULL);
        bx_jw_bool(&w, "ok", m);
        bx_jw_str(&w, "file", s->paths[i]);
        if (m) {
            bx_jw_str(&w, "slug", m->slug);
            bx_jw_str(&w, "name", m->name);
            bx_jw_str(&w, "task", bx_task_name(m->task));
            bx_jw_str(&w, "license", m->license);
            bx_jw_str(&w, "backend", bx_backend_info(&m->backend)->name);
            bx_jw_str(&w, bx_backend_info(&m->backend)->noun, bx_backend_what(&m->backend));
            const struct bx_onnx_facts *f = network_of(s, m);
            if (f) {
                bx_jw_str(&w, "head", f->head);
                bx_jw_num(&w, "parameters", f->counts.parameters);
                if (!f->counts.left_out)
                    bx_jw_num(&w, "flops", 2 * f->counts.macs);
            }
            bx_jw_array(&w, "boards");
            for (size_t k = 0; k < s->settings.nboards; k++)
                if (bx_board_takes(&s->settings.boards[k].board, m))
                    bx_jw_str(&w, NULL, s->settings.boards[k].board.slug);
            bx_jw_array_end(&w);
        }
        bx_jw_object_end(&w);
    }
    bx_jw_array_end(&w);
    bx_jw_line(&w, 1);
    bx_jw_array(&w, "problems");
    for (size_t i = 0; i < s->problems.n; i++) {
        const struct bx_problem *p = &s->problems.at[i];
        bx_jw_line(&w, 2);
        bx_jw_object(&w, NULL);
        bx_jw_bool(&w, "warning", p->warning);
        bx_jw_uint(&w, "line", p->line);
        bx_jw_uint(&w, "column", p->column);
        bx_jw_str(&w, "file", p->file);
        bx_jw_str(&w, "text", p->text);
        bx_jw_object_end(&w);
    }
    bx_jw_array_end(&w);
    bx_jw_object_end(&w);
    puts(bx_buf_str(&b));
}

static int run(const struct bx_verb *v, int argc, char **argv)
{
    struct args args = {0};
    struct bx_err e = {0};
    int n, status = bx_options(v, argc, argv, &args, &n);
    if (status >= 0)
        return status;
    if (n && args.settings)
        return bx_verb_usage(v, "--settings and a FILE are two things to check: give one");
    if (n && args.board)
        return bx_verb_usage(v, "--board is one of the settings', and a FILE is checked without them: give one");
    struct session s = {0};
    s.problems.arena = &s.arena;
    bool ok = true;
    if (n) {
        bx_registry_load_files((const char *const *)argv + 1, (size_t)n, &s.registry, &s.arena, &s.problems);
        look_at_networks(&s);
    } else
        ok = load_default(&s, args.settings, args.board, &e);
    if (ok) {
        list_paths(&s);
        bx_problems_sort(&s.problems, 0);
        (args.json ? print_json : print_text)(&s);
        if (!s.npaths && !s.problems.n)
            bx_info("no configs found, expected files that end in .json");
        status = s.problems.errors ? 3 : 0;
    } else {
        status = bx_verb_fail(v, &e);
    }
    bx_problems_free(&s.problems);
    bx_arena_release(&s.arena);
    return status;
}

const struct bx_verb bx_verb_check = {"check", "[--json] [FILE…]", "validate model configs without running anything", options, details,
                                      run};
