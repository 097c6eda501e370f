/* database.h: what the verbs that work on the database share: which one it is, and the lock on it. */
#pragma once
#include "cmd/verb.h"
#include "core/settings/settings.h"
#include "core/store/store.h"

struct bx_database_args {
    const char *settings, *database;
};
#define BX_DATABASE_OPTIONS(type)                                                                                                          \
    {"settings", 's', BX_OPT_STR, "FILE", "the settings (default: boxscore.json)", offsetof(type, where.settings)},                        \
    {                                                                                                                                      \
        "database", 'd', BX_OPT_STR, "FILE", "use this database; no settings are read", offsetof(type, where.database)                     \
    }

struct bx_database {
    struct bx_arena arena;
    bool has_settings;
    struct bx_settings settings; /* only the defaults of retention and threads when there are none */
    const char *path;
    struct bx_store *store;
    struct bx_lock lock;
};
/* verb: the lock is taken in its name, or NULL: none. Close it in every case. */
bool bx_database_open(struct bx_database *d, const struct bx_database_args *args, enum bx_store_mode mode, const char *verb,
                      struct bx_err *e);
/* NULL: none were read. */
const struct bx_settings *bx_database_settings(const struct bx_database *d);
void bx_database_close(struct bx_database *d);

/* The store's board of that slug. slug NULL: the only one, and where there are several an error that names them. BX_USAGE; BX_DATA for a
 * board of the settings (NULL: none were read) that no night has made yet. */
bool bx_database_board(struct bx_store *st, const struct bx_settings *s, const char *slug, struct bx_board_row *board, struct bx_arena *a,
                       struct bx_err *e);

/* A database that was there, and is not: BX_DB. The site shows that it was. */
bool bx_database_lost(const char *database, const char *site, struct bx_err *e);

char *bx_size_text(struct bx_arena *a, uint64_t bytes); /* "12.3 MB" */
