/* boards.c: the boards of the settings, as the last night had them. */
#include "core/store/sql.h"
#include <stdlib.h>
#include <string.h>

static bool put(struct bx_store *st, const struct bx_board_row *b, size_t position, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    const struct bx_rules *r = &b->board.rules;
    if (b->problem) {
        if (!bx_q_open(&q, st, "board_problem", "store the boards", e))
            return false;
        bx_q_int(&q, (int64_t)position);
        bx_q_text(&q, b->problem);
        bx_q_int(&q, b->private);
        bx_q_text(&q, b->board.slug);
        return bx_q_run(&q);
    }
    if (!bx_q_open(&q, st, "board_put", "store the boards", e))
        return false;
    bx_q_text(&q, b->board.slug);
    bx_q_text(&q, b->board.title);
    bx_q_int(&q, (int64_t)position);
    bx_q_text(&q, bx_names_json(b->board.names, b->board.nnames, a));
    bx_q_text(&q, bx_task_name(b->board.task));
    bx_q_text(&q, bx_geometry_name(b->board.geometry));
    bx_q_text(&q, b->testset);
    bx_q_text(&q, b->protocol);
    bx_q_text(&q, b->subset ? b->subset : "");
    bx_q_blob(&q, r->nimages ? r->images : NULL, r->nimages * sizeof *r->images);
    bx_q_text(&q, b->split);
    BX_CLEANUP_BUF struct bx_buf tags = {0};
    if (b->tags && b->tags->n)
        bx_tags_pack(b->tags, &tags);
    bx_q_blob(&q, tags.n ? tags.p : NULL, tags.n);
    bx_q_int(&q, b->private);
    return bx_q_run(&q);
}

bool bx_store_board_put(struct bx_store *st, const struct bx_board_row *row, size_t position, struct bx_err *e)
{
    struct bx_arena a = {0};
    bool ok = put(st, row, position, &a, e);
    bx_arena_release(&a);
    return ok;
}

bool bx_store_boards_put(struct bx_store *st, const struct bx_board_row *rows, size_t n, struct bx_err *e)
{
    static const char what[] = "store the boards";
    struct bx_arena a = {0};
    struct bx_q q;
    if (!bx_store_begin(st, what, e))
        return false;
    bool ok = bx_q_open(&q, st, "boards_away", what, e) && bx_q_run(&q);
    for (size_t i = 0; ok && i < n; i++)
        ok = put(st, &rows[i], i, &a, e);
    ok = bx_store_commit(st, ok, what, e);
    bx_arena_release(&a);
    return ok;
}

#define COLUMNS(X)                                                                                                                         \
    X(slug)                                                                                                                                \
    X(title)                                                                                                                               \
    X(position)                                                                                                                            \
    X(names) X(task) X(geometry) X(testset) X(protocol) X(subset) X(subset_images) X(images) X(problem) X(split) X(tags) X(private)
enum { COLUMNS(BX_COLUMN) NCOLUMNS };
static const char *const columns[] = {COLUMNS(BX_COLUMN_NAME)};

/* The rules are the protocol's name, which says all of them but which images a subset has. */
static bool read_rules(struct bx_q *q, struct bx_board_row *b, struct bx_arena *a, struct bx_err *e)
{
    struct bx_rules *r = &b->board.rules;
    size_t n;
    const void *images = bx_q_bytes(q, COL_subset_images, &n);
    if (!bx_rules_parse(b->protocol, r, a, e))
        return false;
    if (n % sizeof *r->images)
        return bx_fail(e, BX_DB, "its subset is damaged");
    if (n) {
        r->images = bx_memdup(a, images, n);
        r->nimages = n / sizeof *r->images;
    }
    return true;
}

static bool read_tags(struct bx_q *q, struct bx_board_row *b, struct bx_arena *a, struct bx_err *e)
{
    size_t n;
    const void *bytes = bx_q_bytes(q, COL_tags, &n);
    struct bx_tags *tags = BX_NEW(a, struct bx_tags, 1);
    if (!n)
        return true;
    if (!bx_tags_unpack(bytes, n, tags, a))
        return bx_fail(e, BX_DB, "its tags are damaged");
    b->tags = tags;
    return true;
}

static bool read_row(struct bx_q *q, struct bx_board_row *b, struct bx_arena *a, struct bx_err *e)
{
    const char **names;
    *b = (struct bx_board_row){.board = {.slug = bx_q_need(q, COL_slug, a), .title = bx_q_need(q, COL_title, a)},
                               .testset = bx_q_need(q, COL_testset, a),
                               .protocol = bx_q_need(q, COL_protocol, a),
                               .subset = bx_q_need(q, COL_subset, a),
                               .images = bx_q_need(q, COL_images, a),
                               .problem = bx_q_str(q, COL_problem, a),
                               .split = bx_q_str(q, COL_split, a),
                               .private = bx_q_i64(q, COL_private) != 0,
                               .retired = bx_q_i64(q, COL_position) < 0};
    if (!bx_task_parse(bx_q_view(q, COL_task), &b->board.task))
        bx_q_damaged(q, COL_task, "is no task");
    if (!bx_geometry_parse(bx_q_view(q, COL_geometry), &b->board.geometry))
        bx_q_damaged(q, COL_geometry, "is no geometry");
    if (q->failed)
        return false;
    if (!bx_names_parse(bx_q_view(q, COL_names), &names, &b->board.nnames, a, e) || !read_rules(q, b, a, e) || !read_tags(q, b, a, e))
        return bx_wrap(e, "board '%s' in '%s'", b->board.slug, q->st->path);
    b->board.names = names;
    return true;
}

static bool list(struct bx_store *st, bool gone, struct bx_board_row **rows, size_t *n, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    struct bx_board_row *all = NULL;
    size_t cap = 0;
    *n = 0;
    if (!bx_q_open(&q, st, "boards", "read the boards", e))
        return false;
    bool ok = bx_q_columns(&q, columns, NCOLUMNS);
    bx_q_int(&q, gone);
    while (ok && bx_q_row(&q)) {
        all = bx_grow(all, &cap, *n + 1, sizeof *all);
        ok = read_row(&q, &all[(*n)++], a, e);
    }
    *rows = bx_memdup(a, all, *n * sizeof *all);
    free(all);
    return bx_q_end(&q) && ok;
}

bool bx_store_boards(struct bx_store *st, struct bx_board_row **rows, size_t *n, struct bx_arena *a, struct bx_err *e)
{
    return list(st, false, rows, n, a, e);
}

bool bx_store_boards_gone(struct bx_store *st, struct bx_board_row **rows, size_t *n, struct bx_arena *a, struct bx_err *e)
{
    return list(st, true, rows, n, a, e);
}

bool bx_store_members_put(struct bx_store *st, const char *board, const char *const *slugs, size_t n, struct bx_err *e)
{
    struct bx_arena a = {0};
    struct bx_q q;
    bool ok = bx_q_open(&q, st, "members_put", "store a board's models", e);
    if (ok) {
        bx_q_text(&q, board);
        bx_q_text(&q, bx_names_json(slugs, n, &a));
        ok = bx_q_run(&q);
    }
    bx_arena_release(&a);
    return ok;
}

bool bx_store_members(struct bx_store *st, const char *board, const char *const **slugs, size_t *n, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    const char **all = NULL;
    size_t cap = 0;
    *n = 0;
    if (!bx_q_open(&q, st, "members", "read a board's models", e))
        return false;
    bx_q_text(&q, board);
    while (bx_q_row(&q)) {
        all = bx_grow(all, &cap, *n + 1, sizeof *all);
        all[(*n)++] = bx_q_str(&q, 0, a);
    }
    *slugs = bx_memdup(a, all, *n * sizeof *all);
    free(all);
    return bx_q_end(&q);
}
