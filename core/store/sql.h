/*
 * sql.h: private to core/store: an open store, its named queries, and the few calls every file here makes its statements with.
 *
 * Queries live in queries.sql under "-- name: <name>" lines and are looked up by that name; values are bound, never printed into a text.
 *
 *     struct bx_q q;
 *     bool ok = bx_q_open(&q, st, "run_end", "finish a run", e);
 *     bx_q_text(&q, outcome); bx_q_int(&q, now); …            // in the order of the ?s
 *     return bx_q_run(&q);                                    // or: while (bx_q_row(&q)) …columns…; return bx_q_end(&q);
 *
 * After a failure every further call on the query does nothing, and bx_q_run or bx_q_end return false with e filled.
 */
#pragma once
#include "core/base/buf.h"
#include "core/store/embedded.h"
#include "core/store/store.h"
#include <sqlite3.h>
#include <sys/stat.h>

struct bx_store_query {
    const char *name, *text; /* text: up to the next "-- name:" line */
    size_t name_n, text_n;
    sqlite3_stmt *idle; /* prepared, for the next time; NULL: never yet, or in use */
};
struct bx_store {
    sqlite3 *db;
    char *path;
    enum bx_store_mode mode;
    int schema;
    struct bx_store_query *queries;
    size_t nqueries;
    bool wal;           /* the journal of who writes; on a network file system another */
    bool grown_checked; /* bx_sums_check_grown has */
    bool still;         /* it is read as one that nobody changes, and was this when it was opened: */
    struct stat was;
};

/* The table of queries of queries.sql; malloc'ed. */
void bx_queries_load(struct bx_store *st);
void bx_queries_free(struct bx_store *st);

struct bx_q {
    struct bx_store *st;
    struct bx_store_query *of; /* NULL: a statement of its own */
    sqlite3_stmt *s;
    const char *what; /* "finish a run": for messages */
    struct bx_err *e;
    int bound;
    bool failed;
};
bool bx_q_open(struct bx_q *q, struct bx_store *st, const char *name, const char *what, struct bx_err *e);
void bx_q_text(struct bx_q *q, const char *s); /* NULL: null. Texts and blobs must live until the statement was stepped */
void bx_q_int(struct bx_q *q, int64_t v);
void bx_q_real(struct bx_q *q, double v);                /* NaN: null */
void bx_q_blob(struct bx_q *q, const void *p, size_t n); /* NULL with 0: null */
bool bx_q_row(struct bx_q *q);                           /* is there a next row? */
bool bx_q_run(struct bx_q *q);                           /* to the end, and free */
bool bx_q_end(struct bx_q *q);                           /* free; false when anything failed */
void bx_q_again(struct bx_q *q);                         /* reset for other values */

/* Columns by name: the query must give these, in this order. X-lists keep both: COLUMNS(BX_COLUMN) in an enum, COLUMNS(BX_COLUMN_NAME) in
 * an array. */
#define BX_COLUMN(name)      COL_##name,
#define BX_COLUMN_NAME(name) #name,
bool bx_q_columns(struct bx_q *q, const char *const *names, size_t n);

/*
 * A value that is not what the schema says, of a damaged file or one made by others, fails the query (bx_q_damaged) and reads as "" or 0,
 * so that a row may be read to its end before anybody asks.
 */
const char *bx_q_str(struct bx_q *q, int column, struct bx_arena *a);  /* a text; NULL for null */
const char *bx_q_need(struct bx_q *q, int column, struct bx_arena *a); /* a text, never null */
const char *bx_q_view(struct bx_q *q, int column);                     /* the same, valid until the next row */
int64_t bx_q_i64(struct bx_q *q, int column);
int64_t bx_q_in(struct bx_q *q, int column, int64_t least, int64_t most);
int64_t bx_q_or(struct bx_q *q, int column, int64_t none);       /* none: for null, of a row that was not joined */
bool bx_q_flag(struct bx_q *q, int column);                      /* 0 or 1 */
int64_t bx_q_time(struct bx_q *q, int column);                   /* UTC ms that has a date; 0 for none */
double bx_q_f64(struct bx_q *q, int column);                     /* finite; NaN for null */
const void *bx_q_bytes(struct bx_q *q, int column, size_t *n);   /* valid until the next row; "" and 0 for null */
bool bx_q_fixed(struct bx_q *q, int column, void *to, size_t n); /* exactly n bytes; false and zeros for null */
/* "'x.db' is damaged: …; restore a backup": or, where it was taken to lie still and does not, that it was written meanwhile (BX_BUSY).
 * Returns false. */
bool bx_store_damaged(struct bx_store *st, struct bx_err *e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
bool bx_store_moved(const struct bx_store *st, struct bx_err *e); /* true: it was, and e says so */
/* "'x.db' is damaged: table 'run', row 3: column 'seq' <how>; restore a backup"; returns false. */
bool bx_q_damaged(struct bx_q *q, int column, const char *how);

/* Checksums (sums.c). Columns [first, first + n) are a whole row of a table in its order, and the one after them its sum. Null: unknown, so
 * true. */
bool bx_q_whole(struct bx_q *q, int first, int n);
void bx_q_mix(struct bx_q *q, uint64_t *h); /* all columns of this row into the sum of many */
/* The same of values that were read before, which costs less. */
bool bx_q_sum(struct bx_q *q, int column, uint64_t h); /* of the row's other values it is h */
void bx_sum_text(uint64_t *h, const char *s);          /* NULL: null */
void bx_sum_i64(uint64_t *h, int64_t v);
void bx_sum_i64_or(uint64_t *h, int64_t v, int64_t none); /* none: null */
void bx_sum_f64(uint64_t *h, double v);                   /* NaN: null, which is what SQLite makes of it */
void bx_sum_blob(uint64_t *h, const void *p, size_t n);
int64_t bx_sum_cut(uint64_t h);
bool bx_sums_register(struct bx_store *st); /* the function bx_sum */
/* checks.c */
bool bx_sums_keep(struct bx_store *st, struct bx_err *e);        /* what this connection writes has its sums */
bool bx_sums_fill(struct bx_store *st, struct bx_err *e);        /* all there is */
bool bx_sums_check_small(struct bx_store *st, struct bx_err *e); /* tables that do not grow by the night's models: at every opening */
bool bx_sums_check_grown(struct bx_store *st, struct bx_err *e); /* what evaluations are read with: once for this connection */
bool bx_sums_check(struct bx_store *st, struct bx_err *e);       /* all */
/* parts.c: of a report, by its id, the rows in the tables that go when its detections do. */
struct bx_parts {
    bool known, kept; /* has the report a checksum of them; are its detections there, so that they must be as well */
    int64_t whole;    /* what they should add up to */
    uint64_t sum;     /* and what they do */
    size_t rows;
};
bool bx_parts_store(struct bx_store *st, int64_t id, const struct bx_report *r, struct bx_err *e);
/* Into r, over its scalars. known, kept and whole are given. */
bool bx_parts_read(struct bx_store *st, int64_t id, struct bx_parts *p, struct bx_report *r, struct bx_arena *a, struct bx_err *e);
/* Its classes that fell away alone; p NULL: not added up. */
bool bx_parts_fallen(struct bx_store *st, int64_t id, struct bx_parts *p, struct bx_report *r, struct bx_arena *a, struct bx_err *e);
bool bx_report_check(struct bx_store *st, int64_t id, struct bx_err *e);
bool bx_report_stamp(struct bx_store *st, int64_t id, struct bx_err *e);
/* Something is missed that may be there and refer to nothing. */
bool bx_orphans_check(struct bx_store *st, struct bx_err *e);

/* One state of the file for several statements, also inside a transaction. */
bool bx_snapshot_begin(struct bx_store *st, struct bx_err *e);
bool bx_snapshot_end(struct bx_store *st, bool ok, struct bx_err *e); /* returns ok */

bool bx_store_begin(struct bx_store *st, const char *what, struct bx_err *e);
/* ok: COMMIT, otherwise ROLLBACK; returns whether all is written. */
bool bx_store_commit(struct bx_store *st, bool ok, const char *what, struct bx_err *e);
/* "cannot <what> in '<path>': <sqlite's words>"; returns false. BX_DB, and advice where there is any (disk full, read-only, locked,
 * damaged). */
bool bx_store_fail(struct bx_store *st, const char *what, struct bx_err *e);
/* Is st->path ours? Judged from the file's first bytes, before SQLite opens it: merely reading a stranger's database may replay its journal
 * or fold its -wal in. Our application id is in the file from its very first transaction on (create). */
bool bx_store_recognise(const struct bx_store *st, struct bx_err *e);

bool bx_store_exec(struct bx_store *st, const char *sql, const char *what, struct bx_err *e); /* constant texts only: pragmas, migrations */

/* Run those of these files that are named NNNN_*.sql with a number above the file's schema, each in a transaction of its own; the table is
 * sorted by name. */
bool bx_store_migrate(struct bx_store *st, const struct bx_embedded *files, struct bx_err *e);

bool bx_store_copy(sqlite3 *from, const char *to, struct bx_err *e); /* whole, to one new file */
bool bx_store_same_file(const char *one, const char *other);

/* Parts of bigger transactions, called between begin and commit. */
bool bx_detections_store(struct bx_store *st, const struct bx_detections *d, const char *digest, struct bx_err *e);
bool bx_detections_check(struct bx_store *st, struct bx_err *e); /* all that are kept, against their digests */
bool bx_report_store(struct bx_store *st, const struct bx_report_key *k, const struct bx_report *r, int64_t now, struct bx_err *e);
bool bx_report_id(struct bx_store *st, const struct bx_report_key *k, int64_t *id, struct bx_err *e); /* 0: there is none */
bool bx_unscored_store(struct bx_store *st, const struct bx_report_key *k, const struct bx_unscored *u, struct bx_err *e);
bool bx_partial_delete(struct bx_store *st, const struct bx_subject *s, const struct bx_testset *t, struct bx_err *e);
bool bx_subject_store(struct bx_store *st, const struct bx_evaluation *ev, int64_t *id, struct bx_err *e);
bool bx_maker_store(struct bx_store *st, const struct bx_evaluation *ev, int64_t *id, struct bx_err *e);
bool bx_retain(struct bx_store *st, int64_t subject, const struct bx_retention *r, struct bx_err *e); /* keep.c */

/* The text of a stored digest; NULL for none. */
const char *bx_digest_text(const void *digest, size_t n, struct bx_arena *a);

/* What evaluations refer to by integer, read once: rows with one id share their texts. Sorted by id; the arena's. */
struct bx_shared {
    struct bx_shared_subject {
        int64_t id;
        const char *slug, *images;
        uint8_t version[32];
    } * subjects;
    struct bx_shared_maker {
        int64_t id;
        struct bx_host host;
        const char *boxscore, *runner, *shard;
    } * makers;
    struct bx_shared_run {
        int64_t n;
        bx_id id;
    } * runs;
    struct bx_shared_answers {
        int64_t id, n;
    } * answers;
    size_t nsubjects, nmakers, nruns, nanswers;
    size_t subject, maker, run, answer; /* where the last row's were */
};
bool bx_shared_read(struct bx_store *st, struct bx_shared *s, struct bx_arena *a, struct bx_err *e);
/* Of rows that begin with an ascending int64_t the first that is not below it, n when all are. Looked for from *at on, which it becomes. */
size_t bx_rows_at(const void *rows, size_t n, size_t size, int64_t id, size_t *at);

/* An evaluation's row whole, as queries that read them begin. */
/* clang-format off */
#define BX_EVALUATION_COLUMNS(X) \
    X(id) X(seq) X(run) X(subject) X(status) X(geometries) X(reason) X(started) X(finished) X(sittings) X(images_total) X(images_failed) \
    X(maker) X(answers) X(latency_ms) X(sum)
/* clang-format on */
/* But for the detections' text, log and kept. What it refers to was `shared`; *answers 0: it has none. */
void bx_evaluation_read(struct bx_q *q, struct bx_shared *shared, struct bx_evaluation *ev, int64_t *answers, struct bx_arena *a);

/* A report's scalars for history: those over all classes, but for counts and other protocols' (names with a dot). */
struct bx_scalars {
    struct bx_buf names, values; /* a JSON array that bx_scalars_end closes; f64 */
};
void bx_scalars_add(struct bx_scalars *s, const char *metric, double value);         /* when it is one of those */
bool bx_scalars_layout(struct bx_store *st, struct bx_scalars *s, struct bx_err *e); /* the names are complete: they have their row */
void bx_scalars_free(struct bx_scalars *s);
/* migrate.c */
bool bx_functions_register(struct bx_store *st, struct bx_err *e); /* bx_unhex, bx_geometries, bx_sum */
int bx_migration_number(const char *file);                         /* 0: it is none */
int bx_schema_newest(void);

/* names[] <-> a JSON array. */
char *bx_names_json(const char *const *names, size_t n, struct bx_arena *a);
bool bx_names_parse(const char *json, const char ***names, size_t *n, struct bx_arena *a, struct bx_err *e);
