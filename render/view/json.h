/* json.h: building context trees. Out of memory aborts; a NULL text becomes null. Keys are always put, so that strict templates can
 * ask for them. */
#pragma once
#include <cjson/cJSON.h>
#include <stdbool.h>

cJSON *bx_tree(void); /* a new object, or a new list */
cJSON *bx_list(void);
cJSON *bx_put(cJSON *object, const char *key, cJSON *value); /* takes value (NULL: null), gives it back */
cJSON *bx_push(cJSON *list, cJSON *value);                   /* the same for a list */
void bx_put_str(cJSON *object, const char *key, const char *text);
void bx_put_num(cJSON *object, const char *key, double v); /* NaN and infinities become null */
void bx_put_bool(cJSON *object, const char *key, bool v);

/* As JSON, indented, numbers with all their digits (cJSON's own printer compares with a tolerance). Appended to out. */
struct bx_buf;
void bx_tree_print(const cJSON *tree, struct bx_buf *out);

/* {"text", "none", "best", "strong", "pad", "suffix", "slot"}: what part/number shows. */
cJSON *bx_number_tree(const char *text);

/* [{"text", "last"}]: a name in pieces that a line may be broken between, behind - _ + . and /. */
struct bx_arena;
cJSON *bx_pieces_tree(const char *name, struct bx_arena *a);

/* One part of a sentence: a name with a link, a name, strong words, or words. */
void bx_say(cJSON *parts, const char *words);
void bx_say_strong(cJSON *parts, const char *words);
void bx_say_name(cJSON *parts, const char *name, const char *href); /* href NULL: no link */
