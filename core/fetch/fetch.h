/*
 * fetch.h: a data set from elsewhere: a version of a Roboflow project, or the archive behind a URL, becomes a folder, wholly or not at all.
 *
 * All that is not yet the set lies in a hidden folder beside it, `.NAME.fetch`: the archive as far as it came, and what is unpacked of it.
 * Killed anywhere, the output is as it was, and the next fetch goes on with the archive. In the end the set is renamed into its place, with
 * source.json (source.h) in it. Only an absent or empty folder, or with `force` one that was fetched, is ever replaced.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/fetch/archive.h"
#include "core/fetch/source.h"
#include <stdbool.h>

struct bx_fetch_options {
    const char *what;       /* "roboflow:WORKSPACE/PROJECT/VERSION", a page of Roboflow's, or a URL */
    const char *format;     /* of Roboflow's export; NULL: by the project's type */
    const char *output;     /* NULL: PROJECT-VERSION, or the archive's name, in the working folder */
    const char *sha256;     /* that the archive must have, or NULL */
    const char *ca_file;    /* NULL: the system's */
    const char *api, *key;  /* Roboflow's; key NULL: there is none */
    const char *no_key;     /* why, or NULL: it is not set */
    double timeout;         /* seconds for the version and its export to be made, and again for the archive to come */
    bool force;             /* replace a set that was fetched before */
    bool private_addresses; /* answers may lead there */
    bool (*confine)(const char *folder, struct bx_err *e); /* shuts the process in that unpacks; it may write to this folder alone */
};
struct bx_fetched {
    const char *output; /* absolute */
    const char *set;    /* it, or the one folder in it that has everything */
    struct bx_source source;
    bool unchanged; /* it was there */
};
/* BX_USAGE: what is asked for is none, or the output is somebody's; BX_BUSY: another fetch to there is at work; BX_NET, BX_TIMEOUT,
 * BX_DATA, BX_IO. */
bool bx_fetch(const struct bx_fetch_options *o, struct bx_fetched *out, struct bx_arena *a, struct bx_err *e);
