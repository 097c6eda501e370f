/* testset_lint.c: `boxscore testset lint`: what is wrong or odd in a test set, where, and what was done about it. */
#include "cmd/testset.h"
#include "cmd/database.h"
#include "core/base/file.h"
#include "core/base/json_writer.h"
#include "core/base/text.h"
#include "core/testset/lint.h"
#include <stdio.h>

static const char *const severities[] = {[BX_SEVERITY_NOTE] = "note", [BX_SEVERITY_WARNING] = "warning", [BX_SEVERITY_ERROR] = "error"};
enum { NSEVERITIES = sizeof severities / sizeof *severities };

static void print_note(const struct bx_testset_note *n, struct bx_arena *a)
{
    if (!n->what || !n->nplaces) {
        printf("%s: %s\n", severities[n->severity], bx_testset_shown(a, n->text));
        return;
    }
    printf("%s: %zu %s%s%s\n", severities[n->severity], n->n, bx_testset_shown(a, n->what), n->done ? ": " : "",
           n->done ? bx_testset_shown(a, n->done) : "");
    for (size_t i = 0; i < n->nplaces; i++) {
        const struct bx_label_place *p = &n->places[i];
        printf("  %s", bx_testset_shown(a, p->file));
        if (p->line)
            printf(":%zu", p->line);
        printf("%s%s\n", p->text ? ": " : "", p->text ? bx_testset_shown(a, p->text) : "");
    }
    if (n->n > n->nplaces)
        printf("  and %zu more\n", n->n - n->nplaces);
}

static void note_json(struct bx_jw *w, const struct bx_testset_note *n)
{
    bx_jw_line(w, 2);
    bx_jw_object(w, NULL);
    bx_jw_str(w, "severity", severities[n->severity]);
    bx_jw_str(w, "text", n->what ? n->what : n->text);
    bx_jw_uint(w, "count", n->what ? n->n : 1);
    bx_jw_str(w, "done", n->done);
    bx_jw_array(w, "places");
    for (size_t i = 0; i < n->nplaces; i++) {
        const struct bx_label_place *p = &n->places[i];
        bx_jw_line(w, 3);
        bx_jw_object(w, NULL);
        bx_jw_str(w, "file", p->file);
        if (p->line)
            bx_jw_uint(w, "line", p->line);
        else
            bx_jw_null(w, "line");
        bx_jw_str(w, "text", p->text);
        bx_jw_object_end(w);
    }
    bx_jw_array_end(w);
    bx_jw_object_end(w);
}

static void print_json(const struct bx_testset *t, const char *path, const size_t *counts)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    struct bx_jw w = {.out = &b, .spaced = true};
    bx_jw_object(&w, NULL);
    bx_jw_uint(&w, "format", 1);
    bx_jw_str(&w, "source", t->source ? t->source : path);
    bx_jw_str(&w, "split", t->split);
    bx_jw_line(&w, 1);
    bx_jw_uint(&w, "errors", counts[BX_SEVERITY_ERROR]);
    bx_jw_uint(&w, "warnings", counts[BX_SEVERITY_WARNING]);
    bx_jw_uint(&w, "notes", counts[BX_SEVERITY_NOTE]);
    bx_jw_line(&w, 1);
    bx_jw_array(&w, "findings");
    for (int s = NSEVERITIES - 1; s >= 0; s--)
        for (size_t i = 0; i < t->nnotes; i++)
            if ((int)t->notes[i].severity == s)
                note_json(&w, &t->notes[i]);
    bx_jw_array_end(&w);
    bx_jw_object_end(&w);
    puts(bx_buf_str(&b));
}

int bx_testset_lint_run(const struct bx_verb *v, const struct bx_testset_args *args, const char *path)
{
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_testset t = {0};
    struct bx_testset_note broken = {.severity = BX_SEVERITY_ERROR, .text = e.text};
    size_t counts[NSEVERITIES] = {0};
    if (bx_testset_load(args, path, true, &t, &a, &e))
        bx_testset_lint(&t, &a);
    else if (e.code != BX_DATA || !bx_path_exists(path)) {
        bx_arena_release(&a);
        return bx_verb_fail(v, &e);
    } else { /* what cannot be read at all is a finding, too */
        t.notes = &broken;
        t.nnotes = 1;
    }
    for (size_t i = 0; i < t.nnotes; i++)
        counts[t.notes[i].severity]++;
    if (args->json)
        print_json(&t, path, counts);
    else {
        for (int s = NSEVERITIES - 1; s >= 0; s--)
            for (size_t i = 0; i < t.nnotes; i++)
                if ((int)t.notes[i].severity == s)
                    print_note(&t.notes[i], &a);
        printf("%s: %zu error%s, %zu warning%s, %zu note%s\n", bx_testset_shown(&a, t.source ? t.source : path), counts[BX_SEVERITY_ERROR],
               bx_plural(counts[BX_SEVERITY_ERROR]), counts[BX_SEVERITY_WARNING], bx_plural(counts[BX_SEVERITY_WARNING]),
               counts[BX_SEVERITY_NOTE], bx_plural(counts[BX_SEVERITY_NOTE]));
    }
    bx_arena_release(&a);
    return counts[BX_SEVERITY_ERROR] || (args->strict && counts[BX_SEVERITY_WARNING]) ? 1 : 0;
}
