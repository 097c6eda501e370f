/* rows.c: no row goes without a word. */
#include "render/site/rows.h"
#include "core/base/banned.h"
#include <string.h>

/* "row <board> <model> <evaluation>": slugs have no blanks. What is written in another way is another version's. */
static bool parse(const char *note, struct bx_row *row, struct bx_arena *a)
{
    static const char mark[] = "row ";
    const char *parts[3];
    if (strncmp(note, mark, sizeof mark - 1) != 0)
        return false;
    note += sizeof mark - 1;
    for (int i = 0; i < 3; i++) {
        size_t n = strcspn(note, " ");
        if (!n || (note[n] == ' ') != (i < 2))
            return false;
        parts[i] = bx_strndup(a, note, n);
        note += n + (i < 2);
    }
    *row = (struct bx_row){.board = parts[0], .model = parts[1], .evaluation = parts[2]};
    return true;
}

bool bx_rows_read(const char *output, struct bx_rows *r, struct bx_arena *a, struct bx_err *e)
{
    const char *const *notes;
    size_t n;
    bool site;
    *r = (struct bx_rows){0};
    if (!bx_publish_noted(output, &site, &notes, &n, a, e))
        return false;
    r->at = BX_NEW(a, struct bx_row, n);
    for (size_t i = 0; i < n; i++)
        r->n += parse(notes[i], &r->at[r->n], a);
    return true;
}

static const struct bx_view_model *find(const struct bx_view_board *b, const char *slug)
{
    for (size_t i = 0; i < b->nmodels; i++)
        if (!strcmp(b->models[i].slug, slug))
            return &b->models[i];
    return NULL;
}

static bool has(const struct bx_view_model *m, const char *evaluation)
{
    for (size_t i = 0; i < m->nhistory; i++)
        if (!strcmp(m->history[i].id, evaluation))
            return true;
    return false;
}

/* A model that was renamed took its evaluations along. */
static bool anybody_has(const struct bx_view_board *b, const char *evaluation)
{
    for (size_t i = 0; i < b->nmodels; i++)
        if (has(&b->models[i], evaluation))
            return true;
    return false;
}

void bx_rows_look(struct bx_rows *r, const struct bx_view_board *b)
{
    for (size_t i = 0; i < r->n; i++) {
        struct bx_row *row = &r->at[i];
        if (row->known || strcmp(row->board, b->slug) != 0)
            continue;
        const struct bx_view_model *m = find(b, row->model);
        row->known = m ? m->report || !bx_view_on_board(m) || has(m, row->evaluation) : anybody_has(b, row->evaluation);
    }
}

bool bx_rows_missed(const struct bx_rows *r, const char *output, const char *database, struct bx_arena *a, struct bx_err *e)
{
    enum { SHOWN = 3 };
    const char *names = "";
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++) {
        bool known = r->at[i].known; /* on the images of now; or, where the board's were changed, on those of then */
        if (!known && !bx_view_knows(database, r->at[i].evaluation, &known, e))
            return false;
        if (!known && n++ < SHOWN)
            names = bx_printf(a, "%s%s'%s' of board '%s'", names, *names ? ", " : "", r->at[i].model, r->at[i].board);
    }
    return !n || bx_fail(e, BX_DB,
                         "the site '%s' shows numbers that '%s' knows nothing of: %s%s; is it the database that the site was made of? "
                         "The site stays as it is; --allow-removal takes them away",
                         output, database, names, n > SHOWN ? bx_printf(a, " and %zu more", n - SHOWN) : "");
}

void bx_rows_note(struct bx_publish *p, const struct bx_view_board *b, struct bx_arena *a)
{
    for (size_t i = 0; i < b->nmodels; i++) {
        const struct bx_view_model *m = &b->models[i];
        if (m->report && m->current && bx_view_on_board(m))
            bx_publish_note(p, bx_printf(a, "row %s %s %s", b->slug, m->slug, m->current->id));
    }
}
