/* embedded.h: the .sql files of this folder, embedded at build time by embed.cmake; sorted by name, ended by {0, 0}. */
#pragma once
struct bx_embedded {
    const char *name, *text;
};
extern const struct bx_embedded bx_embedded_sql[];
