/*
 * registry.h: model configs (models.d/<slug>.json, described in core/data/model.h) -> validated models.
 *
 * A config is a stranger's: every value is checked, every problem of every file is told in one pass with its place, and nothing that a
 * config names is opened but regular files inside the config's own folder. Reading runs nothing. Models come in the order of their slugs,
 * bytewise.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/conf.h"
#include "core/base/err.h"
#include "core/data/model.h"
#include "core/data/standing.h"
#include <stdbool.h>
#include <stddef.h>

/* A config that was not taken: a model that failed before it could run (one bad config is that model's failure). */
struct bx_bad_config {
    const char *path;
    const char *slug;   /* NULL when the file's name gives none */
    const char *reason; /* the first problem, without the path: "12:3: unknown key 'licence', …" */
};
struct bx_registry {
    struct bx_model *models; /* the good ones, by slug */
    size_t n;
    struct bx_bad_config *bad; /* by path */
    size_t nbad;
};

/* One file. true when it has no errors (warnings may be there); m is then complete but for files_digest and version. */
bool bx_registry_load_file(const char *path, struct bx_model *m, struct bx_arena *a, struct bx_problems *ps);

/* All configs directly in dir: *.json but model.schema.json and names that begin with a dot. What one file alone cannot show is checked
 * here too: two files with one slug, two models with one name, two that were formerly one. Of these the one that was here before stays
 * with a warning and the others are refused, by what is known of them (NULL: nothing): who has the name already, then who has numbers, who
 * is not retired, who came first. Where that does not tell them apart each is refused. All name one another. false (e filled) only when the
 * folder cannot be read. */
bool bx_registry_load(const char *dir, const struct bx_standings *known, struct bx_registry *r, struct bx_arena *a, struct bx_problems *ps,
                      struct bx_err *e);

/* The same for these n files and folders, as `boxscore check FILE…` has them. The other configs beside a file are read too, so that a
 * name taken by one of them is found; but problems are told, and models given, of what was asked for only. Nothing is known of who was here
 * before. A folder that cannot be read is a problem. */
void bx_registry_load_files(const char *const *paths, size_t n, struct bx_registry *r, struct bx_arena *a, struct bx_problems *ps);

const struct bx_model *bx_registry_find(const struct bx_registry *r, const char *slug); /* or NULL */

/* A plain http or https URL, as links of a config are. */
bool bx_registry_is_url(const char *s);

/* The program of a command backend as an absolute path: a bare name is looked up in the n folders, in their order; a path is one inside
 * the config's folder, through no link. It must be an executable regular file. */
bool bx_registry_program(const struct bx_model *m, const char *const *runner_path, size_t n, struct bx_arena *a, char **program,
                         struct bx_err *e);

/* Hash program, files, prediction file and what the arguments of a command name below the config's folder: fills m->files_digest and
 * m->version. Reads them whole, at about 1 GB/s. files digest = SHA-256 over "boxscore model files 1\n", u32 number, then for each
 * (program, prediction file, files in their order, those of the arguments that are none of these): its path as written in the config, of
 * an argument's without its links, sha256 of its content. BX_DATA, before a byte is read: they have more than look allows. BX_INTERRUPTED:
 * look->stop; nothing is known then, and m stays as it was. */
bool bx_registry_files(struct bx_model *m, const struct bx_look *look, struct bx_err *e);

/* What the file system knows of the same files without reading them, device, number, size and time of change: while it stays, so do their
 * bytes. */
bool bx_registry_marks(const struct bx_model *m, const struct bx_look *look, uint8_t out[32], struct bx_err *e);

/* bx_registry_files once more, right before a command is run, of copies in the empty folder `dir`: of all of these below the config's
 * folder that are no larger than BX_PIN_MOST. Fails with BX_CONFIG when they are no longer m->version. What is run from the copies is what
 * was hashed. */
#define BX_PIN_MOST (64 << 20)
bool bx_registry_pin(const struct bx_model *m, const struct bx_look *look, const char *dir, const struct bx_pin **pins, size_t *npins,
                     struct bx_arena *a, struct bx_err *e);

/* A config as the store keeps it (bx_model.config_json) -> the model, as its pages show it and as it is scored again; no file is touched,
 * so path, dir, files_digest and version stay empty. The store may be an older boxscore's or a stranger's: what is not as a config must be
 * is left out, optional or not (name NULL, backend without file and program), and then this is false. BX_CONFIG: the rest is there to be
 * shown, and to be scored with. BX_DB: it cannot be scored, since it is no JSON, or its class map or its operating confidence is none. */
bool bx_registry_stored(const char *config_json, const char *slug, struct bx_model *m, struct bx_arena *a, struct bx_err *e);
