/* backup.c: boxscore backup: a whole, checked copy of the database, taken while others work on it. */
#include "cmd/database.h"
#include "core/base/log.h"
#include <stdio.h>
#include <sys/stat.h>

struct args {
    struct bx_database_args where;
};

static const struct bx_option options[] = {BX_DATABASE_OPTIONS(struct args), {0}};

static const char details[] = "FILE is one SQLite file, complete, checked, and put in its place at once; what was there before is replaced "
                              "only then. A night may be going on\n"
                              "meanwhile. To restore one, put it where the database was.\n"
                              "\n"
                              "  $ boxscore backup /mnt/backup/boxscore-$(date +%F).db\n";

static int run(const struct bx_verb *v, int argc, char **argv)
{
    struct args args = {0};
    int n, status = bx_options(v, argc, argv, &args, &n);
    if (status >= 0)
        return status;
    if (n != 1)
        return bx_verb_usage(v, "found %d operands, expected one FILE", n);
    struct bx_err e = {0};
    struct bx_database d;
    struct stat sb = {0};
    bool ok = bx_database_open(&d, &args.where, BX_STORE_READ, NULL, &e) && bx_store_backup(d.store, argv[1], &e);
    if (ok && bx_log_level() >= BX_LOG_NORMAL)
        printf("%s: %s, checked\n", argv[1], bx_size_text(&d.arena, stat(argv[1], &sb) ? 0 : (uint64_t)sb.st_size));
    bx_database_close(&d);
    return ok ? 0 : bx_verb_fail(v, &e);
}

const struct bx_verb bx_verb_backup = {"backup", "FILE", "copy the database, whole and checked", options, details, run};
