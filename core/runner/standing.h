/* standing.h: who was here before, for bx_registry_load. */
#pragma once
#include "core/data/standing.h"
#include "core/settings/allow.h"
#include "core/settings/settings.h"
#include "core/store/store.h"

/* As this store has it (NULL: there is none), and whom the operator allowed when. */
bool bx_standings_of(struct bx_store *st, const struct bx_allowed *l, struct bx_standings *out, struct bx_arena *a, struct bx_err *e);
/* The same of the settings' database and permissions. */
bool bx_standings_read(const struct bx_settings *s, struct bx_standings *out, struct bx_arena *a, struct bx_err *e);
