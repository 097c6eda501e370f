/* database.c: opening the database that the command line or the settings name. */
#include "cmd/database.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "render/site/site.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

bool bx_database_open(struct bx_database *d, const struct bx_database_args *args, enum bx_store_mode mode, const char *verb,
                      struct bx_err *e)
{
    *d = (struct bx_database){.lock = {.fd = -1}};
    d->settings = (struct bx_settings){.retention_newest = 3, .retention_first = true, .retention_monthly = true};
    if (!args->database) {
        if (!bx_settings_use(args->settings, &d->settings, &d->arena, e))
            return false;
        d->has_settings = true;
    }
    d->path = args->database ? args->database : d->settings.database;
    /* These verbs work on a database that is there: a mistyped name must not make an empty one, nor a lock beside it. */
    if (!bx_path_exists(d->path))
        return bx_fail(e, BX_DB, "cannot read the database '%s': %s; 'boxscore run' makes it", d->path, strerror(ENOENT));
    return (!verb || bx_lock_take(d->path, verb, &d->lock, e)) && bx_store_open(d->path, mode, &d->store, e);
}

const struct bx_settings *bx_database_settings(const struct bx_database *d)
{
    return d->has_settings ? &d->settings : NULL;
}

void bx_database_close(struct bx_database *d)
{
    bx_store_close(d->store);
    bx_lock_release(&d->lock);
    bx_arena_release(&d->arena);
}

bool bx_database_board(struct bx_store *st, const struct bx_settings *s, const char *slug, struct bx_board_row *board, struct bx_arena *a,
                       struct bx_err *e)
{
    struct bx_board_row *rows;
    size_t n;
    if (!bx_store_boards(st, &rows, &n, a, e))
        return false;
    if (!n)
        return bx_fail(e, BX_DATA, "'%s' has no board yet: 'boxscore run' makes one", bx_store_path(st));
    const char **slugs = BX_NEW(a, const char *, n), *list = "";
    for (size_t i = 0; i < n; i++) {
        slugs[i] = rows[i].board.slug;
        list = bx_printf(a, "%s%s'%s'", list, i ? ", " : "", slugs[i]);
        *board = rows[i];
        if (slug ? !strcmp(slug, slugs[i]) : n == 1)
            return true;
    }
    for (size_t i = 0; s && slug && i < s->nboards; i++)
        if (!strcmp(s->boards[i].board.slug, slug))
            return bx_fail(e, BX_DATA, "'%s' has no board '%s' yet: 'boxscore run' makes it", bx_store_path(st), slug);
    const char *near = slug ? bx_nearest(slug, slugs, n) : NULL;
    if (!slug)
        return bx_fail(e, BX_USAGE, "'%s' has %zu boards, expected --board and one of %s", bx_store_path(st), n, list);
    return near ? bx_fail(e, BX_USAGE, "there is no board '%s', did you mean '%s'?", slug, near)
                : bx_fail(e, BX_USAGE, "there is no board '%s', expected %s%s", slug, n > 1 ? "one of " : "", list);
}

/* An empty file is as good as none. */
bool bx_database_lost(const char *database, const char *site, struct bx_err *e)
{
    struct stat sb;
    if ((stat(database, &sb) == 0 && sb.st_size > 0) || !bx_site_made(site))
        return false;
    bx_fail(e, BX_DB,
            "the database '%s' is gone, and the site '%s' shows that there was one: put a backup in its place; --new begins anew, without "
            "its history",
            database, site);
    return true;
}

char *bx_size_text(struct bx_arena *a, uint64_t bytes)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    double v = (double)bytes;
    size_t unit = 0;
    while (v >= 1000 && unit < 4) {
        v /= 1000;
        unit++;
    }
    return bx_printf(a, unit ? "%.1f %s" : "%.0f %s", v, units[unit]);
}
