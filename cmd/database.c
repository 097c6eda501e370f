/* database.c: opening the database that the command line or the settings name. */
#include "cmd/database.h"
#include "core/base/file.h"
#include <errno.h>
#include <string.h>

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

void bx_database_close(struct bx_database *d)
{
    bx_store_close(d->store);
    bx_lock_release(&d->lock);
    bx_arena_release(&d->arena);
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

const char *bx_plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}
