/* internal.h: what the files that read boxscore.json share. */
#pragma once
#include "core/settings/settings.h"

struct bx_reading {
    struct bx_settings *s;
    struct bx_arena *a;
    struct bx_conf *c;
};
/* Copies in the arena. A path is absolute: relative ones start at the settings' folder; NULL stays NULL. A list is an array of non-empty
 * strings, or one string alone. */
const char *bx_reading_str(struct bx_reading *r, const cJSON *o, const char *key, bool required, size_t max, const char *fallback);
const char *bx_reading_path(struct bx_reading *r, const cJSON *o, const char *key, bool required, const char *fallback);
const char **bx_reading_list(struct bx_reading *r, const cJSON *o, const char *key, bool required, size_t *n);

void bx_reading_confine(struct bx_reading *r);
void bx_reading_boards(struct bx_reading *r);                                            /* boards.c */
void bx_reading_rules(struct bx_reading *r, const cJSON *board, struct bx_rules *rules); /* rules.c */
