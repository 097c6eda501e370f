/*
 * store.h: the one SQLite file. Every query of boxscore is behind these calls; what they take and give are plain structs.
 *
 * Keys are natural, so that two stores merge by insert-or-ignore; integer row ids never leave the file. Rows are appended;
 * only a status changes. Each call that writes is one short transaction of its own: a process killed at any moment leaves all of it or
 * nothing. Every error names the file and what was attempted (BX_DB; BX_BUSY for the lock).
 *
 *     struct bx_store *st;
 *     if (!bx_store_open("boxscore.db", BX_STORE_WRITE, &st, e)) return false;
 *     …
 *     bx_store_close(st);
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/data/board.h"
#include "core/data/detections.h"
#include "core/data/model.h"
#include "core/data/report.h"
#include "core/data/tags.h"
#include "core/data/resamples.h"
#include "core/data/standing.h"
#include "core/data/testset.h"
#include <stdint.h>

#define BX_APPLICATION_ID 0x42785363 /* "BxSc" */

struct bx_store;
enum bx_store_mode {
    BX_STORE_READ,  /* must exist; query_only; an older file is migrated first, under the lock: BX_BUSY while another holds it */
    BX_STORE_WRITE, /* created when absent, migrated when older */
};
/* Refused, and left byte for byte as they are: a file that is no SQLite database, a database of another application, one of a newer
 * boxscore (both versions are named). WAL; on a network file system journal_mode=TRUNCATE. */
bool bx_store_open(const char *path, enum bx_store_mode mode, struct bx_store **out, struct bx_err *e);
void bx_store_close(struct bx_store *st); /* NULL allowed */
const char *bx_store_path(const struct bx_store *st);
int bx_store_schema(const struct bx_store *st); /* user_version */

/* The lock on DB.lock (flock, O_CLOEXEC), held by whoever runs, rescores, merges or collects. Its content is information only. Taken:
 * BX_BUSY, "process 1234 on ws-04 has held it since … (nightly)". */
struct bx_lock {
    int fd;
};
bool bx_lock_take(const char *database, const char *verb, struct bx_lock *l, struct bx_err *e);
void bx_lock_release(struct bx_lock *l);
bool bx_lock_holder(const char *database, char text[160]); /* true: somebody holds it, and text says who */

typedef struct bx_id {
    uint8_t b[16];
} bx_id;
bx_id bx_id_new(void); /* 16 random bytes */

/* The machine that a run was made on; strings may be NULL when unknown. */
struct bx_host {
    const char *name;        /* "ws-04" */
    const char *text;        /* "Intel Xeon …, 8 cores, 64 GB, Linux 6.1" as shown */
    const char *fingerprint; /* hex: CPU, cores, GPU, kernel: latencies with different ones are never compared */
};

/* ---- boards and test sets ---- */

/* Stores the canonical bytes once. digest: as bx_testset_digest. */
bool bx_store_testset_put(struct bx_store *st, const struct bx_testset *t, enum bx_geometry g, const char *digest, int64_t now,
                          struct bx_err *e);
/* *found false: no such digest. */
bool bx_store_testset_get(struct bx_store *st, const char *digest, struct bx_testset *t, enum bx_geometry *g, bool *found,
                          struct bx_arena *a, struct bx_err *e);

struct bx_board_row {
    struct bx_board board; /* on reading its rules are those of the protocol's name, with the subset's images */
    const char *testset;   /* digest */
    const char *protocol;  /* the canonical name of its rules (bx_rules_protocol) */
    const char *subset;    /* of a report's key: "" all images */
    const char *images;    /* on reading: the test set's images digest */
    const char
        *split; /* which part of a data set was read, as that calls it; NULL: it says of no parts, or the night was an older boxscore's */
    const struct bx_tags *tags; /* of the test set's images; NULL: none */
    const char *problem;        /* the last night could not read its test set: why. On writing it alone is kept, of a board that is there */
    bool private;               /* no page shows an image of its test set, or numbers of few */
    bool retired;               /* on reading: the settings have it no more */
};
/* The boards there are, in this order, in one transaction; those the store has beside them are kept, and read no more. */
bool bx_store_boards_put(struct bx_store *st, const struct bx_board_row *rows, size_t n, struct bx_err *e);
/* One of them alone, the others as they are. */
bool bx_store_board_put(struct bx_store *st, const struct bx_board_row *row, size_t position, struct bx_err *e);
bool bx_store_boards(struct bx_store *st, struct bx_board_row **rows, size_t *n, struct bx_arena *a, struct bx_err *e);      /* in order */
bool bx_store_boards_gone(struct bx_store *st, struct bx_board_row **rows, size_t *n, struct bx_arena *a, struct bx_err *e); /* by slug */
/* Who ever took part in a board: those of these models that the store has are added; by slug. */
bool bx_store_members_put(struct bx_store *st, const char *board, const char *const *slugs, size_t n, struct bx_err *e);
bool bx_store_members(struct bx_store *st, const char *board, const char *const **slugs, size_t *n, struct bx_arena *a, struct bx_err *e);

/* ---- runs ---- */

struct bx_run_row {
    bx_id id;
    int64_t seq;               /* order of runs, from 1: not a time */
    const char *verb;          /* "nightly", "run", "rescore" */
    int64_t started, finished; /* UTC ms; finished 0: still running, or killed */
    const char *outcome; /* "running", "complete", "interrupted", "failed"; a run that was killed is closed as "killed" by the next one */
    struct bx_host host;
    const char *boxscore;    /* version */
    unsigned models, failed; /* how many were asked, how many of them failed */
    int exit_status;
};
bool bx_store_run_begin(struct bx_store *st, const char *verb, const struct bx_host *host, int64_t now, bx_id *id, struct bx_err *e);
bool bx_store_run_end(struct bx_store *st, const bx_id *id, const char *outcome, unsigned models, unsigned failed, int exit_status,
                      int64_t now, struct bx_err *e);
bool bx_store_runs(struct bx_store *st, struct bx_run_row **rows, size_t *n, struct bx_arena *a, struct bx_err *e); /* newest first */

/* ---- models ---- */

struct bx_model_row {
    const char *slug, *name;
    enum bx_task task;
    const char *config;      /* canonical JSON; NULL: the file could never be read */
    const char *config_file; /* file name alone, "fast.json" */
    bool has_version;        /* version, files_digest and score_digest are known */
    uint8_t version[32], files_digest[32], score_digest[32];
    double operating_confidence; /* NaN */
    bool retired;
    const char *invalid;         /* the config is wrong now: why; NULL otherwise. The other fields are those of its last good state */
    const char *blocked;         /* not due and not because it is done: "not allowed", "names an ungranted variable"; NULL otherwise */
    int64_t first_seen, updated; /* UTC ms */
    bool elsewhere;              /* of a merge alone: another store's configs say whether it is still there */
};
/* The model as its config says now (metadata only; a rename by `formerly` takes its history along). version known or not (has_version). */
bool bx_store_model_put(struct bx_store *st, const struct bx_model *m, bool has_version, int64_t now, struct bx_err *e);
bool bx_store_model_invalid(struct bx_store *st, const char *slug, const char *reason, int64_t now,
                            struct bx_err *e);                                                            /* creates the row when new */
bool bx_store_model_blocked(struct bx_store *st, const char *slug, const char *reason, struct bx_err *e); /* NULL: no longer */
/* Every model whose slug is not among these n is retired, unless it is known by a merge alone; those among them are not. */
bool bx_store_models_present(struct bx_store *st, const char *const *slugs, size_t n, int64_t now, struct bx_err *e);
bool bx_store_models(struct bx_store *st, struct bx_model_row **rows, size_t *n, struct bx_arena *a, struct bx_err *e); /* by slug */
/* Which of its former slugs has its history, where it is not there under its own; NULL: none. Of those that are retired, or (would) that a
 * night would retire first. */
bool bx_store_former(struct bx_store *st, const struct bx_model *m, bool would, const char **slug, struct bx_arena *a, struct bx_err *e);
bool bx_store_standings(struct bx_store *st, struct bx_standing **rows, size_t *n, struct bx_arena *a, struct bx_err *e); /* by slug */

/* The configs of every version that models ever had, as first stored, by slug and version. */
struct bx_version_row {
    const char *slug, *config;
    uint8_t version[32];
    int64_t first_seen;
};
bool bx_store_versions(struct bx_store *st, struct bx_version_row **rows, size_t *n, struct bx_arena *a, struct bx_err *e);

/* ---- answers ---- */

/* What is asked: the key of partial answers, and with the images that of an evaluation. Which geometries the answers have is no part of
 * it. */
struct bx_subject {
    const char *slug;
    const uint8_t *version; /* 32 bytes */
};
struct bx_partial {
    size_t image;        /* index in the test set */
    unsigned geometries; /* on loading: bits of what the answer has (bx_detections_geometries) */
    bool failed;         /* an error of this image; reason says what */
    const char *reason;
    int64_t wall_ns, own_ns;               /* -1: none */
    bx_id sitting;                         /* which process gave it: latency needs all from one */
    const struct bx_detection *detections; /* on loading: NULL, they went to the builder */
    size_t n;
    const char *const *names; /* what bx_detection.name indexes */
};
/* All rows in one transaction; a row that is there already (same subject and image) is replaced. */
bool bx_store_partial_add(struct bx_store *st, const struct bx_subject *s, const struct bx_testset *t, const struct bx_partial *rows,
                          size_t n, int64_t now, struct bx_err *e);
/* The rows kept for this subject on images of t, ascending by image; detections are added to builder (when not NULL). An answer without one
 * of the geometries that are needed (bits) is left out. */
bool bx_store_partial_load(struct bx_store *st, const struct bx_subject *s, const struct bx_testset *t, unsigned needed,
                           struct bx_detections_builder *builder, struct bx_partial **rows, size_t *n, struct bx_arena *a,
                           struct bx_err *e);
/* Away with those on images of t; NULL: with all. */
bool bx_store_partial_clear(struct bx_store *st, const struct bx_subject *s, const struct bx_testset *t, struct bx_err *e);
/* Partial answers of versions that no model has any more. */
bool bx_store_partial_prune(struct bx_store *st, struct bx_err *e);

/* ---- who is asked just now ---- */

struct bx_work {
    const char *slug, *images;
    uint8_t version[32];
    bx_id run; /* the night in which it was */
    struct bx_host host;
    const char *boxscore;
    int64_t started, answered; /* UTC ms; answered: its last answer that is kept, 0: none */
    bool killed;               /* that night was killed, and this is recorded; false: it still asks, or was killed */
};
/* Before a model is asked, or (asked false) only scored again: a night that is killed there takes it last, and it has not failed. And when
 * it was, in whatever way that ended but that of a night that was killed. */
bool bx_store_work_begin(struct bx_store *st, const struct bx_subject *s, const char *images, const bx_id *run, bool asked, int64_t now,
                         struct bx_err *e);
bool bx_store_work_end(struct bx_store *st, const char *slug, struct bx_err *e);
bool bx_store_work_killed(struct bx_store *st, const char *slug, struct bx_err *e);
bool bx_store_works(struct bx_store *st, struct bx_work **rows, size_t *n, struct bx_arena *a, struct bx_err *e); /* by slug */

/* ---- evaluations ---- */

enum bx_evaluation_status { BX_EVALUATION_OK, BX_EVALUATION_PARTIAL, BX_EVALUATION_FAILED };
const char *bx_evaluation_status_name(enum bx_evaluation_status s); /* "ok", "partial", "failed" */
struct bx_evaluation {
    bx_id id, run;
    int64_t seq; /* on reading: order, ascending with time of writing */
    const char *slug;
    uint8_t version[32];
    const char *images;  /* bx1-images-… it was asked about */
    unsigned geometries; /* on reading: bit 1u << enum bx_geometry of what each of its detections has */
    enum bx_evaluation_status status;
    const char *reason; /* cleaned (bx_reason_clean), or NULL */
    const char *log;    /* what the model printed: head and tail, secrets out; NULL */
    int64_t started, finished;
    unsigned sittings; /* from how many processes its answers came */
    unsigned images_total, images_failed;
    struct bx_host host;
    const char *boxscore, *runner; /* versions; runner: as the handshake says, or NULL */
    const char *shard;             /* "" */
    const char *detections;        /* digest; NULL: none (not ok), on reading also: set but collected, see kept */
    uint64_t ndetections;
    bool kept;         /* on reading: the detections are still in the store (re-scorable) */
    double latency_ms; /* median of wall, first three left out; NaN: none */
    bool resumable;    /* on writing: it ran out of time, its partial answers stay for the next night */
};
struct bx_report_key {
    const char *detections, *testset; /* digests */
    enum bx_geometry geometry;
    const char *protocol;
    uint8_t score_digest[32];
    const char *subset; /* "": all images */
};
struct bx_retention {
    int64_t newest;      /* of each model version and what its detections are; at least one */
    bool first, monthly; /* also the first one, and the first of each month */
};
/* Why a board has no numbers of answers that were to be scored. */
struct bx_unscored {
    const char *reason; /* NULL: it is not known to have none */
    bool failed;        /* the model's failure; false: the board is of other classes, which is nobody's */
};
/* One board's numbers of it, geometry and protocol being the report's; or, report NULL, why there are none. */
struct bx_scored {
    const char *testset, *subset; /* subset NULL: "" */
    const uint8_t *score_digest;  /* 32 bytes */
    const struct bx_report *report;
    struct bx_unscored unscored;
    enum bx_geometry geometry;
    const char *protocol;
};
/* What an evaluation leaves beside its row. */
struct bx_evaluation_end {
    const struct bx_detections *detections; /* NULL: none (not ok) */
    const int64_t *wall_ns, *own_ns;        /* [nlatencies] one an image in the test set's order, ns, -1 none; nlatencies 0: none */
    size_t nlatencies;
    const struct bx_scored *reports;
    size_t nreports;
    const struct bx_testset *set;         /* whose images' partial answers go; NULL: all of the subject's */
    const struct bx_retention *retention; /* what of the same subject's older ones stays; NULL: everything */
    bool killed;                          /* it ended with the night that asked: the model in work is marked so */
};
/*
 * The end of an evaluation, in ONE transaction: detections (stored once by digest), the evaluation, its latencies and reports, what the
 * model printed in place of what it printed before; away with the subject's partial answers, and with what retention lets go of its
 * older evaluations. ev->detections, ndetections and geometries are ignored: they are taken of the detections.
 */
bool bx_store_evaluation_put(struct bx_store *st, const struct bx_evaluation *ev, const struct bx_evaluation_end *end, struct bx_err *e);
/* Has it one of this id, of whatever model and images? */
bool bx_store_evaluation_known(struct bx_store *st, const bx_id *id, bool *known, struct bx_err *e);
/* Newest first. slug NULL: of all models. log is only there for the newest one of each model on its images. Texts are shared by rows. */
bool bx_store_evaluations(struct bx_store *st, const char *slug, struct bx_evaluation **rows, size_t *n, struct bx_arena *a,
                          struct bx_err *e);
bool bx_store_latencies(struct bx_store *st, const bx_id *evaluation, int64_t **wall_ns, int64_t **own_ns, size_t *n, struct bx_arena *a,
                        struct bx_err *e);
bool bx_store_detections_get(struct bx_store *st, const char *digest, struct bx_detections *d, bool *found, struct bx_arena *a,
                             struct bx_err *e);

/* What is due asks this: the attempts at a subject on these images. Times UTC ms, 0: never. */
struct bx_attempts {
    unsigned failures; /* in a row, newest first, not ok */
    int64_t last;      /* finished */
    struct bx_good {   /* the newest ok one whose detections have this geometry */
        int64_t finished;
        const char *detections; /* in a; NULL */
        bx_id evaluation;
    } good[BX_NGEOMETRIES];
    bool any_good;                    /* an ok one, of whatever geometry */
    bool other_version, other_images; /* the model was asked in another version; in this one about other images */
};
/* needed: bits of geometries; good of others is known only when it is as new. So it is not all of a long history that is read. */
bool bx_store_attempts(struct bx_store *st, const struct bx_subject *s, const char *images, unsigned needed, struct bx_attempts *out,
                       struct bx_arena *a, struct bx_err *e);
/* The newest ok one that has numbers on this test set, under whatever class map. */
bool bx_store_good_on(struct bx_store *st, const struct bx_subject *s, const char *images, const char *testset, struct bx_good *out,
                      struct bx_arena *a, struct bx_err *e);

/*
 * Every evaluation on some images in one pass, the newest of all models first, with one of the numbers that are kept for ever. Rows are
 * valid during the call, but for their texts, which are a's and shared by rows.
 */
struct bx_history_row {
    struct bx_evaluation evaluation; /* detections NULL: see answers */
    int64_t answers;                 /* what its detections are known by in this file: bx_store_answers_text; 0: none */
    bool scored;                     /* it has a report on this board, under the model's class map and operating confidence of today */
    struct bx_unscored unscored;     /* why it has none, as far as that is known */
    double value;                    /* of the metric, over all classes; NaN when absent */
};
bool bx_store_history(struct bx_store *st, const struct bx_board_row *b, const char *images, enum bx_metric metric,
                      bool (*each)(void *self, const struct bx_history_row *r, struct bx_err *e), void *self, struct bx_arena *a,
                      struct bx_err *e);
bool bx_store_answers_text(struct bx_store *st, int64_t answers, const char **digest, struct bx_arena *a, struct bx_err *e);
/* How many of these each model has; the slug is valid during the call. */
bool bx_store_history_counts(struct bx_store *st, const char *images, void (*each)(void *self, const char *slug, size_t n), void *self,
                             struct bx_err *e);

/* ---- reports ---- */

bool bx_store_report_put(struct bx_store *st, const struct bx_report_key *k, const struct bx_report *r, int64_t now,
                         struct bx_err *e); /* replaces (rescore) */
/* It was tried and there is none: until a report is put, or the answers, labels, class map or rules are others. */
bool bx_store_unscored_put(struct bx_store *st, const struct bx_report_key *k, const struct bx_unscored *u, struct bx_err *e);
bool bx_store_unscored_get(struct bx_store *st, const struct bx_report_key *k, struct bx_unscored *u, struct bx_arena *a, struct bx_err *e);
/* Of detections that are no longer kept: the scalars over all classes alone. */
bool bx_store_report_get(struct bx_store *st, const struct bx_report_key *k, struct bx_report *r, bool *found, struct bx_arena *a,
                         struct bx_err *e);
/* Of a report its classes that fell away alone; none where there is no report. */
bool bx_store_fallen_get(struct bx_store *st, const struct bx_report_key *k, struct bx_report *r, struct bx_arena *a, struct bx_err *e);
struct bx_report_row {
    struct bx_report_key key;
    bool rescorable; /* its detections are still there */
    int64_t made;
    const char *boxscore;
};
/* Are there numbers of these detections on this test set, under whatever class map? */
bool bx_store_report_on(struct bx_store *st, const char *detections, const char *testset, bool *has, struct bx_err *e);
bool bx_store_report_has(struct bx_store *st, const struct bx_report_key *k, bool *has, struct bx_err *e);
bool bx_store_reports(struct bx_store *st, struct bx_report_row **rows, size_t *n, struct bx_arena *a, struct bx_err *e); /* by key */

/* ---- reports on resampled test sets: derived, of what the boards show alone ---- */

struct bx_resamples_due {
    const char *slug;
    struct bx_report_key key;
    const char *images;          /* the test set's images digest */
    double operating_confidence; /* the report's */
};
/* What boards show of models and has none, by test set and slug. */
bool bx_store_resamples_due(struct bx_store *st, struct bx_resamples_due **rows, size_t *n, struct bx_arena *a, struct bx_err *e);
/* In place of those there are; nothing where there is no such report. */
bool bx_store_resamples_put(struct bx_store *st, const struct bx_report_key *k, const struct bx_resamples *r, struct bx_err *e);
/* *out NULL: none, or by another rule than today's. */
bool bx_store_resamples_get(struct bx_store *st, const struct bx_report_key *k, struct bx_resamples **out, struct bx_arena *a,
                            struct bx_err *e);
/* Away with those of reports that no board shows. */
bool bx_store_resamples_trim(struct bx_store *st, struct bx_err *e);

/* ---- images that models may have been trained on ---- */

/* Which images a report's subset is, where that is no board's: rules with images, under the name that bx_rules_subset gives them. */
bool bx_store_subset_put(struct bx_store *st, const struct bx_rules *r, struct bx_err *e);
/* Into the rules of a protocol's name; found: it is known which they are. */
bool bx_store_subset_get(struct bx_store *st, const char *subset, struct bx_rules *r, bool *found, struct bx_arena *a, struct bx_err *e);

struct bx_seen_image {
    uint8_t image[32];
    const char *file; /* its name in the test set */
    bool exact;       /* byte for byte; otherwise as the same picture: */
    double likeness;
    unsigned turn; /* bit 0 mirrored left and right, bit 1 top and bottom */
    uint8_t other[32];
    const char *name; /* of the other, NULL: not told */
};
/* What of a test set's images is in a manifest of training data. */
struct bx_seen_in {
    const char *images; /* digest */
    uint8_t manifest[32];
    const char *title; /* NULL: none */
    uint64_t others;   /* images in the manifest */
    const struct bx_seen_image *at;
    size_t n; /* an image may be there several times */
};
bool bx_store_seen_put(struct bx_store *st, const struct bx_seen_in *s, int64_t now, struct bx_err *e); /* in one transaction; replaces */
bool bx_store_seen_get(struct bx_store *st, const char *images, const uint8_t manifest[32], struct bx_seen_in *s, bool *found,
                       struct bx_arena *a, struct bx_err *e);

/* A manifest that a model's training_data names. */
struct bx_trained {
    const char *name; /* as the config has it */
    uint8_t manifest[32];
    const char *problem; /* why it could not be read; NULL: it could */
};
/* All of a model's, in place of what was; nothing is written where nothing changed. */
bool bx_store_trained_put(struct bx_store *st, const char *slug, const struct bx_trained *at, size_t n, struct bx_err *e);
bool bx_store_trained_get(struct bx_store *st, const char *slug, struct bx_trained **at, size_t *n, struct bx_arena *a, struct bx_err *e);
bool bx_store_seen_prune(struct bx_store *st, struct bx_err *e); /* of manifests that no model names */

/* ---- the file as a whole ---- */

struct bx_gc_result {
    uint64_t evaluations, detections, bytes; /* looked at; removed; freed */
};
/* What retention lets go, of every model at once (evaluation_put does the same for the one it is about): detections, and with them the
 * curves, numbers of single classes, counts of each image and latencies, never an evaluation or a report's scalars; and partial answers
 * of old versions. Then the pages are given back. */
bool bx_store_gc(struct bx_store *st, const struct bx_retention *r, struct bx_gc_result *out, struct bx_err *e);
bool bx_store_backup(struct bx_store *st, const char *to,
                     struct bx_err *e); /* the backup API, then integrity_check on the copy; replaces `to` atomically */
struct bx_merge_result {
    uint64_t models, runs, evaluations, detections, reports; /* added */
    struct bx_merge_conflict {                               /* boards of one name with different test sets or rules: ours stays */
        const char *board, *ours, *theirs;                   /* the test sets' digests; of one test set: the protocols */
    } * conflicts;
    size_t nconflicts;
};
/* The rows of another store that this one does not know, by their natural keys, in one transaction; where both know a thing (a board, a
 * model's metadata), ours stays; of two reports the one made later. The other is only read: when it is older, a copy of it is migrated. */
bool bx_store_merge(struct bx_store *st, const char *other, struct bx_merge_result *out, struct bx_arena *a, struct bx_err *e);
bool bx_store_check(struct bx_store *st, struct bx_err *e); /* integrity_check, foreign_key_check and every row's checksum */
bool bx_store_verify(struct bx_store *st,
                     struct bx_err *e);      /* and all detections that are kept, against their digests: that takes longer */
uint64_t bx_store_size(struct bx_store *st); /* bytes of the file */
